"""Convolution where each channel has a kernel of its own. Symbols: this folder's __init__.

With as many groups as channels nothing is summed over channels, so there is no matrix product in
it: the work is nine multiplications (for 3x3) for every number read. The loops here run over the
channels, which lie in a row, and each thread has its own rows of what is written. Several outputs
a channel (M = 2 C, say) are made by repeating the channels first.
"""

import numpy as np
from numba import njit

from minidl.kernels.common.threads import allowed, run


def forward(x, w, y, stride, padding, dilation):
    """Fill y (N, P, Q, M) for x (N, H, W, C) and w (R, S, 1, M)."""
    run(_forward, _repeat(x, y), w[:, :, 0], y, _geometry(stride, padding, dilation))


def input_gradient(dy, w, dx, stride, padding, dilation):
    """Fill dx (N, H, W, C) for dy (N, P, Q, M) and w (R, S, 1, M)."""
    each = np.empty((*dx.shape[:3], dy.shape[3]), dy.dtype)
    run(_input_gradient, dy, w[:, :, 0], each, _geometry(stride, padding, dilation))
    np.sum(each.reshape(*dx.shape, -1), axis=4, out=dx)


def kernel_gradient(x, dy, dw, stride, padding, dilation):
    """Fill dw (R, S, 1, M) for x (N, H, W, C) and dy (N, P, Q, M)."""
    sums = np.zeros((allowed(), *dw.shape[:2], dy.shape[3]), x.dtype)
    run(_kernel_gradient, _repeat(x, dy), dy, sums, _geometry(stride, padding, dilation))
    np.sum(sums, axis=0, out=dw[:, :, 0])


def _repeat(x, y):
    """x (N, H, W, C) with each channel as often as y (N, P, Q, M) has outputs for it."""
    each = y.shape[3] // x.shape[3]
    return x if each == 1 else np.repeat(x, each, axis=3)


def _geometry(stride, padding, dilation):
    """(sh, sw, dh, dw, top, left): what the loops below need to know."""
    return (*stride, *dilation, padding[0][0], padding[1][0])


@njit(nogil=True, cache=True)
def _forward(x, w, y, geometry, thread, threads):
    sh, sw, dh, dw, top, left = geometry
    _, H, W, C = x.shape
    N, P, Q, _ = y.shape
    for task in range(thread * N * P // threads, (thread + 1) * N * P // threads):
        n, p = task // P, task % P
        for q in range(Q):
            for c in range(C):
                y[n, p, q, c] = 0
            for r in range(w.shape[0]):
                i = p * sh - top + r * dh
                for s in range(w.shape[1]):
                    j = q * sw - left + s * dw
                    if 0 <= i < H and 0 <= j < W:
                        for c in range(C):
                            y[n, p, q, c] += x[n, i, j, c] * w[r, s, c]


@njit(nogil=True, cache=True)
def _input_gradient(dy, w, dx, geometry, thread, threads):
    sh, sw, dh, dw, top, left = geometry
    _, P, Q, C = dy.shape
    N, H, W, _ = dx.shape
    for task in range(thread * N * H // threads, (thread + 1) * N * H // threads):
        n, i = task // H, task % H
        for j in range(W):
            for c in range(C):
                dx[n, i, j, c] = 0
        for r in range(w.shape[0]):
            p = (i + top - r * dh) // sh
            if not (0 <= p < P and p * sh - top + r * dh == i):
                continue  # no output looked at row i through row r of the kernel
            for q in range(Q):
                for s in range(w.shape[1]):
                    j = q * sw - left + s * dw
                    if 0 <= j < W:
                        for c in range(C):
                            dx[n, i, j, c] += dy[n, p, q, c] * w[r, s, c]


@njit(nogil=True, cache=True)
def _kernel_gradient(x, dy, sums, geometry, thread, threads):
    sh, sw, dh, dw, top, left = geometry
    _, H, W, C = x.shape
    N, P, Q, _ = dy.shape
    _, R, S, _ = sums.shape
    for task in range(thread * N * P // threads, (thread + 1) * N * P // threads):
        n, p = task // P, task % P
        for r in range(R):
            i = p * sh - top + r * dh
            for s in range(S):
                for q in range(Q):
                    j = q * sw - left + s * dw
                    if 0 <= i < H and 0 <= j < W:
                        for c in range(C):
                            sums[thread, r, s, c] += x[n, i, j, c] * dy[n, p, q, c]
