"""One parameter, stepped by an optimizer."""

import numpy as np

from minidl import kernels, optimizers
from minidl.base.configurable import from_data, to_data
from minidl.layers import Param

OPS = kernels.load("numpy")
EVERY = [
    optimizers.SGD(0.1, 0.9),
    optimizers.Adagrad(0.1),
    optimizers.RMSprop(0.1, momentum=0.9, centered=True),
    optimizers.Adam(0.1, amsgrad=True),
    optimizers.AdamW(0.1),
]


def new(optimizer, **options):
    """A fresh one with the same arguments, on the way through plain data, and more of them."""
    return from_data(to_data(optimizer) | options)


def path_of(optimizer, gradients, ops=OPS, start=1.0, param=None):
    """The parameter, one number, after each of the steps."""
    param, path = param or Param(np.array([start])), []
    for g in gradients:
        param.grad = np.array([float(g)])
        optimizer.step({"w": param}, ops)
        path.append(float(param.value[0]))
    return path
