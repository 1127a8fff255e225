"""3x3 convolution by Winograd's F(4x4, 3x3). The symbols are in this folder's __init__.

Four outputs of a filter with 3 taps need 12 products. Winograd needs 6: the 6 inputs d and the
taps g are read as polynomials, evaluated at 0, a, -a, b, -b and infinity, multiplied there, and
the result is put together again. On a tile of 6x6 inputs, in its rows and then in its columns:

    y = A^T [ (G g G^T) * (B^T d B) ] A            36 products in place of 144; * is elementwise

          1   0 -5/2   0   1   0           1    0    0             1   1    1   1   1   0
          0  -b   -2   a   1   0        -2/3 -b/3 -1/3             0   a   -a   b  -b   0
    B^T = 0   b   -2  -a   1   0    G = -2/3  b/3 -1/3      A^T =  0 1/2  1/2   2   2   0
          0  -a -1/2   b   1   0         1/6  b/6  1/3             0 a/2 -a/2  2b -2b   1
          0   a -1/2  -b   1   0         1/6 -b/6  1/3
          0   1    0 -5/2  0   1           0    0    1

with a = 1 / sqrt(2) and b = sqrt(2). The paper has a = 1 and b = 2: whole numbers, good for reading
and bad for rounding, since numbers of very different size are then added. The points here make
the errors four times smaller, at the same cost.

Tiles overlap by two and give 4x4 outputs each. With V = B^T d B (36, T, C) of T tiles and the
kernel's U = G g G^T (36, C, M), the elementwise products, summed over channels, are 36 matrix
products Y = V U (36, T, M). The gradients are those of this chain of linear maps:

    kernel      E = A dy A^T,  dU = sum over tiles of V^T E,  dw = G^T dU G
    input       the transposed convolution is itself 3x3: forward with the flipped kernel

What makes it fast: a quarter of the multiplications; each thread takes strips of tiles through
all steps in scratch of its own, which stays in the caches (the products: `kernels/common/gemm.py`).
In dU each thread has a sum of its own, added in the order of the threads at the end.

References: Lavin and Gray (2016), "Fast algorithms for convolutional neural networks", section 4.3;
Barabasz et al. (2020), "Error analysis and improving the accuracy of Winograd convolution for deep
neural networks", on the choice of points.
"""

import numpy as np
from numba import njit

from minidl.kernels.common.gemm import add_product
from minidl.kernels.common.options import COMPILED
from minidl.kernels.common.threads import allowed, run
from minidl.kernels.common.tile import ROWS
from minidl.kernels.conv2d import tiles
from minidl.kernels.conv2d.tiles import ROOT, inner

# Bytes of V and Y a thread: the second-level cache, and a part of the third.
_SCRATCH = 2 * 1024 * 1024
_BLOCK = 1024  # numbers of a kernel that are transformed at a time, in the second-level cache


