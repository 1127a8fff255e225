"""The transforms of tiles in Winograd's F(4x4, 3x3), which `winograd.py` explains.

Tiles that lie side by side make a strip, as wide as the image. A matrix is applied to the rows of
the whole strip at once: the loop is long, and two columns that neighbours share are transformed
once. It is applied to the columns tile by tile.

    dy, x  -> rows (4 or 6, L) -> strip (6, L) -> V, E (36, T, C)       image_..., gradient_...
    Y (36, T, M)               -> strip (6, L) -> rows (4, L) -> y      output_...

L = positions times channels, with 4 positions for each tile, and 2 more in x. A strip is also
handed over as (6, positions, C). Every inner loop runs over numbers that lie in a row, since the
channels come last, and LLVM makes vector instructions of it.
"""

import numpy as np
from numba import njit

from minidl.kernels.common.options import COMPILED, INNER

ROOT = 2**0.5  # b; and a = 1 / b

inner = njit(**COMPILED, **INNER)


@inner
def image_rows(x, n, i, left, rows, strip):
    """Write B^T d into `strip` for rows i to i + 5 of image n; `left` zeros come before them."""
    _read(x, n, i, left, rows)
    strip = strip.reshape(rows.shape)
    for k in range(rows.shape[1]):
        (
            strip[0, k], strip[1, k], strip[2, k], strip[3, k], strip[4, k], strip[5, k],
        ) = _BT(rows[0, k], rows[1, k], rows[2, k], rows[3, k], rows[4, k], rows[5, k])  # fmt: skip


@inner
def image_columns(strip, V, t):
    """Write (B^T d) B of each tile of a strip into V (36, T, C), from tile t on."""
    for j in range(0, strip.shape[1] - 2, 4):
        for r in range(6):
            f = 6 * r
            for c in range(V.shape[2]):
                (
                    V[f, t, c], V[f + 1, t, c], V[f + 2, t, c],
                    V[f + 3, t, c], V[f + 4, t, c], V[f + 5, t, c],
                ) = _BT(
                    strip[r, j, c], strip[r, j + 1, c], strip[r, j + 2, c],
                    strip[r, j + 3, c], strip[r, j + 4, c], strip[r, j + 5, c],
                )  # fmt: skip
        t += 1


@inner
def gradient_rows(dy, n, p, rows, strip):
    """Write A d into `strip` for rows p to p + 3 of image n of dy."""
    _read(dy, n, p, np.intp(0), rows)  # a plain 0 would compile _read again, for this number
    strip = strip.reshape(6, -1)
    for k in range(rows.shape[1]):
        (
            strip[0, k], strip[1, k], strip[2, k], strip[3, k], strip[4, k], strip[5, k],
        ) = _A(rows[0, k], rows[1, k], rows[2, k], rows[3, k])  # fmt: skip


@inner
def gradient_columns(strip, E, t):
    """Write (A d) A^T of each tile of a strip into E (36, T, M), from tile t on."""
    for j in range(0, strip.shape[1], 4):
        for r in range(6):
            f = 6 * r
            for m in range(E.shape[2]):
                (
                    E[f, t, m], E[f + 1, t, m], E[f + 2, t, m],
                    E[f + 3, t, m], E[f + 4, t, m], E[f + 5, t, m],
                ) = _A(
                    strip[r, j, m], strip[r, j + 1, m], strip[r, j + 2, m], strip[r, j + 3, m],
                )  # fmt: skip
        t += 1


@inner
def output_columns(Y, t, strip):
    """Write Y A of tiles t, t + 1, ... of Y (36, T, M) into a strip."""
    for j in range(0, strip.shape[1], 4):
        for r in range(6):
            f = 6 * r
            for m in range(Y.shape[2]):
                strip[r, j, m], strip[r, j + 1, m], strip[r, j + 2, m], strip[r, j + 3, m] = _AT(
                    Y[f, t, m], Y[f + 1, t, m], Y[f + 2, t, m],
                    Y[f + 3, t, m], Y[f + 4, t, m], Y[f + 5, t, m],
                )  # fmt: skip
        t += 1


@inner
def output_rows(strip, y, n, p, rows):
    """Write A^T (Y A) of a strip into rows p to p + 3 of image n of y, as far as there are."""
    strip = strip.reshape(6, -1)
    for k in range(rows.shape[1]):
        rows[0, k], rows[1, k], rows[2, k], rows[3, k] = _AT(
            strip[0, k], strip[1, k], strip[2, k], strip[3, k], strip[4, k], strip[5, k]
        )
    for r in range(min(4, y.shape[1] - p)):
        for k in range(y.shape[2]):
            y[n, p + r, k] = rows[r, k]


@inner
def _read(x, n, i, left, rows):
    """Copy rows i, i + 1, ... of image n into `rows`, from column `left`; 0 outside the image."""
    length = min(x.shape[2], rows.shape[1] - left)
    for r in range(rows.shape[0]):
        row = rows[r, left : left + length]
        if 0 <= i + r < x.shape[1]:
            for k in range(length):
                row[k] = x[n, i + r, k]
        else:
            for k in range(length):
                row[k] = 0


# ------------------------------------------------------------------- the matrices themselves


@inner
def _BT(d0, d1, d2, d3, d4, d5):
    """B^T d."""
    real = type(d0)  # a plain 0.5 would make float64 of float32
    half, two, more, a, b = real(0.5), real(2), real(2.5), real(1 / ROOT), real(ROOT)
    even, odd = d4 - two * d2, a * d3 - b * d1
    near, far = d4 - half * d2, b * d3 - a * d1
    first, last = d0 - more * d2 + d4, d1 - more * d3 + d5
    return first, even + odd, even - odd, near + far, near - far, last


@inner
def _AT(m0, m1, m2, m3, m4, m5):
    """A^T m."""
    real = type(m0)
    half, two, a, b = real(0.5), real(2), real(1 / ROOT), real(ROOT)
    even, odd = m1 + m2, a * (m1 - m2)
    near, far = m3 + m4, b * (m3 - m4)
    return m0 + even + near, odd + far, half * even + two * near, half * odd + two * far + m5


@inner
def _A(d0, d1, d2, d3):
    """A d."""
    real = type(d0)
    half, two, a, b = real(0.5), real(2), real(1 / ROOT), real(ROOT)
    even, odd = d0 + half * d2, a * (d1 + half * d3)
    near, far = d0 + two * d2, b * (d1 + two * d3)
    return d0, even + odd, even - odd, near + far, near - far, d3
