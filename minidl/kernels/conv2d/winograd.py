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

import numba
import numpy as np
from numba import njit

from minidl.kernels.common.gemm import add_product
from minidl.kernels.common.options import COMPILED
from minidl.kernels.common.threads import run
from minidl.kernels.common.tile import ROWS, strided
from minidl.kernels.conv2d import tiles
from minidl.kernels.conv2d.tiles import ROOT, inner

# Bytes of V and Y a thread: the second-level cache, and a part of the third.
_SCRATCH = 2 * 1024 * 1024


def correlate(x, w, y, top, left):
    """Fill y (N, P, Q, M) for x (N, H, W, C), w (3, 3, C, M) and zeros above and left of x."""
    (N, H, _, C), (_, P, Q, M) = x.shape, y.shape
    U = np.empty((36, C, M), x.dtype)
    run(_kernel_in, w, U, numbers=U.size)
    strips, across = _strips(y, C), -(-Q // 4)
    T = -(-strips * across // ROWS) * ROWS  # the last few may be unused
    for_x, for_y = _room(6, across, 2, T, x), _room(4, across, 0, T, y)
    x, y = x.reshape(N, H, -1), y.reshape(N, P, -1)
    products = 36 * N * -(-P // 4) * across * C * M
    run(_correlate, x, U, y, *for_x, *for_y, top, left * C, strips, products=products)


def kernel_gradient(x, dy, dw, top, left):
    """Fill dw (3, 3, C, M) for x (N, H, W, C) and dy (N, P, Q, M)."""
    (N, H, _, C), (_, P, Q, M) = x.shape, dy.shape
    dU = np.zeros((numba.get_num_threads(), 36, C, M), x.dtype)
    strips, across = _strips(dy, C), -(-Q // 4)
    for_x, for_dy = (
        _room(6, across, 2, strips * across, x),
        _room(4, across, 0, strips * across, dy),
    )
    x, dy = x.reshape(N, H, -1), dy.reshape(N, P, -1)
    products = 36 * N * -(-P // 4) * across * C * M
    run(_accumulate, x, dy, dU, *for_x, *for_dy, top, left * C, strips, products=products)
    run(_kernel_out, dU, dw, numbers=dU.size)


def _room(height, across, more, T, x):
    """Scratch for each thread: V (36, T, C), rows (height, L) and strip (6, positions, C).

    It is made here, since Numba takes long to compile what makes an array.
    """
    threads, C, positions = numba.get_num_threads(), x.shape[3], 4 * across + more
    V = np.empty((threads, 36, T, C), x.dtype)
    V[:, :, -ROWS:] = 0  # of these some may be unused
    edges = (height, positions * C), (6, positions, C)
    return [V, *(np.zeros((threads, *shape), x.dtype) for shape in edges)]


def _strips(y, C):
    """How many strips of tiles a thread takes at a time, for y (N, P, Q, M) from C channels."""
    N, P, Q, M = y.shape
    across = -(-Q // 4)
    tiles_at_a_time = max(64, _SCRATCH // (36 * (C + M) * y.itemsize))
    share = -(-N * -(-P // 4) // numba.get_num_threads())
    rounds = -(-share * across // tiles_at_a_time)
    return -(-share // rounds)  # rounds of equal size


# ------------------------------------------------------------------- one thread's share


@njit(**COMPILED)
def _correlate(x, U, y, V, rows_x, strip_x, Y, rows_y, strip_y, top, left, strips, thread, threads):
    N, down, across = len(y), (y.shape[1] + 3) // 4, strip_y.shape[2] // 4
    V, rows_x, strip_x = V[thread], rows_x[thread], strip_x[thread]
    Y, rows_y, strip_y = Y[thread], rows_y[thread], strip_y[thread]
    start, stop = thread * N * down // threads, (thread + 1) * N * down // threads
    for first in range(start, stop, strips):
        last = min(first + strips, stop)
        for strip in range(first, last):
            n, p = strip // down, strip % down * 4
            tiles.image_rows(x, n, p - top, left, rows_x, strip_x)
            tiles.image_columns(strip_x, V, (strip - first) * across)
        Y[:] = 0
        for f in range(36):
            add_product(V[f], U[f], Y[f])  # (T, C) (C, M) -> (T, M)
        for strip in range(first, last):
            n, p = strip // down, strip % down * 4
            tiles.output_columns(Y, (strip - first) * across, strip_y)
            tiles.output_rows(strip_y, y, n, p, rows_y)


@njit(**COMPILED)
def _accumulate(
    x, dy, dU, V, rows_x, strip_x, E, rows_y, strip_y, top, left, strips, thread, threads
):
    N, down, across = len(dy), (dy.shape[1] + 3) // 4, strip_y.shape[2] // 4
    V, rows_x, strip_x = V[thread], rows_x[thread], strip_x[thread]
    E, rows_y, strip_y = E[thread], rows_y[thread], strip_y[thread]
    start, stop = thread * N * down // threads, (thread + 1) * N * down // threads
    for first in range(start, stop, strips):
        last = min(first + strips, stop)
        for strip in range(first, last):
            n, p, t = strip // down, strip % down * 4, (strip - first) * across
            tiles.image_rows(x, n, p - top, left, rows_x, strip_x)
            tiles.image_columns(strip_x, V, t)
            tiles.gradient_rows(dy, n, p, rows_y, strip_y)
            tiles.gradient_columns(strip_y, E, t)
        T = (last - first) * across
        for f in range(36):
            add_product(V[f, :T].T, E[f, :T], dU[thread, f])  # (C, T) (T, M) -> (C, M)


@njit(**COMPILED)
def _kernel_in(w, U, thread, threads):
    """Write U = G w G^T, for this thread's input channels."""
    C, M = w.shape[2:]
    half = np.empty((6, 3, M), w.dtype)
    for c in range(thread * C // threads, (thread + 1) * C // threads):
        for s in range(3):
            _three_to_six(w[:, s, c], half[:, s])
        for r in range(6):
            _three_to_six(strided(half[r]), U[6 * r : 6 * r + 6, c])


@njit(**COMPILED)
def _kernel_out(dU, dw, thread, threads):
    """Write dw = G^T (sum of dU) G, for this thread's input channels."""
    sums, _, C, M = dU.shape
    half = np.empty((3, 6, M), dw.dtype)
    for c in range(thread * C // threads, (thread + 1) * C // threads):
        for other in range(1, sums):
            for f in range(36):
                for k in range(M):
                    dU[0, f, c, k] += dU[other, f, c, k]
        for s in range(6):
            _six_to_three(dU[0, s::6, c], half[:, s])
        for r in range(3):
            _six_to_three(strided(half[r]), dw[r, :, c])


@inner
def _three_to_six(g, out):
    """out (6, L) = G g for g (3, L)."""
    real = g.dtype.type
    third, sixth, b = real(1 / 3), real(1 / 6), real(ROOT)
    for k in range(g.shape[1]):
        g1 = b * g[1, k]
        even, odd = -third * (g[0, k] + g[0, k] + g[2, k]), -third * g1
        near, far = sixth * (g[0, k] + g[2, k] + g[2, k]), sixth * g1
        out[0, k] = g[0, k]
        out[1, k] = even + odd
        out[2, k] = even - odd
        out[3, k] = near + far
        out[4, k] = near - far
        out[5, k] = g[2, k]


@inner
def _six_to_three(u, out):
    """out (3, L) = G^T u for u (6, L)."""
    real = u.dtype.type
    third, sixth, b = real(1 / 3), real(1 / 6), real(ROOT)
    for k in range(u.shape[1]):
        even, odd = u[1, k] + u[2, k], u[1, k] - u[2, k]
        near, far = u[3, k] + u[4, k], u[3, k] - u[4, k]
        out[0, k] = u[0, k] + sixth * near - third * (even + even)
        out[1, k] = b * (sixth * far - third * odd)
        out[2, k] = third * (near - even) + u[5, k]
