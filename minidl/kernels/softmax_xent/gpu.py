"""Softmax cross-entropy in CUDA. The contract and the symbols are in this folder's __init__.

One block for each row. Its threads stride over the C logits side by side, so that neighbouring
threads read neighbouring numbers, and go through the row three times: for the largest logit, for
the sum of exponentials, and to write dz. The row comes from the GPU's memory once, and from the
cache after that, unless it is very long. Memory sets the time of long rows; short ones wait mostly
for each other, at the barriers.

Between the passes each thread holds a number of its own, and the block needs one for all of them.
They meet in shared memory, which all threads of a block see, and fold up in half as a
strip of paper would be: 128 numbers, 64, 32, ... The order of additions is the same in every run.
"""

from minidl.kernels.cuda import Program, array_module

THREADS = 128  # of a block, at most: the size of `kept` below

_CUDA = Program(r"""
// The largest, or the sum, of one number of each thread of the block; every thread gets it.
// The number of threads is a power of two.
__device__ T fold(T value, bool largest) {
    __shared__ T kept[128];
    unsigned t = threadIdx.x;
    kept[t] = value;
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        __syncthreads();  // what is read next was written by other threads
        if (t < half) kept[t] = largest ? fmax(kept[t], kept[t + half]) : kept[t] + kept[t + half];
    }
    __syncthreads();
    T result = kept[0];
    __syncthreads();  // all have read it, and the next call may write
    return result;
}

// Find the largest z of a row and log sum exp(z - largest).
__device__ void log_sum_exp(const T* z, int C, T& largest, T& log_sum) {
    T own = z[0];  // a thread without a logit of its own must not say 0
    for (int c = threadIdx.x; c < C; c += blockDim.x) own = fmax(own, z[c]);
    largest = fold(own, true);  // fmax loses a NaN; the sum meets it again
    own = 0;
    for (int c = threadIdx.x; c < C; c += blockDim.x) own += exp(z[c] - largest);
    log_sum = log(fold(own, false));
}

extern "C" __global__ void sparse(const T* z, const Long* labels, T* loss, T* dz, int C) {
    Long n = blockIdx.x, label = labels[n];
    z += n * C;  // this block's rows
    dz += n * C;
    T largest, log_sum;
    log_sum_exp(z, C, largest, log_sum);
    for (int c = threadIdx.x; c < C; c += blockDim.x) {
        T log_p = z[c] - largest - log_sum;
        dz[c] = exp(log_p) - T(c == label);  // p - t
        if (c == label) loss[n] = -log_p;
    }
}

extern "C" __global__ void dense(const T* z, const T* t, T* loss, T* dz, int C) {
    Long n = blockIdx.x;
    z += n * C;
    t += n * C;
    dz += n * C;
    T largest, log_sum;
    log_sum_exp(z, C, largest, log_sum);
    T own_loss = 0, own_total = 0;
    for (int c = threadIdx.x; c < C; c += blockDim.x) {
        own_loss -= t[c] * (z[c] - largest - log_sum);
        own_total += t[c];
    }
    T all = fold(own_loss, false), total = fold(own_total, false);
    if (threadIdx.x == 0) loss[n] = all;
    for (int c = threadIdx.x; c < C; c += blockDim.x)
        dz[c] = exp(z[c] - largest - log_sum) * total - t[c];
}
""")


def sparse(z, labels):
    """Return (loss (N,), dz (N, C)) for integer labels (N,)."""
    labels = array_module(z).ascontiguousarray(labels, "int64")
    return _per_row("sparse", z, labels)


def dense(z, t):
    """Return (loss (N,), dz (N, C)) for target distributions t (N, C)."""
    return _per_row("dense", z, array_module(z).ascontiguousarray(t))


def _per_row(kernel, z, target):
    xp = array_module(z)
    N, C = z.shape
    z, loss, dz = xp.ascontiguousarray(z), xp.empty(N, z.dtype), xp.empty((N, C), z.dtype)
    threads = min(THREADS, 1 << (C - 1).bit_length())  # a short row needs no more than its C
    _CUDA.launch(kernel, N, threads, z, target, loss, dz, C)
    return loss, dz
