"""Initializers that do not look at the shape: constants, and random numbers of a fixed size."""

import numpy as np

from minidl import checks, config
from minidl.initializers.base import Initializer, RandomInitializer


class Constant(Initializer):
    """The same number everywhere.

    Args:
        value: that number.
    """

    def __init__(self, value=0.0):
        self.value = checks.finite_number("value", value)

    def __call__(self, shape, rng=None):
        """Return an array full of `value`."""
        return np.full(shape, self.value, config.floatx())


class Zeros(Constant):
    """All zeros: the usual start of a bias."""

    def __init__(self):
        super().__init__(0.0)


class Ones(Constant):
    """All ones: the usual start of a scale."""

    def __init__(self):
        super().__init__(1.0)


class RandomNormal(RandomInitializer):
    """Normal, with a mean and a standard deviation that do not depend on the shape.

    Args:
        mean, stddev: of the distribution; stddev at least 0.
        seed: of `RandomInitializer`.
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean = checks.finite_number("mean", mean)
        self.stddev = checks.finite_number("stddev", stddev, at_least=0)

    def draw(self, shape, rng):
        """Return draws from N(mean, stddev^2)."""
        return rng.normal(self.mean, self.stddev, shape)


class RandomUniform(RandomInitializer):
    """Uniform, between limits that do not depend on the shape.

    Args:
        minval, maxval: the limits; the variance is (maxval - minval)^2 / 12.
        seed: of `RandomInitializer`.
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval = checks.finite_number("minval", minval)
        self.maxval = checks.finite_number("maxval", maxval)
        if self.minval > self.maxval:
            raise ValueError(f"minval must not exceed maxval; got {minval} and {maxval}")

    def draw(self, shape, rng):
        """Return draws from U(minval, maxval)."""
        return rng.uniform(self.minval, self.maxval, shape)
