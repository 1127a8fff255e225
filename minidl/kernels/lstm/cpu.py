"""LSTM in Numba. The contract, the symbols and the numbers are in this folder's __init__.

What makes it fast:
- A thread runs its sequences through all steps by itself, and a step is one product with weights
  that were put into order once (`recurrent_panels` and `gemm` in `minidl.kernels.common`).
- The four gates of a unit stand in one panel, and its cell is computed while they are in the cache.
- tanh and sigmoid without a call (`minidl.kernels.common.fast_tanh`).
- The cell's loops are short, with few arrays in each: LLVM must make sure that what is written
  overlaps nothing that is read, and gives up vectorising when there are many pairs to check.
- The gradient of the weights is one product over all steps at the end.
"""

import numpy as np
from numba import njit

from minidl.kernels.common import recurrent_panels
from minidl.kernels.common.arguments import expect, expect_sequences
from minidl.kernels.common.fast_tanh import sigmoid, tanh
from minidl.kernels.common.options import COMPILED
from minidl.kernels.common.recurrent_panels import add, copy, pass_back, weigh, write_v
from minidl.kernels.common.threads import run


def forward(x, W, U, b, h0, c0, mask, drop):
    """Return (y (N, T, H), c (N, T, H), cache)."""
    expect_sequences(4, x, W, U, b, mask, drop, h0=h0, c0=c0)
    (N, T, _), H = x.shape, len(U)
    y, c = np.empty((N, T, H), x.dtype), np.empty((N, T, H), x.dtype)
    gates = np.empty((N, T, 4, H), x.dtype)
    V = recurrent_panels.pack(np.concatenate([W, U, b[None]]).reshape(-1, 4, H))
    v, s = recurrent_panels.room_forward(V, N, T)
    inputs = recurrent_panels.inputs((x, h0, c0), mask, drop, h0, T)
    work = recurrent_panels.work(V, v, s)
    run(_forward, V, *inputs, v, s, y, c, gates, **work)
    return y, c, (x, W, U, h0, c0, mask, drop, y, c, gates.reshape(N, T, 4 * H), v)


@njit(**COMPILED)
def _forward(V, x, h0, c0, mask, drop, v, s, y, c, gates, thread, threads):
    N, T, _ = y.shape
    s = s[thread]  # (block, 4B)
    B = s.shape[1] // 4
    for first in range(thread * len(s), len(v), threads * len(s)):
        last = min(first + len(s), len(v))
        v[max(first, N) : last] = 0  # the padding
        block = range(first, min(last, N))
        for t in range(T):
            for n in block:
                write_v(v[n, t], x[n, t], y[n, t - 1] if t else h0[n], drop[n])  # (1)
            for p in range(len(V)):
                weigh(v[first:last, t], V[p], s[: last - first], N)  # (2)
                for n in block:
                    if mask[n, t]:
                        c_before = c[n, t - 1] if t else c0[n]
                        _cell(s[n - first], B, p * B, c_before, gates[n, t], c[n, t], y[n, t])
            for n in block:
                if not mask[n, t]:  # (7)
                    copy(y[n, t - 1] if t else h0[n], y[n, t])
                    copy(c[n, t - 1] if t else c0[n], c[n, t])


@njit(**COMPILED)
def _cell(s, B, start, c_before, gates, c, h):
    """One step of units `start` to `start` + B - 1 of one sequence, from s (4B,)."""
    end = min(start + B, h.size)
    H = end - start  # B, but for the last panel
    i, f, g, o = gates[0, start:end], gates[1, start:end], gates[2, start:end], gates[3, start:end]
    c_before, c, h = c_before[start:end], c[start:end], h[start:end]
    sigmoid(s[:H], i)  # (3)
    sigmoid(s[B : B + H], f)
    tanh(s[2 * B : 2 * B + H], g)  # (4)
    sigmoid(s[3 * B : 3 * B + H], o)
    for j in range(H):
        c[j] = f[j] * c_before[j] + i[j] * g[j]  # (5)
    tanh(c, h)
    for j in range(H):
        h[j] *= o[j]  # (6)


