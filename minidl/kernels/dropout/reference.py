"""Dropout's mask in NumPy. The contract and the symbols are in this folder's __init__."""

import math

import numpy as np

M0, M1 = 0xD2511F53, 0xCD9E8D57
W0, W1 = 0x9E3779B9, 0xBB67AE85
LOWER = 0xFFFFFFFF  # x & LOWER keeps the lower 32 bits, x >> 32 the upper ones


def mask(x, shape, rate, key):
    """Return an array of `shape`: 0 with probability `rate`, else 1 / (1 - rate)."""
    size = math.prod(shape)
    counter = np.arange(-(-size // 4), dtype=np.uint64)  # a call for every four numbers
    zero = np.zeros_like(counter)
    words = philox((counter & LOWER, counter >> 32, zero, zero), (key & LOWER, key >> 32))
    word = np.stack(words, axis=-1).reshape(-1)[:size]
    kept = word >= round(rate * 2**32)
    return (kept * x.dtype.type(1 / (1 - rate))).reshape(shape)


def philox(counter, key):
    """Return the four words of Philox4x32-10.

    Args:
        counter: c0, c1, c2, c3: integers below 2^32 in arrays of uint64, which hold a product.
        key: k0, k1: Python integers below 2^32.
    """
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        product_0, product_1 = M0 * c0, M1 * c2  # (1)
        hi0, lo0 = product_0 >> 32, product_0 & LOWER
        hi1, lo1 = product_1 >> 32, product_1 & LOWER
        c0, c1, c2, c3 = hi1 ^ c1 ^ k0, lo1, hi0 ^ c3 ^ k1, lo0  # (2)
        k0, k1 = (k0 + W0) & LOWER, (k1 + W1) & LOWER  # (3)
    return c0, c1, c2, c3
