"""The simple recurrent network in Numba. Contract, symbols and numbers: this folder's __init__.

What makes it fast: see `lstm/cpu.py`; the loops over time are the same.
"""

import numpy as np
from numba import njit

from minidl.kernels.common import recurrent_panels
from minidl.kernels.common.arguments import expect, expect_sequences
from minidl.kernels.common.fast_tanh import tanh
from minidl.kernels.common.options import COMPILED
from minidl.kernels.common.recurrent_panels import add, copy, pass_back, weigh, write_v
from minidl.kernels.common.threads import run
from minidl.kernels.rnn import ACTIVATIONS

_TANH, _RELU, _LINEAR = range(3)


def forward(x, W, U, b, h0, mask, drop, activation):
    """Return (y (N, T, H), cache)."""
    expect_sequences(1, x, W, U, b, mask, drop, h0=h0)
    (N, T, _), H = x.shape, len(U)
    y = np.empty((N, T, H), x.dtype)
    V = recurrent_panels.pack(np.concatenate([W, U, b[None]])[:, None])
    v, s = recurrent_panels.room_forward(V, N, T)
    inputs = recurrent_panels.inputs((x, h0), mask, drop, h0, T)
    work = recurrent_panels.work(V, v, s)
    run(_forward, V, *inputs, v, s, y, ACTIVATIONS.index(activation), **work)
    return y, (x, W, U, h0, mask, drop, activation, y, v)


@njit(**COMPILED)
def _forward(V, x, h0, mask, drop, v, s, y, activation, thread, threads):
    N, T, H = y.shape
    s = s[thread]  # (block, B)
    B = s.shape[1]
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
                    units = min(B, H - p * B)
                    h = y[n, t, p * B : p * B + units]
                    _phi(s[n - first, :units], h, activation)  # (3)
            for n in block:
                if not mask[n, t]:
                    copy(y[n, t - 1] if t else h0[n], y[n, t])  # (4)


@njit(**COMPILED)
def _phi(s, h, activation):
    if activation == _TANH:
        tanh(s, h)
    else:
        copy(s, h)
    if activation == _RELU:
        for j in range(h.size):
            h[j] = 0 if h[j] < 0 else h[j]  # NaN stays NaN


def backward(dy, cache):
    """Return (dx (N, T, D), dW (D, H), dU (H, H), db (H,), dh0 (N, H))."""
    x, W, U, h0, mask, drop, activation, y, v = cache
    (N, T, D), H = x.shape, len(U)
    expect(y.shape, dy=dy)
    V_T, ds, dv = recurrent_panels.room_backward(np.concatenate([W, U])[:, None], v, N)
    dx, dh = np.empty(x.shape, x.dtype), np.zeros_like(h0, order="C")
    inputs = recurrent_panels.inputs((dy,), mask, drop, h0, T)
    work = recurrent_panels.work(V_T, v, dv[:, 0])
    run(_backward, V_T, *inputs, y, ds, dv, dx, dh, ACTIVATIONS.index(activation), **work)
    dV = recurrent_panels.weight_gradient(v, ds, D + H + 1, 1, H)[:, 0]
    return dx, dV[:D], dV[D:-1], dV[-1], dh


@njit(**COMPILED)
def _backward(V_T, dy, mask, drop, y, ds, dv, dx, dh, activation, thread, threads):
    N, T, _ = dy.shape
    _, P, _, B = ds.shape
    dv = dv[thread]  # (Q, block, J)
    Q, size, J = dv.shape
    line = np.empty(Q * J, dy.dtype)
    for first in range(thread * size, len(ds), threads * size):
        last = min(first + size, len(ds))
        ds[first:last] = 0  # the padding, and steps that the mask takes out: (4)
        block = range(first, min(last, N))
        for t in range(T - 1, -1, -1):
            for n in block:
                add(dy[n, t], dh[n])  # (5)
                if mask[n, t]:
                    for p in range(P):
                        _phi_backward(dh[n], y[n, t], p * B, ds[n, p, t], activation)  # (3)
            pass_back(V_T, ds, t, first, dv, line, dx, dh, drop)  # (2) (1)


@njit(**COMPILED)
def _phi_backward(dh, h, start, ds, activation):
    """ds (B,) <- dh phi'(s), from h = phi(s); dh <- 0: h_{t-1} gets its part by the product."""
    end = min(start + ds.size, h.size)
    dh, h = dh[start:end], h[start:end]
    for j in range(end - start):
        if activation == _TANH:
            ds[j] = dh[j] * (1 - h[j] * h[j])
        elif activation == _RELU:
            ds[j] = dh[j] * (h[j] > 0)
        else:
            ds[j] = dh[j]
    for j in range(end - start):
        dh[j] = 0
