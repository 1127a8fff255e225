"""One rank of `distributed.py`: it measures, and prints what it found as JSON.

mpiexec -n 2 python distributed_worker.py reduce
mpiexec -n 2 python distributed_worker.py minidl|torch SECONDS [WIDTH BATCH OVERLAP]
"""

import json
import os
import statistics
import sys
import time

import numpy as np

SIZES = [2**k for k in range(3, 23)]  # bytes: 8 to 4 Mi


def reduce():
    """Seconds of one all-reduce by its bytes: the median of several."""
    import minidl.distributed as dist
    from minidl.distributed.world import world

    w, found = world(), {}
    for size in SIZES:
        mine, total, times = np.ones(size // 4, np.float32), np.empty(size // 4, np.float32), []
        for _ in range(5 + (25 if size < 2**17 else 9)):
            dist.barrier()
            started = time.perf_counter()
            w.wait(w.comm.Iallreduce(mine, total))
            times.append(dist.allreduce(time.perf_counter() - started))
        assert total[0] == w.size
        found[size] = statistics.median(times[5:])
    return {"seconds": found, "ranks": w.size}


def timed(step, seconds, more=lambda: True):
    """Return how many milliseconds a step takes, and how many there were.

    The time is that which a tenth of the steps stay below: others may be at work on this machine.
    """
    for _ in range(5):
        step()
    times, ends = [], time.perf_counter() + seconds
    while more(time.perf_counter() < ends):
        started = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - started))
    return {"ms": float(np.quantile(times, 0.1)), "steps": len(times)}


def minidl(seconds, width=512, batch=128, overlap=1):
    """Steps of a network 784-width-width-width-10 on `batch` samples of this rank's own."""
    import minidl.distributed as dist
    from minidl import Sequential
    from minidl.layers import Dense
    from minidl.optimizers import Adam

    rng = np.random.default_rng(dist.rank())
    x, y = rng.random((batch, 784), np.float32), rng.integers(0, 10, batch)
    rows = [Dense(width, "relu", input_shape=(784,))]
    rows += [Dense(width, "relu") for _ in range(2)]
    model = Sequential([*rows, Dense(10, "softmax")], seed=0)
    optimizer = dist.DistributedOptimizer(Adam(1e-3), overlap=bool(overlap))
    model.compile(optimizer, "sparse_categorical_crossentropy")
    model.train_on_batch(x, y)
    before, began = optimizer.sent, optimizer.iterations
    both = lambda on: bool(dist.allreduce(float(on)) == 1)  # noqa: E731  all end together
    figures = timed(lambda: model.train_step((x, y, None)), seconds, both)
    steps = optimizer.iterations - began
    return figures | {
        "bytes": (optimizer.sent - before) / steps,
        "early": sum(b.early for b in optimizer.buckets),
        "weights": model.count_params(),
    }


def torch(seconds, width=512, batch=128, overlap=1):
    """The same in PyTorch, with DistributedDataParallel over Gloo where there are several ranks."""
    import torch as t

    rank, size = (int(os.environ.get(f"PMI_{name}", d)) for name, d in (("RANK", 0), ("SIZE", 1)))
    t.set_num_threads(1)
    t.manual_seed(0)
    nn = t.nn
    rows = [nn.Linear(784, width), nn.ReLU()]
    rows += [layer for _ in range(2) for layer in (nn.Linear(width, width), nn.ReLU())]
    model = nn.Sequential(*rows, nn.Linear(width, 10))
    together = lambda on: on  # noqa: E731
    if size > 1:
        t.distributed.init_process_group("gloo", rank=rank, world_size=size)
        model = nn.parallel.DistributedDataParallel(model)

        def together(on):
            flag = t.tensor([float(on)])
            t.distributed.all_reduce(flag)
            return flag.item() == size

    optimizer, loss = t.optim.Adam(model.parameters(), 1e-3), nn.CrossEntropyLoss()
    x, y = t.rand(batch, 784), t.randint(0, 10, (batch,))

    def step():
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    figures = timed(step, seconds, together)
    if size > 1:
        t.distributed.destroy_process_group()
    return figures


if __name__ == "__main__":
    does = {"reduce": reduce, "minidl": minidl, "torch": torch}
    print(json.dumps(does[sys.argv[1]](*(json.loads(given) for given in sys.argv[2:]))))
