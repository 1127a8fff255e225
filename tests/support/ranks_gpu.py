"""Ranks whose arrays are on a pretended GPU; `tests/distributed` runs it by mpiexec."""

import json
import sys

import standin_cupy

sys.modules |= standin_cupy.make()

import ranks_training  # noqa: E402

import minidl.distributed as dist  # noqa: E402
from minidl import config  # noqa: E402
from minidl.optimizers import SGD  # noqa: E402

if __name__ == "__main__":
    x, y = ranks_training.data()
    config.set_backend("cupy")
    model = ranks_training.plain(dist.DistributedOptimizer(SGD(0.1), bucket_bytes=200))
    history = model.fit(dist.Shards(x, y, 12), epochs=2, verbose=0).history
    found = {"weights": [w.tolist() for w in model.get_weights()], "loss": history["loss"]}
    print(json.dumps(found | {"buckets": len(model.optimizer.buckets)}))
