"""Losses: one number that says how wrong the outputs are, and its gradient.

    value, dy = loss(y_true, y_pred)         dy = d value / d y_pred, in the shape of y_pred

Each class writes the loss of every sample and its gradient (`each`). The base class takes the
mean over the N samples, so every gradient is divided by N in exactly one place.
"""

from minidl.base import naming
from minidl.losses.base import Loss
from minidl.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from minidl.losses.ctc import CTC
from minidl.losses.detection import (
    Dice,
    GeneralizedIoU,
    PenaltyReducedFocal,
)
from minidl.losses.regression import (
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
)

mean_squared_error = mse = MeanSquaredError()
mean_absolute_error = mae = MeanAbsoluteError()


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    """Return (value, gradient); see `BinaryCrossentropy`."""
    return BinaryCrossentropy(from_logits, label_smoothing)(y_true, y_pred)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    """Return (value, gradient); see `CategoricalCrossentropy`."""
    return CategoricalCrossentropy(from_logits, label_smoothing)(y_true, y_pred)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False):
    """Return (value, gradient); see `SparseCategoricalCrossentropy`."""
    return SparseCategoricalCrossentropy(from_logits)(y_true, y_pred)


def dice(y_true, y_pred, axis=None):
    """Return (value, gradient); see `Dice`."""
    return Dice(axis)(y_true, y_pred)


def ctc(y_true, y_pred):
    """Return (value, gradient); see `CTC`."""
    return CTC()(y_true, y_pred)


_TABLE = naming.table_of(globals(), Loss)
_TABLE |= {"mse": MeanSquaredError, "mae": MeanAbsoluteError}


def get(loss):
    """Return the loss that a name, a class or an object stands for."""
    of_this_name = globals().get(getattr(loss, "__name__", None))
    found = naming.lookup("loss", loss.__name__ if of_this_name is loss else loss, _TABLE)
    if not isinstance(found, Loss):
        raise TypeError(
            f"a loss returns a value and a gradient: subclass minidl.losses.Loss and write `each`; "
            f"got {found!r}"
        )
    return found
