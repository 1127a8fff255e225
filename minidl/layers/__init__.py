"""The layers. Each file is a family; each class fits one screen."""

from minidl.layer import Layer, Param, State
from minidl.layers.activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    HardSigmoid,
    LeakyReLU,
    Linear,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from minidl.layers.augmentation import RandomFlip, RandomRotation, RandomTranslation
from minidl.layers.dense import Dense
from minidl.layers.dropout import Dropout, GaussianNoise, SpatialDropout1D, SpatialDropout2D
from minidl.layers.normalization import BatchNormalization, LayerNormalization
from minidl.layers.regularization import ActivityRegularization
from minidl.layers.shape import Flatten, Input, Reshape

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "ActivityRegularization",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianNoise",
    "HardSigmoid",
    "Input",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Linear",
    "Param",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "ReLU",
    "Reshape",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "State",
    "Tanh",
]
