"""How a wrapper comes to be: what it sees of a function, and what it changes."""

import functools

import numpy as np


def arrays(tree):
    """All arrays in nested tuples, lists and dicts of arguments."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, tuple | list):
        return [array for item in tree for array in arrays(item)]
    return [tree] if isinstance(tree, np.ndarray) else []


def floats(tree):
    return [array for array in arrays(tree) if array.dtype.kind == "f" and array.size]


def each(change, result):
    """Apply `change` to the arrays and numbers of a result: it may be one, or a tuple or list."""
    if isinstance(result, tuple | list):
        return type(result)(each(change, item) for item in result)
    if isinstance(result, np.ndarray | np.generic | int | float):
        return change(result)
    return result


def wrapper(calls):
    """Turn `calls(f, args, kwargs) -> result` into a wrapper; what it keeps begins anew with each.

    A function that writes its results into arguments, and returns nothing, seems to `calls` to
    return them.
    """

    @functools.wraps(calls)
    def wrap(f, cached=False):
        kept = {}

        def returning(*args, **kwargs):
            before = [np.copy(a) if isinstance(a, np.ndarray) else None for a in args]
            result = f(*args, **kwargs)
            rest = ()
            if result is None:
                written = [a for a, b in zip(args, before) if b is not None and differ(a, b)]
                result, rest = tuple(np.copy(a) for a in written), (Into(written),)
            elif cached and isinstance(result, tuple | list):  # the cache is nobody's business
                *result, cache = result
                result, rest = tuple(result), (cache,)
            hidden.append(rest)
            return result

        hidden = []

        @functools.wraps(getattr(f, "py_func", f))
        def wrong(*args, **kwargs):
            hidden.clear()
            result = calls(returning, args, kwargs, kept)
            rest = hidden[-1] if hidden else kept.get("rest", ())
            kept["rest"] = rest
            if rest and isinstance(rest[0], Into):
                for array, value in zip(rest[0].arrays, result):
                    array[...] = value
                return None
            return (*result, *rest) if rest else result

        if hasattr(f, "py_func"):  # compiled, and a test may ask for it
            wrong.py_func = f.py_func
        return wrong

    return wrap


class Into:
    """The arguments that a function writes its results into."""

    def __init__(self, arrays):
        self.arrays = arrays


def differ(a, b):
    return not np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
