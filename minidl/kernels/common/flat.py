"""Arrays as the kernels in Numba take them, so that each loop is compiled for one layout only."""

import numpy as np


def flat(w, g, *slots):
    """Return (w, g, *slots) as arrays of one axis, ready for a loop that writes into them.

    Args:
        w: the parameter, C-contiguous.
        g: its gradient, in the shape of w; it may be strided.
        slots: C-contiguous arrays in the shape of w, or None, which stays None.

    Raises:
        ValueError: an array to be written is strided, so that its flattened copy would lose the
            update; or shapes differ, and the loop would leave the array.
    """
    arrays = [a for a in (w, g, *slots) if a is not None]
    if any(a.shape != w.shape for a in arrays):
        raise ValueError(f"w, g and slots must have one shape; got {[a.shape for a in arrays]}")
    if not all(a.flags.c_contiguous for a in arrays if a is not g):
        raise ValueError("w and slots must be C-contiguous: a flattened copy loses the update")
    return [a if a is None else a.reshape(-1) for a in (w, g, *slots)]


def ready(a):
    """Return `a` if it is C-contiguous and writable, else a copy that is."""
    return np.require(a, requirements=["C", "W"])
