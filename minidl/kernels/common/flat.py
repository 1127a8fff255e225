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
    for a in (w, g, *slots):
        if a is not None and a.shape != w.shape:
            shapes = [b.shape for b in (w, g, *slots) if b is not None]
            raise ValueError(f"w, g and slots must have one shape; got {shapes}")
        if a is not None and a is not g and not a.flags.c_contiguous:
            raise ValueError("w and slots must be C-contiguous: a flattened copy loses the update")
    # g may have one axis already, and be a view with steps, or of what may not be written
    return [
        w.reshape(-1),
        ready(g.reshape(-1)),
        *(s if s is None else s.reshape(-1) for s in slots),
    ]


def ready(a):
    """Return `a` if it is C-contiguous and writable, else a copy that is."""
    flags = a.flags  # np.require does the same, and takes as long as a small product
    return a if flags.c_contiguous and flags.writeable else np.array(a, order="C")
