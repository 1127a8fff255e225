"""Convolution as matrix products, in CUDA. The symbols are in this folder's __init__.

Row t = (n, p, q) of group g's `columns` holds the K = R S D numbers of x that output (n, p, q)
looks at in that group. With the group's kernel as a matrix w (K, L), where L = M / G:

    y        = columns w         (T, K) (K, L) -> (T, L)
    dw       = columns^T dy      (K, T) (T, L) -> (K, L)
    dcolumns = dy w^T            (T, L) (L, K) -> (T, K), and dx collects each number again

The products have most of the arithmetic, and are the library's. `gather` and `collect` only move
numbers, so the memory is what they wait for: neighbouring threads have neighbouring channels, which
lie side by side both in x and in `columns`.

In `collect` a thread owns one number of dx and looks for the outputs that reach it. The other way
round, a thread that adds its row of dcolumns to dx, threads would add to one number at the same
time, in an order that differs from run to run, and so would the rounding errors.

The whole of `columns` would be R S times as large as x, so it is made for some images at a time.
dw is the sum over these blocks of images, in their order.
"""

import math

from minidl.kernels.cuda import Program, array_module

NUMBERS = 2**26  # of `columns` at a time, 256 MiB in float32; more if one image alone has more

LOOKING = r"""
// The output p that looks at row i of the image through row r of the kernel, which means
// i = p sh - top + r dh; or -1 if none does. Columns of the image likewise.
__device__ inline int looking(int i, int r, int sh, int dh, int top, int P) {
    int a = i + top - r * dh;
    return a >= 0 && a % sh == 0 && a / sh < P ? a / sh : -1;
}
"""

_CUDA = Program(
    LOOKING
    + r"""
// A thread has channel c of output t, and writes the R S numbers that t looks at there.
extern "C" __global__ void gather(T* columns, const T* x, int D, Long rows, int H, int W, int C,
                                  int P, int Q, int R, int S, int sh, int sw, int dh, int dw,
                                  int top, int left, Long total) {
    Long index = thread_index();
    if (index >= total) return;
    int c = index % C;
    Long t = index / C, n = t / Q / P;
    int p = t / Q % P, q = t % Q;
    int g = c / D, d = c % D;
    T* row = columns + (g * rows + t) * R * S * D;
    for (int r = 0; r < R; r++) {
        int i = p * sh - top + r * dh;
        for (int s = 0; s < S; s++) {
            int j = q * sw - left + s * dw;
            bool inside = 0 <= i && i < H && 0 <= j && j < W;
            row[(r * S + s) * D + d] = inside ? x[((n * H + i) * W + j) * C + c] : T(0);
        }
    }
}

// A thread owns dx[n, i, j, c], and sums what the outputs that look at it have for it.
extern "C" __global__ void collect(T* dx, const T* columns, int D, Long rows, int H, int W, int C,
                                   int P, int Q, int R, int S, int sh, int sw, int dh, int dw,
                                   int top, int left, Long total) {
    Long index = thread_index();
    if (index >= total) return;
    int c = index % C, j = index / C % W, i = index / C / W % H;
    Long n = index / C / W / H;
    int g = c / D, d = c % D;
    T sum = 0;
    for (int r = 0; r < R; r++) {
        int p = looking(i, r, sh, dh, top, P);
        if (p < 0) continue;
        for (int s = 0; s < S; s++) {
            int q = looking(j, s, sw, dw, left, Q);
            if (q < 0) continue;
            Long t = (n * P + p) * Q + q;
            sum += columns[(g * rows + t) * R * S * D + (r * S + s) * D + d];
        }
    }
    dx[index] = sum;
}
"""
)


def forward(x, w, y, stride, padding, dilation, groups):
    """Fill y (N, P, Q, M) for x (N, H, W, C) and w (R, S, D, M)."""
    xp, M = array_module(x), w.shape[3]
    w_matrix = w.reshape(-1, M)  # (K, M)
    for images in _blocks(y, w.shape, groups):
        columns = _gather(x[images], y[images], w.shape, stride, padding, dilation, groups)
        y_matrix = y[images].reshape(-1, M)  # (T, M), a view
        for g, m in enumerate(_outputs(M, groups)):
            xp.matmul(columns[g], w_matrix[:, m], out=y_matrix[:, m])


def input_gradient(dy, w, dx, stride, padding, dilation, groups):
    """Fill dx (N, H, W, C) for dy (N, P, Q, M) and w (R, S, D, M)."""
    xp, M = array_module(dy), w.shape[3]
    w_matrix = w.reshape(-1, M)  # (K, M)
    for images in _blocks(dy, w.shape, groups):
        dy_matrix, part = dy[images].reshape(-1, M), dx[images]
        columns = xp.empty((groups, len(dy_matrix), len(w_matrix)), dy.dtype)
        for g, m in enumerate(_outputs(M, groups)):
            xp.matmul(dy_matrix[:, m], w_matrix[:, m].T, out=columns[g])
        sizes = _sizes(part, dy[images], w.shape, stride, padding, dilation)
        _CUDA.for_each("collect", part.size, part, columns, *sizes)


def kernel_gradient(x, dy, dw, stride, padding, dilation, groups):
    """Fill dw (R, S, D, M) for x (N, H, W, C) and dy (N, P, Q, M)."""
    M = dw.shape[3]
    dw.fill(0)
    dw_matrix = dw.reshape(-1, M)  # (K, M), a view
    for images in _blocks(dy, dw.shape, groups):
        columns = _gather(x[images], dy[images], dw.shape, stride, padding, dilation, groups)
        dy_matrix = dy[images].reshape(-1, M)  # (T, M)
        for g, m in enumerate(_outputs(M, groups)):
            dw_matrix[:, m] += columns[g].T @ dy_matrix[:, m]


def _gather(x, y, kernel_shape, stride, padding, dilation, groups):
    """x (N, H, W, C) -> columns (G, T, K), for outputs like y (N, P, Q, M)."""
    rows = math.prod(y.shape[:3])
    columns = array_module(x).empty((groups, rows, math.prod(kernel_shape[:3])), x.dtype)
    sizes = _sizes(x, y, kernel_shape, stride, padding, dilation)
    _CUDA.for_each("gather", rows * x.shape[3], columns, x, *sizes)
    return columns


def _blocks(y, kernel_shape, groups):
    """Slices of a batch with outputs like y (N, P, Q, M): images whose columns exist at a time."""
    each = groups * math.prod((*y.shape[1:3], *kernel_shape[:3]))  # numbers of columns an image
    step = max(1, NUMBERS // each)
    return [slice(n, n + step) for n in range(0, len(y), step)]


def _outputs(M, groups):
    """The outputs of each group, as slices of M."""
    L = M // groups
    return [slice(m, m + L) for m in range(0, M, L)]


def _sizes(x, y, kernel_shape, stride, padding, dilation):
    """D, T, H, W, C, P, Q, R, S, sh, sw, dh, dw, top, left: as the kernels take them."""
    R, S, D, _ = kernel_shape
    image = *x.shape[1:], *y.shape[1:3]
    return D, math.prod(y.shape[:3]), *image, R, S, *stride, *dilation, padding[0][0], padding[1][0]
