"""Other arguments for a function, made of those that a test calls it with."""

import copy

import numpy as np
import wrappers

from minidl_course.grading import codec, trials


def variations(args, names):
    """Yield (text, other arguments) for the arguments of a call; names are those of a function."""

    def changed(change, everywhere=False):
        return tuple(
            a if name == "cache" and not everywhere else mapped(change, a)
            for name, a in zip(names, args)
        )

    def numbers(change):
        return lambda a: change(a) if a.dtype.kind == "f" and a.ndim else a

    yield "the test's own numbers", args
    rng = np.random.default_rng(0)
    yield (
        "other numbers",
        changed(numbers(lambda a: a * rng.uniform(0.5, 1.5, a.shape).astype(a.dtype))),
    )
    for size in (30, 1000, 1e-20):
        yield (
            f"numbers {size:g} times as large",
            changed(numbers(lambda a, s=size: (a * s).astype(a.dtype))),
        )
    yield "zeros and equal numbers", changed(numbers(np.round))
    yield "a single large number", changed(numbers(_spike))
    found = wrappers.arrays(args)
    sizes = [n for a in found for n in a.shape if n > 1]
    if sizes and any(a.ndim for a in found):
        s = min(sizes)
        yield "equal sizes", changed(lambda a: _cut(a, s), everywhere=True)
    if found and found[0].ndim and len(found[0]) > 1:
        N = len(found[0])
        yield (
            "a single sample",
            changed(lambda a: a[:1] if a.ndim and len(a) == N else a, everywhere=True),
        )
        yield (
            "a hundred samples",
            changed(lambda a: _many(a) if a.ndim and len(a) == N else a, everywhere=True),
        )
    if found:
        yield "all other sizes 1", changed(lambda a: _narrow(a, found[0]), everywhere=True)
    for k, a in enumerate(args):
        if isinstance(a, np.ndarray) and a.size > 1:
            turned = a.ravel()[::-1].reshape(a.shape)
            yield "one argument alone", (*args[:k], turned, *args[k + 1 :])
    yield "arrays with gaps", changed(gaps, everywhere=True)
    yield "read-only arrays", changed(_closed, everywhere=True)
    yield (
        "float32",
        changed(lambda a: a.astype("float32") if a.dtype.kind == "f" else a, everywhere=True),
    )


def mapped(change, tree):
    if isinstance(tree, tuple | list):
        return type(tree)(mapped(change, item) for item in tree)
    if isinstance(tree, dict):
        return {key: mapped(change, item) for key, item in tree.items()}
    return change(tree) if isinstance(tree, np.ndarray) else copy.copy(tree)


def _spike(a):
    a = a.copy()
    a.flat[:1] = 1000  # an empty batch has none
    return a


def _cut(a, s):
    a = a[(slice(s),) * a.ndim].copy()
    return a % s if a.dtype.kind in "iu" and a.ndim else a


def gaps(a):
    return codec.prepare(a, "gaps")


def _many(a):
    a = np.resize(a, (trials.MANY, *a.shape[1:]))
    if a.dtype.kind != "f":
        return a  # labels stay labels
    return a * np.linspace(1, 2, len(a)).reshape(-1, *[1] * (a.ndim - 1)).astype(a.dtype)


def _narrow(a, first):
    sizes = [n if k == 0 and n == len(first) else 1 for k, n in enumerate(a.shape)]
    a = a[tuple(map(slice, sizes))].copy()
    return 0 * a if a.dtype.kind in "iu" and a.ndim else a


def _closed(a):
    a = a.copy()
    a.flags.writeable = False
    return a
