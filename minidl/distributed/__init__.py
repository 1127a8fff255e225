r"""Many machines, one model: data-parallel training over MPI, in Horovod's words.

    import minidl.distributed as dist

    model.compile(dist.DistributedOptimizer(Adam(1e-3)), "sparse_categorical_crossentropy")
    model.fit(dist.Shards(x, y, batch_size=64), epochs=5)

    mpiexec -n 4 python program.py

Every rank has the whole model and a part of every batch. After the backward pass the gradients are
averaged, each weighted by the samples behind it, and every rank takes the same step: their weights
stay equal, bit for bit. `python program.py` is the same program in one process, without MPI.

    world       ranks, and what they say together        buckets    which gradients travel together
    team        `fit` on several ranks                   optimizer  sums during the backward pass
    shards      each rank's part of the batches          batchnorm  statistics over all ranks
    notes       what must be equal on all ranks          backup     going on after a crash
    launch      ranks for a page or a test               train      a training as one command

On a cluster with SLURM, four nodes with eight ranks each, `job.sh` for `sbatch job.sh`:

    #!/bin/bash
    #SBATCH --nodes=4
    #SBATCH --ntasks-per-node=8
    #SBATCH --cpus-per-task=1
    #SBATCH --time=01:00:00
    #SBATCH --requeue
    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1
    srun --mpi=pmi2 .venv/bin/python -m minidl.distributed.train \
        --dataset mnist --epochs 20 --checkpoint $SLURM_SUBMIT_DIR/checkpoint --resume

A node that fails ends the job; SLURM starts it again (`--requeue`), and it goes on after the last
epoch that was finished. `--mpi=pmi2` is for MPICH, which the extra `distributed` installs. The
script follows the manuals and was never run on a cluster.
"""

from minidl.distributed.backup import Backup
from minidl.distributed.batchnorm import SyncBatchNormalization
from minidl.distributed.launch import Run, launch
from minidl.distributed.notes import broadcast_parameters
from minidl.distributed.optimizer import DistributedOptimizer
from minidl.distributed.shards import Shards
from minidl.distributed.world import (
    DisagreementError,
    allgather,
    allreduce,
    barrier,
    broadcast,
    is_first,
    local_rank,
    local_size,
    rank,
    require,
    size,
    wait,
)

__all__ = [
    "Backup",
    "DisagreementError",
    "DistributedOptimizer",
    "Run",
    "Shards",
    "SyncBatchNormalization",
    "allgather",
    "allreduce",
    "barrier",
    "broadcast",
    "broadcast_parameters",
    "is_first",
    "launch",
    "local_rank",
    "local_size",
    "rank",
    "require",
    "size",
    "wait",
]
