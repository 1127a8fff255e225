"""Pooling: all tiers against naive loops, ties, NaN, shapes as in Keras, and bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl import Sequential, layers
from minidl.base.configurable import from_data, to_data


@st.composite
def _cases(draw):
    """x with ties, and (pool_size, stride, padding) that fit it."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    size = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    pool_size = tuple(draw(st.integers(1, H + 1)) for H in size)
    padding = tuple(
        (draw(st.integers(max(0, R - H), R - 1)), draw(st.integers(0, R - 1)))
        for R, H in zip(pool_size, size)
    )
    stride = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    shape = (draw(st.integers(1, 3)), *size, draw(st.integers(1, 9)))
    x = rng.integers(-2, 3, shape).astype(draw(st.sampled_from(["float32", "float64"])))
    if draw(st.booleans()):
        x[rng.random(shape) < 0.2] = draw(st.sampled_from([np.nan, -np.inf]))
    if draw(st.booleans()):
        x = x.transpose(3, 2, 1, 0).copy().transpose(3, 2, 1, 0)  # strided
    x.flags.writeable = draw(st.booleans())
    return x, (pool_size, stride, padding)


def _places(p, R, stride, before, H):
    """(place in the window, place in the image) along one axis, of those inside."""
    return [(r, p * stride - before + r) for r in range(R) if 0 <= p * stride - before + r < H]


def _naive(x, dy, pool_size, stride, padding):
    """One window and one number at a time: y, index, dx of max; y, dx of mean."""
    (N, H, W, C), (_, P, Q, _) = x.shape, dy.shape
    y, index, mean = (np.empty(dy.shape) for _ in range(3))
    dx, dx_mean = np.zeros((2, *x.shape))
    for n, p, q, c in np.ndindex(N, P, Q, C):
        rows = _places(p, pool_size[0], stride[0], padding[0][0], H)
        columns = _places(q, pool_size[1], stride[1], padding[1][0], W)
        window = [(r * pool_size[1] + s, h, w) for r, h in rows for s, w in columns]
        best = window[0]
        for place in window[1:]:
            value, largest = x[n, place[1], place[2], c], x[n, best[1], best[2], c]
            if value > largest or (np.isnan(value) and not np.isnan(largest)):
                best = place
        k, h, w = best
        y[n, p, q, c], index[n, p, q, c] = x[n, h, w, c], k
        dx[n, h, w, c] += dy[n, p, q, c]
        mean[n, p, q, c] = sum(x[n, h, w, c] for _, h, w in window) / len(window)
        for _, h, w in window:
            dx_mean[n, h, w, c] += dy[n, p, q, c] / len(window)
    return y, index, dx, mean, dx_mean


@settings(max_examples=60, deadline=None)
@given(case=_cases(), seed=st.integers(0, 99))
def test_every_tier_equals_naive_loops(ops, case, seed):
    x, window = case
    tier = ops.pool2d
    y, index = tier.max_forward(x, *window)
    dy = np.random.default_rng(seed).standard_normal(y.shape[::-1]).astype(x.dtype).T  # strided
    mean = tier.mean_forward(x, *window)
    dx = tier.max_backward(dy, index, x.shape[1:3], *window)
    dx_mean = tier.mean_backward(dy, x.shape[1:3], *window)
    assert index.dtype == np.uint8 and index.flags.c_contiguous
    expected = _naive(x, dy, *window)
    assert np.array_equal(y, expected[0], equal_nan=True) and np.array_equal(index, expected[1])
    for ours, theirs in zip((dx, mean, dx_mean), expected[2:]):
        np.testing.assert_allclose(ours, theirs, atol=1e-5 if x.dtype == "f4" else 1e-13)
    for array in (y, dx, mean, dx_mean):
        assert array.dtype == x.dtype and array.flags.c_contiguous


def test_the_first_of_equal_numbers_takes_the_whole_gradient(ops):
    x = np.zeros((1, 4, 2, 1))
    x[0, 2:, :, 0] = [[1, 3], [3, 3]]
    layer = layers.MaxPooling2D()
    layer.prepare((4, 2, 1), ops)
    y, cache = layer.forward(x)
    assert y.ravel().tolist() == [0, 3]
    dx = layer.backward(np.array([[[[5.0]], [[7.0]]]]), cache)
    assert dx[0, :, :, 0].tolist() == [[5, 0], [0, 0], [0, 7], [0, 0]]


def test_nan_passes_on_to_the_windows_that_hold_it_and_to_no_other(ops):
    x = np.ones((1, 3, 4, 2), "f4")
    x[0, 1, 1, 0] = np.nan
    for function in (lambda *w: ops.pool2d.max_forward(*w)[0], ops.pool2d.mean_forward):
        y = function(x, (3, 2), (1, 2), ((0, 0), (0, 0)))
        assert np.isnan(y).tolist() == [[[[True, False], [False, False]]]]


def test_padding_never_wins_even_against_minus_infinity(ops):
    x = np.full((1, 1, 1, 1), -np.inf, "f4")
    y, index = ops.pool2d.max_forward(x, (3, 3), (1, 1), ((1, 1), (1, 1)))
    assert y.tolist() == [[[[-np.inf]]]] and index.tolist() == [[[[4]]]]


