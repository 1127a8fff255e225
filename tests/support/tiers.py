"""Every tier of the kernels as tests use it: NumPy arrays go in and come out.

The GPU's kernels are tested twice: through a C++ compiler, on any machine that has one, and, where
there is a GPU, on it (`pytest -m gpu`).
"""

import copy
import importlib

import numpy as np
import pytest

from minidl import kernels
from minidl.kernels.cuda import on_cpu

NAMES = ("numpy", "numba", "cuda on the CPU", pytest.param("cuda", marks=pytest.mark.gpu))
COMPILED = NAMES[1:]


def load(name):
    """Return the kernels of a tier of NAMES; skip the test where it cannot run, and say why."""
    if name == "cuda on the CPU":
        if on_cpu.compiler() is None:
            pytest.skip("no C++ compiler (g++, clang++, $CXX) to run CUDA text on the CPU")
        return _Tier(_OnCPU)
    if name == "cuda":
        why = kernels.unavailable_reason("cupy")
        if why:
            pytest.skip(why)
        return _Tier(_OnGPU)
    return kernels.load(name)


class _Tier:
    """The GPU's kernels by their names."""

    xp = np

    def __init__(self, kind):
        self.kind = kind

    def __getattr__(self, name):
        if name not in kernels.KERNELS:
            raise AttributeError(name)  # Hypothesis asks every argument for names of its own
        return self.kind(importlib.import_module(f"minidl.kernels.{name}.gpu"))


class _Kernel:
    """The functions of one kernel, which take NumPy arrays."""

    def __init__(self, module):
        self.module = module


class _OnCPU(_Kernel):
    """The same, run twice: forwards, and with the last block and the last thread first.

    Where the results differ by a bit, threads race, and on a GPU the result would be luck.
    """

    def __getattr__(self, name):
        function = getattr(self.module, name)

        def run(*args, **named):
            again = copy.deepcopy(args)
            result = function(*args, **named)
            with on_cpu.reversed_order():
                np.testing.assert_equal((function(*again, **named), again), (result, args))
            return result

        return run


class _OnGPU(_Kernel):
    """The same with CuPy: arguments are moved to the GPU, results and arguments back."""

    def __getattr__(self, name):
        function = getattr(self.module, name)

        def run(*args, **named):
            moved = [_to_gpu(a) for a in args]
            result = _to_cpu(function(*moved, **named))
            for a, b in zip(args, moved):
                if isinstance(a, np.ndarray) and a.flags.writeable:
                    a[...] = _to_cpu(b)  # what the function changed in place
            return result

        return run


def _to_gpu(a):
    import cupy

    if isinstance(a, np.ndarray):
        return cupy.asarray(a)
    return tuple(map(_to_gpu, a)) if isinstance(a, tuple) else a


def _to_cpu(a):
    import cupy

    if isinstance(a, cupy.ndarray):
        return cupy.asnumpy(a)
    return tuple(map(_to_cpu, a)) if isinstance(a, tuple) else a
