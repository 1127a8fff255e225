"""Ranks for a page, a test or a benchmark: a script is run by mpiexec, and what it says comes back.

    run = launch("import minidl.distributed as dist; print(dist.rank())", ranks=4)

`run.out` has a text for each rank then: "0", "1", "2" and "3", each with the end of its line.
"""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from typing import NamedTuple

from minidl.distributed.supervised import ONE_THREAD
from minidl.distributed.world import EXTRA


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
