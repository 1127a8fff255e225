"""HDF5, read with care: no link is followed, no other file is opened, damage is an error."""

import contextlib
import io
import mmap

LEFT_OUT = ("optimizer", "seed_generator")  # what Keras keeps beside weights
HEAP = b"GCOL\x01\0\0\0"  # begins a heap; its length follows in 8 bytes, then its parts
MOST_PACKED = 100  # what a file holds may be this many times as long as the file itself


@contextlib.contextmanager
def opened(source, name):
    """Open an HDF5 file to read.

    Args:
        source: its path, or a binary file object.
        name: how errors call it.

    Raises:
        ImportError: h5py is not installed.
        ValueError: here or in the block: it is damaged, or not HDF5.
    """
    h5py = library(name)
    try:
        if isinstance(source, io.BytesIO):
            _refuse_broken_heaps(source.getvalue())
        else:
            with (
                source.open("rb") as raw,
                mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as contents,
            ):
                _refuse_broken_heaps(contents)
        with h5py.File(source, "r") as file:
            yield file
    except Exception as error:  # whatever damage may lead to, in HDF5 and in what is read of it
        if isinstance(error, ValueError) and str(name) in str(error):
            raise
        raise ValueError(f"{name} is damaged, or not an HDF5 file of Keras's ({error})") from None


def _refuse_broken_heaps(contents):
    """Look at the heaps in which HDF5 keeps texts: at a part of no length it goes on for ever.

    Raises:
        ValueError: a heap, or a part of one, is longer than what it is in, or has no length.
    """
    at = contents.find(HEAP)
    while at >= 0:
        place, end = at + 16, at + _integer(contents, at + 8, 8)
        if end > len(contents):
            raise ValueError(f"a heap of {end - at:,} bytes in a file of {len(contents):,}")
        while place + 16 <= end:
            length = _integer(contents, place + 8, 8)
            if _integer(contents, place, 2):  # else what is free: its length counts all of it
                length = 16 + -(-length // 8) * 8
            if not 16 <= length <= end - place:
                raise ValueError(f"a heap has a part of {length:,} bytes")
            place += length
        at = contents.find(HEAP, at + 1)


def _integer(contents, at, length):
    return int.from_bytes(contents[at : at + length], "little")


def library(name):
    """Return the package h5py, to read the file that errors call `name`.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError(
            f"{name} is an HDF5 file, and reading one needs the package h5py, which cannot be "
            "imported here: pip install h5py"
        ) from error
    return h5py


def member(group, path):
    """Return the group or data set at a path below a group, or None if there is none.

    Raises:
        ValueError: a link stands in its place. It could lead to any file of this machine.
    """
    import h5py

    for part in filter(None, path.split("/")):
        if not isinstance(group, h5py.Group) or part not in group:
            return None
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            raise ValueError(f"{group.name}/{part} is a link, and links are not followed")
        group = group[part]
    return group


def array(group, path):
    """Return the data set of floats at a path below a group, not read yet; None if there is none.

    Raises:
        ValueError: it is no array of floats, or its numbers are in another file.
    """
    import h5py

    found = member(group, path)
    if found is None:
        return None
    if not isinstance(found, h5py.Dataset) or found.dtype.kind != "f":
        what = found.dtype if isinstance(found, h5py.Dataset) else "a group"
        raise ValueError(f"{found.name} should be an array of floats; it is {what}")
    if found.external or found.is_virtual:
        raise ValueError(f"the numbers of {found.name} are in another file, which is not opened")
    return found


def arrays_below(group, path=""):
    """Yield the path of every array of weights below a group."""
    import h5py

    for name in group:
        here = f"{path}/{name}".lstrip("/")
        if name not in LEFT_OUT:
            found = member(group, name)
            if isinstance(found, h5py.Group):
                yield from arrays_below(found, here)
            else:
                yield here


def names(group, key):
    """Return the list of names in an attribute; Keras cuts a long one: key0, key1, ..."""
    if key in group.attrs:
        found = group.attrs[key]
    else:
        found, i = [], 0
        while f"{key}{i}" in group.attrs:
            found.extend(group.attrs[f"{key}{i}"])
            i += 1
    return [name.decode() if isinstance(name, bytes) else str(name) for name in found]
