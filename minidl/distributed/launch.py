"""Ranks for a page, a test or a benchmark: a script is run by mpiexec, and what it says comes back.

    run = launch("import minidl.distributed as dist; print(dist.rank())", ranks=4)

`run.out` has a text for each rank then: "0", "1", "2" and "3", each with the end of its line.

    mpiexec -n 4 python -m minidl.distributed program.py

runs program.py on four ranks, each with one thread unless the environment says otherwise, and each
with somebody who sees it die: mpiexec says which process was killed, not which rank. If one is, by
a machine short of memory, say, its name is told, and mpiexec ends the others.
"""

import importlib.util
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import NamedTuple

from minidl.distributed.world import EXTRA

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
_CHILD = "MINIDL_SUPERVISED"
_RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK")


class Run(NamedTuple):
    """What a job has said.

    Attributes:
        code: exit status of mpiexec; 0 if all went well.
        out: list of what each rank has printed.
        err: what the job has said on standard error, mpiexec included.
    """

    code: int
    out: list
    err: str


def mpiexec():
    """Return the path of the mpiexec that belongs to this Python, or to the system; None."""
    own = pathlib.Path(sys.executable).parent / "mpiexec"
    return str(own) if own.exists() else shutil.which("mpiexec")


def _missing():
    """Return why ranks cannot be started here; "" if they can."""
    if os.name == "nt":
        return "ranks are started by MPICH's mpiexec, which Windows does not have"
    if importlib.util.find_spec("mpi4py") is None:
        return f"mpi4py is not installed: {EXTRA}"
    return "" if mpiexec() else f"there is no mpiexec: {EXTRA}"


def launch(
    source,
    ranks=4,
    arguments=(),
    timeout=60,
    check=True,
    *,
    module=False,
    supervised=False,
    options=(),
    prefix=(),
    variables=None,
):
    """Run a script on several ranks of this machine, each with one thread.

    Args:
        source: the program as text, or the path of a file that ends in .py.
        ranks: how many.
        arguments: of the program, in sys.argv.
        timeout: seconds after which the job is ended.
        check: whether a job that fails is an error here, too.
        module: the source is the name of a module, as for python -m.
        supervised: whether a rank that is killed is told by its name, which takes a second process
            for each.
        options: more of mpiexec's.
        prefix: a command that runs mpiexec, as a list.
        variables: dict of what is added to its environment.

    Returns:
        Run: what was said.

    Raises:
        RuntimeError: it failed, or took too long; has its standard error.
    """
    if reason := _missing():
        raise RuntimeError(reason)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program = ["-m", source] if module else [str(_file(source, folder))]
        program = [*(("-m", "minidl.distributed") if supervised else ()), *program]
        pattern = folder / "rank"
        command = [*prefix, mpiexec(), "-n", str(ranks), f"-outfile-pattern={pattern}-%r", *options]
        command += [sys.executable, *program, *map(str, arguments)]
        job = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment() | (variables or {}),
        )
        try:
            rest, err = job.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            job.terminate()  # mpiexec ends its ranks then
            rest, err = job.communicate()
            raise RuntimeError(f"the job took longer than {timeout} s. {err[-2000:]}") from None
        files = [pattern.with_name(f"{pattern.name}-{r}") for r in range(ranks)]
        out = [file.read_text() if file.exists() else "" for file in files]
    if check and job.returncode:
        raise RuntimeError(f"the job failed with exit status {job.returncode}:\n{rest}{err}")
    return Run(job.returncode, out, rest + err)


def _file(source, folder):
    if isinstance(source, pathlib.Path) or (source.endswith(".py") and "\n" not in source):
        return source
    path = folder / "program.py"
    path.write_text(source, encoding="utf-8")
    return path


def _environment():
    """The variables of this process, without those of a job it may stand in itself."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("PMI", "HYDI", "MPI_LOCAL"))}
    return ours | ONE_THREAD


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
