"""What may cross between the tests and the student's process: data, never code.

A value becomes a tree that JSON can hold, with its arrays beside it. Nothing is pickled: a pickle
from a student's process could run anything in the process that gives the marks. And nothing is
compressed: a file holds as many bytes as its arrays, so that none unpacks to gigabytes.

    None, bool, int, float, str    themselves, and the number of an optimizer's learning_rate
    an integer of many digits      {"int": "0x..."}
    arrays and NumPy's scalars     {"array": place in the list of arrays}
    tuple, list, dict              {"tuple": [...]}, {"list": [...]}, {"dict": [[key, value], ...]}
    a NumPy function, a generator  {"numpy": its name}, {"generator": its state}
    anything else                  what `other` makes of it: a handle that the owner can look up
"""

import json
import math
import os
import pathlib
import stat

import numpy as np

from minidl.optimizers.base import LearningRate

KINDS = "biufcU"  # of arrays that may cross: numbers and text
MAX_BYTES = 500_000_000  # of a reply; a larger one is refused before it is read
MAX_TEXT = 10_000_000  # of them, what is not in arrays
MAX_VALUES = 200_000  # in lists, tuples and dicts, all together
MAX_DEPTH = 50  # of lists in lists
MAX_DTYPE = 20  # characters of its name; NumPy takes a second for 100,000 fields
MAX_AXES = 64  # of an array: as many as NumPy allows


class TooMuch(ValueError):  # noqa: N818  a student reads it
    """A value is too large or too deeply nested to cross."""


class Special(np.ndarray):
    """An array that arrives in a special state: Special(array, how), `how` being a text.

    "gaps"          other numbers lie between its own in memory, which go down the columns
    "closed"        it must not be written
    "refilled k"    it is the same object in each call, with other numbers, for each k and shape
    """

    def __new__(cls, array, how):
        """Return a copy."""
        self = np.array(array).view(cls)
        self.how = how
        return self

    def __array_finalize__(self, origin):
        is_part = self.base is not None  # and no new array
        self.how = getattr(origin, "how", "") if is_part else ""


_places = {}  # of arrays that are refilled


