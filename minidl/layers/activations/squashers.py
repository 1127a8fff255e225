"""Squashers: functions that press all numbers into an interval, (0, 1) or (-1, 1).

Their derivatives are largest at 0 (a quarter for the sigmoid, 1 for tanh) and vanish far from it,
on both sides: a saturated unit learns slowly.
"""

import numpy as np

from minidl import call_checks
from minidl.layers.activations.base import ActivationLayer


class Sigmoid(ActivationLayer):
    """y = 1 / (1 + exp(-x)), between 0 and 1: a probability.

    Reference: Bishop (2006), "Pattern Recognition and Machine Learning", equations 4.59 and 4.88.
    """

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        y = sigmoid(x)
        return y, y

    def backward(self, dy, y):
        """dy/dx = y (1 - y)."""
        return dy * y * (1 - y)


class HardSigmoid(ActivationLayer):
    """y = min(max(x + 3, 0), 6) / 6: three straight pieces, no exponential.

    The middle piece is x / 6 + 1/2, as in Keras 3 and PyTorch; Keras 2 had x / 5 + 1/2.

    Reference: Howard et al. (2019), "Searching for MobileNetV3", section 5.2.
    """

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        y = np.clip(x + 3, 0, 6) / 6
        return y, y

    def backward(self, dy, y):
        """dy/dx = 1/6 where 0 < y < 1, else 0."""
        return dy * ((y > 0) & (y < 1)) / 6


class Tanh(ActivationLayer):
    """y = tanh(x) = 2 sigmoid(2x) - 1, between -1 and 1.

    Reference: LeCun, Bottou, Orr and Müller (1998), "Efficient BackProp", section 4.4: why
    outputs around 0 serve the next layer better than outputs around 1/2.
    """

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        y = np.tanh(x)
        return y, y

    def backward(self, dy, y):
        """dy/dx = 1 - y^2."""
        return dy * (1 - y * y)


class Softmax(ActivationLayer):
    """y_j = exp(x_j) / sum_k exp(x_k) along the last axis: a distribution over C classes.

    Of one number it is always 1, which is what a UserWarning says where the layer is built.

    Reference: Bishop (2006), "Pattern Recognition and Machine Learning", equations 4.104-4.106.
    """

    def build(self, shape, rng):
        """Warn of a softmax of one number."""
        call_checks.one_class(self, shape[-1] if shape else None)
        return shape

    def forward(self, x, training=False):
        """x (..., C) -> y (..., C), each row summing to 1."""
        y = np.exp(x - x.max(axis=-1, keepdims=True))  # the shift cancels; exp cannot overflow
        y /= y.sum(axis=-1, keepdims=True)
        return y, y

    def backward(self, dy, y):
        """dx = y * (dy - sum_k dy_k y_k): the Jacobian diag(y) - y y^T applied, never built."""
        return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


def sigmoid(x):
    """Return 1 / (1 + exp(-x)), computed from exp(-|x|), which cannot overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