def test_a_window_of_more_than_256_places_remembers_the_winner(ops):
    x = np.zeros((1, 20, 20, 1), "f4")
    x[0, 17, 3] = 1
    y, index = ops.pool2d.max_forward(x, (20, 20), (1, 1), ((0, 0), (0, 0)))
    assert index.dtype == np.int32 and index.item() == 17 * 20 + 3
    dx = ops.pool2d.max_backward(y, index, (20, 20), (20, 20), (1, 1), ((0, 0), (0, 0)))
    assert np.array_equal(dx, x)


# ----------------------------------------------------------------------- layers, as in Keras


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (layers.MaxPooling2D(), (5, 6, 3), (2, 3, 3)),
        (layers.MaxPooling2D((2, 3), strides=1), (5, 6, 3), (4, 4, 3)),
        (layers.AveragePooling2D(3, 2, "same"), (5, 6, 3), (3, 3, 3)),
        (layers.MaxPooling2D(4, padding="same"), (5, 6, 3), (2, 2, 3)),
        (layers.AveragePooling2D(9, 1, "same"), (5, 6, 3), (5, 6, 3)),
        (layers.AveragePooling2D(1, 4, "same"), (5, 6, 3), (2, 2, 3)),
        (layers.MaxPooling1D(), (7, 3), (3, 3)),
        (layers.GlobalMaxPooling1D(), (7, 3), (3,)),
        (layers.GlobalAveragePooling1D(keepdims=True), (7, 3), (1, 3)),
        (layers.GlobalMaxPooling2D(keepdims=True), (5, 6, 3), (1, 1, 3)),
        (layers.GlobalAveragePooling2D(), (5, 6, 3), (3,)),
    ],
)
def test_output_shapes(layer, shape, expected):
    twin = from_data(to_data(layer))
    assert twin.prepare(shape) == expected
    x = np.random.default_rng(0).standard_normal((2, *shape)).astype("f4")
    y, cache = twin.forward(x)
    assert y.shape == (2, *expected)
    assert twin.backward(y, cache).shape == x.shape
    assert np.array_equal(layer(x), y)


def test_same_padding_puts_the_odd_place_behind_and_counts_no_padding():
    x = np.arange(1.0, 5.0).reshape(1, 4, 1)
    mean = layers.AveragePooling2D((2, 1), 1, "same")
    assert mean(x[..., None]).ravel().tolist() == [1.5, 2.5, 3.5, 4]
    assert layers.MaxPooling1D(3, 2, "same")(x).ravel().tolist() == [3, 4]


def test_global_pooling_is_numpy_s():
    x = np.random.default_rng(0).standard_normal((2, 5, 4, 3))
    for layer, expected in [
        (layers.GlobalMaxPooling2D(), x.max(axis=(1, 2))),
        (layers.GlobalAveragePooling2D(), x.mean(axis=(1, 2))),
    ]:
        layer.prepare((5, 4, 3))
        np.testing.assert_allclose(layer.forward(x)[0], expected, rtol=1e-14)


def test_keras_s_short_names():
    assert layers.MaxPool2D is layers.MaxPooling2D
    assert layers.GlobalAvgPool1D is layers.GlobalAveragePooling1D
    assert layers.Convolution2D is layers.Conv2D
    model = Sequential([layers.AvgPool2D((2, 2), input_shape=(4, 4, 1)), layers.GlobalMaxPool2D()])
    assert [layer.name for layer in model.layers] == ["average_pooling2d", "global_max_pooling2d"]


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (
            lambda: layers.MaxPooling2D(5),
            (4, 6, 1),
            r"windows of 5 x 5 do not fit .*of 4 x 6.*pool_size",
        ),
        (lambda: layers.MaxPooling1D(5), (4, 6), r"'max_pooling1d'.* of 5 do not .* of 4 "),
        (lambda: layers.MaxPooling2D(), (4, 6), r"samples of shape \(H, W, C\); got \(4, 6\)"),
        (lambda: layers.GlobalMaxPooling1D(), (4, 6, 2), r"shape \(T, D\); got \(4, 6, 2\)"),
        (lambda: layers.MaxPooling2D(0), None, "pool_size must be an integer of at least 1.*got 0"),
        (lambda: layers.MaxPooling2D(2, (1, 0)), None, r"strides must be .*; got \(1, 0\)"),
        (lambda: layers.MaxPooling2D(2, -1), None, "strides must be .*; got -1"),
        (lambda: layers.MaxPooling2D(2.0), None, r"pool_size must be an integer.*; got 2\.0"),
        (lambda: layers.MaxPooling2D(padding="full"), None, '"valid" or "same"; got \'full\''),
        (
            lambda: layers.GlobalMaxPool2D("channels_first"),
            None,
            "come last.*got data_format=.channels_first",
        ),
    ],
)
def test_what_cannot_work_is_refused(make, shape, message):
    with pytest.raises(ValueError, match=message):
        make().prepare(shape)


def test_images_larger_than_the_ones_it_was_built_for_are_pooled_too():
    layer = layers.MaxPooling2D()
    layer.prepare((4, 4, 1))
    x = np.arange(math.prod((1, 6, 8, 1)), dtype="f4").reshape(1, 6, 8, 1)
    assert layer.forward(x)[0].shape == (1, 3, 4, 1)
