"""Gradients that are on a GPU, summed there: NVIDIA's NCCL through CuPy, one GPU a rank.

Never run on a GPU so far: its calls are checked with a stand-in for CuPy alone. Where NCCL is not
there, or ranks share a GPU, which it refuses, gradients travel through main memory.

A sum has a stream of its own: it begins when the kernels that made its gradients have ended, and
what reads the result waits for it, on the GPU; the program waits for neither.

Reference: NVIDIA, "NCCL user guide", "Collective operations".
"""

import importlib

import numpy as np

from minidl.base.arrays import on_gpu
from minidl.distributed.buckets import Bucket
from minidl.distributed.world import allreduce, broadcast, world


class NcclBucket(Bucket):
    """A bucket whose rows of numbers are on the GPU.

    Args:
        params: list of Params there.
        channel: a `Channel`.
    """

    def __init__(self, params, channel):
        super().__init__(params)
        self.channel, xp = channel, channel.cupy
        self.mine = xp.empty(self.mine.shape, self.mine.dtype)
        self.total = xp.empty(self.mine.shape, self.mine.dtype)
        self.ended = xp.cuda.Event()

    def pack(self, weight):
        """Copy weight times each gradient into `mine`."""
        for param, rows in zip(self.params, self.rows):
            self.mine[rows] = param.grad.reshape(-1) * self.mine.dtype.type(weight)

    def start(self):
        """Let the sum begin after all that has been started so far."""
        self.channel.sum(self.mine, self.total)
        self.ended.record(self.channel.stream)

    def test(self):
        """The GPU needs nobody to move on."""

    def wait(self):
        """Let what is started from here on wait for the sum."""
        self.channel.cupy.cuda.get_current_stream().wait_event(self.ended)

    def changed(self, weight):
        """To compare would make the program wait for the GPU."""
        return []

    def unpack(self, divisor):
        """Write the sum, divided, into the gradients."""
        for param, rows in zip(self.params, self.rows):
            param.grad[...] = self.total[rows].reshape(param.shape) / self.mine.dtype.type(divisor)


class Channel:
    """NCCL's communicator of all ranks, and a stream for its sums."""

    def __init__(self):
        w, self.cupy = world(), importlib.import_module("cupy")
        self.nccl = self.cupy.cuda.nccl
        name = np.zeros(128, np.int64)
        if w.rank == 0:
            name[:] = self.nccl.get_unique_id()
        name = tuple(broadcast(name).tolist())
        self.communicator = self.nccl.NcclCommunicator(w.size, name, w.rank)
        self.stream = self.cupy.cuda.Stream(non_blocking=True)
        self.before = self.cupy.cuda.Event()

    def sum(self, mine, total):
        """Start the sum over all ranks of an array on the GPU."""
        kinds = {"float32": self.nccl.NCCL_FLOAT32, "float64": self.nccl.NCCL_FLOAT64}
        self.before.record(self.cupy.cuda.get_current_stream())
        self.stream.wait_event(self.before)
        self.communicator.allReduce(
            mine.data.ptr,
            total.data.ptr,
            mine.size,
            kinds[str(mine.dtype)],
            self.nccl.NCCL_SUM,
            self.stream.ptr,
        )


def usable(params):
    """Whether all ranks can sum these gradients by NCCL; asked on all of them at once."""
    mine = all(on_gpu(param.grad) for param in params) and _one_gpu_each()
    return allreduce(np.array(float(mine)), average=False) == world().size


def _one_gpu_each():
    cuda = importlib.import_module("cupy").cuda
    enough = cuda.runtime.getDeviceCount() >= world().local_size
    return enough and bool(getattr(getattr(cuda, "nccl", None), "available", False))
