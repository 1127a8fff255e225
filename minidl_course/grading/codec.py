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
        return {"array": len(arrays) - 1, "scalar": isinstance(value, np.generic)}
    if type(value) in (tuple, list):
        return {type(value).__name__: [encode(item, arrays, other) for item in value]}
    if type(value) is dict:
        return {"dict": [[encode(x, arrays, other) for x in pair] for pair in value.items()]}
    if isinstance(value, np.ufunc):
        return {"numpy": value.__name__}
    if isinstance(value, np.random.Generator):
        return {"generator": value.bit_generator.state}
    return other(value)


def decode(tree, arrays, other):
    """Return the value of a tree that `encode` made; `other` turns its dicts back into values."""
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        array = arrays[tree["array"]]
        return array[()] if tree["scalar"] else array
    for kind in (tuple, list):
        if kind.__name__ in tree:
            return kind(decode(item, arrays, other) for item in tree[kind.__name__])
    if "dict" in tree:
        return {decode(k, arrays, other): decode(v, arrays, other) for k, v in tree["dict"]}
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
