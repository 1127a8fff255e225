"""Chapter 22: functions of a page, run by several processes that MPI joins.

    def main(comm, n):
        total = np.array([comm.rank + n])
        comm.Allreduce(MPI.IN_PLACE, total)
        return {"total": total}

    results = on_ranks(4, main, n=1)  # results[r] is what main returned on rank r

A page has one process, and MPI starts its own. So the source of the functions is written into a
script in a temporary folder, together with what they are given, and mpiexec runs it. Numbers,
texts and arrays go in and come back in .npz files; nothing is pickled.
"""

import contextlib
import importlib.util
import inspect
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HEAD = """\
import os
import time

import numpy as np
from mpi4py import MPI

"""
FOOT = """

if __name__ == "__main__":
    comm = MPI.COMM_WORLD
    with np.load("given.npz", allow_pickle=False) as file:
        given = {key: file[key] if file[key].ndim else file[key].item() for key in file.files}
    made = MAIN(comm, **given) or {}
    np.savez(f"made-{comm.rank}.npz", **made)
"""
# One thread a process, and a process that waits gives its core to the others: a page has more
# ranks than most computers have cores.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS")
POLITE = {"MPIR_CVAR_POLLS_BEFORE_YIELD": "1"}


class RankError(RuntimeError):
    """A rank raised, was killed, or took too long; the text is what the job said."""


def on_ranks(size, main, *uses, imports="", seconds=120, **given):
    """Run `main(comm, **given)` in `size` processes; return a list of dicts, one for each rank.

    What the ranks print is printed here, rank after rank, each line with its rank in front.

    Args:
        size: how many processes.
        main: a function of (comm, **given) that returns a dict of numbers, texts and arrays, or
            None. It and `uses` see np, os, time and MPI, and nothing else of the page.
        uses: further functions that it calls.
        imports: lines of Python for the top of the script.
        seconds: after which the job is ended.
        given: numbers, texts and arrays, the same for each rank.

    Raises:
        RankError: the job did not end well.
        ImportError: mpi4py or mpiexec is missing.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        sources = "\n\n".join(inspect.getsource(function) for function in (*uses, main))
        foot = FOOT.replace("MAIN", main.__name__)
        text = f"{HEAD}{imports}\n\n{sources}{foot}"
        (folder / "script.py").write_text(text, encoding="utf-8")
        np.savez(folder / "given.npz", **given)
        code, said = mpiexec(size, folder / "script.py", seconds=seconds)
        if code:
            raise RankError(said)
        if said.strip():
            print(said.rstrip())
        return [_made(folder / f"made-{rank}.npz") for rank in range(size)]


def mpiexec(size, script, *arguments, seconds=120):
    """Run `mpiexec -n size python script`, in the script's folder; return (exit status, output).

    The output has the lines of rank 0 first, then those of rank 1, and so on, each with its rank
    in front, and at the end what mpiexec itself said.

    Raises:
        RankError: the job took longer than `seconds`, and was ended.
        ImportError: mpi4py or mpiexec is missing.
    """
    python = [sys.executable, "-m", "mpi4py", str(script), *map(str, arguments)]
    process = subprocess.Popen(
        [_command(), "-prepend-rank", "-n", str(size), *python],
        cwd=Path(script).parent,
        env=os.environ | dict.fromkeys(ONE_THREAD, "1") | POLITE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that the ranks can be ended with it
    )
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        raise RankError(f"not done after {seconds} seconds; until then:\n{said}") from None
    finally:
        if process.poll() is None:  # the page was interrupted
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode, "\n".join(sorted(said.splitlines(), key=_rank_in_front))


def _command():
    """The mpiexec beside this Python, else the one in the path."""
    beside = shutil.which("mpiexec", path=str(Path(sys.executable).parent))
    command = beside or shutil.which("mpiexec")
    if command is None or importlib.util.find_spec("mpi4py") is None:
        raise ImportError(
            'several ranks need MPI: pip install "minidl[distributed]" '
            "(on Windows inside WSL, since MPICH has no wheel for it)"
        )
    return command


def _rank_in_front(line):
    """The 2 of "[2] text"; lines without one come last, and stay in their order."""
    number = line[1:].partition("]")[0]
    return int(number) if line.startswith("[") and number.isdigit() else 10**9


def _made(path):
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] if file[key].ndim else file[key].item() for key in file.files}
