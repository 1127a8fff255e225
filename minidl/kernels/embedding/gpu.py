"""Embedding in CUDA. The contract, the symbols and the number are in this folder's __init__.

Forward: one thread for each number of y, which it copies; the time is that of the memory. On a GPU
the layer does not look at the tokens, so a token without a row gives NaN: what lies there belongs
to others.

Backward: one thread for each number of dW, which it alone writes, so nothing has to be atomic. It
needs the places of its token. Sorting the tokens puts the places of each token into one run, in
their order, because the sort is stable:

    tokens  2 0 2 3      order  1 0 2 3      sorted  0 2 2 3      start  0 1 1 3 4      (V = 4)

Token v's run is order[start[v]] to order[start[v + 1] - 1]. Tokens without a row lie before the
first run and behind the last. Neighbouring threads read neighbouring numbers of a row of dy. The
work is uneven: the threads of the most frequent token add the most, and the others do not wait for
them, but the caller does. To cut its sum into parts would be faster, and would change the order of
the sum, which the contract fixes.
"""

from minidl.kernels.cuda import Program, array_module

_CUDA = Program(r"""
extern "C" __global__ void gather(T* y, const T* W, const Long* tokens, Long V, Long D,
                                  Long ND) {
    Long nd = thread_index();
    if (nd >= ND) return;
    Long v = tokens[nd / D], d = nd % D;
    y[nd] = v >= 0 && v < V ? W[v * D + d] : T(nan(""));  // (1)
}

extern "C" __global__ void sum_runs(T* dW, const T* dy, const Long* order, const Long* start,
                                    Long D, Long VD) {
    Long vd = thread_index();
    if (vd >= VD) return;
    Long v = vd / D, d = vd % D;
    T sum = 0;
    for (Long k = start[v]; k < start[v + 1]; k++) sum += dy[order[k] * D + d];  // (1)
    dW[vd] = sum;
}
""")


def forward(W, tokens):
    """Return y (..., D) for tokens (...)."""
    xp = array_module(W)
    V, D = W.shape
    y = xp.empty((*tokens.shape, D), W.dtype)
    W, tokens = xp.ascontiguousarray(W), xp.ascontiguousarray(tokens, xp.int64)
    _CUDA.for_each("gather", y.size, y, W, tokens, V, D)
    return y


def backward(dy, tokens, V):
    """Return dW (V, D)."""
    xp = array_module(dy)
    D = dy.shape[-1]
    dW = xp.empty((V, D), dy.dtype)
    tokens = tokens.reshape(-1)
    order = xp.argsort(tokens, kind="stable")
    start = xp.searchsorted(tokens[order].astype(xp.int64), xp.arange(V + 1))
    _CUDA.for_each("sum_runs", dW.size, dW, xp.ascontiguousarray(dy), order, start, D)
    return dW
