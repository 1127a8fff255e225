"""Kernels: the hot loops, in three tiers behind one contract.

A kernel exists only where a loop or a fusion pays. Each has a folder:

    __init__.py      the contract: the maths, shapes, layout, dtypes, and FUNCTIONS, their names
    reference.py     NumPy, written to be read
    cpu.py           Numba, written to be fast, with the same names and symbols
    gpu.py           CuPy, the same names and symbols again

`load("numba")` returns all of one tier: `ops.softmax_xent.sparse(z, labels)`. Each is imported
when it is first asked for, so that a network waits for its own kernels alone. One that a tier lacks
fails there, by name, and never falls back on another tier in silence.
"""

import functools
import importlib
import importlib.util
from types import SimpleNamespace

from minidl.base import config, naming

KERNELS = (
    "attention",
    "batchnorm",
    "conv2d",
    "ctc",
    "dropout",
    "embedding",
    "gelu",
    "gru",
    "layernorm",
    "lstm",
    "optimizers",
    "pool2d",
    "relu",
    "rnn",
    "softmax_xent",
    "swiglu",
)
_TIERS = {"numpy": "reference", "numba": "cpu", "cupy": "gpu"}


@functools.cache
def load(backend):
    """Return every kernel of one tier, `xp` (its array module) and `backend` (its name).

    Args:
        backend: "numpy", "numba" or "cupy".

    Raises:
        ValueError: there is no such backend.
        RuntimeError: it cannot run on this machine; says why.
    """
    naming.one_of("backend", backend, *_TIERS)
    missing = unavailable_reason(backend)
    if missing:
        raise RuntimeError(f"backend {backend!r} cannot run here: {missing}")
    if backend == "numba":
        importlib.import_module("minidl.kernels.common.compiling").announce()
        tuning = importlib.import_module("minidl.kernels.tuning")
        if tuning.wanted():
            tuning.load_quickly()
    array_module = importlib.import_module("cupy" if backend == "cupy" else "numpy")
    return Tier(backend=backend, xp=array_module)


class Tier(SimpleNamespace):
    """All kernels of a backend. A copy of a model has the same ones: modules are not copied."""

    def __getattr__(self, name):
        """Import a kernel; from then on it is an attribute as any other.

        Raises:
            AttributeError: there is no such kernel.
            RuntimeError: this tier lacks some of its functions; says which.
        """
        if name not in KERNELS:
            raise AttributeError(f"no kernel {name!r}; there are {', '.join(KERNELS)}")
        kernel = _kernel(name, self.backend)
        setattr(self, name, kernel)
        return kernel

    def __reduce__(self):
        """Say how `copy.deepcopy` gets this again."""
        return load, (self.backend,)


def _kernel(name, backend):
    contract = importlib.import_module(f"minidl.kernels.{name}")
    tier = importlib.import_module(f"minidl.kernels.{name}.{_TIERS[backend]}")
    absent = [f for f in contract.FUNCTIONS if not hasattr(tier, f)]
    if absent:
        raise RuntimeError(f"kernel {name!r} has no {', '.join(absent)} in tier {backend!r}")
    return tier


def unavailable_reason(backend):
    """Return why `backend` cannot run on this machine, or None if it can."""
    if backend == "numpy":
        return None
    if importlib.util.find_spec(backend) is None:
        return f"{backend} is not installed"
    if backend == "cupy":
        none = "cupy is installed, but no CUDA device was found"
        try:  # cupy.is_available() would keep the driver's error to itself
            if not importlib.import_module("cupy").cuda.runtime.getDeviceCount():
                return none
        except RuntimeError as error:
            return f"{none}: {error}"
    return None


def backends():
    """Tell which backends this machine has: dict from name to "ready" or why it is not."""
    return {name: unavailable_reason(name) or "ready" for name in config.BACKENDS}
