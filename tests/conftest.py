"""Fixtures shared by all tests."""

import importlib
import os
import sys

import pytest
import standin_cupy
import tiers

from minidl import config, kernels
from minidl.kernels.cuda import on_cpu

CPU_TIERS = ("numpy", "numba")


def pytest_xdist_auto_num_workers():
    """One more than there are cores: who runs a notebook waits for its kernels to start and end."""
    usable = getattr(os, "sched_getaffinity", None)
    return (len(usable(0)) if usable else os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config, items):
    """Where several work at once, begin with what takes long: the last to end is then short."""
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def _place(item):
    """Chapters, the website, graders from most answers to fewest, what is long, and others.

    The answer to an experiment trains, and a notebook has kernels to start: as long as ten others.
    """
    folders = ("notebooks", "site", "graders", "course")
    folder = item.path.parent.name
    place = folders.index(folder) if folder in folders else len(folders)
    tables = vars(getattr(item, "cls", None) or getattr(item, "module", None) or object)
    long = tables.get("AS_LONG_AS", 0)
    for question, listed in tables.get("ANSWERS", {}).items():
        long += len(listed) * (10 if question == "experiment" else 1)
    long += sum(10 * len(tables.get(name, ())) for name in ("TRICKS", "DAMAGES"))
    return place, -long


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


@pytest.fixture(params=tiers.NAMES, scope="session")
def ops(request):
    """The kernels of each tier in turn."""
    return tiers.load(request.param)


@pytest.fixture(params=tiers.COMPILED, scope="session")
def compiled(request):
    """The kernels of each tier but the reference in turn, to be compared with it."""
    return tiers.load(request.param)


@pytest.fixture
def standin(monkeypatch):
    """CuPy's stand-in, where CuPy would be: for what only it can tell."""
    if on_cpu.compiler() is None:
        pytest.skip("no C++ compiler to run CUDA text on the CPU")
    for name, module in standin_cupy.make().items():
        monkeypatch.setitem(sys.modules, name, module)
    kernels.load.cache_clear()
    standin_cupy.lost.clear()
    yield sys.modules["cupy"]
    kernels.load.cache_clear()
    assert standin_cupy.lost == []  # memory that was freed while a copy read or wrote it


@pytest.fixture(params=["standin", pytest.param("real", marks=pytest.mark.gpu)])
def cupy(request):
    """CuPy: its stand-in, and, where there is a GPU, itself."""
    if request.param == "standin":
        return request.getfixturevalue("standin")
    why = kernels.unavailable_reason("cupy")
    if why:
        pytest.skip(why)
    return importlib.import_module("cupy")
