"""Chapter 36: functions of a page, run by several processes that MPI joins.

    def main(comm, n):
        total = np.array([comm.rank + n])
        comm.Allreduce(MPI.IN_PLACE, total)
        return {"total": total}

    results = on_ranks(4, main, n=1)  # results[r] is what main returned on rank r

A page has one process, and MPI starts its own. So the source of the functions is written into a
script, together with what they are given, and `minidl.distributed.launch` runs it. Numbers, texts
and arrays go in and come back in .npz files; nothing is pickled.
"""

import inspect
import tempfile
from pathlib import Path

import numpy as np

import minidl.distributed as dist

HEAD = """\
import os
import sys
import time
import traceback

import numpy as np
from mpi4py import MPI

"""
FOOT = """

if __name__ == "__main__":
    comm, folder = MPI.COMM_WORLD, sys.argv[1]
    with np.load(f"{folder}/given.npz", allow_pickle=False) as file:
        given = {key: file[key] if file[key].ndim else file[key].item() for key in file.files}
    try:
        np.savez(f"{folder}/made-{comm.rank}.npz", **(MAIN(comm, **given) or {}))
    except BaseException:
        with open(f"{folder}/failed-{comm.rank}.txt", "w") as words:
            traceback.print_exc(file=words)
        comm.Abort(1)  # else the other ranks would wait for this one for ever
"""


def on_ranks(size, main, *uses, imports="", seconds=120, supervised=False, **given):
    """Run `main(comm, **given)` in `size` processes; return a list of dicts, one for each rank.

    What the ranks print is printed here, rank after rank, each line with its rank in front.

    Args:
        size: how many processes.
        main: a function of (comm, **given) that returns a dict of numbers, texts and arrays, or
            None. It and `uses` see np, os, time and MPI, and nothing else of the page.
        uses: further functions that it calls.
        imports: lines of Python for the top of the script.
        seconds: after which the job is ended.
        supervised: whether a rank that is killed is told by its name, see `dist.launch`.
        given: numbers, texts and arrays, the same for each rank.

    Raises:
        RuntimeError: the job did not end well, with what it said, or there is no MPI.
    """
    sources = "\n\n".join(inspect.getsource(function) for function in (*uses, main))
    script = f"{HEAD}{imports}\n\n{sources}{FOOT.replace('MAIN', main.__name__)}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        np.savez(folder / "given.npz", **given)
        try:
            run = dist.launch(script, size, [folder], seconds, supervised=supervised)
        except RuntimeError as error:  # what a rank prints while MPI ends the job may be lost
            words = (path.read_text() for path in sorted(folder.glob("failed-*.txt")))
            raise RuntimeError(f"{error}{''.join(words)}") from None
        for rank, said in enumerate(run.out):
            for line in said.splitlines():
                print(f"[{rank}] {line}")
        return [_made(folder / f"made-{rank}.npz") for rank in range(size)]


def _made(path):
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] if file[key].ndim else file[key].item() for key in file.files}
