"""The rarer losses by hand, and what losses have in common: reduction, smoothing, names."""

import math

import numpy as np
import pytest

from minidl import Sequential, layers, losses
from minidl.base.configurable import from_data, to_data

T, Y = [[1.0, 2.0], [0.0, 4.0]], [[1.5, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "each", "gradient"),
    [
        (losses.Huber(), T, Y, [0.5 * 0.25 / 2, (3 - 0.5) / 2], [[0.5, 0], [1, 0]]),
        (
            losses.Huber(0.2),
            T,
            Y,
            [0.2 * (0.5 - 0.1) / 2, 0.2 * (3 - 0.1) / 2],
            [[0.2, 0], [0.2, 0]],
        ),
    ],
)
def test_by_hand(loss, y_true, y_pred, each, gradient):
    """The gradients are those of a sum over two outputs: / C, here 2, and / N."""
    N = len(each)
    value, dy = loss(np.array(y_true, float), np.array(y_pred, float))
    assert value == pytest.approx(np.mean(each))
    np.testing.assert_allclose(dy, np.array(gradient) / 2 / N, atol=1e-12)


def test_probabilities_are_divided_by_their_sum():
    p = np.array([[0.4, 0.2], [0.9, 0.9]])
    for loss, targets in [
        (losses.categorical_crossentropy, np.eye(2)[[0, 1]]),
        (losses.sparse_categorical_crossentropy, np.array([0, 1])),
    ]:
        value, dy = loss(targets, p)
        assert value == pytest.approx(-(math.log(2 / 3) + math.log(1 / 2)) / 2)
        np.testing.assert_allclose(
            dy, np.array([[1 / 0.6 - 1 / 0.4, 1 / 0.6], [1 / 1.8, 1 / 1.8 - 1 / 0.9]]) / 2
        )


def test_smoothed_labels_are_soft_labels():
    z, t = np.array([[2.0, -1.0, 0.5, 0.0]]), np.array([[0.0, 1.0, 0.0, 0.0]])
    for from_logits, y in [(True, z), (False, np.exp(z) / np.exp(z).sum())]:
        by_hand = losses.categorical_crossentropy([[0.05, 0.85, 0.05, 0.05]], y, from_logits)
        ours = losses.categorical_crossentropy(t, y, from_logits, label_smoothing=0.2)
        assert ours[0] == pytest.approx(by_hand[0])
        np.testing.assert_allclose(ours[1], by_hand[1])
    for from_logits, y in [(True, z), (False, 1 / (1 + np.exp(-z)))]:
        by_hand = losses.binary_crossentropy([[0.1, 0.9, 0.1, 0.1]], y, from_logits)
        ours = losses.binary_crossentropy(t, y, from_logits, label_smoothing=0.2)
        assert ours[0] == pytest.approx(by_hand[0])
        np.testing.assert_allclose(ours[1], by_hand[1])


def test_smoothing_holds_where_the_loss_absorbs_the_softmax():
    x, y = np.random.default_rng(0).standard_normal((9, 3)), np.eye(2)[[0, 1, 1] * 3]
    loss = losses.CategoricalCrossentropy(label_smoothing=0.4)
    model = Sequential([layers.Dense(2, "softmax")], seed=0)
    model.compile("sgd", loss)
    shown = model.evaluate(x, y, verbose=0)
    assert shown == pytest.approx(loss(y, model.predict(x))[0], rel=1e-5)
    assert shown != pytest.approx(losses.CategoricalCrossentropy()(y, model.predict(x))[0])


@pytest.mark.parametrize("weights", [None, np.array([1.0, 0.0, 2.0])])
@pytest.mark.parametrize("mask", [None, np.array([[1, 0], [1, 1], [0, 1]], bool)])
def test_the_sum_is_the_mean_times_the_number_of_what_counts(weights, mask):
    t, y = np.random.default_rng(0).standard_normal((2, 3, 2, 4))
    count = 6 if mask is None else 4
    mean, d_mean = losses.MeanSquaredError(reduction="mean")(t, y, weights, mask=mask)
    total, d_total = losses.MeanSquaredError(reduction="sum")(t, y, weights, mask=mask)
    assert total == pytest.approx(count * mean)
    np.testing.assert_allclose(d_total, count * d_mean)


@pytest.mark.parametrize("name", losses._TABLE)
def test_every_loss_has_its_names_and_comes_back_from_plain_data(name):
    loss = losses.get(name)
    assert type(from_data(to_data(loss))) is type(loss) is losses._TABLE[name]
    twin = from_data(to_data(type(loss)(name="mine", reduction="sum")))
    assert (twin.name, twin.reduction) == ("mine", "sum") and loss.name == type(loss).__name__


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (lambda: losses.Huber(0), ValueError, "delta must be a finite number above 0; got 0"),
        (lambda: losses.BinaryCrossentropy(label_smoothing=2), ValueError, "of at most 1; got 2"),
        (lambda: losses.Huber(reduction="none"), ValueError, "one number here.*call `each`"),
        (lambda: losses.Huber(reduction=None), ValueError, "one number here"),
        (lambda: losses.Huber(reduction="avg"), ValueError, '"mean" or "sum"; got \'avg\''),
        (lambda: losses.MeanSquaredError("sum"), TypeError, "positional"),
        (
            lambda: losses.Huber(name="far")([1.0], [[1.0, 2.0]]),
            ValueError,
            r"far needs targets of the shape of the outputs, \(1, 2\); got \(1,\)",
        ),
    ],
)
def test_what_cannot_work_is_explained(attempt, error, message):
    with pytest.raises(error, match=message):
        attempt()


def test_images_of_a_size_that_a_decoder_cannot_give_back_are_told_what_to_do():
    image = [layers.Conv2D(2, 3, strides=2, padding="same"), layers.UpSampling2D()]
    model = Sequential([*image, layers.Conv2D(1, 3, padding="same")])
    model.compile("sgd", "mse")
    x = np.zeros((3, 7, 6, 1), "f4")
    with pytest.raises(ValueError, match=r"\(3, 8, 6, 1\); got \(3, 7, 6, 1\).*stride"):
        model.fit(x, x, verbose=0)


@pytest.mark.parametrize("name", ["binary_crossentropy", "dice", "mean_squared_error"])
def test_what_the_package_calls_a_loss_may_be_given_to_compile(name):
    assert type(losses.get(getattr(losses, name))) is type(losses.get(name))