def correlate(x, w, y, top, left):
    """Fill y (N, P, Q, M) for x (N, H, W, C), w (3, 3, C, M) and zeros above and left of x."""
    (N, H, _, C), (_, P, Q, M) = x.shape, y.shape
    U = np.empty((36, C, M), x.dtype)
    run(_kernel_in, w.reshape(9, -1), U.reshape(36, -1), _half(w), numbers=U.size)
    strips, across = _strips(y, C), -(-Q // 4)
    T = -(-strips * across // ROWS) * ROWS  # the last few may be unused
    for_x, for_y = _room(6, across + 1, T, x), _room(4, across, T, y)
    work = _products(N, P, across, C, M)
    x, y = x.reshape(N, H, -1), y.reshape(N, P, -1)
    run(_correlate, x, U, y, *for_x, *for_y, top, left, strips, products=work)


def kernel_gradient(x, dy, dw, top, left):
    """Fill dw (3, 3, C, M) for x (N, H, W, C) and dy (N, P, Q, M)."""
    (N, H, _, C), (_, P, Q, M) = x.shape, dy.shape
    dU = np.zeros((allowed(), 36, C, M), x.dtype)
    strips, across = _strips(dy, C), -(-Q // 4)
    T = strips * across
    for_x, for_dy = _room(6, across + 1, T, x), _room(4, across, T, dy)
    work = _products(N, P, across, C, M)
    x, dy = x.reshape(N, H, -1), dy.reshape(N, P, -1)
    run(_accumulate, x, dy, dU, *for_x, *for_dy, top, left, strips, products=work)
    sums = dU.reshape(*dU.shape[:2], -1)
    run(_kernel_out, sums, dw.reshape(9, -1), _half(dw), numbers=dU.size)


def _room(height, across, T, x):
    """Scratch for each thread: V (36, T, C), rows (height, L) and strip (6, L); L = 4 across C.

    It is made here, since Numba takes long to compile what makes an array.
    """
    threads, C = allowed(), x.shape[3]
    V = np.empty((threads, 36, T, C), x.dtype)
    V[:, :, -ROWS:] = 0  # of these some may be unused
    edges = (height, 4 * across * C), (6, 4 * across * C)
    return [V, *(np.zeros((threads, *shape), x.dtype) for shape in edges)]


def _products(N, P, across, C, M):
    """How much work: to transform a number takes as long as some 20 products."""
    return 36 * N * -(-P // 4) * across * (C * M + 20 * (C + M))


def _half(w):
    """Scratch for each thread: a kernel of which one side is transformed, (18, numbers)."""
    return np.empty((allowed(), 18, _BLOCK), w.dtype)


def _strips(y, C):
    """How many strips of tiles a thread takes at a time, for y (N, P, Q, M) from C channels."""
    N, P, Q, M = y.shape
    across = -(-Q // 4)
    tiles_at_a_time = max(64, _SCRATCH // (36 * (C + M) * y.itemsize))
    share = -(-N * -(-P // 4) // allowed())
    rounds = -(-share * across // tiles_at_a_time)
    return -(-share // rounds)  # rounds of equal size


# ------------------------------------------------------------------- one thread's share


@njit(**COMPILED)
def _correlate(x, U, y, V, rows_x, strip_x, Y, rows_y, strip_y, top, left, strips, thread, threads):
    (_, C, M), N, down = U.shape, len(y), (y.shape[1] + 3) // 4
    V, rows_x, strip_x = V[thread], rows_x[thread], strip_x[thread]
    Y, rows_y, strip_y = Y[thread], rows_y[thread], strip_y[thread]
    flat_V, flat_Y, across = V.reshape(36, -1), Y.reshape(36, -1), strip_y.shape[1] // (4 * M)
    start, stop = thread * N * down // threads, (thread + 1) * N * down // threads
    for first in range(start, stop, strips):
        last = min(first + strips, stop)
        for strip in range(first, last):
            n, p = strip // down, strip % down * 4
            tiles.image_rows(x, C, n, p - top, left, rows_x, strip_x)
            tiles.image_columns(strip_x, C, flat_V, (strip - first) * across)
        Y[:] = 0
        for f in range(36):
            add_product(V[f], U[f], Y[f])  # (T, C) (C, M) -> (T, M)
        for strip in range(first, last):
            n, p = strip // down, strip % down * 4
            tiles.output_columns(flat_Y, M, (strip - first) * across, strip_y)
            tiles.output_rows(strip_y, y, M, n, p, rows_y)


@njit(**COMPILED)
def _accumulate(
    x, dy, dU, V, rows_x, strip_x, E, rows_y, strip_y, top, left, strips, thread, threads
):
    (_, _, C, M), N, down = dU.shape, len(dy), (dy.shape[1] + 3) // 4
    V, rows_x, strip_x = V[thread], rows_x[thread], strip_x[thread]
    E, rows_y, strip_y = E[thread], rows_y[thread], strip_y[thread]
    flat_V, flat_E, across = V.reshape(36, -1), E.reshape(36, -1), strip_y.shape[1] // (4 * M)
    start, stop = thread * N * down // threads, (thread + 1) * N * down // threads
    for first in range(start, stop, strips):
        last = min(first + strips, stop)
        for strip in range(first, last):
            n, p, t = strip // down, strip % down * 4, (strip - first) * across
            tiles.image_rows(x, C, n, p - top, left, rows_x, strip_x)
            tiles.image_columns(strip_x, C, flat_V, t)
            tiles.gradient_rows(dy, M, n, p, rows_y, strip_y)
            tiles.gradient_columns(strip_y, M, flat_E, t)
        T = (last - first) * across
        for f in range(36):
            add_product(V[f, :T].T, E[f, :T], dU[thread, f])  # (C, T) (T, M) -> (C, M)


@njit(**COMPILED)
def _kernel_in(w, U, half, thread, threads):
    """Write U = G w G^T, for this thread's share of w (9, C M) and U (36, C M)."""
    half, last = half[thread], (thread + 1) * U.shape[1] // threads
    for k in range(thread * U.shape[1] // threads, last, _BLOCK):
        count = min(_BLOCK, last - k)
        for s in range(3):
            _three_to_six(w, s, 3, k, half, s, 3, 0, count)
        for f in range(0, 36, 6):
            _three_to_six(half, f // 2, 1, 0, U, f, 1, k, count)


@njit(**COMPILED)
def _kernel_out(dU, dw, half, thread, threads):
    """Write dw (9, C M) = G^T (sum of dU) G for dU (sums, 36, C M), this thread's share of it."""
    half, last = half[thread], (thread + 1) * dw.shape[1] // threads
    for k in range(thread * dw.shape[1] // threads, last, _BLOCK):
        count = min(_BLOCK, last - k)
        for other in range(1, len(dU)):
            for f in range(36):
                _add(dU[other, f, k : k + count], dU[0, f, k : k + count])
        for s in range(6):
            _six_to_three(dU[0], s, 6, k, half, s, 6, 0, count)
        for r in range(3):
            _six_to_three(half, 6 * r, 1, 0, dw, 3 * r, 1, k, count)


# The first two read rows i, i + step, ... of one matrix from column k on, and write rows o,
# o + leap, ... of another from column m on. A row is cut out as an array of its own, whose numbers
# lie side by side: LLVM makes vector instructions of such loops.


@inner
def _three_to_six(g, i, step, k, out, o, leap, m, count):
    """out (6, count) = G g for g (3, count)."""
    real = g.dtype.type
    third, sixth, b = real(1 / 3), real(1 / 6), real(ROOT)
    g0, g1, g2 = g[i, k : k + count], g[i + step, k : k + count], g[i + 2 * step, k : k + count]
    out0, out1 = out[o, m : m + count], out[o + leap, m : m + count]
    out2, out3 = out[o + 2 * leap, m : m + count], out[o + 3 * leap, m : m + count]
    out4, out5 = out[o + 4 * leap, m : m + count], out[o + 5 * leap, m : m + count]
    for j in range(count):
        outer, odd = g0[j] + g2[j], b * g1[j]
        even, near = -third * (g0[j] + outer), sixth * (outer + g2[j])
        out0[j], out5[j] = g0[j], g2[j]
        out1[j], out2[j] = even - third * odd, even + third * odd
        out3[j], out4[j] = near + sixth * odd, near - sixth * odd


@inner
def _six_to_three(u, i, step, k, out, o, leap, m, count):
    """out (3, count) = G^T u for u (6, count)."""
    real = u.dtype.type
    third, sixth, b = real(1 / 3), real(1 / 6), real(ROOT)
    u0, u1 = u[i, k : k + count], u[i + step, k : k + count]
    u2, u3 = u[i + 2 * step, k : k + count], u[i + 3 * step, k : k + count]
    u4, u5 = u[i + 4 * step, k : k + count], u[i + 5 * step, k : k + count]
    out0, out1 = out[o, m : m + count], out[o + leap, m : m + count]
    out2 = out[o + 2 * leap, m : m + count]
    for j in range(count):
        even, near = u1[j] + u2[j], u3[j] + u4[j]
        out0[j] = u0[j] + sixth * near - third * (even + even)
        out1[j] = b * (sixth * (u3[j] - u4[j]) - third * (u1[j] - u2[j]))
        out2[j] = third * (near - even) + u5[j]


@inner
def _add(a, b):
    """b += a."""
    for j in range(a.size):
        b[j] += a[j]
