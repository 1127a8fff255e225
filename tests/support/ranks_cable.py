"""What two ranks do over a cable between two pretended machines; `tests/distributed` runs it."""

import json

import numpy as np
import ranks_training

import minidl.distributed as dist
from minidl import config

NUMBERS = 100_000  # float32, in one sum

if __name__ == "__main__":
    config.set_backend("numpy")
    total = dist.allreduce(np.arange(NUMBERS, dtype=np.float32) * (1 + dist.rank()), average=False)
    model, history = ranks_training.train("plain", order="fixed")
    found = {"sum": float(total[-1]), "digest": ranks_training.digest(model)}
    found |= {"machines": dist.size() // dist.local_size(), "loss": history["loss"]}
    print(json.dumps(found))
