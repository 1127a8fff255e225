"""The transforms of tiles in Winograd's F(4x4, 3x3), which `winograd.py` explains.

Tiles that lie side by side make a strip, as wide as the image. A matrix is applied to the rows of
the whole strip at once, then to its columns.

    dy, x  -> rows (4 or 6, L) -> strip (6, L) -> V, E (36, T, C)       image_..., gradient_...
    Y (36, T, M)               -> strip (6, L) -> rows (4, L) -> y      output_...

A row has four parts: first column 0 of each tile, then column 1 of each, 2 and 3, always with all
channels. So the numbers that become one column of all transformed tiles lie side by side, every
inner loop is long, and LLVM makes vector instructions of it. Columns 4 and 5 of a tile of x are 0
and 1 of the next one: in x a part has a tile more.
"""

import numpy as np
from numba import njit

from minidl.kernels.common.options import COMPILED, INNER

ROOT = 2**0.5  # b; and a = 1 / b

inner = njit(**COMPILED, **INNER)


@inner
def image_rows(x, C, n, i, left, rows, strip):
    """Write B^T d into `strip` for rows i to i + 5 of image n; `left` zeros come before them."""
    _read(x, C, n, i, left, rows)
    _six_to_six(
        *(rows[0], rows[1], rows[2], rows[3], rows[4], rows[5]),
        *(strip[0], strip[1], strip[2], strip[3], strip[4], strip[5]),
    )


@inner
def image_columns(strip, C, V, t):
    """Write (B^T d) B of the tiles of a strip into V (36, T C), from tile t on."""
    part = strip.shape[1] // 4
    a, b, c, d, size = 0, part, 2 * part, 3 * part, part - C
    start, end = t * C, t * C + size
    for r in range(6):
        f, row = 6 * r, strip[r]
        _six_to_six(
            *(row[a : a + size], row[b : b + size], row[c : c + size], row[d : d + size]),
            *(row[a + C : a + C + size], row[b + C : b + C + size]),
            *(V[f, start:end], V[f + 1, start:end], V[f + 2, start:end]),
            *(V[f + 3, start:end], V[f + 4, start:end], V[f + 5, start:end]),
        )


@inner
def gradient_rows(dy, M, n, p, rows, strip):
    """Write A d into `strip` for rows p to p + 3 of image n of dy."""
    _read(dy, M, n, p, np.intp(0), rows)  # a plain 0 would compile _read again, for this number
    _four_to_six(
        *(rows[0], rows[1], rows[2], rows[3]),
        *(strip[0], strip[1], strip[2], strip[3], strip[4], strip[5]),
    )


@inner
def gradient_columns(strip, M, E, t):
    """Write (A d) A^T of the tiles of a strip into E (36, T M), from tile t on."""
    part = strip.shape[1] // 4
    start, end = t * M, t * M + part
    for r in range(6):
        f, row = 6 * r, strip[r]
        _four_to_six(
            *(row[:part], row[part : 2 * part], row[2 * part : 3 * part], row[3 * part :]),
            *(E[f, start:end], E[f + 1, start:end], E[f + 2, start:end]),
            *(E[f + 3, start:end], E[f + 4, start:end], E[f + 5, start:end]),
        )


@inner
def output_columns(Y, M, t, strip):
    """Write Y A of tiles t, t + 1, ... of Y (36, T M) into a strip."""
    part = strip.shape[1] // 4
    start, end = t * M, t * M + part
    for r in range(6):
        f, row = 6 * r, strip[r]
        _six_to_four(
            *(Y[f, start:end], Y[f + 1, start:end], Y[f + 2, start:end]),
            *(Y[f + 3, start:end], Y[f + 4, start:end], Y[f + 5, start:end]),
            *(row[:part], row[part : 2 * part], row[2 * part : 3 * part], row[3 * part :]),
        )


@inner
def output_rows(strip, y, M, n, p, rows):
    """Write A^T (Y A) of a strip into rows p to p + 3 of image n of y, as far as there are."""
    _six_to_four(
        *(strip[0], strip[1], strip[2], strip[3], strip[4], strip[5]),
        *(rows[0], rows[1], rows[2], rows[3]),
    )
    part = rows.shape[1] // 4
    for r in range(min(4, y.shape[1] - p)):
        for q in range(y.shape[2] // M):
            k = q % 4 * part + q // 4 * M
            _copy(rows[r, k : k + M], y[n, p + r, q * M : (q + 1) * M])


@inner
def _read(x, C, n, i, left, rows):
    """Copy rows i, i + 1, ... of image n into `rows`, from column `left`; 0 outside the image."""
    part, last = rows.shape[1] // 4, rows.shape[1] // C
    for r in range(rows.shape[0]):
        if 0 <= i + r < x.shape[1]:
            for j in range(min(x.shape[2] // C, last - left)):
                k = (left + j) % 4 * part + (left + j) // 4 * C
                _copy(x[n, i + r, j * C : (j + 1) * C], rows[r, k : k + C])
        else:
            row = rows[r]
            for k in range(row.size):
                row[k] = 0


@inner
def _copy(a, b):
    """b = a."""
    for k in range(a.size):
        b[k] = a[k]


# ------------------------------------------------------ the matrices, each for rows of numbers


@inner
def _six_to_six(d0, d1, d2, d3, d4, d5, out0, out1, out2, out3, out4, out5):
    """out = B^T d."""
    real = d0.dtype.type  # a plain 0.5 would make float64 of float32
    half, two, more, a, b = real(0.5), real(2), real(2.5), real(1 / ROOT), real(ROOT)
    for k in range(d0.size):
        even, odd = d4[k] - two * d2[k], a * d3[k] - b * d1[k]
        near, far = d4[k] - half * d2[k], b * d3[k] - a * d1[k]
        out0[k], out5[k] = d0[k] - more * d2[k] + d4[k], d1[k] - more * d3[k] + d5[k]
        out1[k], out2[k], out3[k], out4[k] = even + odd, even - odd, near + far, near - far


@inner
def _six_to_four(m0, m1, m2, m3, m4, m5, out0, out1, out2, out3):
    """out = A^T m."""
    real = m0.dtype.type
    half, two, a, b = real(0.5), real(2), real(1 / ROOT), real(ROOT)
    for k in range(m0.size):
        even, odd = m1[k] + m2[k], a * (m1[k] - m2[k])
        near, far = m3[k] + m4[k], b * (m3[k] - m4[k])
        out0[k], out1[k] = m0[k] + even + near, odd + far
        out2[k], out3[k] = half * even + two * near, half * odd + two * far + m5[k]


@inner
def _four_to_six(d0, d1, d2, d3, out0, out1, out2, out3, out4, out5):
    """out = A d."""
    real = d0.dtype.type
    half, two, a, b = real(0.5), real(2), real(1 / ROOT), real(ROOT)
    for k in range(d0.size):
        even, odd = d0[k] + half * d2[k], a * (d1[k] + half * d3[k])
        near, far = d0[k] + two * d2[k], b * (d1[k] + two * d3[k])
        out0[k], out5[k] = d0[k], d3[k]
        out1[k], out2[k], out3[k], out4[k] = even + odd, even - odd, near + far, near - far
