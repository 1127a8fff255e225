"""Spectral normalization: a layer whose kernel can stretch nothing by more than a factor of 1.

The kernel W, as a matrix (D, M) of all its axes but the last and its last, stretches a direction
by at most its largest singular value sigma, and the layer sees What = W / sigma instead of W.

The direction u (M,) that W stretches most is kept between steps, because W changes little in one.
A power iteration turns u towards it, and sigma = |W u| follows:

    (1) u <- W^T W u / |W^T W u|          (2) sigma = |W u|        v = W u / sigma
    (3) What = W / sigma

Backward, from g = dL/dWhat, with u held fixed: at the maximum of |W u| a turn of u changes nothing.

    (2) dsigma / dW = v u^T          (3) dW = g / sigma - v u^T sum(g * W) / sigma^2

So                                   dW = (g - v u^T sum(g * What)) / sigma

has no part along v u^T once u has arrived: a step cannot make W longer in order to make What so.
"""

import copy

import numpy as np

from minidl.base import checks
from minidl.layers.layer import State
from minidl.layers.sequences import Wrapper


class SpectralNormalization(Wrapper):
    """`layer`, whose kernel is divided by its largest singular value wherever it is used.

    Args:
        layer: one with a kernel, and without masks: Dense, Conv2D, Conv2DTranspose, ... Its own W
            is trained, and keeps its length; Keras cuts W itself to the length 1 in every step.
        power_iterations: how often (1) is done in a step of training. Inference takes u as it is.
        options: `name`, `input_shape`, `trainable` (see `Layer`).

    A kernel of zeros is left as it is.

    Reference: Miyato, Kataoka, Koyama and Yoshida (2018), "Spectral normalization for generative
    adversarial networks", algorithm 1 and equations 9 to 12.
    """

    def __init__(self, layer, power_iterations=1, **options):
        super().__init__(layer, **options)
        if layer.takes_mask or not hasattr(layer, "kernel_initializer"):
            raise TypeError(f"SpectralNormalization needs a kernel, as of Dense(3); got {layer!r}")
        self.power_iterations = checks.positive_integer("power_iterations", power_iterations)

    def build(self, shape, rng):
        """Build the layer, and draw u (M,)."""
        y_shape = self.layer.prepare(shape, self.ops, rng)
        self.u = State(_unit(rng.standard_normal(self.layer.kernel.shape[-1]))[0])
        return y_shape

    def forward(self, x, training=False):
        """What the layer makes of x, with What for its kernel."""
        kernel = self.layer.kernel
        W, u = kernel.value.reshape(-1, kernel.shape[-1]), self.u.value  # (D, M), (M,)
        for _ in range(self.power_iterations if training else 0):
            u[...], _ = _unit(W.T @ _unit(W @ u)[0] + 1e-12 * u)  # (1), and u where W is 0
        v, sigma = _unit(W @ u)  # (2)
        twin, hat = copy.copy(self.layer), copy.copy(kernel)
        hat.value = kernel.value / sigma  # (3)
        vars(twin).update({key: hat for key, item in vars(twin).items() if item is kernel})
        y, cache = twin.forward(x, training)
        return y, (cache, twin, hat, np.outer(v, u).reshape(hat.shape), sigma)

    def backward(self, dy, cache):
        """dx, and dW through sigma."""
        cache, twin, hat, along, sigma = cache  # along: v u^T
        hat.grad = np.zeros_like(hat.value)
        dx = twin.backward(dy, cache)
        self.layer.kernel.grad += (hat.grad - along * (hat.grad * hat.value).sum()) / sigma
        return dx


def _unit(a):
    """Return (a / |a|, |a|), or (a, 1) where a is 0: without a look at the number."""
    length = np.sqrt((a * a).sum())
    length = length + (length == 0)
    return a / length, length
