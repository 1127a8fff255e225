"""The kernels layernorm, gelu and swiglu: naive loops on every tier, digits, NaN, far numbers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_arrays import DTYPES, close, draw

from minidl import gradcheck, kernels

REFERENCE = kernels.load("numpy")


# --------------------------------------------------------------------------- layer normalization


def _naive_layernorm(x, dy, gamma, beta, epsilon, center):
    """One row at a time, with sums that lose nothing."""
    N, D = x.shape
    y, dx, dgamma, dbeta = np.empty((N, D)), np.empty((N, D)), np.zeros(D), np.zeros(D)
    m, s = np.empty((2, N, 1))
    for n in range(N):
        m[n] = math.fsum(x[n]) / D if center else 0
        s[n] = 1 / math.sqrt(math.fsum((a - m[n, 0]) ** 2 for a in x[n]) / D + epsilon)
        xhat = (x[n] - m[n]) * s[n]
        y[n] = gamma * xhat + beta
        g = gamma * dy[n]
        dx[n] = s[n] * (g - xhat * math.fsum(g * xhat) / D - (math.fsum(g) / D if center else 0))
        dgamma += dy[n] * xhat
        dbeta += dy[n]
    return (y, m, s), (dx, dgamma, dbeta)


@settings(max_examples=40, deadline=None)
@given(
    N=st.sampled_from([1, 2, 7, 63, 64, 65, 130]),
    D=st.sampled_from([1, 2, 3, 8, 17, 64, 129]),
    dtype=DTYPES,
    strided=st.booleans(),
    readonly=st.booleans(),
    center=st.booleans(),
    seed=st.integers(0, 99),
)
def test_layernorm_equals_naive_loops_on_every_tier(
    N, D, dtype, strided, readonly, center, seed, ops
):
    rng = np.random.default_rng(seed)
    x, dy = (draw(rng, (N, D), dtype, strided, readonly) for _ in range(2))
    gamma, beta = rng.uniform(0.5, 2, (2, D)).astype(dtype)
    before = x.copy(), dy.copy()
    forward, backward = _naive_layernorm(x.astype("f8"), dy.astype("f8"), gamma, beta, 0.1, center)
    y, m, s = ops.layernorm.forward(x, gamma, beta, 0.1, center)
    close((y, m, s), forward, dtype, 4)
    dx, *sums = ops.layernorm.backward(dy, x, gamma, m, s, center)
    close([dx], backward[:1], dtype, 8)
    close(sums, backward[1:], dtype, 4 * math.sqrt(N) + 4)
    np.testing.assert_equal((x, dy), before)


def test_layernorm_s_reference_equals_finite_differences():
    rng = np.random.default_rng(0)
    x, dy, gamma, beta = (rng.standard_normal(s) for s in ((5, 4), (5, 4), 4, 4))
    _, m, s = REFERENCE.layernorm.forward(x, gamma, beta, 0.1)
    found = REFERENCE.layernorm.backward(dy, x, gamma, m, s)
    for array, gradient in zip((x, gamma, beta), found, strict=True):
        measured = gradcheck.numeric(
            lambda: float(np.sum(REFERENCE.layernorm.forward(x, gamma, beta, 0.1)[0] * dy)), array
        )
        assert gradcheck.relative_error(gradient, measured).max() < 1e-6


def test_layernorm_keeps_the_digits_of_numbers_far_from_0(ops):
    x = np.random.default_rng(0).normal(1000, 1, (3, 20_000)).astype("f4")
    exact = x.astype("f8")
    one, zero = np.ones(20_000, "f4"), np.zeros(20_000, "f4")
    y, m, s = ops.layernorm.forward(x, one, zero, 1e-3)
    np.testing.assert_allclose(m[:, 0], exact.mean(axis=1), rtol=1e-7)
    np.testing.assert_allclose(s[:, 0], 1 / np.sqrt(exact.var(axis=1) + 1e-3), rtol=1e-6)
    assert abs(y.mean()) < 1e-4


def test_layernorm_sums_over_rows_in_float64(ops):
    # The large numbers cancel and leave the ones, which a float32 sum would have lost beside them.
    rows = np.random.default_rng(0).permutation(np.tile([2.0**26, -(2.0**26), 1, 1], 500))
    dy = np.repeat(rows.astype("f4")[:, None], 2, axis=1)
    x = np.where(dy == 1, [1, -1], [-1, 1]).astype("f4")
    zeros, ones = np.zeros((2000, 1), "f4"), np.ones((2000, 1), "f4")
    _, dgamma, dbeta = ops.layernorm.backward(dy, x, np.ones(2, "f4"), zeros, ones)
    assert dgamma.tolist() == [1000, -1000] and dbeta.tolist() == [1000, 1000]


def test_layernorm_keeps_nan_in_its_own_row(ops):
    x, ones = np.random.default_rng(0).standard_normal((70, 3)), np.ones(3)
    x[66, 1] = np.nan
    y, m, s = ops.layernorm.forward(x, ones, ones, 1e-3)
    dx, dgamma, _ = ops.layernorm.backward(np.ones_like(x), x, ones, m, s)
    for array in (y, m, s, dx):
        assert np.flatnonzero(np.isnan(array).any(axis=1)).tolist() == [66]
    assert np.isnan(dgamma).all()


def test_layernorm_of_equal_numbers_is_beta(ops):
    x = np.full((2, 5), 7.0, "f4")
    y, _, s = ops.layernorm.forward(x, np.ones(5, "f4"), np.arange(5, dtype="f4"), 1e-3)
    assert y.tolist() == [[0, 1, 2, 3, 4]] * 2
    np.testing.assert_allclose(s, 1 / math.sqrt(1e-3), rtol=1e-6)


# ------------------------------------------------------------------------------------------ GELU


OF_EACH_NUMBER = {  # what is drawn for a kernel that takes numbers one by one
    "size": st.integers(0, 70),
    "scale": st.sampled_from([1e-3, 1.0, 5.0, 40.0]),
    "dtype": DTYPES,
    "strided": st.booleans(),
    "readonly": st.booleans(),
    "seed": st.integers(0, 99),
}


def _naive_gelu(a, approximate):
    """y and dy/dx of one number."""
    root = math.sqrt(2 / math.pi)
    if approximate:
        u, du = root * (a + 0.044715 * a**3), root * (1 + 3 * 0.044715 * a**2)
        e = math.exp(-2 * abs(u))
        Phi = 1 / (1 + e) if u > 0 else e / (1 + e)
        return a * Phi, Phi + a * du * 2 * e / (1 + e) ** 2
    Phi = math.erfc(-a / math.sqrt(2)) / 2
    return a * Phi, Phi + a * math.exp(-a * a / 2) * root / 2


@pytest.mark.parametrize("approximate", [False, True])
@settings(max_examples=30, deadline=None)
@given(**OF_EACH_NUMBER)
def test_gelu_equals_naive_loops(approximate, size, scale, dtype, strided, readonly, seed, ops):
    rng = np.random.default_rng(seed)
    x = draw(rng, (3, size), dtype, strided) * np.dtype(dtype).type(scale)
    x.flags.writeable = not readonly
    before = x.copy()
    y, slope = ops.gelu.forward(x, approximate)
    right = [_naive_gelu(float(a), approximate) for a in x.ravel()]
    right = np.array(right).reshape(*x.shape, 2)
    for found, expected in zip((y, slope), (right[..., 0], right[..., 1]), strict=True):
        assert found.dtype == dtype and found.shape == x.shape
        near = {"float32": 3e-6, "float64": 1e-13}[dtype]
        np.testing.assert_allclose(found, expected, rtol=near, atol=near * min(scale, 1))
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gelu_keeps_the_digits_of_its_tail_and_ends_in_0_and_x(dtype, compiled):
    x = np.array([-12.0, -9.0, -6.5, -4.0], dtype)
    y, _ = compiled.gelu.forward(x)
    np.testing.assert_allclose(y, [_naive_gelu(float(a), False)[0] for a in x], rtol=2e-5)
    for approximate in (False, True):
        y, slope = compiled.gelu.forward(np.array([-1e4, -40, 40, 1e4], dtype), approximate)
        assert y.tolist() == [0, 0, 40, 1e4] and slope.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("approximate", [False, True])
def test_gelu_passes_nan_on(ops, approximate):
    for dtype in ("float32", "float64"):
        for a in ops.gelu.forward(np.array([np.nan, 0], dtype), approximate):
            assert np.isnan(a).tolist() == [True, False]


# ---------------------------------------------------------------------------------------- SwiGLU


def _naive_swiglu(dy, z, u):
    """y, dz and du of one number."""
    s = 1 / (1 + math.exp(-z)) if z > 0 else math.exp(z) / (1 + math.exp(z))
    return z * s * u, dy * u * (s + z * s * (1 - s)), dy * z * s


@settings(max_examples=30, deadline=None)
@given(**OF_EACH_NUMBER)
def test_swiglu_equals_naive_loops(size, scale, dtype, strided, readonly, seed, ops):
    rng = np.random.default_rng(seed)
    dy, z, u = (draw(rng, (3, size), dtype, strided) for _ in range(3))
    z *= np.dtype(dtype).type(scale)
    z.flags.writeable = not readonly
    before = dy.copy(), z.copy(), u.copy()
    found = ops.swiglu.forward(z, u), *ops.swiglu.backward(dy, z, u)
    right = [_naive_swiglu(*map(float, each)) for each in zip(dy.ravel(), z.ravel(), u.ravel())]
    right = np.array(right).reshape(*z.shape, 3)
    for k, a in enumerate(found):
        assert a.dtype == dtype and a.shape == z.shape
        near = {"float32": 3e-6, "float64": 1e-13}[dtype]
        np.testing.assert_allclose(a, right[..., k], rtol=near, atol=near * min(scale, 1))
    np.testing.assert_equal((dy, z, u), before)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_swiglu_keeps_its_tail_ends_in_0_and_u_and_passes_nan_on(dtype, ops):
    one = np.ones(5, dtype)
    z = np.array([-60, -1e4, 40, 1e4, np.nan], dtype)
    y, dz, du = ops.swiglu.forward(z, one), *ops.swiglu.backward(one, z, one)
    tail = -60 * math.exp(-60)
    np.testing.assert_allclose(y, [tail, 0, 40, 1e4, np.nan], rtol=2e-5)
    np.testing.assert_allclose(dz, [tail + math.exp(-60), 0, 1, 1, np.nan], rtol=2e-5)
    np.testing.assert_array_equal(du, y)
