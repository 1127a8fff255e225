"""Losses: one number that says how wrong the outputs are, and its gradient.

    value, dy = loss(y_true, y_pred)         dy = d value / d y_pred, in the shape of y_pred

Each class writes the loss of every sample and its gradient (`each`). The base class takes the
mean over the N samples, so every gradient is divided by N in exactly one place.
"""

from minidl import naming
from minidl.losses.base import Loss
from minidl.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from minidl.losses.regression import MeanAbsoluteError, MeanSquaredError

mean_squared_error = mse = MeanSquaredError()
mean_absolute_error = mae = MeanAbsoluteError()


def binary_crossentropy(y_true, y_pred, from_logits=False):
    """Return (value, gradient); see `BinaryCrossentropy`."""
    return BinaryCrossentropy(from_logits)(y_true, y_pred)


def categorical_crossentropy(y_true, y_pred, from_logits=False):
    """Return (value, gradient); see `CategoricalCrossentropy`."""
    return CategoricalCrossentropy(from_logits)(y_true, y_pred)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False):
    """Return (value, gradient); see `SparseCategoricalCrossentropy`."""
    return SparseCategoricalCrossentropy(from_logits)(y_true, y_pred)


_TABLE = {
    "mse": MeanSquaredError,
    "mean_squared_error": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mean_absolute_error": MeanAbsoluteError,
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}


def get(loss):
    """Return the loss that a name, a class or an object stands for."""
    found = naming.lookup("loss", loss, _TABLE)
    if not isinstance(found, Loss):
        raise TypeError(
            f"a loss returns a value and a gradient: subclass minidl.losses.Loss and write `each`; "
            f"got {found!r}"
        )
    return found
