"""The table of everything that has a gradient. A new layer, activation or loss adds its rows here.

Each row is made anew for each test, and is small: every index of every array is checked.
Other rows stand in gradient_rows_vision, _sequences, _attention, _graphs and _losses.
Sizes differ on purpose (batch, inputs, outputs), so that a swapped axis cannot go unseen.
"""

import gradient_rows_attention
import gradient_rows_graphs
import gradient_rows_losses
import gradient_rows_sequences
import gradient_rows_vision
from gradient_cases import LayerCase

from minidl import initializers, layers, regularizers
from minidl.layers import activations
from minidl.models import Sequential

LOSSES = gradient_rows_losses.LOSSES
LAYERS = gradient_rows_vision.LAYERS | gradient_rows_sequences.LAYERS | gradient_rows_graphs.LAYERS
LAYERS |= gradient_rows_attention.LAYERS | {
    "dense": LayerCase(lambda: layers.Dense(4), (5, 3)),
    "dense, one sample": LayerCase(lambda: layers.Dense(2), (1, 3)),
    "dense on a sequence": LayerCase(lambda: layers.Dense(4), (2, 3, 5)),
    "dense on images": LayerCase(lambda: layers.Dense(2, "tanh"), (2, 3, 1, 4)),
    "dense without bias": LayerCase(lambda: layers.Dense(3, use_bias=False), (4, 2)),
    "flatten": LayerCase(lambda: layers.Flatten(), (2, 3, 4)),
    "reshape": LayerCase(lambda: layers.Reshape((2, -1)), (3, 4, 2)),
    "identity": LayerCase(lambda: layers.Identity(), (2, 3)),
    "rescaling": LayerCase(lambda: layers.Rescaling(3, -1), (2, 3)),
    "normalization": LayerCase(
        lambda: layers.Normalization(mean=[1, 2, 3], variance=[0.5, 4, 9]), (2, 4, 3)
    ),
    "input": LayerCase(lambda: layers.InputLayer((3,)), (2, 3)),
    "linear": LayerCase(lambda: layers.Linear(), (2, 3)),
    "relu": LayerCase(lambda: layers.ReLU(), (4, 3, 2)),
    "sigmoid": LayerCase(lambda: layers.Sigmoid(), (4, 3)),
    "tanh": LayerCase(lambda: layers.Tanh(), (4, 3)),
    "softmax": LayerCase(lambda: layers.Softmax(), (3, 4)),
    "softmax on a sequence": LayerCase(lambda: layers.Softmax(), (2, 3, 4)),
    "leaky relu": LayerCase(lambda: layers.LeakyReLU(), (4, 3)),
    "leaky relu, own slope": LayerCase(lambda: layers.LeakyReLU(-0.5), (4, 3)),
    "elu": LayerCase(lambda: layers.ELU(), (4, 3)),
    "elu, own alpha": LayerCase(lambda: layers.ELU(0.7), (4, 3, 2)),
    "selu": LayerCase(lambda: layers.SELU(), (4, 3)),
    "gelu": LayerCase(lambda: layers.GELU(), (4, 3)),
    "gelu, tanh form": LayerCase(lambda: layers.GELU(approximate=True), (4, 3)),
    "silu": LayerCase(lambda: layers.SiLU(), (4, 3)),
    "softplus": LayerCase(lambda: layers.Softplus(), (4, 3)),
    "hard sigmoid": LayerCase(lambda: layers.HardSigmoid(), (40, 30)),  # some beyond its kinks
    "activation by name": LayerCase(lambda: layers.Activation("tanh"), (3, 2)),
    "sequential": LayerCase(
        lambda: Sequential([layers.Dense(4, "tanh"), layers.Flatten(), layers.Dense(3)]), (2, 3, 2)
    ),
    "sequential in sequential": LayerCase(
        lambda: Sequential([Sequential([layers.Dense(3, "sigmoid")]), layers.Dense(2)]), (4, 3)
    ),
    "one layer twice": LayerCase(lambda: _twice(layers.Dense(3, "tanh")), (4, 3)),
}
LAYERS |= {
    f"dense with {name}": LayerCase(lambda name=name: layers.Dense(4, name), (5, 3))
    for name in activations._TABLE
}

_SPREAD = initializers.RandomUniform(0.5, 2)
_L1L2 = regularizers.L1L2(0.3, 0.2)


def _batch_norm(**options):
    statistics = {"moving_mean_initializer": _SPREAD, "moving_variance_initializer": _SPREAD}
    return _norm(layers.BatchNormalization, **statistics, **options)


def _norm(kind, **options):
    return kind(gamma_initializer=_SPREAD, beta_initializer=_SPREAD, **options)


def _layer_norm(**options):
    return _norm(layers.LayerNormalization, **options)


def _rms_norm(**options):
    return layers.RMSNormalization(scale_initializer=_SPREAD, **options)


