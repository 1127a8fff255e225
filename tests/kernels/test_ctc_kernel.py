"""CTC: every tier against a sum over all paths, and against the reference."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl import kernels

REFERENCE = kernels.load("numpy")
TOLERANCE = {"float32": 1e-5, "float64": 1e-11}


def _read(path):
    """What a path says: repeats merged, then blanks dropped."""
    return [c for c, _ in itertools.groupby(path) if c]


def _by_all_paths(z, y):
    """Return (-log P, dz) of one sample, z (T, C), by listing every path."""
    T, C = z.shape
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    total, visits = 0.0, np.zeros((T, C))
    for path in itertools.product(range(C), repeat=T):
        if _read(path) == list(y):
            share = math.prod(p[t, c] for t, c in enumerate(path))
            total += share
            visits[range(T), path] += share
    return (-math.log(total), p - visits / total) if total else (math.inf, 0 * p)


@pytest.mark.parametrize("y", [[], [1], [2, 1], [1, 1], [2, 2, 1], [1, 1, 1], [1, 2, 1, 2]])
@pytest.mark.parametrize("T", [1, 2, 4, 5])
def test_it_equals_a_sum_over_all_paths(T, y, ops):
    z = 2 * np.random.default_rng(T).standard_normal((1, T, 3))
    loss, dz = ops.ctc.loss(z, np.array([y], np.int64), np.array([T]), np.array([len(y)]))
    expected, gradient = _by_all_paths(z[0], y)
    np.testing.assert_allclose(loss[0], expected, rtol=1e-12)
    np.testing.assert_allclose(dz[0], gradient, atol=1e-13)


def test_a_target_without_a_path_costs_infinity_and_pulls_nothing(ops):
    z = np.random.default_rng(0).standard_normal((2, 3, 4))
    loss, dz = ops.ctc.loss(z, np.array([[1, 1, 2], [1, 2, 3]]), np.array([3, 3]), np.array([3, 3]))
    assert loss[0] == math.inf and not dz[0].any()
    assert np.isfinite(loss[1]) and dz[1].any()


def test_it_is_exact_where_probabilities_vanish(ops):
    # One path: label 1, then label 2. Each step prefers the other by 800 and by 3,000.
    z = np.zeros((1, 2, 3), "f4")
    z[0, 0] = [-9000, 0, 800]
    z[0, 1] = [-9000, 3000, 0]
    loss, dz = ops.ctc.loss(z, np.array([[1, 2]]), np.array([2]), np.array([2]))
    assert loss.tolist() == [3800.0]
    assert dz[0].tolist() == [[0.0, -1.0, 1.0], [0.0, 1.0, -1.0]]


def test_nan_stays_in_its_sample(ops):
    z = np.random.default_rng(0).standard_normal((2, 5, 3))
    z[0, 2, 1] = np.nan
    loss, dz = ops.ctc.loss(z, np.array([[1], [1]]), np.array([5, 5]), np.array([1, 1]))
    assert np.isnan(loss[0]) and np.isnan(dz[0]).any(axis=1).all()  # in every step
    assert np.isfinite(loss[1]) and np.isfinite(dz[1]).all()


@settings(max_examples=60, deadline=None)
@given(
    N=st.integers(1, 5),
    T=st.integers(1, 40),
    C=st.sampled_from([2, 3, 11, 130]),
    U=st.integers(0, 9),
    dtype=st.sampled_from(["float32", "float64"]),
    scale=st.sampled_from([1e-3, 1.0, 30.0, 1000.0]),
    strided=st.booleans(),
    seed=st.integers(0, 99),
)
def test_it_is_the_same_on_every_tier(N, T, C, U, dtype, scale, strided, seed, compiled):
    rng = np.random.default_rng(seed)
    z = (scale * rng.standard_normal((N, T, 2 * C if strided else C))).astype(dtype)
    z = z[..., ::2] if strided else z
    labels = rng.integers(1, C, (N, U)).astype(rng.choice(["int32", "int64"]))
    steps, lengths = rng.integers(0, T + 1, N), rng.integers(0, U + 1, N)
    before = z.copy()
    expected = REFERENCE.ctc.loss(z, labels, steps, lengths)
    found = compiled.ctc.loss(z, labels, steps, lengths)
    rounded = 1e-15 * T * np.abs(z).max()  # of a sum along a path
    for a, b in zip(found, expected):
        assert a.dtype == b.dtype == dtype and a.shape == b.shape
        atol = max(TOLERANCE[dtype], rounded)
        np.testing.assert_allclose(a, b, rtol=TOLERANCE[dtype], atol=atol)
    assert np.array_equal(z, before)
    assert all(not found[1][n, T_n:].any() for n, T_n in enumerate(steps))
