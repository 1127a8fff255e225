"""NumPy's matrix products beside the kernels' own threads.

The threads of OpenBLAS, which NumPy brings along, do not sleep after a product. They wait for the
next one at full speed, for 2^26 ticks of the clock (some 20 ms), and a kernel that wants every core
has to share the cores with them: after a Dense layer, a convolution takes up to twice as long.

OpenBLAS reads from the environment how long its threads wait, but only when it starts them. So they
are ended here; the next product starts them again.
"""

import ctypes
import os
from pathlib import Path

TICKS = "4"  # the exponent: 2^4, the least that OpenBLAS takes


def let_threads_sleep():
    """Tell every OpenBLAS in this process to wait no longer; return how many could be told.

    It is for Linux, where a process can see what it has loaded. A variable OPENBLAS_THREAD_TIMEOUT
    that the user has set stays as it is.
    """
    maps = Path("/proc/self/maps")
    if not maps.exists() or "OPENBLAS_THREAD_TIMEOUT" in os.environ:
        return 0
    lines = maps.read_text().splitlines()
    paths = {line.split(maxsplit=5)[-1] for line in lines if "openblas" in line}
    os.environ["OPENBLAS_THREAD_TIMEOUT"] = TICKS
    told = [library for path in paths if _restart(library := ctypes.CDLL(path))]
    del os.environ["OPENBLAS_THREAD_TIMEOUT"]
    return len(told)


def _restart(library):
    """End its threads and let it read the environment; say whether it has what that takes."""
    if not hasattr(library, "openblas_read_env") or not hasattr(library, "blas_thread_shutdown_"):
        return False
    library.blas_thread_shutdown_()
    library.openblas_read_env()
    return True
