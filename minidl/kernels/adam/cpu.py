"""Adam in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast:
- One pass over memory, without temporaries. The NumPy form makes about a dozen.
- The two corrections are the same for all elements, so they are taken out of the loop:
  learning_rate * m_hat = rate * m and sqrt(v_hat) = root * sqrt(v).
- Divisions without a check (`error_model="numpy"`), so that LLVM vectorises the loop, root and
  division included.
- For v_max None Numba compiles a loop of its own, without the branch.
- One thread. Two threads of Numba's halve the time of this loop alone, but between matrix products
  they fight with the threads of BLAS, which go on spinning, and a training step takes many times
  longer.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.flat import flat


def update(w, g, m, v, v_max, learning_rate, beta_1, beta_2, epsilon, t):
    """Change w, m, v and v_max in place by one step."""
    dtype = w.dtype.type  # a float64 scalar would widen a float32 loop
    rate = learning_rate / (1 - beta_1**t)
    root = 1 / math.sqrt(1 - beta_2**t)
    scalars = (beta_1, 1 - beta_1, beta_2, 1 - beta_2, rate, root, epsilon)
    _update(*flat(w, g, m, v, v_max), *map(dtype, scalars))


@njit(cache=True, error_model="numpy")
def _update(w, g, m, v, v_max, beta_1, rest_1, beta_2, rest_2, rate, root, epsilon):
    for i in range(w.size):
        m[i] = beta_1 * m[i] + rest_1 * g[i]
        v[i] = beta_2 * v[i] + rest_2 * g[i] * g[i]
        largest = v[i]
        if v_max is not None:
            largest = v_max[i] = np.maximum(v_max[i], v[i])  # max() would lose a NaN
        w[i] -= rate * m[i] / (root * math.sqrt(largest) + epsilon)
