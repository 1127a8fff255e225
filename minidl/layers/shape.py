"""Layers that only move numbers: the gradient is moved back the way it came."""

import math

from minidl import checks
from minidl.layer import Layer


class Flatten(Layer):
    """(N, ...) -> (N, D): an image becomes a row of numbers, the last axis varying fastest."""

    def build(self, shape, rng):
        """D is the product of the lengths."""
        return (math.prod(shape),)

    def forward(self, x, training=False):
        """x (N, ...) -> y (N, D)."""
        return x.reshape(len(x), -1), x.shape

    def backward(self, dy, shape):
        """Back to the shape of x."""
        return dy.reshape(shape)


class Reshape(Layer):
    """(N, ...) -> (N, *target_shape), in row-major order.

    Args:
        target_shape: shape of one output; one entry may be -1 and follows from the others.
    """

    def __init__(self, target_shape, **options):
        super().__init__(**options)
        self.target_shape = tuple(target_shape)
        if self.target_shape.count(-1) > 1 or any(s < 1 and s != -1 for s in self.target_shape):
            raise ValueError(
                f"target_shape needs positive lengths and at most one -1; got {self.target_shape}"
            )

    def build(self, shape, rng):
        """Resolve a -1 and check that the number of elements stays the same."""
        size, known = math.prod(shape), math.prod(s for s in self.target_shape if s != -1)
        resolved = tuple(size // known if s == -1 else s for s in self.target_shape)
        if math.prod(resolved) != size:
            raise ValueError(
                f"layer {self.name!r} cannot reshape samples of shape {shape} ({size} numbers) "
                f"into {self.target_shape} (a multiple of {known} numbers)"
            )
        return resolved

    def forward(self, x, training=False):
        """x (N, ...) -> y (N, *target_shape)."""
        return x.reshape(len(x), *self.output_shape), x.shape

    def backward(self, dy, shape):
        """Back to the shape of x."""
        return dy.reshape(shape)


class Input(Layer):
    """Declares the shape of one sample; a Sequential takes it as its input_shape.

    Args:
        shape: shape of one sample, without the batch axis.
    """

    def __init__(self, shape, **options):
        super().__init__(input_shape=shape, **options)
        for length in self.input_shape:
            if length is not None:
                checks.positive_integer("every length of an input shape", length)

    def forward(self, x, training=False):
        """Return x."""
        return x, None

    def backward(self, dy, _):
        """Return dy."""
        return dy
