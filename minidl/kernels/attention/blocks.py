"""The parts of attention in Numba that are no product: a block of scores, and the rows around it.

A block of scores s (keys, QUERIES) has a row for each key, as many as a multiple of the product's
ROWS. Its queries are `first`, `first` + 1, ..., and its keys `start`, `start` + 1, ...
"""

import numpy as np
from numba import njit

from minidl.kernels.common.fast_exp import exp
from minidl.kernels.common.options import COMPILED, INNER, SUMS
from minidl.kernels.dropout.cpu import philox

QUERIES, KEYS = 32, 64  # of a block: multiples of every tile's width, and of ROWS


@njit(**COMPILED, **INNER)
def hide(s, n, first, start, S, mask, causal):
    """s <- -inf where a query may not see a key, and for keys beyond the last."""
    hidden = s.dtype.type(-np.inf)
    rows = mask[n if len(mask) > 1 else 0] if mask.size else mask[:, 0]
    for j in range(len(s)):
        known = start + j < S and (len(rows) != 1 or rows[0, start + j])
        for i in range(min(start + j - causal - first, QUERIES) if known else QUERIES):
            s[j, i] = hidden
    if len(rows) > 1:
        for i in range(min(QUERIES, len(rows) - first)):
            for j in range(min(len(s), S - start)):
                if not rows[first + i, start + j]:
                    s[j, i] = hidden


@njit(**COMPILED, **INNER)
def softmax(s, m, total, shrink):
    """s <- exp(s - m), with the m that holds from now on; shrink: what the sums so far become.

    Four rows at a time: LLVM cannot keep a row of sums in registers from one row to the next.
    """
    for i in range(QUERIES):
        shrink[i] = m[i]
    for j in range(0, len(s), 4):
        for i in range(QUERIES):
            largest = max(max(s[j, i], s[j + 1, i]), max(s[j + 2, i], s[j + 3, i]))
            m[i] = max(m[i], largest)
    for i in range(QUERIES):
        shrink[i] = exp(shrink[i] - m[i])
        total[i] *= shrink[i]
    for j in range(len(s)):
        for i in range(QUERIES):
            s[j, i] = exp(s[j, i] - m[i])
            total[i] += s[j, i]


@njit(**COMPILED, **INNER)
def softmax_backward(s, ds, log_sum, c):
    """p <- exp(s - log_sum) in the place of s, and ds <- p (dp - c) in that of dp."""
    for j in range(len(s)):
        for i in range(QUERIES):
            s[j, i] = exp(s[j, i] - log_sum[i])
            ds[j, i] = s[j, i] * (ds[j, i] - c[i])


@njit(**COMPILED, **INNER)
def draw(drop, number, S, dropout):
    """drop (KEYS, QUERIES) <- the dropout of a block; `number` is that of its first weight."""
    key_0, key_1, threshold, factor = dropout
    for i in range(QUERIES):
        begin = number + i * S
        for four in range(begin // 4, (begin + len(drop) + 3) // 4):
            words = philox(np.uint64(four), key_0, key_1)
            for w in range(4):
                j = 4 * four + w - begin
                if 0 <= j < len(drop):
                    drop[j, i] = 0 if words[w] < threshold else factor


@njit(**COMPILED, **INNER)
def multiply(s, drop):
    """s *= drop, for as many keys as s has."""
    for j in range(len(s)):
        for i in range(QUERIES):
            s[j, i] *= drop[j, i]


@njit(**COMPILED, **INNER)
def take(x, n, h, scale, rows):
    """rows <- scale x[n, :, h], and what is beyond stays 0."""
    for t in range(x.shape[1]):
        for d in range(x.shape[3]):
            rows[t, d] = scale * x[n, t, h, d]


@njit(**COMPILED, **INNER)
def put(rows, scale, x, n, h, first):
    """x[n, first :, h] <- scale rows."""
    for i in range(min(len(rows), x.shape[1] - first)):
        for d in range(x.shape[3]):
            x[n, first + i, h, d] = scale * rows[i, d]


@njit(**COMPILED, **INNER)
def turn(rows, columns):
    """columns[d, i] <- rows[i, d]."""
    for i in range(QUERIES):
        for d in range(len(columns)):
            columns[d, i] = rows[i, d]


@njit(**COMPILED, **INNER)
def stretch(rows, factors):
    """rows[i] *= factors[i]."""
    for i in range(len(rows)):
        for e in range(rows.shape[1]):
            rows[i, e] *= factors[i]


@njit(**SUMS, **INNER)
def dot(a, b):
    """The sum of a * b over the numbers of b, in any order."""
    total = b.dtype.type(0)
    for e in range(b.size):
        total += a[e] * b[e]
    return total
