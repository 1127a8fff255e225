"""IDX, the format of MNIST and of the data sets made in its image: as simple as a format can be.

All numbers in the header have their highest byte first:

    bytes     value   meaning
    0-1       0
    2         8       the type of the data: unsigned bytes
    3         d       the number of axes
    4-...     n_1..   d sizes, 4 bytes each
    then      data    n_1 x ... x n_d bytes, the last axis varies fastest
"""

import math

import numpy as np

from minidl.datasets.files import DataFile, fetch


def load_files(folder, files, mirrors, offline):
    """Fetch four IDX files and return them as `(x_train, y_train), (x_test, y_test)`.

    `files` is a dict from name to (bytes, SHA-256) of the unpacked contents, in that order; the
    other arguments are those of `DataFile`. Raises what `fetch` raises.
    """
    x_train, y_train, x_test, y_test = (
        parse_idx(fetch(DataFile(folder, name, size, sha256, mirrors, offline)), name)
        for name, (size, sha256) in files.items()
    )
    return (x_train, y_train), (x_test, y_test)


def parse_idx(contents, name):
    """Turn the bytes of an IDX file into a writable uint8 array of the shape in its header.

    `name` is used in errors only. Raises `ValueError` if the header is not that of an IDX file of
    unsigned bytes, or if there is more or less data than it announces.
    """
    zeros, code, axes = contents[:2], contents[2:3], contents[3:4]
    if zeros != b"\0\0" or not axes:
        raise ValueError(
            f"{name} is not an IDX file: it starts with {contents[:4].hex(' ') or 'nothing'}, "
            "expected 00 00, a type and a number of axes"
        )
    if code != b"\x08":
        raise ValueError(
            f"{name} holds data of IDX type {code.hex()}; only 08, unsigned bytes, is read here"
        )
    start = 4 + 4 * axes[0]
    if len(contents) < start:
        raise ValueError(
            f"{name} ends inside its header: {len(contents)} bytes, but a header with {axes[0]} "
            f"axes has {start}"
        )
    shape = tuple(np.frombuffer(contents[4:start], dtype=">u4").tolist())
    if len(contents) - start != math.prod(shape):
        raise ValueError(
            f"{name} announces the shape {shape}, which is {math.prod(shape):,} bytes, "
            f"but {len(contents) - start:,} follow its header"
        )
    return np.frombuffer(contents, dtype=np.uint8, offset=start).reshape(shape).copy()
