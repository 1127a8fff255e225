"""Time one training step of the same networks in minidl, PyTorch, JAX and Keras.

    python benchmarks/frameworks.py --save benchmarks/frameworks.json

Each library runs in a process of its own, with one thread, and they take turns. On a machine that
others use as well, the mean by the clock measures them, too. So what counts is the time of the
processor, and the quickest step of a turn by the clock: one that nobody interrupted. Also saved:
the mean by the clock, seconds from the start of the process to the end of the first step (imports
and compiling), the peak memory, and how busy the machine was. Chapter 38 shows the table.

It needs `pip install -e ".[frameworks]"`; what is missing is left out, and said.
"""

import argparse
import json
import os
import pathlib
import statistics
import time
from functools import partial
from itertools import pairwise

import numpy as np
from train_step import machine, markdown
from worker import Worker, serve
from workloads import batch, minidl_step, torch_step
from workloads_keras import dense, limits

from minidl_course.elsewhere import missing

# name: sizes of the layers, all but the last with ReLU, and the samples in a batch
NETWORKS = {
    "784-128-10, batch of 32": ((784, 128, 10), 32),
    "784-512-256-10, batch of 128": ((784, 512, 256, 10), 128),
}
ONE_THREAD = {
    **limits(1),
    "JAX_PLATFORMS": "cpu",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
RATE = 1e-3


def minidl(sizes, N):
    from minidl.layers import Dense

    layers = [Dense(M, "relu") for M in sizes[1:-1]]
    return minidl_step([*layers, Dense(sizes[-1])], (N, sizes[0]), sizes[-1], "numba")


def pytorch(sizes, N, compiled=False, **choices):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    layers = [part for D, M in pairwise(sizes) for part in (nn.Linear(D, M), nn.ReLU())]
    module = nn.Sequential(*layers[:-1])
    module = torch.compile(module) if compiled else module
    return torch_step(module, (N, sizes[0]), sizes[-1], "cpu", **choices)


def jax(sizes, N):
    """Adam by hand, as JAX has no optimizers; the whole step is one compiled function."""
    import jax
    import jax.numpy as jnp

    def loss_of(weights, x, y):
        for W, b in weights[:-1]:
            x = jax.nn.relu(x @ W + b)
        z = x @ weights[-1][0] + weights[-1][1]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1))

    @jax.jit
    def step(weights, m, v, t, x, y):
        loss, g = jax.value_and_grad(loss_of)(weights, x, y)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate = RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        move = jax.tree.map(lambda m, v: rate * m / (jnp.sqrt(v) + 1e-7), m, v)
        return jax.tree.map(jnp.subtract, weights, move), m, v, t + 1, loss

    rng = np.random.default_rng(0)
    weights = [
        (rng.standard_normal((D, M), np.float32) / D**0.5, np.zeros(M, np.float32))
        for D, M in pairwise(sizes)
    ]
    state = jax.device_put((weights, *[jax.tree.map(np.zeros_like, weights)] * 2, np.float32(1)))
    x, y = jax.device_put(batch((N, sizes[0]), sizes[-1]))

    def one():
        nonlocal state
        *state, loss = step(*state, x, y)
        return float(loss)  # the others have it after each step, too

    return one


def keras(backend):
    def make(sizes, N):
        os.environ["KERAS_BACKEND"] = backend
        import keras

        if backend == "torch":
            import torch

            torch.set_num_threads(1)
        model = dense(sizes)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(RATE), loss)
        x, y = batch((N, sizes[0]), sizes[-1])
        return lambda: model.train_on_batch(x, y)

    return make


SIDES = {  # name: (makes a step, modules that it needs)
    "minidl": (minidl, []),
    "PyTorch": (partial(pytorch, fused=False), ["torch"]),
    "PyTorch, fused Adam": (pytorch, ["torch"]),
    "PyTorch, fused Adam, compiled": (partial(pytorch, compiled=True), ["torch"]),
    "JAX": (jax, ["jax"]),
    "Keras on JAX": (keras("jax"), ["keras", "jax"]),
    "Keras on TensorFlow": (keras("tensorflow"), ["keras", "tensorflow"]),
    "Keras on PyTorch": (keras("torch"), ["keras", "torch"]),
}


