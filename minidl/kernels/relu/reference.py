"""ReLU in NumPy. The contract and the symbols are in this folder's __init__."""

import numpy as np


def forward(x, slope=0.0):
    """x (...) -> y (...)."""
    return np.where(x > 0, x, slope * x) if slope else np.maximum(x, 0)


def backward(dy, x, slope=0.0):
    """dy, x (...) -> dx (...)."""
    return np.where(x > 0, dy, slope * dy)
