"""Dropout's mask, from a generator of random numbers that remembers nothing.

A usual generator makes its numbers one after the other, each from the one before: a thousand
threads would wait for each other. This one computes number i from i and a key:

    word_i = word number i mod 4 of Philox(counter = floor(i / 4), key)        32 random bits
    mask_i = 0 where word_i < round(rate 2^32), else 1 / (1 - rate)

so every thread makes its own, in any order, and every tier makes the same bits. The key says which
of 2^64 masks it is; a layer draws one for each batch.

Philox4x32-10 mixes a counter of four 32-bit words c0, c1, c2, c3, the lowest first, with a key of
two, k0, k1, in ten rounds:

    (1) hi0, lo0 = M0 c0        hi1, lo1 = M1 c2        the upper and lower 32 bits of products
    (2) c0, c1, c2, c3 = hi1 ^ c1 ^ k0, lo1, hi0 ^ c3 ^ k1, lo0             ^ is "exclusive or"
    (3) k0, k1 = k0 + W0, k1 + W1                                           modulo 2^32

    M0 = D2511F53    M1 = CD9E8D57    W0 = 9E3779B9    W1 = BB67AE85    (hexadecimal)

A product stirs: a bit of c0 changes many bits of hi0. And a round can be undone: M1 is odd, so lo1
gives c2 back, c2 gives hi1, and hi1 gives c1; likewise c0 and c3. So no two counters have the same
result. Seven rounds are enough for the tests of BigCrush; three more are a margin.

Contract of `mask(x, shape, rate, key)`:
    x            float array that is looked at only for its dtype and the memory it lives in
    shape        tuple of integers, of the mask; it may be empty, and so may the mask
    rate         float, at least 0 and below 1: the probability of 0
    key          Python integer from 0 to 2^64 - 1; k0 is its lower half
    returns      C-contiguous array of `shape`, in x's dtype and memory

References: Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3",
section 3.3 and table 2; Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks
from overfitting", section 10 (the factor 1 / (1 - rate) in training).
"""

FUNCTIONS = ("mask",)
