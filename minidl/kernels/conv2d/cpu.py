"""Convolution in Numba: one of four ways. The contract and symbols: this folder's __init__.

    pointwise   a kernel of one pixel: a plain matrix product
    depthwise   a kernel for each channel: loops over channels
    winograd    3x3, stride 1: a quarter of the multiplications, and some rounding error
    im2col      all the rest: every place the kernel looks at becomes a row of a matrix

Each stands in a file of its own, but for the first; `method` is the rule that chooses.
"""

import numpy as np

from minidl.base import config
from minidl.kernels.common.arguments import expect, ready
from minidl.kernels.common.gemm import product
from minidl.kernels.conv2d import depthwise, im2col, output_size, winograd


def forward(x, w, stride, padding, dilation, groups):
    """x (N, H, W, C), w (R, S, C/G, M) -> y (N, P, Q, M)."""
    P, Q = _outputs(x.shape, w.shape, stride, padding, dilation, groups)
    x, w = ready(x), ready(w)
    y = np.empty((len(x), P, Q, w.shape[3]), x.dtype)
    match method(y, w.shape, stride, padding, dilation, groups):
        case "pointwise":
            pixels = ready(x[:, :: stride[0], :: stride[1]]).reshape(-1, x.shape[3])
            y = product(pixels, w[0, 0]).reshape(y.shape)
        case "depthwise":
            depthwise.forward(x, w, y, stride, padding, dilation)
        case "winograd":
            (top, _), (left, _) = padding
            winograd.correlate(x, w, y, top, left)
        case "im2col":
            im2col.forward(x, w, y, stride, padding, dilation, groups)
    return y


def input_gradient(dy, w, size, stride, padding, dilation, groups):
    """dy (N, P, Q, M), w (R, S, C/G, M), size (H, W) -> dx (N, H, W, C)."""
    whole = len(dy), *size, groups * w.shape[2]
    P, Q = _outputs(whole, w.shape, stride, padding, dilation, groups)
    expect((len(dy), P, Q, w.shape[3]), dy=dy)
    dy, w = ready(dy), ready(w)
    dx = np.empty(whole, dy.dtype)
    match method(dy, w.shape, stride, padding, dilation, groups):
        case "pointwise":
            pixels = product(dy.reshape(-1, dy.shape[3]), w[0, 0].T)
            dx.fill(0)  # what the stride leaves out
            dx[:, :: stride[0], :: stride[1]] = pixels.reshape(*dy.shape[:3], -1)
        case "depthwise":
            depthwise.input_gradient(dy, w, dx, stride, padding, dilation)
        case "winograd":
            (top, _), (left, _) = padding
            flipped = np.ascontiguousarray(w[::-1, ::-1].transpose(0, 1, 3, 2))
            winograd.correlate(dy, flipped, dx, 2 - top, 2 - left)
        case "im2col":
            im2col.input_gradient(dy, w, dx, stride, padding, dilation, groups)
    return dx


def kernel_gradient(x, dy, kernel_size, stride, padding, dilation, groups):
    """x (N, H, W, C), dy (N, P, Q, M) -> dw (R, S, C/G, M)."""
    shape = *kernel_size, x.shape[-1] // max(groups, 1), dy.shape[-1]
    P, Q = _outputs(x.shape, shape, stride, padding, dilation, groups)
    expect((len(x), P, Q, dy.shape[-1]), dy=dy)
    x, dy, dw = ready(x), ready(dy), np.empty(shape, x.dtype)
    match method(dy, dw.shape, stride, padding, dilation, groups):
        case "pointwise":
            pixels = ready(x[:, :: stride[0], :: stride[1]]).reshape(-1, x.shape[3])
            dw[0, 0] = product(pixels.T, dy.reshape(-1, dy.shape[3]))
        case "depthwise":
            depthwise.kernel_gradient(x, dy, dw, stride, padding, dilation)
        case "winograd":
            (top, _), (left, _) = padding
            winograd.kernel_gradient(x, dy, dw, top, left)
        case "im2col":
            im2col.kernel_gradient(x, dy, dw, stride, padding, dilation, groups)
    return dw


def _outputs(shape, kernel_shape, stride, padding, dilation, groups):
    """Return [P, Q] for images of `shape`; ValueError where a loop would leave its arrays."""
    if len(shape) != 4 or len(kernel_shape) != 4:
        raise ValueError(f"x and w have four axes; got {shape} and {kernel_shape}")
    rows, columns = padding
    if min(*stride, *dilation, groups) < 1 or min(*rows, *columns) < 0:
        raise ValueError(
            "stride, dilation and groups are at least 1, and padding at least 0; got "
            f"{stride}, {dilation}, {groups} and {padding}"
        )
    *size, C = shape[1:]
    R, S, D, M = kernel_shape
    if groups * D != C or M % groups:
        raise ValueError(f"w of shape {kernel_shape} in {groups} groups does not fit x, {shape}")
    P, Q = output_size(size, (R, S), stride, padding, dilation)
    if min(P, Q) < 1:
        raise ValueError(f"x of shape {shape} is smaller than w of shape {kernel_shape}")
    return P, Q


def method(y, kernel_shape, stride, padding, dilation, groups):
    """Name the way to compute a convolution with outputs like y (N, P, Q, M).

    The same for value and gradients. Winograd needs 36 products a tile of 4x4 outputs where the
    others need 9 an output. It is taken where that is at most half of them, tiles at the border
    being partly empty; where there are tiles enough to be worth the transform of the kernel, and
    channels enough to be worth that of the images, from 32 in and out on; and where the user has
    not asked for exactness.
    """
    N, P, Q, M = y.shape
    R, S, D, _ = kernel_shape
    (top, _), (left, _) = padding
    tiles = -(-P // 4) * -(-Q // 4)
    if D == 1 and groups > 1:
        return "depthwise"
    if groups == 1 and (R, S) == (1, 1) and not np.any(padding):
        return "pointwise"
    if (
        groups == 1
        and (R, S) == (3, 3)
        and tuple(stride) == tuple(dilation) == (1, 1)
        and max(top, left) <= 2  # the gradient's own padding is 2 - top
        and 2 * 36 * tiles <= 9 * P * Q
        and N * tiles >= 16
        and D * M >= 16 * (D + M)
        and y.dtype == np.float32
        and config.convolution() == "fast"
    ):
        return "winograd"
    return "im2col"
