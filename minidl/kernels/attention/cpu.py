"""Attention in Numba. The contract, the symbols and the numbers are in this folder's __init__.

What makes it fast:
- By blocks of queries and keys whose scores fit into the nearest cache. The T S scores are never in
  memory, and keys that a block of queries may not see are not multiplied.
- Scores stand transposed, a row for each key: the largest, the sums and exp work on several queries
  at a time, side by side in a register, and nothing is added up across one.
- All products are those of `minidl.kernels.common.gemm`, in the thread that has the head. A head's
  keys and values are put side by side once, in whole tiles, for all heads that look at them.
- exp without a call (`fast_exp`).
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.attention.blocks import (
    KEYS,
    QUERIES,
    dot,
    draw,
    hide,
    multiply,
    put,
    softmax,
    softmax_backward,
    stretch,
    take,
    turn,
)
from minidl.kernels.common.arguments import expect, ready
from minidl.kernels.common.gemm import add_product
from minidl.kernels.common.options import COMPILED
from minidl.kernels.common.recurrent_panels import aligned, padded
from minidl.kernels.common.threads import allowed, run
from minidl.kernels.common.tile import ROWS, tile_width

PAYS = 8  # a score is as much work as so many numbers of a simple loop
LOWEST = -1e38  # below any score, and finite: -inf - LOWEST is -inf, where -inf + inf is NaN


# ------------------------------------------------------------------------------ in Python


def forward(q, k, v, scale, mask=None, causal=None, rate=0.0, key=0):
    """Return (y (N, T, H, E), log_sum (N, H, T))."""
    (N, T, H, D), (_, S, _, E) = q.shape, v.shape
    _expect(q, k, v, mask)
    y, log_sum = np.empty((N, T, H, E), q.dtype), np.empty((N, H, T), q.dtype)
    shapes = (S, D), (S, E), (padded(T, QUERIES), D), (D, QUERIES), (QUERIES, E)
    blocks = (KEYS, QUERIES), (KEYS, QUERIES), (3, QUERIES)
    inputs = *map(ready, (q, k, v)), *_options(q, S, scale, mask, causal, rate, key)
    work = {"numbers": PAYS * N * H * T * S, "parts": N * k.shape[2]}
    run(_forward, *inputs, _room(k, shapes + blocks), y, log_sum, **work)
    return y, log_sum


def backward(dy, q, k, v, y, log_sum, scale, mask=None, causal=None, rate=0.0, key=0):
    """Return (dq (N, T, H, D), dk (N, S, G, D), dv (N, S, G, E))."""
    (N, T, H, D), (_, S, _, E) = q.shape, v.shape
    expect((N, T, H, E), dy=dy, y=y)
    expect((N, H, T), log_sum=log_sum)
    _expect(q, k, v, mask)
    results = tuple(np.empty(a.shape, q.dtype) for a in (q, k, v))
    queries = padded(T, QUERIES)
    shapes = ((S, D), (S, E)) * 2 + ((queries, D), (D, QUERIES), (queries, E), (E, QUERIES))
    blocks = (QUERIES, D), (KEYS, QUERIES), (KEYS, QUERIES), (KEYS, QUERIES), (2, queries)
    inputs = map(ready, (dy, q, k, v, y, log_sum))
    options = _options(q, S, scale, mask, causal, rate, key)
    work = {"numbers": PAYS * N * H * T * S, "parts": N * k.shape[2]}
    run(_backward, *inputs, *options, _room(k, shapes + blocks), *results, **work)
    return results


def rotate(x, cos, sin):
    """Return x (N, T, H, D), each step rotated by the angles with cos and sin (T, D / 2)."""
    x, y = ready(x), np.empty(x.shape, x.dtype)
    expect((x.shape[1], x.shape[3] // 2), cos=cos, sin=sin)
    run(_rotate, x, ready(cos), ready(sin), y, numbers=2 * x.size)
    return y


def _expect(q, k, v, mask):
    (N, T, H, D), (_, S, G, E) = q.shape, v.shape
    expect((N, S, G, D), k=k)
    expect((N, S, G, E), v=v)
    if H % G:
        raise ValueError(f"k has {G} heads, and a number that divides the {H} of q was expected")
    if mask is not None:  # (N or 1, T or 1, S)
        broad = (1 if m == 1 else n for m, n in zip(mask.shape, (N, T)))
        expect((*broad, S), mask=mask)


def _options(q, S, scale, mask, causal, rate, key):
    """Return scale, mask, causal and the dropout as the loops take them."""
    words = map(np.uint64, (key & 0xFFFFFFFF, key >> 32, round(rate * 2**32)))
    mask = np.empty((0, 1, 0), bool) if mask is None else ready(mask)
    causal = S if causal is None else min(max(causal, -q.shape[1]), S)
    return q.dtype.type(scale), mask, causal, (*words, q.dtype.type(1 / (1 - rate)))


def _room(k, shapes):
    """Return zeros for each thread and shape, made up to what the product's tiles want."""
    threads, width = min(allowed(), len(k) * k.shape[2]), tile_width(k.dtype)
    room = [aligned((threads, padded(R, ROWS), padded(C, width)), k.dtype) for R, C in shapes]
    for a in room:
        a[...] = 0
    return tuple(room)


