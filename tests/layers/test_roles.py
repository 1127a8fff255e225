"""What a layer's arguments say about its parameters, and their names in Keras."""

import copy
import inspect

import numpy as np
import pytest

from minidl import layers
from minidl.constraints import NonNeg
from minidl.initializers import Constant
from minidl.regularizers import L2

X = {"image": (4, 4, 3), "sequence": (4, 3), "vector": (3,)}
MADE = [
    (layers.Dense, (2,), "vector", {"kernel": "W", "bias": "b"}),
    (layers.Conv2D, (2, 3), "image", {"kernel": "w", "bias": "b"}),
    (layers.Conv1D, (2, 3), "sequence", {"kernel": "w", "bias": "b"}),
    (layers.Conv2DTranspose, (2, 3), "image", {"kernel": "w", "bias": "b"}),
    (layers.SimpleRNN, (2,), "sequence", {"kernel": "W", "recurrent": "U", "bias": "b"}),
    (layers.GRU, (2,), "sequence", {"kernel": "W", "recurrent": "U", "bias": "b"}),
    (layers.Embedding, (5, 2), "vector", {"embeddings": "W"}),
    (layers.ReversibleEmbedding, (5, 2), "vector", {"embeddings": "W"}),
    (layers.LayerNormalization, (), "image", {"gamma": "gamma", "beta": "beta"}),
    (layers.RMSNormalization, (), "sequence", {"scale": "scale"}),
]


@pytest.mark.parametrize(("kind", "arguments", "x", "roles"), MADE)
def test_three_arguments_for_every_role(kind, arguments, x, roles):
    options = {}
    for i, role in enumerate(roles):
        options |= {
            f"{role}_initializer": Constant(i + 1.0),
            f"{role}_regularizer": L2(i + 1.0),
            f"{role}_constraint": NonNeg(),
        }
    layer = kind(*arguments, **options)
    layer.prepare(X[x])
    for i, (role, symbol) in enumerate(roles.items()):
        param = getattr(layer, symbol)
        assert (param.value == i + 1).all() and param.regularizer.l2 == i + 1
        assert param.constraint is options[f"{role}_constraint"]
        name = "recurrent_kernel" if role == "recurrent" else role
        assert getattr(layer, name) is param, name


def test_an_lstm_begins_by_keeping():
    layer = layers.LSTM(2, bias_initializer=Constant(3.0))
    layer.prepare((None, 3))
    assert layer.bias.numpy().tolist() == [3, 3, 1, 1, 3, 3, 3, 3]


def test_a_tensor_is_looked_at_and_set_by_its_name_in_keras():
    layer = layers.Dense(2)
    layer.prepare((3,))
    assert layer.kernel.shape == (3, 2) and layer.kernel.dtype == np.float32
    layer.kernel.assign(np.ones((3, 2)))
    assert layer(np.ones((1, 3))).tolist() == [[3, 3]]
    assert copy.deepcopy(layer).kernel.numpy().tolist() == layer.kernel.numpy().tolist()
    norm = layers.BatchNormalization()
    norm.prepare((3,))
    assert norm.moving_mean.shape == norm.moving_variance.shape == (3,)


def test_what_is_left_out_is_none_and_what_is_not_built_is_not_there():
    layer = layers.Dense(2, use_bias=False)
    with pytest.raises(AttributeError, match="'dense' has no kernel before it is built"):
        _ = layer.kernel
    layer.prepare((3,))
    assert layer.bias is None
    with pytest.raises(AttributeError, match="'Dense' object has no attribute 'recurrent_kernel'"):
        _ = layer.recurrent_kernel


NEEDED = {
    "activation": "relu",
    "block": layers.Dense(2),
    "dims": (2, 1),
    "factor": 0.5,
    "height_factor": 0.5,
    "layer": layers.LSTM(2),
    "rate": 0.5,
    "shape": (2,),
    "target_shape": (2,),
}
LAYERS = [
    kind
    for kind in vars(layers).values()
    if inspect.isclass(kind) and issubclass(kind, layers.Layer) and kind is not layers.Layer
]


@pytest.mark.parametrize("kind", LAYERS)
def test_help_shows_every_argument_by_its_name_and_the_layer_takes_it(kind):
    parameters = inspect.signature(kind).parameters
    assert {"name", "trainable"} <= set(parameters) and "options" not in parameters
    needed = {name for name, one in parameters.items() if one.default is one.empty}
    given = {name: NEEDED.get(name, 2) for name in needed}
    if kind is layers.SpectralNormalization:
        given["layer"] = layers.Dense(2)
    kind(**given)
    for name in set(parameters) - needed:
        if parameters[name].default is not None or not name.endswith("_initializer"):
            kind(**given, **{name: parameters[name].default})


def test_help_shows_what_roles_are_called_and_how_they_start():
    of_dense, of_depthwise = (
        inspect.signature(kind).parameters for kind in (layers.Dense, layers.DepthwiseConv2D)
    )
    assert of_dense["kernel_initializer"].default == "glorot_uniform"
    assert of_dense["bias_constraint"].default is None
    assert {"depthwise_regularizer", "depthwise_initializer"} <= set(of_depthwise)
    assert not {"groups", "kernel_initializer"} & set(of_depthwise)
    assert next(iter(inspect.signature(layers.Dense(2)).parameters)) == "x"
