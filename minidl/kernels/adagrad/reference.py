"""Adagrad in NumPy. The contract and the symbols are in this folder's __init__."""

import numpy as np


def update(w, g, s, learning_rate, epsilon):
    """Change w and s in place by one step."""
    s += g**2
    w -= learning_rate * g / (np.sqrt(s) + epsilon)
