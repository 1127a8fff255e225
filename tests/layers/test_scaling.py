"""Rescaling and Normalization: by hand, what `adapt` learns and `save` keeps, what they refuse."""

import numpy as np
import pytest

from minidl import Sequential, models
from minidl.layers import Dense, Normalization, Rescaling

DATA = np.array([[1.0, 10.0], [3.0, 10.0], [8.0, 10.0]])


def test_rescaling_by_hand():
    assert Rescaling(1 / 255)(np.array([[0, 51, 255]], np.uint8))[0] == pytest.approx([0, 0.2, 1])
    assert Rescaling(2, offset=-1)(np.array([[0.0, 0.5, 1.0]])).tolist() == [[-1, 0, 1]]


def test_normalization_takes_what_it_saw_as_the_unit():
    layer = Normalization()
    assert layer(DATA).tolist() == DATA.tolist()  # mean 0, variance 1, until it has seen data
    layer.adapt(DATA)
    assert layer.mean.numpy().tolist() == [4, 10]
    assert layer.variance.numpy() == pytest.approx([26 / 3, 0])
    y = layer(np.array([[4.0, 10.0], [7.0, 10.0]]))  # a feature that never varies does no harm
    assert y == pytest.approx(np.array([[0, 0], [3 / np.sqrt(26 / 3), 0]]))


def test_normalization_of_images_and_of_all_numbers():
    images = np.random.default_rng(0).normal(5, 3, (20, 4, 4, 3))
    for axis, over in ((-1, (0, 1, 2)), (None, None)):
        layer = Normalization(axis)
        layer.adapt(images)
        expected = (images - images.mean(over)) / images.std(over)
        np.testing.assert_allclose(layer(images), expected, atol=1e-5)


def test_statistics_are_saved_and_not_trained(tmp_path):
    norm = Normalization()
    norm.adapt(DATA)
    model = Sequential([norm, Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit(DATA, DATA[:, :1], epochs=2, verbose=0)
    assert norm.mean.numpy().tolist() == [4, 10] and norm.trainable_weights == []
    model.save(tmp_path / "model.npz")
    twin = models.load_model(tmp_path / "model.npz")
    assert np.array_equal(twin.predict(DATA), model.predict(DATA))


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: Rescaling("1/255"), "scale must be a finite number; got '1/255'"),
        (lambda: Rescaling(1, np.nan), "offset must be a finite number; got nan"),
        (lambda: Normalization(mean=0.0), "give both mean and variance"),
        (lambda: Normalization(mean=0.0, variance=-1.0), "variance must not be negative; got -1"),
        (lambda: Normalization(axis=1), "axis must be -1, the last, or None; got 1"),
        (lambda: Normalization().adapt([1.0, 2.0]), r"samples of shape \(\.\.\., D\); got \(\)"),
        (lambda: Normalization().adapt([[np.nan]]), "data holds 1 values that are NaN"),
    ],
)
def test_mistakes_are_named(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake()
