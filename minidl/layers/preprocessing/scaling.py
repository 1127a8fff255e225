"""Data in the units that a network likes: numbers near 0, with a spread near 1.

Both layers are y = a x + b with an a and a b that are not trained: a constant, or the statistics of
the data. As a part of the model they are saved with it, and nobody forgets them in `predict`.
"""

import numpy as np

from minidl.base import checks
from minidl.layers.layer import Layer, State

EPSILON = 1e-7  # what Keras divides by where the variance is 0


class Rescaling(Layer):
    """y = scale x + offset: Rescaling(1 / 255) brings bytes between 0 and 1.

    Args:
        scale, offset: finite numbers.
        options: `name`, `input_shape` (see `Layer`).
    """

    def __init__(self, scale, offset=0.0, **options):
        super().__init__(**options)
        self.scale = checks.finite_number("scale", scale)
        self.offset = checks.finite_number("offset", offset)

    def forward(self, x, training=False):
        """x (N, ...) -> y (N, ...)."""
        return self.scale * x + self.offset, None

    def backward(self, dy, _):
        """dx = scale dy."""
        return self.scale * dy


class Normalization(Layer):
    """y = (x - mean) / sqrt(variance), with mean and variance of the data that `adapt` saw.

        x (..., D)    mean (D,)    variance (D,)

    Until `adapt` is called, the mean is 0 and the variance 1.

    Args:
        axis: -1: a mean and a variance for each of the D features; None: one for all numbers.
        mean, variance: both, where they are known: a number or an array (D,).
        options: `name`, `input_shape` (see `Layer`).
    """

    def __init__(self, axis=-1, mean=None, variance=None, **options):
        super().__init__(**options)
        if axis not in (-1, None):
            raise ValueError(f"axis must be -1, the last, or None; got {axis!r}. Move the features")
        if (mean is None) != (variance is None):
            raise ValueError("give both mean and variance, or neither and call adapt(data)")
        if mean is not None:
            checks.numeric("mean", np.atleast_1d(mean))
            checks.numeric("variance", np.atleast_1d(variance))
        if variance is not None and np.min(variance) < 0:
            raise ValueError(f"variance must not be negative; got {variance!r}")
        self.axis = axis
        self.given = (0.0, 1.0) if mean is None else (mean, variance)

    def build(self, shape, rng):
        """Create mean and variance, each (D,), or () with axis=None."""
        D = () if self.axis is None else shape[-1:]
        if self.axis is not None and D in ((), (None,)):
            raise ValueError(
                f"layer {self.name!r} needs features on the last axis, samples of shape (..., D); "
                f"got {shape}. Use axis=None, or x[..., None]"
            )
        self.mean, self.variance = (State(self.started(_filled(g), D, rng)) for g in self.given)
        return shape

    def adapt(self, data):
        """Take mean and variance of data (N, ..., D), an array of numbers."""
        data = checks.numeric("data", data)
        self.prepare(data.shape[1:])
        axes = None if self.axis is None else tuple(range(data.ndim - 1))
        self.mean.assign(data.mean(axis=axes, dtype=np.float64))
        self.variance.assign(data.var(axis=axes, dtype=np.float64))

    def forward(self, x, training=False):
        """x (..., D) -> y (..., D)."""
        s = 1 / np.maximum(np.sqrt(self.variance.value), EPSILON)  # (D,)
        return (x - self.mean.value) * s, s

    def backward(self, dy, s):
        """dx = dy / sqrt(variance)."""
        return dy * s


def _filled(numbers):
    """Return an initializer of arrays that hold these numbers."""
    return lambda shape, _: np.array(np.broadcast_to(numbers, shape), np.float64)
