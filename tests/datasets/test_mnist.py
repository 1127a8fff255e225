"""MNIST and Fashion-MNIST: four IDX files each. How files are fetched is in test_downloads.py."""

import gzip
import hashlib
import os
import struct

import numpy as np
import pytest

from minidl import datasets
from minidl.datasets import fashion_mnist, mnist
from minidl.datasets.mnist import parse_idx


def idx(array, code=8):
    """The bytes of an IDX file."""
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.tobytes()


IDX_SETS = [(mnist, "mnist"), (fashion_mnist, "fashion_mnist")]


@pytest.mark.parametrize("loader, folder", IDX_SETS)
def test_load_data_returns_the_four_arrays_in_the_order_of_keras(
    loader, folder, tmp_path, monkeypatch
):
    rng = np.random.default_rng(0)
    shapes = [(6, 4, 5), (6,), (3, 4, 5), (3,)]
    arrays = [rng.integers(0, 256, shape).astype(np.uint8) for shape in shapes]
    (tmp_path / folder).mkdir()
    known = {}
    for name, array in zip(loader.FILES, arrays):
        contents = idx(array)
        (tmp_path / folder / name).write_bytes(gzip.compress(contents))
        known[name] = len(contents), hashlib.sha256(contents).hexdigest()
    monkeypatch.setattr(loader, "FILES", known)
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))

    (x_train, y_train), (x_test, y_test) = loader.load_data()
    for loaded, array in zip([x_train, y_train, x_test, y_test], arrays):
        np.testing.assert_array_equal(loaded, array, strict=True)
    x_train[0] = 0  # the arrays are the caller's own


@pytest.mark.parametrize("loader, folder", IDX_SETS)
def test_without_files_or_network_load_data_names_the_folder_and_points_to_the_sample(
    loader, folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(loader, "MIRRORS", ())
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path / "nothing"))
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    with pytest.raises(
        datasets.DataNotFoundError, match=r"offline with mnist\.load_sample\(\)"
    ) as e:
        loader.load_data()
    assert f"a folder that holds {folder}/train-images-idx3-ubyte.gz" in str(e.value)


@pytest.mark.parametrize("loader, folder", IDX_SETS)
def test_a_truncated_file_names_the_remedy(loader, folder, tmp_path, monkeypatch):
    path = tmp_path / folder / "train-images-idx3-ubyte.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(bytes(1000))[:-20])
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    with pytest.raises(datasets.CorruptDataError, match="cut short") as caught:
        loader.load_data()
    assert "Replace it by a good copy" in str(caught.value)


def test_the_ten_kinds_of_clothes_have_names_in_the_official_order():
    assert len(set(fashion_mnist.CLASS_NAMES)) == 10
    assert (fashion_mnist.CLASS_NAMES[0], fashion_mnist.CLASS_NAMES[9]) == (
        "T-shirt/top",
        "Ankle boot",
    )


@pytest.mark.skipif("MINIDL_DATA" not in os.environ, reason="the full MNIST: set MINIDL_DATA")
def test_the_full_mnist_is_the_official_one():
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    assert (x_train.shape, x_test.shape) == ((60_000, 28, 28), (10_000, 28, 28))
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9]  # the first row of every MNIST tutorial
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4]
    assert round(x_train.mean() / 255, 4) == 0.1307  # the constants of every MNIST tutorial
    assert round(x_train.std() / 255, 4) == 0.3081


GOOD = idx(np.arange(6, dtype=np.uint8).reshape(2, 3))

TAMPERED = {
    "empty": (b"", "starts with nothing"),
    "cut after three bytes": (GOOD[:3], "starts with 00 00 08"),
    "with another magic number": (b"PK" + GOOD[2:], "starts with 50 4b 08 02"),
    "of floats": (idx(np.zeros((2, 3), ">f4"), code=0x0D), "IDX type 0d"),
    "cut in the header": (GOOD[:11], "11 bytes, but a header with 2 axes has 12"),
    "cut in the data": (GOOD[:-1], r"\(2, 3\), which is 6 bytes, but 5 follow"),
    "with too much data": (GOOD + b"!", r"\(2, 3\), which is 6 bytes, but 7 follow"),
    "of 2**64 bytes": (b"\0\0\x08\4" + b"\0\1\0\0" * 4, "18,446,744,073,709,551,616 bytes, but 0"),
}


@pytest.mark.parametrize("contents, says", TAMPERED.values(), ids=TAMPERED)
def test_the_parser_refuses_a_file(contents, says):
    with pytest.raises(ValueError, match=says) as caught:
        parse_idx(contents, "numbers")
    assert str(caught.value).startswith("numbers ")
