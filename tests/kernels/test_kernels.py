"""Kernels: the reference against naive loops, every other tier against the reference."""

import importlib
import inspect
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl import config, kernels

TOLERANCE = {"float32": 2e-6, "float64": 1e-14}
REFERENCE, NUMBA = kernels.load("numpy"), kernels.load("numba")


# ------------------------------------------------------------------------------ the tiers


@pytest.mark.parametrize("name", kernels.KERNELS)
@pytest.mark.parametrize("tier", ["reference", "cpu", "gpu"])
def test_every_tier_has_the_contract_s_functions_with_the_same_signatures(name, tier):
    contract = importlib.import_module(f"minidl.kernels.{name}")
    module = importlib.import_module(f"minidl.kernels.{name}.{tier}")
    reference = importlib.import_module(f"minidl.kernels.{name}.reference")
    for function in contract.FUNCTIONS:
        plain = getattr(module, function)
        plain = getattr(plain, "py_func", plain)  # below @njit
        assert str(inspect.signature(plain)) == str(inspect.signature(getattr(reference, function)))


def test_a_missing_kernel_fails_where_it_is_asked_for(monkeypatch):
    contract = importlib.import_module("minidl.kernels.optimizers")
    monkeypatch.setattr(contract, "FUNCTIONS", ("sgd", "not_written"))
    with pytest.raises(RuntimeError, match="kernel 'optimizers' has no not_written in tier"):
        kernels.load.__wrapped__("numba").optimizers  # noqa: B018
    with pytest.raises(AttributeError, match="no kernel 'optimisers'; there are attention"):
        kernels.load("numba").optimisers  # noqa: B018


def test_only_the_kernels_that_are_used_are_imported():
    program = (
        "import sys; from minidl import kernels; ops = kernels.load('numba'); ops.relu;"
        "loaded = [name for name in sys.modules if name.startswith('minidl.kernels.')];"
        "print(*[name for name in loaded if name.endswith('.cpu')])"
    )
    run = [sys.executable, "-c", program]
    printed = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert printed == "minidl.kernels.relu.cpu\n"


def test_an_unknown_backend_names_the_valid_ones():
    with pytest.raises(ValueError, match='"numba" or "cupy"; got'):
        kernels.load("torch")
    with pytest.raises(ValueError, match='"numba" or "cupy"; got'):
        config.set_backend("torch")


def test_a_backend_that_cannot_run_says_why(monkeypatch):
    monkeypatch.setattr(kernels.importlib.util, "find_spec", lambda name: None)
    assert kernels.backends() == {
        "numpy": "ready",
        "numba": "numba is not installed",
        "cupy": "cupy is not installed",
    }
    with pytest.raises(RuntimeError, match="'cupy' cannot run here: cupy is not installed"):
        kernels.load.__wrapped__("cupy")


def test_kernels_are_read_from_the_disk_by_the_second_process(tmp_path):
    program = (
        "import numpy as np; from minidl.kernels.softmax_xent import cpu;"
        "cpu.sparse(np.zeros((2, 3), 'f4'), np.array([0, 1]));"
        "print(sum(cpu._sparse.stats.cache_hits.values()))"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    run = [sys.executable, "-c", program]
    hits = [
        subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert [h.strip() for h in hits] == ["0", "1"]


# -------------------------------------------------------------- softmax and cross-entropy


def _naive(z, t):
    """One sample at a time, one number at a time."""
    losses, gradients = [], []
    for z_row, t_row in zip(z.tolist(), t.tolist()):
        total = math.fsum(math.exp(v - max(z_row)) for v in z_row)
        p = [math.exp(v - max(z_row)) / total for v in z_row]
        losses.append(-math.fsum(t_j * math.log(p_j) for t_j, p_j in zip(t_row, p)))
        gradients.append([p_j * math.fsum(t_row) - t_j for t_j, p_j in zip(t_row, p)])
    return np.array(losses), np.array(gradients)


def test_softmax_xent_equals_naive_loops(ops):
    rng = np.random.default_rng(0)
    z, labels = rng.standard_normal((7, 5)), rng.integers(0, 5, 7)
    for t, result in [
        (np.eye(5)[labels], ops.softmax_xent.sparse(z, labels)),
        (rng.random((7, 5)), None),
    ]:
        loss, dz = result or ops.softmax_xent.dense(z, t)
        expected_loss, expected_dz = _naive(z, t)
        np.testing.assert_allclose(loss, expected_loss, rtol=1e-13)
        np.testing.assert_allclose(dz, expected_dz, rtol=1e-12, atol=1e-15)


def test_softmax_xent_is_exact_where_exp_would_overflow_or_vanish(ops):
    z = np.array([[1000.0, -1000.0, 0.0], [-4000.0, -6000.0, -5000.0]], "f4")
    loss, dz = ops.softmax_xent.sparse(z, np.array([1, 1]))
    assert loss.tolist() == [2000.0] * 2
    assert dz.tolist() == [[1.0, -1.0, 0.0]] * 2
    loss, dz = ops.softmax_xent.dense(z, np.array([[0, 1, 0]] * 2, "f4"))
    assert loss.tolist() == [2000.0] * 2
    assert dz.tolist() == [[1.0, -1.0, 0.0]] * 2


def test_softmax_xent_finds_the_largest_logit_wherever_it_stands(ops):
    for C in range(1, 14):  # a compiled row takes several at a time, and then the rest
        loss, dz = ops.softmax_xent.sparse(1000 * np.eye(C, dtype="f4"), np.arange(C))
        assert not loss.any() and not dz.any()


def test_softmax_xent_passes_nan_on(ops):
    z = np.array([[np.nan, 1.0], [1.0, 2.0]])
    loss, dz = ops.softmax_xent.sparse(z, np.array([0, 1]))
    assert np.isnan(loss[0]) and np.isnan(dz[0]).all()
    assert np.isfinite(loss[1]) and np.isfinite(dz[1]).all()


@settings(max_examples=60, deadline=None)
@given(
    N=st.integers(1, 9),
    C=st.one_of(st.integers(1, 17), st.sampled_from([64, 127, 128, 129, 300])),
    dtype=st.sampled_from(["float32", "float64"]),
    scale=st.sampled_from([1e-3, 1.0, 30.0]),
    strided=st.booleans(),
    seed=st.integers(0, 99),
)
def test_softmax_xent_is_the_same_on_every_tier(N, C, dtype, scale, strided, seed, compiled):
    rng = np.random.default_rng(seed)
    z = (scale * rng.standard_normal((N, 2 * C if strided else C))).astype(dtype)
    z = z[:, ::2] if strided else z
    labels, t = rng.integers(0, C, N), rng.random((N, C)).astype(dtype)
    before = z.copy()
    for function, target in [("sparse", labels), ("dense", t)]:
        expected = getattr(REFERENCE.softmax_xent, function)(z, target)
        found = getattr(compiled.softmax_xent, function)(z, target)
        for a, b in zip(found, expected):
            assert a.dtype == b.dtype == dtype and a.shape == b.shape
            np.testing.assert_allclose(
                a, b, rtol=TOLERANCE[dtype] * 20, atol=TOLERANCE[dtype] * max(1, scale)
            )
    assert np.array_equal(z, before)
