"""The sums of columns in CUDA, through a C++ compiler and, where there is one, on a GPU."""

import numpy as np
import pytest
import tiers

from minidl.kernels.common import column_sums


@pytest.fixture(params=tiers.NAMES[2:])
def sums(request):
    return tiers.load(request.param).kind(column_sums).column_sums


@pytest.mark.parametrize("N", [0, 1, 7, 256, 257, 2000])
@pytest.mark.parametrize("M", [1, 31, 32, 33, 100])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-13)])
def test_every_number_is_added_once(N, M, dtype, tolerance, sums):
    x = np.random.default_rng(N + M).random((N, M)).astype(dtype)
    found = sums(x)
    assert found.shape == (M,) and found.dtype == dtype
    np.testing.assert_allclose(found, x.sum(axis=0, dtype="float64"), rtol=tolerance)


def test_more_rows_than_a_grid_has_blocks_for_and_an_array_with_steps(sums, monkeypatch):
    monkeypatch.setattr(column_sums, "MANY", 2)  # shares of 1,000 rows
    x = np.random.default_rng(0).random((4000, 6))[::2, ::2]
    np.testing.assert_allclose(sums(x), x.sum(axis=0), rtol=1e-13)
