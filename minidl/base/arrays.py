"""Where an array lives: in main memory, then it is NumPy's, or on a GPU, then it is CuPy's.

Most of minidl does not ask. `x @ W`, `x.sum()` and also `np.maximum(x, 0)` work on both: NumPy
hands its functions on to the library of their arguments. What makes new arrays needs
`array_module`.
"""

import importlib
import sys

import numpy as np


def array_module(array):
    """Return the module that an array belongs to: numpy or cupy."""
    return np if isinstance(array, np.ndarray) else importlib.import_module("cupy")


def on_gpu(array):
    """Whether an array is CuPy's. Lists, numbers and everything else are not."""
    if isinstance(array, np.ndarray):  # nearly always, and asked in every step
        return False
    return type(array).__module__.partition(".")[0] == "cupy"


def is_masked(values):
    """Whether `values` is a masked array. NumPy has none before somebody imports `numpy.ma`."""
    return "numpy.ma" in sys.modules and np.ma.isMaskedArray(values)


def as_array(values):
    """Return `values` as an array, one of NumPy's unless it is one of CuPy's."""
    return values if on_gpu(values) else np.asarray(values)


def to_numpy(array):
    """Return an array of NumPy's; from a GPU it is copied, after all that was started there."""
    return array.get() if on_gpu(array) else np.asarray(array)


def moved(array, xp):
    """Return an array in the memory of `xp`, the module numpy or cupy; itself if it is there."""
    return to_numpy(array) if xp is np else xp.asarray(array)


def number(value):
    """Return an array without axes as a float; one on a GPU stays there.

    To read it would make the program wait until the GPU has caught up, in every step.
    """
    return value if on_gpu(value) else float(value)
