"""Layers that only move numbers: the gradient is moved back the way it came."""

import math

import numpy as np

from minidl.base import checks, structure
from minidl.layers.activations import Linear
from minidl.layers.calls import Value
from minidl.layers.layer import Layer


class Flatten(Layer):
    """(N, ...) -> (N, D): an image becomes a row of numbers, the last axis varying fastest."""

    def build(self, shape, rng):
        """D is the product of the lengths."""
        return (_size(self, shape),)

    def forward(self, x, training=False):
        """x (N, ...) -> y (N, D)."""
        return x.reshape(len(x), *self.output_shape), x.shape

    def backward(self, dy, shape):
        """Back to the shape of x."""
        return dy.reshape(shape)


class Reshape(Flatten):
    """(N, ...) -> (N, *target_shape), in row-major order.

    Args:
        target_shape: shape of one output; one entry may be -1 and follows from the others.
    """

    def __init__(self, target_shape, **options):
        super().__init__(**options)
        self.target_shape = structure.of_sample("target_shape", target_shape)
        if self.target_shape.count(-1) > 1 or any(s < 1 and s != -1 for s in self.target_shape):
            raise ValueError(
                f"target_shape needs positive lengths and at most one -1; got {self.target_shape}"
            )

    def build(self, shape, rng):
        """Resolve a -1 and check that the number of elements stays the same."""
        size, known = _size(self, shape), math.prod(s for s in self.target_shape if s != -1)
        resolved = tuple(size // known if s == -1 else s for s in self.target_shape)
        if math.prod(resolved) != size:
            raise ValueError(
                f"layer {self.name!r} cannot reshape samples of shape {shape} ({size} numbers) "
                f"into {self.target_shape} (a multiple of {known} numbers)"
            )
        return resolved


class RepeatVector(Layer):
    """(N, D) -> (N, n, D): the same vector at each of n steps.

    Args:
        n: how often.
    """

    def __init__(self, n, **options):
        super().__init__(**options)
        self.n = checks.positive_integer("n", n)

    def build(self, shape, rng):
        """Check that a sample is a vector."""
        hint = "A recurrent layer before it returns vectors with return_sequences=False"
        checks.axes(self, shape, ("D",), hint)
        return (self.n, *shape)

    def forward(self, x, training=False):
        """x (N, D) -> y (N, n, D)."""
        return np.repeat(x[:, None], self.n, axis=1), None

    def backward(self, dy, _):
        """dx = sum of dy over the n steps."""
        return dy.sum(axis=1)


class Identity(Linear):
    """y = x."""


def Input(shape=None, batch_size=None, dtype=None, name=None, batch_shape=None):
    """Return the Value where a graph begins; a Sequential takes it as its input_shape.

    Args:
        shape: shape of one sample, without the batch axis; None in it is any length.
        batch_size: not looked at: any number of samples may come.
        dtype: not looked at: numbers come in as `config.floatx()`.
        name: by which `fit` takes this input from a dict.
        batch_shape: the same as shape, with the batch axis in front.
    """
    return InputLayer(shape if batch_shape is None else batch_shape[1:], name=name).value


class InputLayer(Identity):
    """What stands where a graph begins: y = x.

    Args:
        shape: shape of one sample, without the batch axis.
    """

    settled = ("input_shape",)

    def __init__(self, shape, **options):
        super().__init__(input_shape=shape, **options)
        if shape is None:
            raise TypeError("Input needs the shape of one sample, without the batch axis")
        for length in self.input_shape:
            if length is not None:
                checks.positive_integer("every length of an input shape", length)
        self.output_shape = self.input_shape
        self.value = Value(self.input_shape, self.name, layer=self)


def _size(layer, shape):
    """How many numbers a sample of `shape` has."""
    if None in shape:
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) needs samples of one size; got "
            f"{shape}, where None is any length. Give the first layer an input_shape without None"
        )
    return math.prod(shape)
