"""Dropout and noise: what is drawn, how often, and that inference draws nothing."""

import numpy as np
import pytest

from minidl import Sequential
from minidl.layers import (
    Dense,
    Dropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
)

ONES = np.ones((200, 500), "f4")


def _run(layer, x, seed=0):
    layer.prepare(x.shape[1:], rng=np.random.default_rng(seed))
    return layer.forward(x, training=True)[0]


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9])
def test_dropout_drops_its_share_and_keeps_the_mean(rate):
    y = _run(Dropout(rate), ONES)
    assert y.dtype == "f4" and np.unique(y[y != 0]) == pytest.approx([1 / (1 - rate)])
    # 100,000 draws: five standard deviations of the share and of the mean
    assert (y == 0).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / 1e5))
    assert y.mean() == pytest.approx(1, abs=1e-6 + 5 * np.sqrt(rate / (1 - rate) / 1e5))


def test_gaussian_noise_has_its_size_and_no_bias():
    noise = _run(GaussianNoise(0.3), 5 * ONES) - 5
    assert noise.dtype == "f4" and abs(noise.mean()) < 5 * 0.3 / np.sqrt(1e5)
    assert noise.std() == pytest.approx(0.3, rel=0.02)
    assert np.abs(np.corrcoef(noise[:50])[0, 1:]).max() < 0.2  # rows do not share their noise


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(SpatialDropout1D(0.5), (40, 7, 30)), (SpatialDropout2D(0.5), (40, 3, 4, 30))],
)
def test_spatial_dropout_drops_whole_channels(layer, shape):
    y = _run(layer, np.ones(shape)).reshape(40, -1, 30)
    assert np.array_equal(y, np.broadcast_to(y[:, :1], y.shape))  # the same at every place
    assert (y[:, 0] == 0).mean() == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(1200))
    assert len(np.unique(y[:, 0], axis=0)) == 40  # each sample drops channels of its own


@pytest.mark.parametrize(
    "make",
    [
        lambda **options: Dropout(0.5, **options),
        lambda **options: SpatialDropout1D(0.5, **options),
        lambda **options: GaussianNoise(0.5, **options),
    ],
)
def test_inference_is_the_identity_and_draws_are_repeatable(make):
    x = np.random.default_rng(0).standard_normal((20, 3, 9))
    layer = make()
    first, second = _run(layer, x), _run(layer, x)
    assert not np.array_equal(first, second)  # consecutive masks differ
    assert np.array_equal(_run(make(), x), first) and not np.array_equal(_run(make(), x, 1), first)
    y, cache = layer.forward(x)
    assert np.array_equal(y, x) and np.array_equal(layer.backward(x, cache), x)
    # a seed of its own wins over the generator that the model gives
    assert np.array_equal(_run(make(seed=3), x, 0), _run(make(seed=3), x, 1))
    assert not np.array_equal(_run(make(seed=3), x), _run(make(seed=4), x))


def test_both_float_types_drop_the_same_numbers():
    masks = [_run(Dropout(0.3), ONES.astype(dtype)) == 0 for dtype in ("f4", "f8")]
    assert np.array_equal(*masks)


def test_a_model_drops_in_training_only_and_its_seed_repeats_it():
    def losses(seed):
        model = Sequential([Dropout(0.5, input_shape=(4,)), Dense(1)], seed=seed)
        model.compile("sgd", "mse")
        x = np.random.default_rng(0).standard_normal((8, 4))
        y = x.sum(axis=1)
        assert model.evaluate(x, y) == model.evaluate(x, y)
        return model.fit(x, y, epochs=3, verbose=0).history["loss"]

    assert losses(0) == losses(0) != losses(1)


def test_two_layers_of_one_model_draw_apart():
    model = Sequential([Dropout(0.5, input_shape=(50,)), Dropout(0.5)], seed=0)
    a, b = (layer.forward(ONES[:, :50], training=True)[0] for layer in model.layers)
    assert not np.array_equal(a, b)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dropout(1), "rate must be a finite number of at least 0 and below 1; got 1"),
        (lambda: Dropout(-0.1), "of at least 0 and below 1; got -0.1"),
        (lambda: Dropout(float("nan")), "rate must be a finite number"),
        (lambda: GaussianNoise(-1), "stddev must be a finite number of at least 0; got -1"),
        (lambda: SpatialDropout1D(0.5).prepare((4,)), r"shape \(T, D\); got \(4,\)"),
        (lambda: SpatialDropout2D(0.5).prepare((4, 3)), r"shape \(H, W, C\); got \(4, 3\)"),
    ],
)
def test_what_cannot_work_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
