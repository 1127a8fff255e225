"""Convolution as matrix products, for any geometry. The symbols are in this folder's __init__.

Row (n, p, q) of `columns` holds the K = R S D numbers of x that output (n, p, q) looks at. With
the kernel as a matrix w (K, M):

    y        = columns w         (T, K) (K, M) -> (T, M)
    dw       = columns^T dy      (K, T) (T, M) -> (K, M)
    dcolumns = dy w^T            (T, M) (M, K) -> (T, K), and each number goes back where it was

What makes it fast: the whole of `columns` would be R S times as large as x, so it is made in
blocks of T rows that stay in the second-level cache between being written and being multiplied.
Each thread has its own blocks and its own scratch. With G groups all this happens once a group,
on its channels; each group's matrix has L = M / G columns.

In dw a thread adds up blocks of its own, and the sums of the threads are added in their order: a
result repeats to the last bit for one number of threads.
"""

import math

import numpy as np
from numba import get_num_threads, njit

from minidl.kernels.common.gemm import add_product
from minidl.kernels.common.options import INNER
from minidl.kernels.common.threads import run

_SCRATCH = 512 * 1024  # bytes of `columns`: half of a second-level cache of 1 MiB


def forward(x, w, y, stride, padding, dilation, groups):
    """Fill y (N, P, Q, M) for x (N, H, W, C) and w (R, S, D, M)."""
    geometry = _geometry(w.shape, stride, padding, dilation)
    columns = _columns(w.shape, x, y.size // y.shape[3])
    run(_forward, x, _matrices(w, groups), y, y.reshape(-1, y.shape[3]), columns, geometry)


def input_gradient(dy, w, dx, stride, padding, dilation, groups):
    """Fill dx (N, H, W, C) for dy (N, P, Q, M) and w (R, S, D, M)."""
    geometry = _geometry(w.shape, stride, padding, dilation)
    turned = np.ascontiguousarray(_matrices(w, groups).transpose(0, 2, 1))  # (G, L, K)
    N, P, Q, M = dy.shape
    columns = _columns(w.shape, dy, P * Q)
    run(_input_gradient, dy.reshape(N, P * Q, M), turned, dx, Q, columns, geometry)


def kernel_gradient(x, dy, dw, stride, padding, dilation, groups):
    """Fill dw (R, S, D, M) for x (N, H, W, C) and dy (N, P, Q, M)."""
    R, S, D, M = dw.shape
    geometry = _geometry(dw.shape, stride, padding, dilation)
    sums = np.zeros((get_num_threads(), groups, R * S * D, M // groups), x.dtype)
    columns = _columns(dw.shape, x, dy.size // M)
    run(_kernel_gradient, x, dy, dy.reshape(-1, M), sums, columns, geometry)
    total = sums.sum(axis=0)  # (G, K, L)
    dw[...] = total.transpose(1, 0, 2).reshape(dw.shape)


def _geometry(shape, stride, padding, dilation):
    """(R, S, sh, sw, dh, dw, top, left): what the loops below need to know."""
    return (*shape[:2], *stride, *dilation, padding[0][0], padding[1][0])


def _matrices(w, groups):
    """w (R, S, D, M) -> (G, K, L), the kernel of each group as a matrix."""
    R, S, D, M = w.shape
    w = w.reshape(R * S * D, groups, M // groups)
    return np.ascontiguousarray(w.transpose(1, 0, 2))


def _columns(shape, x, most):
    """Room for T rows of `columns`, T <= most, for each thread: (threads, T, K)."""
    K = math.prod(shape[:3])
    T = min(max(32, _SCRATCH // (K * x.itemsize)), most)
    return np.empty((get_num_threads(), T, K), x.dtype)


# ------------------------------------------------------------------- one thread's share


@njit(nogil=True, cache=True)
def _forward(x, w, images, y, columns, geometry, thread, threads):
    _, P, Q, _ = images.shape
    G, _, L = w.shape
    columns = columns[thread]
    T = len(columns)
    blocks = (len(y) + T - 1) // T
    for block in range(thread * blocks // threads, (thread + 1) * blocks // threads):
        a, b = block * T, min(block * T + T, len(y))
        for g in range(G):
            _gather(x, columns, a, b, P, Q, geometry, g * (x.shape[3] // G))
            y[a:b, g * L : (g + 1) * L] = 0
            add_product(columns[: b - a], w[g], y[a:b, g * L : (g + 1) * L])


@njit(nogil=True, cache=True)
def _kernel_gradient(x, images, dy, sums, columns, geometry, thread, threads):
    _, P, Q, _ = images.shape
    _, G, _, L = sums.shape
    columns = columns[thread]
    T = len(columns)
    blocks = (len(dy) + T - 1) // T
    for block in range(thread * blocks // threads, (thread + 1) * blocks // threads):
        a, b = block * T, min(block * T + T, len(dy))
        for g in range(G):
            _gather(x, columns, a, b, P, Q, geometry, g * (x.shape[3] // G))
            add_product(columns[: b - a].T, dy[a:b, g * L : (g + 1) * L], sums[thread, g])


@njit(nogil=True, cache=True)
def _input_gradient(dy, w, dx, Q, columns, geometry, thread, threads):
    N, PQ, _ = dy.shape
    G, L, _ = w.shape
    columns = columns[thread]
    T = len(columns)
    for task in range(thread * N * G // threads, (thread + 1) * N * G // threads):
        n, g = task // G, task % G  # a thread owns the channels of a group in an image
        D = dx.shape[3] // G
        dx[n, :, :, g * D : (g + 1) * D] = 0
        for a in range(0, PQ, T):
            b = min(a + T, PQ)
            columns[:] = 0
            add_product(dy[n, a:b, g * L : (g + 1) * L], w[g], columns[: b - a])
            _scatter(columns, dx, n, a, b, Q, geometry, g * D)


@njit(nogil=True, cache=True, **INNER)
def _gather(x, columns, a, b, P, Q, geometry, first):
    """Write what outputs a to b look at, from channel `first` on, into columns (T, K)."""
    R, S, sh, sw, dh, dw, top, left = geometry
    _, H, W, _ = x.shape
    D = columns.shape[1] // (R * S)
    t = 0
    while a < b:  # one row of outputs after the other, so that the inner loops only count
        n, p, q = a // (P * Q), a // Q % P, a % Q
        length = min(Q - q, b - a)
        for r in range(R):
            i = p * sh - top + r * dh
            for s in range(S):
                j, k = q * sw - left + s * dw, (r * S + s) * D
                for u in range(t, t + length):
                    if 0 <= i < H and 0 <= j < W:
                        for d in range(D):
                            columns[u, k + d] = x[n, i, j, first + d]
                    else:
                        for d in range(D):
                            columns[u, k + d] = 0
                    j += sw
        a, t = a + length, t + length


@njit(nogil=True, cache=True, **INNER)
def _scatter(columns, dx, n, a, b, Q, geometry, first):
    """Add columns (T, K), of outputs a to b of image n, to dx (N, H, W, C) from channel `first`."""
    R, S, sh, sw, dh, dw, top, left = geometry
    _, H, W, _ = dx.shape
    D = columns.shape[1] // (R * S)
    t = 0
    while a < b:
        p, q = a // Q, a % Q
        length = min(Q - q, b - a)
        for r in range(R):
            i = p * sh - top + r * dh
            for s in range(S):
                j, k = q * sw - left + s * dw, (r * S + s) * D
                for u in range(t, t + length):
                    if 0 <= i < H and 0 <= j < W:
                        for d in range(D):
                            dx[n, i, j, first + d] += columns[u, k + d]
                    j += sw
        a, t = a + length, t + length
