"""Metrics that count over batches: by hand, and that the batches do not change them."""

import copy

import numpy as np
import pytest

from minidl import losses, metrics
from minidl.base.configurable import from_data, to_data
from minidl.models.objective import Objective
from minidl.models.training import Mean, RunningLogs

WAS, P = [0, 0, 1, 1], [0.1, 0.6, 0.55, 0.9]
ROWS, OUTPUTS = np.eye(3)[[0, 1, 2, 1]], [[5, 3, 1], [5, 3, 1], [5, 3, 1], [1, 2, 0.5]]
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 4, 57)
SCORES = RNG.dirichlet(np.ones(4), 57)

EVERY = {
    "auc": (lambda: metrics.AUC(30), LABELS > 1, SCORES[:, 0]),
    "precision": (lambda: metrics.Precision(0.3), np.eye(4)[LABELS], SCORES),
    "recall": (lambda: metrics.Recall(0.3), np.eye(4)[LABELS], SCORES),
    "binary": (lambda: metrics.BinaryAccuracy(threshold=0.3), LABELS > 1, SCORES[:, :1]),
    "categorical": (lambda: metrics.CategoricalAccuracy(), np.eye(4)[LABELS], SCORES),
    "sparse": (lambda: metrics.SparseCategoricalAccuracy(), LABELS, SCORES),
    "top 2": (lambda: metrics.TopKCategoricalAccuracy(2), np.eye(4)[LABELS], SCORES),
    "mse": (lambda: metrics.MeanSquaredError(), LABELS, SCORES[:, :1]),
    "mae": (lambda: metrics.MeanAbsoluteError(), LABELS, SCORES[:, :1]),
}


@pytest.mark.parametrize(
    ("metric", "y_true", "y_pred", "expected"),
    [
        (metrics.Precision(), WAS, P, 2 / 3),
        (metrics.Recall(), WAS, P, 1),
        (metrics.Precision(0.58), WAS, P, 1 / 2),
        (metrics.Recall(0.58), WAS, P, 1 / 2),
        (metrics.Precision(0.95), WAS, P, 0),
        (metrics.TruePositives(0.58), WAS, P, 1),
        (metrics.FalsePositives(0.58), WAS, P, 1),
        (metrics.FalseNegatives(0.58), WAS, P, 1),
        (metrics.FalsePositives(0.05), WAS, P, 2),
        (metrics.AUC(), WAS, P, 3 / 4),  # of 4 pairs of a no and a yes, 3 are in order
        (metrics.AUC(), WAS, [[0.1], [0.2], [0.3], [0.4]], 1),
        (metrics.AUC(), WAS, [0.5] * 4, 1 / 2),
        (metrics.AUC(2), WAS, P, 1 / 2),  # the thresholds are 0 and 1
        (metrics.AUC(3), WAS, P, 3 / 4),  # 0, 0.5 and 1: two of two found, one of two wrong
        (metrics.AUC(), [1, 1], [0.2, 0.4], 0),
        (metrics.BinaryAccuracy(), WAS, P, 3 / 4),
        (metrics.BinaryAccuracy(threshold=0.05), WAS, np.c_[P], 1 / 2),
        (metrics.CategoricalAccuracy(), ROWS, OUTPUTS, 1 / 2),
        (metrics.SparseCategoricalAccuracy(), [0, 1, 2, 1], OUTPUTS, 1 / 2),
        (metrics.TopKCategoricalAccuracy(2), ROWS, OUTPUTS, 3 / 4),
        (metrics.TopKCategoricalAccuracy(), ROWS, OUTPUTS, 1),
        (metrics.MeanSquaredError(), [1.0, 3.0], [[2.0], [5.0]], 2.5),
        (metrics.MeanAbsoluteError(), [1.0, 3.0], [[2.0], [5.0]], 1.5),
    ],
)
def test_by_hand(metric, y_true, y_pred, expected):
    result = metric(y_true, y_pred)
    assert result == pytest.approx(expected, abs=1e-12) and type(result) is float


@pytest.mark.parametrize("name", EVERY)
def test_batches_do_not_change_the_result_and_reset_forgets(name):
    make, y_true, y_pred = EVERY[name]
    at_once, metric = make()(y_true, y_pred), make()
    assert metric.result() == 0
    metric.update_state(y_true[:9], y_pred[:9])
    after_one = copy.copy(metric)  # as the logs of a batch keep it
    metric.update_state(y_true[9:], y_pred[9:])
    assert metric.result() == pytest.approx(at_once, rel=1e-12)
    assert after_one.result() == pytest.approx(make()(y_true[:9], y_pred[:9]), rel=1e-12)
    metric.reset_state()
    assert metric.result() == 0 and metric(y_true, y_pred) == pytest.approx(at_once, rel=1e-12)


@pytest.mark.parametrize("name", EVERY)
def test_a_sample_that_counts_twice_is_a_sample_that_is_there_twice(name):
    make, y_true, y_pred = EVERY[name]
    weights = RNG.integers(0, 3, 57)
    repeated = make()(np.repeat(y_true, weights, axis=0), np.repeat(y_pred, weights, axis=0))
    for given in (weights, weights[:, None]):
        assert make()(y_true, y_pred, given) == pytest.approx(repeated, rel=1e-12)
    assert make()(y_true, y_pred) != pytest.approx(repeated)