def backward(dy, dc, cache):
    """Return (dx (N, T, D), dW (D, 4H), dU (H, 4H), db (4H,), dh0 (N, H), dc0 (N, H))."""
    x, W, U, h0, c0, mask, drop, _, c, gates, v = cache
    (N, T, D), H = x.shape, len(U)
    expect((N, T, H), dy=dy)
    expect((N, H), dc=dc)
    V = np.concatenate([W, U]).reshape(-1, 4, H)
    V_T, ds, dv = recurrent_panels.room_backward(V, v, N)
    dx, dh, dc = np.empty(x.shape, x.dtype), np.zeros_like(h0, order="C"), np.array(dc, order="C")
    inputs = recurrent_panels.inputs((dy, c0), mask, drop, h0, T)
    work = recurrent_panels.work(V_T, v, dv[:, 0])
    run(_backward, V_T, *inputs, c, gates.reshape(N, T, 4, H), ds, dv, dx, dh, dc, **work)
    dV = recurrent_panels.weight_gradient(v, ds, D + H + 1, 4, H).reshape(-1, 4 * H)
    return dx, dV[:D], dV[D:-1], dV[-1], dh, dc


@njit(**COMPILED)
def _backward(V_T, dy, c0, mask, drop, c, gates, ds, dv, dx, dh, dc, thread, threads):
    N, T, H = dy.shape
    P = ds.shape[1]
    dv = dv[thread]  # (Q, block, J)
    Q, size, J = dv.shape
    tanh_c, line = np.empty(H, dy.dtype), np.empty(Q * J, dy.dtype)
    for first in range(thread * size, len(ds), threads * size):
        last = min(first + size, len(ds))
        ds[first:last] = 0  # the padding, and steps that the mask takes out: (7)
        block = range(first, min(last, N))
        for t in range(T - 1, -1, -1):
            for n in block:
                add(dy[n, t], dh[n])  # (8)
                if mask[n, t]:
                    tanh(c[n, t], tanh_c)
                    c_before = c[n, t - 1] if t else c0[n]
                    for p in range(P):
                        _cell_backward(dh[n], dc[n], gates[n, t], c_before, tanh_c, p, ds[n, p, t])
            pass_back(V_T, ds, t, first, dv, line, dx, dh, drop)  # (2) (1)


@njit(**COMPILED)
def _cell_backward(dh, dc, gates, c_before, tanh_c, p, ds):
    """One step back of the units of panel p of one sequence: ds (4B,); dh <- 0, dc <- dc f."""
    B = ds.size // 4
    start, end = p * B, min(p * B + B, dh.size)
    i, f, g, o = gates[0, start:end], gates[1, start:end], gates[2, start:end], gates[3, start:end]
    dh, dc, c_before, tanh_c = dh[start:end], dc[start:end], c_before[start:end], tanh_c[start:end]
    ds_i, ds_f, ds_g, ds_o = ds[:B], ds[B : 2 * B], ds[2 * B : 3 * B], ds[3 * B :]
    for j in range(end - start):
        ds_o[j] = dh[j] * tanh_c[j] * o[j] * (1 - o[j])  # (6) (3)
        dc[j] += dh[j] * o[j] * (1 - tanh_c[j] * tanh_c[j])  # (6)
        dh[j] = 0  # what h_{t-1} gets comes through the product alone
    for j in range(end - start):
        ds_i[j] = dc[j] * g[j] * i[j] * (1 - i[j])  # (5) (3)
        ds_g[j] = dc[j] * i[j] * (1 - g[j] * g[j])  # (5) (4)
    for j in range(end - start):
        ds_f[j] = dc[j] * c_before[j] * f[j] * (1 - f[j])  # (5) (3)
        dc[j] *= f[j]  # (5)
