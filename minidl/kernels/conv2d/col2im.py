"""The input's gradient where an image has few channels: every number goes back where it was.

The symbols are in this folder's __init__, `columns` in `im2col`. dcolumns = dy w^T (T, R S D) has
columns enough for the tiles of a product, where D alone would leave most of a tile empty. It is
made in blocks that stay in the second-level cache, and added up where it belongs.
"""

import numpy as np
from numba import njit

from minidl.kernels.common.gemm import DEPTH
from minidl.kernels.common.options import COMPILED, INNER
from minidl.kernels.common.threads import allowed, run
from minidl.kernels.common.tile import ROWS, TILE_BYTES, tile_at
from minidl.kernels.conv2d import offsets

_SCRATCH = 256 * 1024  # bytes of dcolumns, a quarter of a second-level cache


def input_gradient(dy, w, dx, stride, padding, dilation, groups):
    """Fill dx (N, H, W, C) for dy (N, P, Q, M) and w (R, S, D, M)."""
    (R, S, _, M), (N, P, Q, _) = w.shape, dy.shape
    geometry = (R, S, *stride, *dilation, padding[0][0], padding[1][0], Q)
    flat = w.reshape(-1, groups, M // groups).transpose(1, 2, 0)  # (G, L, K)
    w = offsets.widened([flat])
    pitch, whole = w.shape[2], -(-P * Q // ROWS) * ROWS
    T = min(max(32, _SCRATCH // (pitch * dy.itemsize) // ROWS * ROWS), whole)
    rows, places = np.minimum(np.arange(whole), P * Q - 1) * M, np.arange(whole) % T * pitch
    columns = np.empty((allowed(), T * pitch), dy.dtype)
    run(
        *(_scattered, dy.reshape(N, -1), w, dx, columns, rows, places, np.arange(M), geometry),
        products=dy.size * pitch,
        parts=N,
    )


@njit(**COMPILED)
def _scattered(dy, w, dx, columns, rows, places, of_group, geometry, thread, threads):
    columns = columns[thread]
    N, (G, L, pitch), C = len(dy), w.shape, dx.shape[3]
    PQ, tile = dy.shape[1] // (G * L), TILE_BYTES // dy.itemsize
    T = len(columns) // pitch
    for n in range(thread * N // threads, (thread + 1) * N // threads):
        numbers, image = dy[n], dx[n].reshape(-1)
        image[:] = 0
        for g in range(G):
            b = of_group[g * L : (g + 1) * L]
            for t in range(0, PQ, T):
                last = min(t + T, PQ)
                for j in range(0, pitch, tile):
                    for i in range(t, last, ROWS):
                        for k in range(0, L, DEPTH):
                            depth, more = min(DEPTH, L - k), k > 0
                            tile_at(
                                *(numbers, rows, i, b, k, depth),
                                *(w[g], k, j, columns, places, j, more),
                            )
                _scatter(columns, pitch, image, dx.shape, t, last, geometry, g * (C // G), C // G)


@njit(**COMPILED, **INNER)
def _scatter(columns, pitch, image, shape, a, b, geometry, first, D):
    """Add rows of dcolumns, of outputs a to b, to an image from channel `first` on."""
    R, S, sh, sw, dh, dw, top, left, Q = geometry
    _, H, W, C = shape
    t = 0
    while a < b:  # one row of outputs after the other, so that the inner loops only count
        p, q = a // Q, a % Q
        length = min(Q - q, b - a)
        for r in range(R):
            i = p * sh - top + r * dh
            if 0 <= i < H:
                for s in range(S):
                    j = q * sw - left + s * dw
                    begin, end = max(0, (sw - 1 - j) // sw), min(length, (W - j + sw - 1) // sw)
                    to, at = (i * W + j) * C + first, t * pitch + (r * S + s) * D
                    to, at = to + begin * sw * C, at + begin * pitch
                    for d in range(D):
                        target, read = image[to + d :: sw * C], columns[at + d :: pitch]
                        for u in range(end - begin):
                            target[u] += read[u]
        a, t = a + length, t + length
