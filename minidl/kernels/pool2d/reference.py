"""Pooling in NumPy, one window at a time. Contract and symbols are in this folder's __init__."""

import numpy as np

from minidl.kernels.pool2d import output_shape


def max_forward(x, pool_size, stride, padding):
    """x (N, H, W, C) -> y (N, P, Q, C), index (N, P, Q, C)."""
    N, _, _, C = x.shape
    (R, S), ((top, _), (left, _)) = pool_size, padding
    shape = output_shape(x, pool_size, stride, padding)  # (N, P, Q, C)
    y, index = np.empty(shape, x.dtype), np.empty(shape, np.uint8 if R * S <= 256 else np.int32)
    for p, q, rows, columns in _windows(x.shape, shape, pool_size, stride, padding):
        window = x[:, rows, columns]  # what of the window lies in the image: (N, r, s, C)
        width = window.shape[2]
        flat = window.reshape(N, -1, C)  # (N, r s, C)
        k = flat.argmax(axis=1)  # (N, C): the first of the largest, and NaN is the largest
        y[:, p, q] = np.take_along_axis(flat, k[:, None], axis=1)[:, 0]
        r = rows.start + k // width - (p * stride[0] - top)
        s = columns.start + k % width - (q * stride[1] - left)
        index[:, p, q] = r * S + s
    return y, index


def max_backward(dy, index, size, pool_size, stride, padding):
    """dy, index (N, P, Q, C) -> dx (N, H, W, C)."""
    N, _, _, C = dy.shape
    S, ((top, _), (left, _)) = pool_size[1], padding
    dx = np.zeros((N, *size, C), dy.dtype)
    n, c = np.arange(N)[:, None], np.arange(C)
    for p, q, _, _ in _windows(dx.shape, dy.shape, pool_size, stride, padding):
        r, s = np.divmod(index[:, p, q].astype(int), S)  # (N, C)
        dx[n, p * stride[0] - top + r, q * stride[1] - left + s, c] += dy[:, p, q]
    return dx


def mean_forward(x, pool_size, stride, padding):
    """x (N, H, W, C) -> y (N, P, Q, C)."""
    y = np.empty(output_shape(x, pool_size, stride, padding), x.dtype)
    for p, q, rows, columns in _windows(x.shape, y.shape, pool_size, stride, padding):
        y[:, p, q] = x[:, rows, columns].mean(axis=(1, 2))
    return y


def mean_backward(dy, size, pool_size, stride, padding):
    """dy (N, P, Q, C) -> dx (N, H, W, C)."""
    N, _, _, C = dy.shape
    dx = np.zeros((N, *size, C), dy.dtype)
    for p, q, rows, columns in _windows(dx.shape, dy.shape, pool_size, stride, padding):
        window = dx[:, rows, columns]  # a view
        window += dy[:, p, q, None, None] / (window.shape[1] * window.shape[2])
    return dx


def _windows(x_shape, y_shape, pool_size, stride, padding):
    """Each window's p and q, and its rows and columns in the image, as slices."""
    size, (P, Q) = x_shape[1:3], y_shape[1:3]
    for p in range(P):
        for q in range(Q):
            starts = p * stride[0] - padding[0][0], q * stride[1] - padding[1][0]
            inside = (slice(max(a, 0), min(a + R, H)) for a, R, H in zip(starts, pool_size, size))
            yield p, q, *inside
