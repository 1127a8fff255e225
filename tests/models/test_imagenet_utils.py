"""Pixels in, names out: what goes around a network that learned on ImageNet."""

import hashlib
import json
import warnings
from dataclasses import replace

import numpy as np
import pytest

from minidl import Input, Model, config
from minidl.applications import imagenet_utils, vgg16
from minidl.applications.imagenet_utils import CaffeInput, decode_predictions, preprocess_input
from minidl.datasets import DataNotFoundError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(2, 5, 4, 3), (5, 4, 3)])
def test_blue_comes_first_and_the_mean_is_taken_off(shape):
    x = RNG.integers(0, 256, shape, dtype="uint8")
    y = preprocess_input(x)
    assert y.dtype == config.floatx() and y.shape == shape
    for channel, mean in zip((2, 1, 0), (103.939, 116.779, 123.68)):
        expected = x[..., channel].astype("float64") - mean
        np.testing.assert_allclose(y[..., 2 - channel], expected, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_array_of_floats_keeps_its_type_and_its_numbers(dtype):
    x = RNG.uniform(0, 255, (2, 3, 4, 3)).astype(dtype)
    kept = x.copy()
    assert preprocess_input(x).dtype == dtype
    np.testing.assert_array_equal(x, kept)


def test_the_module_of_the_network_has_both():
    assert vgg16.preprocess_input is preprocess_input
    assert vgg16.decode_predictions is decode_predictions


@pytest.mark.parametrize(
    ("scaled", "said"),
    [
        (lambda x: x / 255, "from 0 to 255; got numbers from 0 to 1: multiply them by 255 first"),
        (lambda x: (x > 127).astype("uint8"), "multiply them by 255"),
        (lambda x: x / 127.5 - 1, "from -1 to 1: were they scaled or preprocessed already"),
        (preprocess_input, "preprocessed already"),
    ],
)
def test_images_in_another_range_are_pointed_out(scaled, said):
    x = scaled(np.linspace(0, 255, 48).reshape(1, 4, 4, 3))
    with pytest.warns(UserWarning, match=said) as caught:
        preprocess_input(x)
    assert caught[0].filename == __file__


def test_dark_images_are_fine():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        preprocess_input(np.zeros((1, 4, 4, 3), "uint8"))
        preprocess_input(np.full((1, 4, 4, 3), 2.0))


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((4, 4), r"images \(N, H, W, 3\), or one \(H, W, 3\); got shape \(4, 4\)"),
        ((2, 4, 4, 1), r"three channels.*np\.repeat"),
        ((2, 3, 4, 4), "three channels"),
        ((1, 2, 4, 4, 3), "expected images"),
    ],
)
def test_what_is_no_image_is_refused(shape, said):
    with pytest.raises(ValueError, match=said):
        preprocess_input(np.full(shape, 9.0))


def test_channels_first_are_refused():
    with pytest.raises(ValueError, match="channels come last"):
        preprocess_input(np.zeros((1, 3, 4, 4)), data_format="channels_first")


def test_as_a_layer_it_does_the_same_and_passes_gradients_back(tmp_path):
    inputs = Input((5, 4, 3))
    model = Model(inputs, preprocess_input(inputs))
    x = RNG.integers(0, 256, (2, 5, 4, 3))
    np.testing.assert_array_equal(model.predict(x), preprocess_input(x))
    again = Model.from_config(model.get_config())
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    layer = CaffeInput()
    layer.prepare((5, 4, 3))
    _, cache = layer.forward(x.astype("float32"))
    dy = RNG.normal(size=x.shape)
    np.testing.assert_array_equal(layer.backward(dy, cache), dy[..., [2, 1, 0]])
    with pytest.raises(ValueError, match="three channels"):
        preprocess_input(Input((5, 4, 1)))


@pytest.fixture
def names(tmp_path, monkeypatch):
    """A file of made-up names in the place of Keras's."""
    contents = json.dumps({str(i): [f"n{i:08d}", f"class {i}"] for i in range(1000)}).encode()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / imagenet_utils.CLASSES.name).write_bytes(contents)
    md5 = hashlib.md5(contents, usedforsecurity=False).hexdigest()
    file = replace(imagenet_utils.CLASSES, mirrors=(), md5=md5, size=len(contents))
    monkeypatch.setattr(imagenet_utils, "CLASSES", file)
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))


def test_the_likeliest_classes_come_first(names):
    preds = np.zeros((2, 1000), "float32")
    preds[0, [7, 300, 5]] = 0.5, 0.3, 0.2
    preds[1, 999] = 1
    first, second = decode_predictions(preds, top=3)
    assert [row[:2] for row in first] == [
        ("n00000007", "class 7"),
        ("n00000300", "class 300"),
        ("n00000005", "class 5"),
    ]
    assert [row[2] for row in first] == [preds[0, 7], preds[0, 300], preds[0, 5]]
    assert second[0] == ("n00000999", "class 999", 1)
    assert len(decode_predictions(preds)[0]) == 5


@pytest.mark.parametrize("shape", [(2, 10), (1000,), (2, 1, 1000)])
def test_other_outputs_have_no_names_here(shape):
    with pytest.raises(ValueError, match=r"expects outputs of shape \(N, 1000\); got"):
        decode_predictions(np.zeros(shape))


def test_names_out_of_reach(names, monkeypatch):
    monkeypatch.delenv("MINIDL_DATA")
    with pytest.raises(DataNotFoundError, match=r"(?s)class_index\.json.*offline with the numbers"):
        decode_predictions(np.zeros((1, 1000)))
