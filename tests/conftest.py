"""Fixtures shared by all tests."""

import pytest

from minidl import config, kernels

CPU_TIERS = ("numpy", "numba")


@pytest.fixture(autouse=True)
def settings_are_put_back():
    """No test leaves another setting behind, and each starts from one seed."""
    kept = config._floatx, config._backend, config._convolution
    config.set_random_seed(0)
    yield
    config._floatx, config._backend, config._convolution = kept


@pytest.fixture(params=CPU_TIERS)
def backend(request):
    """Run the test once on each CPU tier."""
    config.set_backend(request.param)
    return request.param


@pytest.fixture(params=CPU_TIERS)
def ops(request):
    """The kernels of each CPU tier in turn."""
    return kernels.load(request.param)
