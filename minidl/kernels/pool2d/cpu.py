"""Pooling in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast:
- The innermost loop runs over the channels of one place, which lie next to each other, and has no
  branch: a comparison chooses between two values. LLVM makes it several numbers at a time.
- Forward, each thread owns whole rows of y. Backward, each owns whole rows of dx and gathers from
  the windows that touch them: nobody else writes there, and a batch of one image has work for all.
- The index of the winner is one byte where it can be.
- What of a window lies in the image is worked out once a window (`_window`), not at each place.
- Elements are addressed in full, x[n, h, w, c]. A slice x[n, h, w], handed to a helper, reads
  better, but each one counts references in a way that all threads wait for: three times slower.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from minidl.kernels.common.arguments import expect, ready
from minidl.kernels.common.options import INNER
from minidl.kernels.common.threads import run
from minidl.kernels.pool2d import output_shape


def max_forward(x, pool_size, stride, padding):
    """x (N, H, W, C) -> y (N, P, Q, C), index (N, P, Q, C)."""
    R, S = pool_size
    y = np.empty(_outputs(x, pool_size, stride, padding), x.dtype)
    index = np.empty(y.shape, np.uint8 if R * S <= 256 else np.int32)
    x = ready(x)
    run(_max_forward, x, y, index, pool_size, stride, _before(padding), numbers=x.size)
    return y, index


def max_backward(dy, index, size, pool_size, stride, padding):
    """dy, index (N, P, Q, C) -> dx (N, H, W, C)."""
    dx = np.empty((len(dy), *size, dy.shape[-1]), dy.dtype)
    expect(_outputs(dx, pool_size, stride, padding), dy=dy, index=index)
    dy, index = ready(dy), ready(index)
    run(_max_backward, dy, index, dx, pool_size, stride, _before(padding), numbers=dx.size)
    return dx


def mean_forward(x, pool_size, stride, padding):
    """x (N, H, W, C) -> y (N, P, Q, C)."""
    y = np.empty(_outputs(x, pool_size, stride, padding), x.dtype)
    x = ready(x)
    run(_mean_forward, x, y, pool_size, stride, _before(padding), numbers=x.size)
    return y


def mean_backward(dy, size, pool_size, stride, padding):
    """dy (N, P, Q, C) -> dx (N, H, W, C)."""
    dx = np.empty((len(dy), *size, dy.shape[-1]), dy.dtype)
    expect(_outputs(dx, pool_size, stride, padding), dy=dy)
    dy = ready(dy)
    run(_mean_backward, dy, dx, pool_size, stride, _before(padding), numbers=dx.size)
    return dx


def _outputs(x, pool_size, stride, padding):
    """Return (N, P, Q, C); ValueError where a window would not see the image x (N, H, W, C)."""
    (top, bottom), (left, right) = padding
    lengths = (*pool_size, *stride)
    if min(lengths) < 1 or min(top, bottom, left, right) < 0:
        raise ValueError(
            f"pool_size and stride are at least 1, padding at least 0; got {lengths}, {padding}"
        )
    shape = output_shape(x, pool_size, stride, padding)
    R, S = pool_size
    if min(shape) < 1 or max(top, bottom) >= R or max(left, right) >= S:
        raise ValueError(
            f"windows of {pool_size}, with padding {padding}, do not fit x of shape {x.shape}"
        )
    return shape


def _before(padding):
    return padding[0][0], padding[1][0]  # (top, left): the rest follows from the sizes


class Window(NamedTuple):
    """What of window p lies in the image, along one axis: places first, ..., last - 1 of it.

    It starts at place `start` of the image, possibly outside.
    """

    start: int
    first: int
    last: int


@njit(nogil=True, cache=True)
def _max_forward(x, y, index, pool_size, stride, before, thread, threads):
    (N, H, W, C), (P, Q) = x.shape, y.shape[1:3]
    (R, S), (sh, sw), (top, left) = pool_size, stride, before
    # this thread's share of the rows of y
    for row in range(thread * N * P // threads, (thread + 1) * N * P // threads):
        n, p = divmod(row, P)
        rows = _window(p, R, sh, top, H)
        for q in range(Q):
            columns = _window(q, S, sw, left, W)
            for c in range(C):
                r, s = rows.first, columns.first
                y[n, p, q, c] = x[n, rows.start + r, columns.start + s, c]
                index[n, p, q, c] = r * S + s
            for r in range(rows.first, rows.last):
                for s in range(columns.first, columns.last):
                    k = r * S + s
                    for c in range(C):
                        a = x[n, rows.start + r, columns.start + s, c]
                        best, winner = y[n, p, q, c], index[n, p, q, c]
                        # NaN wins, once
                        wins = (a > best) | ((a != a) & (best == best))
                        y[n, p, q, c] = a if wins else best
                        index[n, p, q, c] = k if wins else winner


@njit(nogil=True, cache=True)
def _max_backward(dy, index, dx, pool_size, stride, before, thread, threads):
    (N, H, W, C), (P, Q) = dx.shape, dy.shape[1:3]
    (R, S), (sh, sw), (top, left) = pool_size, stride, before
    zero = dx.dtype.type(0)
    # this thread's share of the rows of dx
    for row in range(thread * N * H // threads, (thread + 1) * N * H // threads):
        n, h = divmod(row, H)
        for w in range(W):
            for c in range(C):
                dx[n, h, w, c] = 0
        first, last = _touching(h, R, sh, top, P)
        for p in range(first, last):
            r = h + top - p * sh  # the row of window p that is row h of the image
            for q in range(Q):
                columns = _window(q, S, sw, left, W)
                for s in range(columns.first, columns.last):
                    k = r * S + s
                    for c in range(C):
                        won = index[n, p, q, c] == k
                        dx[n, h, columns.start + s, c] += dy[n, p, q, c] if won else zero


@njit(nogil=True, cache=True, error_model="numpy")
def _mean_forward(x, y, pool_size, stride, before, thread, threads):
    (N, H, W, C), (P, Q) = x.shape, y.shape[1:3]
    (R, S), (sh, sw), (top, left) = pool_size, stride, before
    # this thread's share of the rows of y
    for row in range(thread * N * P // threads, (thread + 1) * N * P // threads):
        n, p = divmod(row, P)
        rows = _window(p, R, sh, top, H)
        for q in range(Q):
            columns = _window(q, S, sw, left, W)
            share = 1 / y.dtype.type(_size(rows) * _size(columns))
            for c in range(C):
                y[n, p, q, c] = 0
            for r in range(rows.first, rows.last):
                for s in range(columns.first, columns.last):
                    for c in range(C):
                        y[n, p, q, c] += share * x[n, rows.start + r, columns.start + s, c]


@njit(nogil=True, cache=True, error_model="numpy")
def _mean_backward(dy, dx, pool_size, stride, before, thread, threads):
    (N, H, W, C), (P, Q) = dx.shape, dy.shape[1:3]
    (R, S), (sh, sw), (top, left) = pool_size, stride, before
    # this thread's share of the rows of dx
    for row in range(thread * N * H // threads, (thread + 1) * N * H // threads):
        n, h = divmod(row, H)
        for w in range(W):
            for c in range(C):
                dx[n, h, w, c] = 0
        first, last = _touching(h, R, sh, top, P)
        for p in range(first, last):
            rows = _window(p, R, sh, top, H)
            for q in range(Q):
                columns = _window(q, S, sw, left, W)
                share = 1 / dx.dtype.type(_size(rows) * _size(columns))
                for s in range(columns.first, columns.last):
                    for c in range(C):
                        dx[n, h, columns.start + s, c] += share * dy[n, p, q, c]


@njit(cache=True, **INNER)
def _window(p, R, stride, before, H):
    """Return window p, for windows of R places."""
    start = p * stride - before
    return Window(start, max(0, -start), min(R, H - start))


@njit(cache=True, **INNER)
def _size(window):
    return window.last - window.first


@njit(cache=True, **INNER)
def _touching(h, R, stride, before, P):
    """Return the range of the windows that touch place h: p stride - before <= h, and > h - R."""
    return max(0, (h + before - R) // stride + 1), min(P, (h + before) // stride + 1)
