"""Activations: functions of one number, applied to every element (softmax: to every row).

Without one between them, two Dense layers are a single matrix. Each class shows f in `forward`
and f' in `backward`, and caches whatever makes f' cheapest: often the output, not the input.
"""

import numpy as np

from minidl import naming
from minidl.layer import Layer


class Linear(Layer):
    """y = x: no activation."""

    def forward(self, x, training=False):
        """Return x."""
        return x, None

    def backward(self, dy, _):
        """dy/dx = 1."""
        return dy

    def split_activation(self):
        """There is nothing to take off."""
        return self, None


class ActivationLayer(Layer):
    """Base of the activations below: the whole layer is its own last activation."""

    def split_activation(self):
        """Return (identity, this activation)."""
        return Linear(), self


class ReLU(ActivationLayer):
    """y = max(x, 0). At x = 0 the derivative is taken to be 0.

    Reference: Nair and Hinton (2010), "Rectified linear units improve restricted Boltzmann
    machines".
    """

    def forward(self, x, training=False):
        """X (...) -> y (...)."""
        y = np.maximum(x, 0)
        return y, y

    def backward(self, dy, y):
        """dy/dx = 1 where y > 0, else 0."""
        return dy * (y > 0)


class Sigmoid(ActivationLayer):
    """y = 1 / (1 + exp(-x)), between 0 and 1: a probability."""

    def forward(self, x, training=False):
        """X (...) -> y (...)."""
        y = sigmoid(x)
        return y, y

    def backward(self, dy, y):
        """dy/dx = y (1 - y)."""
        return dy * y * (1 - y)


class Tanh(ActivationLayer):
    """y = tanh(x) = 2 sigmoid(2x) - 1, between -1 and 1."""

    def forward(self, x, training=False):
        """X (...) -> y (...)."""
        y = np.tanh(x)
        return y, y

    def backward(self, dy, y):
        """dy/dx = 1 - y^2."""
        return dy * (1 - y * y)


class Softmax(ActivationLayer):
    """y_j = exp(x_j) / sum_k exp(x_k) along the last axis: a distribution over C classes.

    Reference: Bishop (2006), "Pattern Recognition and Machine Learning", equations 4.104-4.106.
    """

    def forward(self, x, training=False):
        """X (..., C) -> y (..., C), each row summing to 1."""
        y = np.exp(x - x.max(axis=-1, keepdims=True))  # the shift cancels; exp cannot overflow
        y /= y.sum(axis=-1, keepdims=True)
        return y, y

    def backward(self, dy, y):
        """Dx = y * (dy - sum_k dy_k y_k): the Jacobian diag(y) - y y^T applied, never built."""
        return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


class Activation(Layer):
    """The activation of that name as a layer of its own: Activation("relu")."""

    def __init__(self, activation, **options):
        super().__init__(**options)
        self.activation = get(activation)

    def build(self, shape, rng):
        """Build the activation inside."""
        return self.activation.prepare(shape, self.ops, rng)

    def forward(self, x, training=False):
        """X (...) -> y (...)."""
        return self.activation.forward(x, training)

    def backward(self, dy, cache):
        """Dx = f'(x) dy."""
        return self.activation.backward(dy, cache)


def sigmoid(x):
    """Return 1 / (1 + exp(-x)), computed from exp(-|x|), which cannot overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


_TABLE = {
    "linear": Linear,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "softmax": Softmax,
}


def get(activation):
    """Return the activation layer that a name, a class, an object or None stands for."""
    return naming.lookup("activation", "linear" if activation is None else activation, _TABLE)
