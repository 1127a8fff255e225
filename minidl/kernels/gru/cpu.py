"""GRU in Numba. The contract, the symbols and the numbers are in this folder's __init__.

What makes it fast: see `lstm/cpu.py`; the loops over time are the same. s_n and u_n must stay
apart, because r multiplies only u_n. So there are four blocks of columns, z, r, s_n and u_n, with
zeros in V where an input does not reach a block:

              z             r          s_n      u_n
    x        W_z           W_r         W_n       0
    q        U_z           U_r          0       U_n
    1   b_0z + b_1z   b_0r + b_1r     b_0n     b_1n

A third more arithmetic than needed, for one product in place of two.
"""

import numpy as np
from numba import njit

from minidl.kernels.common import recurrent_panels
from minidl.kernels.common.arguments import expect, expect_sequences
from minidl.kernels.common.fast_tanh import sigmoid, tanh
from minidl.kernels.common.options import COMPILED
from minidl.kernels.common.recurrent_panels import add, copy, pass_back, weigh, write_v
from minidl.kernels.common.threads import run

_Z, _R, _N, _U = range(4)  # the blocks


def forward(x, W, U, b, h0, mask, drop):
    """Return (y (N, T, H), cache)."""
    expect_sequences(3, x, W, U, b, mask, drop, h0=h0)
    (N, T, _), H = x.shape, len(U)
    y, gates = np.empty((N, T, H), x.dtype), np.empty((N, T, 4, H), x.dtype)
    V = recurrent_panels.pack(_four_blocks(W, U, b))
    v, s = recurrent_panels.room_forward(V, N, T)
    inputs = recurrent_panels.inputs((x, h0), mask, drop, h0, T)
    work = recurrent_panels.work(V, v, s)
    run(_forward, V, *inputs, v, s, y, gates, **work)
    return y, (x, W, U, h0, mask, drop, y, gates.reshape(N, T, 4 * H), v)


def _four_blocks(W, U, b):
    """The table above: (D + H + 1, 4, H)."""
    D, H = len(W), len(U)
    V = np.zeros((D + H + 1, 4, H), W.dtype)
    V[:D, :_U] = W.reshape(D, 3, H)
    V[D:-1, [_Z, _R, _U]] = U.reshape(H, 3, H)
    V[-1, :_U] = b[0].reshape(3, H)
    V[-1, [_Z, _R, _U]] += b[1].reshape(3, H)
    return V


@njit(**COMPILED)
def _forward(V, x, h0, mask, drop, v, s, y, gates, thread, threads):
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
                weigh(v[first:last, t], V[p], s[: last - first], N)  # (2) (3)
                for n in block:
                    if mask[n, t]:
                        before = y[n, t - 1] if t else h0[n]
                        _cell(s[n - first], B, p * B, before, gates[n, t], y[n, t])
            for n in block:
                if not mask[n, t]:
                    copy(y[n, t - 1] if t else h0[n], y[n, t])  # (7)


@njit(**COMPILED)
def _cell(s, B, start, h_before, gates, h):
    """One step of units `start` to `start` + B - 1 of one sequence, from s (4B,)."""
    end = min(start + B, h.size)
    H = end - start  # B, but for the last panel
    z, r, n, u_n = (
        gates[_Z, start:end],
        gates[_R, start:end],
        gates[_N, start:end],
        gates[_U, start:end],
    )
    h_before, h = h_before[start:end], h[start:end]
    s_n = s[2 * B : 2 * B + H]
    sigmoid(s[:H], z)  # (4)
    sigmoid(s[B : B + H], r)
    copy(s[3 * B : 3 * B + H], u_n)
    for j in range(H):
        s_n[j] += r[j] * u_n[j]
    tanh(s_n, n)  # (5)
    for j in range(H):
        h[j] = z[j] * h_before[j] + (1 - z[j]) * n[j]  # (6)


def backward(dy, cache):
    """Return (dx (N, T, D), dW (D, 3H), dU (H, 3H), db (2, 3H), dh0 (N, H))."""
    x, W, U, h0, mask, drop, y, gates, v = cache
    (N, T, D), H = x.shape, len(U)
    expect(y.shape, dy=dy)
    V_T, ds, dv = recurrent_panels.room_backward(
        _four_blocks(W, U, np.zeros((2, 3 * H), W.dtype))[:-1], v, N
    )
    dx, dh = np.empty(x.shape, x.dtype), np.zeros_like(h0, order="C")
    inputs = recurrent_panels.inputs((dy, h0), mask, drop, h0, T)
    work = recurrent_panels.work(V_T, v, dv[:, 0])
    run(_backward, V_T, *inputs, y, gates.reshape(N, T, 4, H), ds, dv, dx, dh, **work)
    dV = recurrent_panels.weight_gradient(v, ds, D + H + 1, 4, H)
    of_s, of_u = dV[:, :_U].reshape(-1, 3 * H), dV[:, [_Z, _R, _U]].reshape(-1, 3 * H)
    return dx, of_s[:D], of_u[D:-1], np.stack([of_s[-1], of_u[-1]]), dh


@njit(**COMPILED)
def _backward(V_T, dy, h0, mask, drop, y, gates, ds, dv, dx, dh, thread, threads):
    N, T, _ = dy.shape
    P = ds.shape[1]
    dv = dv[thread]  # (Q, block, J)
    Q, size, J = dv.shape
    line = np.empty(Q * J, dy.dtype)
    for first in range(thread * size, len(ds), threads * size):
        last = min(first + size, len(ds))
        ds[first:last] = 0  # the padding, and steps that the mask takes out: (7)
        block = range(first, min(last, N))
        for t in range(T - 1, -1, -1):
            for n in block:
                add(dy[n, t], dh[n])  # (8)
                if mask[n, t]:
                    before = y[n, t - 1] if t else h0[n]
                    for p in range(P):
                        _cell_backward(dh[n], gates[n, t], before, p, ds[n, p, t])
            pass_back(V_T, ds, t, first, dv, line, dx, dh, drop)  # (2) (3) (1)


@njit(**COMPILED)
def _cell_backward(dh, gates, h_before, p, ds):
    """One step back of the units of panel p of one sequence: ds (4B,); dh <- dh z."""
    B = ds.size // 4
    start, end = p * B, min(p * B + B, dh.size)
    z, r, n, u_n = (
        gates[_Z, start:end],
        gates[_R, start:end],
        gates[_N, start:end],
        gates[_U, start:end],
    )
    dh, h_before = dh[start:end], h_before[start:end]
    ds_z, ds_r, ds_n, du_n = ds[:B], ds[B : 2 * B], ds[2 * B : 3 * B], ds[3 * B :]
    for j in range(end - start):
        ds_z[j] = dh[j] * (h_before[j] - n[j]) * z[j] * (1 - z[j])  # (6) (4)
        ds_n[j] = dh[j] * (1 - z[j]) * (1 - n[j] * n[j])  # (6) (5)
    for j in range(end - start):
        ds_r[j] = ds_n[j] * u_n[j] * r[j] * (1 - r[j])  # (5) (4)
        du_n[j] = ds_n[j] * r[j]  # (5)
    for j in range(end - start):
        dh[j] *= z[j]  # (6)
