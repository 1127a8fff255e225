"""What a compiled loop is given: looked at before it runs, and laid out as it was compiled for.

The loops read and write where they are told to, and each is compiled for one layout only.
"""

from minidl.base.arrays import array_module


def expect(shape, **arrays):
    """Raise ValueError unless each of the arrays, which come by name, has this shape."""
    for name, array in arrays.items():
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, and {shape} was expected")


def expect_sequences(G, x, W, U, b, mask, drop, **states):
    """Raise ValueError unless x (N, T, D) fits the weights of G blocks of H units, and all else.

    W (D, G H), U (H, G H), b (G H,) or (2, G H); mask (N, T) and drop (N, H), or None; each of the
    states (N, H).
    """
    (N, T, D), H = x.shape, len(U)
    expect((D, G * H), W=W)
    expect((H, G * H), U=U)
    expect((2, G * H) if b.ndim == 2 else (G * H,), b=b)
    expect((N, H), **states, **({} if drop is None else {"drop": drop}))
    expect((N, T), **({} if mask is None else {"mask": mask}))


def expect_indices(name, indices, size):
    """Raise ValueError unless all of the integers lie between 0 and size - 1."""
    if indices.size and not 0 <= indices.min() <= indices.max() < size:
        raise ValueError(
            f"{name} must be from 0 to {size - 1}; got {indices.min()} to {indices.max()}"
        )


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
    if flags.c_contiguous and getattr(flags, "writeable", True):  # CuPy's have no such flag
        return a
    return array_module(a).array(a, order="C")
