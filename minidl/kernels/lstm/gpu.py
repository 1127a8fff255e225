"""LSTM in CUDA. The contract, the symbols and the numbers are in this folder's __init__.

A block of threads for each sequence, a thread for each unit, or several. In a step it does all that
stands between two products: the four gates, the cell, the mask, and q for the next step. Done one
operation at a time, each would be a kernel that reads from memory what the one before it wrote. The
four gates of a unit lie H apart, so that neighbouring threads touch neighbouring numbers.

What limits the speed: the steps wait for each other. So whatever does not have to wait is taken out
of the loop: x W before it, the gradients of the weights after it, each one large product over all
steps. With few units the products with U are in the kernel, too, and one launch does all steps
(`common/through_time.py`). With more, each step is one product and one launch. The backward pass
then writes ds_t a second time into an array of its own, as the product takes it.
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
extern "C" __global__ void steps(T* y, T* c, T* gates, T* q, const T* xW, const T* qU, const T* U,
                                 const T* b, const T* h0, const T* c0, const bool* mask,
                                 const T* drop, Long first, Long end, Long count, Long H) {
    Long n = blockIdx.x;
    if (drop) drop += n * H;
    if (qU) qU += n * 4 * H;
    for (Long t = first; t < end; t++) {
        Long nt = n * count + t;
        for (Long j = threadIdx.x; j < H; j += blockDim.x) {
            Long nj = n * H + j, ntj = nt * H + j;  // of (n, j) and (n, t, j)
            T u[4];
            product(u, qU, t ? y + (nt - 1) * H : h0 + n * H, drop, U, H, j);  // (1)
            // These point to the unit's number in block i; f, g and o follow, each H further.
            const T *s = xW + nt * 4 * H + j, *b_j = b + j;
            T* gate = gates + nt * 4 * H + j;

            T i = sigmoid(s[0] + b_j[0] + u[0]);  // (2) (3)
            T f = sigmoid(s[H] + b_j[H] + u[1]);
            T g = tanh(s[2 * H] + b_j[2 * H] + u[2]);  // (4)
            T o = sigmoid(s[3 * H] + b_j[3 * H] + u[3]);
            gate[0] = i;
            gate[H] = f;
            gate[2 * H] = g;
            gate[3 * H] = o;

            T h_t = t ? y[ntj - H] : h0[nj];
            T c_t = t ? c[ntj - H] : c0[nj];
            if (!mask || mask[nt]) {  // (7)
                c_t = f * c_t + i * g;  // (5)
                h_t = o * tanh(c_t);  // (6)
            }
            c[ntj] = c_t;
            y[ntj] = h_t;  // (8)
            if (q) q[nj] = drop ? h_t * drop[j] : h_t;  // (1) of the next step
        }
        __syncthreads();  // the next step reads the y of all units
    }
}

extern "C" __global__ void steps_back(T* ds, T* ds_t, T* dh, T* dc, const T* dq, const T* UT,
                                      const T* dy, const T* c, const T* c0, const T* gates,
                                      const bool* mask, const T* drop, Long first, Long end,
                                      Long count, Long H) {
    Long n = blockIdx.x;
    for (Long t = end - 1; t >= first; t--) {
        Long nt = n * count + t;
        for (Long j = threadIdx.x; j < H; j += blockDim.x) {
            Long nj = n * H + j, ntj = nt * H + j;
            const T* gate = gates + nt * 4 * H + j;
            T* out = ds + nt * 4 * H + j;

            T dh_t = dh[nj];
            if (t + 1 < count && (!mask || mask[nt + 1])) {  // (1) (2) of t + 1
                dh_t = dq ? dq[nj] : product_back<4>(ds + (nt + 1) * 4 * H, UT, H, j);
                if (drop) dh_t *= drop[nj];
            }
            dh_t += dy[ntj];  // (8)
            dh[nj] = dh_t;

            T ds_i = 0, ds_f = 0, ds_g = 0, ds_o = 0;
            if (!mask || mask[nt]) {  // (7)
                T i = gate[0], f = gate[H], g = gate[2 * H], o = gate[3 * H];
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
            out[0] = ds_i;
            out[H] = ds_f;
            out[2 * H] = ds_g;
            out[3 * H] = ds_o;
            for (int g = 0; ds_t && g < 4; g++) ds_t[(n * 4 + g) * H + j] = out[g * H];
        }
        __syncthreads();  // the step before reads the ds of all units
    }
}
"""
)


def forward(x, W, U, b, h0, c0, mask, drop):
    """Return (y (N, T, H), c (N, T, H), cache)."""
    xp = array_module(x)
    (N, T, D), H = x.shape, len(U)
    x, W, U, b, h0, c0, mask, drop = contiguous(x, W, U, b, h0, c0, mask, drop)
    y, c = xp.empty((N, T, H), x.dtype), xp.empty((N, T, H), x.dtype)
    gates = xp.empty((N, T, 4 * H), x.dtype)
    xW = x.reshape(N * T, D) @ W  # the inputs of all steps at once
    # (1); each step writes the next one there
    q = dropped(h0.copy(), drop) if H > MOST_AT_ONCE else None
    for t, end in spans(T, H):
        qU = None if q is None else q @ U
        given = xW, qU, U, b, h0, c0, mask, drop, t, end, T, H
        _CUDA.launch("steps", N, min(H, BLOCK), y, c, gates, q, *given)
    return y, c, (x, W, U, h0, c0, mask, drop, y, c, gates)


def backward(dy, dc, cache):
    """Return (dx (N, T, D), dW (D, 4H), dU (H, 4H), db (4H,), dh0 (N, H), dc0 (N, H))."""
    x, W, U, h0, c0, mask, drop, y, c, gates = cache
    xp = array_module(x)
    (N, T, D), H = x.shape, len(U)
    dy, UT = contiguous(dy, U.T)
    ds, dh, dc = xp.empty((N * T, 4 * H), x.dtype), xp.zeros((N, H), x.dtype), dc.copy()
    ds_t = xp.empty((N, 4 * H), x.dtype) if H > MOST_AT_ONCE else None
    for t, end in reversed(spans(T, H)):
        dq = ds_t @ UT if end < T else None  # (2) of step `end`
        given = UT, dy, c, c0, gates, mask, drop, t, end, T, H
        _CUDA.launch("steps_back", N, min(H, BLOCK), ds, ds_t, dh, dc, dq, *given)
    before = dropped(ds[::T] @ UT, drop)  # (1) (2) of the first step
    dh = before if mask is None else xp.where(mask[:, 0, None], before, dh)
    x, q = x.reshape(N * T, D), dropped(previous(y, h0), drop).reshape(N * T, H)
    dx = (ds @ W.T).reshape(N, T, D)  # (2)
    return dx, x.T @ ds, q.T @ ds, column_sums(ds), dh, dc
