"""The kernel dropout: published numbers of the generator, and the same bits on every tier."""

import many_threads
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl import kernels
from minidl.kernels.dropout import reference

REFERENCE, NUMBA = kernels.load("numpy"), kernels.load("numba")
KEY = 0x299F31D0A4093822
NONE = np.empty(0, "f4")  # a mask takes its dtype from it

# The lines "philox4x32 10" of tests/kat_vectors in the authors' library Random123: four words of
# the counter, two of the key, and the four of the result.
PUBLISHED = [
    "00000000 00000000 00000000 00000000  00000000 00000000  6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff  ffffffff ffffffff  408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344  a4093822 299f31d0  d16cfe09 94fdcceb 5001e420 24126ea1",
]


def _words(text):
    return [int(word, 16) for word in text.split()]


def _philox(counter, key):
    """In Python's integers, as the contract's (1), (2) and (3) say."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        (hi0, lo0), (hi1, lo1) = divmod(0xD2511F53 * c0, 2**32), divmod(0xCD9E8D57 * c2, 2**32)
        c0, c1, c2, c3 = hi1 ^ c1 ^ k0, lo1, hi0 ^ c3 ^ k1, lo0
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c0, c1, c2, c3


@pytest.mark.parametrize("line", PUBLISHED)
def test_the_generator_gives_the_published_numbers(line):
    words = _words(line)
    counter, key, expected = words[:4], words[4:6], words[6:]
    found = reference.philox([np.array([c], np.uint64) for c in counter], key)
    assert [int(word[0]) for word in found] == expected == [*_philox(counter, key)]


def test_every_tier_compares_the_published_words_with_the_rate(ops):
    # Four numbers of key 0 are the four words of counter 0, and number n is dropped just where
    # word n is below rate * 2^32.
    for n, word in enumerate(_words(PUBLISHED[0])[6:]):
        assert ops.dropout.mask(NONE, (4,), word / 2**32, 0)[n] > 0
        assert ops.dropout.mask(NONE, (4,), (word + 1) / 2**32, 0)[n] == 0


@pytest.mark.parametrize("key", [0, 1, KEY, 2**32, 2**64 - 1])
def test_each_number_is_a_word_of_its_own_counter(ops, key):
    shape, rate = (3, 5, 2), 0.4
    found = ops.dropout.mask(np.empty(0), shape, rate, key).reshape(-1)
    for i, value in enumerate(found.tolist()):
        word = _philox((i // 4, 0, 0, 0), (key % 2**32, key >> 32))[i % 4]
        assert value == (0 if word < round(rate * 2**32) else 1 / (1 - rate))


@settings(max_examples=60, deadline=None)
@given(
    shape=st.lists(st.integers(0, 9), max_size=4).map(tuple),
    dtype=st.sampled_from(["float32", "float64"]),
    rate=st.floats(0, 1, exclude_max=True),
    key=st.integers(0, 2**64 - 1),
)
def test_all_tiers_make_the_same_bits(shape, dtype, rate, key, compiled):
    x = np.full(3, np.nan, dtype)  # its numbers do not matter
    expected = REFERENCE.dropout.mask(x, shape, rate, key)
    found = compiled.dropout.mask(x, shape, rate, key)
    assert found.dtype == expected.dtype == dtype
    assert found.shape == expected.shape == shape
    assert found.flags.c_contiguous and found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_a_large_mask_has_its_share_of_zeros_and_the_mean_1(ops, rate):
    mask = ops.dropout.mask(NONE, (400, 250), rate, KEY)
    deviation = np.sqrt(rate * (1 - rate) / mask.size)
    assert (mask == 0).mean() == pytest.approx(rate, abs=4 * deviation)
    assert mask.mean(dtype="f8") == pytest.approx(1, abs=4 * deviation / (1 - rate))
    # Neither rows nor columns nor neighbours know of each other.
    zeros = (mask == 0) - rate
    for a, b in [(zeros[1:], zeros[:-1]), (zeros[:, 1:], zeros[:, :-1])]:
        assert abs((a * b).mean()) < 4 * rate * (1 - rate) / np.sqrt(a.size)


def test_masks_of_different_keys_have_nothing_in_common(ops):
    keys = [0, 1, 2**32, KEY]
    a = np.array([ops.dropout.mask(NONE, (4000,), 0.5, key) for key in keys])
    assert np.abs(np.corrcoef(a) - np.eye(4)).max() < 4 / np.sqrt(4000)
    assert np.array_equal(a[3], ops.dropout.mask(NONE, (4000,), 0.5, KEY))


def test_a_longer_mask_begins_with_the_shorter_one(ops):
    long = ops.dropout.mask(NONE, (1001,), 0.5, KEY)
    for n in (0, 1, 6, 1000):
        assert np.array_equal(ops.dropout.mask(NONE, (n,), 0.5, KEY), long[:n])


def test_rates_at_the_ends(ops):
    assert (ops.dropout.mask(NONE, (5000,), 0.0, KEY) == 1).all()
    # 1 - 2^-53 of 2^32 words are 2^32 words: a threshold that no longer fits into 32 bits
    assert (ops.dropout.mask(NONE, (5000,), 1 - 2**-53, KEY) == 0).all()


def test_counters_above_32_bits_reach_the_second_word():
    counter = np.array([5 + 3 * 2**32], np.uint64)
    zero = np.zeros_like(counter)
    words = reference.philox((counter & reference.LOWER, counter >> 32, zero, zero), (7, 8))
    assert [int(word[0]) for word in words] == [*_philox((5, 3, 0, 0), (7, 8))]


@pytest.mark.parametrize("n", [1, 2, 5, 5000])
def test_many_threads_make_what_one_does(n, monkeypatch):
    one = NUMBA.dropout.mask(NONE, (n,), 0.5, KEY)
    pool = many_threads.use(monkeypatch, 3)
    assert np.array_equal(NUMBA.dropout.mask(NONE, (n,), 0.5, KEY), one)
    assert pool.given == 2
