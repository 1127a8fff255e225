"""What it takes to start a kernel on this GPU, and a training step over the batch (chapter 35).

    python benchmarks/launches.py --save benchmarks/gpu_steps.json

Three times of the smallest kernel, in seconds from one start to the next:

    gpu       in a row of them that wait on the GPU, so that Python is not in it
    cupy      as Python starts CuPy's RawKernel
    package   as Python starts it through `Program.launch`, which looks at the arguments

Then the way to the GPU, in bytes/s, from memory that the system may move and from memory that it
may not ("pinned"). Then training steps of 784-512-256-10 and 784-32-10 with Adam over the batch
size, of minidl and PyTorch in turns, with a batch that is there and a loss that nobody reads. How
many kernels minidl starts in a step, and how long the GPU works on them, is what PyTorch's
profiler says, which sees all kernels of a process. It looks last: who was watched once is slower.

And PyTorch's step as a CUDA graph, which starts all its kernels with one order. minidl has none, as
CuPy (14.2) records no product: "calling cuBLAS API during stream capture is currently unsupported".
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from kernels import seconds_on_gpu
from tqdm import tqdm
from train_step import machine, markdown
from workloads import minidl_step, torch_step

NETWORKS = ((512, 256), (32,))  # units of the hidden layers
BATCHES = [4**k for k in range(9)]  # 1 to 65,536
TEXT = r"""
extern "C" __global__ void smallest(T* y, Long n) {
    Long i = thread_index();
    if (i < n) y[i] = 1;
}
"""


def starts():
    """Return {who starts it: seconds from one start of the smallest kernel to the next}."""
    import cupy

    from minidl.kernels.cuda import Program, options

    program, y = Program(TEXT), cupy.zeros(1, "float32")
    module = cupy.RawModule(code=program.text, options=options("float32"))
    raw, arguments = module.get_function("smallest"), (y, np.int64(1))
    by_cupy = lambda: raw((1,), (1,), arguments)  # noqa: E731
    by_package = lambda: program.launch("smallest", 1, 1, y, 1)  # noqa: E731
    return {
        "gpu": seconds_on_gpu(by_cupy, 0.5),
        "cupy": seconds_a_call(by_cupy, 0.5),
        "package": seconds_a_call(by_package, 0.5),
    }


def seconds_a_call(call, seconds):
    """Return the median time of a call, over rows of calls that end when the GPU has done all."""
    import cupy

    def row(calls):
        started = time.perf_counter()
        for _ in range(calls):
            call()
        cupy.cuda.Device().synchronize()
        return (time.perf_counter() - started) / calls

    row(3)
    calls = max(3, round(seconds / 10 / row(10)))
    return statistics.median(row(calls) for _ in range(9))


def ways(numbers=2**26):
    """Return {kind of memory: bytes/s} on the way from the CPU to the GPU."""
    import cupy

    there, here = cupy.empty(numbers, "float32"), np.ones(numbers, "float32")
    pinned = np.frombuffer(cupy.cuda.alloc_pinned_memory(here.nbytes), "float32", numbers)
    pinned[:] = 1
    kinds = {"pageable": here, "pinned": pinned}
    return {
        kind: here.nbytes / seconds_a_call(lambda a=array: there.set(a), 0.5)
        for kind, array in kinds.items()
    }


def ours(hidden, batch):
    """Return minidl's step of a batch that is on the GPU."""
    from minidl.layers import Dense

    layers = [*(Dense(M, "relu") for M in hidden), Dense(10)]
    return minidl_step(layers, (batch, 784), 10, "cupy")


def theirs(hidden, batch, **settings):
    """Return PyTorch's step of the same; settings of `torch_step`."""
    from torch import nn

    sizes, row = (784, *hidden), []
    for D, M in zip(sizes, hidden):
        row += [nn.Linear(D, M), nn.ReLU()]
    module = nn.Sequential(*row, nn.Linear(sizes[-1], 10))
    return torch_step(module, (batch, 784), 10, "cuda", **settings)


def recorded(hidden, batch):
    """Return what takes PyTorch's step as a CUDA graph, and ends where the step itself would."""
    import torch

    def trained(graph, steps=10):
        torch.manual_seed(0)
        step, aside = theirs(hidden, batch, capturable=True), torch.cuda.Stream()
        with torch.cuda.stream(aside):  # PyTorch wants some steps before, on another stream
            for _ in range(3):
                step()
        torch.cuda.synchronize()
        call, (module, _) = step, step.network
        if graph:
            record = torch.cuda.CUDAGraph()
            with torch.cuda.graph(record):
                step()
            call = record.replay
        before = torch.cat([w.detach().flatten() for w in module.parameters()])
        for _ in range(steps):
            call()
        after = torch.cat([w.detach().flatten() for w in module.parameters()])
        return call, after - before

    (call, moved), (_, expected) = trained(graph=True), trained(graph=False)
    assert (moved - expected).norm() < 1e-3 * expected.norm() > 0, "the graph trains differently"
    return call


def on_the_gpu(step, steps=20):
    """Return (launches, seconds of work) of one step: kernels, and what clears or copies memory."""
    import cupy
    from torch.profiler import ProfilerActivity, profile

    for _ in range(3):
        step()
    cupy.cuda.Device().synchronize()
    with profile(activities=[ProfilerActivity.CUDA]) as watched:
        for _ in range(steps):
            step()
        cupy.cuda.Device().synchronize()
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace.json")
        watched.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text())["traceEvents"]
    kinds = ("kernel", "gpu_memset", "gpu_memcpy")
    took = [event["dur"] for event in events if event.get("cat") in kinds]  # µs
    return len(took) / steps, 1e-6 * sum(took) / steps


def steps_over_batches():
    """Return a list of what was measured, a dict for each network and batch size."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    rows = [{"hidden": units, "batch": N} for units in NETWORKS for N in BATCHES]
    for row in tqdm(rows, leave=False):
        steps = {"seconds": ours(**row), "PyTorch": theirs(**row)}
        turns = [[seconds_a_call(step, 0.06) for step in steps.values()] for _ in range(3)]
        row |= dict(zip(steps, map(statistics.median, zip(*turns))))
    for row in tqdm(rows, leave=False):
        row["graph"] = seconds_a_call(recorded(row["hidden"], row["batch"]), 0.06)
    for row in tqdm(rows, leave=False):
        row["launches"], row["work"] = on_the_gpu(ours(row["hidden"], row["batch"]))
    return rows


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--save", type=Path, help="write a JSON file, too")
    parser.set_defaults(backend="cupy")  # what `machine` names
    options = parser.parse_args()
    device, *_, date = machine(options).split(", ")
    found = {"device": device, "date": date, "starts": starts(), "ways": ways()}
    print(machine(options))
    for name, seconds in found["starts"].items():
        print(f"smallest kernel, {name}: {1e6 * seconds:.2f} µs")
    for name, speed in found["ways"].items():
        print(f"to the GPU, {name}: {speed / 1e9:.1f} GB/s", flush=True)
    found["steps"] = steps_over_batches()
    if options.save:
        options.save.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    head = ["network", "batch", "minidl ms", "PyTorch ms", "its graph ms", "launches", "ms of work"]
    rows = [
        [
            "-".join(map(str, (784, *row["hidden"], 10))),
            f"{row['batch']:,}",
            *(f"{1000 * row[side]:.3f}" for side in ("seconds", "PyTorch", "graph")),
            f"{row['launches']:.1f}",
            f"{1000 * row['work']:.3f}",
        ]
        for row in found["steps"]
    ]
    print(markdown(head, rows))


if __name__ == "__main__":
    main()
