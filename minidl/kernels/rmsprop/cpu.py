"""RMSprop in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast: one pass over memory, without temporaries, on one thread, as in `sgd/cpu.py`;
divisions without a check, as in `adagrad/cpu.py`. For a slot that is None Numba compiles a loop of
its own, without the branch.
"""

import math

from numba import njit

from minidl.kernels.flat import flat


def update(w, g, s, a, v, learning_rate, rho, momentum, epsilon):
    """Change w, s, a and v in place by one step."""
    dtype = w.dtype.type  # a float64 scalar would widen a float32 loop
    scalars = (learning_rate, rho, 1 - rho, momentum, epsilon, 0)
    _update(*flat(w, g, s, a, v), *map(dtype, scalars))


@njit(cache=True, error_model="numpy")
def _update(w, g, s, a, v, learning_rate, rho, rest, momentum, epsilon, zero):
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
