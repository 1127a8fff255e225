"""What may cross between the tests and the student's process: data, never code.

A value becomes a tree that JSON can hold, with its arrays beside it. Nothing is pickled: a pickle
from a student's process could run anything in the process that gives the marks.

    None, bool, int, float, str    themselves, and the number of an optimizer's learning_rate
    arrays and NumPy's scalars     {"array": place in the list of arrays}
    tuple, list, dict              {"tuple": [...]}, {"list": [...]}, {"dict": [[key, value], ...]}
    a NumPy function, a generator  {"numpy": its name}, {"generator": its state}
    anything else                  what `other` makes of it: a handle that the owner can look up
"""

import json
import pathlib

import numpy as np

from minidl.optimizers.rate import LearningRate

KINDS = "biufcU"  # of arrays that may cross: numbers and text
MAX_BYTES = 500_000_000  # of a reply; a larger one is refused before it is read


class Special(np.ndarray):
    """An array that arrives in a special state: Special(array, how), `how` being a text.

    "gaps"          other numbers lie between its own in memory
    "closed"        it must not be written
    "refilled k"    it is the same object in each call, with other numbers, for each k and shape
    """

    def __new__(cls, array, how):
        """Return a copy."""
        self = np.array(array).view(cls)
        self.how = how
        return self


_places = {}  # of arrays that are refilled


def prepare(array, how):
    """Return the array as `Special` says, in the process of whoever receives it."""
    if how == "gaps":
        return np.stack([array, np.zeros_like(array)], axis=-1)[..., 0]
    if how == "closed":
        array.flags.writeable = False
        return array
    place = _places.setdefault((how, array.shape, array.dtype.str), array)
    place[...] = array
    return place


def encode(value, arrays, other):
    """Return the tree of `value`; its arrays are appended, as copies, to the list `arrays`.

    Args:
        value: what is to cross.
        arrays: list that receives the arrays.
        other: called with a value that is no data; returns a dict that stands for it.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is LearningRate:
        return float(value)
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in KINDS:
        arrays.append(np.array(value))
        tree = {"array": len(arrays) - 1, "scalar": isinstance(value, np.generic)}
        how = getattr(value, "how", "") if type(value) is Special else ""
        return tree | ({"how": how} if how else {})
    if type(value) in (tuple, list):
        return {type(value).__name__: [encode(item, arrays, other) for item in value]}
    if type(value) is dict:
        return {"dict": [[encode(x, arrays, other) for x in pair] for pair in value.items()]}
    if isinstance(value, np.ufunc):
        return {"numpy": value.__name__}
    if isinstance(value, np.random.Generator):
        return {"generator": value.bit_generator.state}
    return other(value)


def decode(tree, arrays, other, *, special=False):
    """Return the value of a tree that `encode` made; `other` turns its dicts back into values.

    With `special` an array arrives as `Special` says: so the student's process gets arguments, and
    never the tests' process an answer.
    """
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        array = arrays[tree["array"]]
        if special and "how" in tree:
            array = prepare(array, tree["how"])
        return array[()] if tree["scalar"] else array

    def inside(item):
        return decode(item, arrays, other, special=special)

    for kind in (tuple, list):
        if kind.__name__ in tree:
            return kind(map(inside, tree[kind.__name__]))
    if "dict" in tree:
        return {inside(k): inside(v) for k, v in tree["dict"]}
    if "numpy" in tree:
        return getattr(np, tree["numpy"])
    if "generator" in tree:
        generator = np.random.default_rng()
        generator.bit_generator.state = tree["generator"]
        return generator
    return other(tree)


def save(path, tree, arrays):
    """Write a tree and its arrays to `path`, whole or not at all."""
    path = pathlib.Path(path)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, np.array(json.dumps(tree)), *arrays)
    part.replace(path)


def load(path):
    """Return (tree, arrays) from `path`.

    Raises:
        ValueError: larger than MAX_BYTES, or not what `save` writes.
    """
    if (size := pathlib.Path(path).stat().st_size) > MAX_BYTES:
        raise ValueError(f"an answer of {size:,} bytes, over the limit of {MAX_BYTES:,}")
    with np.load(path, allow_pickle=False) as file:
        tree, *arrays = (file[name] for name in file.files)
    return json.loads(str(tree)), arrays
