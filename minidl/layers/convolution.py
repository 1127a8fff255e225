"""Convolution: one small kernel looks at every place of an image.

A Dense layer on an image has a weight for every pair of pixels. Here an output sees only a window
of R x S pixels, and all windows are seen through the same weights: a feature that was learned in
one corner is found in the others.

Notation: x (N, H, W, C) has C channels, y (N, P, Q, M) has M. The kernel w (R, S, C, M) has a small
letter, because W is the width. Windows stand (sh, sw) apart, the stride; their taps (dh, dw) apart,
the dilation. `spatial.place` tells how many fit, and how many zeros lie around x.

    z[n, p, q, m] = b[m] + sum over r, s, c  of  x[n, i, j, c] w[r, s, c, m]         y = f(z)
    with  i = p sh + r dh - top,   j = q sw + s dw - left,   and x = 0 outside the image

z is linear in x and in w. So each gradient has the same terms, summed over other letters:

    dw[r, s, c, m] = sum over n, p, q  of  x[n, i, j, c] dz[n, p, q, m]
    dx[n, i, j, c] = sum over m and all p, r, q, s that give i, j  of  dz[n, p, q, m] w[r, s, c, m]
    db[m]          = sum over n, p, q  of  dz[n, p, q, m]

dx is a convolution too, the transposed one: `Conv2DTranspose` makes a layer of it.

Strictly this is a cross-correlation: a mathematician's convolution turns the kernel by 180 degrees
first, which makes no difference to a kernel that is learned.

Reference: Goodfellow, Bengio, Courville (2016), "Deep Learning", chapter 9, equations 9.8
(forward), 9.11 (dw) and 9.13 (dx).
"""

import numpy as np

from minidl.base import checks
from minidl.kernels.common.blas import column_sums
from minidl.layers.activations import regularized
from minidl.layers.spatial import Windowed


class Convolution(Windowed):
    """What all convolutions share: arguments, parameters, bias and activation.

    Args:
        filters: M, how many outputs each place has.
        kernel_size: (R, S), or one integer for both.
        strides: (sh, sw), or one integer for both.
        padding: "valid": windows lie inside the image, which shrinks; "same": zeros around it, so
            that a stride of 1 keeps its size.
        data_format: see `Spatial`.
        dilation_rate: (dh, dw), or one integer for both. Keras refuses it together with a stride
            above 1; here both may be.
        groups: G. Channels and outputs are split into G parts, and the M/G outputs of a part see
            only its C/G channels: w (R, S, C/G, M).
        activation, use_bias and all others: see `Dense`.
    """

    which = "kernel_size, dilation_rate"  # sets how long windows are
    ends_in_activation = True
    roles = {"kernel": "glorot_uniform", "bias": "zeros"}  # and how each starts

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        *,
        activity_regularizer=None,
        **options,
    ):
        super().__init__(strides, padding, data_format=data_format, **options)
        self.filters = checks.positive_integer("filters", filters)
        self.kernel_size = self.per_axis("kernel_size", kernel_size)
        self.dilation_rate = self.per_axis("dilation_rate", dilation_rate)
        pairs = zip(self.kernel_size, self.dilation_rate)
        self.spans = tuple((taps - 1) * d + 1 for taps, d in pairs)  # of a dilated kernel
        self.groups = checks.positive_integer("groups", groups)
        self.activation = regularized(activation, activity_regularizer)
        self.use_bias = use_bias

    def build(self, shape, rng):
        """Create w and b (M,) for samples (H, W, C). H and W may be None, which means any."""
        self.check_sample(shape)
        *size, C = shape
        if C % self.groups or self.filters % self.groups:
            raise ValueError(
                f"layer {self.name!r}: groups={self.groups} must divide both the {C} channels of "
                f"its input and its {self.filters} filters"
            )
        self.w = self.param("kernel", self.kernel_shape(C), rng)
        if self.use_bias:
            self.b = self.param("bias", (self.filters,), rng)
        lengths, _ = self.output_geometry(size)
        return self.activation.prepare((*lengths, self.filters), self.ops, rng)

    def forward(self, x, training=False):
        """x (N, H, W, C) -> y (N, P, Q, M). An x of another dtype is cast to that of w."""
        self.check_sample(x.shape[1:])
        x = x.astype(self.w.value.dtype, copy=False)
        z = self.convolve(x)
        if self.use_bias:
            z += np.tile(self.b.value, (z.shape[-2], 1))  # (Q, M), a row at a time: twice as fast
        y, f_cache = self.activation.forward(z, training)
        return y, (x, f_cache)

    def backward(self, dy, cache):
        """dz, db and dw, then dx, as at the top of this file."""
        dz = self.parameter_gradients(dy, cache)
        return self.input_gradient(dz, cache[0])

    def accumulate_gradients(self, dy, cache):
        """All but dx, which the first layer of a network has nobody to hand to."""
        self.parameter_gradients(dy, cache)

    def parameter_gradients(self, dy, cache):
        """Add db and dw to the gradients; return dz = f'(z) dy, (N, P, Q, M)."""
        x, f_cache = cache
        dz = self.activation.backward(dy, f_cache).astype(x.dtype, copy=False)  # (N, P, Q, M)
        if self.use_bias:
            *_, Q, M = dz.shape
            row = column_sums(dz.reshape(-1, Q * M))  # six times as fast, likewise
            self.b.grad += column_sums(row.reshape(Q, M))
        self.w.grad += self.kernel_gradient(x, dz).reshape(self.w.grad.shape)
        return dz

    # ------------------------------------------------------- what a subclass may do otherwise

    def kernel_shape(self, C):
        """Shape of w."""
        return (*self.kernel_size, C // self.groups, self.filters)

    def conv2d_kernel(self):
        """Return w as the kernels of conv2d take it."""
        return self.w.value

    def convolve(self, x):
        """x (N, H, W, C) -> z (N, P, Q, M), without the bias."""
        return self.ops.conv2d.forward(x, self.conv2d_kernel(), *self.geometry(x.shape[1:3]))

    def input_gradient(self, dz, x):
        """dz (N, P, Q, M), x (N, H, W, C), of which only the size counts -> dx (N, H, W, C)."""
        w, size = self.conv2d_kernel(), x.shape[1:3]
        return self.ops.conv2d.input_gradient(dz, w, size, *self.geometry(size))

    def kernel_gradient(self, x, dz):
        """x (N, H, W, C), dz (N, P, Q, M) -> dw."""
        size = self.conv2d_kernel().shape[:2]
        return self.ops.conv2d.kernel_gradient(x, dz, size, *self.geometry(x.shape[1:3]))

    def geometry(self, size):
        """Return (stride, padding, dilation, groups) for images of `size`, for the kernels."""
        _, padding = self.output_geometry(size)
        return self.strides, padding, self.dilation_rate, self.groups

    def check_sample(self, shape):
        """Refuse another number of axes, or of channels, than this layer is for."""
        hint = "If there is one channel, say so: x[..., None]"
        checks.features(self, shape, self.axes, hint)


class Conv2D(Convolution):
    """Convolution of images: x (N, H, W, C), w (R, S, C/G, M), b (M,), y (N, P, Q, M).

    The formulas stand at the top of this file, the arguments at `Convolution`.

    References: LeCun, Bottou, Bengio and Haffner (1998), "Gradient-based learning applied to
    document recognition", section II; for lengths, strides and padding, Dumoulin and Visin (2016),
    "A guide to convolution arithmetic for deep learning", relationships 6 and 15.
    """
