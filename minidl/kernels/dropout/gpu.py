"""Dropout's mask in CUDA. The contract and the symbols are in this folder's __init__.

One thread for each call of Philox, so for four numbers of the mask. It reads nothing, writes four
numbers and computes some hundred integer operations in registers: on most GPUs the time is that of
arithmetic. The four writes of a warp's threads lie four numbers apart, and together fill whole
lines of the cache, from which they go to memory. The mask is made up to a multiple of four numbers
and the rest cut off, so that no thread has to ask where the mask ends.
"""

import math

from minidl.kernels.cuda import Program, array_module

PHILOX = r"""
// Replace the four words of c by those of Philox4x32-10.
__device__ void philox(unsigned int* c, unsigned int k0, unsigned int k1) {
    for (int round = 0; round < 10; round++) {
        unsigned long long product_0 = 0xD2511F53ull * c[0];  // (1)
        unsigned long long product_1 = 0xCD9E8D57ull * c[2];
        unsigned int hi0 = product_0 >> 32, lo0 = product_0;  // a conversion keeps the lower bits
        unsigned int hi1 = product_1 >> 32, lo1 = product_1;
        c[0] = hi1 ^ c[1] ^ k0;  // (2)
        c[1] = lo1;
        c[2] = hi0 ^ c[3] ^ k1;
        c[3] = lo0;
        k0 += 0x9E3779B9;  // (3), modulo 2^32 by itself
        k1 += 0xBB67AE85;
    }
}
"""

_CUDA = Program(
    PHILOX
    + r"""
extern "C" __global__ void mask(T* y, unsigned int k0, unsigned int k1, Long threshold, T scale,
                                Long n) {
    Long i = thread_index();
    if (i >= n) return;
    unsigned int c[4] = {(unsigned int)i, (unsigned int)(i >> 32), 0, 0};
    philox(c, k0, k1);
    for (int w = 0; w < 4; w++) y[4 * i + w] = c[w] < threshold ? T(0) : scale;
}
"""
)


def mask(x, shape, rate, key):
    """Return an array of `shape`: 0 with probability `rate`, else 1 / (1 - rate)."""
    size = math.prod(shape)
    y = array_module(x).empty((-(-size // 4), 4), x.dtype)
    scalars = (key & 0xFFFFFFFF, key >> 32, round(rate * 2**32), 1 / (1 - rate))
    _CUDA.for_each("mask", len(y), y, *scalars)
    return y.reshape(-1)[:size].reshape(shape)
