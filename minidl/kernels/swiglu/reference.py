"""SwiGLU's product in NumPy. The contract and the symbols are in this folder's __init__."""

import numpy as np


def forward(z, u):
    """z, u (...) -> y (...)."""
    return z * _sigmoid(z) * u


def backward(dy, z, u):
    """dy, z, u (...) -> dz, du (...)."""
    s = _sigmoid(z)
    return dy * u * (s + z * s * (1 - s)), dy * z * s


def _sigmoid(z):
    e = np.exp(-np.abs(z))  # cannot overflow
    return np.maximum(e, z >= 0) / (1 + e)
