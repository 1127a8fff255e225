"""Pooling in CUDA. The contract and the symbols are in this folder's __init__.

One thread for each number of the result. Forward, it walks over its window. Backward, it owns one
number of dx and walks over the windows that touch its place: it gathers, so no two threads write to
one number, and the sums have the same order in every run.

Channels come last, so neighbouring threads have neighbouring channels of one place, and read and
write neighbouring numbers. There is next to no arithmetic: the time is that of the memory. Where
windows overlap, a number is read again by threads near by, and comes from a cache then.

The index of the winner is one byte where it can be, so a kernel takes two pointers for it, one of
each type, of which one is null.
"""

from minidl.kernels.cuda import Program, array_module
from minidl.kernels.pool2d import output_shape

_CUDA = Program(r"""
// What thread `i` owns: channel c of place (a, b) of image n, in an array (N, A, B, C).
struct Place {
    Long n;
    int a, b, c;
    __device__ Place(Long i, int A, int B, int C)
        : n(i / C / B / A), a(i / C / B % A), b(i / C % B), c(i % C) {}
};

// What of window p lies in the image, along one axis of H places: places first, ..., last - 1 of
// the window, which starts at place `start` of the image, possibly outside.
struct Window {
    int start, first, last;
    __device__ Window(int p, int R, int stride, int before, int H)
        : start(p * stride - before), first(max(0, -start)), last(min(R, H - start)) {}
    __device__ int size() { return last - first; }
};

// The windows p that touch place h, first <= p < last: p stride - before <= h, and > h - R.
struct Touching {
    int first, last;
    __device__ Touching(int h, int R, int stride, int before, int P)
        : first((max(0, h + before - R + 1) + stride - 1) / stride),
          last(min(P, (h + before) / stride + 1)) {}
};

extern "C" __global__ void max_forward(
        T* y, unsigned char* index_8, int* index_32, const T* x,
        int H, int W, int P, int Q, int C, int R, int S, int sh, int sw,
        int top, int left, Long total) {
    Long i = thread_index();
    if (i >= total) return;
    Place at(i, P, Q, C);
    Long n = at.n;
    int p = at.a, q = at.b, c = at.c;  // this thread owns y[n, p, q, c]
    Window rows(p, R, sh, top, H), columns(q, S, sw, left, W);
    int winner = -1;
    T best = 0;
    for (int r = rows.first; r < rows.last; r++) {
        Long start = (n * H + rows.start + r) * W + columns.start;
        for (int s = columns.first; s < columns.last; s++) {
            int k = r * S + s;
            T a = x[(start + s) * C + c];
            // NaN wins, once
            bool wins = winner < 0 || a > best || (isnan(a) && !isnan(best));
            best = wins ? a : best;
            winner = wins ? k : winner;
        }
    }
    y[i] = best;
    if (index_8) index_8[i] = winner;
    else index_32[i] = winner;
}

extern "C" __global__ void max_backward(
        T* dx, const T* dy, const unsigned char* index_8, const int* index_32,
        int H, int W, int P, int Q, int C, int R, int S, int sh, int sw,
        int top, int left, Long total) {
    Long i = thread_index();
    if (i >= total) return;
    Place at(i, H, W, C);
    Long n = at.n;
    int h = at.a, w = at.b, c = at.c;  // this thread owns dx[n, h, w, c]
    Touching rows(h, R, sh, top, P), columns(w, S, sw, left, Q);
    T sum = 0;
    for (int p = rows.first; p < rows.last; p++) {
        int r = h + top - p * sh;  // the row of window p that is row h of the image
        for (int q = columns.first; q < columns.last; q++) {
            int s = w + left - q * sw, k = r * S + s;
            Long o = ((n * P + p) * Q + q) * C + c;
            if ((index_8 ? index_8[o] : index_32[o]) == k) sum += dy[o];
        }
    }
    dx[i] = sum;
}

extern "C" __global__ void mean_forward(
        T* y, const T* x, int H, int W, int P, int Q, int C, int R, int S,
        int sh, int sw, int top, int left, Long total) {
    Long i = thread_index();
    if (i >= total) return;
    Place at(i, P, Q, C);
    Long n = at.n;
    int p = at.a, q = at.b, c = at.c;
    Window rows(p, R, sh, top, H), columns(q, S, sw, left, W);
    T sum = 0;
    for (int r = rows.first; r < rows.last; r++) {
        Long start = (n * H + rows.start + r) * W + columns.start;
        for (int s = columns.first; s < columns.last; s++)
            sum += x[(start + s) * C + c];
    }
    y[i] = sum / T(rows.size() * columns.size());
}

extern "C" __global__ void mean_backward(
        T* dx, const T* dy, int H, int W, int P, int Q, int C, int R, int S,
        int sh, int sw, int top, int left, Long total) {
    Long i = thread_index();
    if (i >= total) return;
    Place at(i, H, W, C);
    Long n = at.n;
    int h = at.a, w = at.b, c = at.c;
    Touching rows(h, R, sh, top, P), columns(w, S, sw, left, Q);
    T sum = 0;
    for (int p = rows.first; p < rows.last; p++) {
        int height = Window(p, R, sh, top, H).size();
        for (int q = columns.first; q < columns.last; q++) {
            int count = height * Window(q, S, sw, left, W).size();
            sum += dy[((n * P + p) * Q + q) * C + c] / T(count);
        }
    }
    dx[i] = sum;
}
""")


