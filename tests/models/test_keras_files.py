"""Weights in Keras's older layouts, written by hand, and what does not fit."""

import builtins
import json

import numpy as np
import pytest
from keras_layouts import arrays, dense, newer, older, places, refused, small

from minidl.layers import BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D, Residual
from minidl.models import Sequential, keras_files

h5py = pytest.importorskip("h5py")


@pytest.mark.parametrize("inside", [None, "model_weights"])
@pytest.mark.parametrize("long_lists", [False, True])
def test_weights_of_keras_2(tmp_path, inside, long_lists):
    model = small()
    W, b, V, c = arrays(model)
    layers = {"in": {}, "dense_7": dense("dense_7", W, b), "dense_8": dense("dense_8", V, c)}
    keras_files.load_weights(model, older(tmp_path / "x.h5", layers, inside, long_lists))
    for expected, got in zip((W, b, V, c), model.get_weights()):
        np.testing.assert_array_equal(expected, got)


def test_the_published_weights_of_vgg16_have_names_of_another_kind(tmp_path):
    row = [
        Conv2D(4, 3, padding="same", name="block1_conv1", input_shape=(8, 8, 3)),
        MaxPooling2D(2),
        Conv2D(5, 3, name="block2_conv1"),
        Flatten(),
    ]
    model = Sequential(row, seed=0)
    w, b, v, c = arrays(model)
    layers = {
        "input_1": {},
        "block1_conv1": {"block1_conv1_W_1:0": w, "block1_conv1_b_1:0": b},
        "block1_pool": {},
        "block2_conv1": {"block2_conv1_W_1:0": v, "block2_conv1_b_1:0": c},
    }
    path = older(tmp_path / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", layers)
    for by_name in (False, True):
        model.set_weights(arrays(model, seed=6))
        keras_files.load_weights(model, path, by_name=by_name)
        for expected, got in zip((w, b, v, c), model.get_weights()):
            np.testing.assert_array_equal(expected, got)


def test_a_nested_model_lists_what_is_trained_first(tmp_path):
    inner = Sequential([BatchNormalization(), Dense(2)], name="inner")
    model = Sequential([inner], seed=0)
    model.prepare((3,))
    gamma, beta, mean, variance, W, b = arrays(model)
    norm, dense = "inner/batch_normalization", "inner/dense"
    stored = {
        f"{norm}/gamma:0": gamma,
        f"{norm}/beta:0": beta,
        f"{dense}/kernel:0": W,
        f"{dense}/bias:0": b,
        f"{norm}/moving_mean:0": mean,
        f"{norm}/moving_variance:0": variance,
    }
    path = older(tmp_path / "x.h5", {"inner": stored})
    keras_files.load_weights(model, path)
    for expected, got in zip((gamma, beta, mean, variance, W, b), model.get_weights()):
        np.testing.assert_array_equal(expected, got)
    inner.layers[0].trainable = False  # then Keras would have written another order
    refused(model, path, "inner/dense/W: the file has inner/batch_normalization/gamma:0 in its")


def test_every_array_that_does_not_fit_is_named(tmp_path):
    model = small()
    W, b, V, c = arrays(model)
    newer(tmp_path / "x.weights.h5", places([W.T, b, V]) | {"layers/gru/cell/vars/0": c})
    said = (
        r"x\.weights\.h5 do not fit this model; nothing was changed\. second/b: missing; "
        r"layers/gru/cell/vars/0: the model has no such array; "
        r"first/W: expected shape \(3, 4\), got \(4, 3\)"
    )
    refused(model, tmp_path / "x.weights.h5", said)
    older(tmp_path / "x.h5", {"a": dense("a", W, b), "b": {**dense("b", V, c), "more": b}})
    refused(model, tmp_path / "x.h5", "more: the model has no such array")
    older(tmp_path / "x.h5", {"a": dense("a", W, b)})
    refused(model, tmp_path / "x.h5", r"weights of 1 layers \(a\), the model has 2 .*first, second")
    older(tmp_path / "x.h5", {"a": dense("a", W, b)})
    refused(model, tmp_path / "x.h5", "no layer that is called .* first, second", by_name=True)


def test_a_layer_that_keras_does_not_have(tmp_path):
    model = Sequential([Residual([Dense(3)])], seed=0)
    model.prepare((3,))
    refused(model, newer(tmp_path / "x.h5", places(arrays(small()))), "'residual'.*Residual.*Keras")


def test_without_h5py(tmp_path, monkeypatch):
    path = newer(tmp_path / "x.h5", places(arrays(small())))
    real = builtins.__import__

    def without(name, *rest):
        if name == "h5py":
            raise ImportError("No module named 'h5py'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"x\.h5 .* needs .* h5py.*pip install h5py$"):
        keras_files.load_weights(small(), path)


def test_a_whole_model_needs_an_architecture(tmp_path):
    path = older(tmp_path / "x.h5", {})
    with pytest.raises(ValueError, match=r"x\.h5: it holds weights and no architecture"):
        keras_files.load_model(path)
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential"})
    with pytest.raises(ValueError, match="not how Keras describes a model"):
        keras_files.load_model(path)


def test_the_optimizer_and_the_generators_of_dropout_are_passed_over(tmp_path):
    model = small()
    weights = arrays(model)
    beside = {
        "optimizer/vars/0": np.array(7),
        "layers/dropout/seed_generator/vars/0": np.array([1, 2], "uint32"),
    }
    keras_files.load_weights(model, newer(tmp_path / "x.weights.h5", places(weights) | beside))
    np.testing.assert_array_equal(model.layers[0].W.numpy(), weights[0])
