"""Files that hold others, read with care: what they claim is compared with what they can hold.

A zip of 4 MB can unpack to 4 GB, the header of an array can announce a million times as many
numbers as follow, and what is damaged ends in a dozen kinds of errors, of zipfile, tarfile, zlib,
struct, NumPy and others. Here all is one ValueError, and memory and time are bounded by the size of
the file or by what the caller knows of it.
"""

import gzip
import io
import math
import tarfile
import zipfile

import numpy as np

KINDS = "biufcSU"  # of arrays: numbers and text


def zipped(file, most=None, names=None):
    """Return {name: bytes} of the entries of a zip.

    Args:
        file: a binary file object, open to be read.
        most: how many bytes all entries may have; None: as many as the file itself, which is right
            for what was stored without compressing it.
        names: only these; each must be there.

    Raises:
        ValueError: it is damaged, no zip, encrypted, or lacks a name, or claims more bytes.
    """
    try:
        room = file.seek(0, io.SEEK_END) if most is None else most
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if missing := set(names or ()) - {entry.filename for entry in entries}:
                held = ", ".join(entry.filename for entry in entries[:10])
                raise ValueError(f"it has no {', '.join(sorted(missing))}; it holds {held}")
            entries = [e for e in entries if names is None or e.filename in names]
            if (claimed := sum(entry.file_size for entry in entries)) > room:
                raise ValueError(f"it would unpack to {claimed:,} bytes; at most {room:,} can be")
            return {entry.filename: _unpacked(archive, entry) for entry in entries}
    except Exception as error:  # whatever damage may lead to
        raise ValueError(_words(error)) from None


def _unpacked(archive, entry):
    if entry.flag_bits & 1:
        raise ValueError(f"{entry.filename} is encrypted, and no password is known here")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{entry.filename} is packed in a way that is not read here")
    with archive.open(entry) as stream:  # `archive.read` unpacks beyond the size that is claimed
        contents = stream.read(entry.file_size)
    if len(contents) != entry.file_size:
        raise ValueError(f"{entry.filename} is cut short")
    return contents


def arrays(file, most=None):
    """Return {key: array} of an .npz file; arguments and errors as in `zipped`."""
    found = {}
    for name, contents in zipped(file, most).items():
        try:
            if not name.endswith(".npy"):
                raise ValueError("no array of NumPy's")
            found[name.removesuffix(".npy")] = array(contents)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return found


def array(contents):
    """Return the array in the bytes of an .npy file.

    Raises:
        ValueError: it is damaged, holds objects, or announces more or fewer numbers than follow.
    """
    try:
        stream = io.BytesIO(contents)
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0}
        shape, by_columns, dtype = read.get(version, np.lib.format.read_array_header_2_0)(stream)
        if dtype.kind not in KINDS or dtype.itemsize == 0:
            raise ValueError(f"an array of {dtype}; only numbers and text are read, no objects")
        start, order = stream.tell(), "F" if by_columns else "C"
        size, there = math.prod(shape) * dtype.itemsize, len(contents) - start
        if size != there or min(shape, default=0) < 0:
            raise ValueError(
                f"an array {shape} of {dtype} has {size:,} bytes, and {there:,} are there"
            )
        return np.ndarray(shape, dtype, contents, start, order=order).copy(order)
    except Exception as error:  # the header is a text of Python's, and anything may stand in it
        raise ValueError(_words(error)) from None


def tarred(file, wanted, most):
    """Return {name: bytes} of files in a tar archive that gzip has packed.

    Args:
        file: a binary file object, open to be read.
        wanted: a function of a name: whether to read that file.
        most: how many bytes the archive may unpack to.

    Raises:
        ValueError: it is damaged, no such archive, or unpacks to more.
    """
    try:
        with gzip.open(file) as stream:
            contents = stream.read(most + 1)
        if len(contents) > most:
            raise ValueError(f"it would unpack to more than {most:,} bytes")
        with tarfile.open(fileobj=io.BytesIO(contents), mode="r:") as archive:
            # A sparse file claims to have zeros that are not there.
            members = [m for m in archive if m.isfile() and not m.issparse() and wanted(m.name)]
            return {member.name: archive.extractfile(member).read() for member in members}
    except Exception as error:  # whatever damage may lead to
        raise ValueError(_words(error)) from None


def _words(error):
    """What an error says; its kind, where that is all, or where it is a key alone."""
    said = str(error)
    return said if isinstance(error, ValueError) and said else f"{type(error).__name__}: {said}"
