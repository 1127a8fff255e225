"""Files as an attacker or an accident would write them: sound in all that is not under test."""

import io
import time
import tracemalloc
import zipfile

import numpy as np
import pytest

SECONDS, BYTES = 2.0, 30_000_000  # of processor time, and of memory, to say no


def refused(read, path, said, error=ValueError):
    """`read(path)` ends in this error, names the file, and takes neither time nor memory."""
    told = promptly(read, path, said, error)
    assert path.name in str(told)
    return told


def promptly(read, given, said, error=ValueError, seconds=SECONDS, nbytes=BYTES):
    """`read(given)` ends in this error, which is returned, within these limits."""
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(error, match=said) as caught:
            read(given)
        assert time.process_time() - start < seconds
        assert tracemalloc.get_traced_memory()[1] < nbytes
    finally:
        tracemalloc.stop()
    return caught.value


def npy(shape, descr="'<f4'", follows=b"", version=(1, 0)):
    """The bytes of an .npy file whose header says what it likes."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode("latin1")
    length = len(header).to_bytes(2 if version == (1, 0) else 4, "little")
    return b"\x93NUMPY" + bytes(version) + length + header + follows


def npy_of(array):
    """The bytes of an .npy file as NumPy writes it."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def zipped(path, entries, compression=zipfile.ZIP_STORED):
    """Write {name: bytes} as a zip."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, contents in entries.items():
            archive.writestr(name, contents)
    return path


def altered(path, places, change):
    """Change the bytes behind each place of a header: places is {its first four bytes: offset}."""
    contents = bytearray(path.read_bytes())
    for signature, offset in places.items():
        at = contents.find(signature)
        while at >= 0:
            change(contents, at + offset)
            at = contents.find(signature, at + 4)
    path.write_bytes(contents)
    return path


def encrypted(path):
    """Claim that each entry of a zip needs a password."""

    def change(contents, at):
        contents[at] |= 1

    return altered(path, {b"PK\x01\x02": 8, b"PK\x03\x04": 6}, change)


def claiming(path, size):
    """Claim that each entry of a zip unpacks to so many bytes."""

    def change(contents, at):
        contents[at : at + 4] = size.to_bytes(4, "little")

    return altered(path, {b"PK\x01\x02": 24, b"PK\x03\x04": 22}, change)
