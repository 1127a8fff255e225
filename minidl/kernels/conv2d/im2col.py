"""Convolution as matrix products, for any geometry. The symbols are in this folder's __init__.

Row (n, p, q) of `columns` holds the K = R S D numbers of x that output (n, p, q) looks at. With
the kernel as a matrix w (K, M):

    y        = columns w         (T, K) (K, M) -> (T, M)
    dw       = columns^T dy      (K, T) (T, M) -> (K, M)
    dcolumns = dy w^T            (T, M) (M, K) -> (T, K), and each number goes back where it was

What makes it fast: `columns`, R S times as large as x, is never written down. Its number [t, k] is
x[a[t] + b[k]], if zeros stand around x: where window t begins, and how far from there tap k is. So
the product reads x itself, with the help of the two tables (`offsets.py`; `tile_at` in
`common/tile.py`). Each thread copies a few images into scratch of its own, with their zeros, and
they stay in the second-level cache while all windows of them are multiplied.

dx is such a product, too, of dy with the kernel turned round, once for every phase of the stride.
Few channels D would leave most of a tile's columns empty: see `col2im.py`. So would few outputs M.
But at stride 1 dx is a convolution, too, so x and y may change places where that is less work.

In dw a thread adds up blocks of its own, and the sums of the threads are added in their order: a
result repeats to the last bit for one number of threads.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.common.gemm import DEPTH
from minidl.kernels.common.options import COMPILED, INNER
from minidl.kernels.common.threads import allowed, run
from minidl.kernels.common.tile import ROWS, TILE_BYTES, tile_at, tile_width
from minidl.kernels.conv2d import col2im, offsets

_SCRATCH = 256 * 1024  # bytes of images, a quarter of a second-level cache of 1 MiB
_WINDOWS = 4096  # at a time: entries of a table


def forward(x, w, y, stride, padding, dilation, groups):
    """Fill y (N, P, Q, M) for x (N, H, W, C) and w (R, S, D, M)."""
    turned = _turned(w.shape, stride, padding, dilation, groups)
    if turned and 2 * w.shape[3] <= tile_width(x.dtype):
        flipped = np.ascontiguousarray(w[::-1, ::-1].transpose(0, 1, 3, 2))
        _give_back(x, flipped, y, stride, turned, dilation, groups)
        return
    plan = _plan(offsets.windows, x, y, w, stride, padding, dilation, groups)
    _correlate(x, offsets.widened([_matrices(w, groups)]), y, plan, w.shape[3] // groups)


def input_gradient(dy, w, dx, stride, padding, dilation, groups):
    """Fill dx (N, H, W, C) for dy (N, P, Q, M) and w (R, S, D, M)."""
    _give_back(dy, w, dx, stride, padding, dilation, groups)


def kernel_gradient(x, dy, dw, stride, padding, dilation, groups):
    """Fill dw (R, S, D, M) for x (N, H, W, C) and dy (N, P, Q, M)."""
    R, S, D, M = dw.shape
    tile, turned = tile_width(x.dtype), _turned(dw.shape, stride, padding, dilation, groups)
    if turned and R * S * M * -(-D // tile) < R * S * D * -(-M // tile):
        flipped = np.empty((R, S, M, D), dw.dtype)
        _collect(dy, x, flipped, stride, turned, dilation, groups)
        dw[...] = flipped[::-1, ::-1].transpose(0, 1, 3, 2)
    else:
        _collect(x, dy, dw, stride, padding, dilation, groups)


def _give_back(dy, w, dx, stride, padding, dilation, groups):
    R, S, D, M = w.shape
    L, tile = M // groups, tile_width(dy.dtype)
    if L * R * S * -(-D // tile) < L * -(-R * S * D // tile) + R * S * D:
        plan = _plan(offsets.phases, dy, dx, w, stride, padding, dilation, groups)
        if not plan.complete:
            dx.fill(0)
        if not plan.taps:
            return
        turned = w.reshape(R, S, D, groups, L).transpose(3, 0, 1, 4, 2)  # (G, R, S, L, D)
        parts = [turned[:, r][:, :, s].reshape(groups, -1, D) for r, s in plan.taps]
        _correlate(dy, offsets.widened(parts), dx, plan, D)
        return
    col2im.input_gradient(dy, w, dx, stride, padding, dilation, groups)


def _collect(x, dy, dw, stride, padding, dilation, groups):
    K, M = math.prod(dw.shape[:3]), dw.shape[3]
    threads, tile = allowed(), tile_width(x.dtype)
    plan = _plan(offsets.windows, x, dy, dw, stride, padding, dilation, groups)
    panels = -(-(M // groups) // tile)
    rows = plan.columns.shape[1]
    sums = np.zeros((threads, groups, panels, rows * tile), x.dtype)
    wide = np.zeros((threads, DEPTH, tile), x.dtype)
    tables = plan.counts, plan.rows, plan.columns
    source = x.reshape(*x.shape[:2], -1), _scratch(x, plan), _start(x, plan)
    places = np.arange(rows) * tile
    run(
        *(_kernel_gradient, *source, dy.reshape(-1, M), M // groups, *tables, sums, places, wide),
        products=dy.size * K,
        parts=len(x),
    )
    total = sums.sum(axis=0).reshape(groups, panels, rows, tile)[:, :, :K]
    total = total.transpose(2, 0, 1, 3).reshape(K, groups, -1)  # (K, G, L and what fills a tile)
    dw[...] = total[..., : M // groups].reshape(dw.shape)


def _turned(shape, stride, padding, dilation, groups):
    """Padding of the convolution in which x and y change places, or None where there is none.

    At stride 1, dx is a convolution of dy with the flipped kernel; so y is a dx, of few channels
    if M is small, and x and dy may change places in dw.
    """
    pads = [((R - 1) * d - p, 0) for R, d, (p, _) in zip(shape, dilation, padding)]
    possible = groups == 1 and tuple(stride) == (1, 1) and min(pads)[0] >= 0
    return pads if possible else None


def _plan(kind, source, target, w, stride, padding, dilation, groups):
    """Where everything is, for as many images as a thread takes at a time."""
    share = -(-len(source) // allowed())
    fit = min(_SCRATCH // source[0].nbytes, _WINDOWS // math.prod(target.shape[1:3]))
    images = -(-share // -(-share // max(1, fit)))  # blocks of about equal size
    before = padding[0][0], padding[1][0]
    sizes = source.shape[1:], target.shape[1:], w.shape[:2]
    return kind(images, *sizes, tuple(stride), before, tuple(dilation), groups)


def _matrices(w, groups):
    """w (R, S, D, M) -> (G, K, L), the kernel of each group as a matrix."""
    R, S, D, M = w.shape
    w = w.reshape(R * S * D, groups, M // groups)
    return np.ascontiguousarray(w.transpose(1, 0, 2))


def _scratch(x, plan):
    """Room for each thread: a block of images with zeros around them."""
    size = plan.images, plan.size[0], plan.size[1] * x.shape[3]
    return np.zeros((allowed(), *size), x.dtype)


def _start(x, plan):
    return plan.before[0], plan.before[1] * x.shape[3]


def _correlate(x, w, y, plan, J):
    tables = plan.counts, plan.depths, plan.rows, plan.places, plan.columns
    source = x.reshape(*x.shape[:2], -1), _scratch(x, plan), _start(x, plan)
    tile = tile_width(x.dtype)
    edges = np.empty((allowed(), ROWS * tile), x.dtype)
    beside = np.arange(plan.rows.shape[1]) % ROWS * tile
    run(
        *(_forward, *source, w, y.reshape(-1), J, *tables, edges, beside),
        products=y.size * w.shape[1],
    )


# ------------------------------------------------------------------- one thread's share


@njit(**COMPILED)
def _forward(
    x, padded, start, w, y, J, counts, depths, rows, places, columns, edges, beside, thread, threads
):
    padded, edge, size = padded[thread], edges[thread], len(y) // len(x)
    tile = TILE_BYTES // x.itemsize
    shares = max(1, threads // len(x))  # threads for each image, where there are few images
    part, thread, threads = thread % shares, thread // shares, threads // shares
    last = (thread + 1) * len(x) // threads if thread < threads else 0
    for n in range(thread * len(x) // threads, last, len(padded)):
        images = min(len(padded), last - n)
        _copy(x, n, images, padded, start)
        numbers = padded.reshape(-1)
        for job in range(len(w)):
            a, b, to, count = rows[job], columns[job], places[job], counts[job] * images
            tiles = (count + ROWS - 1) // ROWS
            begin, end = part * tiles // shares * ROWS, (part + 1) * tiles // shares * ROWS
            for first in range(0, J, tile):
                across = min(tile, J - first)
                for i in range(begin, end, ROWS):
                    whole = across == tile and i + ROWS <= count
                    for k in range(0, depths[job], DEPTH):
                        depth = min(DEPTH, depths[job] - k)
                        if whole:
                            at = n * size + first
                            tile_at(numbers, a, i, b, k, depth, w[job], k, first, y, to, at, k > 0)
                        else:  # rows or columns that nobody wants are dropped below
                            tile_at(
                                *(numbers, a, i, b, k, depth, w[job], k, first),
                                *(edge, beside, 0, k > 0),
                            )
                    if not whole:
                        for r in range(min(ROWS, count - i)):
                            place = n * size + to[i + r] + first
                            row = y[place : place + across]
                            for c in range(across):
                                row[c] = edge[r * tile + c]


@njit(**COMPILED)
def _kernel_gradient(
    x, padded, start, dy, L, counts, rows, columns, sums, places, wide, thread, threads
):
    padded, wide, sums = padded[thread], wide[thread], sums[thread]
    tile = wide.shape[1]
    last = (thread + 1) * len(x) // threads
    for n in range(thread * len(x) // threads, last, len(padded)):
        images = min(len(padded), last - n)
        _copy(x, n, images, padded, start)
        numbers = padded.reshape(-1)
        for g in range(len(sums)):
            a, b = columns[g], rows[g]
            for t in range(0, counts[g] * images, DEPTH):
                depth = min(DEPTH, counts[g] * images - t)
                for j in range(sums.shape[1]):
                    first, row = g * L + j * tile, n * counts[g] + t
                    across, total = min(tile, L - j * tile), sums[g, j]
                    if across < tile:
                        for u in range(depth):
                            narrow = dy[row + u, first : first + across]
                            for c in range(across):
                                wide[u, c] = narrow[c]
                    for i in range(0, len(a), ROWS):
                        if across < tile:
                            tile_at(numbers, a, i, b, t, depth, wide, 0, 0, total, places, 0, True)
                        else:
                            tile_at(
                                numbers, a, i, b, t, depth, dy, row, first, total, places, 0, True
                            )


@njit(**COMPILED, **INNER)
def _copy(x, n, images, padded, start):
    """Copy images n, n + 1, ... into scratch, with zeros before each row and above each image."""
    top, left = start
    for m in range(images):
        for i in range(x.shape[1]):
            row = padded[m, top + i, left : left + x.shape[2]]
            for j in range(x.shape[2]):
                row[j] = x[n + m, i, j]
