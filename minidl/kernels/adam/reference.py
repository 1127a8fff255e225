"""Adam in NumPy. The contract and the symbols are in this folder's __init__."""

import numpy as np


def update(w, g, m, v, v_max, learning_rate, beta_1, beta_2, epsilon, t):
    """Change w, m, v and v_max in place by one step."""
    m[...] = beta_1 * m + (1 - beta_1) * g
    v[...] = beta_2 * v + (1 - beta_2) * g**2
    if v_max is not None:
        np.maximum(v_max, v, out=v_max)
        v = v_max
    m_hat = m / (1 - beta_1**t)
    v_hat = v / (1 - beta_2**t)
    w -= learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
