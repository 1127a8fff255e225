"""Batch normalization in NumPy. The contract and the symbols are in this folder's __init__."""

import numpy as np


def forward(x, gamma, beta, epsilon):
    """x (N, D) -> y (N, D), and m, v, s, each (D,)."""
    m = _sum(x) / x.dtype.type(len(x))
    c = x - m
    v = _sum(c * c) / x.dtype.type(len(x))
    s = 1 / np.sqrt(v + x.dtype.type(epsilon))
    return gamma * (c * s) + beta, m, v, s


def backward(dy, x, gamma, m, s):
    """dy, x (N, D) -> dx (N, D), dgamma (D,), dbeta (D,)."""
    N = x.dtype.type(len(x))
    xhat = (x - m) * s
    dbeta = _sum(dy)
    dgamma = _sum(dy * xhat)
    return gamma * s * (dy - dbeta / N - xhat * (dgamma / N)), dgamma, dbeta


def _sum(x):
    # In float64: along a leading axis, NumPy adds numbers one by one, and a float32 sum of 100,000
    # of them is right to four or five digits only.
    return x.sum(axis=0, dtype=np.float64).astype(x.dtype)
