"""Softmax cross-entropy in CUDA. The contract and the symbols are in this folder's __init__.

One block for each row. Its threads stride over the C logits side by side, so that neighbouring
threads read neighbouring numbers, and go through the row three times: for the largest logit, for
the sum of exponentials, and to write dz. The row comes from the GPU's memory once, and from the
cache after that, unless it is very long. Memory sets the time of long rows; short ones wait mostly
for each other, at the barriers.

Between the passes each thread holds a number of its own, and the block needs one for all of them:
they fold up in half, 128 numbers, 64, 32, ..., as `kernels/common/folding.py` has it.
"""

from minidl.kernels.common.folding import FOLD, threads
from minidl.kernels.cuda import Program, array_module

_CUDA = Program(
    FOLD
    + r"""
// Find the largest z of a row and log sum exp(z - largest).
__device__ void log_sum_exp(const T* z, int C, T& largest, T& log_sum) {
    T own = z[0];  // a thread without a logit of its own must not say 0
    for (int c = threadIdx.x; c < C; c += blockDim.x) own = fmax(own, z[c]);
    largest = fold(own, true);  // fmax loses a NaN; the sum meets it again
    own = 0;
    for (int c = threadIdx.x; c < C; c += blockDim.x) own += exp(z[c] - largest);
    log_sum = log(fold(own));
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
    if (threadIdx.x == 0 && (label < 0 || label >= C)) loss[n] = T(nan(""));
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
    T all = fold(own_loss), total = fold(own_total);
    if (threadIdx.x == 0) loss[n] = all;
    for (int c = threadIdx.x; c < C; c += blockDim.x)
        dz[c] = exp(z[c] - largest - log_sum) * total - t[c];
}
"""
)


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
    _CUDA.launch(kernel, N, threads(C), z, target, loss, dz, C)
    return loss, dz
