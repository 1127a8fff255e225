"""The same outputs, targets and weights into the losses of both libraries: values and gradients."""

import numpy as np
import pytest
from comparing import SEEDS, close, several, tensor, torch
from hypothesis import given
from hypothesis import strategies as st
from keras_on_torch import keras

from minidl import losses


def _numbers(rng, shape):
    return rng.standard_normal((2, *shape))


def _answers_and_logits(rng, shape):
    return rng.integers(0, 2, shape), 3 * rng.standard_normal(shape)


def _answers(rng, shape):
    return rng.integers(0, 2, shape), _with_ends(rng, rng.random(shape))


def _rows_and_logits(rng, shape):
    return rng.dirichlet(np.ones(shape[-1]), shape[:-1]), 3 * rng.standard_normal(shape)


def _rows_of_any_sum(rng, shape):
    return rng.dirichlet(np.ones(shape[-1]), shape[:-1]), _with_ends(rng, rng.random(shape))


def _labels_and_rows_of_any_sum(rng, shape):
    return rng.integers(0, shape[-1], shape[:-1]), _with_ends(rng, rng.random(shape))


def _labels_and_logits(rng, shape):
    return rng.integers(0, shape[-1], shape[:-1]), 20 * rng.standard_normal(shape)


def _some_answers(rng, shape):
    return rng.integers(0, 2, shape), rng.random(shape)


def _masks(rng, shape):
    return rng.integers(0, 2, (*shape, 2)), rng.random((*shape, 2))


def _with_ends(rng, p):
    """Some probabilities of exactly 0 and 1, but no row of zeros."""
    p[rng.random(p.shape) < 0.1], p[..., 0] = 0, rng.choice([1, 0.5])
    return p


CASES = {
    "mse": ("MeanSquaredError", {}, _numbers),
    "mae": ("MeanAbsoluteError", {}, _numbers),
    "huber": ("Huber", {"delta": 0.7}, _numbers),
    "binary": ("BinaryCrossentropy", {}, _answers),
    "binary, smoothed": ("BinaryCrossentropy", {"label_smoothing": 0.3}, _answers),
    "binary, logits": ("BinaryCrossentropy", {"from_logits": True}, _answers_and_logits),
    "categorical": ("CategoricalCrossentropy", {}, _rows_of_any_sum),
    "categorical, smoothed": (
        "CategoricalCrossentropy",
        {"label_smoothing": 0.3},
        _rows_of_any_sum,
    ),
    "categorical, logits": (
        "CategoricalCrossentropy",
        {"from_logits": True, "label_smoothing": 0.1},
        _rows_and_logits,
    ),
    "dice of every sample": ("Dice", {"axis": (-2, -1)}, _masks),
    "sparse": ("SparseCategoricalCrossentropy", {}, _labels_and_rows_of_any_sum),
    "sparse, logits": ("SparseCategoricalCrossentropy", {"from_logits": True}, _labels_and_logits),
}


@pytest.mark.parametrize("case", CASES)
@several
@given(
    lead=st.lists(st.integers(1, 6), min_size=1, max_size=2).map(tuple),
    C=st.integers(2, 9),
    reduction=st.sampled_from(["sum_over_batch_size", "mean", "sum"]),
    weighted=st.booleans(),
    seed=SEEDS,
)
def test_losses(case, lead, C, reduction, weighted, seed):
    name, options, draw = CASES[case]
    rng = np.random.default_rng(seed)
    y_true, y_pred = draw(rng, (*lead, C))
    y_true = y_true.astype("i8" if name.startswith("Sparse") else "f4")
    y_pred = y_pred.astype("f4")
    weights = rng.random(lead[0]).astype("f4") if weighted else None
    y_torch = tensor(y_pred)
    of_keras = getattr(keras.losses, name)(**options, reduction=reduction)
    # Keras lays weights (N,) along the last axis of losses (N, T); give it one for each step.
    steps = (
        weights if weights is None or len(lead) == 1 else np.repeat(weights[:, None], lead[1], 1)
    )
    theirs = of_keras(torch.tensor(y_true), y_torch, sample_weight=steps)
    theirs.backward()
    loss = getattr(losses, name)(**options, reduction=reduction)
    value, dy = loss(y_true, y_pred, sample_weight=weights)
    assert value == pytest.approx(theirs.item(), rel=2e-5, abs=2e-6)
    close(dy, y_torch.grad, "float32")
