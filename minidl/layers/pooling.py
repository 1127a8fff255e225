"""Pooling: each window of an image or a sequence is summed up in one number, channel by channel.

The largest number says that a feature is somewhere in the window, the mean says how much of it
there is. Either way the exact place is given up: what follows sees fewer places, and a small shift
of the input changes little.

    max     the gradient goes to the place that won           (the first one, if several are equal)
    mean    every place of the window gets an equal part of it

Images are (N, H, W, C), sequences (N, T, D). A sequence is an image of one column, T rows high.
"Global" pooling has one window, as large as the input. Places of padding never win, and no mean
counts them. The loops are those of the kernel `pool2d`.
"""

import numpy as np

from minidl.base import checks
from minidl.layers.spatial import Spatial, Windowed


class Pooling(Spatial):
    """What all of them share: a subclass knows where the windows stand and what to do with one."""

    def window(self, size):
        """Return (pool_size, stride, padding) as the kernel takes them, for images or sequences."""
        raise NotImplementedError(f"{type(self).__name__}.window")

    def forward(self, x, training=False):
        """x (N, H, W, C) -> y (N, P, Q, C), or x (N, T, D) -> y (N, P, D)."""
        N, *size, C = x.shape
        images = x if x.ndim == 4 else x[:, :, None]  # (N, T, D) -> (N, T, 1, D)
        y, winners = self.pool(images, *self.window(size))  # (N, P, Q, C)
        return y.reshape(N, *self.output_size(size), C), (winners, y.shape, x.shape)

    def backward(self, dy, cache):
        """dx in the shape of x."""
        winners, pooled, shape = cache
        size = shape[1:-1]
        images = (*size, 1)[:2]  # (H, W) of an image, (T, 1) of a sequence
        return self.unpool(dy.reshape(pooled), winners, images, *self.window(size)).reshape(shape)


class Max(Pooling):
    """The largest number of each window."""

    def pool(self, x, *window):
        """x (N, H, W, C) -> y (N, P, Q, C) and which place of each window won."""
        return self.ops.pool2d.max_forward(x, *window)

    def unpool(self, dy, winners, size, *window):
        """dx = dy where x won, else 0."""
        return self.ops.pool2d.max_backward(dy, winners, size, *window)


class Mean(Pooling):
    """The mean of each window."""

    def pool(self, x, *window):
        """x (N, H, W, C) -> y (N, P, Q, C)."""
        return self.ops.pool2d.mean_forward(x, *window), None

    def unpool(self, dy, _, size, *window):
        """dx = dy / (how many places the window has in the image)."""
        return self.ops.pool2d.mean_backward(dy, size, *window)


class Windows(Windowed, Pooling):
    """Windows that stand at equal distances.

    Args:
        pool_size: how many places a window has along each axis, one number or one for each.
        strides: from one window to the next, likewise; None: the pool_size, windows side by side.
        padding: "valid" drops a rest that fills no window; "same" pads, so that with strides 1
            the size stays as it is. `minidl.layers.spatial` has the formulas.
        options: `name`, `input_shape` (see `Layer`), `data_format` (see `Spatial`).
    """

    which = "pool_size"  # sets how long windows are

    def __init__(self, pool_size=2, strides=None, padding="valid", **options):
        self.pool_size = self.spans = self.per_axis("pool_size", pool_size)
        super().__init__(pool_size if strides is None else strides, padding, **options)

    def window(self, size):
        """Return the window; that of a sequence is one column wide."""
        _, paddings = self.output_geometry(size)
        return (*self.pool_size, 1)[:2], (*self.strides, 1)[:2], (*paddings, (0, 0))[:2]


class Global(Pooling):
    """One window, as large as the input: every channel becomes one number.

    Args:
        data_format: see `Spatial`.
        keepdims: True keeps the axes, of length 1: (N, 1, 1, C) instead of (N, C).
        options: `name`, `input_shape` (see `Layer`).
    """

    def __init__(self, data_format=None, keepdims=False, **options):
        super().__init__(data_format=data_format, **options)
        self.keepdims = keepdims

    def output_size(self, size):
        """Return (), or as many ones as there were axes."""
        return (1,) * len(size) if self.keepdims else ()

    def window(self, size):
        """Return the window that is the whole input."""
        whole = (*size, 1)[:2]
        return whole, whole, ((0, 0), (0, 0))


class MaxPooling2D(Max, Windows):
    """(N, H, W, C) -> (N, P, Q, C), the largest number of each window. Args: see `Windows`."""


class AveragePooling2D(Mean, Windows):
    """(N, H, W, C) -> (N, P, Q, C), the mean of each window. Args: see `Windows`."""


class GlobalMaxPooling2D(Max, Global):
    """(N, H, W, C) -> (N, C), the largest number of each channel. Args: see `Global`."""


class GlobalAveragePooling2D(Mean, Global):
    """(N, H, W, C) -> (N, C), the mean of each channel. Args: see `Global`.

    Reference: Lin, Chen and Yan (2013), "Network in network", section 3.2.
    """


class MaxPooling1D(Max, Windows):
    """(N, T, D) -> (N, P, D), the largest number of each window. Args: see `Windows`."""

    axes = ("T", "D")


class GlobalMaxPooling1D(Max, Global):
    """(N, T, D) -> (N, D), the largest number of each channel. Args: see `Global`.

    As in Keras, it does not look at masks: a step of padding may win.
    """

    axes = ("T", "D")


class GlobalAveragePooling1D(Mean, Global):
    """(N, T, D) -> (N, D), the mean of each channel. Args: see `Global`.

    A mask (N, T) leaves steps of padding out of the mean. That of no step at all is 0, where
    Keras divides 0 by 0.
    """

    axes = ("T", "D")
    takes_mask = True

    def forward(self, x, training=False, mask=None):
        """x (N, T, D) -> y (N, D); mask (N, T) of bool, or None: every step counts."""
        share = None if mask is None else self._share(x, mask)
        y, cache = super().forward(x if share is None else x * share, training)
        return y, (cache, share)

    def backward(self, dy, cache):
        """dx (N, T, D), 0 at padding."""
        cache, share = cache
        dx = super().backward(dy, cache)
        return dx if share is None else dx * share

    def _share(self, x, mask):
        # The kernel divides by T, not by the number of real steps: T / number makes up for that.
        T = x.shape[1]
        mask = self.ops.xp.asarray(checks.mask(mask, x.shape[:2], f"layer {self.name!r}"))
        steps = np.maximum(mask.sum(axis=1, keepdims=True), 1)  # (N, 1)
        return (mask * (T / steps)).astype(x.dtype)[..., None]  # (N, T, 1)


# Keras's short names.
MaxPool1D, MaxPool2D = MaxPooling1D, MaxPooling2D
AvgPool2D = AveragePooling2D
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
