"""Embedding in Numba. The contract, the symbols and the number are in this folder's __init__.

What makes it fast: the gather is NumPy's, which is a copy of rows. The scatter-add is a loop over
the tokens that adds a row of dy to a row of dW; NumPy's `add.at` goes element by element. It runs
on one thread: the work is small beside the layers that follow, and the order of the sum stays that
of the tokens.
"""

import numpy as np
from numba import njit

from minidl.kernels.common.arguments import expect, expect_indices, ready
from minidl.kernels.embedding.reference import forward  # noqa: F401


def backward(dy, tokens, V):
    """Return dW (V, D)."""
    dW = np.zeros((V, dy.shape[-1]), dy.dtype)
    tokens = np.asarray(tokens, np.int64).reshape(-1)
    expect((tokens.size, dy.shape[-1]), dy=dy.reshape(-1, dy.shape[-1]))
    expect_indices("tokens", tokens, V)
    _scatter_add(ready(dy.reshape(-1, dy.shape[-1])), ready(tokens), dW)
    return dW


@njit(cache=True, nogil=True)
def _scatter_add(dy, tokens, dW):
    for n in range(len(tokens)):
        target = dW[tokens[n]]
        for d in range(target.size):
            target[d] += dy[n, d]  # (1)
