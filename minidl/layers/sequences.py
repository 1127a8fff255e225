"""Two layers for sequences that are not recurrent themselves."""

import copy

from minidl.base import checks
from minidl.layers.layer import Layer


class Masking(Layer):
    """Mark steps as padding: those whose features all equal mask_value, in x (N, T, D).

    y = x, with zeros at these steps. Layers behind skip them, and the loss does not count them.

    Args:
        mask_value: what fills a step of padding.
        options: `name`, `input_shape` (see `Layer`).
    """

    def __init__(self, mask_value=0.0, **options):
        super().__init__(**options)
        self.mask_value = checks.finite_number("mask_value", mask_value)

    def forward(self, x, training=False):
        """x (N, T, D) -> y (N, T, D)."""
        kept = self.compute_mask(x, None)[..., None]  # (N, T, 1)
        return x * kept, kept

    def backward(self, dy, kept):
        """dx = dy where the step is kept, else 0."""
        return dy * kept

    def compute_mask(self, x, mask):
        """Return the mask (N, T)."""
        return (x != self.mask_value).any(axis=-1)


class Wrapper(Layer):
    """Base of layers that run another one.

    Args:
        layer: the other one.
        options: of `Layer`.
    """

    def __init__(self, layer, **options):
        super().__init__(**options)
        if not isinstance(layer, Layer):
            raise TypeError(f"{type(self).__name__} needs a layer; got {layer!r}")
        self.layer = layer

    def split_activation(self):
        """As in `Layer`: the last activation is that of the layer inside."""
        bare = copy.copy(self)
        bare.layer, last = self.layer.split_activation()
        return bare, last


class TimeDistributed(Wrapper):
    """The same layer, with the same weights, on every step: x (N, T, ...) -> y (N, T, ...).

    Every step is a sample of a batch of N T. `Dense` does so by itself on its leading axes.

    Args:
        layer: takes the samples x_t (...).
        options: `name`, `input_shape` (see `Layer`).
    """

    def build(self, shape, rng):
        """Build the layer for one step."""
        T, *step = shape
        return (T, *self.layer.prepare(step, self.ops, rng))

    def forward(self, x, training=False):
        """x (N, T, ...) -> y (N, T, ...)."""
        N, T, *step = x.shape
        y, cache = self.layer.forward(x.reshape(N * T, *step), training)  # (N T, ...)
        return y.reshape(N, T, *y.shape[1:]), (cache, x.shape)

    def backward(self, dy, cache):
        """dx, step by step."""
        cache, shape = cache
        N, T, *step = dy.shape
        return self.layer.backward(dy.reshape(N * T, *step), cache).reshape(shape)
