"""Lists of integers in an .npz file, read without unpickling.

NumPy cannot store rows of different length as an array of numbers: it pickles them. A pickle is a
program, and to unpickle it is to run it. But the program that builds lists of integers consists of
very few instructions, which move data and call nothing. Here they are read as a file format with a
grammar: any other instruction, wherever it stands, is an error.

What comes before the lists calls NumPy's functions that make an array. It is looked at, and not
run: the header of the .npy entry says all that is needed.
"""

import io
import re
import zipfile
import zlib
from pickletools import genops

import numpy as np

from minidl.datasets.files import CorruptDataError

BININT1, BININT2, BININT, MARK, EMPTY_LIST, APPEND, APPENDS, TUPLE = b"KMJ(]aet"
SKIPPED = {ord("q"): 2, ord("r"): 5, 0x94: 1, 0x95: 9}  # notes on what was seen, and on lengths
END = re.compile(rb"t(q.|r....|\x94)?b\.", re.DOTALL)
DAMAGE = (ValueError, KeyError, IndexError, RuntimeError, zlib.error, zipfile.BadZipFile)
BEFORE = {
    *("PROTO", "FRAME", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "MARK", "TUPLE", "TUPLE1"),
    *("TUPLE2", "TUPLE3", "BINPUT", "LONG_BINPUT", "MEMOIZE", "BINGET", "NONE", "NEWTRUE"),
    *("NEWFALSE", "BININT", "BININT1", "BININT2", "BINUNICODE", "SHORT_BINUNICODE"),
    *("SHORT_BINBYTES", "SHORT_BINSTRING", "EMPTY_LIST"),
}


def read_lists(archive, key):
    """Return the rows of an array of lists of integers.

    Args:
        archive: contents of an .npz file, as bytes.
        key: name of the array in it.

    Returns:
        list of N arrays (n_i,) of int64.

    Raises:
        CorruptDataError: the entry is missing or damaged, or holds anything but such lists.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as entries:
            data = entries.read(f"{key}.npy")
        stream = io.BytesIO(data)
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError("its .npy header is not of version 1.0")
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        if len(shape) != 1 or dtype.kind != "O":
            raise ValueError(f"it is an array {shape} of {dtype}, and no row of lists")
        start = stream.tell()
        rows = _rows(data, start + _length_of_call(data[start:]))
        if (len(rows),) != shape:
            raise ValueError(f"it has {len(rows)} rows, and its header says {shape[0]}")
    except DAMAGE as error:
        raise CorruptDataError(f"{key} is no array of lists of integers: {error}") from None
    return rows


def _length_of_call(data):
    """Return how many bytes come before the contents of the first list."""
    for instruction, _, position in genops(data):
        if instruction.name not in BEFORE:
            raise ValueError(f"{instruction.name} is nothing that such an array begins with")
        if instruction.name == "EMPTY_LIST":
            return position + 1


def _rows(data, i):
    """Return the lists in the list that opened just before data[i]."""
    outer, marks = [], []
    stack = [outer]
    while True:
        op = data[i]
        if op == BININT1:
            stack.append(data[i + 1])
            i += 2
        elif op == BININT2:
            stack.append(data[i + 1] | data[i + 2] << 8)
            i += 3
        elif op == BININT:
            stack.append(int.from_bytes(data[i + 1 : i + 5], "little", signed=True))
            i += 5
        elif op == MARK:
            marks.append(len(stack))
            i += 1
        elif op == EMPTY_LIST:
            stack.append([])
            i += 1
        elif op in (APPENDS, APPEND):
            first = marks.pop() if op == APPENDS else len(stack) - 1
            items = stack[first:]
            del stack[first:]
            if type(stack[-1]) is not list:
                raise ValueError("a number where a list should be")
            stack[-1].extend(map(_row, items) if stack[-1] is outer else items)
            i += 1
        elif op in SKIPPED:
            i += SKIPPED[op]
        elif len(stack) == 1 and not marks and END.fullmatch(data, i):
            return outer
        else:
            raise ValueError(f"byte {op:#x} at {i} is no instruction that builds lists of integers")


def _row(items):
    if type(items) is not list or not all(type(item) is int for item in items):
        raise ValueError("a row that is no list of integers")
    return np.array(items, np.int64)
