"""Layer normalization in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast:
- A row is finished while it lies in the first-level cache: mean, squares, result. NumPy's form
  goes through memory about a dozen times, and makes temporaries.
- The sums along a row are added several at a time ("reassoc" lets LLVM choose the order), which
  float64 can afford.
- dgamma and dbeta are sums over rows: each block of rows has its own, and blocks do not depend on
  the number of threads, so neither does the result, to the last digit.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.common.arguments import expect, ready
from minidl.kernels.common.options import COMPILED, INNER, SUMS
from minidl.kernels.common.threads import run

BLOCK = 64  # rows whose sums for dgamma and dbeta are added up together


def forward(x, gamma, beta, epsilon, center=True):
    """x (N, D) -> y (N, D), and m, s, both (N, 1)."""
    expect(x.shape[1:], gamma=gamma, beta=beta)
    x = ready(x)
    y, m, s = np.empty_like(x), np.empty((len(x), 1), x.dtype), np.empty((len(x), 1), x.dtype)
    options = float(epsilon), center
    run(_forward, x, ready(gamma), ready(beta), *options, y, m, s, numbers=2 * x.size)
    return y, m, s


def backward(dy, x, gamma, m, s, center=True):
    """dy, x (N, D) -> dx (N, D), dgamma (D,), dbeta (D,)."""
    expect(x.shape, dy=dy)
    expect(x.shape[1:], gamma=gamma)
    expect((len(x), 1), m=m, s=s)
    dy, x, dx = ready(dy), ready(x), np.empty(x.shape, x.dtype)
    sums = np.zeros((-(-len(x) // BLOCK), 2, x.shape[1]))
    run(_backward, dy, x, ready(gamma), ready(m), ready(s), center, dx, sums, numbers=2 * x.size)
    dgamma, dbeta = sums.sum(axis=0).astype(x.dtype)
    return dx, dgamma, dbeta


@njit(**COMPILED)
def _forward(x, gamma, beta, epsilon, center, y, m, s, thread, threads):
    (N, D), type_ = x.shape, x.dtype.type
    for n in range(thread * N // threads, (thread + 1) * N // threads):
        row = x[n]
        mean = type_(_sum(row) / D if center else 0)
        scale = type_(1 / math.sqrt(_sum_squares(row, mean) / D + epsilon))
        m[n, 0], s[n, 0] = mean, scale
        for d in range(D):
            y[n, d] = (row[d] - mean) * scale * gamma[d] + beta[d]


@njit(**COMPILED)
def _backward(dy, x, gamma, m, s, center, dx, sums, thread, threads):
    (N, D), blocks, type_ = x.shape, len(sums), x.dtype.type
    for k in range(thread * blocks // threads, (thread + 1) * blocks // threads):
        for n in range(k * BLOCK, min((k + 1) * BLOCK, N)):
            row, dy_row, mean, scale = x[n], dy[n], m[n, 0], s[n, 0]
            shift, along = _means(dy_row, row, gamma, mean)
            shift, along = type_(shift / D if center else 0), type_(along * scale / D)
            for d in range(D):
                xhat = (row[d] - mean) * scale
                dx[n, d] = scale * (gamma[d] * dy_row[d] - shift - xhat * along)
                sums[k, 0, d] += dy_row[d] * xhat
                sums[k, 1, d] += dy_row[d]


@njit(**SUMS, **INNER)
def _sum(a):
    total = 0.0
    for d in range(a.size):
        total += a[d]
    return total


@njit(**SUMS, **INNER)
def _sum_squares(a, mean):
    total = 0.0
    for d in range(a.size):
        c = a[d] - mean
        total += np.float64(c) * c
    return total


@njit(**SUMS, **INNER)
def _means(dy, x, gamma, mean):
    """Return the sums of g and of g (x - mean)."""
    total = product = 0.0
    for d in range(x.size):
        g = np.float64(gamma[d] * dy[d])
        total += g
        product += g * (x[d] - mean)
    return total, product
