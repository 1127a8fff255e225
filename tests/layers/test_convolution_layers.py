"""Convolutions against naive loops, the rules of Keras for shapes, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl import Sequential, kernels
from minidl.layers import Conv1D, Conv2D, Conv2DTranspose, DepthwiseConv2D, Input, UpSampling2D

RNG = np.random.default_rng(0)


def _built(layer, shape, dtype="f8"):
    layer.prepare(shape, rng=np.random.default_rng(0))
    if layer.params():
        layer.w.value[...] = RNG.standard_normal(layer.w.value.shape)
        layer.b.value[...] = RNG.standard_normal(layer.b.value.shape)
    return layer.astype(dtype)


def _run(layer, x):
    return layer.forward(np.asarray(x, "f8"))[0]


# ------------------------------------------------------------------------ values, by loops


def _loops(x, w, b, stride, corner, dilation, groups, size):
    """The formula as it stands, one number at a time; corner: padding at the top and left."""
    (H, W), (P, Q) = x.shape[1:3], size
    R, S, D, M = w.shape
    y = np.zeros((len(x), P, Q, M))
    for n, p, q, m in np.ndindex(y.shape):
        y[n, p, q, m] = b[m]
        first = m // (M // groups) * D  # of the channels that this output sees
        for r, s, d in np.ndindex(R, S, D):
            i = p * stride[0] + r * dilation[0] - corner[0]
            j = q * stride[1] + s * dilation[1] - corner[1]
            if 0 <= i < H and 0 <= j < W:
                y[n, p, q, m] += x[n, i, j, first + d] * w[r, s, d, m]
    return y


V, S = "valid", "same"


@pytest.mark.parametrize(
    ("filters", "kernel", "strides", "padding", "dilation", "groups", "shape", "corner", "size"),
    [
        (3, (3, 2), (1, 1), V, (1, 1), 1, (2, 5, 4, 2), (0, 0), (3, 3)),
        (2, (3, 3), (2, 3), V, (1, 1), 1, (1, 6, 8, 1), (0, 0), (2, 2)),
        (2, (3, 3), (1, 1), S, (1, 1), 1, (2, 4, 3, 2), (1, 1), (4, 3)),
        (2, (2, 4), (1, 1), S, (1, 1), 1, (2, 3, 5, 2), (0, 1), (3, 5)),  # more zeros after
        (2, (3, 3), (2, 2), S, (1, 1), 1, (1, 6, 5, 2), (0, 1), (3, 3)),  # even: none before
        (3, (2, 3), (1, 1), V, (3, 2), 1, (2, 5, 6, 2), (0, 0), (2, 2)),
        (2, (3, 3), (1, 1), S, (2, 2), 1, (1, 3, 4, 2), (2, 2), (3, 4)),
        (4, (2, 2), (3, 3), V, (2, 2), 1, (2, 7, 6, 1), (0, 0), (2, 2)),
        (6, (2, 2), (1, 1), V, (1, 1), 3, (2, 3, 4, 9), (0, 0), (2, 3)),
    ],
)
def test_conv2d_against_naive_loops(
    filters, kernel, strides, padding, dilation, groups, shape, corner, size, backend
):
    layer = _built(Conv2D(filters, kernel, strides, padding, None, dilation, groups), shape[1:])
    assert layer.output_shape == (*size, filters)
    x, w, b = RNG.standard_normal(shape), layer.w.value, layer.b.value
    expected = _loops(x, w, b, strides, corner, dilation, groups, size)
    np.testing.assert_allclose(_run(layer, x), expected, rtol=1e-11, atol=1e-12)


def test_conv1d_by_hand():
    layer = Conv1D(1, 2, use_bias=False)
    layer.prepare((4, 1))
    layer.w.value[...] = [[[1]], [[10]]]
    for padding, expected in {
        "valid": [21, 32, 43],
        "same": [21, 32, 43, 4],
        "causal": [10, 21, 32, 43],
    }.items():
        layer.padding = padding
        assert _run(layer, [[[1], [2], [3], [4]]]).ravel().tolist() == expected


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (1, 3), (3, 2)])
def test_causal_outputs_see_no_later_input(stride, dilation):
    layer = _built(Conv1D(2, 3, stride, "causal", dilation_rate=dilation), (9, 2))
    x = RNG.standard_normal((1, 9, 2))
    before = _run(layer, x)
    x[0, 6:] += 1
    after = _run(layer, x)
    unchanged = np.arange(before.shape[1]) * stride < 6
    assert np.array_equal((before == after).all(axis=(0, 2)), unchanged)


def test_conv1d_is_conv2d_on_an_image_of_one_row():
    options = {"filters": 4, "padding": "same", "groups": 2, "activation": "tanh"}
    sequence = _built(Conv1D(kernel_size=3, strides=2, dilation_rate=2, **options), (8, 2))
    image = Conv2D(kernel_size=(1, 3), strides=(1, 2), dilation_rate=2, **options)
    image = _built(image, (1, 8, 2))
    image.w.value[0], image.b.value[...] = sequence.w.value, sequence.b.value
    x = RNG.standard_normal((3, 8, 2))
    assert np.array_equal(_run(sequence, x), _run(image, x[:, None])[:, 0])


def test_depthwise_is_one_convolution_for_each_channel():
    layer = _built(DepthwiseConv2D((2, 3), 2, "same", 2), (5, 6, 3))
    assert layer.output_shape == (3, 3, 6) and layer.w.value.shape == (2, 3, 3, 2)
    x = RNG.standard_normal((2, 5, 6, 3))
    y = _run(layer, x)
    for c in range(3):
        alone = _built(Conv2D(2, (2, 3), 2, "same"), (5, 6, 1))
        alone.w.value[...] = layer.w.value[:, :, [c]]
        alone.b.value[...] = layer.b.value[2 * c : 2 * c + 2]
        np.testing.assert_allclose(y[..., 2 * c : 2 * c + 2], _run(alone, x[..., [c]]), rtol=1e-12)


def test_transposed_conv_paints_the_kernel():
    layer = Conv2DTranspose(1, (1, 3), (1, 2), use_bias=False)
    layer.prepare((1, 2, 1))
    layer.w.value[...] = np.reshape([1, 10, 100], (1, 3, 1, 1))
    assert layer.forward(np.reshape([2.0, 3.0], (1, 1, 2, 1)))[0].ravel().tolist() == [
        *(2, 20, 200 + 3, 30, 300),
    ]


# ---------------------------------------------------------------------------------- shapes


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (Conv2D(6, 5), (28, 28, 1), (24, 24, 6)),
        (Conv2D(6, 5, padding="same"), (28, 28, 1), (28, 28, 6)),
        (Conv2D(64, 7, 2, "same"), (224, 224, 3), (112, 112, 64)),
        (Conv2D(64, 7, 2), (224, 224, 3), (109, 109, 64)),
        (Conv2D(8, 3, dilation_rate=4), (9, 20, 3), (1, 12, 8)),
        (Conv2D(8, (3, 5), (2, 1), "same"), (None, None, 3), (None, None, 8)),
        (Conv2D(8, 3), (None, 7, 3), (None, 5, 8)),
        (Conv1D(8, 3, 2, "causal"), (10, 4), (5, 8)),
        (DepthwiseConv2D(3, depth_multiplier=2), (8, 9, 5), (6, 7, 10)),
        (Conv2DTranspose(4, 3, 2), (4, 5, 2), (9, 11, 4)),
        (Conv2DTranspose(4, 3, 2, "same"), (4, 5, 2), (8, 10, 4)),
        (Conv2DTranspose(4, (2, 5), 3), (4, 4, 2), (12, 14, 4)),
        (Conv2DTranspose(4, 3, dilation_rate=2), (4, 4, 2), (8, 8, 4)),
        (Conv2DTranspose(4, 3, 2, "same", 0), (4, 4, 2), (7, 7, 4)),
        (Conv2DTranspose(4, 3, 2, "same", 1), (4, 4, 2), (8, 8, 4)),
        (Conv2DTranspose(4, 3, 3, output_padding=(1, 2)), (4, 4, 2), (13, 14, 4)),
        (Conv2DTranspose(4, 4, 2, "same"), (None, None, 2), (None, None, 4)),
    ],
)
def test_output_shapes_are_those_of_keras(layer, shape, expected):
    assert layer.prepare(shape) == expected
    x = np.zeros((2, *(6 if length is None else length for length in shape)))
    y = layer.forward(x)[0].shape[1:]
    assert all(e in (None, length) for e, length in zip(expected, y)) and len(y) == len(expected)


def test_one_model_takes_images_of_any_size(backend):
    row = [Input((None, None, 3)), Conv2D(4, 3, 2, "same"), UpSampling2D(2), Conv2D(1, 2)]
    model = Sequential(row)
    assert model.output_shape == (None, None, 1)
    for H, W in ((8, 8), (5, 10), (1, 3)):
        expected = (2, 2 * -(-H // 2) - 1, 2 * -(-W // 2) - 1, 1)
        assert model.predict(RNG.standard_normal((2, H, W, 3))).shape == expected


# --------------------------------------------------------------------------------- adjoint


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.sampled_from(["valid", "same"]),
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.integers(1, 2),
    st.sampled_from(["numpy", "numba"]),
)
def test_the_transposed_layer_is_the_adjoint(taps, strides, dilation, padding, size, G, backend):
    """<conv(x), y> = <x, conv_transpose(y)>, for all x and y."""
    options = {"strides": strides, "padding": padding, "dilation_rate": dilation, "groups": G}
    up = Conv2DTranspose(2 * G, taps, use_bias=False, **options)
    down = Conv2D(3 * G, taps, use_bias=False, **options)
    ops = kernels.load(backend)
    shape = up.prepare((*size, 3 * G), ops)  # of x
    assert down.prepare(shape, ops) == (*size, 3 * G)
    down.w.value[...] = up.w.value
    x, y = RNG.standard_normal((2, *shape)), RNG.standard_normal((2, *size, 3 * G))
    down.astype("f8"), up.astype("f8")
    np.testing.assert_allclose((_run(down, x) * y).sum(), (x * _run(up, y)).sum(), atol=1e-11)
