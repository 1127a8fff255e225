"""Batch normalization in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast:
- Forward and backward read their arrays twice and write once; NumPy's form goes through memory
  about a dozen times, and makes temporaries.
- The rows are cut into blocks that fit into a core's cache. Each block is summed by one thread, its
  mean first and then, from the cache, the squares of what differs from it. That stays exact where
  sum(x^2) - N m^2 would cancel.
- Blocks do not depend on the number of threads, so neither does the result, to the last digit.
- The innermost loops run over the features, which lie next to each other in memory.

Two blocks of N_a and N_b numbers, with means m_a, m_b and squares M_a, M_b, are together
(`_statistics`):

    d = m_b - m_a      m = m_a + d N_b / N      M = M_a + M_b + d^2 N_a N_b / N      N = N_a + N_b

Reference: Chan, Golub and LeVeque (1983), "Algorithms for computing the sample variance", equation
2.1.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.common.arguments import expect, ready
from minidl.kernels.common.threads import run

BLOCK = 8192  # numbers in a block: 32 KiB of float32, the first-level cache


def forward(x, gamma, beta, epsilon):
    """x (N, D) -> y (N, D), and m, v, s, each (D,)."""
    expect(x.shape[1:], gamma=gamma, beta=beta)
    x, y = ready(x), np.empty(x.shape, x.dtype)
    means, squares = _per_block(x)
    run(_mean_and_squares, x, means, squares, numbers=x.size)
    m, v, s = (np.empty(x.shape[1], x.dtype) for _ in range(3))
    _statistics(means, squares, len(x), float(epsilon), m, v, s)
    gamma, beta = (ready(w.astype(x.dtype, copy=False)) for w in (gamma, beta))
    run(_normalize, x, m, gamma * s, beta, y, numbers=x.size)
    return y, m, v, s


def backward(dy, x, gamma, m, s):
    """dy, x (N, D) -> dx (N, D), dgamma (D,), dbeta (D,)."""
    expect(x.shape, dy=dy)
    expect(x.shape[1:], gamma=gamma, m=m, s=s)
    x, dx = ready(x), np.empty(x.shape, x.dtype)
    dy, gamma, m, s = (ready(a.astype(x.dtype, copy=False)) for a in (dy, gamma, m, s))
    sums, products = _per_block(x)
    run(_sums, dy, x, m, sums, products, numbers=x.size)
    dbeta = sums.sum(axis=0).astype(x.dtype)
    dgamma = (products.sum(axis=0) * s).astype(x.dtype)
    N = x.dtype.type(len(x))
    run(_project, dy, x, m, gamma * s, dbeta / N, s * dgamma / N, dx, numbers=x.size)
    return dx, dgamma, dbeta


def _per_block(x):
    """Two float64 arrays (blocks, D) for what is summed; a block has 64 rows or more."""
    N, D = x.shape
    rows = max(64, BLOCK // D)
    return np.empty((-(-N // rows), D)), np.empty((-(-N // rows), D))


@njit(nogil=True, cache=True, error_model="numpy")
def _mean_and_squares(x, means, squares, thread, threads):
    """Of each block: its mean, and the sum of the squares of x - mean, each (D,)."""
    (N, D), blocks = x.shape, len(means)
    for k in range(thread * blocks // threads, (thread + 1) * blocks // threads):
        start, end = k * N // blocks, (k + 1) * N // blocks
        for d in range(D):
            means[k, d] = squares[k, d] = 0
        for n in range(start, end):
            for d in range(D):
                means[k, d] += x[n, d]
        for d in range(D):
            means[k, d] /= end - start
        for n in range(start, end):
            for d in range(D):
                c = x[n, d] - means[k, d]
                squares[k, d] += c * c


@njit(cache=True, error_model="numpy")
def _statistics(means, squares, N, epsilon, m, v, s):
    """Bring the blocks together, in the first of them; write m, v and s (D,)."""
    blocks, D = means.shape
    for k in range(1, blocks):
        before, here = k * N // blocks, (k + 1) * N // blocks - k * N // blocks
        share = here / (before + here)
        for d in range(D):
            difference = means[k, d] - means[0, d]
            means[0, d] += difference * share
            squares[0, d] += squares[k, d] + difference * difference * before * share
    for d in range(D):
        m[d] = means[0, d]
        v[d] = squares[0, d] / N
        s[d] = 1 / math.sqrt(squares[0, d] / N + epsilon)


@njit(nogil=True, cache=True)
def _normalize(x, m, slope, beta, y, thread, threads):
    N, D = x.shape
    for n in range(thread * N // threads, (thread + 1) * N // threads):
        for d in range(D):
            y[n, d] = (x[n, d] - m[d]) * slope[d] + beta[d]


@njit(nogil=True, cache=True)
def _sums(dy, x, m, sums, products, thread, threads):
    """Of each block: the sums of dy and of dy (x - m), each (D,)."""
    (N, D), blocks = x.shape, len(sums)
    for k in range(thread * blocks // threads, (thread + 1) * blocks // threads):
        for d in range(D):
            sums[k, d] = products[k, d] = 0
        for n in range(k * N // blocks, (k + 1) * N // blocks):
            for d in range(D):
                sums[k, d] += dy[n, d]
                products[k, d] += dy[n, d] * (x[n, d] - m[d])


@njit(nogil=True, cache=True)
def _project(dy, x, m, slope, shift, along, dx, thread, threads):
    N, D = x.shape
    for n in range(thread * N // threads, (thread + 1) * N // threads):
        for d in range(D):
            dx[n, d] = slope[d] * (dy[n, d] - shift[d] - (x[n, d] - m[d]) * along[d])