@njit(**COMPILED)
def _rotate(x, cos, sin, y, thread, threads):
    (N, T, H, _), half = x.shape, cos.shape[1]
    for nt in range(thread * N * T // threads, (thread + 1) * N * T // threads):
        n, t = nt // T, nt % T
        for h in range(H):
            for d in range(half):
                a, b = x[n, t, h, d], x[n, t, h, half + d]
                y[n, t, h, d] = a * cos[t, d] - b * sin[t, d]
                y[n, t, h, half + d] = b * cos[t, d] + a * sin[t, d]


# ------------------------------------------------ compiled: one head of keys at a time


@njit(**COMPILED)
def _forward(q, k, v, scale, mask, causal, dropout, room, y, log_sum, thread, threads):
    (N, T, H, D), (S, G) = q.shape, k.shape[1:3]
    if thread >= N * G:  # it has no head, and no room
        return
    K, V, Q, Q_T, Y, block, drop, lines = room
    K, V, Q, Q_T, Y = K[thread], V[thread], Q[thread], Q_T[thread, :D], Y[thread]
    block, drop = block[thread], drop[thread]
    m, total, shrink = lines[thread, 0], lines[thread, 1], lines[thread, 2]
    one = q.dtype.type(1)
    for ng in range(thread, N * G, threads):
        n, g = ng // G, ng % G
        take(k, n, g, one, K)
        take(v, n, g, one, V)
        for h in range(g * H // G, (g + 1) * H // G):
            take(q, n, h, scale, Q)
            for first in range(0, T, QUERIES):
                turn(Q[first : first + QUERIES], Q_T)
                Y[:], m[:], total[:], shrink[:] = 0, LOWEST, 0, 0
                seen = min(S, min(first + QUERIES, T) + causal)  # keys, by the last of the queries
                for start in range(0, seen, KEYS):
                    end = start + -(-min(KEYS, seen - start) // ROWS) * ROWS
                    s = block[: end - start]
                    s[:] = 0
                    add_product(K[start:end, :D], Q_T, s)  # (1)
                    hide(s, n, first, start, S, mask, causal)  # (2)
                    softmax(s, m, total, shrink)  # (4), but for the sum
                    if dropout[3] != 1:
                        draw(drop, ((n * H + h) * T + first) * S + start, S, dropout)
                        multiply(s, drop)  # (5)
                    if start:
                        stretch(Y, shrink)
                    add_product(s.T, V[start:end], Y)  # (6)
                for i in range(min(QUERIES, T - first)):
                    log_sum[n, h, first + i] = m[i] + math.log(total[i])  # (3)
                    shrink[i] = 1 / total[i] if total[i] != 0 else 0
                stretch(Y, shrink)
                put(Y, one, y, n, h, first)


@njit(**COMPILED)
def _backward(
    dy, q, k, v, y, log_sum, scale, mask, causal, dropout, room, dq, dk, dv, thread, threads
):
    (N, T, H, D), (_, S, G, E) = q.shape, v.shape
    if thread >= N * G:
        return
    K, V, dK, dV, Q, Q_T, dY, dY_T, dQ, block, d_block, drop, lines = room
    K, V, dK, dV, dQ = K[thread], V[thread], dK[thread], dV[thread], dQ[thread]
    Q, Q_T, dY, dY_T = Q[thread], Q_T[thread, :D], dY[thread], dY_T[thread, :E]
    block, d_block, drop = block[thread], d_block[thread], drop[thread]
    l, c = lines[thread, 0], lines[thread, 1]  # noqa: E741  the contract's symbol
    one = q.dtype.type(1)
    for ng in range(thread, N * G, threads):
        n, g = ng // G, ng % G
        take(k, n, g, one, K)
        take(v, n, g, one, V)
        dK[:], dV[:] = 0, 0
        for h in range(g * H // G, (g + 1) * H // G):
            take(q, n, h, scale, Q)
            take(dy, n, h, one, dY)
            for t in range(T):
                c[t] = dot(dY[t], y[n, t, h])
                l[t] = log_sum[n, h, t] if log_sum[n, h, t] != -math.inf else 0
            for first in range(0, T, QUERIES):
                last = first + QUERIES
                turn(Q[first:last], Q_T)
                turn(dY[first:last], dY_T)
                dQ[:] = 0
                seen = min(S, min(first + QUERIES, T) + causal)
                for start in range(0, seen, KEYS):
                    end = start + -(-min(KEYS, seen - start) // ROWS) * ROWS
                    s, ds = block[: end - start], d_block[: end - start]
                    s[:], ds[:] = 0, 0
                    add_product(K[start:end, :D], Q_T, s)  # (1)
                    hide(s, n, first, start, S, mask, causal)  # (2)
                    add_product(V[start:end, :E], dY_T, ds)  # (6): dw
                    if dropout[3] != 1:
                        draw(drop, ((n * H + h) * T + first) * S + start, S, dropout)
                        multiply(ds, drop)  # (5): dp
                    softmax_backward(s, ds, l[first:last], c[first:last])  # (4): p, ds
                    if dropout[3] != 1:
                        multiply(s, drop)  # w
                    add_product(s, dY[first:last], dV[start:end])  # (6)
                    add_product(ds.T, K[start:end], dQ)  # (1)
                    add_product(ds, Q[first:last], dK[start:end])
                put(dQ, scale, dq, n, h, first)
        put(dK, one, dk, n, g, 0)
        put(dV, one, dv, n, g, 0)
