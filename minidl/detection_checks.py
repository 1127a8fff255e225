"""What boxes and weights of classes must be: checks of detection, for losses and `boxes`."""

import numpy as np

from minidl import checks


def boxes(name, values):
    """Return boxes (..., 4); raise ValueError if one is reversed, empty or not finite."""
    found = np.asarray(values)
    if found.ndim < 2 or found.shape[-1] != 4 or not np.isfinite(found).all():
        raise ValueError(f"{name} must be (M, 4), finite: x0, y0, x1, y1; got {np.shape(values)}")
    wrong = np.argwhere((found[..., 2:] <= found[..., :2]).any(axis=-1))
    if len(wrong):
        which = tuple(wrong[0].tolist())
        raise ValueError(
            f"{name}: box {', '.join(map(str, which))} is empty or reversed, x0, y0, x1, y1 = "
            f"{found[which].tolist()}; x1 must be above x0, and y1 above y0"
        )
    return found


def one_or_each(name, value, C):
    """Return what is one number for all C classes, or one for each, as an array of them."""
    found = checks.numeric(name, np.atleast_1d(value))
    if found.shape not in ((1,), (C,)) or found.min() < 0:
        raise ValueError(
            f"{name} must be a number of at least 0, or a list of {C}, one for each class; "
            f"got {value!r}"
        )
    return found
