"""CTC in CUDA. The contract, the symbols and the numbers are in this folder's __init__.

One block for each sample, and a thread for each place s of the target; where there are more places
than threads, each takes several. A step needs the step before, of its neighbours too, so the block
meets at a barrier after every step: T of them there and T back. Then the threads share the classes,
and each adds up the places of its own: nobody else writes there. Long targets keep a GPU busy,
short ones make it wait for the barriers, and only a large batch fills it.
"""

from minidl.kernels.cuda import Program, array_module

THREADS = 128  # of a block, at most

_CUDA = Program(r"""
#define NEVER (-1 / 0.0)  // log 0: minus infinity

__device__ double log_sum(double x, double y, double z) {
    double largest = fmax(x, fmax(y, z));
    if (largest == NEVER) return x + y + z;  // -inf, or NaN, which fmax loses
    return largest + log(exp(x - largest) + exp(y - largest) + exp(z - largest));
}

// The class at place s of the target y with blanks around each: 0 at even places.
__device__ Long at(const Long* y, Long s) { return s % 2 ? y[s / 2] : 0; }

// Whether a path may come to s from s - 2.
__device__ bool skips(const Long* y, Long s) { return s % 2 && s > 2 && at(y, s) != at(y, s - 2); }

extern "C" __global__ void ctc(T* loss, T* dz, double* a, double* b, const double* log_p,
                               const Long* labels, const Long* steps, const Long* lengths,
                               Long longest, Long U, Long C) {
    Long n = blockIdx.x, S = 2 * lengths[n] + 1, row = 2 * U + 1;
    Long end = steps[n] - 1;
    const Long* y = labels + n * U;
    if (end < 0) {  // no step: the empty target alone has a path
        if (threadIdx.x == 0) loss[n] = S > 1 ? -NEVER : 0.0;
        return;
    }
    log_p += n * longest * C;  // this sample's rows
    dz += n * longest * C;
    a += n * longest * row;
    b += n * longest * row;
    for (Long t = 0; t <= end; t++) {
        const double* before = a + (t - 1) * row;
        for (Long s = threadIdx.x; s < S; s += blockDim.x) {
            double come = s < 2 ? 0 : NEVER;  // (2)
            if (t) come = log_sum(before[s], s ? before[s - 1] : NEVER,
                                  skips(y, s) ? before[s - 2] : NEVER);
            a[t * row + s] = log_p[t * C + at(y, s)] + come;
        }
        __syncthreads();  // the next step reads what other threads wrote
    }
    double log_P = log_sum(a[end * row + S - 1], S > 1 ? a[end * row + S - 2] : NEVER,
                           NEVER);  // (4)
    if (threadIdx.x == 0) loss[n] = -log_P;
    for (Long t = end; t >= 0; t--) {
        const double *after = b + (t + 1) * row, *e = log_p + (t + 1) * C;
        for (Long s = threadIdx.x; s < S; s += blockDim.x) {
            double go = s >= S - 2 ? 0 : NEVER;  // (3)
            if (t < end) go = log_sum(e[at(y, s)] + after[s],
                                      s + 1 < S ? e[at(y, s + 1)] + after[s + 1] : NEVER,
                                      s + 2 < S && skips(y, s + 2) ? e[at(y, s + 2)] + after[s + 2]
                                                                   : NEVER);
            b[t * row + s] = go;
        }
        __syncthreads();
    }
    if (log_P == NEVER) return;  // no path: dz stays 0
    for (Long i = threadIdx.x; i < (end + 1) * C; i += blockDim.x) {
        Long t = i / C, c = i % C;
        double d = exp(log_p[i]);
        for (Long s = c ? 1 : 0; s < S; s += 2)
            if (at(y, s) == c) d -= exp(a[t * row + s] + b[t * row + s] - log_P);  // (6)
        dz[i] = d;
    }
}
""")


def loss(z, labels, steps, lengths):
    """Return (loss (N,), dz (N, T, C))."""
    xp = array_module(z)
    (N, T, C), U = z.shape, labels.shape[1]
    total, dz = xp.empty(N, z.dtype), xp.zeros(z.shape, z.dtype)
    log_p = xp.ascontiguousarray(z, "float64")
    log_p = log_p - log_p.max(axis=2, keepdims=True)
    log_p -= xp.log(xp.exp(log_p).sum(axis=2, keepdims=True))  # (1)
    a, b = xp.empty((2, N, T, 2 * U + 1))
    labels, steps, lengths = (xp.ascontiguousarray(i, "int64") for i in (labels, steps, lengths))
    threads = min(THREADS, max(2 * U + 1, C))
    _CUDA.launch("ctc", N, threads, total, dz, a, b, log_p, labels, steps, lengths, T, U, C)
    return total, dz
