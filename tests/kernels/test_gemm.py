"""The matrix product of the kernels, at sizes that fill its tiles and at sizes that do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl.kernels.common.gemm import add_product, product
from minidl.kernels.common.tile import ROWS


@settings(max_examples=60, deadline=None)
@given(
    R=st.integers(0, 40),
    K=st.integers(0, 600),
    J=st.integers(1, 70),
    dtype=st.sampled_from(["float32", "float64"]),
    turned=st.booleans(),
)
def test_it_equals_numpy_at_any_size(R, K, J, dtype, turned):
    rng = np.random.default_rng(R + K)
    A, B = rng.standard_normal((R, K)).astype(dtype), rng.standard_normal((K, J)).astype(dtype)
    A = np.asfortranarray(A) if turned else A
    expected = A.astype("float64") @ B.astype("float64")
    found = product(A, B)
    assert found.dtype == dtype and found.shape == (R, J)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 if dtype == "float32" else 1e-12)


def test_it_adds_to_what_is_there_and_writes_nowhere_else():
    R, K, J = 2 * ROWS + 3, 5, 71  # whole tiles, and a rest of both
    A, B = np.ones((R, K), "f4"), np.ones((K, J), "f4")
    C = np.full((R + 2, J + 2), 10, "f4")
    add_product(A, B, C[1:-1, 1:-1])
    assert (C[1:-1, 1:-1] == 10 + K).all()
    C[1:-1, 1:-1] = 10
    assert (C == 10).all()


@pytest.mark.parametrize("place", [(0, 0), (2 * ROWS + 2, 4)])
def test_nan_and_infinity_pass_on(place):
    A, B = np.ones((2 * ROWS + 3, 5), "f4"), np.ones((5, 40), "f4")
    A[place] = np.nan
    found = product(A, B)
    assert np.isnan(found[place[0]]).all() and np.isnan(found).sum() == 40
    A[place] = np.inf
    assert np.isposinf(product(A, B)[place[0]]).all()


def test_two_products_are_equal_to_the_last_bit():
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((300, 700)), rng.standard_normal((700, 65))
    assert np.array_equal(product(A, B), product(A, B))
