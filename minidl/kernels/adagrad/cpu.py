"""Adagrad in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast: one pass over memory, without temporaries, on one thread, as in `sgd/cpu.py`.
`error_model="numpy"` lets a division by 0 give inf; the check for it that Python's model puts into
the loop would keep LLVM from vectorising it.
"""

import math

from numba import njit

from minidl.kernels.flat import flat


def update(w, g, s, learning_rate, epsilon):
    """Change w and s in place by one step."""
    dtype = w.dtype.type  # a float64 scalar would widen a float32 loop
    _update(*flat(w, g, s), dtype(learning_rate), dtype(epsilon))


@njit(cache=True, error_model="numpy")
def _update(w, g, s, learning_rate, epsilon):
    for i in range(w.size):
        s[i] += g[i] * g[i]
        w[i] -= learning_rate * g[i] / (math.sqrt(s[i]) + epsilon)
