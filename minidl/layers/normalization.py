"""Normalization: numbers are brought to mean 0 and variance 1, then scaled and shifted.

    xhat = (x - mean) / sqrt(variance + epsilon)        y = gamma * xhat + beta

Batch normalization takes mean and variance over the batch, one pair for each feature; layer
normalization over the features, one pair for each sample. So a sample's result depends on its
batch in the first and not in the second. Both share the formulas below and differ in the axis.
Root mean square normalization is layer normalization without the mean: m = 0, and no beta.

Notation: x (..., D) with D features on the last axis, gamma (D,) and beta (D,), mean_ the mean
over the axis that is normalized, N the number of elements in it.

Forward, in `standardize`:                    Backward, from g = dL/dxhat = gamma * dy:

    (1) m    = mean_(x)                           (5) dc = g * s        ds = sum_(g * c)
    (2) c    = x - m                              (4) dv = -ds s^3 / 2
    (3) v    = mean_(c^2)                         (3) dc += dv 2 c / N
    (4) s    = 1 / sqrt(v + epsilon)              (2) dx = dc           dm = -sum_(dc)
    (5) xhat = c * s                              (1) dx += dm / N

In (3), dv 2 c / N = -s^3 c sum_(g * c) / N = -s xhat mean_(g * xhat), because xhat = c s. In
(1), c and xhat have mean 0, so dm / N = -s mean_(g). Together:

    dx = s * (g - mean_(g) - xhat * mean_(g * xhat))

A change of x that shifts or stretches all of it leaves xhat as it is (but for epsilon). The
two means subtract exactly those two directions from the gradient. With m = 0, (1) and (2) are
left out, and mean_(g) with them: a shift of x changes xhat then.

`standardize` and `standardize_backward` are these lines, to be read; the layers leave them to the
kernels `batchnorm` and `layernorm`.
"""

import numpy as np

from minidl import initializers
from minidl.base import checks
from minidl.layers.layer import Layer, State


class Normalizer(Layer):
    """What the first two share: gamma and beta, each (D,), for inputs (..., D).

    Args:
        axis: -1: the last axis is the one with the D features.
        epsilon: added to the variance, so that equal numbers do no harm.
        center: False leaves out beta.
        scale: False leaves out gamma, which the next layer's weights may replace.
        beta_initializer, gamma_initializer: how they start, y = xhat by default.
        beta_regularizer, gamma_regularizer: what large ones cost (`minidl.regularizers`).
        beta_constraint, gamma_constraint: what they fulfil (`minidl.constraints`).
        options: `name`, `input_shape`, `trainable` (see `Layer`).
    """

    roles = {"gamma": "ones", "beta": "zeros"}  # and how each starts

    def __init__(
        self,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        **options,
    ):
        super().__init__(**options)
        self.axis, self.center, self.scale = axis, center, scale
        self.epsilon = checks.finite_number("epsilon", epsilon, above=0)

    def build(self, shape, rng):
        """Create gamma (D,) and beta (D,)."""
        D = _features(self, shape)
        if self.scale:
            self.gamma = self.param("gamma", D, rng)
        if self.center:
            self.beta = self.param("beta", D, rng)
        return shape

    def affine(self, x):
        """Return gamma and beta, each (D,) and like x: ones or zeros if the layer has none."""
        gamma = self.gamma.value if self.scale else np.ones_like(x, shape=x.shape[-1])
        beta = self.beta.value if self.center else np.zeros_like(x, shape=x.shape[-1])
        return gamma, beta

    def affine_backward(self, dy, xhat):
        """Add dgamma = sum dy * xhat and dbeta = sum dy over the leading axes; return dxhat."""
        leading = tuple(range(dy.ndim - 1))
        self.add_gradients((dy * xhat).sum(axis=leading), dy.sum(axis=leading))
        gamma, _ = self.affine(dy)
        return dy * gamma

    def add_gradients(self, dgamma, dbeta):
        """Add dgamma and dbeta, each (D,), to the gradients of what there is."""
        if self.scale:
            self.gamma.grad += dgamma
        if self.center:
            self.beta.grad += dbeta


class BatchNormalization(Normalizer):
    """Each feature has mean 0 and variance 1 over the batch, then y = gamma * xhat + beta.

    In training, mean and variance are those of the batch, over all axes but the last, and the
    running ones follow them: running <- momentum * running + (1 - momentum) * batch, the
    variance with 1 / N. In inference, and when the layer is frozen (`trainable=False`), the
    running ones are used and stay as they are.

    A batch of one row (one sample of shape (D,)) has no variance: y = beta, and dx = 0.

    In training the kernel `batchnorm` does lines (1) to (5), gamma and beta in one go.

    Args:
        momentum: from 0 to 1: how much of the running statistics is kept at each step.
        moving_mean_initializer, moving_variance_initializer: how they start.
        Others: see `Normalizer`.

    Reference: Ioffe and Szegedy (2015), "Batch normalization", algorithms 1 and 2.
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        *,
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        **options,
    ):
        super().__init__(axis, epsilon, center, scale, **options)
        self.momentum = checks.finite_number("momentum", momentum, at_least=0, at_most=1)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, shape, rng):
        """Create gamma, beta and the running mean and variance, each (D,)."""
        super().build(shape, rng)
        D = shape[-1:]
        self.moving_mean = State(self.started(self.moving_mean_initializer, D, rng))
        self.moving_variance = State(self.started(self.moving_variance_initializer, D, rng))
        return shape

    def forward(self, x, training=False):
        """x (..., D) -> y (..., D)."""
        gamma, beta = self.affine(x)
        if training and self.trainable:
            rows = x.reshape(-1, x.shape[-1])  # (N, D): every place of an image is a row
            y, m, v, s = self.ops.batchnorm.forward(rows, gamma, beta, self.epsilon)
            self._follow(self.moving_mean, m)
            self._follow(self.moving_variance, v)
            return y.reshape(x.shape), (x, m, s, True)
        m = self.moving_mean.value.copy()  # (D,)
        s = 1 / np.sqrt(self.moving_variance.value + self.epsilon)  # (D,)
        return (x - m) * s * gamma + beta, (x, m, s, False)

    def backward(self, dy, cache):
        """dx, through the statistics if they are the batch's; else they are constants."""
        x, m, s, of_batch = cache
        if not of_batch:
            return self.affine_backward(dy, (x - m) * s) * s
        gamma, _ = self.affine(x)
        rows, dy = (a.reshape(-1, a.shape[-1]) for a in (x, dy))  # (N, D)
        dx, *gradients = self.ops.batchnorm.backward(dy, rows, gamma, m, s)
        self.add_gradients(*gradients)
        return dx.reshape(x.shape)

    def _follow(self, running, batch):
        running.value[...] = self.momentum * running.value + (1 - self.momentum) * batch


