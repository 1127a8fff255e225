"""Who takes part: the processes that `mpiexec` started, called ranks, and what they say together.

MPI (mpi4py) is loaded when it is first needed, and never in a process that was started alone: there
the rank is 0, the size is 1, and every call returns what it was given.

All that is sent is a plain array of numbers; texts travel as bytes. Nothing is pickled.
"""

import functools
import os
import sys
import time
import traceback

import numpy as np

from minidl.base.arrays import to_numpy

EXTRA = "pip install mpi4py mpich"
# By which variables a launcher says how many ranks there are: MPICH and Intel, Open MPI.
_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")


class DisagreementError(ValueError):
    """The ranks were to do the same, and do not; raised on every one of them."""


class RanksError(RuntimeError):
    """There are other ranks than the program needs; raised on every one of them."""


class World:
    """The ranks of this job.

    Attributes:
        comm: mpi4py's, for what is said in turn; None in a process of its own.
        gradients: another, for what is under way meanwhile.
        rank, size: number of this process, from 0, and how many there are.
        local_rank, local_size: the same among those of this machine.
    """

    comm = gradients = None
    rank = local_rank = 0
    size = local_size = 1
    crowded = False  # whether ranks outnumber cores: one that waits should let others work
    waited = 0.0  # seconds, so far

    def __init__(self):
        if not launched():
            return
        self.mpi = load_mpi()
        self.comm = self.mpi.COMM_WORLD
        self.rank, self.size = self.comm.rank, self.comm.size
        if self.size != launched() > 0:
            raise RanksError(
                f"mpiexec started {launched()} processes, and each of them is alone for mpi4py, "
                "which uses another MPI than this mpiexec belongs to: start the job by the mpiexec "
                "that was installed with it"
            )
        near = self.comm.Split_type(self.mpi.COMM_TYPE_SHARED)
        self.local_rank, self.local_size = near.rank, near.size
        near.Free()
        self.gradients = self.comm.Dup()
        self.crowded = self.local_size > len(_cores())
        if self.size > 1:
            sys.excepthook = functools.partial(_end_all, self)

    def wait(self, request):
        """Return when a request of mpi4py is done.

        MPI waits by asking again and again, which costs a core that others may need.
        """
        started, asked = time.perf_counter(), 0
        if not self.crowded:
            request.Wait()
        else:
            while not request.Test():
                asked += 1
                time.sleep(0 if asked < 20 else 1e-4)
        self.waited += time.perf_counter() - started


def launched():
    """Return how many ranks a launcher says it started; 0: none; -1: it does not say."""
    for name in _SIZES:
        if name in os.environ:
            return int(os.environ[name])
    return -1 if "PMIX_RANK" in os.environ else 0


def load_mpi():
    """Return mpi4py's module MPI, initialized.

    Raises:
        ImportError: it, or the MPI beneath it, is not installed.
    """
    try:
        import mpi4py

        mpi4py.rc.thread_level = "serialized"  # one thread a rank, whichever it is
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        raise ImportError(
            f"ranks talk through MPI, which cannot be loaded here ({error}): {EXTRA}"
        ) from None
    return MPI


@functools.cache
def world():
    """Return the `World` of this process."""
    return World()


def rank():
    """Return the number of this process, from 0."""
    return world().rank


def size():
    """How many processes there are."""
    return world().size


def local_rank():
    """Return the number of this process among those of its machine: which GPU to take, say."""
    return world().local_rank


def local_size():
    """Return how many processes there are on this machine."""
    return world().local_size


def is_first():
    """Whether this is rank 0, which reports and writes files."""
    return rank() == 0


def wait(request):
    """Return when a request of mpi4py is done, and let others have the core; see `World.wait`."""
    world().wait(request)


def require(ranks):
    """Refuse to go on unless there are so many ranks.

    Raises:
        RanksError: there are others; says how to start them.
        ImportError: MPI is missing.
    """
    if size() != ranks:
        if size() == 1:
            load_mpi()
        raise RanksError(
            f"this program needs {ranks} ranks and has {size()}: start it by "
            f"mpiexec -n {ranks} python program.py"
        )


def barrier():
    """Return when every rank has called this."""
    w = world()
    if w.size > 1:
        w.wait(w.comm.Ibarrier())


def allreduce(values, average=True, order="fast"):
    """Return the mean over the ranks, or the sum, of an array or a number; the same on all.

    Args:
        values: an array of the same shape and dtype on every rank, or a number.
        average: False for the sum.
        order: "fast": in the order that MPI likes best; "fixed": in that of the ranks, so that
            one process that adds the same numbers gets the same bits. It sends more.

    Returns:
        a new array of that shape and dtype; a float for a number.
    """
    given = to_numpy(values)
    array = given if given.dtype.kind == "f" else given.astype(float) if average else given
    w = world()
    if order == "fixed" and w.size > 1:
        total = in_order(allgather(array))
    else:
        total = np.array(array, order="C")
        if w.size > 1:
            w.wait(w.comm.Iallreduce(w.mpi.IN_PLACE, total))
    if average:
        total = total / total.dtype.type(w.size)
    return total if given.ndim else total[()].item()


def in_order(parts):
    """Return the sum of arrays, the first two first."""
    total = np.array(parts[0])
    for part in parts[1:]:
        total += part
    return total


def allgather(values):
    """Return the arrays, or numbers, of all ranks as one array (size, ...)."""
    w, array = world(), np.ascontiguousarray(to_numpy(values)).reshape(np.shape(values))
    gathered = np.empty((w.size, *array.shape), array.dtype)
    if w.size == 1:
        gathered[0] = array
    else:
        w.wait(w.comm.Iallgather(array, gathered))
    return gathered


def broadcast(array, root=0):
    """Return the root's array; those of the other ranks have its shape and dtype."""
    w, array = world(), np.array(to_numpy(array), order="C")
    if w.size > 1:
        w.wait(w.comm.Ibcast(array, root))
    return array


def _cores():
    """The cores that this process may use."""
    known = hasattr(os, "sched_getaffinity")
    return os.sched_getaffinity(0) if known else range(os.cpu_count() or 1)


def _end_all(w, kind, error, trace):
    """End every rank: an exception that nobody caught would let the others wait for ever."""
    sys.stdout.flush()
    if issubclass(
        kind, DisagreementError | RanksError
    ):  # all raise it, so one says it, and all end
        if w.rank == 0:
            print(f"{kind.__name__}: {error}", file=sys.stderr, flush=True)
        return
    text = "".join(traceback.format_exception(kind, error, trace))
    print(f"rank {w.rank} of {w.size} failed, so all end.\n{text}", file=sys.stderr, flush=True)
    w.comm.Abort(1)


def allgather_texts(text):
    """Return the list of the texts of all ranks, of any length."""
    w, data = world(), np.frombuffer(text.encode(), np.uint8)
    if w.size == 1:
        return [text]
    lengths = allgather(np.array(len(data)))
    gathered = np.empty(lengths.sum(), np.uint8)
    w.wait(w.comm.Iallgatherv(data, (gathered, lengths)))
    return [part.tobytes().decode() for part in np.split(gathered, lengths.cumsum()[:-1])]


def broadcast_bytes(data, root=0):
    """Return the root's bytes; what the others give is ignored."""
    length = int(broadcast(np.array(len(data)), root))
    array = np.frombuffer(data, np.uint8) if rank() == root else np.empty(length, np.uint8)
    return broadcast(array, root).tobytes()
