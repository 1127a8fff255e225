"""Values of losses and metrics, against numbers worked out by hand or in plain loops."""

import math

import numpy as np
import pytest

from minidl import config, losses, metrics

BIG = np.array([[1000.0, -1000.0, 0.0]], "f4")


def test_mse_by_hand():
    value, dy = losses.mse([[1.0, 2.0], [0.0, 4.0]], [[2.0, 2.0], [3.0, 4.0]])
    assert value == (1 + 0 + 9 + 0) / 4
    assert dy.tolist() == [[0.5, 0.0], [1.5, 0.0]]  # 2 (y - t) / 4


def test_mae_by_hand():
    value, dy = losses.mae([[1.0, 2.0], [0.0, 4.0]], [[2.0, 2.0], [-3.0, 4.0]])
    assert value == (1 + 0 + 3 + 0) / 4
    assert dy.tolist() == [[0.25, 0.0], [-0.25, 0.0]]


def test_binary_crossentropy_by_hand():
    value, dy = losses.binary_crossentropy([1, 0], np.array([[0.8], [0.4]]))
    assert value == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)
    np.testing.assert_allclose(dy, [[-1 / 0.8 / 2], [1 / 0.6 / 2]])


def test_categorical_and_sparse_crossentropy_by_hand():
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    expected = -(math.log(0.2) + math.log(0.6)) / 2
    # -log(p_t / sum_j p_j): 1 / sum - 1 / p_t at the target, 1 / sum elsewhere
    gradient = [[1 / 2, (1 - 1 / 0.2) / 2, 1 / 2], [1 / 2, 1 / 2, (1 - 1 / 0.6) / 2]]
    for loss, targets in [
        (losses.categorical_crossentropy, np.eye(3)[[1, 2]]),
        (losses.sparse_categorical_crossentropy, np.array([1, 2])),
        (losses.sparse_categorical_crossentropy, np.array([[1], [2]])),
    ]:
        value, dy = loss(targets, p)
        assert value == pytest.approx(expected)
        np.testing.assert_allclose(dy, gradient)


def test_soft_labels_weigh_the_classes():
    p = np.array([[0.5, 0.25, 0.25]])
    value, _ = losses.categorical_crossentropy([[0.5, 0.5, 0.0]], p)
    assert value == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(4))


def test_from_logits_equals_from_probabilities(backend):
    rng = np.random.default_rng(0)
    z, labels = rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    answers = rng.integers(0, 2, (6, 4))
    for loss, targets, probabilities in [
        (losses.sparse_categorical_crossentropy, labels, p),
        (losses.categorical_crossentropy, np.eye(4)[labels], p),
        (losses.binary_crossentropy, answers, 1 / (1 + np.exp(-z))),
    ]:
        assert loss(targets, z, from_logits=True)[0] == pytest.approx(
            loss(targets, probabilities)[0], rel=1e-12
        )


def test_logits_of_a_thousand_give_finite_loss_and_gradient(backend):
    for loss, target, expected in [
        (losses.sparse_categorical_crossentropy, [1], 2000.0),
        (losses.categorical_crossentropy, [[0, 1, 0]], 2000.0),
        (losses.binary_crossentropy, [[0, 1, 0]], (1000 + 1000 + math.log(2)) / 3),
    ]:
        value, dz = loss(np.array(target), BIG, from_logits=True)
        assert value == pytest.approx(expected, rel=1e-6)
        assert np.isfinite(dz).all() and dz[0, 0] > 0.3 and dz[0, 1] < -0.3


@pytest.mark.parametrize("wrong", [True, False])
def test_probabilities_of_zero_and_one_are_kept_off_the_ends_and_flat_there(wrong):
    for loss, targets in [
        (losses.binary_crossentropy, [[1.0, 0.0]]),
        (losses.categorical_crossentropy, [[1.0, 0.0]]),
        (losses.sparse_categorical_crossentropy, [0]),
    ]:
        value, dy = loss(targets, np.array([[0.0, 1.0] if wrong else [1.0, 0.0]]))
        assert value == pytest.approx(-math.log(1e-7 if wrong else 1 - 1e-7), rel=1e-6)
        assert not dy.any()


