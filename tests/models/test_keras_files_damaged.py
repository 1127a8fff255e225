"""HDF5 as no Keras ever wrote it: damaged, foreign, and made to do harm."""

import json
import zipfile

import forged
import numpy as np
import pytest
from keras_layouts import arrays, newer, older, places, refused, small

from minidl.models import keras_files

h5py = pytest.importorskip("h5py")


def test_numbers_that_are_no_floats(tmp_path):
    weights = [w.astype(object).astype("S4") for w in arrays(small())]
    refused(small(), newer(tmp_path / "x.h5", places(weights)), "should be an array of floats")


def test_no_link_is_followed(tmp_path):
    weights = arrays(small())
    secret = newer(tmp_path / "secret.h5", {"W": weights[0]})
    path = newer(tmp_path / "x.h5", places(weights))
    for link in (h5py.ExternalLink(secret.name, "W"), h5py.SoftLink("/layers/dense_1/vars/0")):
        with h5py.File(path, "a") as file:
            del file["layers/dense/vars/0"]
            file["layers/dense/vars/0"] = link
        refused(small(), path, "is a link, and links are not followed")


def test_no_numbers_are_taken_from_another_file(tmp_path):
    weights = arrays(small())
    (tmp_path / "secret").write_bytes(weights[0].tobytes())
    path = newer(tmp_path / "x.h5", places([*weights]))
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/0"]
        outside = [(str(tmp_path / "secret"), 0, weights[0].nbytes)]
        file.create_dataset("layers/dense/vars/0", (3, 4), "float32", external=outside)
    refused(small(), path, "in another file, which is not opened")
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/0"]
        layout = h5py.VirtualLayout((3, 4), "float32")
        layout[...] = h5py.VirtualSource("secret.h5", "W", (3, 4))
        file.create_virtual_dataset("layers/dense/vars/0", layout)
    refused(small(), path, "in another file, which is not opened")


def test_an_array_that_claims_to_be_huge_is_not_read(tmp_path):
    path = newer(tmp_path / "x.h5", places(arrays(small())))
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", (10**6, 10**6, 10**3), "f4", chunks=(1, 1, 1))
    refused(small(), path, "got .1000000, 1000000, 1000.")


def test_groups_that_hold_each_other(tmp_path):
    path = newer(tmp_path / "x.h5", places(arrays(small())))
    with h5py.File(path, "a") as file:
        file["layers/again"] = file["layers"]
    refused(small(), path, "x.h5 is damaged")


@pytest.mark.parametrize("name", ["x.weights.h5", "x.keras"])
def test_damage(tmp_path, name):
    path = newer(tmp_path / "w.h5", places(arrays(small())))
    if name == "x.keras":
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.write(path, "model.weights.h5")
    else:
        path.rename(tmp_path / name)
    path = tmp_path / name
    whole = path.read_bytes()
    for length in (0, 7, 600, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused(small(), path, "damaged|it is HDF5, but")
    path.write_bytes(b"nothing that anybody would take for HDF5")
    refused(small(), path, r"damaged, or not a[n]? (HDF5|\.keras) file")
    if name == "x.keras":  # a zip has checksums
        path.write_bytes(whole[:2500] + bytes([whole[2500] ^ 1]) + whole[2501:])
        refused(small(), path, "damaged")


def test_foreign_files(tmp_path):
    refused(small(), newer(tmp_path / "x.h5", {"data/images": np.ones(3)}), "found data")
    older(tmp_path / "x.h5", {"a": {}})
    with h5py.File(tmp_path / "x.h5", "a") as file:
        file["a"].attrs["weight_names"] = [b"gone:0"]
    refused(small(), tmp_path / "x.h5", "lists the arrays gone:0 and does not hold them")
    with h5py.File(tmp_path / "x.h5", "a") as file:
        del file["a"]
    refused(small(), tmp_path / "x.h5", "lists a layer 'a' and does not hold it")
    refused(small(), tmp_path / "y.h5", "there is no file", FileNotFoundError)
    (tmp_path / "x.npz").write_bytes(b"")
    refused(small(), tmp_path / "x.npz", r"end in \.keras, \.h5")
    with zipfile.ZipFile(tmp_path / "x.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("other", b"")
    refused(small(), tmp_path / "x.keras", "has no model.weights.h5; it holds other")
    with zipfile.ZipFile(tmp_path / "x.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(10**7))
    refused(small(), tmp_path / "x.keras", "would unpack to 10,000,000 bytes; at most")


def _described(units, inputs):
    """Keras's description of a model of one layer."""
    layer = {"name": "dense", "units": units, "batch_input_shape": [None, inputs]}
    row = [{"class_name": "Dense", "config": layer}]
    config = {"name": "large", "layers": row, "build_input_shape": [None, inputs]}
    return json.dumps({"class_name": "Sequential", "config": config})


def test_a_zip_that_claims_little_and_unpacks_to_much(tmp_path):
    path = tmp_path / "x.keras"
    forged.zipped(path, {"model.weights.h5": bytes(60_000_000)}, zipfile.ZIP_DEFLATED)
    forged.claiming(path, 1000)
    forged.refused(lambda path: keras_files.load_weights(small(), path), path, "damaged")
    forged.zipped(path, {"model.weights.h5": bytes(99)})
    forged.encrypted(path)
    forged.refused(lambda path: keras_files.load_weights(small(), path), path, "is encrypted")


@pytest.mark.parametrize("name", ["x.h5", "x.keras"])
@pytest.mark.parametrize(
    ("offset", "number", "said"),
    [(8, 2**31, "a heap of 2,147,483,648 bytes in"), (24, 2**40, "a part of 1,09.*,.* bytes")],
)
def test_a_heap_that_claims_to_be_larger_than_the_file(name, offset, number, said, tmp_path):
    _refused_with_heap(name, tmp_path, said, {offset: number})


@pytest.mark.parametrize("name", ["x.h5", "x.keras"])
def test_a_heap_that_never_ends(name, tmp_path):
    """HDF5 would go on for ever: a free part whose length is 0."""
    _refused_with_heap(name, tmp_path, "a heap has a part of 0 bytes", {16: 0, 24: 0})


def _refused_with_heap(name, folder, said, numbers):
    path = older(folder / "x.h5", {"a": {"b:0": np.ones(2)}})  # its texts are in a heap
    contents = bytearray(path.read_bytes())
    for offset, number in numbers.items():
        at = contents.index(b"GCOL") + offset
        contents[at : at + 8] = number.to_bytes(8, "little")
    path.write_bytes(contents)
    if name == "x.keras":
        path = forged.zipped(folder / name, {"model.weights.h5": contents})
    forged.refused(lambda path: keras_files.load_weights(small(), path), path, said)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layer_names", 5),
        ("layer_names", [[b"dense"]]),
        ("layer_names", [1.5]),
        ("model_config", 3),
        ("model_config", b"\xff\xfe"),
        ("model_config", "[1]"),
        ("model_config", "{"),
        ("model_config", "[" * 5000),
        ("model_config", _described("many", 3)),
        ("model_config", _described(-2, 3)),
        ("model_config", '{"class_name": ["a"]}'),
    ],
)
def test_attributes_of_another_kind(name, value, tmp_path):
    path = older(tmp_path / "x.h5", {"dense": {"k:0": np.ones((3, 2)), "b:0": np.ones(2)}})
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = _described(2, 3)
        file.attrs[name] = value
    forged.refused(keras_files.load_model, path, "x.h5")
