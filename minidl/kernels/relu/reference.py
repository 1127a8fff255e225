"""ReLU in NumPy. The contract and the symbols are in this folder's __init__."""

import numpy as np


def forward(x):
    """x (...) -> y (...)."""
    return np.maximum(x, 0)


def backward(dy, y):
    """dy, y (...) -> dx (...)."""
    return dy * (y > 0)
