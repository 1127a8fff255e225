"""Metrics as functions of (y_true, y_pred) that return one float, the mean over the samples.

For arrays on a GPU the result is an array without axes, so that nobody waits. A function with an
attribute `geometric = True` is averaged geometrically over batches: exp of the mean of its
logarithm.

Where there is a mask, a metric on a GPU makes each step wait: how many steps are no padding must be
known before they can be picked.
"""

import math

import numpy as np

from minidl.base.arrays import as_array, number, to_numpy
from minidl.base.checks import pair
from minidl.metrics.base import alike


def accuracy(y_true, y_pred):
    """Share of right answers, in the form that the shapes ask for.

    y_pred (..., 1): `binary_accuracy`. Targets as wide as y_pred: `categorical_accuracy`.
    Integer labels: `sparse_categorical_accuracy`.
    """
    y_true, y_pred = map(as_array, pair("accuracy", y_true, y_pred))
    if y_pred.shape[-1] == 1:
        return binary_accuracy(y_true, y_pred)
    if y_true.shape == y_pred.shape:
        return categorical_accuracy(y_true, y_pred)
    return sparse_categorical_accuracy(y_true, y_pred)


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """Share of probabilities (..., C) on the right side of `threshold`; targets are 0 or 1."""
    y_true, y_pred = pair("binary_accuracy", y_true, y_pred, "signs")
    return number(on_right_side(y_true, y_pred, threshold).mean())


def categorical_accuracy(y_true, y_pred):
    """Share of rows whose largest output (..., C) is the largest entry of the target (..., C)."""
    y_true, y_pred = pair("categorical_accuracy", y_true, y_pred, "rows")
    return number(best_is_right(np.argmax(y_true, axis=-1), y_pred).mean())


def sparse_categorical_accuracy(y_true, y_pred):
    """Share of rows whose largest output (..., C) stands at the integer label (...)."""
    y_true, y_pred = pair("sparse_categorical_accuracy", y_true, y_pred, "labels")
    return number(best_is_right(y_true, y_pred).mean())


def mean_squared_error(y_true, y_pred):
    """Mean of (y_pred - y_true)^2 over everything."""
    y_true, y_pred = pair("mean_squared_error", y_true, y_pred)
    return number((difference(y_true, y_pred) ** 2).mean())


def mean_absolute_error(y_true, y_pred):
    """Mean of |y_pred - y_true| over everything."""
    y_true, y_pred = pair("mean_absolute_error", y_true, y_pred)
    return number(abs(difference(y_true, y_pred)).mean())


def binary_crossentropy(y_true, y_pred):
    """Mean of -t log p - (1 - t) log(1 - p) over probabilities p (..., C) and targets t in [0, 1].

    The loss of that name, without penalties and weights.
    """
    t, p = alike(*pair("binary_crossentropy", y_true, y_pred, "answers", True))
    return number(-np.mean(t * _log(p) + (1 - t) * _log(1 - p)))


def categorical_crossentropy(y_true, y_pred):
    """Mean of -sum_j t_j log p_j over rows p (..., C) and distributions t (..., C)."""
    y_true, y_pred = pair("categorical_crossentropy", y_true, y_pred, "answers", True)
    t, p = alike(y_true, y_pred)
    return number(-np.mean(np.sum(t * _log(p), axis=-1)))


def sparse_categorical_crossentropy(y_true, y_pred):
    """Mean of -log p[t] over rows p (..., C) and integer labels t (...) or (..., 1)."""
    y_true, y_pred = pair("sparse_categorical_crossentropy", y_true, y_pred, "labels", True)
    p = as_array(y_pred)
    rows = p.reshape(-1, p.shape[-1])
    labels = np.reshape(y_true, -1).astype(np.int64)
    return number(-np.mean(_log(rows[np.arange(len(labels)), labels])))


def _log(p):
    return np.log(np.clip(p, 1e-7, 1))  # 1e-7: as in the losses


def perplexity(y_true, y_pred):
    """exp of the mean cross-entropy: between how many tokens, equally likely, the model wavers.

    y_true (...) or (..., 1): integers from 0 to V - 1. y_pred (..., V): probabilities.

    It is the geometric mean of 1 / p, p the probability of the token that came: 1 for a model that
    always knew, V for one that has no idea. Raises `ValueError` for outputs that are no
    probabilities.

    Reference: Jurafsky and Martin, "Speech and language processing", 3rd edition, section 3.3.
    """
    return math.exp(_surprise("perplexity", y_true, y_pred))


perplexity.geometric = True


def bits_per_character(y_true, y_pred):
    """Mean of -log2 p, p the probability of the token that came: log2 of the perplexity.

    Arguments and errors are those of `perplexity`. A file compressed by this model would take as
    many bits a character (Shannon 1948, "A mathematical theory of communication", theorem 9).
    """
    return _surprise("bits_per_character", y_true, y_pred) / math.log(2)


def _surprise(name, y_true, y_pred):
    """Mean of -log p of the tokens that came, in nats."""
    y_true, y_pred = map(to_numpy, pair(name, y_true, y_pred, "labels"))
    V = y_pred.shape[-1]
    rows = y_pred.reshape(-1, V)
    if rows.min() < 0 or abs(rows.sum(axis=1) - 1).max() > 1e-2:
        raise ValueError(
            "perplexity and bits_per_character need probabilities, rows of y_pred that sum to 1: "
            'end the model with activation="softmax", and leave from_logits at False in the loss'
        )
    p = rows[np.arange(len(rows)), np.reshape(y_true, -1).astype(np.int64)]
    return -float(np.log(np.maximum(p, 1e-7)).mean())  # 1e-7: as in the losses


mse, mae = mean_squared_error, mean_absolute_error


# ------------------------------------------------------------------ before the mean is taken


def on_right_side(y_true, y_pred, threshold):
    """Whether each output (N, ..., C) is on the side of `threshold` on which its target is."""
    y_true, y_pred = alike(y_true, y_pred)
    return (y_pred > threshold) == (y_true > threshold)


def best_is_right(labels, y_pred):
    """Whether the largest output of each row (N, ..., C) stands at its label (N, ...)."""
    best = np.argmax(y_pred, axis=-1)
    return best == np.reshape(labels, best.shape)


def among_best(labels, y_pred, k):
    """Whether fewer than k outputs of a row (N, ..., C) are larger than the one at its label."""
    labels = np.reshape(labels, y_pred.shape[:-1]).astype(np.int64)
    own = np.take_along_axis(y_pred, labels[..., None], axis=-1)
    return (y_pred > own).sum(axis=-1) < k


def difference(y_true, y_pred):
    """y_pred - y_true, in the shape of y_pred."""
    y_true, y_pred = alike(y_true, y_pred)
    return y_pred - y_true
