"""Mistakes that belong to no question: put around a right function, each makes a wrong one.

A wrapper takes a function and returns one that is wrong in one respect: it hands out an array that
its next call writes again, transposes what is square, forgets the last sample. `ALL` goes from the
name of a mistake to its wrapper. `wrong_by(result, when)` makes the simple ones.

They know nothing of what they wrap: arrays are found among its arguments and in what it returns.
"""

import numpy as np
from wrapping import arrays, each, floats, wrapper

LARGE, TINY, LIMIT = 500, 1e-12, 8


def wrong_by(change, when=lambda args: True):
    """A wrapper that applies `change` to the results of calls whose arguments fulfil `when`."""

    @wrapper
    def wrap(f, args, kwargs, kept):
        wrong = when(args)
        result = f(*args, **kwargs)
        return each(change, result) if wrong else result

    return wrap


@wrapper
def reused(f, args, kwargs, kept):
    count = iter(range(99))

    def fill(value):
        if not isinstance(value, np.ndarray):
            return value
        key = next(count), value.shape, value.dtype.str
        buffer = kept.setdefault(key, np.empty_like(value))
        buffer[...] = value
        return buffer

    return each(fill, f(*args, **kwargs))


@wrapper
def piles(f, args, kwargs, kept):
    count = iter(range(99))

    def add(value):
        if np.asarray(value).dtype.kind != "f":
            return value
        key = next(count), np.shape(value), np.asarray(value).dtype.str
        kept[key] = kept.get(key, 0) + value
        return kept[key]

    return each(add, f(*args, **kwargs))


def remembers(key):
    @wrapper
    def wrap(f, args, kwargs, kept):
        found = key(args)
        if found is None:
            return f(*args, **kwargs)
        if found not in kept:  # with the arguments: else a later array may get the same identity
            kept[found] = f(*args, **kwargs), args
        return each(np.copy, kept[found][0])

    return wrap


def by_identity(args):
    found = arrays(args)
    return (id(found[0]), found[0].shape) if found else None


def by_shape(args):
    if not arrays(args):
        return None
    return tuple((a.shape, a.dtype.str) if isinstance(a, np.ndarray) else repr(a) for a in args)


def by_first(args):
    found = arrays(args)
    return (found[0].tobytes(), *(a.shape for a in found)) if found else None


def by_sums(args):
    found = arrays(args)
    return tuple((a.shape, a.dtype.str, round(float(np.sum(a)), 9)) for a in found) or None


def squared(array):
    return (
        isinstance(array, np.ndarray) and array.ndim > 1 and 1 < array.shape[-1] == array.shape[-2]
    )


def turned(value):
    return value.swapaxes(-1, -2).copy() if squared(value) else value


def with_arguments(change):
    """A wrapper that hands other arguments to the function: change(args) -> args."""

    @wrapper
    def wrap(f, args, kwargs, kept):
        return f(*change(args), **kwargs)

    return wrap


def turned_arguments(args):
    return tuple(turned(a) if isinstance(a, np.ndarray) and a.ndim == 2 else a for a in args)


def first_float(change):
    """Change the first array of floats among the arguments."""

    def other(args):
        for k, a in enumerate(args):
            if isinstance(a, np.ndarray) and a.dtype.kind == "f" and a.ndim and a.size:
                return (*args[:k], change(a), *args[k + 1 :])
        return args

    return other


def after_the_largest(x):
    """What is left of exp(x - max), the largest of all: a sample far below it becomes 0 / 0."""
    return np.where(x < x.max() - 700, np.nan, x).astype(x.dtype)


def beyond_64(x):
    return np.where((np.arange(len(x)) < 64).reshape(-1, *[1] * (x.ndim - 1)), x, 0).astype(x.dtype)


def as_it_lies(args):
    return tuple(
        a.ravel(order="K").reshape(a.shape) if isinstance(a, np.ndarray) else a for a in args
    )


def without_last(x):
    x = x.copy()
    x[len(x) - 1 :] = 0 if len(x) > 1 else x
    return x