class LayerNormalization(Normalizer):
    """Each row of D features has mean 0 and variance 1, then y = gamma * xhat + beta.

    Every row stands alone, so training and inference are the same, at any size of the batch. The
    kernel `layernorm` does lines (1) to (5), gamma and beta in one go.

    Args: see `Normalizer`.

    Reference: Ba, Kiros and Hinton (2016), "Layer normalization", equations 3-4.
    """

    def forward(self, x, training=False):
        """x (..., D) -> y (..., D)."""
        rows = x.reshape(-1, x.shape[-1])  # every leading axis is a batch axis: (N, D)
        y, *statistics = self.ops.layernorm.forward(rows, *self.affine(x), self.epsilon)
        return y.reshape(x.shape), (rows, *statistics)

    def backward(self, dy, cache):
        """dx, through mean and variance of each row."""
        rows, m, s = cache
        gamma, _ = self.affine(dy)
        dx, *gradients = self.ops.layernorm.backward(dy.reshape(rows.shape), rows, gamma, m, s)
        self.add_gradients(*gradients)
        return dx.reshape(dy.shape)


class RMSNormalization(Layer):
    """Each row of D features gets a mean square of 1, then y = scale * xhat.

        s = 1 / sqrt(mean_(x^2) + epsilon)      dscale = sum of dy * xhat over the rows
        xhat = x s                              dx = s (g - xhat mean_(g * xhat)), g = scale dy

    As in layer normalization every row stands alone. No mean is subtracted, and no beta is added.
    The kernel `layernorm` does it.

    Args:
        axis: -1: the last axis is the one with the D features.
        epsilon: added to the mean square, so that a row of zeros does no harm.
        scale_initializer, scale_regularizer, scale_constraint: of the learned scale (D,).
        options: `name`, `input_shape`, `trainable` (see `Layer`).

    Reference: Zhang and Sennrich (2019), "Root mean square layer normalization", equation 4.
    """

    roles = {"scale": "ones"}

    def __init__(self, axis=-1, epsilon=1e-6, **options):
        super().__init__(**options)
        self.axis = axis
        self.epsilon = checks.finite_number("epsilon", epsilon, above=0)

    def build(self, shape, rng):
        """Create the scale (D,)."""
        self.scale = self.param("scale", _features(self, shape), rng)
        return shape

    def forward(self, x, training=False):
        """x (..., D) -> y (..., D)."""
        rows, g = x.reshape(-1, x.shape[-1]), self.scale.value  # (N, D), (D,)
        y, m, s = self.ops.layernorm.forward(rows, g, np.zeros_like(g), self.epsilon, center=False)
        return y.reshape(x.shape), (rows, m, s)

    def backward(self, dy, cache):
        """dx, through the mean square of each row."""
        rows, m, s = cache
        of_rows = dy.reshape(rows.shape), rows, self.scale.value, m, s
        dx, dscale, _ = self.ops.layernorm.backward(*of_rows, center=False)
        self.scale.grad += dscale
        return dx.reshape(dy.shape)


def standardize(x, axis, epsilon):
    """Return (xhat, s, m, v) along `axis`; the numbers are those of this file's first lines."""
    m = _mean(x, axis)  # (1) every axis is kept: (1, ..., D) or (..., 1)
    c = x - m  # (2)
    v = _mean(c * c, axis)  # (3) from the centred numbers: mean_(x^2) - m^2 would cancel
    s = 1 / np.sqrt(v + epsilon)  # (4)
    return c * s, s, m, v  # (5)


def standardize_backward(g, xhat, s, axis):
    """Return dx from g = dL/dxhat: lines (5) to (1) backward, simplified as derived above."""
    return s * (g - _mean(g, axis) - xhat * _mean(g * xhat, axis))


def _features(layer, shape):
    """Return (D,), the last axis of samples of this shape; ValueError if the layer's is another."""
    if layer.axis not in (-1, len(shape)):
        raise ValueError(
            f"layer {layer.name!r} normalizes with features on the last axis, axis=-1; "
            f"got axis={layer.axis} for samples of shape {shape}. Move the features there"
        )
    return shape[-1:]


def _mean(x, axis):
    # Summed in float64: along a leading axis, NumPy adds numbers one by one, and a float32 sum
    # of 100,000 of them is right to four or five digits only.
    return x.mean(axis=axis, keepdims=True, dtype=np.float64).astype(x.dtype)
