"""Attention: dropout, the cache of keys, memory, threads, and exp without a call."""

import math
import tracemalloc

import many_threads
import numpy as np
import pytest
from numba import njit

from minidl import kernels
from minidl.kernels.common import fast_exp

REFERENCE, NUMBA = kernels.load("numpy"), kernels.load("numba")
KEY = 0xC0FFEE1234567


def _arrays(N, T, S, H, D, dtype="float32", seed=0):
    rng = np.random.default_rng(seed)
    shapes = (N, T, H, D), (N, S, H, D), (N, S, H, D), (N, T, H, D)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def _all(ops, q, k, v, dy, *options):
    y, log_sum = ops.attention.forward(q, k, v, *options)
    return y, log_sum, *ops.attention.backward(dy, q, k, v, y, log_sum, *options)


@pytest.mark.parametrize(("N", "T", "S", "H"), [(2, 3, 5, 2), (1, 33, 70, 2), (2, 40, 13, 1)])
def test_weights_are_dropped_as_the_kernel_dropout_counts(ops, N, T, S, H):
    q, k, _, _ = _arrays(N, T, S, H, 4, "float64")
    identity = np.broadcast_to(np.eye(S)[:, None], (N, S, H, S)).copy()  # y is w
    options = 0.5, None, None
    p, _ = ops.attention.forward(q, k, identity, *options, 0.0, 0)
    w, _ = ops.attention.forward(q, k, identity, *options, 0.3, KEY)
    drop = REFERENCE.dropout.mask(q, (N, H, T, S), 0.3, KEY)
    np.testing.assert_allclose(w, p * drop.swapaxes(1, 2), rtol=1e-12)
    assert 0.5 < (w > 0).mean() < 0.9


def test_a_step_with_a_cache_of_keys_gives_the_last_row(ops):
    """The queries are the last of S steps: causal is S - T."""
    q, k, v, _ = _arrays(2, 40, 40, 2, 5, "float64")
    y, log_sum = ops.attention.forward(q, k, v, 0.4, None, 0)
    for T in (1, 3, 40):
        last, sums = ops.attention.forward(q[:, -T:], k, v, 0.4, None, 40 - T)
        np.testing.assert_allclose(last, y[:, -T:], rtol=1e-12)
        np.testing.assert_allclose(sums, log_sum[:, :, -T:], rtol=1e-12)


def test_gradients_keep_what_softmax_keeps(ops):
    """Adding one vector to all keys moves all scores of a query alike: no gradient that way."""
    q, k, v, dy = _arrays(2, 9, 40, 2, 5, "float64")
    y, _, _, dk, dv = _all(ops, q, k, v, dy, 0.4)
    np.testing.assert_allclose(dk.sum(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(dv.sum(axis=1), dy.sum(axis=1), rtol=1e-12)  # weights sum to 1
    moved, _ = ops.attention.forward(q, k + np.ones(5), v, 0.4)
    np.testing.assert_allclose(moved, y, rtol=1e-12)


def _peak(ops, T, H=2):
    """The most bytes of NumPy's arrays that forward and backward had at a time."""
    arrays = _arrays(1, T, T, H, 32)
    tracemalloc.start()
    _all(ops, *arrays, 0.2, None, 0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_grows_with_the_length_and_is_a_tenth_of_all_scores(monkeypatch):
    whole = 2 * 4096 * 4096 * 4  # bytes of s alone
    many_threads.use(monkeypatch, 2)
    _peak(NUMBA, 64)  # compiles
    long, longer = _peak(NUMBA, 2048), _peak(NUMBA, 4096)
    assert longer <= whole / 10 and longer < 2.2 * long
    assert _peak(REFERENCE, 1024) > 2 * whole / 16  # the reference has them all, and more than once


@pytest.mark.parametrize("N", [1, 5])
def test_every_number_of_threads_gives_the_same_bits(N, monkeypatch):
    arrays = _arrays(N, 40, 70, 3, 17)
    options = 0.3, None, 30, 0.1, KEY
    found = []
    for count in (1, 2, 5):
        pool = many_threads.use(monkeypatch, count)
        found.append(_all(NUMBA, *arrays, *options))
        assert pool.given == 2 * (min(count, 3 * N) - 1)  # heads are shared out, forward and back
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other))


def test_a_loop_s_exp_is_as_good_as_the_rounding():
    @njit
    def run(x, y):
        for i in range(x.size):
            y[i] = fast_exp.exp(x[i])

    rng = np.random.default_rng(0)
    x = np.concatenate(
        [np.linspace(-87, 88, 5001), -rng.random(5000), 10 ** -rng.uniform(0, 30, 99)]
    )
    for dtype, tolerance in (("float32", 3e-7), ("float64", 1e-15)):
        found = np.empty(x.size, dtype)
        run(x.astype(dtype), found)
        np.testing.assert_allclose(found, np.exp(x.astype(dtype).astype("f8")), rtol=tolerance)
        special = np.array([0, -0.0, -np.inf, -1e5, np.nan], dtype)
        run(special, found)
        assert found[:4].tolist() == [1, 1, 0, 0] and math.isnan(found[4])


def test_no_sequences_are_no_error(ops):
    arrays = _arrays(0, 3, 4, 2, 5)
    y, log_sum, *gradients = _all(ops, *arrays, 0.2, np.ones((0, 1, 4), bool), 0)
    assert y.shape == (0, 3, 2, 5) and log_sum.shape == (0, 2, 3)
    assert [a.shape for a in gradients] == [a.shape for a in arrays[:3]]
