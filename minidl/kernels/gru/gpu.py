"""GRU in CUDA. The contract, the symbols and the numbers are in this folder's __init__.

A block of threads for each sequence, a thread for each unit, or several. In a step it does all that
stands between two products: the gates, the candidate, the new state, the mask, and q for the next
step. For what limits the speed, and the two ways through the steps, see `lstm/gpu.py`. ds and du
differ in the block of the candidate alone, but each is written whole: a product takes it in one
piece.
"""

from minidl.kernels.common.column_sums import column_sums
from minidl.kernels.common.through_time import (
    MOST_AT_ONCE,
    PRODUCTS,
    contiguous,
    dropped,
    previous,
    spans,
)
from minidl.kernels.cuda import BLOCK, Program, array_module

_CUDA = Program(
    PRODUCTS
    + r"""
extern "C" __global__ void steps(T* y, T* gates, T* q, const T* xW, const T* qU, const T* U,
                                 const T* b, const T* h0, const bool* mask, const T* drop,
                                 Long first, Long end, Long count, Long H) {
    Long n = blockIdx.x;
    if (drop) drop += n * H;
    if (qU) qU += n * 3 * H;
    for (Long t = first; t < end; t++) {
        Long nt = n * count + t;
        for (Long j = threadIdx.x; j < H; j += blockDim.x) {
            Long nj = n * H + j, ntj = nt * H + j;  // of (n, j) and (n, t, j)
            T u[3];
            product(u, qU, t ? y + (nt - 1) * H : h0 + n * H, drop, U, H, j);  // (1)
            // These point to the unit's number in the first block; the others lie H apart.
            const T *s = xW + nt * 3 * H + j, *b_0 = b + j, *b_1 = b + 3 * H + j;
            T* gate = gates + nt * 4 * H + j;

            T s_z = s[0] + b_0[0], s_r = s[H] + b_0[H], s_n = s[2 * H] + b_0[2 * H];  // (2)
            T u_z = u[0] + b_1[0], u_r = u[1] + b_1[H], u_n = u[2] + b_1[2 * H];  // (3)
            T z = sigmoid(s_z + u_z), r = sigmoid(s_r + u_r);  // (4)
            T candidate = tanh(s_n + r * u_n);  // (5), where it is called n, here the sequence
            gate[0] = z;
            gate[H] = r;
            gate[2 * H] = candidate;
            gate[3 * H] = u_n;

            T h = t ? y[ntj - H] : h0[nj];
            if (!mask || mask[nt]) h = z * h + (1 - z) * candidate;  // (6) (7)
            y[ntj] = h;  // (8)
            if (q) q[nj] = drop ? h * drop[j] : h;  // (1) of the next step
        }
        __syncthreads();  // the next step reads the y of all units
    }
}

extern "C" __global__ void steps_back(T* ds, T* du, T* du_t, T* dh, const T* dq, const T* UT,
                                      const T* dy, const T* y, const T* h0, const T* gates,
                                      const bool* mask, const T* drop, Long first, Long end,
                                      Long count, Long H) {
    Long n = blockIdx.x;
    for (Long t = end - 1; t >= first; t--) {
        Long nt = n * count + t;
        for (Long j = threadIdx.x; j < H; j += blockDim.x) {
            Long nj = n * H + j, ntj = nt * H + j;
            const T* gate = gates + nt * 4 * H + j;
            T *s = ds + nt * 3 * H + j, *u = du + nt * 3 * H + j;

            T dh_t = dh[nj];  // of step t + 1, times its z where it counts
            if (t + 1 < count && (!mask || mask[nt + 1])) {  // (1) (3) of t + 1
                T dq_j = dq ? dq[nj] : product_back<3>(du + (nt + 1) * 3 * H, UT, H, j);
                dh_t += drop ? dq_j * drop[nj] : dq_j;
            }
            dh_t += dy[ntj];  // (8)

            T ds_z = 0, ds_r = 0, ds_n = 0, du_n = 0;
            if (!mask || mask[nt]) {  // (7)
                T z = gate[0], r = gate[H], candidate = gate[2 * H], u_n = gate[3 * H];
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
            s[0] = u[0] = ds_z;
            s[H] = u[H] = ds_r;
            s[2 * H] = ds_n;
            u[2 * H] = du_n;
            for (int g = 0; du_t && g < 3; g++) du_t[(n * 3 + g) * H + j] = u[g * H];
        }
        __syncthreads();  // the step before reads the du of all units
    }
}
"""
)


def forward(x, W, U, b, h0, mask, drop):
    """Return (y (N, T, H), cache)."""
    xp = array_module(x)
    (N, T, D), H = x.shape, len(U)
    x, W, U, b, h0, mask, drop = contiguous(x, W, U, b, h0, mask, drop)
    y, gates = xp.empty((N, T, H), x.dtype), xp.empty((N, T, 4 * H), x.dtype)
    xW = x.reshape(N * T, D) @ W  # the inputs of all steps at once
    # (1); each step writes the next one there
    q = dropped(h0.copy(), drop) if H > MOST_AT_ONCE else None
    for t, end in spans(T, H):
        qU = None if q is None else q @ U
        given = xW, qU, U, b, h0, mask, drop, t, end, T, H
        _CUDA.launch("steps", N, min(H, BLOCK), y, gates, q, *given)
    return y, (x, W, U, h0, mask, drop, y, gates)


def backward(dy, cache):
    """Return (dx (N, T, D), dW (D, 3H), dU (H, 3H), db (2, 3H), dh0 (N, H))."""
    x, W, U, h0, mask, drop, y, gates = cache
    xp = array_module(x)
    (N, T, D), H = x.shape, len(U)
    dy, UT = contiguous(dy, U.T)
    ds, du = xp.empty((N * T, 3 * H), x.dtype), xp.empty((N * T, 3 * H), x.dtype)
    dh = xp.zeros((N, H), x.dtype)
    du_t = xp.empty((N, 3 * H), x.dtype) if H > MOST_AT_ONCE else None
    for t, end in reversed(spans(T, H)):
        dq = du_t @ UT if end < T else None  # (3) of step `end`
        given = UT, dy, y, h0, gates, mask, drop, t, end, T, H
        _CUDA.launch("steps_back", N, min(H, BLOCK), ds, du, du_t, dh, dq, *given)
    before = dh + dropped(du[::T] @ UT, drop)  # (1) (3) (6) of the first step
    dh = before if mask is None else xp.where(mask[:, 0, None], before, dh)
    x, q = x.reshape(N * T, D), dropped(previous(y, h0), drop).reshape(N * T, H)
    dx = (ds @ W.T).reshape(N, T, D)  # (2)
    return dx, x.T @ ds, q.T @ du, xp.stack([column_sums(ds), column_sums(du)]), dh
