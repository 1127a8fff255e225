"""What compiled loops are given is looked at before: they read and write where they are told to."""


def expect(shape, **arrays):
    """Raise ValueError unless each of the arrays, which come by name, has this shape."""
    for name, array in arrays.items():
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, and {shape} was expected")


def expect_indices(name, indices, size):
    """Raise ValueError unless all of the integers lie between 0 and size - 1."""
    if indices.size and not 0 <= indices.min() <= indices.max() < size:
        raise ValueError(
            f"{name} must be from 0 to {size - 1}; got {indices.min()} to {indices.max()}"
        )
