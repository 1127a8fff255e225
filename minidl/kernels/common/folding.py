"""Sums of a block's threads in CUDA, for the kernels of which each row has a block.

Each thread holds a number of its own, and the block needs one for all of them. They meet in shared
memory, which all threads of a block see, and fold up in half as a strip of paper would be: 128
numbers, 64, 32, ... The order of additions is the same in every run.
"""

THREADS = 128  # of a block, at most: the size of `kept` below

FOLD = r"""
// The sum, or the largest, of one number of each thread of the block; every thread gets it.
// The number of threads is a power of two.
template <typename Number>
__device__ Number fold(Number value, bool largest = false) {
    __shared__ Number kept[128];
    unsigned t = threadIdx.x;
    kept[t] = value;
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        __syncthreads();  // what is read next was written by other threads
        if (t < half) kept[t] = largest ? fmax(kept[t], kept[t + half]) : kept[t] + kept[t + half];
    }
    __syncthreads();
    Number result = kept[0];
    __syncthreads();  // all have read it, and the next call may write
    return result;
}

// The sum of the block's row of K numbers.
__device__ inline double row_total(const double* sums, int K) {
    double own = 0;
    for (int k = threadIdx.x; k < K; k += blockDim.x) own += sums[(Long)blockIdx.x * K + k];
    return fold(own);
}

extern "C" __global__ void total(const double* sums, T* y, int K) {
    double sum = row_total(sums, K);
    if (threadIdx.x == 0) y[blockIdx.x] = sum;
}
"""


def threads(numbers):
    """Return how many threads of a block fold up so many numbers: no more than it needs."""
    return min(THREADS, 1 << (numbers - 1).bit_length())
