"""The optimizers in Numba. The contract and the symbols are in this folder's __init__.

What makes them fast:
- One pass over memory, without temporaries: each number is loaded once, updated in registers and
  stored. The NumPy forms make four to a dozen passes.
- Adam's two corrections are the same for all elements, so they are taken out of the loop:
  learning_rate * m_hat = rate * m and sqrt(v_hat) = root * sqrt(v).
- Divisions without a check (`error_model="numpy"`): a division by 0 gives inf. The check that
  Python's model puts into the loop would keep LLVM from vectorising it, root and division included.
- For a slot that is None Numba compiles a loop of its own, without the branch.
- One thread, since memory sets the time.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.common.arguments import flat


def sgd(w, g, v, learning_rate, momentum, nesterov):
    """Change w and v in place by one step."""
    dtype = w.dtype.type  # a float64 scalar would widen a float32 loop
    w, g, v = flat(w, g, v)
    if momentum == 0:
        _sgd_plain(w, g, dtype(learning_rate))
    else:
        _sgd_with_momentum(w, g, v, dtype(learning_rate), dtype(momentum), nesterov)


@njit(cache=True)
def _sgd_plain(w, g, learning_rate):
    for i in range(w.size):
        w[i] -= learning_rate * g[i]


@njit(cache=True)
def _sgd_with_momentum(w, g, v, learning_rate, momentum, nesterov):
    for i in range(w.size):
        step = learning_rate * g[i]
        v[i] = momentum * v[i] - step
        w[i] += momentum * v[i] - step if nesterov else v[i]


def adagrad(w, g, s, learning_rate, epsilon):
    """Change w and s in place by one step."""
    _adagrad(*flat(w, g, s), *map(w.dtype.type, (learning_rate, epsilon)))


@njit(cache=True, error_model="numpy")
def _adagrad(w, g, s, learning_rate, epsilon):
    for i in range(w.size):
        s[i] += g[i] * g[i]
        w[i] -= learning_rate * g[i] / (math.sqrt(s[i]) + epsilon)


def rmsprop(w, g, s, a, v, learning_rate, rho, momentum, epsilon):
    """Change w, s, a and v in place by one step."""
    scalars = (learning_rate, rho, 1 - rho, momentum, epsilon, 0)
    _rmsprop(*flat(w, g, s, a, v), *map(w.dtype.type, scalars))


@njit(cache=True, error_model="numpy")
def _rmsprop(w, g, s, a, v, learning_rate, rho, rest, momentum, epsilon, zero):
    for i in range(w.size):
        s[i] = rho * s[i] + rest * g[i] * g[i]
        variance = s[i]
        if a is not None:
            a[i] = rho * a[i] + rest * g[i]
            variance -= a[i] * a[i]
            variance = zero if variance < zero else variance  # NaN stays NaN
        step = learning_rate * g[i] / (math.sqrt(variance) + epsilon)
        if v is None:
            w[i] -= step
        else:
            v[i] = momentum * v[i] - step
            w[i] += v[i]


def adam(w, g, m, v, v_max, learning_rate, beta_1, beta_2, epsilon, t):
    """Change w, m, v and v_max in place by one step."""
    rate = learning_rate / (1 - beta_1**t)
    root = 1 / math.sqrt(1 - beta_2**t)
    scalars = (beta_1, 1 - beta_1, beta_2, 1 - beta_2, rate, root, epsilon)
    _adam(*flat(w, g, m, v, v_max), *map(w.dtype.type, scalars))


@njit(cache=True, error_model="numpy")
def _adam(w, g, m, v, v_max, beta_1, rest_1, beta_2, rest_2, rate, root, epsilon):
    for i in range(w.size):
        m[i] = beta_1 * m[i] + rest_1 * g[i]
        v[i] = beta_2 * v[i] + rest_2 * g[i] * g[i]
        largest = v[i]
        if v_max is not None:
            largest = v_max[i] = np.maximum(v_max[i], v[i])  # max() would lose a NaN
        w[i] -= rate * m[i] / (root * math.sqrt(largest) + epsilon)
