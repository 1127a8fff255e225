"""Augmentation of what an image's numbers are, not of where they stand."""

import numpy as np

from minidl.base import checks
from minidl.base.arrays import array_module
from minidl.layers.preprocessing.augmentation import Augmentation, limits


class RandomContrast(Augmentation):
    """Differences from the mean of each image's channel grow or shrink by a random factor.

        y = clip(m + f (x - m))      m the mean over H and W      f from 1 - factor to 1 + factor

    Args:
        factor: at most 1, or a pair (low, high): f is drawn between 1 + low and 1 + high.
        value_range: (low, high), which no y leaves: (0, 255) for bytes, and (0, 1) if they were
            divided by 255.
        seed: see `RandomLayer`.
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **options):
        super().__init__(seed, **options)
        self.factor = limits("factor", factor, at_least=-1)
        low, high = (checks.finite_number("value_range", limit) for limit in value_range)
        if low >= high:
            raise ValueError(f"value_range must be (low, high) with low < high; got {value_range}")
        self.value_range = (low, high)

    def augment(self, x):
        """x (N, H, W, ...) -> y of the same shape."""
        f = 1 + self.rng.uniform(*self.factor, (len(x), *[1] * (x.ndim - 1)))
        f = array_module(x).asarray(f, x.dtype)  # (N, 1, 1, 1)
        m = x.mean(axis=(1, 2), keepdims=True)  # (N, 1, 1, C)
        y = m + f * (x - m)
        low, high = self.value_range
        return np.clip(y, low, high), (f, (low < y) & (y < high))

    def augment_backward(self, dy, cache):
        """dx = f dy + (1 - f) mean(dy), of the dy whose y was not clipped."""
        f, inside = cache
        dy = dy * inside
        return f * dy + (1 - f) * dy.mean(axis=(1, 2), keepdims=True)
