"""VGG16 in both: the same file of weights, read by both, and the same numbers from both."""

import inspect
import sys

import numpy as np
import published
import pytest

from minidl.applications import VGG16, imagenet_utils, vgg16

h5py = pytest.importorskip("h5py", reason="Keras's files are HDF5: pip install h5py")
keras = pytest.importorskip("keras", reason="needs Keras: pip install keras==3.15.1")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning:keras")
RNG = np.random.default_rng(3)


def written(model, path):
    """Write random weights of a model of Keras's as `save_weights` of Keras 2 did."""
    drawn = published.drawn(model.layers)
    for layer in model.layers:
        layer.set_weights(drawn[layer.name])
    with h5py.File(path, "w") as file:
        keras.src.legacy.saving.legacy_h5_format.save_weights_to_hdf5_group(file, model)
    return path


def compare(theirs, ours, shape):
    x = RNG.normal(0, 1, (2, *shape)).astype("float32")
    expected = theirs.predict(x, verbose=0)
    assert expected.shape[1:] == ours.predict(x).shape[1:] and expected.std() > 0.01
    np.testing.assert_allclose(ours.predict(x), expected, rtol=0, atol=1e-4)


def test_a_file_that_keras_wrote_gives_the_same_features_at_two_sizes(tmp_path):
    theirs = keras.applications.VGG16(weights=None, include_top=False)
    path = written(theirs, tmp_path / "x.h5")
    ours = VGG16(weights=path, include_top=False)
    assert [layer.name for layer in ours.layers[1:]] == [layer.name for layer in theirs.layers[1:]]
    assert ours.count_params() == theirs.count_params()
    for shape in ((48, 48, 3), (64, 40, 3)):
        compare(theirs, ours, shape)


@pytest.mark.parametrize("ending", [".weights.h5", ".keras", ".h5"])
def test_files_of_keras_3(ending, tmp_path):
    options = {"include_top": False, "pooling": "avg", "input_shape": (33, 32, 3)}
    theirs = keras.applications.VGG16(weights=None, **options)
    written(theirs, tmp_path / "unused.h5")
    path = tmp_path / f"x{ending}"
    (theirs.save_weights if "weights" in ending else theirs.save)(path)
    ours = VGG16(weights=path, **options)
    assert ours.layers[-1].name in theirs.layers[-1].name  # Keras numbers those without a name
    compare(theirs, ours, (33, 32, 3))


def test_the_top(tmp_path):
    options = {"input_shape": (32, 32, 3), "classes": 10}
    theirs = keras.applications.VGG16(weights=None, **options)
    path = written(theirs, tmp_path / "x.h5")
    compare(theirs, VGG16(weights=path, **options), (32, 32, 3))
    logits = VGG16(weights=path, classifier_activation=None, **options)
    theirs.layers[-1].activation = keras.activations.linear
    again = keras.Model(theirs.input, theirs.layers[-1](theirs.layers[-2].output))
    compare(again, logits, (32, 32, 3))


def test_keras_reads_the_layout_of_the_published_file_too(tmp_path):
    """So the files that the other tests make by hand are like those that Keras publishes."""
    theirs = keras.applications.VGG16(weights=None, include_top=False)
    weights = published.drawn(theirs.layers[1:])
    path = published.write(tmp_path / vgg16.FILES[1].name, weights)
    theirs.load_weights(path)
    compare(theirs, VGG16(weights=path, include_top=False), (40, 40, 3))


def test_the_same_files():
    text = inspect.getsource(sys.modules["keras.src.applications.vgg16"])
    text = text.replace('"\n    "', "")
    for file in vgg16.FILES:
        assert f'"{file.md5}"' in text and file.mirrors[0] + file.name in text


def test_the_same_names_of_classes():
    text = inspect.getsource(sys.modules["keras.src.applications.imagenet_utils"])
    file = imagenet_utils.CLASSES
    assert f'"{file.md5}"' in text and file.mirrors[0] + file.name in text.replace('"\n    "', "")


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64"])
@pytest.mark.parametrize("shape", [(2, 4, 5, 3), (4, 5, 3)])
def test_the_same_pixels(dtype, shape):
    x = RNG.integers(0, 256, shape).astype(dtype)
    expected = keras.applications.vgg16.preprocess_input(x.copy())
    got = vgg16.preprocess_input(x)
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)


def test_the_same_predictions_in_words(monkeypatch):
    names = {str(i): [f"n{i:08d}", f"class_{i}"] for i in range(1000)}
    theirs = sys.modules["keras.src.applications.imagenet_utils"]
    monkeypatch.setattr(theirs, "CLASS_INDEX", names)
    monkeypatch.setattr(imagenet_utils, "fetch", lambda file: b"")
    monkeypatch.setattr(imagenet_utils.json, "loads", lambda text: names)
    preds = RNG.random((3, 1000), np.float32)
    for top in (1, 5, 1000):
        assert imagenet_utils.decode_predictions(preds, top) == theirs.decode_predictions(
            preds, top
        )
