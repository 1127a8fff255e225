"""NumPy's matrix products beside the kernels' own threads.

The threads of OpenBLAS, which NumPy brings along, do not sleep after a product. They wait for the
next one at full speed, for 2^26 ticks of the clock (some 20 ms), and a kernel that wants every core
has to share the cores with them: after a Dense layer, a convolution takes up to twice as long.

OpenBLAS reads from the environment how long its threads wait, but only when it starts them. Best is
to have the variable there before NumPy is loaded: `minidl` sees to that if it comes first, and
`make` sets it for Jupyter. Where NumPy came first, the threads are ended, and the next product
starts them again. Ending them under a product that runs would hang it for good: it is done only
where no other thread of Python could be in one.
"""

import ctypes
import os
import threading
from pathlib import Path

VARIABLE = "OPENBLAS_THREAD_TIMEOUT"
TICKS = "4"  # the exponent: 2^4, the least that OpenBLAS takes


def let_threads_sleep():
    """Tell every OpenBLAS in this process to wait no longer; return how many were told.

    It is for Linux, where a process can see what it has loaded. A variable that the user has set
    stays as it is. Where other threads run, nothing is done: matrix products and kernels then share
    the cores less well.
    """
    maps = Path("/proc/self/maps")
    if not maps.exists() or VARIABLE in os.environ or threading.active_count() > 1:
        return 0
    lines = maps.read_text().splitlines()
    paths = {line.split(maxsplit=5)[-1] for line in lines if "openblas" in line}
    os.environ[VARIABLE] = TICKS
    told = [library for path in paths if _restart(library := ctypes.CDLL(path))]
    del os.environ[VARIABLE]
    return len(told)


def _restart(library):
    """End its threads and let it read the environment; say whether it has what that takes."""
    if not hasattr(library, "openblas_read_env") or not hasattr(library, "blas_thread_shutdown_"):
        return False
    library.blas_thread_shutdown_()
    library.openblas_read_env()
    return True
