"""Layers that change the size of an image and learn nothing: borders and upsampling.

All are linear, y = A x, so the backward of each is dx = A^T dy. Padding and cropping are each
other's transpose: what one adds, the other takes away.
"""

import numpy as np

from minidl import checks
from minidl.arrays import array_module
from minidl.layer import Layer
from minidl.layers import windows


class _Resizing(Layer):
    axes = ("H", "W", "C")  # of one sample

    def build(self, shape, rng):
        """Check the shape of one sample and return that of its output; None is any length."""
        checks.axes(self, shape, self.axes)
        *size, C = shape
        lengths = [None if H is None else self.length(axis, H) for axis, H in enumerate(size)]
        if any(P is not None and P < 1 for P in lengths):
            raise ValueError(f"layer {self.name!r} leaves nothing of samples of shape {shape}")
        return (*lengths, C)

    def length(self, axis, H):
        """Length of the output along an axis on which the input has H."""
        raise NotImplementedError(f"{type(self).__name__}.length")


class _ZeroPadding(_Resizing):
    def length(self, axis, H):
        """H + before + after."""
        return H + sum(self.padding[axis])

    def forward(self, x, training=False):
        """x (N, H, W, C) -> y (N, top + H + bottom, left + W + right, C)."""
        return _pad(x, self.padding), None

    def backward(self, dy, _):
        """What fell on the zeros is lost."""
        return _crop(dy, self.padding)


class ZeroPadding2D(_ZeroPadding):
    """Zeros around an image.

    Args:
        padding: how many: an integer for all sides, (rows, columns), or
            ((top, bottom), (left, right)).
        data_format: None or "channels_last".
    """

    def __init__(self, padding=1, data_format=None, **options):
        super().__init__(**options)
        windows.check_data_format(data_format)
        self.padding = _border("padding", padding)


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after a sequence: x (N, T, C) -> y (N, before + T + after, C).

    Args:
        padding: how many: an integer for both sides, or (before, after).
    """

    axes = ("T", "C")

    def __init__(self, padding=1, **options):
        super().__init__(**options)
        self.padding = (windows.per_axis("padding", padding, 2, at_least=0),)


class Cropping2D(_Resizing):
    """Cuts off the border of an image.

    Args:
        cropping: how much: like `padding` of `ZeroPadding2D`.
        data_format: None or "channels_last".
    """

    def __init__(self, cropping=0, data_format=None, **options):
        super().__init__(**options)
        windows.check_data_format(data_format)
        self.cropping = _border("cropping", cropping)

    def length(self, axis, H):
        """H - before - after."""
        return H - sum(self.cropping[axis])

    def forward(self, x, training=False):
        """x (N, H, W, C) -> y (N, H - top - bottom, W - left - right, C)."""
        return _crop(x, self.cropping), None

    def backward(self, dy, _):
        """The border had no part in y: its gradient is 0."""
        return _pad(dy, self.cropping)


class UpSampling2D(_Resizing):
    """Larger images: every pixel becomes sh x sw pixels.

        "nearest"     y[n, p, q, c] = x[n, p // sh, q // sw, c]
        "bilinear"    y[n, p, q, c] = sum over h, w  of  A[p, h] x[n, h, w, c] B[q, w]

    A (H sh, H) mixes the two rows nearest to the middle of row p, and B the two columns.

    Args:
        size: (sh, sw), or one integer for both.
        data_format: None or "channels_last".
        interpolation: "nearest" or "bilinear".
    """

    def __init__(self, size=2, data_format=None, interpolation="nearest", **options):
        super().__init__(**options)
        windows.check_data_format(data_format)
        self.size = windows.per_axis("size", size, 2)
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(
                f'interpolation must be "nearest" or "bilinear"; got {interpolation!r}'
            )
        self.interpolation = interpolation

    def length(self, axis, H):
        """H sh, W sw."""
        return H * self.size[axis]

    def forward(self, x, training=False):
        """x (N, H, W, C) -> y (N, H sh, W sw, C)."""
        (N, H, W, C), (sh, sw) = x.shape, self.size
        if self.interpolation == "bilinear":
            A, B = _mixing(H, sh, x), _mixing(W, sw, x)
            return np.einsum("ph,nhwc,qw->npqc", A, x, B, optimize=True), x.shape
        copies = np.broadcast_to(x[:, :, None, :, None], (N, H, sh, W, sw, C))
        return copies.reshape(N, H * sh, W * sw, C), x.shape

    def backward(self, dy, shape):
        """Each pixel of x gets the sum of what its copies got, or A^T dy B."""
        (N, H, W, C), (sh, sw) = shape, self.size
        if self.interpolation == "bilinear":
            A, B = _mixing(H, sh, dy), _mixing(W, sw, dy)
            return np.einsum("ph,npqc,qw->nhwc", A, dy, B, optimize=True)
        return dy.reshape(N, H, sh, W, sw, C).sum(axis=(2, 4))


class UpSampling1D(_Resizing):
    """Longer sequences: y[n, t, c] = x[n, t // size, c].

    Args:
        size: how often each step is repeated.
    """

    axes = ("T", "C")

    def __init__(self, size=2, **options):
        super().__init__(**options)
        (self.size,) = windows.per_axis("size", size, 1)

    def length(self, axis, H):
        """T size."""
        return H * self.size

    def forward(self, x, training=False):
        """x (N, T, C) -> y (N, T size, C)."""
        return x.repeat(self.size, axis=1), x.shape

    def backward(self, dy, shape):
        """Each step of x gets the sum of what its copies got."""
        N, T, C = shape
        return dy.reshape(N, T, self.size, C).sum(axis=2)


def _border(name, value):
    """Return ((top, bottom), (left, right))."""
    rows, columns = value if isinstance(value, tuple | list) and len(value) == 2 else (value, value)
    return tuple(windows.per_axis(name, pair, 2, at_least=0) for pair in (rows, columns))


def _pad(x, border):
    return np.pad(x, ((0, 0), *border, (0, 0)))


def _crop(x, border):
    return x[:, *(slice(before, L - after) for (before, after), L in zip(border, x.shape[1:]))]


def _mixing(H, size, x):
    """Return A (H size, H): where the middle of each new pixel lies between two old ones of x."""
    xp = array_module(x)
    middle = np.clip((xp.arange(H * size) + 0.5) / size - 0.5, 0, H - 1)  # in old pixels
    nearness = 1 - np.abs(middle[:, None] - xp.arange(H))
    return np.maximum(nearness, 0).astype(x.dtype)
