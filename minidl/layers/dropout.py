"""Noise in training: a layer that is disturbed every time cannot rely on any single number.

All of these are the identity in inference. In training they draw from the layer's generator:
from `seed` if it has one, else from the generator that the model gives it.
"""

import numpy as np

from minidl.base import checks, config
from minidl.base.arrays import array_module
from minidl.layers.layer import Layer


class RandomLayer(Layer):
    """Base of layers that draw random numbers in training.

    Args:
        seed: makes this layer's draws repeatable by themselves; without it they follow the model.
    """

    def __init__(self, seed=None, **options):
        super().__init__(**options)
        if seed is not None:
            self.rng = config.new_rng(seed)


def draw_mask(layer, x, shape, rate):
    """Return what dropout multiplies by: an array of `shape`, like x in dtype and memory."""
    return layer.ops.dropout.mask(x, shape, rate, draw_key(layer))


def draw_key(layer):
    """Return which of 2^64 masks comes next: one draw, whatever the shape."""
    return int(layer.rng.integers(2**64, dtype=np.uint64))


class Dropout(RandomLayer):
    """In training each number is dropped with probability `rate`; those kept grow to make up.

        y = x * mask        mask = 1 / (1 - rate) with probability 1 - rate, else 0

    The mean of mask is 1, so the mean of y is x, and inference needs no factor ("inverted"
    dropout; the paper scales in inference instead).

    Args:
        rate: at least 0, below 1.
        seed: see `RandomLayer`.

    Reference: Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from
    overfitting", sections 4 and 10.
    """

    def __init__(self, rate, seed=None, **options):
        super().__init__(seed, **options)
        self.rate = checks.finite_number("rate", rate, at_least=0, below=1)

    def mask_shape(self, shape):
        """Shape of the mask for inputs of `shape`: a decision for every number."""
        return shape

    def forward(self, x, training=False):
        """x (N, ...) -> y (N, ...)."""
        if not training or self.rate == 0:
            return x, None
        mask = draw_mask(self, x, self.mask_shape(x.shape), self.rate)
        return x * mask, mask

    def backward(self, dy, mask):
        """dx = dy * mask: what was dropped had no part in y."""
        return dy if mask is None else dy * mask


class _SpatialDropout(Dropout):
    """Dropout of whole channels: mask (N, 1, ..., 1, C), the same at every place."""

    axes = ("H", "W", "C")  # of one sample

    def build(self, shape, rng):
        """Check the number of axes."""
        checks.axes(self, shape, self.axes)
        return shape

    def mask_shape(self, shape):
        """(N, ..., C) -> (N, 1, ..., 1, C)."""
        return (shape[0], *[1] * (len(shape) - 2), shape[-1])


class SpatialDropout1D(_SpatialDropout):
    """Dropout of whole channels of sequences (N, T, D). Arguments are those of `Dropout`.

    Neighbours in time are much alike: one that is dropped alone is read off the next.

    Reference: Tompson et al. (2015), "Efficient object localization using convolutional
    networks", section 3.2.
    """

    axes = ("T", "D")


class SpatialDropout2D(_SpatialDropout):
    """Dropout of whole channels of images (N, H, W, C). Arguments are those of `Dropout`.

    Reference: that of `SpatialDropout1D`.
    """


class GaussianNoise(RandomLayer):
    """In training, y = x + stddev * noise, with noise from N(0, 1) for every number.

    Args:
        stddev: at least 0, in the units of x.
        seed: see `RandomLayer`.

    Reference: Bishop (1995), "Training with noise is equivalent to Tikhonov regularization".
    """

    def __init__(self, stddev, seed=None, **options):
        super().__init__(seed, **options)
        self.stddev = checks.finite_number("stddev", stddev, at_least=0)

    def forward(self, x, training=False):
        """x (N, ...) -> y (N, ...)."""
        if not training:
            return x, None
        noise = array_module(x).asarray(self.rng.standard_normal(x.shape, np.float32))
        return x + self.stddev * noise, None

    def backward(self, dy, _):
        """dx = dy: the noise does not depend on x."""
        return dy
