"""Softmax cross-entropy in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast: each row is finished while it lies in the first-level cache (largest logit,
exponentials, their sum, gradient), and exp is called once per element. NumPy's form walks
through the whole batch six times.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.common.arguments import expect, expect_indices, ready


def sparse(z, labels):
    """Return (loss (N,), dz (N, C)) for integer labels (N,)."""
    labels = np.asarray(labels)
    expect((len(z),), labels=labels)
    expect_indices("labels", labels, z.shape[1])
    z, labels = ready(z), ready(labels.astype(np.int64, copy=False))
    loss, dz = np.empty(len(z), z.dtype), np.empty(z.shape, z.dtype)
    _sparse(z, labels, loss, dz)
    return loss, dz


def dense(z, t):
    """Return (loss (N,), dz (N, C)) for target distributions t (N, C)."""
    expect(z.shape, t=t)
    z, t = ready(z), ready(t)
    loss, dz = np.empty(len(z), z.dtype), np.empty(z.shape, z.dtype)
    _dense(z, t, loss, dz)
    return loss, dz


@njit(cache=True)
def _sparse(z, labels, loss, dz):
    for n in range(len(z)):
        log_sum = _softmax_row(z[n], dz[n])
        loss[n] = log_sum - z[n, labels[n]]
        dz[n, labels[n]] -= 1


@njit(cache=True)
def _dense(z, t, loss, dz):
    N, C = z.shape
    for n in range(N):
        log_sum = _softmax_row(z[n], dz[n])
        loss[n] = 0
        total = z.dtype.type(0)
        for c in range(C):
            loss[n] += t[n, c] * (log_sum - z[n, c])
            total += t[n, c]
        for c in range(C):
            dz[n, c] = dz[n, c] * total - t[n, c]


@njit(cache=True)
def _softmax_row(z, p):
    """Write softmax(z) into p (C,); return log sum exp(z)."""
    largest = z[0]
    for c in range(1, z.size):
        largest = max(largest, z[c])
    total = z.dtype.type(0)
    for c in range(z.size):
        p[c] = math.exp(z[c] - largest)
        total += p[c]
    for c in range(z.size):
        p[c] /= total
    return largest + math.log(total)
