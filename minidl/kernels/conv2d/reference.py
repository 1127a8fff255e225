"""Convolution in NumPy. The contract and the symbols are in this folder's __init__."""

import numpy as np


def forward(x, w, stride, padding, dilation, groups):
    """x (N, H, W, C), w (R, S, C/G, M) -> y (N, P, Q, M)."""
    R, S, D, M = w.shape
    windows = _windows(_pad(x, padding), (R, S), stride, dilation)  # (N, P, Q, C, R, S)
    N, P, Q = windows.shape[:3]
    windows = windows.reshape(N, P, Q, groups, D, R, S)
    w = w.reshape(R, S, D, groups, M // groups)
    y = np.einsum("npqgdrs,rsdgm->npqgm", windows, w, optimize=True)
    return np.ascontiguousarray(y).reshape(N, P, Q, M)


def kernel_gradient(x, dy, kernel_size, stride, padding, dilation, groups):
    """x (N, H, W, C), dy (N, P, Q, M) -> dw (R, S, C/G, M)."""
    R, S = kernel_size
    N, P, Q, M = dy.shape
    D = x.shape[-1] // groups
    windows = _windows(_pad(x, padding), (R, S), stride, dilation)[:, :P, :Q]
    windows = windows.reshape(N, P, Q, groups, D, R, S)
    dy = dy.reshape(N, P, Q, groups, M // groups)
    dw = np.einsum("npqgdrs,npqgm->rsdgm", windows, dy, optimize=True)
    return np.ascontiguousarray(dw).reshape(R, S, D, M)


def input_gradient(dy, w, size, stride, padding, dilation, groups):
    """dy (N, P, Q, M), w (R, S, C/G, M), size (H, W) -> dx (N, H, W, C)."""
    (sh, sw), (dh, dw), (H, W) = stride, dilation, size
    (top, bottom), (left, right) = padding
    R, S, D, M = w.shape
    N, P, Q, _ = dy.shape
    dy = dy.reshape(N, P, Q, groups, M // groups)
    w = w.reshape(R, S, D, groups, M // groups)
    dx = np.zeros((N, H + top + bottom, W + left + right, groups * D), dy.dtype)
    for r in range(R):
        for s in range(S):  # what reached y through w[r, s] goes back to the place it came from
            rows, columns = slice(r * dh, r * dh + P * sh, sh), slice(s * dw, s * dw + Q * sw, sw)
            share = np.einsum("npqgm,dgm->npqgd", dy, w[r, s], optimize=True)
            dx[:, rows, columns] += share.reshape(N, P, Q, groups * D)
    return np.ascontiguousarray(dx[:, top : top + H, left : left + W])


def _pad(x, padding):
    """x (N, H, W, C) -> (N, top + H + bottom, left + W + right, C), zeros around the image."""
    return np.pad(x, ((0, 0), *padding, (0, 0)))


def _windows(x, kernel_size, stride, dilation):
    """A view of padded x: element [n, p, q, c, r, s] is x[n, p sh + r dh, q sw + s dw, c]."""
    (R, S), (sh, sw), (dh, dw) = kernel_size, stride, dilation
    reach = ((R - 1) * dh + 1, (S - 1) * dw + 1)  # what a dilated kernel covers
    windows = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(1, 2))
    return windows[:, ::sh, ::sw, :, ::dh, ::dw]
