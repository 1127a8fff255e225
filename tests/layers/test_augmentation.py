"""Augmentation against slices, numpy's own padding and turning, and naive bilinear loops."""

import itertools
import math

import numpy as np
import pytest

from minidl import Sequential
from minidl.base.configurable import from_data, to_data
from minidl.layers import Dense, Flatten, RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from minidl.layers.preprocessing.augmentation import RandomAffine

X = np.random.default_rng(0).standard_normal((3, 4, 6, 2)).astype("f4")


def _run(layer, x, seed=0):
    layer.prepare(x.shape[1:], rng=np.random.default_rng(seed))
    return layer.forward(x, training=True)[0]


def _shift(down, right, *fill):
    """Always the same shift, in pixels of X."""
    return RandomTranslation((down / 4, down / 4), (right / 6, right / 6), *fill)


@pytest.mark.parametrize("down", [-1, 0, 2])
@pytest.mark.parametrize("right", [-2, 0, 3])
@pytest.mark.parametrize(
    ("fill_mode", "padding"),
    [
        ("constant", {"mode": "constant", "constant_values": 7}),
        ("nearest", {"mode": "edge"}),
        ("wrap", {"mode": "wrap"}),
        ("reflect", {"mode": "symmetric"}),
    ],
)
def test_shifts_by_whole_pixels_are_exact(down, right, fill_mode, padding):
    padded = np.pad(X, ((0, 0), (4, 4), (6, 6), (0, 0)), **padding)
    expected = padded[:, 4 - down : 8 - down, 6 - right : 12 - right]
    assert np.array_equal(_run(_shift(down, right, fill_mode, 7), X), expected)
    without_channels = _run(_shift(down, right, fill_mode, 7), X[..., 0])
    assert np.array_equal(without_channels, expected[..., 0])


@pytest.mark.parametrize("view", [(1, 5, 1), (1, 1, 5)], ids=["height", "width"])
def test_a_zoom_along_one_axis_leaves_the_other_alone(view):
    twice, same = (1, 1), (0, 0)  # so much more of it is seen
    zoom = RandomZoom(*((twice, same) if view == (1, 5, 1) else (same, twice)), "nearest")
    along = np.broadcast_to(np.arange(5.0).reshape(view), (1, 5, 5))
    across = along.swapaxes(1, 2)
    assert np.array_equal(_run(zoom, across), across)
    seen = np.array([0.0, 0, 2, 4, 4])  # at -2, 0, 2, 4, 6: the edge stands for what is beyond
    assert np.array_equal(_run(zoom, along), np.broadcast_to(seen.reshape(view), (1, 5, 5)))


def test_only_what_is_turned_looks_for_the_place_of_every_pixel(monkeypatch):
    found, real = [], RandomAffine._two

    def spy(layer, place, *given):
        found.append(place.size)
        return real(layer, place, *given)

    monkeypatch.setattr(RandomAffine, "_two", spy)
    for layer in (RandomTranslation(0.2, 0.2), RandomZoom(0.2, 0.2), RandomRotation(0.2)):
        _run(layer, X)
    N, H, W, _ = X.shape
    assert found == [N * H, N * W] * 2 + [N * H * W] * 2


def test_half_a_pixel_is_the_mean_of_two():
    y = _run(_shift(0.5, 0, "constant", 1), X)
    np.testing.assert_allclose(y[:, 1:], (X[:, 1:] + X[:, :-1]) / 2, rtol=1e-6)
    np.testing.assert_allclose(y[:, 0], (X[:, 0] + 1) / 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("mode", "possible"),
    [("horizontal", {(1, 1), (1, -1)}), ("vertical", {(1, 1), (-1, 1)}), (None, None)],
)
def test_flips_are_exact_and_each_comes_up_as_often(mode, possible):
    layer = RandomFlip(mode) if mode else RandomFlip()
    possible = possible or {(1, 1), (1, -1), (-1, 1), (-1, -1)}
    y = _run(layer, np.repeat(X[:1], 400, axis=0))
    found = {flip: (y == X[:1, :: flip[0], :: flip[1]]).all(axis=(1, 2, 3)) for flip in possible}
    assert sum(which.sum() for which in found.values()) == 400
    for which in found.values():
        assert which.mean() == pytest.approx(1 / len(possible), abs=0.1)


def test_a_flip_takes_one_draw_an_image_and_direction():
    x = np.repeat(X, 4, axis=0)
    down, across = (np.random.default_rng(3).random((12, 2)) < 0.5).T[..., None, None, None]
    expected = np.where(down, x[:, ::-1], x)
    assert np.array_equal(
        _run(RandomFlip(seed=3), x), np.where(across, expected[:, :, ::-1], expected)
    )


def test_what_moves_in_is_the_image_reflected_as_in_keras():
    for layer in (RandomTranslation(0.1, 0.1), RandomRotation(0.1)):
        assert layer.fill_mode == "reflect"
    y = _run(RandomTranslation((0.5, 0.5), 0), X)  # two rows down
    assert np.array_equal(y[:, :2], X[:, 1::-1])


