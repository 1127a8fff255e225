"""Architectures as JSON: our own, and texts in Keras's words, written by hand."""

import copy
import json

import numpy as np
import pytest

from minidl.layers import BatchNormalization, Conv2D, Dense, Flatten, Input
from minidl.models import Sequential
from minidl.models.keras_files import model_from_json, to_json
from minidl.models.keras_files.architecture import from_keras

# As tf.keras 2.9 wrote it.
OLD = {
    "class_name": "Sequential",
    "config": {
        "name": "sequential",
        "layers": [
            {
                "class_name": "InputLayer",
                "config": {
                    "batch_input_shape": [None, 5, 3],
                    "dtype": "float32",
                    "sparse": False,
                    "ragged": False,
                    "name": "lstm_input",
                },
            },
            {
                "class_name": "LSTM",
                "config": {
                    "name": "lstm",
                    "trainable": False,
                    "batch_input_shape": [None, 5, 3],
                    "dtype": "float32",
                    "return_sequences": False,
                    "time_major": False,
                    "unroll": False,
                    "units": 4,
                    "activation": "tanh",
                    "recurrent_activation": "sigmoid",
                    "kernel_initializer": {
                        "class_name": "GlorotUniform",
                        "config": {"seed": None},
                        "shared_object_id": 1,
                    },
                    "kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.5}},
                    "implementation": 2,
                },
            },
            {"class_name": "BatchNormalization", "config": {"axis": [1], "name": "bn"}},
            {
                "class_name": "LeakyReLU",
                "config": {"name": "leaky", "dtype": "float32", "alpha": 0.25},
            },
            {"class_name": "Reshape", "config": {"name": "square", "target_shape": [2, 2, 1]}},
            {
                "class_name": "DepthwiseConv2D",
                "config": {"name": "depthwise", "kernel_size": [1, 1], "groups": 1},
            },
            {"class_name": "Flatten", "config": {"name": "flat", "data_format": "channels_last"}},
            {
                "class_name": "Dense",
                "config": {"name": "out", "units": 2, "activity_regularizer": None},
            },
        ],
    },
    "keras_version": "2.9.0",
    "backend": "tensorflow",
}


def changed(index, key, value, class_name=None):
    """The text with one argument of a layer set."""
    data = copy.deepcopy(OLD)
    layer = data["config"]["layers"][index]
    if class_name == "ReLU":
        layer["config"] = {}
    layer["config"][key] = value
    layer["class_name"] = class_name or layer["class_name"]
    return json.dumps(data)


def test_there_and_back():
    row = [
        Input((8, 8, 3)),
        Conv2D(4, 3, activation="relu", kernel_regularizer="l2", trainable=False),
        Sequential([BatchNormalization(), Flatten()], name="inside"),
        Dense(2, "softmax"),
    ]
    model = Sequential(row, name="mine", seed=0)
    text = to_json(model, indent=2)
    again = model_from_json(text)
    assert again.built and json.loads(to_json(again)) == json.loads(text)
    assert again.layers[0].kernel_regularizer.l2 == 0.01 and not again.layers[0].trainable
    again.set_weights(model.get_weights())
    x = np.random.default_rng(0).random((3, 8, 8, 3), np.float32)
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


def test_a_text_of_keras_2():
    model = model_from_json(json.dumps(OLD))
    assert model.input_shape == (5, 3) and model.output_shape == (2,)
    lstm, norm, leaky, *_, out = model.layers
    assert (lstm.name, norm.name, leaky.name, out.name) == ("lstm", "bn", "leaky", "out")
    assert not lstm.trainable and lstm.kernel_regularizer.l2 == 0.5
    assert leaky.negative_slope == 0.25


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (changed(7, "new_argument", 1), "Dense has no argument 'new_argument'"),
        (changed(7, "dtype", "float16"), "computes in float16, and this process in float32"),
        (changed(7, "activation", "hard_sigmoid"), "hard_sigmoid is that of Keras 2"),
        (changed(7, "kernel_initializer", {"class_name": "Identity", "config": {}}), "'Identity'"),
        (changed(7, "kernel_initializer", {"function": "f"}), "no plain data"),
        (changed(7, "function", "code", "Lambda"), "a Lambda layer, which is code"),
        (changed(7, "units", 2, "Dense>mine"), "class 'Dense>mine', which does not exist here"),
        (changed(7, "units", 2, "Param"), "class 'Param', which does not exist here"),
        (changed(7, "layers", [], "Sequential"), "'out' has no layers"),
        (changed(6, "data_format", "channels_first"), "Flatten has no argument 'data_format'"),
        (changed(2, "max_value", 6.0, "ReLU"), "ReLU has no argument 'max_value'"),
        (json.dumps(OLD | {"class_name": "Functional"}), "a Functional model, a graph of layers"),
        (json.dumps(OLD | {"class_name": "Mine"}), "of class 'Mine', not a Sequential"),
        (json.dumps(OLD | {"config": []}), "not how Keras describes a model"),
        (json.dumps({"class_name": "Sequential"}), "not how Keras describes a model"),
        ("[" * 10**5, "expected JSON"),
        ("[1, 2]", "got list"),
        ("no JSON", "expected JSON"),
        ("{}", "neither 'class' nor 'class_name'"),
        ('{"class": "Nothing"}', "no class 'Nothing' is known here"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(text, said):
    with pytest.raises(ValueError, match=said):
        model_from_json(text)


def test_a_custom_layer_called_like_ours_is_not_ours():
    data = copy.deepcopy(OLD)
    data["config"]["layers"][7]["registered_name"] = "mine>Dense"
    with pytest.raises(ValueError, match="class 'Dense', which does not exist here"):
        model_from_json(json.dumps(data))


def test_an_unknown_initializer_does_no_harm_where_weights_follow():
    unknown = {"class_name": "TruncatedNormal", "config": {"stddev": 0.1}}
    data = json.loads(changed(7, "kernel_initializer", unknown))
    with pytest.raises(ValueError, match="'TruncatedNormal'"):
        from_keras(data)
    model = from_keras(data, weights_follow=True)
    assert type(model.layers[-1].kernel_initializer).__name__ == "GlorotUniform"
    known = {"class_name": "HeNormal", "config": {"seed": None}}
    model = from_keras(json.loads(changed(7, "kernel_initializer", known)), weights_follow=True)
    assert type(model.layers[-1].kernel_initializer).__name__ == "HeNormal"
