"""Metrics: what people read. No gradient is taken, so they need not be smooth.

Each is a function of (y_true, y_pred) that returns one float, the mean over the samples (for arrays
on a GPU an array without axes, so that nobody waits). `fit` and `evaluate` average it over the
batches, each weighted by its number of samples, or of steps that are no padding. A function with an
attribute `geometric = True` is averaged geometrically there: exp of the mean of its logarithm.

Where there is a mask, a metric on a GPU makes each step wait: how many steps are no padding must be
known before they can be picked.
"""

import math

import numpy as np

from minidl import naming
from minidl.arrays import as_array, number, to_numpy


def accuracy(y_true, y_pred):
    """Share of right answers, in the form that the shapes ask for.

    y_pred (..., 1): `binary_accuracy`. Targets as wide as y_pred: `categorical_accuracy`.
    Integer labels: `sparse_categorical_accuracy`.
    """
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    if y_pred.shape[-1] == 1:
        return binary_accuracy(y_true, y_pred)
    if y_true.shape == y_pred.shape:
        return categorical_accuracy(y_true, y_pred)
    return sparse_categorical_accuracy(y_true, y_pred)


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """Share of probabilities (..., C) on the right side of `threshold`; targets are 0 or 1."""
    y_pred = as_array(y_pred)
    y_true = np.reshape(y_true, y_pred.shape)
    return number(np.mean((y_pred > threshold) == (y_true > threshold)))


def categorical_accuracy(y_true, y_pred):
    """Share of rows whose largest output (..., C) is the largest entry of the target (..., C)."""
    return number(np.mean(np.argmax(y_pred, axis=-1) == np.argmax(y_true, axis=-1)))


def sparse_categorical_accuracy(y_true, y_pred):
    """Share of rows whose largest output (..., C) stands at the integer label (...)."""
    best = np.argmax(y_pred, axis=-1)
    return number(np.mean(best == np.reshape(y_true, best.shape)))


def mean_squared_error(y_true, y_pred):
    """Mean of (y_pred - y_true)^2 over everything."""
    y_pred = as_array(y_pred)
    return number(np.mean((y_pred - np.reshape(y_true, y_pred.shape)) ** 2))


def mean_absolute_error(y_true, y_pred):
    """Mean of |y_pred - y_true| over everything."""
    y_pred = as_array(y_pred)
    return number(np.mean(np.abs(y_pred - np.reshape(y_true, y_pred.shape))))


def perplexity(y_true, y_pred):
    """exp of the mean cross-entropy: between how many tokens, equally likely, the model wavers.

    y_true (...) or (..., 1): integers from 0 to V - 1. y_pred (..., V): probabilities.

    It is the geometric mean of 1 / p, p the probability of the token that came: 1 for a model that
    always knew, V for one that has no idea. Raises `ValueError` for outputs that are no
    probabilities.

    Reference: Jurafsky and Martin, "Speech and language processing", 3rd edition, section 3.3.
    """
    return math.exp(_surprise(y_true, y_pred))


perplexity.geometric = True


def bits_per_character(y_true, y_pred):
    """Mean of -log2 p, p the probability of the token that came: log2 of the perplexity.

    Arguments and errors are those of `perplexity`. A file compressed by this model would take as
    many bits a character (Shannon 1948, "A mathematical theory of communication", theorem 9).
    """
    return _surprise(y_true, y_pred) / math.log(2)


def _surprise(y_true, y_pred):
    """Mean of -log p of the tokens that came, in nats."""
    y_true, y_pred = to_numpy(y_true), to_numpy(y_pred)
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

_TABLE = {
    "accuracy": accuracy,
    "acc": accuracy,
    "binary_accuracy": binary_accuracy,
    "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": sparse_categorical_accuracy,
    "mse": mse,
    "mean_squared_error": mse,
    "mae": mae,
    "perplexity": perplexity,
    "bits_per_character": bits_per_character,
    "mean_absolute_error": mae,
}


def get(metric):
    """Return (name, function) of a metric given as a name or as a function."""
    function = naming.lookup("metric", metric, _TABLE)
    return (metric if isinstance(metric, str) else _name(function)), function


def get_all(metrics):
    """Return the dict from name to function of a list of metrics, or of one alone.

    Raises:
        ValueError: two have one name, or one is called "loss", under which results show the loss.
    """
    alone = isinstance(metrics, str) or callable(metrics)
    found = {}
    for name, function in map(get, [metrics] if alone else metrics or ()):
        if name == "loss" or found.get(name, function) is not function:
            raise ValueError(
                f"metrics are told apart by their names, and {name!r} is taken: write a function "
                "with another name"
            )
        found[name] = function
    return found


def _name(function):
    """Return what results call a function: its own name, or that of its class."""
    function = getattr(function, "func", function)  # of a functools.partial
    return getattr(function, "__name__", type(function).__name__)
