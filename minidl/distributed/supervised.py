"""A rank and somebody who sees it die: mpiexec says which process was killed, not which rank.

    mpiexec -n 4 python -m minidl.distributed program.py

runs program.py on four ranks, each with one thread unless the environment says otherwise. If one is
killed, by a machine short of memory, say, its name is told, and mpiexec ends the others.
"""

import os
import signal
import subprocess
import sys

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
_CHILD = "MINIDL_SUPERVISED"
_RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK")


def is_supervised():
    """Whether this process is the one that works."""
    return _CHILD in os.environ


def supervise(arguments):
    """Run Python with these arguments as this rank; return the exit status, at most 255.

    The child must not outlive this process, which mpiexec ends together with the other ranks:
    Linux sees to that. Elsewhere this process becomes the child, and nobody watches.
    """
    given = {} if ONE_THREAD.keys() & os.environ.keys() else ONE_THREAD
    environment = os.environ | given | {_CHILD: "1"}
    command = [sys.executable, *arguments]
    if not sys.platform.startswith("linux"):
        os.execve(sys.executable, command, environment)
    # close_fds=False: mpiexec talks to the rank through a file that it has opened.
    child = subprocess.Popen(command, env=environment, close_fds=False, preexec_fn=_die_with_parent)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: child.send_signal(number))
    code = child.wait()
    if code < 0:
        name = signal.Signals(-code).name
        rank = next((os.environ[key] for key in _RANKS if key in os.environ), "0")
        where = f"process {child.pid} on {os.uname().nodename}"
        print(
            f"rank {rank} was killed by {name} ({where}), so all end; a training with a "
            "checkpoint goes on from there when it is started again",
            file=sys.stderr,
            flush=True,
        )
        return 128 - code
    return code


def _die_with_parent():
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
