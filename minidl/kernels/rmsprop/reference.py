"""RMSprop in NumPy. The contract and the symbols are in this folder's __init__."""

import numpy as np


def update(w, g, s, a, v, learning_rate, rho, momentum, epsilon):
    """Change w, s, a and v in place by one step."""
    s[...] = rho * s + (1 - rho) * g**2
    if a is None:
        d = np.sqrt(s) + epsilon
    else:
        a[...] = rho * a + (1 - rho) * g
        d = np.sqrt(np.maximum(s - a**2, 0)) + epsilon
    if v is None:
        w -= learning_rate * g / d
    else:
        v[...] = momentum * v - learning_rate * g / d
        w += v
