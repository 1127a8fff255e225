"""The same outputs, weights and batches into the metrics of both libraries."""

import numpy as np
import pytest
from comparing import SEEDS, several
from hypothesis import given
from hypothesis import strategies as st
from keras_on_torch import keras

from minidl import metrics

# From (C, threshold, k) to the arguments: of ours, and of Keras's where they differ.
ROWS = {
    "AUC": [{}, {"num_thresholds": 7}],
    "Precision": [{}, {"thresholds": 0.3}],
    "Recall": [{}, {"thresholds": 0.3}],
    "BinaryAccuracy": [{}, {"threshold": 0.3}],
    "CategoricalAccuracy": [{}],
    "TopKCategoricalAccuracy": [{"k": 1}, {"k": 2}, {}],
    "MeanSquaredError": [{}],
    "MeanAbsoluteError": [{}],
}
LABELS = {"SparseCategoricalAccuracy": [{}]}
CASES = [(name, options) for name, every in (ROWS | LABELS).items() for options in every]


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
@several
@given(
    C=st.integers(5, 9),  # no smaller than k, or Keras fails
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=3),
    weighted=st.booleans(),
    seed=SEEDS,
)
def test_metrics(name, options, C, sizes, weighted, seed):
    rng = np.random.default_rng(seed)
    ours, theirs = getattr(metrics, name)(**options), getattr(keras.metrics, name)(**options)
    assert ours.name == theirs.name or theirs.name.startswith(f"{ours.name}_")  # Keras numbers them
    for N in sizes:
        labels = rng.integers(0, C, N)
        y_pred = rng.dirichlet(np.ones(C), N).astype("f4")
        y_true = labels if name in LABELS else np.eye(C, dtype="f4")[labels]
        weights = rng.random(N).astype("f4") if weighted else None
        for metric in (ours, theirs):
            metric.update_state(y_true, y_pred, sample_weight=weights)
        assert ours.result() == pytest.approx(float(theirs.result()), rel=1e-5, abs=2e-6)


@several
@given(N=st.integers(1, 30), threshold=st.floats(0.1, 0.9), seed=SEEDS)
def test_columns(N, threshold, seed):
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, 2, N), rng.random((N, 1)).astype("f4")
    for name, options in {
        "AUC": {},
        "Precision": {"thresholds": threshold},
        "Recall": {"thresholds": threshold},
        "BinaryAccuracy": {"threshold": threshold},
        "MeanSquaredError": {},
    }.items():
        theirs = getattr(keras.metrics, name)(**options)
        expected = float(theirs(y_true[:, None], y_pred))
        ours = getattr(metrics, name)(**options)
        assert ours(y_true, y_pred) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@several
@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4), seed=SEEDS)
def test_mean(sizes, seed):
    rng = np.random.default_rng(seed)
    ours, theirs = metrics.Mean(), keras.metrics.Mean()
    for N in sizes:
        values, weights = rng.random((2, N)).astype("f4")
        assert ours(values, weights) == pytest.approx(float(theirs(values, weights)), rel=1e-5)