@wrapper
def forgets_last(f, args, kwargs, kept):
    found = arrays(args)
    N = len(found[0]) if found and found[0].ndim else 0

    def cut(value):
        if N > 1 and np.ndim(value) and len(value) == N:
            value = np.array(value)
            value[-1] = 0
        return value

    return each(cut, f(*args, **kwargs))


@wrapper
def in_single(f, args, kwargs, kept):
    def down(a):
        return a.astype(np.float32) if isinstance(a, np.ndarray) and a.dtype == np.float64 else a

    result, double = f(*map(down, args), **kwargs), any(a.dtype == np.float64 for a in floats(args))
    return each(lambda v: np.float64(v) if double and np.asarray(v).dtype == "f4" else v, result)


def narrowed(value):
    return value[..., 0] if np.ndim(value) > 1 and value.shape[-1] == 1 else value


def to_single(value):
    return np.float32(value) if np.asarray(value).dtype == np.float64 else value


def clipped(value):
    kind = np.asarray(value).dtype.kind
    return np.clip(value, -LIMIT, LIMIT) if kind == "f" else value


def without_tiny(value):
    return np.where(np.abs(value) < TINY, 0 * value, value)[()]


def off(value):
    """A wrong number of the same type."""
    if np.asarray(value).dtype.kind == "b":
        return np.logical_not(value)
    return value + np.asarray(1, np.asarray(value).dtype)


def nans(value):
    return value * np.nan if np.asarray(value).dtype.kind == "f" else value


def any_float(test):
    return lambda args: any(bool(np.any(test(a))) for a in floats(args))


def alone(args):
    found = arrays(args)
    return bool(found) and found[0].ndim > 0 and len(found[0]) == 1


def tied(a):
    a = a[np.isfinite(a) & (a != 0)]
    return len(np.unique(a)) < a.size


ALL = {
    "hands out an array that the next call writes again": reused,
    "adds to the results of the calls before": piles,
    "remembers results by the identity of an argument": remembers(by_identity),
    "remembers results by the shapes of the arguments": remembers(by_shape),
    "transposes square results": wrong_by(turned),
    "transposes square arguments": with_arguments(turned_arguments),
    "computes in float32": wrong_by(to_single),
    "computes in float32, and answers in float64": in_single,
    "knows a call again by its first array": remembers(by_first),
    "knows a call again by the sums of its arrays": remembers(by_sums),
    "takes all samples beyond 64 for zeros": with_arguments(first_float(beyond_64)),
    "drops a last axis of length 1": wrong_by(narrowed),
    "reads arrays as they lie in memory": with_arguments(as_it_lies),
    "cuts off at 8 and -8": wrong_by(clipped),
    "forgets the last sample of a result": forgets_last,
    "takes the last sample for zeros": with_arguments(first_float(without_last)),
    "takes tiny results for 0": wrong_by(without_tiny),
    "is wrong where an argument is -0.0": wrong_by(
        off, any_float(lambda a: (a == 0) & np.signbit(a))
    ),
    "is wrong where an argument is 0": wrong_by(off, any_float(lambda a: a == 0)),
    "is nan where an argument is above 500": wrong_by(nans, any_float(lambda a: a > LARGE)),
    "is 0 where an argument is above 500": wrong_by(np.zeros_like, any_float(lambda a: a > LARGE)),
    "is nan where an argument is below -500": wrong_by(nans, any_float(lambda a: a < -LARGE)),
    "is wrong for a single sample": wrong_by(off, alone),
    "is wrong for an array with gaps": wrong_by(
        off, lambda args: any(not (a.flags.forc) for a in arrays(args))
    ),
    "is wrong for a read-only array": wrong_by(
        off, lambda args: any(not a.flags.writeable for a in arrays(args))
    ),
    "is wrong where numbers are equal": wrong_by(off, any_float(tied)),
    "subtracts the largest number of the batch": with_arguments(first_float(after_the_largest)),
    "is 0 for float32": wrong_by(
        np.zeros_like, lambda args: any(a.dtype == np.float32 for a in floats(args))
    ),
}
