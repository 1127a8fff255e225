"""The optimizers in NumPy. The contract and the symbols are in this folder's __init__."""

import numpy as np


def sgd(w, g, v, learning_rate, momentum, nesterov):
    """Change w and v in place by one step."""
    if momentum == 0:
        w -= learning_rate * g
        return
    v *= momentum
    v -= learning_rate * g
    w += momentum * v - learning_rate * g if nesterov else v


def adagrad(w, g, s, learning_rate, epsilon):
    """Change w and s in place by one step."""
    s += g**2
    w -= learning_rate * g / (np.sqrt(s) + epsilon)


def rmsprop(w, g, s, a, v, learning_rate, rho, momentum, epsilon):
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


def adam(w, g, m, v, v_max, learning_rate, beta_1, beta_2, epsilon, t):
    """Change w, m, v and v_max in place by one step."""
    m[...] = beta_1 * m + (1 - beta_1) * g
    v[...] = beta_2 * v + (1 - beta_2) * g**2
    if v_max is not None:
        np.maximum(v_max, v, out=v_max)
        v = v_max
    m_hat = m / (1 - beta_1**t)
    v_hat = v / (1 - beta_2**t)
    w -= learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
