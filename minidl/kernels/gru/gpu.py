"""GRU in CUDA. The contract, the symbols and the numbers are in this folder's __init__.

One thread for each unit of each sequence, (n, j). In a step it does all that stands between two
products: the gates, the candidate, the new state, the mask, and q for the next step. For what
limits the speed see `lstm/gpu.py`; the loops over time are the same. ds and du differ in the
block of the candidate alone, but each is written whole: a product takes it in one piece.
"""

from minidl.kernels.common.column_sums import column_sums
from minidl.kernels.common.through_time import contiguous, dropped, previous
from minidl.kernels.cuda import Program, array_module

_CUDA = Program(r"""
__device__ inline T sigmoid(T s) { return T(0.5) * tanh(T(0.5) * s) + T(0.5); }

extern "C" __global__ void step(T* y, T* gates, T* q, const T* xW, const T* qU, const T* b,
                                const T* h0, const bool* mask, const T* drop, Long t, Long steps,
                                Long H, Long NH) {
    Long nj = thread_index();  // the place of (n, j) in arrays (N, H)
    if (nj >= NH) return;
    Long n = nj / H, j = nj % H, nt = n * steps + t;
    Long ntj = nt * H + j;  // and of (n, t, j) in arrays (N, T, H)
    // From here on these point to the unit's number in the first block; the others lie H apart.
    xW += nt * 3 * H + j;
    qU += n * 3 * H + j;
    const T *b_0 = b + j, *b_1 = b + 3 * H + j;
    gates += nt * 4 * H + j;

    T s_z = xW[0] + b_0[0], s_r = xW[H] + b_0[H], s_n = xW[2 * H] + b_0[2 * H];  // (2)
    T u_z = qU[0] + b_1[0], u_r = qU[H] + b_1[H], u_n = qU[2 * H] + b_1[2 * H];  // (3)
    T z = sigmoid(s_z + u_z), r = sigmoid(s_r + u_r);  // (4)
    T candidate = tanh(s_n + r * u_n);  // (5), where it is called n, here the sequence
    gates[0] = z;
    gates[H] = r;
    gates[2 * H] = candidate;
    gates[3 * H] = u_n;

    T h = t ? y[ntj - H] : h0[nj];
    if (!mask || mask[nt]) h = z * h + (1 - z) * candidate;  // (6) (7)
    y[ntj] = h;  // (8)
    q[nj] = drop ? h * drop[nj] : h;  // (1) of the next step
}

extern "C" __global__ void step_back(T* ds, T* du, T* du_t, T* dh, const T* dq, const T* dy,
                                     const T* y, const T* h0, const T* gates, const bool* mask,
                                     const T* drop, Long t, Long steps, Long H, Long NH) {
    Long nj = thread_index();
    if (nj >= NH) return;
    Long n = nj / H, j = nj % H, nt = n * steps + t;
    Long ntj = nt * H + j;
    ds += nt * 3 * H + j;
    du += nt * 3 * H + j;
    du_t += n * 3 * H + j;
    gates += nt * 4 * H + j;

    T dh_t = dh[nj];  // of step t + 1, times its z where it counts
    if (dq && (!mask || mask[nt + 1])) dh_t += drop ? dq[nj] * drop[nj] : dq[nj];  // (1) of t + 1
    dh_t += dy[ntj];  // (8)

    T ds_z = 0, ds_r = 0, ds_n = 0, du_n = 0;
    if (!mask || mask[nt]) {  // (7)
        T z = gates[0], r = gates[H], candidate = gates[2 * H], u_n = gates[3 * H];
        T h_before = t ? y[ntj - H] : h0[nj];
        T dz = dh_t * (h_before - candidate), dn = dh_t * (1 - z);  // (6)
        ds_n = dn * (1 - candidate * candidate);  // (5)
        T dr = ds_n * u_n;
        du_n = ds_n * r;
        ds_z = dz * z * (1 - z);  // (4)
        ds_r = dr * r * (1 - r);
        dh_t *= z;  // (6)
    }
    dh[nj] = dh_t;
    ds[0] = du[0] = du_t[0] = ds_z;
    ds[H] = du[H] = du_t[H] = ds_r;
    ds[2 * H] = ds_n;
    du[2 * H] = du_t[2 * H] = du_n;
}
""")


def forward(x, W, U, b, h0, mask, drop):
    """Return (y (N, T, H), cache)."""
    xp = array_module(x)
    (N, T, D), H = x.shape, len(U)
    x, W, U, b, h0, mask, drop = contiguous(x, W, U, b, h0, mask, drop)
    y, gates = xp.empty((N, T, H), x.dtype), xp.empty((N, T, 4 * H), x.dtype)
    xW = x.reshape(N * T, D) @ W  # the inputs of all steps at once
    q = dropped(h0.copy(), drop)  # (1); each step writes the next one there
    for t in range(T):
        qU = q @ U
        _CUDA.for_each("step", N * H, y, gates, q, xW, qU, b, h0, mask, drop, t, T, H)
    return y, (x, W, U, h0, mask, drop, y, gates)


def backward(dy, cache):
    """Return (dx (N, T, D), dW (D, 3H), dU (H, 3H), db (2, 3H), dh0 (N, H))."""
    x, W, U, h0, mask, drop, y, gates = cache
    xp = array_module(x)
    (N, T, D), H = x.shape, len(U)
    (dy,) = contiguous(dy)
    ds, du = xp.empty((N * T, 3 * H), x.dtype), xp.empty((N * T, 3 * H), x.dtype)
    du_t = xp.empty((N, 3 * H), x.dtype)  # of one step, as the product takes it
    dh, dq = xp.zeros((N, H), x.dtype), None
    for t in reversed(range(T)):
        given = dy, y, h0, gates, mask, drop
        _CUDA.for_each("step_back", N * H, ds, du, du_t, dh, dq, *given, t, T, H)
        dq = du_t @ U.T  # (3)
    before = dh + dropped(dq, drop)  # (1) (6) of the first step
    dh = before if mask is None else xp.where(mask[:, 0, None], before, dh)
    x, q = x.reshape(N * T, D), dropped(previous(y, h0), drop).reshape(N * T, H)
    dx = (ds @ W.T).reshape(N, T, D)  # (2)
    return dx, x.T @ ds, q.T @ du, xp.stack([column_sums(ds), column_sums(du)]), dh
