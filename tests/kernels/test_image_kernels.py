"""The kernels batchnorm and relu: naive loops, every tier, digits kept, and work for many threads.

Those of pooling and convolution have files of their own.
"""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import many_threads
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_arrays import DTYPES, close, draw

from minidl import kernels, layers

REFERENCE, NUMBA = kernels.load("numpy"), kernels.load("numba")


# ------------------------------------------------------------------------- batch normalization


def _naive_batchnorm(x, dy, gamma, beta, epsilon):
    """One feature at a time, with sums that lose nothing."""
    N, D = x.shape
    y, dx = np.empty((2, N, D))
    m, v, s, dgamma, dbeta = np.empty((5, D))
    for d in range(D):
        m[d] = math.fsum(x[:, d]) / N
        v[d] = math.fsum((x[n, d] - m[d]) ** 2 for n in range(N)) / N
        s[d] = 1 / math.sqrt(v[d] + epsilon)
        xhat = [(x[n, d] - m[d]) * s[d] for n in range(N)]
        dbeta[d] = math.fsum(dy[:, d])
        dgamma[d] = math.fsum(dy[n, d] * xhat[n] for n in range(N))
        for n in range(N):
            y[n, d] = gamma[d] * xhat[n] + beta[d]
            means = dbeta[d] / N + xhat[n] * dgamma[d] / N
            dx[n, d] = gamma[d] * s[d] * (dy[n, d] - means)
    return (y, m, v, s), (dx, dgamma, dbeta)


@settings(max_examples=40, deadline=None)
@given(
    N=st.sampled_from([1, 2, 7, 63, 64, 65, 200]),
    D=st.integers(1, 9),
    dtype=DTYPES,
    strided=st.booleans(),
    readonly=st.booleans(),
    seed=st.integers(0, 99),
)
def test_batchnorm_equals_naive_loops_on_every_tier(N, D, dtype, strided, readonly, seed, ops):
    rng = np.random.default_rng(seed)
    x, dy = (draw(rng, (N, D), dtype, strided, readonly) for _ in range(2))
    gamma, beta = rng.uniform(0.5, 2, (2, D)).astype(dtype)
    forward, backward = _naive_batchnorm(x.astype("f8"), dy.astype("f8"), gamma, beta, 0.1)
    y, m, v, s = ops.batchnorm.forward(x, gamma, beta, 0.1)
    close((y, m, v, s), forward, dtype, 4)
    dx, *sums = ops.batchnorm.backward(dy, x, gamma, m, s)
    close([dx], backward[:1], dtype, 4)
    close(sums, backward[1:], dtype, N)


@pytest.mark.parametrize("D", [3, 300])
def test_batchnorm_keeps_the_digits_of_numbers_far_from_0(D, ops):
    x = np.random.default_rng(0).normal(1000, 1, (20_000, D)).astype("f4")
    exact = x.astype("f8")
    _, m, v, _ = ops.batchnorm.forward(x, np.ones(D, "f4"), np.zeros(D, "f4"), 1e-3)
    np.testing.assert_allclose(m, exact.mean(axis=0), rtol=1e-7)
    np.testing.assert_allclose(v, exact.var(axis=0), rtol=1e-4 if ops is REFERENCE else 3e-7)


def test_batchnorm_sums_in_float64(ops):
    # The large numbers cancel and leave the ones, which a float32 sum would have lost beside them.
    rows = np.random.default_rng(0).permutation(np.tile([2.0**26, -(2.0**26), 1, 1], 500))
    dy = rows.astype("f4")[:, None]
    x = np.where(dy == 1, -1, 1).astype("f4")
    zero, one = np.zeros(1, "f4"), np.ones(1, "f4")
    _, m, v, _ = ops.batchnorm.forward(dy, one, zero, 1e-3)
    assert m == pytest.approx(0.5, rel=1e-5) and v == pytest.approx(2.0**51)
    _, dgamma, dbeta = ops.batchnorm.backward(dy, x, one, zero, one)
    assert dgamma.tolist() == [-1000] and dbeta.tolist() == [1000]


