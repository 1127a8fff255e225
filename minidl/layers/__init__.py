"""The layers. Each file is a family; each class fits one screen."""

from minidl.layer import Layer, Param, State
from minidl.layers.activations import Activation, Linear, ReLU, Sigmoid, Softmax, Tanh
from minidl.layers.dense import Dense
from minidl.layers.shape import Flatten, Input, Reshape

__all__ = [
    "Activation",
    "Dense",
    "Flatten",
    "Input",
    "Layer",
    "Linear",
    "Param",
    "ReLU",
    "Reshape",
    "Sigmoid",
    "Softmax",
    "State",
    "Tanh",
]
