"""What comes in from outside is looked at once, at the door.

`fit`, `evaluate` and `predict` call these before they touch a weight, so that a mistake in the
data is reported as a mistake in the data, and not as a broadcasting error ten layers down.
"""

import numpy as np


def numeric(name, values):
    """Return `values` as an array of numbers that holds at least one sample, all finite.

    Args:
        name: what the user calls it: "x", "y", "validation x".
        values: anything NumPy can turn into an array (N, ...).

    Raises:
        TypeError: not numbers (text, ragged lists, objects).
        ValueError: no samples, or NaN or infinity among the numbers.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise TypeError(f"{name} is not a rectangular array: {error}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name} must hold numbers; got dtype {array.dtype}. Encode text as integers first, "
            "and make sure that every sample has the same shape"
        )
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{name} is empty: got shape {array.shape}, expected (N, ...) with N >= 1")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))
        first = tuple(int(i) for i in bad[0])
        raise ValueError(
            f"{name} holds {len(bad)} values that are NaN or infinite, the first at index {first}. "
            "Remove or replace them before training"
        )
    return array


def pair(x, y, name=""):
    """Return x (N, ...) and y (N, ...) as arrays, both checked, of the same length N."""
    x, y = numeric(f"{name}x", x), numeric(f"{name}y", y)
    if len(x) != len(y):
        raise ValueError(
            f"{name}x and {name}y must have the same number of samples; "
            f"got {len(x)} (shape {x.shape}) and {len(y)} (shape {y.shape})"
        )
    return x, y


def positive_integer(name, value):
    """Return `value` as an int of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} must be an integer of at least 1; got {value!r}")
    return int(value)


def matches(shape, expected):
    """Whether `shape` fits `expected`, in which None stands for any length."""
    return len(shape) == len(expected) and all(e in (None, s) for s, e in zip(shape, expected))
