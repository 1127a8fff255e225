"""The sums of a matrix's columns in CUDA, for the gradients of biases.

On an H100, CuPy's own sum along the first axis took 3.4 of the 7.6 ms that the GPU worked on a step
of 784-512-256-10 with 65,536 digits; to read those numbers takes 0.1 ms.
"""

from minidl.kernels.cuda import Program, array_module

SHARE = 256  # rows that a block adds up, at least
MANY = 2**15  # blocks below each other, at most; a grid has room for twice as many

_CUDA = Program(r"""
// Block (i, k) adds up the rows of share k, of 32 columns; y (shares, M).
extern "C" __global__ void add_rows(T* y, const T* x, Long N, Long M, Long share) {
    __shared__ T sums[8][32];
    Long m = (Long)blockIdx.x * 32 + threadIdx.x;
    Long first = blockIdx.y * share, end = first + share < N ? first + share : N;
    T sum = 0;
    if (m < M)
        for (Long n = first + threadIdx.y; n < end; n += 8) sum += x[n * M + m];
    sums[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y > 0 || m >= M) return;
    for (int k = 1; k < 8; k++) sum += sums[k][threadIdx.x];
    y[blockIdx.y * M + m] = sum;
}
""")


def column_sums(x):
    """x (N, M) -> (M,): the sums of shares of the rows, then of these, until one is left."""
    xp, (N, M) = array_module(x), x.shape
    share = max(SHARE, -(-N // MANY))
    y = xp.empty((max(1, -(-N // share)), M), x.dtype)
    grid = -(-M // 32), len(y)
    _CUDA.launch("add_rows", grid, (32, 8), y, xp.ascontiguousarray(x), N, M, share)
    return y[0] if len(y) == 1 else column_sums(y)
