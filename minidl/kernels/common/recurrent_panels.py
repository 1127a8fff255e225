"""What the compiled tiers of `rnn`, `lstm` and `gru` share: everything but the cell.

N sequences, T steps, D features in, H units, G columns of weights for each unit.

All three multiply, at each step, what comes in by one matrix, and differ in what they do with the
product. With v_t = [x_t, q_t, 1], which is D + H + 1 numbers, and V = [W; U; b] below each other:

    s_t = v_t V             forward: the products with input, state and bias are one
    dv_t = ds_t V^T         backward: [dx_t, dq_t]
    dV = sum_t v_t^T ds_t   [dW; dU; db], over all steps and sequences when all ds are there

How the work is shared out: sequences do not meet, so each thread takes blocks of them and runs
them through all steps, forward or backward. In dV they meet: there each thread takes some of its
rows, and goes through all sequences. So nobody writes where another one does, and no sum depends
on the number of threads.

How it lies in memory: V (K, G, H) is put into order once for all steps, as P panels (P, K', G B).
A panel has the G columns of B units, so that these units' step can be computed as soon as the
panel's product is there, while it is in the nearest cache. s, ds and dV are in panels too.
K, H and the number of sequences are padded with zeros to what the product's tiles want: K' and N'
are multiples of ROWS, G B is one of `_COLUMNS`.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.common.arguments import ready
from minidl.kernels.common.gemm import add_product
from minidl.kernels.common.options import COMPILED
from minidl.kernels.common.threads import allowed, run
from minidl.kernels.common.tile import ROWS

_COLUMNS, _WIDTH = 32, 512  # of a panel: a multiple of the first, at most about the second
_BLOCK = 32  # sequences in a block: what a step touches then fits into a cache of 1 MiB


# ------------------------------------------------------------------------- room in memory


def inputs(arrays, mask, drop, h0, T):
    """Return the arrays, mask (N, T) and drop (N, H) ready for the loops: ones stand for None."""
    mask = np.ones((len(h0), T), bool) if mask is None else mask
    drop = np.ones_like(h0) if drop is None else drop
    return [ready(a) for a in (*arrays, mask, drop)]


def padded(size, multiple):
    """The smallest multiple of `multiple` that is at least `size`."""
    return -(-size // multiple) * multiple


def aligned(shape, dtype):
    """An empty array that begins where a line of the cache does.

    A read of 64 bytes (AVX-512) across two lines is two reads: products were a fifth slower.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    buffer = np.empty(size + 64, np.uint8)
    start = -buffer.ctypes.data % 64
    return buffer[start : start + size].view(dtype).reshape(shape)


