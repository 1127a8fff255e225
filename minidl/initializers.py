"""How parameters start.

All zeros would leave every unit of a layer computing the same thing for ever. Random values of
the wrong size make signals grow or die from layer to layer; chapter 03 derives the right size.

An initializer is called with (shape, rng) and returns an array of `config.floatx()`. For a
kernel of shape (..., D, M), fan_in is D and fan_out is M, each times the size of the leading
axes (the window of a convolution).
"""

import math

import numpy as np

from minidl import config, naming
from minidl.serialization import Configurable


class Initializer(Configurable):
    """Base of all initializers: a subclass writes `__call__(shape, rng)`."""

    def __call__(self, shape, rng):
        """Return an array of `shape` and of dtype `config.floatx()`."""
        raise NotImplementedError(type(self).__name__)


class Zeros(Initializer):
    """All zeros: the usual start of a bias."""

    def __call__(self, shape, rng=None):
        """Return zeros of `shape`."""
        return np.zeros(shape, config.floatx())


class Ones(Initializer):
    """All ones: the usual start of a scale."""

    def __call__(self, shape, rng=None):
        """Return ones of `shape`."""
        return np.ones(shape, config.floatx())


class GlorotUniform(Initializer):
    """Uniform with variance 2 / (fan_in + fan_out): for tanh, sigmoid and softmax.

    Reference: Glorot and Bengio (2010), "Understanding the difficulty of training deep
    feedforward neural networks", equation 16.
    """

    def __call__(self, shape, rng):
        """Return draws from U(-a, a) with a = sqrt(6 / (fan_in + fan_out))."""
        a = math.sqrt(6 / sum(fans(shape)))
        return rng.uniform(-a, a, shape).astype(config.floatx())


class HeNormal(Initializer):
    """Normal with variance 2 / fan_in: for ReLU, which halves the variance.

    Reference: He et al. (2015), "Delving deep into rectifiers", equation 10.
    """

    def __call__(self, shape, rng):
        """Return draws from N(0, 2 / fan_in)."""
        fan_in, _ = fans(shape)
        return rng.normal(0, math.sqrt(2 / fan_in), shape).astype(config.floatx())


def fans(shape):
    """Return (fan_in, fan_out) of a kernel: how many inputs feed a unit, and how many it feeds."""
    if len(shape) < 2:
        return (math.prod(shape), math.prod(shape))
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


_TABLE = {
    "zeros": Zeros,
    "ones": Ones,
    "glorot_uniform": GlorotUniform,
    "he_normal": HeNormal,
}


def get(initializer):
    """Return the initializer that a name, a class or an object stands for."""
    return naming.lookup("initializer", initializer, _TABLE)
