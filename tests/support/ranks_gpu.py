"""Ranks whose arrays are on a pretended GPU; `tests/distributed` runs it by mpiexec.

    python ranks_gpu.py host|nccl

NCCL is pretended, too: what its sum would do on the GPU is done by MPI here.
"""

import ctypes
import json
import sys
import types

import numpy as np
import standin_cupy

# What CuPy's MemoryPointer and streams have, and nothing else asks for.
pointer = lambda array: types.SimpleNamespace(ptr=array._array.ctypes.data)  # noqa: E731
standin_cupy.ndarray.data, standin_cupy.Stream.ptr = property(pointer), 0
MODULES = standin_cupy.make()
sys.modules |= MODULES

import ranks_training  # noqa: E402

import minidl.distributed as dist  # noqa: E402
from minidl import config  # noqa: E402
from minidl.distributed.world import world  # noqa: E402
from minidl.optimizers import SGD  # noqa: E402

calls = []


class NcclCommunicator:
    """The part of CuPy's class that is used, with the arguments in its order."""

    def __init__(self, ndev, comm_id, rank):
        assert len(comm_id) == 128 and comm_id == tuple(range(128)) and 0 <= rank < ndev

    def allReduce(self, sendbuf, recvbuf, count, datatype, op, stream):
        assert isinstance(sendbuf, int) and isinstance(stream, int) and op == 0
        real = {7: ctypes.c_float, 8: ctypes.c_double}[datatype]
        mine, total = (
            np.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(real)), (count,))
            for pointer in (sendbuf, recvbuf)
        )
        world().comm.Allreduce(mine, total)
        calls.append(count)


def main(way):
    if way == "nccl":
        MODULES["cupy"].cuda.nccl = types.SimpleNamespace(
            available=True,
            get_unique_id=lambda: tuple(range(128)),
            NcclCommunicator=NcclCommunicator,
            NCCL_FLOAT32=7,
            NCCL_FLOAT64=8,
            NCCL_SUM=0,
        )
        MODULES["cupy"].cuda.runtime.getDeviceCount = lambda: dist.local_size()
    x, y = ranks_training.data()
    config.set_backend("cupy")
    model = ranks_training.plain(dist.DistributedOptimizer(SGD(0.1), bucket_bytes=200))
    history = model.fit(dist.Shards(x, y, 12), epochs=2, verbose=0).history
    kind = type(model.optimizer.buckets[0]).__name__
    found = {"weights": [w.tolist() for w in model.get_weights()], "bucket": kind}
    print(json.dumps(found | {"loss": history["loss"], "sums": len(calls)}))


if __name__ == "__main__":
    main(sys.argv[1])
