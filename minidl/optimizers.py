"""Optimizers: from gradients to the next parameters.

An optimizer is one `update` for one parameter. The base class calls it for each, and keeps for
each what the method must remember (its slots: a velocity, say), under the parameter's path.
"""

import math

import numpy as np

from minidl import naming
from minidl.serialization import Configurable


class Optimizer(Configurable):
    """Base of all optimizers: a subclass names its `slots` and writes `update`.

    Args:
        learning_rate: how far one step goes; may be changed between steps.
    """

    slots = ()

    def __init__(self, learning_rate):
        self.learning_rate = _positive("learning_rate", learning_rate)
        self.iterations = 0
        self.state = {}

    def step(self, params, ops):
        """Update every parameter in place from its gradient.

        Args:
            params: dict from path to Param, as `Layer.trainable_params` returns it.
            ops: the kernels, from `minidl.kernels.load`.
        """
        self.iterations += 1
        for path, param in params.items():
            if path not in self.state:
                self.state[path] = {slot: np.zeros_like(param.value) for slot in self.slots}
            self.update(param.value, param.grad, **self.state[path], ops=ops)

    def update(self, w, g, *, ops):
        """Change w in place, given its gradient g and a keyword for each slot."""
        raise NotImplementedError(type(self).__name__)


class SGD(Optimizer):
    """Stochastic gradient descent: w <- w - learning_rate * g, with optional momentum.

    The equations stand in `minidl/kernels/sgd/__init__.py`.

    Args:
        learning_rate: step size.
        momentum: in [0, 1): how much of the last step is kept.
        nesterov: look ahead along the velocity before stepping.
    """

    slots = ("velocity",)

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False):
        super().__init__(learning_rate)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be at least 0 and below 1; got {momentum}")
        if nesterov and momentum == 0:
            raise ValueError("nesterov looks ahead along the velocity: give a momentum above 0")
        self.momentum = momentum
        self.nesterov = nesterov

    def update(self, w, g, *, velocity, ops):
        """Change w and velocity in place."""
        ops.sgd.update(w, g, velocity, self.learning_rate, self.momentum, self.nesterov)


def _positive(name, value):
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a finite number above 0; got {value}")
    return value


_TABLE = {"sgd": SGD}


def get(optimizer):
    """Return the optimizer that a name, a class or an object stands for."""
    return naming.lookup("optimizer", optimizer, _TABLE)