def work(side, network):
    """Be a worker: answer a number of steps with milliseconds of one.

    These are the mean by the processor, the mean by the clock, and the quickest by the clock.
    """
    step = SIDES[side][0](*NETWORKS[network])

    def milliseconds(steps):
        processor, marks = time.process_time(), [time.perf_counter()]
        for _ in range(int(steps)):
            step()
            marks.append(time.perf_counter())
        processor, taken = time.process_time() - processor, np.diff(marks)
        return " ".join(str(1000 * s) for s in (processor / len(taken), taken.mean(), taken.min()))

    milliseconds(1)
    serve(milliseconds)


def compare(network, sides, rounds, seconds):
    """Return {side: figures} for one network."""
    arguments = [__file__, "--network", network, "--worker"]
    workers = {side: Worker([*arguments, side], 1) for side in sides}
    steps, found = {}, {side: [] for side in sides}
    for side, worker in workers.items():
        worker.ask(20)
        steps[side] = max(10, round(1000 * seconds / float(worker.ask(20).split()[1])))
    for _ in range(rounds):
        for side, worker in workers.items():
            found[side].append([float(ms) for ms in worker.ask(steps[side]).split()])
    figures = {}
    for side, worker in workers.items():
        processor, clock, quickest = zip(*found[side])
        figures[side] = {
            "ms": statistics.median(processor),
            "least": min(processor),
            "most": max(processor),
            "clock": statistics.median(clock),
            "quickest": statistics.median(quickest),
            "quickest least": min(quickest),
            "quickest most": max(quickest),
            "first": worker.seconds_until_ready,
            "MB": worker.close(),
        }
    return figures


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a turn")
    parser.add_argument("--save", type=pathlib.Path, help="write a JSON file")
    parser.add_argument("--without", default="", help="names to leave out, parted by semicolons")
    parser.add_argument("--worker", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--network", choices=NETWORKS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options.network)
        return
    os.environ |= ONE_THREAD
    sides = []
    for side, (_, needed) in SIDES.items():
        if without := missing(needed):
            print(f"{side} is left out: {', '.join(without)} not installed")
        elif side not in options.without.split(";"):
            sides.append(side)
    options.backend, options.threads = "numba", 1
    result = {"machine": machine(options), "versions": versions(), "workloads": {}}
    busy = [os.getloadavg()[1]]  # processes that ran or wanted to, mean of five minutes
    print(result["machine"])
    for network in NETWORKS:
        figures = compare(network, sides, options.rounds, options.seconds)
        result["workloads"][network] = figures
        head = [network, "processor ms", "least-most", "clock ms", "quickest", "first step s", "MB"]
        rows = [
            [
                side,
                f"{f['ms']:.3f}",
                f"{f['least']:.3f}-{f['most']:.3f}",
                f"{f['clock']:.3f}",
                f"{f['quickest']:.3f}",
                f"{f['first']:.1f}",
                f"{f['MB']:.0f}",
            ]
            for side, f in figures.items()
        ]
        print(markdown(head, rows), flush=True)
        busy.append(os.getloadavg()[1])
    result["load"] = f"{min(busy):.1f} to {max(busy):.1f} on {os.cpu_count()} cores"
    print(f"load: {result['load']}")
    if options.save:
        options.save.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def versions():
    """Return {package: version} of those compared."""
    from importlib import metadata

    names = ("numpy", "numba", "torch", "jax", "keras", "tensorflow", "tensorflow_cpu")
    return {
        d.metadata["Name"]: d.version
        for d in metadata.distributions()
        if d.metadata["Name"] in names
    }


if __name__ == "__main__":
    main()