def test_batchnorm_keeps_nan_in_its_own_feature(ops):
    x, ones = np.random.default_rng(0).standard_normal((70, 3)), np.ones(3)
    x[66, 1] = np.nan
    y, m, v, s = ops.batchnorm.forward(x, ones, ones, 1e-3)
    for array in (y[0], m, v, s, ops.batchnorm.backward(x, x, ones, m, s)[0][5]):
        assert np.isnan(array).tolist() == [False, True, False]


# ---------------------------------------------------------------------------------------- relu


@settings(max_examples=30, deadline=None)
@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple),
    dtype=DTYPES,
    strided=st.booleans(),
    readonly=st.booleans(),
    slope=st.sampled_from([0.0, 0.25, -0.5, 2.0]),
    seed=st.integers(0, 99),
)
def test_relu_equals_naive_loops_on_every_tier(ops, shape, dtype, strided, readonly, slope, seed):
    rng = np.random.default_rng(seed)
    x, dy = (np.round(2 * draw(rng, shape, dtype, strided)) / 2 for _ in range(2))  # with zeros
    x.flags.writeable = dy.flags.writeable = not readonly
    expected = np.vectorize(lambda a: a if a > 0 else slope * a, otypes=[dtype])(x)
    gradient = np.vectorize(lambda a, b: b if a > 0 else slope * b, otypes=[dtype])(x, dy)
    y = ops.relu.forward(x, slope)
    dx = ops.relu.backward(dy, x if slope < 0 else y, slope)
    assert y.dtype == dx.dtype == dtype
    assert np.array_equal(y, expected) and np.array_equal(dx, gradient)


def test_relu_keeps_nan_and_gives_it_no_gradient(ops):
    y = ops.relu.forward(np.array([np.nan, -1.0, 2.0]))
    assert np.isnan(y).tolist() == [True, False, False]
    assert ops.relu.backward(np.ones(3), y).tolist() == [0, 0, 1]
    assert np.isnan(ops.relu.forward(np.array([np.nan]), 0.5)).all()
    assert ops.relu.forward(np.array([-np.inf, np.inf])).tolist() == [0, np.inf]


# -------------------------------------------------------------------------- threads and memory


@pytest.fixture
def three_threads(monkeypatch):
    """However many cores there are, and however small the arrays."""
    return many_threads.use(monkeypatch, 3)


@pytest.mark.parametrize("N", [1, 2, 5, 500])
def test_many_threads_compute_what_one_does(N, three_threads):
    x = np.random.default_rng(0).standard_normal((N, 5, 4, 3))
    for layer in (
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.MaxPooling2D((2, 3), 1),
        layers.AveragePooling2D(3, 2, "same"),
    ):
        results = []
        for ops in (REFERENCE, NUMBA):
            layer.prepare((5, 4, 3), ops)
            layer.astype("f8")
            layer.use(ops)
            y, cache = layer.forward(x, training=True)
            results.append((y, layer.backward(np.cos(y), cache)))
        close(results[0], results[1], "float64", 10)


@pytest.mark.skipif(not hasattr(os, "confstr"), reason="only glibc is told to keep memory")
def test_memory_that_is_freed_is_kept_where_make_tells_malloc():
    if not str(os.confstr("CS_GNU_LIBC_VERSION")).startswith("glibc"):
        pytest.skip("only glibc is told to keep memory")
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    told = dict(re.findall(r"^export (MALLOC_\w+) \?= (\d+)$", makefile, re.MULTILINE))
    program = (
        "import resource, numpy as np; from minidl import kernels; kernels.load('numpy')\n"
        "def step(): return sum(a[0] for a in [np.ones(2**20) for _ in range(8)])\n"
        "def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "step(); before = faults(); step(); print(faults() - before)"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    counts = [
        int(subprocess.check_output([sys.executable, "-c", program], text=True, env=e))
        for e in (environment | told, environment)
    ]
    assert counts[0] < 20 < counts[1]
