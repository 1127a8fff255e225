"""A matrix product of our own, for the loops over time in the recurrent kernels.

At every step a few sequences meet the same weights. A library copies those weights, at each of its
calls, into an order that suits it; here they are put into order once for all steps. And no thread
of a library goes on spinning beside ours.

The order is panels. A matrix (K, G, H) has G columns for each of H units: the four gates of an
LSTM, say. A panel has all columns of B units, (K, G B), at most `WIDTH` of them, and lies in one
piece; the matrix is P panels, (P, K, G B). When a panel's product is done, all that some units
need for their step is in the nearest cache.

The product C += A B works on tiles. 8 rows of C stay in the first-level cache while 4 rows of B
pass over them: a number of B that is read is used 8 times, a number of C 4 times, so arithmetic is
what takes time, not memory. The loop over the columns is contiguous in all operands, and nothing
else stands in it: LLVM vectorises it. Rows of A come in multiples of `ROWS`, columns in
multiples of `DEPTH`; whoever calls pads with zeros, so there is one loop and no special case. Each
sum runs in one order, whatever the number of threads.

Reference: Goto and van de Geijn (2008), "Anatomy of high-performance matrix multiplication".
"""

import math

import numpy as np
from numba import njit

ROWS, DEPTH, WIDTH = 8, 4, 512
_STRIP = 64  # so many rows of B are used by all rows of A before the next ones are read
COMPILED = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


def padded(size, multiple):
    """The smallest multiple of `multiple` that is at least `size`."""
    return -(-size // multiple) * multiple


def aligned(shape, dtype):
    """An empty array that begins where a line of the cache does.

    A read of 64 bytes (AVX-512) across two lines is two reads: products were a fifth slower.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    buffer = np.empty(size + 64, np.uint8)
    start = -buffer.ctypes.data % 64
    return buffer[start : start + size].view(dtype).reshape(shape)


def pack(M):
    """M (K, G, H) -> panels (P, K', G B): K and H are padded with zeros to K' and P B."""
    K, G, H = M.shape
    P = -(-H * G // WIDTH)
    B = padded(-(-H // P), DEPTH)
    panels = aligned((P, padded(K, ROWS), G, B), M.dtype)
    panels[...] = 0
    for p in range(P):
        units = M[:, :, p * B : (p + 1) * B]
        panels[p, :K, :, : units.shape[2]] = units
    return panels.reshape(P, -1, G * B)


def unpack(panels, K, G, H):
    """The inverse of `pack`: panels (P, K', G B) -> M (K, G, H)."""
    P, _, width = panels.shape
    units = panels[:, :K].reshape(P, K, G, width // G).transpose(1, 2, 0, 3)
    return units.reshape(K, G, -1)[:, :, :H]


@njit(**COMPILED)
def add_product(A, B, C):
    """C += A B: A (R, K) of any strides, B (K, J) and C (R, J); 8 divides R and 4 divides K."""
    for first in range(0, A.shape[1], _STRIP):
        last = min(first + _STRIP, A.shape[1])
        for r in range(0, A.shape[0], ROWS):
            for k in range(first, last, DEPTH):
                a00, a01, a02, a03 = A[r, k], A[r, k + 1], A[r, k + 2], A[r, k + 3]
                a10, a11, a12, a13 = A[r + 1, k], A[r + 1, k + 1], A[r + 1, k + 2], A[r + 1, k + 3]
                a20, a21, a22, a23 = A[r + 2, k], A[r + 2, k + 1], A[r + 2, k + 2], A[r + 2, k + 3]
                a30, a31, a32, a33 = A[r + 3, k], A[r + 3, k + 1], A[r + 3, k + 2], A[r + 3, k + 3]
                a40, a41, a42, a43 = A[r + 4, k], A[r + 4, k + 1], A[r + 4, k + 2], A[r + 4, k + 3]
                a50, a51, a52, a53 = A[r + 5, k], A[r + 5, k + 1], A[r + 5, k + 2], A[r + 5, k + 3]
                a60, a61, a62, a63 = A[r + 6, k], A[r + 6, k + 1], A[r + 6, k + 2], A[r + 6, k + 3]
                a70, a71, a72, a73 = A[r + 7, k], A[r + 7, k + 1], A[r + 7, k + 2], A[r + 7, k + 3]
                for j in range(B.shape[1]):
                    b0, b1, b2, b3 = B[k, j], B[k + 1, j], B[k + 2, j], B[k + 3, j]
                    C[r, j] = C[r, j] + a00 * b0 + a01 * b1 + a02 * b2 + a03 * b3
                    C[r + 1, j] = C[r + 1, j] + a10 * b0 + a11 * b1 + a12 * b2 + a13 * b3
                    C[r + 2, j] = C[r + 2, j] + a20 * b0 + a21 * b1 + a22 * b2 + a23 * b3
                    C[r + 3, j] = C[r + 3, j] + a30 * b0 + a31 * b1 + a32 * b2 + a33 * b3
                    C[r + 4, j] = C[r + 4, j] + a40 * b0 + a41 * b1 + a42 * b2 + a43 * b3
                    C[r + 5, j] = C[r + 5, j] + a50 * b0 + a51 * b1 + a52 * b2 + a53 * b3
                    C[r + 6, j] = C[r + 6, j] + a60 * b0 + a61 * b1 + a62 * b2 + a63 * b3
                    C[r + 7, j] = C[r + 7, j] + a70 * b0 + a71 * b1 + a72 * b2 + a73 * b3
