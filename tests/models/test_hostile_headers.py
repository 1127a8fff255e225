"""Model files that claim more than they hold: one clear error each, in no time and no memory."""

import os
import zipfile

import numpy as np
import pytest
from forged import claiming, encrypted, npy, npy_of, refused, zipped

from minidl import Sequential, models
from minidl.base import archives, npz
from minidl.layers import Dense

ZEROS = npy_of(np.zeros(13_000_000, "f4"))  # 52 MB, and 51 kB when deflated


def _with(key, contents):
    """A file of one array that is not as the others."""
    return lambda path: zipped(path, {"dense/b.npy": npy_of(np.zeros(3)), key: contents})


def _deflated(path):
    return zipped(path, {"dense/W.npy": ZEROS}, zipfile.ZIP_DEFLATED)


def _with_facts(text):
    def write(path):
        arrays = {npz.FACTS: np.frombuffer(text, "u1")}
        np.savez(path, **arrays, **{npz.DIGEST: np.frombuffer(npz._digest(arrays), "u1")})

    return write


FILES = {
    "nothing": (lambda path: path.write_bytes(b""), "not a zip"),
    "a page": (lambda path: path.write_text("<html>sign in</html>"), "not a zip"),
    "a pipe": (getattr(os, "mkfifo", None), "is no file"),
    "a folder": (os.mkdir, "is no file"),
    "unpacks": (_deflated, r"unpack to 52,000,128 bytes; at most [\d,]+ can be"),
    "unpacks, and lies": (lambda p: claiming(_deflated(p), 1000), "CRC|cut short"),
    "claims": (lambda p: claiming(_with("dense/W.npy", bytes(99))(p), 2**32 - 2), "would unpack"),
    "encrypted": (lambda p: encrypted(_with("dense/W.npy", ZEROS[:99])(p)), "is encrypted"),
    "packed otherwise": (
        lambda path: zipped(path, {"dense/W.npy": os.urandom(999)}, zipfile.ZIP_BZIP2),
        "packed in a way|would unpack",
    ),
    "a text": (_with("README.txt", b"hello"), "README.txt: no array"),
    "no header": (_with("dense/W.npy", b"hello, I am no array"), "dense/W.npy: .*magic"),
    "another version": (_with("dense/W.npy", npy((3,), version=(9, 9))), "dense/W.npy"),
    "huge": (_with("dense/W.npy", npy((10**6, 10**6))), "has 4,000,000,000,000 bytes, and 0 are"),
    "huge, of axes": (_with("dense/W.npy", npy((0, 10**30))), r"dense/W.npy: "),
    "too short": (_with("dense/W.npy", npy((4,), follows=bytes(8))), "has 16 bytes, and 8 are"),
    "too long": (_with("dense/W.npy", npy((1,), follows=bytes(8))), "has 4 bytes, and 8 are"),
    "negative": (_with("dense/W.npy", npy((-1, -2), follows=bytes(8))), r"dense/W.npy: "),
    "of 70 axes": (_with("dense/W.npy", npy((1,) * 70, follows=bytes(4))), "dense/W.npy: .*dim"),
    "shape of text": (_with("dense/W.npy", npy("'many'")), "dense/W.npy: .*shape"),
    "shape unhashable": (_with("dense/W.npy", npy("{[]: 1}")), "dense/W.npy"),
    "shape nested": (_with("dense/W.npy", npy("(" * 900)), "dense/W.npy"),
    "of nothing": (_with("dense/W.npy", npy((10**12,), "'<U0'")), "only numbers and text"),
    "objects": (_with("dense/W.npy", npy((1,), "'|O'", b"cos\nsystem\n")), "no objects"),
    "structured": (_with("dense/W.npy", npy((1,), "[('a', '<f4')]", bytes(4))), "no objects"),
    "no kind of number": (_with("dense/W.npy", npy((1,), "'what'", bytes(4))), "dense/W.npy"),
    "facts: no JSON": (_with_facts(b"{'kind'"), "its facts are no JSON"),
    "facts: no text": (_with_facts(b"\xff\xfe\x00"), "its facts are no JSON"),
    "facts: nested": (_with_facts(b"[" * 200_000), "its facts are no JSON"),
    "facts: a list": (_with_facts(b"[1, 2]"), "its facts are .1, 2., expected a dict"),
    "facts: no kind": (_with_facts(b'{"floatx": 1}'), "kind is missing"),
    "facts: kind 7": (_with_facts(b'{"kind": 7}'), "kind is 7, expected str"),
    "facts: a new kind": (_with_facts(b'{"kind": "poem"}'), "'poem', which is unknown here"),
}


@pytest.mark.parametrize(("write", "said"), FILES.values(), ids=FILES)
def test_a_file_is_refused_for_what_it_claims(write, said, tmp_path):
    if write is None:
        pytest.skip("no pipes here")
    path, model = tmp_path / "model.npz", Sequential([Dense(2, input_shape=(3,))])
    write(path)
    before = model.get_weights()
    for read in (models.load_model, model.load_weights):
        refused(read, path, said)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))


def test_arrays_of_every_kind_come_back():
    """What is read here is what NumPy would read."""
    rng = np.random.default_rng(0)
    for array in (
        *(rng.standard_normal((2, 3)).astype(kind) for kind in ("f2", "f4", "f8", ">f4", "c16")),
        *(np.arange(6).reshape(2, 3).astype(kind) for kind in ("i1", "u2", ">i8", "?")),
        *(np.zeros(shape) for shape in ((), (0,), (3, 0, 2))),
        np.asfortranarray(rng.standard_normal((3, 4))),
        np.array(["ä", "text"]),
        np.array([b"bytes"]),
    ):
        found = archives.array(npy_of(array))
        assert found.dtype == array.dtype and found.shape == array.shape
        assert np.array_equal(found, array) and found.flags.writeable and found.flags.owndata
        assert found.flags.c_contiguous == array.flags.c_contiguous
