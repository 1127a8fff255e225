"""One rule for forms: x, y, dy and dx are an array, or a tuple of arrays.

`backward` mirrors `forward`: dy has the form of y, dx that of x, and None stands for a gradient of
zero. Shapes and masks follow: a tuple of arrays has a tuple of shapes, one without the batch axis
for each.
"""

import itertools
from collections.abc import Iterable, Mapping
from numbers import Integral


def mapped(function, x):
    """Return function(x), or the tuple of function(part) for each part of a tuple; None stays."""
    if isinstance(x, tuple):
        return tuple(mapped(function, part) for part in x)
    return None if x is None else function(x)


def parts(x):
    """Return x as a tuple: x itself if it is one, else (x,)."""
    return x if isinstance(x, tuple) else (x,)


def like(form, values):
    """Return the tuple `values` in the form of `form`: the tuple, or its only element."""
    return tuple(values) if isinstance(form, tuple) else values[0]


def from_list(x):
    """Return a list of arrays as a tuple, or the only one; a list of numbers as it is."""
    if not x or not all(hasattr(part, "shape") and part.shape for part in x):
        return x
    return tuple(x) if len(x) > 1 else x[0]


def given_shape(input_shape, input_dim, batch_input_shape):
    """Return the shape of one sample, a tuple, from the three arguments of a layer; or None.

    Raises:
        TypeError: it is no tuple or list.
        ValueError: a length is no integer of at least 1, and not None, which is any length.
    """
    given = {"input_dim": input_dim, "batch_input_shape": batch_input_shape}
    name = next((name for name, shape in given.items() if shape is not None), "input_shape")
    shape = given.get(name, input_shape)
    if shape is None:
        return None
    shape = (shape,) if name == "input_dim" else of_sample(name, shape)
    for length in shape if name == "input_dim" else itertools.chain(*shapes(shape)):
        whole = isinstance(length, Integral) and not isinstance(length, bool)
        if length is not None and not (whole and length > 0):
            raise ValueError(
                f"{name} must hold integers of at least 1, or None for any length; got {length!r}"
            )
    return shape[1:] if name == "batch_input_shape" else shape


def of_sample(name, shape):
    """Return the shape of one sample, given for the argument `name`, as a tuple."""
    if not isinstance(shape, Iterable) or isinstance(shape, str):
        raise TypeError(
            f"{name} is the shape of one sample, without the batch axis, as a tuple: ({shape!r},) "
            f"if samples have one axis; got {shape!r}"
        )
    return tuple(shape)


def shape_of(x):
    """Return the shape of one sample of x (N, ...), or a tuple of them."""
    return mapped(lambda array: tuple(array.shape[1:]), x)


def several(shape):
    """Whether a shape is that of several arrays: a tuple of shapes."""
    return len(shape) > 0 and isinstance(shape[0], tuple | list)


def each_shape(function, shape):
    """Return function(shape), or the tuple of function(one) for each of several shapes."""
    return tuple(map(function, shape)) if several(shape) else function(shape)


def as_shape(shape):
    """Return a shape, or several of them, with tuples throughout."""
    return each_shape(tuple, shape)


def shapes(shape):
    """Return a shape as a list of shapes: of one array, or of several."""
    return list(shape) if several(shape) else [shape]


def matches(shape, expected):
    """Whether `shape` fits `expected`, in which None stands for any length."""
    if shape == expected:
        return True
    if several(shape) or several(expected):
        pairs = list(zip(shapes(shape), shapes(expected)))
        alike = several(shape) == several(expected) and len(shape) == len(expected)
        return alike and all(matches(a, b) for a, b in pairs)
    return len(shape) == len(expected) and all(e in (None, s) for s, e in zip(shape, expected))


def fill(shape, given):
    """Return `shape`, each None in it replaced by the length that `given` has there."""
    padded = (*given, *[None] * len(shape))
    return tuple(other if length is None else length for length, other in zip(shape, padded))


def arrange(what, given, names):
    """Return what was given for several arrays as a tuple in the order of their names.

    Args:
        what: what the user calls it, for the errors: "x", "y", "loss".
        given: a tuple or a list in that order, or a dict by name.
        names: the names, in order.

    Raises:
        ValueError: too many, too few, or other names.
    """
    if isinstance(given, Mapping):
        unknown = [name for name in given if name not in names]
        missing = [name for name in names if name not in given]
        if unknown or missing:
            raise ValueError(
                f"{what} needs one entry for each of {', '.join(map(repr, names))}; got "
                f"{', '.join(map(repr, given)) or 'none'}"
            )
        return tuple(given[name] for name in names)
    if not isinstance(given, tuple | list) or len(given) != len(names):
        count = f" of {len(given)}" if isinstance(given, tuple | list) else ""
        raise ValueError(
            f"{what} needs {len(names)} entries, for {', '.join(map(repr, names))}: a tuple, a "
            f"list or a dict by name; got a {type(given).__name__}{count}"
        )
    return tuple(given)
