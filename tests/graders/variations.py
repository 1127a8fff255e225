"""Other arguments for a function, made of those that a test calls it with."""

import copy

import numpy as np
import wrappers


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
    return np.stack([a, 0 * a if a.dtype.kind != "b" else a], axis=-1)[..., 0]


def _closed(a):
    a = a.copy()
    a.flags.writeable = False
    return a