@pytest.mark.parametrize("name", EVERY)
def test_an_object_comes_back_from_plain_data(name):
    make, y_true, y_pred = EVERY[name]
    metric = make()
    twin = from_data(to_data(metric))
    assert type(twin) is type(metric) and twin.name == metric.name
    assert twin(y_true, y_pred) == metric(y_true, y_pred)


def test_the_area_is_the_share_of_pairs_in_order():
    was, p = RNG.integers(0, 2, 300).astype(bool), RNG.random(300)
    pairs = (p[was][:, None] > p[~was]).mean()
    assert metrics.AUC()(was, p) == pytest.approx(pairs, abs=0.005)
    assert metrics.AUC(100_000)(was, p) == pytest.approx(pairs, abs=1e-5)


def test_cross_entropies_as_metrics_are_the_losses_of_their_names():
    one_hot, labels = np.eye(4)[LABELS], LABELS
    answers = [
        ("binary_crossentropy", (LABELS > 1)[:, None], SCORES[:, :1]),
        ("categorical_crossentropy", one_hot, SCORES),
        ("sparse_categorical_crossentropy", labels, SCORES),
    ]
    for name, y_true, y_pred in answers:
        _, metric = metrics.get(name)
        value, _ = losses.get(name)(y_true, y_pred)
        assert metric(y_true, y_pred) == pytest.approx(value, rel=1e-6) and value > 0.1
    sure = metrics.sparse_categorical_crossentropy([0], [[0.0, 1.0]])
    assert sure == pytest.approx(-np.log(1e-7))


def test_a_mean_of_numbers():
    mean = metrics.Mean("loss")
    assert mean(3.0) == 3 and mean([1.0, 2.0]) == 2 and mean.name == "loss"
    assert metrics.Mean()([4, 8], sample_weight=[3, 1]) == 5
    assert metrics.Mean()([[4, 4], [8, 8]], [3, 1]) == 5


def test_names():
    assert metrics.AUC().name == "auc"
    assert metrics.TopKCategoricalAccuracy().name == "top_k_categorical_accuracy"
    for given in ("AUC", "auc"):
        name, metric = metrics.get(given)
        assert name == metric.name == given and isinstance(metric, metrics.AUC)
    assert metrics.get("auc")[1] is not metrics.get("auc")[1]
    assert metrics.get(metrics.Recall)[0] == "recall"
    named = metrics.Recall(0.3, name="found")
    assert metrics.get(named) == ("found", named)
    assert metrics.get("mae") == ("mae", metrics.mae)
    both = metrics.get_all([metrics.Recall(), metrics.Recall(0.3, name="found"), "acc"])
    assert list(both) == ["recall", "found", "acc"]
    assert list(metrics.get_all(named)) == ["found"]


def test_a_metric_and_a_loss_of_one_name_are_two_things_in_a_file():
    assert isinstance(from_data(to_data(losses.MeanSquaredError())), losses.Loss)
    assert isinstance(from_data(to_data(metrics.MeanSquaredError())), metrics.Metric)


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (lambda: metrics.get("aoc"), ValueError, "unknown metric 'aoc'. Did you mean 'auc'"),
        (lambda: metrics.get(3), TypeError, "metric must be a name or an object; got 3"),
        (lambda: metrics.get(np.ones(2)), TypeError, "function of .y_true, y_pred. or a minidl"),
        (lambda: metrics.get_all([metrics.AUC(), "auc"]), ValueError, 'give an object name="..."'),
        (lambda: metrics.AUC(1), ValueError, "num_thresholds must be at least 2; got 1"),
        (lambda: metrics.AUC()([0, 1], [0.5, 1.5]), ValueError, "probabilities.*from 0.5 to 1.5"),
        (lambda: metrics.AUC()([0, 1], [0.5, np.nan]), ValueError, "auc needs probabilities"),
        (lambda: metrics.Recall([0.1, 0.2]), ValueError, "thresholds must be a finite number"),
        (lambda: metrics.TopKCategoricalAccuracy(0), ValueError, "k must be an integer of at lea"),
        (
            lambda: metrics.Precision()([1, 2], np.ones((2, 3))),
            ValueError,
            r"outputs, \(2, 3\); got \(2,\). Integer labels: utils.to_categorical",
        ),
        (lambda: metrics.mse([1, 2, 3, 4, 5, 6], np.ones((2, 3))), ValueError, "shape of the outp"),
        (
            lambda: metrics.Mean()([1, 2], [1, 2, 3]),
            ValueError,
            r"one number a sample, shape \(2,\); got shape \(3,\)",
        ),
        (lambda: metrics.Metric().result(), NotImplementedError, "Metric must write result"),
    ],
)
def test_what_cannot_work_is_explained(attempt, error, message):
    with pytest.raises(error, match=message):
        attempt()


def test_logs_of_a_batch_keep_their_numbers_whenever_they_are_read():
    objective = Objective("mse", None, [metrics.MeanSquaredError(name="error")], ["output"])
    mean = Mean(objective)
    kept = []
    for t in (1.0, 3.0):
        objective.counting["error"].update_state([t], [[0.0]])
        mean.add({"loss": t}, 1)
        kept.append(RunningLogs(mean))
    assert [dict(logs) for logs in kept] == [
        {"loss": 1.0, "error": 1.0},
        {"loss": 2.0, "error": 5.0},
    ]