def test_a_quarter_turn_is_counter_clockwise():
    square = X[:, :, :4]
    y = _run(RandomRotation((0.25, 0.25)), square)
    np.testing.assert_allclose(y, np.rot90(square, axes=(1, 2)), atol=1e-5)
    half = _run(RandomRotation((0.5, 0.5)), X)
    np.testing.assert_allclose(half, X[:, ::-1, ::-1], atol=1e-5)


def test_any_turn_against_naive_loops():
    share, fill = 0.07, 0.5
    y = _run(RandomRotation((share, share), "constant", fill), X.astype("f8"))
    angle, (H, W) = 2 * math.pi * share, (4, 6)
    for i, j in np.ndindex(H, W):
        right, up = j - (W - 1) / 2, (H - 1) / 2 - i  # this place, turned back clockwise:
        from_right = math.cos(angle) * right + math.sin(angle) * up
        from_up = -math.sin(angle) * right + math.cos(angle) * up
        row, column = (H - 1) / 2 - from_up, (W - 1) / 2 + from_right
        expected = np.zeros((3, 2))
        for r, c in itertools.product(range(-2, H + 2), range(-2, W + 2)):
            near = max(0, 1 - abs(row - r)) * max(0, 1 - abs(column - c))
            inside = 0 <= r < H and 0 <= c < W
            expected += near * (X[:, r, c] if inside else fill)
        np.testing.assert_allclose(y[:, i, j], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", [RandomTranslation(0.3, (0.1, 0.2)), RandomRotation(0.1)])
def test_each_image_has_its_own_draw_within_the_limits(layer):
    layer.prepare((10, 20), rng=np.random.default_rng(0))
    A, shift = layer.draw(5000, 10, 20)
    if isinstance(layer, RandomTranslation):
        assert np.array_equal(A, np.broadcast_to(np.eye(2), A.shape))
        drawn = {"down": (-shift[:, 0], -3, 3), "right": (-shift[:, 1], 2, 4)}
    else:
        assert not shift.any()
        turn = np.arctan2(A[:, 0, 1], A[:, 0, 0]) / (2 * math.pi)
        drawn = {"turn": (turn, -0.1, 0.1)}
    for values, low, high in drawn.values():
        assert low <= values.min() < low + 0.01 * (high - low)
        assert high >= values.max() > high - 0.01 * (high - low)
        assert values.mean() == pytest.approx((low + high) / 2, abs=0.02 * (high - low))


@pytest.mark.parametrize(
    "make",
    [
        RandomFlip,
        lambda **options: RandomTranslation(0.2, 0.2, **options),
        lambda **options: RandomRotation(0.2, **options),
    ],
)
def test_inference_is_the_identity_and_draws_are_repeatable(make):
    x = np.repeat(X, 5, axis=0)
    layer = make()
    first, second = _run(layer, x), _run(layer, x)
    assert first.dtype == "f4" and not np.array_equal(first, second)
    assert np.array_equal(_run(make(), x), first) and not np.array_equal(_run(make(), x, 1), first)
    assert np.array_equal(_run(make(seed=3), x, 0), _run(make(seed=3), x, 1))
    y, cache = layer.forward(x)
    assert np.array_equal(y, x) and np.array_equal(layer.backward(x, cache), x)
    twin = from_data(to_data(make(seed=3)))
    assert np.array_equal(_run(twin, x), _run(make(seed=3), x))


def test_images_of_integers_become_floats():
    x = np.arange(2 * 3 * 3, dtype="u1").reshape(2, 3, 3)
    y = _run(RandomTranslation((1 / 6, 1 / 6), 0), x)
    assert y.dtype == "f4" and y[0, 1, 0] == 1.5  # between 0 and 3


def test_a_model_augments_in_training_only():
    model = Sequential(
        [RandomFlip(input_shape=(4, 6, 2)), RandomRotation(0.1), Flatten(), Dense(1)], seed=0
    )
    model.compile("sgd", "mse")
    assert np.array_equal(model.predict(X), model.predict(X))
    before = model.evaluate(X, X[:, 0, 0, 0])
    assert model.train_on_batch(X, X[:, 0, 0, 0]) != pytest.approx(before, rel=1e-3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: RandomFlip("diagonal"),
            'mode must be "horizontal", "vertical" or .*got \'diagonal\'',
        ),
        (lambda: RandomRotation(-0.1), "factor must be a number of at least 0, or a pair"),
        (lambda: RandomRotation(float("nan")), "factor must be a finite number; got"),
        (lambda: RandomTranslation((0.2, 0.1), 0), "height_factor must be .*low <= high; got"),
        (lambda: RandomTranslation(0, -1), "width_factor must be a number"),
        (lambda: RandomRotation(0.1, "mirror"), '"wrap" or "reflect"; got .mirror'),
        (lambda: RandomFlip().prepare((4,)), r"needs images \(H, W, C\) or \(H, W\); got"),
    ],
)
def test_what_cannot_work_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