LAYERS |= {
    "batch norm": LayerCase(_batch_norm, (5, 3), True),
    "batch norm on a sequence": LayerCase(_batch_norm, (2, 3, 4), True),
    "batch norm on images": LayerCase(_batch_norm, (2, 3, 1, 4), True),
    "batch norm without beta": LayerCase(lambda: _batch_norm(center=False), (5, 3), True),
    "batch norm without gamma": LayerCase(lambda: _batch_norm(scale=False), (5, 3), True),
    "batch norm, large epsilon": LayerCase(lambda: _batch_norm(epsilon=0.5), (5, 3), True),
    "batch norm, one row": LayerCase(_batch_norm, (1, 3), True),
    "batch norm in inference": LayerCase(_batch_norm, (5, 3)),
    "batch norm in inference on images": LayerCase(_batch_norm, (2, 3, 1, 4)),
    "batch norm, frozen": LayerCase(lambda: _batch_norm(trainable=False), (5, 3), True),
    "batch norm, frozen, bare": LayerCase(
        lambda: _batch_norm(trainable=False, center=False, scale=False), (2, 3, 4), True
    ),
    "layer norm": LayerCase(_layer_norm, (5, 3), True),
    "layer norm on a sequence": LayerCase(_layer_norm, (2, 3, 4)),
    "layer norm on images": LayerCase(_layer_norm, (2, 3, 1, 4)),
    "layer norm without beta": LayerCase(lambda: _layer_norm(center=False), (5, 3)),
    "layer norm without gamma": LayerCase(lambda: _layer_norm(scale=False), (5, 3)),
    "layer norm, large epsilon": LayerCase(lambda: _layer_norm(epsilon=0.5), (5, 3)),
    "rms norm": LayerCase(_rms_norm, (5, 3), True),
    "rms norm on a sequence": LayerCase(_rms_norm, (2, 3, 4)),
    "rms norm on images": LayerCase(_rms_norm, (2, 3, 1, 4)),
    "rms norm, large epsilon": LayerCase(lambda: _rms_norm(epsilon=0.5), (5, 3)),
    "dropout": LayerCase(lambda: layers.Dropout(0.3), (6, 5), True),
    "dropout in inference": LayerCase(lambda: layers.Dropout(0.3), (4, 3)),
    "dropout twice": LayerCase(lambda: _twice(layers.Dropout(0.5)), (5, 4), True),
    "spatial dropout 1d": LayerCase(lambda: layers.SpatialDropout1D(0.4), (3, 2, 6), True),
    "spatial dropout 2d": LayerCase(lambda: layers.SpatialDropout2D(0.4), (3, 2, 1, 6), True),
    "noise": LayerCase(lambda: layers.GaussianNoise(0.5), (4, 3), True),
    "noise in inference": LayerCase(lambda: layers.GaussianNoise(0.5), (4, 3)),
    "flip": LayerCase(lambda: layers.RandomFlip(), (3, 2, 4, 3), True),
    "shift": LayerCase(lambda: layers.RandomTranslation(0.5, 0.3, "constant", 2), (3, 4, 5), True),
    "shift, nearest": LayerCase(
        lambda: layers.RandomTranslation(0.5, 0.3, "nearest"), (2, 4, 3, 2), True
    ),
    "shift, wrap": LayerCase(lambda: layers.RandomTranslation(0.9, 0.9, "wrap"), (3, 3, 4), True),
    "shift, reflect": LayerCase(
        lambda: layers.RandomTranslation(0.9, 0.9, "reflect"), (3, 3, 4), True
    ),
    "rotation": LayerCase(lambda: layers.RandomRotation(0.3), (3, 5, 4, 2), True),
    "rotation, constant": LayerCase(
        lambda: layers.RandomRotation(0.3, "constant"), (3, 5, 4, 2), True
    ),
    "rotation in inference": LayerCase(lambda: layers.RandomRotation(0.3), (2, 3, 3)),
    "zoom": LayerCase(lambda: layers.RandomZoom(0.5, 0.3), (3, 5, 4, 2), True),
    "zoom, constant": LayerCase(lambda: layers.RandomZoom(0.5, None, "constant"), (3, 4, 5), True),
    "dense with a penalty on its outputs": LayerCase(
        lambda: layers.Dense(3, "tanh", activity_regularizer=_L1L2), (4, 2)
    ),
    "dense on a sequence with a penalty": LayerCase(
        lambda: layers.Dense(3, activity_regularizer=_L1L2), (2, 4, 3)
    ),
    "sequential with two penalties": LayerCase(
        lambda: Sequential(
            [
                layers.Dense(3, "sigmoid", activity_regularizer="l2"),
                layers.Dense(2, activity_regularizer=_L1L2),
            ]
        ),
        (4, 3),
    ),
}


def _twice(layer):
    return Sequential([layer, layer])
