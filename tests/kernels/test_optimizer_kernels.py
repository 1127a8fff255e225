"""The optimizers' kernels: each tier against naive loops, then all tiers against each other."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl import kernels

REFERENCE = kernels.load("numpy")
TOLERANCE = {"float32": 2e-6, "float64": 1e-14}


# One number at a time, from the contract: each takes numbers and returns the changed ones.


def _sgd(w, g, v, learning_rate, momentum, nesterov):
    if momentum == 0:
        return w - learning_rate * g, v
    v = momentum * v - learning_rate * g
    return w + (momentum * v - learning_rate * g if nesterov else v), v


def _adagrad(w, g, s, learning_rate, epsilon):
    s = s + g**2
    return w - learning_rate * g / (math.sqrt(s) + epsilon), s


def _rmsprop(w, g, s, a, v, learning_rate, rho, momentum, epsilon):
    s = rho * s + (1 - rho) * g**2
    a = None if a is None else rho * a + (1 - rho) * g
    variance = s if a is None else max(s - a**2, 0.0)
    step = learning_rate * g / (math.sqrt(variance) + epsilon)
    if v is None:
        return w - step, s, a, v
    v = momentum * v - step
    return w + v, s, a, v


def _adam(w, g, m, v, v_max, learning_rate, beta_1, beta_2, epsilon, t):
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g**2
    v_max = None if v_max is None else max(v_max, v)
    m_hat = m / (1 - beta_1**t)
    v_hat = (v if v_max is None else v_max) / (1 - beta_2**t)
    return w - learning_rate * m_hat / (math.sqrt(v_hat) + epsilon), m, v, v_max


# name of the kernel, naive form, which slots there are, scalars
CASES = {
    "sgd": ("sgd", _sgd, [False], (0.1, 0.0, False)),
    "sgd-momentum": ("sgd", _sgd, [True], (0.1, 0.9, False)),
    "sgd-nesterov": ("sgd", _sgd, [True], (0.1, 0.9, True)),
    "adagrad": ("adagrad", _adagrad, [True], (0.1, 1e-3)),
    "rmsprop": ("rmsprop", _rmsprop, [True, False, False], (0.1, 0.8, 0.0, 1e-3)),
    "rmsprop-momentum": ("rmsprop", _rmsprop, [True, False, True], (0.1, 0.8, 0.7, 1e-3)),
    "rmsprop-centered": ("rmsprop", _rmsprop, [True, True, False], (0.1, 0.8, 0.0, 1e-3)),
    "rmsprop-both": ("rmsprop", _rmsprop, [True, True, True], (0.1, 0.8, 0.7, 1e-3)),
    "adam": ("adam", _adam, [True, True, False], (0.1, 0.8, 0.9, 1e-3, 3)),
    "adam-amsgrad": ("adam", _adam, [True, True, True], (0.1, 0.8, 0.9, 1e-3, 3)),
}
every_case = pytest.mark.parametrize(
    ("kernel", "naive", "slots", "scalars"), CASES.values(), ids=CASES
)


def _start(rng, shape, present, dtype="float64"):
    """w and the slots; a slot may hold squares, so all are at least 0."""
    w = rng.standard_normal(shape).astype(dtype)
    return [w, *(rng.random(shape).astype(dtype) if there else None for there in present)]


def _copies(arrays):
    return [None if a is None else a.copy() for a in arrays]


@every_case
def test_several_steps_equal_naive_loops(kernel, naive, slots, scalars, ops):
    rng = np.random.default_rng(0)
    found = _start(rng, (3, 4), slots)
    expected = _copies(found)
    for _ in range(4):
        g = rng.standard_normal((3, 4))
        before = g.copy()
        assert getattr(ops.optimizers, kernel)(found[0], g, *found[1:], *scalars) is None
        for i in np.ndindex(g.shape):
            w, *slot_values = (None if a is None else a[i] for a in expected)
            for array, value in zip(expected, naive(w, g[i], *slot_values, *scalars)):
                if array is not None:
                    array[i] = value
        for a, b in zip(found, expected):
            if a is not None:
                np.testing.assert_allclose(a, b, rtol=1e-12)
        assert np.array_equal(g, before)


@settings(max_examples=100, deadline=None)
@given(
    case=st.sampled_from(list(CASES.values())),
    shape=st.lists(st.integers(1, 7), max_size=3).map(tuple),
    dtype=st.sampled_from(["float32", "float64"]),
    scale=st.sampled_from([1e-3, 1.0, 1e3]),
    strided=st.booleans(),
    missing=st.booleans(),
    seed=st.integers(0, 99),
)
def test_all_tiers_agree(case, shape, dtype, scale, strided, missing, seed, compiled):
    kernel, _, slots, scalars = case
    rng = np.random.default_rng(seed)
    found = _start(rng, shape, slots, dtype)
    g = np.asarray(scale * rng.standard_normal(shape), dtype)
    if missing and shape:
        g[(0,) * len(shape)] = np.nan
    g = g.T.copy().T if strided else g
    expected = _copies(found)
    getattr(REFERENCE.optimizers, kernel)(expected[0], g, *expected[1:], *scalars)
    getattr(compiled.optimizers, kernel)(found[0], g, *found[1:], *scalars)
    for a, b in zip(found, expected):
        if a is not None:
            assert a.dtype == dtype
            tolerance = 10 * TOLERANCE[dtype]
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_amsgrad_keeps_a_nan_that_it_once_saw(ops):
    w, g, m, v, v_max = np.zeros((5, 2))
    v_max[0] = np.nan
    ops.optimizers.adam(w, g, m, v, v_max, 0.1, 0.9, 0.999, 1e-7, 1)
    assert np.isnan(v_max).tolist() == [True, False] == np.isnan(w).tolist()


def test_a_constant_gradient_does_not_make_the_centered_form_nan(ops):
    w, g, s, a = np.ones((4, 100), "f4")
    s -= 1e-6  # as rounding may leave the mean of squares, below the square of the mean
    for _ in range(3):
        ops.optimizers.rmsprop(w, g, s, a, None, 1e-3, 0.9, 0.0, 1e-7)
        assert (s < a.astype("f8") ** 2).all()  # without the maximum the root would be NaN
    assert np.isfinite(w).all()


def test_the_centered_form_keeps_a_nan_that_it_once_saw(ops):
    w, g, s, a = np.zeros((4, 2))
    s[0] = np.nan
    ops.optimizers.rmsprop(w, g, s, a, None, 0.1, 0.9, 0.0, 1e-7)
    assert np.isnan(s).tolist() == [True, False] == np.isnan(w).tolist()


@every_case
def test_arrays_whose_update_would_be_lost_are_refused(kernel, naive, slots, scalars, compiled):
    update = getattr(compiled.optimizers, kernel)
    present = [np.ones((4, 3)) if there else None for there in slots]
    g = np.ones((4, 3))
    with pytest.raises(ValueError, match="C-contiguous"):
        update(np.ones((3, 4)).T, g, *present, *scalars)
    for k, slot in enumerate(present):
        if slot is not None:
            for bad, message in [(np.ones((3, 4)).T, "C-contiguous"), (np.ones(3), "one shape")]:
                with pytest.raises(ValueError, match=message):
                    update(np.ones((4, 3)), g, *present[:k], bad, *present[k + 1 :], *scalars)
    with pytest.raises(ValueError, match=r"one shape; got \[\(4, 3\), \(3,\)"):
        update(np.ones((4, 3)), np.ones(3), *present, *scalars)