def test_a_loss_keeps_the_dtype_of_the_outputs():
    for dtype in ("float32", "float64"):
        y = np.full((2, 3), 0.25, dtype)
        for loss, target in [
            (losses.mse, np.zeros((2, 3), "f8")),
            (losses.mae, np.zeros((2, 3), "i4")),
            (losses.binary_crossentropy, np.zeros((2, 3), "i8")),
            (losses.categorical_crossentropy, np.eye(3)[:2]),
            (losses.sparse_categorical_crossentropy, np.array([0, 2], "u1")),
        ]:
            assert loss(target, y)[1].dtype == dtype


def test_short_and_long_names_are_the_same_loss():
    for short, long in [("mse", "mean_squared_error"), ("mae", "mean_absolute_error")]:
        assert type(losses.get(short)) is type(losses.get(long))
        assert getattr(losses, short) is getattr(losses, long)


def test_accuracy_follows_the_shapes():
    assert metrics.accuracy([1, 0, 1, 1], [[0.9], [0.2], [0.4], [0.6]]) == 0.75
    scores = [[0.1, 0.9], [0.8, 0.2], [0.7, 0.3], [0.4, 0.6]]
    assert metrics.accuracy([1, 0, 1, 1], scores) == 0.75
    assert metrics.accuracy([[1], [0], [1], [1]], scores) == 0.75
    assert metrics.accuracy([[0, 1], [1, 0], [0, 1], [0, 1]], scores) == 0.75


def test_binary_accuracy_does_not_broadcast_a_column_against_a_row():
    assert metrics.binary_accuracy([1, 0, 0], [[0.9], [0.1], [0.9]]) == pytest.approx(2 / 3)


def test_errors_as_metrics():
    assert metrics.mse([1.0, 3.0], [[2.0], [5.0]]) == 2.5
    assert metrics.mae([1.0, 3.0], [[2.0], [5.0]]) == 1.5
    assert metrics.get("acc") == ("acc", metrics.accuracy)


@pytest.mark.parametrize(
    ("loss", "y_true", "message"),
    [
        ("sparse_categorical_crossentropy", [0, 3], r"0 to 2.*3 outputs.*from 0 to 3"),
        ("sparse_categorical_crossentropy", [0, -1], r"0 to 2.*from -1 to 0"),
        ("sparse_categorical_crossentropy", [0.5, 1], "integer labels; got float64 fractions"),
        ("sparse_categorical_crossentropy", np.eye(3)[:2], 'one-hot rows use "categorical'),
        ("sparse_categorical_crossentropy", [0, 1, 2], r"shape \(2,\) for outputs of shape \(2, 3"),
        ("categorical_crossentropy", [0, 1], 'use "sparse_categorical_crossentropy"'),
        ("categorical_crossentropy", [[0, 1, 0, 0]] * 2, r"\(2, 3\); got \(2, 4\)"),
        ("categorical_crossentropy", [[0, 2, 0]] * 2, "between 0 and 1; got values from 0 to 2"),
        ("binary_crossentropy", [[-1, 1, 1]] * 2, "between 0 and 1; got values from -1 to 1"),
        ("mse", [0.0, 1.0], r"\(2, 3\); got \(2,\)"),
        ("mae", [[0.0, 1.0]], r"\(2, 3\); got \(1, 2\)"),
    ],
)
def test_targets_that_do_not_fit_are_explained(loss, y_true, message):
    with pytest.raises(ValueError, match=message):
        losses.get(loss)(y_true, np.full((2, 3), 1 / 3))


def test_integer_labels_of_sequences_get_the_same_hint():
    for labels in (np.zeros((2, 4), int), np.zeros((2, 4, 1), int)):
        with pytest.raises(ValueError, match='use "sparse_categorical_crossentropy"'):
            losses.categorical_crossentropy(labels, np.full((2, 4, 3), 1 / 3))


def test_a_function_is_not_a_loss():
    with pytest.raises(TypeError, match=r"subclass minidl\.losses\.Loss"):
        losses.get(lambda y_true, y_pred: 0.0)


def test_float64_throughout_when_asked_for():
    config.set_floatx("float64")
    assert losses.mse([1], [2])[1].dtype == "float64"
