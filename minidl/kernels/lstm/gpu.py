"""LSTM in CUDA. The contract, the symbols and the numbers are in this folder's __init__.

One thread for each unit of each sequence, (n, j). In a step it does all that stands between two
products: the four gates, the cell, the mask, and q for the next step. Done one operation at a
time, each would be a kernel that reads from memory what the one before it wrote.

What limits the speed: the steps wait for each other. Each is one product and one kernel, and where
N and H are small, both are done sooner than the next ones are started. So whatever does not have to
wait is taken out of the loop: x W before it, the gradients of the weights after it, each one large
product over all steps. Where N and H are large, the products take the time, and the kernels that
of the memory. The four gates of a unit lie H apart, so that neighbouring threads touch
neighbouring numbers.

The arrays (N, T, ...) are passed whole, with t: a step of one of them is not contiguous. The
backward pass writes ds_t a second time into an array of its own, as the product takes it.
"""

from minidl.kernels.common.column_sums import column_sums
from minidl.kernels.common.through_time import contiguous, dropped, previous
from minidl.kernels.cuda import Program, array_module

_CUDA = Program(r"""
__device__ inline T sigmoid(T s) { return T(0.5) * tanh(T(0.5) * s) + T(0.5); }

extern "C" __global__ void step(T* y, T* c, T* gates, T* q, const T* xW, const T* qU, const T* b,
                                const T* h0, const T* c0, const bool* mask, const T* drop, Long t,
                                Long steps, Long H, Long NH) {
    Long nj = thread_index();  // the place of (n, j) in arrays (N, H)
    if (nj >= NH) return;
    Long n = nj / H, j = nj % H, nt = n * steps + t;
    Long ntj = nt * H + j;  // and of (n, t, j) in arrays (N, T, H)
    // From here on these point to the unit's number in block i; f, g and o follow, each H further.
    xW += nt * 4 * H + j;
    qU += n * 4 * H + j;
    b += j;
    gates += nt * 4 * H + j;

    T i = sigmoid(xW[0] + b[0] + qU[0]);  // (2) (3)
    T f = sigmoid(xW[H] + b[H] + qU[H]);
    T g = tanh(xW[2 * H] + b[2 * H] + qU[2 * H]);  // (4)
    T o = sigmoid(xW[3 * H] + b[3 * H] + qU[3 * H]);
    gates[0] = i;
    gates[H] = f;
    gates[2 * H] = g;
    gates[3 * H] = o;

    T h_t = t ? y[ntj - H] : h0[nj];
    T c_t = t ? c[ntj - H] : c0[nj];
    if (!mask || mask[nt]) {  // (7)
        c_t = f * c_t + i * g;  // (5)
        h_t = o * tanh(c_t);  // (6)
    }
    c[ntj] = c_t;
    y[ntj] = h_t;  // (8)
    q[nj] = drop ? h_t * drop[nj] : h_t;  // (1) of the next step
}

extern "C" __global__ void step_back(T* ds, T* ds_t, T* dh, T* dc, const T* dq, const T* dy,
                                     const T* c, const T* c0, const T* gates, const bool* mask,
                                     const T* drop, Long t, Long steps, Long H, Long NH) {
    Long nj = thread_index();
    if (nj >= NH) return;
    Long n = nj / H, j = nj % H, nt = n * steps + t;
    Long ntj = nt * H + j;
    ds += nt * 4 * H + j;
    ds_t += n * 4 * H + j;
    gates += nt * 4 * H + j;

    T dh_t = dh[nj];
    if (dq && (!mask || mask[nt + 1])) dh_t = drop ? dq[nj] * drop[nj] : dq[nj];  // (1) of t + 1
    dh_t += dy[ntj];  // (8)
    dh[nj] = dh_t;

    T ds_i = 0, ds_f = 0, ds_g = 0, ds_o = 0;
    if (!mask || mask[nt]) {  // (7)
        T i = gates[0], f = gates[H], g = gates[2 * H], o = gates[3 * H];
        T c_before = t ? c[ntj - H] : c0[nj];
        T tanh_c = tanh(c[ntj]);
        T d_o = dh_t * tanh_c;  // (6), where it is called do, which C++ keeps for a loop
        T dc_t = dc[nj] + dh_t * o * (1 - tanh_c * tanh_c);
        T di = dc_t * g, dg = dc_t * i, df = dc_t * c_before;  // (5)
        ds_g = dg * (1 - g * g);  // (4)
        ds_i = di * i * (1 - i);  // (3)
        ds_f = df * f * (1 - f);
        ds_o = d_o * o * (1 - o);
        dc[nj] = dc_t * f;  // (5)
    }
    ds[0] = ds_t[0] = ds_i;
    ds[H] = ds_t[H] = ds_f;
    ds[2 * H] = ds_t[2 * H] = ds_g;
    ds[3 * H] = ds_t[3 * H] = ds_o;
}
""")


def forward(x, W, U, b, h0, c0, mask, drop):
    """Return (y (N, T, H), c (N, T, H), cache)."""
    xp = array_module(x)
    (N, T, D), H = x.shape, len(U)
    x, W, U, b, h0, c0, mask, drop = contiguous(x, W, U, b, h0, c0, mask, drop)
    y, c = xp.empty((N, T, H), x.dtype), xp.empty((N, T, H), x.dtype)
    gates = xp.empty((N, T, 4 * H), x.dtype)
    xW = x.reshape(N * T, D) @ W  # the inputs of all steps at once
    q = dropped(h0.copy(), drop)  # (1); each step writes the next one there
    for t in range(T):
        qU = q @ U
        given = xW, qU, b, h0, c0, mask, drop
        _CUDA.for_each("step", N * H, y, c, gates, q, *given, t, T, H)
    return y, c, (x, W, U, h0, c0, mask, drop, y, c, gates)


def backward(dy, dc, cache):
    """Return (dx (N, T, D), dW (D, 4H), dU (H, 4H), db (4H,), dh0 (N, H), dc0 (N, H))."""
    x, W, U, h0, c0, mask, drop, y, c, gates = cache
    xp = array_module(x)
    (N, T, D), H = x.shape, len(U)
    (dy,) = contiguous(dy)
    ds, ds_t = xp.empty((N * T, 4 * H), x.dtype), xp.empty((N, 4 * H), x.dtype)
    dh, dc, dq = xp.zeros((N, H), x.dtype), dc.copy(), None
    for t in reversed(range(T)):
        given = dy, c, c0, gates, mask, drop
        _CUDA.for_each("step_back", N * H, ds, ds_t, dh, dc, dq, *given, t, T, H)
        dq = ds_t @ U.T  # (2)
    before = dropped(dq, drop)  # (1) of the first step
    dh = before if mask is None else xp.where(mask[:, 0, None], before, dh)
    x, q = x.reshape(N * T, D), dropped(previous(y, h0), drop).reshape(N * T, H)
    dx = (ds @ W.T).reshape(N, T, D)  # (2)
    return dx, x.T @ ds, q.T @ ds, column_sums(ds), dh, dc
