"""Batch normalization in CUDA. The contract and the symbols are in this folder's __init__.

Every pass over x has K threads for each feature, K D in all. Thread t takes the numbers t, t + K D,
t + 2 K D, ... of x as it lies in memory. They are all of feature t % D, since K D is a multiple
of D; and neighbouring threads read neighbouring numbers, whether D is 3 or 3000.

A sum takes two steps. Each of the K threads adds its numbers, in float64, and leaves the result in
`sums` (D, K); then one block for each feature adds these K (`kernels/common/folding.py`). Nobody
waits for anybody but there, and the order of additions is the same in every run, which is not so
where threads add to one number by atomicAdd.

Memory sets the time: forward reads x three times, for m, v and y, and writes y; backward
reads x and dy twice and writes dx. GPUs for games add float64 numbers slowly (at 1/32 or 1/64 of
the speed of float32), and may come to wait for that.
"""

from minidl.kernels.common.folding import FOLD, threads
from minidl.kernels.cuda import Program, array_module

THREADS = 2**17  # of a pass, at most: about half of what a large GPU holds at the same time
FEW = 8  # numbers that a thread adds, at least

# In all of these: size = N D is that of x; step = K D is the number of threads.
_PASSES = Program(r"""
// Where thread t leaves what it has added up: in (D, K), its feature's K numbers side by side.
__device__ inline Long slot(Long t, int D, Long step) { return t % D * (step / D) + t / D; }

extern "C" __global__ void sum(const T* x, double* sums, Long size, int D, Long step) {
    Long t = thread_index();
    if (t >= step) return;
    double own = 0;
    for (Long i = t; i < size; i += step) own += x[i];
    sums[slot(t, D, step)] = own;
}

extern "C" __global__ void sum_squares(const T* x, const T* m, double* sums, Long size, int D,
                                       Long step) {
    Long t = thread_index();
    if (t >= step) return;
    T mean = m[t % D];
    double own = 0;
    for (Long i = t; i < size; i += step) {
        T c = x[i] - mean;
        own += c * c;
    }
    sums[slot(t, D, step)] = own;
}

extern "C" __global__ void normalize(const T* __restrict__ x, const T* gamma, const T* beta,
                                     const T* m, const T* s, T* __restrict__ y, Long size, int D,
                                     Long step) {
    Long t = thread_index();
    if (t >= step) return;
    int d = t % D;
    T mean = m[d], scale = s[d], slope = gamma[d], shift = beta[d];
    for (Long i = t; i < size; i += step) y[i] = slope * ((x[i] - mean) * scale) + shift;
}

// Both sums of the backward pass: sums (2, D, K), that for dgamma first.
extern "C" __global__ void sum_gradients(const T* dy, const T* x, const T* m, const T* s,
                                         double* sums, Long size, int D, Long step) {
    Long t = thread_index();
    if (t >= step) return;
    T mean = m[t % D], scale = s[t % D];
    double dgamma = 0, dbeta = 0;
    for (Long i = t; i < size; i += step) {
        T xhat = (x[i] - mean) * scale;
        dgamma += dy[i] * xhat;
        dbeta += dy[i];
    }
    sums[slot(t, D, step)] = dgamma;
    sums[step + slot(t, D, step)] = dbeta;
}

extern "C" __global__ void project(const T* __restrict__ dy, const T* __restrict__ x,
                                   const T* gamma, const T* m, const T* s, const T* dgamma,
                                   const T* dbeta, T* __restrict__ dx, Long size, int D,
                                   Long step) {
    Long t = thread_index();
    if (t >= step) return;
    int d = t % D;
    T N = size / D, mean = m[d], scale = s[d], slope = gamma[d] * s[d];
    T shift = dbeta[d] / N, along = dgamma[d] / N;
    for (Long i = t; i < size; i += step) {
        T xhat = (x[i] - mean) * scale;
        dx[i] = slope * (dy[i] - shift - xhat * along);
    }
}
""")

_TOTALS = Program(
    FOLD
    + r"""
extern "C" __global__ void mean(const double* sums, T* m, int K, Long N) {
    double sum = row_total(sums, K);
    if (threadIdx.x == 0) m[blockIdx.x] = sum / N;
}

extern "C" __global__ void variance(const double* sums, T* v, T* s, int K, Long N,
                                    double epsilon) {
    double sum = row_total(sums, K);
    if (threadIdx.x > 0) return;
    v[blockIdx.x] = sum / N;
    s[blockIdx.x] = 1 / sqrt(sum / N + epsilon);
}
"""
)


def forward(x, gamma, beta, epsilon):
    """x (N, D) -> y (N, D), and m, v, s, each (D,)."""
    xp = array_module(x)
    x, gamma, beta = map(xp.ascontiguousarray, (x, gamma, beta))
    N, D = x.shape
    K, block = _threads(N, D)
    sums, y = xp.empty((D, K), "float64"), xp.empty(x.shape, x.dtype)
    m, v, s = (xp.empty(D, x.dtype) for _ in range(3))
    _PASSES.for_each("sum", K * D, x, sums, x.size, D)
    _TOTALS.launch("mean", D, block, sums, m, K, N)
    _PASSES.for_each("sum_squares", K * D, x, m, sums, x.size, D)
    _TOTALS.launch("variance", D, block, sums, v, s, K, N, epsilon)
    _PASSES.for_each("normalize", K * D, x, gamma, beta, m, s, y, x.size, D)
    return y, m, v, s


def backward(dy, x, gamma, m, s):
    """dy, x (N, D) -> dx (N, D), dgamma (D,), dbeta (D,)."""
    xp = array_module(x)
    dy, x, gamma, m, s = map(xp.ascontiguousarray, (dy, x, gamma, m, s))
    N, D = x.shape
    K, block = _threads(N, D)
    sums, dx = xp.empty((2, D, K), "float64"), xp.empty(x.shape, x.dtype)
    totals = xp.empty((2, D), x.dtype)
    _PASSES.for_each("sum_gradients", K * D, dy, x, m, s, sums, x.size, D)
    _TOTALS.launch("total", 2 * D, block, sums, totals, K)
    dgamma, dbeta = totals
    _PASSES.for_each("project", K * D, dy, x, gamma, m, s, dgamma, dbeta, dx, x.size, D)
    return dx, dgamma, dbeta


def _threads(N, D):
    """Return K, and how many threads shall add K sums."""
    K = max(1, min(THREADS // D, N // FEW))
    return K, threads(K)
