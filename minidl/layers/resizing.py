"""Layers that change the size of an image and learn nothing: borders and upsampling.

All are linear, y = A x, so the backward of each is dx = A^T dy. Padding and cropping are each
other's transpose: what one adds, the other takes away.
"""

import numpy as np

from minidl.base import naming
from minidl.base.arrays import array_module
from minidl.layers.spatial import Spatial, per_axis


class _Resizing(Spatial):
    def output_size(self, size):
        """Return the lengths of y's axes of places; None is any length."""
        lengths = [None if H is None else self.length(axis, H) for axis, H in enumerate(size)]
        if any(P is not None and P < 1 for P in lengths):
            raise ValueError(f"layer {self.name!r} leaves nothing of samples of size {size}")
        return lengths

    def length(self, axis, H):
        """Length of the output along an axis on which the input has H."""
        raise NotImplementedError(f"{type(self).__name__}.length")


class _Border(_Resizing):
    grows = True  # a border of zeros is put around; else it is cut off

    def length(self, axis, H):
        """H + before + after, or H - before - after."""
        return H + sum(self.border[axis]) * (1 if self.grows else -1)

    def forward(self, x, training=False):
        """x (N, H, W, C) -> y (N, top + H + bottom, left + W + right, C), or less by as much."""
        return _with_border(x, self.border, self.grows), None

    def backward(self, dy, _):
        """What fell on zeros is lost; what was cut off had no part in y, its gradient is 0."""
        return _with_border(dy, self.border, not self.grows)


class ZeroPadding2D(_Border):
    """Zeros around an image.

    Args:
        padding: how many: an integer for all sides, (rows, columns), or
            ((top, bottom), (left, right)).
        options: of `Spatial`.
    """

    def __init__(self, padding=1, **options):
        super().__init__(**options)
        self.padding = self.border = _border("padding", padding)


class Cropping2D(_Border):
    """Cuts off the border of an image.

    Args:
        cropping: how much: like `padding` of `ZeroPadding2D`.
        options: of `Spatial`.
    """

    grows = False

    def __init__(self, cropping=0, **options):
        super().__init__(**options)
        self.cropping = self.border = _border("cropping", cropping)


class UpSampling2D(_Resizing):
    """Larger images: every pixel becomes sh x sw pixels.

        "nearest"     y[n, p, q, c] = x[n, p // sh, q // sw, c]
        "bilinear"    y[n, p, q, c] = sum over h, w  of  A[p, h] x[n, h, w, c] B[q, w]

    A (H sh, H) mixes the two rows nearest to the middle of row p, and B the two columns.

    Args:
        size: (sh, sw), or one integer for both.
        interpolation: "nearest" or "bilinear".
        options: of `Spatial`.
    """

    def __init__(self, size=2, *, interpolation="nearest", **options):
        super().__init__(**options)
        self.size = self.per_axis("size", size)
        self.interpolation = naming.one_of("interpolation", interpolation, "nearest", "bilinear")

    def length(self, axis, H):
        """H sh or W sw."""
        return H * self.size[axis]

    def forward(self, x, training=False):
        """x (N, H, W, C) -> y (N, H sh, W sw, C)."""
        if self.interpolation == "nearest":
            sh, sw = self.size
            return x.repeat(sh, axis=1).repeat(sw, axis=2), x.shape
        A, B = map(_mixing, x.shape[1:3], self.size, (x, x))
        return np.einsum("ph,nhwc,qw->npqc", A, x, B, optimize=True), x.shape

    def backward(self, dy, shape):
        """Each pixel of x gets the sum of what its copies got, or A^T dy B."""
        if self.interpolation == "nearest":
            N, H, W, C = shape
            return dy.reshape(N, H, self.size[0], W, self.size[1], C).sum(axis=(2, 4))
        A, B = map(_mixing, shape[1:3], self.size, (dy, dy))
        return np.einsum("ph,npqc,qw->nhwc", A, dy, B, optimize=True)


def _border(name, value):
    """Return ((top, bottom), (left, right))."""
    rows, columns = value if isinstance(value, tuple | list) and len(value) == 2 else (value, value)
    return tuple(per_axis(name, pair, 2, at_least=0) for pair in (rows, columns))


def _with_border(x, border, grows):
    if grows:
        return np.pad(x, ((0, 0), *border, (0, 0)))
    return x[:, *(slice(before, L - after) for (before, after), L in zip(border, x.shape[1:]))]


def _mixing(H, size, x):
    """Return A (H size, H): where the middle of each new pixel lies between two old ones of x."""
    xp = array_module(x)
    middle = np.clip((xp.arange(H * size) + 0.5) / size - 0.5, 0, H - 1)  # in old pixels
    nearness = 1 - np.abs(middle[:, None] - xp.arange(H))
    return np.maximum(nearness, 0).astype(x.dtype)
