"""Weights of VGG16 from files in the published layout: found, checked, read or refused."""

import builtins

import numpy as np
import published
import pytest
from keras_layouts import older

from minidl import applications
from minidl.applications import VGG16, vgg16
from minidl.base.npz import MisfitError
from minidl.datasets import CorruptDataError, DataNotFoundError

h5py = pytest.importorskip("h5py")
SHAPE = (32, 32, 3)


@pytest.fixture(scope="module")
def weights():
    return published.drawn(VGG16(False, None).layers[1:])


@pytest.fixture(scope="module")
def path(weights, tmp_path_factory):
    """As $MINIDL_DATA/models/vgg16_..._notop.h5."""
    folder = tmp_path_factory.mktemp("data") / "models"
    folder.mkdir()
    return published.write(folder / vgg16.FILES[1].name, weights)


@pytest.fixture
def imagenet(path, monkeypatch, tmp_path):
    """That file in the place of Keras's, and no network."""
    files = vgg16.FILES[0], published.stand_in(vgg16.FILES[1], path)
    monkeypatch.setattr(vgg16, "FILES", files)
    monkeypatch.setenv("MINIDL_DATA", str(path.parents[1]))
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    return path


def same(model, weights):
    for name, arrays in weights.items():
        for got, expected in zip(model.get_layer(name).get_weights(), arrays):
            np.testing.assert_array_equal(got, expected)


def test_a_file(path, weights):
    same(VGG16(weights=path, include_top=False, input_shape=SHAPE, pooling="max"), weights)


def test_imagenet_from_the_readers_own_folder(imagenet, weights):
    same(VGG16(weights="imagenet", include_top=False), weights)


def test_imagenet_from_the_cache(imagenet, weights, monkeypatch, tmp_path):
    monkeypatch.delenv("MINIDL_DATA")
    monkeypatch.setenv("MINIDL_CACHE", str(imagenet.parents[1]))
    same(VGG16(include_top=False), weights)


def test_imagenet_that_was_cut_short_is_not_read(imagenet, tmp_path, monkeypatch):
    broken = tmp_path / "models" / imagenet.name
    broken.parent.mkdir()
    broken.write_bytes(imagenet.read_bytes()[:-1000])
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    with pytest.raises(CorruptDataError, match=r"not the expected file.\s+expected: .* with MD5"):
        VGG16(include_top=False)
    assert broken.is_file()


def test_imagenet_out_of_reach(imagenet, monkeypatch):
    monkeypatch.delenv("MINIDL_DATA")
    with pytest.raises(DataNotFoundError) as caught:
        VGG16(include_top=False)
    told = str(caught.value)
    assert f"models/{imagenet.name} is not on this machine, and no mirror delivered it" in told
    assert "connect to the network" in told and "set MINIDL_DATA to a folder that holds" in told
    assert "work offline with weights=None" in told


def test_without_h5py_nothing_is_downloaded(monkeypatch):
    monkeypatch.setattr(applications.building, "fetch_path", None)
    real = builtins.__import__

    def without(name, *rest):
        if name == "h5py":
            raise ImportError("No module named 'h5py'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"vgg16_.*notop\.h5 .* needs the package h5py"):
        VGG16(include_top=False)


def test_weights_with_a_top_for_a_base_without(weights, tmp_path):
    layers = {name: {f"{name}_W": np.zeros((2, 2), "f")} for name in ("fc1", "fc2", "predictions")}
    base = {n: dict(zip((f"{n}_W", f"{n}_b"), arrays)) for n, arrays in weights.items()}
    path = older(tmp_path / "whole.h5", base | layers)
    with pytest.raises(
        MisfitError,
        match=r"(?s)whole\.h5: .* of 16 layers .* the model has 13 .*"
        r"'vgg16' was built without its top\. .* the same include_top",
    ):
        VGG16(weights=path, include_top=False)
    model = VGG16(weights=None, include_top=False)  # the remedy that the message names
    model.load_weights(path, by_name=True)
    same(model, weights)


def test_weights_of_another_size_or_of_other_classes(weights, tmp_path):
    def top(pixels, classes):
        shapes = {"fc1": (512 * (pixels // 32) ** 2, 4096), "fc2": (4096, 4096)}
        shapes["predictions"] = (4096, classes)
        return {name: [np.zeros(s, "f"), np.zeros(s[1:], "f")] for name, s in shapes.items()}

    path = published.write(tmp_path / "top.h5", weights | top(64, 5))
    said = (
        r"(?s)top\.h5 do not fit this model; nothing was changed\. fc1/W: expected shape "
        r"\(512, 4096\), got \(2048, 4096\); predictions/W: expected shape \(4096, 10\), got "
        r"\(4096, 5\).*with classes=10, for images of \(32, 32, 3\).*input_shape"
    )
    with pytest.raises(MisfitError, match=said):
        VGG16(weights=path, input_shape=SHAPE, classes=10)


DAMAGED = {
    "cut short": lambda whole: whole[: len(whole) // 2],
    "empty": lambda whole: b"",
    "a web page": lambda whole: b"<html>Please sign in</html>",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file(damage, path, tmp_path):
    broken = tmp_path / "broken.h5"
    broken.write_bytes(DAMAGED[damage](path.read_bytes()))
    with pytest.raises(ValueError, match=r"broken\.h5 is damaged, or not an HDF5 file") as caught:
        VGG16(weights=broken, include_top=False)
    assert "include_top" not in str(caught.value)  # which would not help


def test_a_foreign_file(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["numbers"] = np.arange(3)
    with pytest.raises(ValueError, match=r"not a layout of Keras's.*found numbers"):
        VGG16(weights=tmp_path / "x.h5", include_top=False)
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(ValueError, match=r"\.npz files; got 'x\.txt'"):
        VGG16(weights=tmp_path / "x.txt", include_top=False)