def max_forward(x, pool_size, stride, padding):
    """x (N, H, W, C) -> y (N, P, Q, C), index (N, P, Q, C)."""
    xp, (R, S) = array_module(x), pool_size
    y = xp.empty(output_shape(x, pool_size, stride, padding), x.dtype)
    index = xp.empty(y.shape, "uint8" if R * S <= 256 else "int32")
    sizes = _sizes(x.shape[1:3], y, pool_size, stride, padding)
    x = xp.ascontiguousarray(x)
    _CUDA.for_each("max_forward", y.size, y, *_pointers(index), x, *sizes)
    return y, index


def max_backward(dy, index, size, pool_size, stride, padding):
    """dy, index (N, P, Q, C) -> dx (N, H, W, C)."""
    xp = array_module(dy)
    dx = xp.empty((len(dy), *size, dy.shape[-1]), dy.dtype)
    sizes = _sizes(size, dy, pool_size, stride, padding)
    dy, index = xp.ascontiguousarray(dy), xp.ascontiguousarray(index)
    _CUDA.for_each("max_backward", dx.size, dx, dy, *_pointers(index), *sizes)
    return dx


def mean_forward(x, pool_size, stride, padding):
    """x (N, H, W, C) -> y (N, P, Q, C)."""
    xp = array_module(x)
    y = xp.empty(output_shape(x, pool_size, stride, padding), x.dtype)
    sizes = _sizes(x.shape[1:3], y, pool_size, stride, padding)
    _CUDA.for_each("mean_forward", y.size, y, xp.ascontiguousarray(x), *sizes)
    return y


def mean_backward(dy, size, pool_size, stride, padding):
    """dy (N, P, Q, C) -> dx (N, H, W, C)."""
    xp = array_module(dy)
    dx = xp.empty((len(dy), *size, dy.shape[-1]), dy.dtype)
    sizes = _sizes(size, dy, pool_size, stride, padding)
    _CUDA.for_each("mean_backward", dx.size, dx, xp.ascontiguousarray(dy), *sizes)
    return dx


def _sizes(size, y, pool_size, stride, padding):
    """H, W, P, Q, C, R, S, sh, sw, top, left: as every kernel takes them."""
    return (*size, *y.shape[1:], *pool_size, *stride, padding[0][0], padding[1][0])


def _pointers(index):
    """(index_8, index_32): one of them is None."""
    return (index, None) if index.dtype == "uint8" else (None, index)
