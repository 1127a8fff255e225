"""What pays and reaches into Numba: done only where the environment says MINIDL_TUNED=1.

`make` says so for the course, its tests and its benchmarks: a first step takes 0.25 s less
(`benchmarks/NOTES.md`). It also gives malloc's own variables, by which the C library keeps the
memory that a step frees for the next one. Without them nothing is replaced and nothing is set.
"""

import functools
import os

from numba.core import caching, sigutils
from numba.core.runtime import rtsys

from minidl.kernels.common.compiling import OURS

SWITCH = "MINIDL_TUNED"


def wanted():
    """Whether the environment asks for it."""
    return os.environ.get(SWITCH) == "1"


@functools.cache
def load_quickly():
    """Let Numba read kernels from the disk without getting ready to compile.

    Before it looks whether a function is there, Numba imports all that it can compile, and with it
    SciPy's linear algebra: a third of the time to the end of a first step (`benchmarks/NOTES.md`).
    Code that is there needs Numba's memory management (rtsys) and no more, and for what is not
    there Numba gets ready by itself. Functions outside of minidl are loaded as ever.

    Code that was compiled for other arguments is not there. Two processes that keep one function
    for different arguments at once may both choose the same file for it: the index of Numba's cache
    is read, then written, then the file, and nothing is locked. The index can then name the file
    that the other one wrote, whose loop computes something else, without an error.
    """
    if not {"_load_overload", "_guard_against_spurious_io_errors"} <= {*dir(caching.Cache)}:
        return  # another Numba, which loads as ever
    as_ever = caching.Cache.load_overload

    def load_overload(cache, signature, target):
        if not cache._py_func.__module__.startswith(OURS):
            return as_ever(cache, signature, target)
        rtsys.initialize(target)
        with cache._guard_against_spurious_io_errors():
            found = cache._load_overload(signature, target)
        arguments, _ = sigutils.normalize_signature(signature)
        return found if found and found.signature.args == tuple(arguments) else None

    caching.Cache.load_overload = load_overload
