"""The CIFAR-10 loader on small archives of the official layout."""

import hashlib
import io
import tarfile
from dataclasses import replace

import numpy as np
import pytest

from minidl.datasets import CorruptDataError, DataNotFoundError, cifar10

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (12, 32, 32, 3), np.uint8)  # ten to train on, two to test with
LABELS = RNG.integers(0, 10, (12, 1), np.uint8)


def _record_bytes(rows):
    colours = PIXELS[rows].transpose(0, 3, 1, 2).reshape(len(rows), -1)  # all red, green, blue
    return np.hstack([LABELS[rows], colours]).tobytes()


def _files():
    files = {name: _record_bytes([2 * i, 2 * i + 1]) for i, name in enumerate(cifar10.TRAIN)}
    return files | {cifar10.TEST[0]: _record_bytes([10, 11])}


@pytest.fixture
def install(tmp_path, monkeypatch):
    """install(files) makes an archive of them the official one, in the reader's own folder."""

    def make(files):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, contents in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(contents)
                archive.addfile(member, io.BytesIO(contents))
        contents = packed.getvalue()
        (tmp_path / "cifar10").mkdir()
        path = tmp_path / "cifar10" / cifar10.ARCHIVE.name
        path.write_bytes(contents)
        sha256 = hashlib.sha256(contents).hexdigest()
        official = replace(cifar10.ARCHIVE, size=len(contents), sha256=sha256, mirrors=())
        monkeypatch.setattr(cifar10, "ARCHIVE", official)
        monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
        return path

    return make


def test_pixels_and_labels_come_back_in_keras_s_layout(install):
    install(_files())
    (x, y), (x_test, y_test) = cifar10.load_data()
    assert x.dtype == y.dtype == x_test.dtype == np.uint8 and x.flags.c_contiguous
    assert np.array_equal(x, PIXELS[:10]) and np.array_equal(x_test, PIXELS[10:])
    assert np.array_equal(y, LABELS[:10]) and np.array_equal(y_test, LABELS[10:])
    assert len(cifar10.CLASS_NAMES) == 10 and cifar10.CLASS_NAMES[3] == "cat"


def test_an_altered_archive_is_refused(install):
    path = install(_files())
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 1
    path.write_bytes(contents)
    with pytest.raises(CorruptDataError, match="not the expected file"):
        cifar10.load_data()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda files: files.pop(cifar10.TRAIN[2]), r"no file .*data_batch_3\.bin"),
        (lambda files: files.update({cifar10.TEST[0]: b"123"}), "3 bytes; expected a multiple of"),
        (lambda files: files.update({cifar10.TEST[0]: b""}), "0 bytes; expected a multiple of"),
    ],
)
def test_an_archive_of_another_layout_is_explained(install, change, message):
    files = _files()
    change(files)
    install(files)
    with pytest.raises(CorruptDataError, match=message):
        cifar10.load_data()


def test_without_the_archive_the_error_names_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cifar10, "ARCHIVE", replace(cifar10.ARCHIVE, mirrors=()))
    with pytest.raises(DataNotFoundError, match=r"cifar10/cifar-10-binary\.tar\.gz"):
        cifar10.load_data()
