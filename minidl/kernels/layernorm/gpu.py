"""Layer normalization in CUDA. The contract and the symbols are in this folder's __init__.

What runs along a row has one block for each row. Its threads stride over the D features side by
side, and a sum folds up in half in shared memory (`kernels/common/folding.py`).

dgamma and dbeta are sums over the rows, which lie D numbers apart. There K threads for each feature
add up N / K rows each, so that neighbouring threads read neighbouring numbers; then one block for
each feature adds the K sums. Nobody writes what another thread writes, so the order of additions is
the same in every run. Memory sets the time.
"""

from minidl.kernels.common.folding import FOLD, threads
from minidl.kernels.cuda import Program, array_module

MANY = 2**16  # threads that add up rows, about
FEW = 16  # rows that a thread adds, at least

_CUDA = Program(
    FOLD
    + r"""
extern "C" __global__ void forward(const T* x, const T* gamma, const T* beta, T* y, T* m, T* s,
                                   int D, double epsilon, bool center) {
    Long n = blockIdx.x;
    x += n * D;  // this block's row
    y += n * D;
    double own = 0;
    for (int d = threadIdx.x; d < D; d += blockDim.x) own += x[d];
    T mean = center ? fold(own) / D : 0;
    own = 0;
    for (int d = threadIdx.x; d < D; d += blockDim.x) {
        T c = x[d] - mean;
        own += (double)c * c;
    }
    T scale = 1 / sqrt(fold(own) / D + epsilon);
    for (int d = threadIdx.x; d < D; d += blockDim.x)
        y[d] = gamma[d] * ((x[d] - mean) * scale) + beta[d];
    if (threadIdx.x == 0) {
        m[n] = mean;
        s[n] = scale;
    }
}

extern "C" __global__ void backward(const T* dy, const T* x, const T* gamma, const T* m, const T* s,
                                    T* dx, int D, bool center) {
    Long n = blockIdx.x;
    dy += n * D;
    x += n * D;
    dx += n * D;
    T mean = m[n], scale = s[n];
    double own = 0, own_along = 0;
    for (int d = threadIdx.x; d < D; d += blockDim.x) {
        T g = gamma[d] * dy[d];
        own += g;
        own_along += g * ((x[d] - mean) * scale);
    }
    T shift = center ? fold(own) / D : 0, along = fold(own_along) / D;
    for (int d = threadIdx.x; d < D; d += blockDim.x)
        dx[d] = scale * (gamma[d] * dy[d] - shift - (x[d] - mean) * scale * along);
}

// Thread t adds the rows t / D, t / D + K, ... of feature t % D; sums (2, D, K), dgamma's first.
extern "C" __global__ void add_rows(const T* dy, const T* x, const T* m, const T* s, double* sums,
                                    Long N, int D, int K, Long n) {
    Long t = thread_index();
    if (t >= n) return;
    int d = t % D, k = t / D;
    double dgamma = 0, dbeta = 0;
    for (Long row = k; row < N; row += K) {
        T a = dy[row * D + d];
        dgamma += a * ((x[row * D + d] - m[row]) * s[row]);
        dbeta += a;
    }
    sums[(Long)d * K + k] = dgamma;
    sums[((Long)D + d) * K + k] = dbeta;
}
"""
)


def forward(x, gamma, beta, epsilon, center=True):
    """x (N, D) -> y (N, D), and m, s, both (N, 1)."""
    xp = array_module(x)
    x, gamma, beta = map(xp.ascontiguousarray, (x, gamma, beta))
    N, D = x.shape
    y, m, s = xp.empty(x.shape, x.dtype), xp.empty((N, 1), x.dtype), xp.empty((N, 1), x.dtype)
    _CUDA.launch("forward", N, threads(D), x, gamma, beta, y, m, s, D, epsilon, center)
    return y, m, s


def backward(dy, x, gamma, m, s, center=True):
    """dy, x (N, D) -> dx (N, D), dgamma (D,), dbeta (D,)."""
    xp = array_module(x)
    dy, x, gamma, m, s = map(xp.ascontiguousarray, (dy, x, gamma, m, s))
    N, D = x.shape
    dx, totals = xp.empty(x.shape, x.dtype), xp.empty((2, D), x.dtype)
    _CUDA.launch("backward", N, threads(D), dy, x, gamma, m, s, dx, D, center)
    K = max(1, min(MANY // D, N // FEW))
    sums = xp.empty((2, D, K), "float64")
    _CUDA.for_each("add_rows", K * D, dy, x, m, s, sums, N, D, K)
    _CUDA.launch("total", 2 * D, threads(K), sums, totals, K)
    return dx, *totals
