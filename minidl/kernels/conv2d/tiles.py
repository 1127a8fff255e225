"""The transforms of tiles in Winograd's F(4x4, 3x3), which `winograd.py` explains.

Tiles that lie side by side make a strip, as wide as the image. A matrix is applied to the rows of
the whole strip at once: the loop is long, and two columns that neighbours share are transformed
once. It is applied to the columns tile by tile.

    dy, x  -> rows (4 or 6, L) -> strip (6, L) -> V, E (36, T, C)       image_..., gradient_...
    m (36, T, M)               -> strip (6, L) -> rows (4, L) -> y      output_...

L = positions times channels, with 4 positions for each tile, and 2 more in x. A strip is also
handed over as (6, positions, C). Every inner loop runs over numbers that lie in a row, since the
channels come last, and LLVM makes vector instructions of it.
"""

import numpy as np
from numba import njit

ROOT = 2**0.5  # b; and a = 1 / b

# "contract" allows a * b + c in one instruction; all else of fast maths would lose a NaN
compiled = njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


@compiled
def scratch(height, across, more, V):
    """Return (rows (height, L), strip (6, positions, C)) for V (36, T, C), filled with 0."""
    C, positions = V.shape[2], 4 * across + more
    return np.zeros((height, positions * C), V.dtype), np.zeros((6, positions, C), V.dtype)


@compiled
def image_rows(x, i, left, rows, strip):
    """Write B^T d into `strip` for rows i to i + 5 of x (H, W C); `left` zeros come first."""
    _read(x, i, left, rows)
    _six_to_six(rows, strip.reshape(6, -1))


@compiled
def image_columns(strip, V, t):
    """Write (B^T d) B of each tile of strip (6, 4 across + 2, C) into V (36, T, C), from tile t."""
    for tile in range(strip.shape[1] // 4):
        for r in range(6):
            _six_to_six(strip[r, 4 * tile : 4 * tile + 6], V[6 * r : 6 * r + 6, t + tile])


@compiled
def gradient_rows(dy, p, rows, strip):
    """Write A d into `strip` for rows p to p + 3 of dy (P, Q M)."""
    _read(dy, p, 0, rows)
    _four_to_six(rows, strip.reshape(6, -1))


@compiled
def gradient_columns(strip, E, t):
    """Write (A d) A^T of each tile of strip (6, 4 across, M) into E (36, T, M), from tile t."""
    for tile in range(strip.shape[1] // 4):
        for r in range(6):
            _four_to_six(strip[r, 4 * tile : 4 * tile + 4], E[6 * r : 6 * r + 6, t + tile])


@compiled
def output_columns(m, t, strip):
    """Write m A of tiles t, t + 1, ... of m (36, T, M) into strip (6, 4 across, M)."""
    for tile in range(strip.shape[1] // 4):
        for r in range(6):
            _six_to_four(m[6 * r : 6 * r + 6, t + tile], strip[r, 4 * tile : 4 * tile + 4])


@compiled
def output_rows(strip, y, p, rows):
    """Write A^T (m A) of `strip` into rows p to p + 3 of y (P, Q M), as far as there are."""
    _six_to_four(strip.reshape(6, -1), rows)
    for r in range(min(4, y.shape[0] - p)):
        for k in range(y.shape[1]):
            y[p + r, k] = rows[r, k]


@compiled
def _read(x, i, left, rows):
    """Copy rows i, i + 1, ... of x (H, L) into `rows`, from column `left`; 0 outside the image."""
    length = min(x.shape[1], rows.shape[1] - left)
    for r in range(rows.shape[0]):
        if 0 <= i + r < x.shape[0]:
            for k in range(length):
                rows[r, left + k] = x[i + r, k]
        else:
            for k in range(length):
                rows[r, left + k] = 0


# --------------------------------------------------------- the matrices, on many columns at once


@compiled
def _six_to_six(d, out):
    """out (6, L) = B^T d for d (6, L)."""
    real = d.dtype.type  # a plain 0.5 would make float64 of float32
    half, two, more = real(0.5), real(2), real(2.5)
    a, b = real(1 / ROOT), real(ROOT)
    for k in range(d.shape[1]):
        even, odd = d[4, k] - two * d[2, k], a * d[3, k] - b * d[1, k]
        near, far = d[4, k] - half * d[2, k], b * d[3, k] - a * d[1, k]
        out[0, k] = d[0, k] - more * d[2, k] + d[4, k]
        out[1, k] = even + odd
        out[2, k] = even - odd
        out[3, k] = near + far
        out[4, k] = near - far
        out[5, k] = d[1, k] - more * d[3, k] + d[5, k]


@compiled
def _six_to_four(m, out):
    """out (4, L) = A^T m for m (6, L)."""
    real = m.dtype.type
    half, two, a, b = real(0.5), real(2), real(1 / ROOT), real(ROOT)
    for k in range(m.shape[1]):
        even, odd = m[1, k] + m[2, k], a * (m[1, k] - m[2, k])
        near, far = m[3, k] + m[4, k], b * (m[3, k] - m[4, k])
        out[0, k] = m[0, k] + even + near
        out[1, k] = odd + far
        out[2, k] = half * even + two * near
        out[3, k] = half * odd + two * far + m[5, k]


@compiled
def _four_to_six(d, out):
    """out (6, L) = A d for d (4, L)."""
    real = d.dtype.type
    half, two, a, b = real(0.5), real(2), real(1 / ROOT), real(ROOT)
    for k in range(d.shape[1]):
        even, odd = d[0, k] + half * d[2, k], a * (d[1, k] + half * d[3, k])
        near, far = d[0, k] + two * d[2, k], b * (d[1, k] + two * d[3, k])
        out[0, k] = d[0, k]
        out[1, k] = even + odd
        out[2, k] = even - odd
        out[3, k] = near + far
        out[4, k] = near - far
        out[5, k] = d[3, k]