def prepare(array, how):
    """Return the array as `Special` says, in the process of whoever receives it."""
    if how == "gaps":
        columns = np.zeros((2, *array.shape[::-1]), array.dtype)
        columns[0] = array.T
        return np.stack([*columns], axis=-1)[..., 0].T
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

    Raises:
        TooMuch: before anything large is copied.
    """
    room = {"values": MAX_VALUES, "bytes": MAX_BYTES}
    return _encode(value, arrays, other, room, 0)


def _encode(value, arrays, other, room, depth):
    room["values"] -= 1
    if room["values"] < 0:
        raise TooMuch(f"more than {MAX_VALUES:,} values in lists; an array holds more")
    if depth > MAX_DEPTH:
        raise TooMuch(f"lists in lists, more than {MAX_DEPTH} deep")
    if type(value) is int and value.bit_length() > 64:
        return {"int": hex(value)}
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is LearningRate:
        return float(value)
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in KINDS:
        room["bytes"] -= value.nbytes
        if room["bytes"] < 0:
            raise TooMuch(f"arrays of more than {MAX_BYTES:,} bytes")
        arrays.append(np.array(value))
        tree = {"array": len(arrays) - 1, "scalar": isinstance(value, np.generic)}
        how = value.how if type(value) is Special else ""
        return tree | ({"how": how} if how else {})
    rest = (arrays, other, room, depth + 1)
    if type(value) in (tuple, list):
        return {type(value).__name__: [_encode(item, *rest) for item in value]}
    if type(value) is dict:
        return {"dict": [[_encode(x, *rest) for x in pair] for pair in value.items()]}
    if isinstance(value, np.ufunc):
        return {"numpy": value.__name__}
    if isinstance(value, np.random.Generator):
        return {"generator": value.bit_generator.state}
    return other(value)


def decode(tree, arrays, other, *, special=False, depth=0):
    """Return the value of a tree that `encode` made; `other` turns its dicts back into values.

    With `special` an array arrives as `Special` says: so the student's process gets arguments, and
    never the tests' process an answer.

    Raises:
        Exception: of some kind, where the tree is none that `encode` makes.
    """
    if depth > MAX_DEPTH + 1:
        raise TooMuch(f"it is nested more than {MAX_DEPTH} deep")
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        array = arrays[tree["array"]]
        if special and "how" in tree:
            array = prepare(array, tree["how"])
        return array[()] if tree["scalar"] else array
    if "int" in tree:
        return int(tree["int"], 16)

    def inside(item):
        return decode(item, arrays, other, special=special, depth=depth + 1)

    for kind in (tuple, list):
        if kind.__name__ in tree:
            return kind(map(inside, tree[kind.__name__]))
    if "dict" in tree:
        return dict([[inside(x) for x in pair] for pair in tree["dict"]])
    if "numpy" in tree:
        function = getattr(np, tree["numpy"])
        if not isinstance(function, np.ufunc):
            raise ValueError(f"{tree['numpy']!r:.80} is no function of arrays")
        return function
    if "generator" in tree:
        generator = np.random.default_rng()
        generator.bit_generator.state = tree["generator"]
        return generator
    return other(tree)


def save(path, tree, arrays):
    """Write a tree and its arrays to `path`, whole or not at all.

    The file: the length of its text, 8 bytes; the text, JSON with the tree and, for each array, its
    dtype, order and shape; the numbers of the arrays.

    Raises:
        TooMuch: the text is too long.
    """
    kinds = [[a.dtype.str, "F" if _by_columns(a) else "C", a.shape] for a in arrays]
    text = json.dumps({"tree": tree, "arrays": kinds}).encode()
    if len(text) > MAX_TEXT:
        raise TooMuch(f"text of more than {MAX_TEXT:,} characters")
    path = pathlib.Path(path)
    part = path.with_suffix(".part")
    with part.open("xb") as file:  # never through a link that somebody has laid there
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays:
            file.write(array.tobytes("F" if _by_columns(array) else "C"))
    part.replace(path)


def load(path):
    """Return (tree, arrays) from `path`, in a time and a memory that its size bounds.

    Raises:
        ValueError: larger than MAX_BYTES. Where it is not what `save` writes, other errors, too.
    """
    flags = [getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")]
    with open(os.open(path, os.O_RDONLY | sum(flags)), "rb") as file:  # noqa: PTH123  has flags
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise ValueError("an answer that is no file")
        if facts.st_size > MAX_BYTES + MAX_TEXT:
            raise ValueError(f"{facts.st_size:,} bytes, over the limit of {MAX_BYTES:,}")
        length = int.from_bytes(file.read(8), "little")
        if length > MAX_TEXT:
            raise ValueError(f"a text of {length:,} characters, over the limit of {MAX_TEXT:,}")
        try:
            text = json.loads(file.read(length))
        except RecursionError:
            raise TooMuch(f"it is nested more than {MAX_DEPTH} deep") from None
        left = facts.st_size - file.tell()
        arrays = []
        for dtype, order, shape in text["arrays"]:
            array = _read(file, dtype, order, shape, left)
            left -= array.nbytes
            arrays.append(array)
    return text["tree"], arrays


def _read(file, dtype, order, shape, left):
    """The next array in a file that has `left` more bytes."""
    if type(dtype) is not str or len(dtype) > MAX_DTYPE:
        raise ValueError(f"an array of {dtype!r:.80}")
    dtype = np.dtype(dtype)
    sizes = all(type(n) is int and 0 <= n < 2**63 for n in shape)
    if dtype.kind not in KINDS or not sizes or len(shape) > MAX_AXES:
        raise ValueError(f"an array of {dtype} {shape!r:.80}")
    size = dtype.itemsize * math.prod(shape)
    if size > left:
        raise ValueError(f"an array of {size:,} bytes, and {left:,} are there")
    if size == 0:
        return np.zeros(shape, dtype)
    array = np.frombuffer(bytearray(file.read(size)), dtype).reshape(shape, order=order)
    return array.view(np.uint8) != 0 if dtype.kind == "b" else array  # a byte of 2 is no bool


def _by_columns(array):
    return array.flags.f_contiguous and not array.flags.c_contiguous
