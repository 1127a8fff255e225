"""Dropout's mask in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast:
- Counters do not depend on each other, so LLVM takes several of them at a time: one lane of a
  vector for each. A generator with a state cannot be vectorised like that.
- A round stays in registers; only the mask is written. The NumPy form goes through memory some
  hundred times.
- The mask is made up to a multiple of four numbers and the rest cut off: no test in the loop.
- Large masks are worth a second thread, and come out the same on any number of threads.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.common.threads import run

# 32-bit words in 64-bit integers, where they can be multiplied.
M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
LOWER, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


def mask(x, shape, rate, key):
    """Return an array of `shape`: 0 with probability `rate`, else 1 / (1 - rate)."""
    size = math.prod(shape)
    y = np.empty((-(-size // 4), 4), x.dtype)
    scalars = map(np.uint64, (key & 0xFFFFFFFF, key >> 32, round(rate * 2**32)))
    run(_mask, y, *scalars, x.dtype.type(1 / (1 - rate)), numbers=size)
    return y.reshape(-1)[:size].reshape(shape)


@njit(nogil=True, cache=True)
def _mask(y, key_0, key_1, threshold, scale, thread, threads):
    zero = y.dtype.type(0)
    for n in range(thread * len(y) // threads, (thread + 1) * len(y) // threads):
        c0, c1, c2, c3 = philox(np.uint64(n), key_0, key_1)
        y[n, 0] = zero if c0 < threshold else scale
        y[n, 1] = zero if c1 < threshold else scale
        y[n, 2] = zero if c2 < threshold else scale
        y[n, 3] = zero if c3 < threshold else scale


@njit(nogil=True, cache=True, inline="always")
def philox(counter, k0, k1):
    """Return the four words of Philox4x32-10 for a counter of 64 bits and the key's two words."""
    c0, c1 = counter & LOWER, counter >> HALF
    c2 = c3 = np.uint64(0)
    for _ in range(10):
        product_0, product_1 = M0 * c0, M1 * c2  # (1)
        hi0, lo0 = product_0 >> HALF, product_0 & LOWER
        hi1, lo1 = product_1 >> HALF, product_1 & LOWER
        c0, c1, c2, c3 = hi1 ^ c1 ^ k0, lo1, hi0 ^ c3 ^ k1, lo0  # (2)
        k0, k1 = (k0 + W0) & LOWER, (k1 + W1) & LOWER  # (3)
    return c0, c1, c2, c3