def pack(V):
    """V (K, G, H) -> panels (P, K', G B)."""
    K, G, H = V.shape
    P = -(-H * G // _WIDTH)
    B = padded(-(-H // P), -(-_COLUMNS // G))
    panels = aligned((P, padded(K, ROWS), G, B), V.dtype)
    panels[...] = 0
    for p in range(P):
        units = V[:, :, p * B : (p + 1) * B]
        panels[p, :K, :, : units.shape[2]] = units
    return panels.reshape(P, -1, G * B)


def unpack(panels, K, G, H):
    """The inverse of `pack`: panels (P, K', G B) -> V (K, G, H)."""
    P, _, width = panels.shape
    units = panels[:, :K].reshape(P, K, G, width // G).transpose(1, 2, 0, 3)
    return units.reshape(K, G, -1)[:, :, :H]


def room_forward(V, N, T):
    """Return empty v (N', T, K'), and s (threads, block, G B) for panels V (P, K', G B)."""
    v = aligned((padded(N, ROWS), T, V.shape[1]), V.dtype)
    return v, aligned((allowed(), _block(N), V.shape[2]), V.dtype)


def room_backward(V, v, N):
    """Return V^T in panels (Q, P G B, J), empty ds (N', P, T, G B), dv (threads, Q, block, J).

    V (K, G, H) goes without the row of the bias, which has no gradient to pass on.
    """
    panels = pack(V)
    P, _, width = panels.shape
    V_T = pack(panels[:, : len(V)].transpose(0, 2, 1).reshape(P * width, 1, len(V)))
    ds = aligned((len(v), P, v.shape[1], width), V.dtype)
    return V_T, ds, aligned((allowed(), len(V_T), _block(N), V_T.shape[2]), V.dtype)


def work(V, v, scratch):
    """How much `run` shares out, for panels V, v (N', T, K') and scratch (threads, block, J)."""
    return {"products": v.shape[0] * v.shape[1] * V.size, "parts": -(-len(v) // scratch.shape[1])}


def _block(N):
    """How many sequences a thread takes at a time, a multiple of ROWS."""
    return min(_BLOCK, padded(-(-N // allowed()), ROWS))


# ---------------------------------------------------------------------- compiled: one step


@njit(**COMPILED)
def write_v(v, x, h, drop):
    """v (K',) <- [x, h * drop, 1, 0 ...] for one sequence and one step."""
    D, H = x.size, h.size
    for d in range(D):
        v[d] = x[d]
    for j in range(H):
        v[D + j] = h[j] * drop[j]
    v[D + H] = 1
    for k in range(D + H + 1, v.size):
        v[k] = 0


@njit(**COMPILED)
def weigh(v, V, s, N):
    """s (block, G B) <- v (block, K') V (K', G B): one step, one panel; N sequences in all."""
    s[:] = 0
    if N == 1:  # a tile would do ROWS times as much
        for k in range(v.shape[1]):
            for j in range(s.shape[1]):
                s[0, j] += v[0, k] * V[k, j]
    else:
        add_product(v, V, s)


@njit(**COMPILED)
def read_dv(dv, line, dx, dh, drop):
    """dx (D,) <- its part of dv (Q, J); dh (H,) += dq * drop. `line` (Q J,) is for scratch."""
    D = dx.size
    for q in range(dv.shape[0]):
        for j in range(dv.shape[1]):
            line[q * dv.shape[1] + j] = dv[q, j]
    for d in range(D):
        dx[d] = line[d]
    for j in range(dh.size):
        dh[j] += line[D + j] * drop[j]


@njit(**COMPILED)
def pass_back(V_T, ds, t, first, dv, line, dx, dh, drop):
    """dx_t and dh from ds_t, of sequences `first` and after it; dv (Q, block, J) is for scratch."""
    (_, P, _, width), (Q, size, _) = ds.shape, dv.shape
    last = min(first + size, len(ds))
    dv[:] = 0
    for q in range(Q):
        for p in range(P):
            weights = V_T[q, p * width : (p + 1) * width]
            add_product(ds[first:last, p, t], weights, dv[q, : last - first])
    for n in range(first, min(last, len(dh))):
        read_dv(dv[:, n - first], line, dx[n, t], dh[n], drop[n])


@njit(**COMPILED)
def copy(a, b):
    """b (H,) <- a (H,)."""
    for j in range(a.size):
        b[j] = a[j]


@njit(**COMPILED)
def add(a, b):
    """b (H,) += a (H,)."""
    for j in range(a.size):
        b[j] += a[j]


# ---------------------------------------------------------------- the gradient of the weights


def weight_gradient(v, ds, K, G, H):
    """Return dV (K, G, H) = sum of v^T ds over steps and sequences."""
    dV = aligned((ds.shape[1], v.shape[2], ds.shape[3]), ds.dtype)
    run(_weight_gradient, v, ds, dV, products=v.shape[0] * v.shape[1] * dV.size)
    return unpack(dV, K, G, H)


@njit(**COMPILED)
def _weight_gradient(v, ds, dV, thread, threads):
    P, K, _ = dV.shape
    first = thread * (K // ROWS) // threads * ROWS
    last = (thread + 1) * (K // ROWS) // threads * ROWS
    dV[:, first:last] = 0
    for n in range(len(v)):
        for p in range(P):
            add_product(v[n, :, first:last].T, ds[n, p], dV[p, first:last])
