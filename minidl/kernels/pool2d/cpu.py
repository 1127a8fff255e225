"""Pooling in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast:
- The innermost loop runs over the channels of one place, which lie next to each other, and has no
  branch: a comparison chooses between two values. LLVM makes it several numbers at a time.
- Forward, each thread owns whole rows of y. Backward, each owns whole rows of dx and gathers from
  the windows that touch them: nobody else writes there, and a batch of one image has work for all.
- The index of the winner is one byte where it can be.
- What of a window lies in the image is worked out once a window (`_inside`), not at each place.
- Elements are addressed in full, x[n, h, w, c]. A slice x[n, h, w], handed to a helper, reads
  better, but each one counts references in a way that all threads wait for: three times slower.
"""

import numpy as np
from numba import njit

from minidl.kernels.flat import ready
from minidl.kernels.pool2d import output_shape
from minidl.kernels.threads import run


def max_forward(x, pool_size, stride, padding):
    """x (N, H, W, C) -> y (N, P, Q, C), index (N, P, Q, C)."""
    y = np.empty(output_shape(x, pool_size, stride, padding), x.dtype)
    R, S = pool_size
    index = np.empty(y.shape, np.uint8 if R * S <= 256 else np.int32)
    x = ready(x)
    run(_max_forward, x, y, index, pool_size, stride, _first(padding), numbers=x.size)
    return y, index


def max_backward(dy, index, size, pool_size, stride, padding):
    """dy, index (N, P, Q, C) -> dx (N, H, W, C)."""
    dx = np.empty((len(dy), *size, dy.shape[-1]), dy.dtype)
    dy, index = ready(dy), ready(index)
    run(_max_backward, dy, index, dx, pool_size, stride, _first(padding), numbers=dx.size)
    return dx


def mean_forward(x, pool_size, stride, padding):
    """x (N, H, W, C) -> y (N, P, Q, C)."""
    y = np.empty(output_shape(x, pool_size, stride, padding), x.dtype)
    x = ready(x)
    run(_mean_forward, x, y, pool_size, stride, _first(padding), numbers=x.size)
    return y


def mean_backward(dy, size, pool_size, stride, padding):
    """dy (N, P, Q, C) -> dx (N, H, W, C)."""
    dx = np.empty((len(dy), *size, dy.shape[-1]), dy.dtype)
    dy = ready(dy)
    run(_mean_backward, dy, dx, pool_size, stride, _first(padding), numbers=dx.size)
    return dx


def _first(padding):
    return padding[0][0], padding[1][0]  # (top, left): the rest follows from the sizes


@njit(nogil=True, cache=True)
def _max_forward(x, y, index, pool_size, stride, first, thread, threads):
    (N, H, W, C), (P, Q) = x.shape, y.shape[1:3]
    R, S = pool_size
    for row in range(thread * N * P // threads, (thread + 1) * N * P // threads):
        n, p = divmod(row, P)
        top, r_0, r_1 = _inside(p, R, stride[0], first[0], H)
        for q in range(Q):
            left, s_0, s_1 = _inside(q, S, stride[1], first[1], W)
            for c in range(C):
                y[n, p, q, c] = x[n, top + r_0, left + s_0, c]
                index[n, p, q, c] = r_0 * S + s_0
            for r in range(r_0, r_1):
                for s in range(s_0, s_1):
                    k = r * S + s
                    for c in range(C):
                        a, best = x[n, top + r, left + s, c], y[n, p, q, c]
                        wins = (a > best) | ((a != a) & (best == best))  # NaN wins, once
                        y[n, p, q, c] = a if wins else best
                        index[n, p, q, c] = k if wins else index[n, p, q, c]


@njit(nogil=True, cache=True)
def _max_backward(dy, index, dx, pool_size, stride, first, thread, threads):
    (N, H, W, C), (P, Q) = dx.shape, dy.shape[1:3]
    (R, S), zero = pool_size, dx.dtype.type(0)
    for row in range(thread * N * H // threads, (thread + 1) * N * H // threads):
        n, h = divmod(row, H)
        for w in range(W):
            for c in range(C):
                dx[n, h, w, c] = 0
        p_0, p_1 = _touching(h, R, stride[0], first[0], P)
        for p in range(p_0, p_1):
            r = h + first[0] - p * stride[0]
            for q in range(Q):
                left, s_0, s_1 = _inside(q, S, stride[1], first[1], W)
                for s in range(s_0, s_1):
                    k = r * S + s
                    for c in range(C):
                        won = index[n, p, q, c] == k
                        dx[n, h, left + s, c] += dy[n, p, q, c] if won else zero


@njit(nogil=True, cache=True, error_model="numpy")
def _mean_forward(x, y, pool_size, stride, first, thread, threads):
    (N, H, W, C), (P, Q) = x.shape, y.shape[1:3]
    R, S = pool_size
    for row in range(thread * N * P // threads, (thread + 1) * N * P // threads):
        n, p = divmod(row, P)
        top, r_0, r_1 = _inside(p, R, stride[0], first[0], H)
        for q in range(Q):
            left, s_0, s_1 = _inside(q, S, stride[1], first[1], W)
            share = 1 / y.dtype.type((r_1 - r_0) * (s_1 - s_0))
            for c in range(C):
                y[n, p, q, c] = 0
            for r in range(r_0, r_1):
                for s in range(s_0, s_1):
                    for c in range(C):
                        y[n, p, q, c] += share * x[n, top + r, left + s, c]


@njit(nogil=True, cache=True, error_model="numpy")
def _mean_backward(dy, dx, pool_size, stride, first, thread, threads):
    (N, H, W, C), (P, Q) = dx.shape, dy.shape[1:3]
    R, S = pool_size
    for row in range(thread * N * H // threads, (thread + 1) * N * H // threads):
        n, h = divmod(row, H)
        for w in range(W):
            for c in range(C):
                dx[n, h, w, c] = 0
        p_0, p_1 = _touching(h, R, stride[0], first[0], P)
        for p in range(p_0, p_1):
            _, r_0, r_1 = _inside(p, R, stride[0], first[0], H)
            for q in range(Q):
                left, s_0, s_1 = _inside(q, S, stride[1], first[1], W)
                share = 1 / dx.dtype.type((r_1 - r_0) * (s_1 - s_0))
                for s in range(s_0, s_1):
                    for c in range(C):
                        dx[n, h, left + s, c] += share * dy[n, p, q, c]


@njit(cache=True)
def _inside(p, R, stride, first, H):
    """Return where window p starts, possibly outside, and the range of its places inside."""
    top = p * stride - first
    return top, max(0, -top), min(R, H - top)


@njit(cache=True)
def _touching(h, R, stride, first, P):
    """Return the range of the windows that touch place h: p stride - first <= h, and > h - R."""
    return max(0, (h + first - R) // stride + 1), min(P, (h + first) // stride + 1)
