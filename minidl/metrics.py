"""Metrics: what people read. No gradient is taken, so they need not be smooth.

Each is a function of (y_true, y_pred) that returns one float, the mean over the samples.
"""

import numpy as np

from minidl import naming


def accuracy(y_true, y_pred):
    """Share of right answers, in the form that the shapes ask for.

    y_pred (..., 1): `binary_accuracy`. Targets as wide as y_pred: `categorical_accuracy`.
    Integer labels: `sparse_categorical_accuracy`.
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_pred.shape[-1] == 1:
        return binary_accuracy(y_true, y_pred)
    if y_true.shape == y_pred.shape:
        return categorical_accuracy(y_true, y_pred)
    return sparse_categorical_accuracy(y_true, y_pred)


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """Share of probabilities (..., C) on the right side of `threshold`; targets are 0 or 1."""
    y_true = np.reshape(y_true, np.shape(y_pred))
    return float(np.mean((np.asarray(y_pred) > threshold) == (y_true > threshold)))


def categorical_accuracy(y_true, y_pred):
    """Share of rows whose largest output (..., C) is the largest entry of the target (..., C)."""
    return float(np.mean(np.argmax(y_pred, axis=-1) == np.argmax(y_true, axis=-1)))


def sparse_categorical_accuracy(y_true, y_pred):
    """Share of rows whose largest output (..., C) stands at the integer label (...)."""
    best = np.argmax(y_pred, axis=-1)
    return float(np.mean(best == np.reshape(y_true, best.shape)))


def mean_squared_error(y_true, y_pred):
    """Mean of (y_pred - y_true)^2 over everything."""
    return float(np.mean((y_pred - np.reshape(y_true, np.shape(y_pred))) ** 2))


def mean_absolute_error(y_true, y_pred):
    """Mean of |y_pred - y_true| over everything."""
    return float(np.mean(np.abs(y_pred - np.reshape(y_true, np.shape(y_pred)))))


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
    "mean_absolute_error": mae,
}


def get(metric):
    """Return (name, function) of a metric given as a name or as a function."""
    function = naming.lookup("metric", metric, _TABLE)
    return (metric if isinstance(metric, str) else function.__name__), function
