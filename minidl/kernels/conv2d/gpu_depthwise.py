"""Convolution where each channel has a kernel of its own, in CUDA. Symbols: this folder's __init__.

With as many groups as channels nothing is summed over channels, so there is no matrix product in
it. One thread for each number of the result, which reads R S numbers and as many weights: most of
them were read by threads near by and come from a cache, and the time is that of the memory.

Channels come last, so neighbouring threads have neighbouring channels. A channel may have several
outputs, E = M / C: outputs c E, ..., c E + E - 1 are those of channel c.

dw has few numbers, and each is a sum over all images and all places: too few threads with too much
to do. So the rows of y are shared out: `slices` threads for each number, each with a sum over its
rows, and a second kernel adds these sums up, in their order.
"""

from minidl.kernels.conv2d.gpu_columns import LOOKING
from minidl.kernels.cuda import Program, array_module

SLICES = 256  # threads for one number of dw, at most

_CUDA = Program(
    LOOKING
    + r"""
// A thread owns y[n, p, q, m].
extern "C" __global__ void forward(T* y, const T* x, const T* w, int H, int W, int C, int P, int Q,
                                   int M, int R, int S, int sh, int sw, int dh, int dw, int top,
                                   int left, Long total) {
    Long index = thread_index();
    if (index >= total) return;
    int m = index % M, q = index / M % Q, p = index / M / Q % P;
    Long n = index / M / Q / P;
    int c = m / (M / C);
    T sum = 0;
    for (int r = 0; r < R; r++) {
        int i = p * sh - top + r * dh;
        if (i < 0 || i >= H) continue;
        for (int s = 0; s < S; s++) {
            int j = q * sw - left + s * dw;
            if (j < 0 || j >= W) continue;
            sum += x[((n * H + i) * W + j) * C + c] * w[(r * S + s) * M + m];
        }
    }
    y[index] = sum;
}

// A thread owns dx[n, i, j, c].
extern "C" __global__ void input_gradient(T* dx, const T* dy, const T* w, int H, int W, int C,
                                          int P, int Q, int M, int R, int S, int sh, int sw,
                                          int dh, int dw, int top, int left, Long total) {
    Long index = thread_index();
    if (index >= total) return;
    int c = index % C, j = index / C % W, i = index / C / W % H;
    Long n = index / C / W / H;
    int E = M / C;
    T sum = 0;
    for (int r = 0; r < R; r++) {
        int p = looking(i, r, sh, dh, top, P);
        if (p < 0) continue;
        for (int s = 0; s < S; s++) {
            int q = looking(j, s, sw, dw, left, Q);
            if (q < 0) continue;
            const T* dys = dy + ((n * P + p) * Q + q) * M;
            const T* ws = w + (r * S + s) * M;
            for (int m = c * E; m < c * E + E; m++) sum += dys[m] * ws[m];
        }
    }
    dx[index] = sum;
}

// A thread owns sums[k, r, s, m]: what the rows (n, p) of slice k add to dw[r, s, m].
extern "C" __global__ void kernel_gradient(T* sums, const T* x, const T* dy, int slices, Long rows,
                                           int H, int W, int C, int P, int Q, int M, int R, int S,
                                           int sh, int sw, int dh, int dw, int top, int left,
                                           Long total) {
    Long index = thread_index();
    if (index >= total) return;
    int m = index % M, s = index / M % S, r = index / M / S % R;
    Long k = index / M / S / R;
    int c = m / (M / C);
    T sum = 0;
    for (Long row = k * rows / slices; row < (k + 1) * rows / slices; row++) {
        Long n = row / P;
        int p = row % P, i = p * sh - top + r * dh;
        if (i < 0 || i >= H) continue;
        for (int q = 0; q < Q; q++) {
            int j = q * sw - left + s * dw;
            if (j < 0 || j >= W) continue;
            sum += x[((n * H + i) * W + j) * C + c] * dy[(row * Q + q) * M + m];
        }
    }
    sums[index] = sum;
}

// A thread owns one number of dw, and adds up its sums over the slices.
extern "C" __global__ void add_slices(T* dw, const T* sums, int slices, Long total) {
    Long index = thread_index();
    if (index >= total) return;
    T sum = 0;
    for (int k = 0; k < slices; k++) sum += sums[k * total + index];
    dw[index] = sum;
}
"""
)


def forward(x, w, y, stride, padding, dilation):
    """Fill y (N, P, Q, M) for x (N, H, W, C) and w (R, S, 1, M)."""
    sizes = _sizes(x, y, w, stride, padding, dilation)
    _CUDA.for_each("forward", y.size, y, x, w, *sizes)


def input_gradient(dy, w, dx, stride, padding, dilation):
    """Fill dx (N, H, W, C) for dy (N, P, Q, M) and w (R, S, 1, M)."""
    sizes = _sizes(dx, dy, w, stride, padding, dilation)
    _CUDA.for_each("input_gradient", dx.size, dx, dy, w, *sizes)


def kernel_gradient(x, dy, dw, stride, padding, dilation):
    """Fill dw (R, S, 1, M) for x (N, H, W, C) and dy (N, P, Q, M)."""
    rows = dy.shape[0] * dy.shape[1]
    slices = min(rows, SLICES)
    sums = array_module(x).empty((slices, dw.size), x.dtype)
    sizes = _sizes(x, dy, dw, stride, padding, dilation)
    _CUDA.for_each("kernel_gradient", sums.size, sums, x, dy, slices, rows, *sizes)
    _CUDA.for_each("add_slices", dw.size, dw, sums, slices)


def _sizes(x, y, w, stride, padding, dilation):
    """H, W, C, P, Q, M, R, S, sh, sw, dh, dw, top, left: as the kernels take them."""
    shapes = *x.shape[1:], *y.shape[1:], *w.shape[:2]
    return *shapes, *stride, *dilation, padding[0][0], padding[1][0]
