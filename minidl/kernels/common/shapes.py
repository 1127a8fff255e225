"""What compiled loops are given is looked at before: they read and write where they are told to."""


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
