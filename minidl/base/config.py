"""The settings of a process: float type, backend, way of convolution, random seed.

Everything else is an argument. These few are here because almost every line of a program
depends on them and hardly any program changes them.
"""

import random
from numbers import Integral

from minidl.base import naming

BACKENDS = ("numpy", "numba", "cupy")
_FLOATS = ("float32", "float64")
_CONVOLUTIONS = ("fast", "exact")

_floatx = "float32"
_backend = "numba"
_convolution = "fast"
_root = None  # the generator from which all others come, once one is asked for


def floatx():
    """Name of the float type that new parameters get: "float32" unless set otherwise."""
    return _floatx


def set_floatx(name):
    """Set the float type of the layers built from now on.

    Args:
        name: "float32" (fast) or "float64" (for checking gradients).

    Raises:
        ValueError: for any other name.
    """
    global _floatx
    _floatx = naming.one_of("floatx", name, *_FLOATS)


def backend():
    """Name of the kernel tier that new models use: "numba" unless set otherwise."""
    return _backend


def set_backend(name):
    """Set the kernel tier of the models built from now on.

    Args:
        name: "numpy" (written to be read), "numba" (fast on CPUs) or "cupy" (NVIDIA GPUs).

    Raises:
        ValueError: for any other name. Whether a tier can run here is asked when it is loaded;
            `minidl.backends()` tells.
    """
    global _backend
    _backend = naming.one_of("backend", name, *BACKENDS)


def convolution():
    """Name of the way 3x3 convolutions are computed: "fast" unless set otherwise."""
    return _convolution


def set_convolution(name):
    """Set how the Numba tier computes 3x3 convolutions in float32, from the next call on.

    Args:
        name: "fast" (Winograd's algorithm where it pays: rounding errors of at most 5e-6 of the
            largest number, against 2e-6 in a plain sum) or "exact" (always a plain sum of
            products). In float64, and in the other tiers, it is always a plain sum.

    Raises:
        ValueError: for any other name.
    """
    global _convolution
    _convolution = naming.one_of("convolution", name, *_CONVOLUTIONS)


def set_random_seed(seed):
    """Make everything random from here on repeatable, in minidl, in NumPy and in Python.

    Args:
        seed: a non-negative integer below 2^32.
    """
    import numpy as np

    global _root
    _refuse_seed(seed)
    _root = np.random.default_rng(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  code around a model often draws from NumPy's global state


def new_rng(seed=None):
    """Return a generator of its own: from `seed`, or else the next one from the process's seed."""
    import numpy as np  # here, since `import minidl` is to be quick

    global _root
    if seed is None:
        _root = _root or np.random.default_rng()
        return _root.spawn(1)[0]
    _refuse_seed(seed)
    return np.random.default_rng(seed)


def _refuse_seed(seed):
    whole = isinstance(seed, Integral) and not isinstance(seed, bool)  # NumPy's are Integral, too
    if not whole or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be an integer from 0 to 2^32 - 1; got {seed!r}")
