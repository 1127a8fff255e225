"""Convolution in CUDA: one of three ways. The contract and symbols: this folder's __init__.

    pointwise   a kernel of one pixel, stride 1, no padding: a plain matrix product
    depthwise   a kernel for each channel: sums of a few products, one thread for each of them
    columns     all the rest: every place the kernel looks at becomes a row of a matrix

`method` is the rule that chooses. The matrix products are cuBLAS's, the library of the GPU's
maker. Each way is a plain sum of products, whatever `config.set_convolution` says.
"""

from minidl.kernels.conv2d import gpu_columns, gpu_depthwise, output_size
from minidl.kernels.cuda import array_module


def forward(x, w, stride, padding, dilation, groups):
    """x (N, H, W, C), w (R, S, C/G, M) -> y (N, P, Q, M)."""
    xp = array_module(x)
    x, w = xp.ascontiguousarray(x), xp.ascontiguousarray(w)
    P, Q = output_size(x.shape[1:3], w.shape[:2], stride, padding, dilation)
    y = xp.empty((len(x), P, Q, w.shape[3]), x.dtype)
    match method(w.shape, stride, padding, groups):
        case "pointwise":
            xp.matmul(_matrix(x), w[0, 0], out=_matrix(y))
        case "depthwise":
            gpu_depthwise.forward(x, w, y, stride, padding, dilation)
        case "columns":
            gpu_columns.forward(x, w, y, stride, padding, dilation, groups)
    return y


def input_gradient(dy, w, size, stride, padding, dilation, groups):
    """dy (N, P, Q, M), w (R, S, C/G, M), size (H, W) -> dx (N, H, W, C)."""
    xp = array_module(dy)
    dy, w = xp.ascontiguousarray(dy), xp.ascontiguousarray(w)
    dx = xp.empty((len(dy), *size, groups * w.shape[2]), dy.dtype)
    match method(w.shape, stride, padding, groups):
        case "pointwise":
            xp.matmul(_matrix(dy), w[0, 0].T, out=_matrix(dx))
        case "depthwise":
            gpu_depthwise.input_gradient(dy, w, dx, stride, padding, dilation)
        case "columns":
            gpu_columns.input_gradient(dy, w, dx, stride, padding, dilation, groups)
    return dx


def kernel_gradient(x, dy, kernel_size, stride, padding, dilation, groups):
    """x (N, H, W, C), dy (N, P, Q, M) -> dw (R, S, C/G, M)."""
    xp = array_module(x)
    x, dy = xp.ascontiguousarray(x), xp.ascontiguousarray(dy)
    dw = xp.empty((*kernel_size, x.shape[3] // groups, dy.shape[3]), x.dtype)
    match method(dw.shape, stride, padding, groups):
        case "pointwise":
            xp.matmul(_matrix(x).T, _matrix(dy), out=dw[0, 0])
        case "depthwise":
            gpu_depthwise.kernel_gradient(x, dy, dw, stride, padding, dilation)
        case "columns":
            gpu_columns.kernel_gradient(x, dy, dw, stride, padding, dilation, groups)
    return dw


def method(kernel_shape, stride, padding, groups):
    """Name the way to compute a convolution, the same for value and gradients."""
    R, S, D, _ = kernel_shape
    if D == 1 and groups > 1:
        return "depthwise"
    unpadded = all(pad == 0 for pads in padding for pad in pads)
    if groups == 1 and (R, S) == (1, 1) == tuple(stride) and unpadded:
        return "pointwise"
    return "columns"


def _matrix(a):
    """(N, P, Q, M) -> (N P Q, M), a view: a row for each pixel."""
    return a.reshape(-1, a.shape[3])
