"""The simple recurrent network in CUDA. Contract, symbols and numbers: this folder's __init__.

One thread for each number of the state, (n, j). It takes one step of that number: a handful of
reads and writes, next to each other for neighbouring threads, and one tanh. A step is one product
and one launch, as in `lstm/gpu.py` with many units.
"""

from minidl.kernels.common.column_sums import column_sums
from minidl.kernels.common.through_time import contiguous, dropped, previous
from minidl.kernels.cuda import Program, array_module
from minidl.kernels.rnn import ACTIVATIONS

_CUDA = Program(r"""
enum { TANH, RELU, LINEAR };  // the places in ACTIVATIONS

extern "C" __global__ void step(T* y, T* q, const T* xW, const T* qU, const T* b, const T* h0,
                                const bool* mask, const T* drop, int activation, Long t,
                                Long steps, Long H, Long NH) {
    Long nj = thread_index();  // the place of (n, j) in arrays (N, H)
    if (nj >= NH) return;
    Long n = nj / H, j = nj % H, nt = n * steps + t;
    Long ntj = nt * H + j;  // and of (n, t, j) in arrays (N, T, H)

    T h = t ? y[ntj - H] : h0[nj];
    if (!mask || mask[nt]) {  // (4)
        T s = xW[ntj] + b[j] + qU[nj];  // (2)
        h = s;  // (3)
        if (activation == TANH) h = tanh(s);
        if (activation == RELU) h = s < 0 ? T(0) : s;  // NaN stays NaN
    }
    y[ntj] = h;  // (5)
    q[nj] = drop ? h * drop[nj] : h;  // (1) of the next step
}

extern "C" __global__ void step_back(T* ds, T* ds_t, T* dh, const T* dq, const T* dy, const T* y,
                                     const bool* mask, const T* drop, int activation, Long t,
                                     Long steps, Long H, Long NH) {
    Long nj = thread_index();
    if (nj >= NH) return;
    Long n = nj / H, j = nj % H, nt = n * steps + t;
    Long ntj = nt * H + j;

    T dh_t = dh[nj];
    if (dq && (!mask || mask[nt + 1])) dh_t = drop ? dq[nj] * drop[nj] : dq[nj];  // (1) of t + 1
    dh_t += dy[ntj];  // (5)
    dh[nj] = dh_t;

    T h = y[ntj], slope = 1;  // (3)
    if (activation == TANH) slope = 1 - h * h;
    if (activation == RELU) slope = h > 0;
    T ds_j = !mask || mask[nt] ? dh_t * slope : T(0);  // (4)
    ds[ntj] = ds_j;
    ds_t[nj] = ds_j;
}
""")


def forward(x, W, U, b, h0, mask, drop, activation):
    """Return (y (N, T, H), cache)."""
    xp = array_module(x)
    (N, T, D), H = x.shape, len(U)
    x, W, U, b, h0, mask, drop = contiguous(x, W, U, b, h0, mask, drop)
    y = xp.empty((N, T, H), x.dtype)
    xW = x.reshape(N * T, D) @ W  # the inputs of all steps at once
    q = dropped(h0.copy(), drop)  # (1); each step writes the next one there
    phi = ACTIVATIONS.index(activation)
    for t in range(T):
        qU = q @ U
        _CUDA.for_each("step", N * H, y, q, xW, qU, b, h0, mask, drop, phi, t, T, H)
    return y, (x, W, U, h0, mask, drop, activation, y)


def backward(dy, cache):
    """Return (dx (N, T, D), dW (D, H), dU (H, H), db (H,), dh0 (N, H))."""
    x, W, U, h0, mask, drop, activation, y = cache
    xp = array_module(x)
    (N, T, D), H = x.shape, len(U)
    (dy,) = contiguous(dy)
    ds, ds_t = xp.empty((N * T, H), x.dtype), xp.empty((N, H), x.dtype)
    dh, dq = xp.zeros((N, H), x.dtype), None
    phi = ACTIVATIONS.index(activation)
    for t in reversed(range(T)):
        _CUDA.for_each("step_back", N * H, ds, ds_t, dh, dq, dy, y, mask, drop, phi, t, T, H)
        dq = ds_t @ U.T  # (2)
    before = dropped(dq, drop)  # (1) of the first step
    dh = before if mask is None else xp.where(mask[:, 0, None], before, dh)
    x, q = x.reshape(N * T, D), dropped(previous(y, h0), drop).reshape(N * T, H)
    dx = (ds @ W.T).reshape(N, T, D)  # (2)
    return dx, x.T @ ds, q.T @ ds, column_sums(ds), dh
