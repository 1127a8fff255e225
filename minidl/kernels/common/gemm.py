"""The matrix product, for kernels that call it many times: C += A B on the thread that asks.

A library's product (`A @ B`) is made for one large matrix: it copies both operands into an order
that suits it, and shares the work out over threads of its own. Kernels here multiply small
matrices, thousands of them, from threads that they have themselves. This product does what they
need and no more.

A tile of C is added up in registers, which is the whole art: see `tile.py`. Columns that do not
fill a tile are filled up with zeros. Rows that do not are ten times slower: see ROWS.

Sums run in the order of k, 256 at a time, whatever the number of threads: results repeat to the
last bit, and errors grow slowly. NaN and infinity pass on.

Reference: Goto and van de Geijn (2008), "Anatomy of high-performance matrix multiplication".
"""

import numpy as np
from numba import njit

from minidl.kernels.common.options import INNER
from minidl.kernels.common.threads import run
from minidl.kernels.common.tile import ROWS, TILE_BYTES, add_tile, strided

DEPTH = 256  # so many rows of B, 2 registers wide, stay in the first-level cache


def product(A, B):
    """Return A B (R, J) for A (R, K) and B (K, J), its rows shared out over Numba's threads."""
    C = np.zeros((len(A), B.shape[1]), A.dtype)
    run(_share, A, np.ascontiguousarray(B), C, products=C.size * len(B))
    return C


@njit(nogil=True, cache=True)
def _share(A, B, C, thread, threads):
    last = (thread + 1) * len(C) // threads
    for r in range(thread * len(C) // threads, last, DEPTH):
        add_product(A[r : min(r + DEPTH, last)], B, C[r : min(r + DEPTH, last)])


@njit(nogil=True, cache=True, inline="always")
def add_product(A, B, C):
    """C += A B for A (R, K), B (K, J) and C (R, J); numbers in a row of B or C lie side by side."""
    _add_product(strided(A), strided(B), strided(C))


@njit(nogil=True, cache=True, **INNER)
def _add_product(A, B, C):
    R, J = C.shape
    width = TILE_BYTES // C.itemsize  # columns of a tile
    rows, columns = R - R % ROWS, J - J % width
    for first in range(0, A.shape[1], DEPTH):
        a, b = A[:, first : first + DEPTH], B[first : first + DEPTH]
        for j in range(0, columns, width):
            for i in range(0, rows, ROWS):
                add_tile(a, b, C, i, j)
        if columns < J and rows:
            _add_narrow(a[:rows], b[:, columns:], C[:rows, columns:], width)
        if rows < R:
            _add_rest(a[rows:], b, C[rows:])


@njit(nogil=True, cache=True, **INNER)
def _add_narrow(A, B, C, width):
    """C += A B for whole rows of tiles, but fewer columns than a tile has: zeros fill it up."""
    K, J = B.shape
    wide, sums = np.zeros((K, width), C.dtype), np.zeros((len(C), width), C.dtype)
    for k in range(K):  # loops, since Numba takes seconds to compile an assignment of slices
        for j in range(J):
            wide[k, j] = B[k, j]
    for i in range(0, len(C), ROWS):
        add_tile(A, wide, sums, i, 0)
    for i in range(len(C)):
        for j in range(J):
            C[i, j] += sums[i, j]


@njit(nogil=True, cache=True, fastmath={"contract"}, **INNER)
def _add_rest(A, B, C):
    """C += A B where no whole tile is left."""
    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            for j in range(B.shape[1]):
                C[i, j] += A[i, k] * B[k, j]
