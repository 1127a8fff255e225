"""Keep the memory that a training step frees for the next step.

A step makes arrays of some MB each, and drops them. By default the C library gives such memory
back to the system at once, and the next array starts on pages that the system must find, fill with
zeros and map, one by one: for an array of 8 MB that takes longer than to write it. A step that
looks the same every time needs none of this. `benchmarks/NOTES.md` has the figures.
"""

import ctypes
import os

# From glibc's malloc.h. An array above 32 MiB is given back as ever, and so is what is free beyond
# 1 GiB.
_SETTINGS = {"M_TRIM_THRESHOLD": (-1, 2**30), "M_MMAP_THRESHOLD": (-3, 2**25)}


def keep_freed():
    """Tell malloc to keep freed memory; return whether it could be told.

    It concerns the whole process. Only glibc (Linux) is told, and not where the user has set one of
    malloc's own variables, such as MALLOC_TRIM_THRESHOLD_, in the environment.
    """
    if any(name.startswith("MALLOC_") for name in os.environ) or os.name != "posix":
        return False
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return False
    return all(libc.mallopt(number, value) for number, value in _SETTINGS.values())
