"""The fully connected layer."""

import numpy as np

from minidl import checks, initializers
from minidl.layer import Layer, Param
from minidl.layers import activations


class Dense(Layer):
    """y = f(x W + b): every output sees every input.

        x (..., D)    W (D, M)    b (M,)    y (..., M)    f the activation

    Args:
        units: M, how many outputs.
        activation: a name ("relu"), an activation layer, or None for f(z) = z.
        use_bias: False leaves out b.
        kernel_initializer: how W starts: a name or an object of `minidl.initializers`.
        bias_initializer: how b starts.
        options: `name`, `input_shape`, `input_dim`, `trainable` (see `Layer`).

    Reference: Goodfellow, Bengio, Courville (2016), "Deep Learning", section 6.5.6.
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        **options,
    ):
        super().__init__(**options)
        self.units = checks.positive_integer("units", units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, shape, rng):
        """Create W (D, M) and b (M,)."""
        *lead, D = shape
        self.W = Param(self.kernel_initializer((D, self.units), rng))
        if self.use_bias:
            self.b = Param(self.bias_initializer((self.units,), rng))
        return self.activation.prepare((*lead, self.units), self.ops, rng)

    def forward(self, x, training=False):
        """X (..., D) -> y (..., M)."""
        if x.shape[-1] != len(self.W.value):
            raise ValueError(
                f"layer {self.name!r} multiplies by W of shape {self.W.value.shape} and needs "
                f"inputs of shape (..., {len(self.W.value)}); got {x.shape}"
            )
        z = x @ self.W.value  # (..., D) (D, M) -> (..., M)
        if self.use_bias:
            z += self.b.value
        y, f_cache = self.activation.forward(z, training)
        return y, (x, f_cache)

    def backward(self, dy, cache):
        """DW = x^T dz,  db = sum of dz over the batch,  dx = dz W^T,  with dz = f'(z) dy."""
        x, f_cache = cache
        dz = self.activation.backward(dy, f_cache)  # (..., M)
        rows = dz.reshape(-1, self.units)  # every leading axis is a batch axis: (N, M)
        self.W.grad += x.reshape(len(rows), -1).T @ rows  # (D, N) (N, M) -> (D, M)
        if self.use_bias:
            self.b.grad += np.sum(rows, axis=0)  # (M,)
        return dz @ self.W.value.T  # (..., M) (M, D) -> (..., D)
