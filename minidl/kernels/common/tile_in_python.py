"""The tiles of `tile.py` in NumPy, for NUMBA_DISABLE_JIT=1: what runs can be stepped through.

Numba leaves every loop uncompiled then, and LLVM's language cannot be run by Python.
"""

from minidl.kernels.common.tile import ROWS, tile_width


def strided(A):
    """A itself: nothing is compiled."""
    return A


def add_tile(A, B, C, i, j):
    """C[i : i + rows, j : j + width] += A[i : i + rows] B[:, j : j + width]."""
    columns = slice(j, j + tile_width(C.dtype))
    C[i : i + ROWS, columns] += A[i : i + ROWS] @ B[:, columns]


def tile_at(x, rows, i, columns, k, depth, B, b, j, y, places, first, add):
    """y[places[i + r] + first + c] = sum over s of x[rows[i + r] + columns[k + s]] B[b + s, j + c].

    If `add`, the sum is added to what is there.
    """
    width = tile_width(B.dtype)
    A = x[rows[i : i + ROWS, None] + columns[None, k : k + depth]]  # (rows, depth)
    sums = A @ B[b : b + depth, j : j + width]
    for r in range(ROWS):
        start = places[i + r] + first
        place = y[start : start + width]
        place[:] = place + sums[r] if add else sums[r]
