"""How the time of a training step grows: with the batch, the width, the steps of time, the cores.

    python benchmarks/growth.py              measure; write growth.json and the picture growth.png
    python benchmarks/growth.py --plot       draw growth.json again

The networks are `mlp` and `lstm` of workloads.py with one size changed at a time, on one and on two
threads, minidl and PyTorch by turns. No step can be faster than the roofline of the machine,

    max(operations / GFLOP/s of a large matrix product, bytes / GB/s of a copy)

with both limits measured in the same run (kernels.py). Operations are those of the matrix products;
bytes are those of weights, gradients and Adam's averages, which no cache holds for long.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

from kernels import COPY, GEMM
from tqdm import tqdm
from train_step import machine
from worker import Worker, serve
from workloads import CHARACTERS, mlp_minidl, mlp_torch, recurrent_minidl, recurrent_torch

HERE = Path(__file__).parent
SIDES = ("minidl", "torch")
THREADS = (1, 2)
GROWING = {  # what grows, and how far
    "batch": (8, 16, 32, 64, 128, 256, 512, 1024),
    "width": (64, 128, 256, 512, 1024, 2048),
    "steps": (8, 16, 32, 64, 128, 256),
}
LABELS = {
    "batch": "mlp 784-512-256-10: samples in a batch",
    "width": "mlp, batch of 128: units of the first layer",
    "steps": "lstm of 256, batch of 64: steps of time",
}
UNITS, EMBEDDED = 256, 64  # of `lstm`
ADAM = 4 * (2 + 2 + 2 + 2)  # bytes a weight: gradient, weight and both averages, read and written


def make(side, growing, size):
    """Return a function that takes one training step of the network of that size."""
    place = "numba" if side == "minidl" else "cpu"
    if growing == "steps":
        recurrent = recurrent_minidl if side == "minidl" else recurrent_torch
        return recurrent(place, "LSTM", (64, size))
    mlp = mlp_minidl if side == "minidl" else mlp_torch
    return mlp(place, (size, 784)) if growing == "batch" else mlp(place, width=size)


def work_of(growing, size):
    """Return (operations, bytes) that a training step needs at least."""
    if growing == "steps":
        inside = (EMBEDDED + UNITS) * 4 * UNITS + UNITS * CHARACTERS  # forward, dx, dW
        return 2 * 3 * 64 * size * inside, ADAM * (inside + CHARACTERS * EMBEDDED)
    N, width = (size, 512) if growing == "batch" else (128, size)
    first, rest = 784 * width, width * (width // 2) + width // 2 * 10
    return 2 * N * (2 * first + 3 * rest), ADAM * (first + rest)  # nobody needs the first dx


def work(side, options):
    """Be a worker: each line is what grows and a size; answer with the milliseconds of a step."""
    if side == "torch":
        import torch

        torch.set_num_threads(options.threads)
    steps = {}

    def milliseconds(line):
        if line not in steps:
            steps.clear()  # one network at a time
            growing, size = line.split()
            steps[line] = make(side, growing, int(size))
            steps[line]()
        started, taken = time.perf_counter(), 0
        while taken < 3 or time.perf_counter() - started < options.seconds:
            steps[line]()
            taken += 1
        return 1000 * (time.perf_counter() - started) / taken

    serve(milliseconds)


def measure(options):
    """Return what growth.json holds: limits, and times in ms by what grows, threads and library."""
    found = {"machine": machine(options), "limits": {}, "ms": {}}
    for threads in THREADS:
        arguments = ["--threads", threads, "--seconds", options.seconds]
        alone = Worker([HERE / "kernels.py", "--worker", "minidl", *arguments], threads)
        gemm, copy = (float(alone.ask(name)) for name in ("gemm", "copy"))
        alone.close()
        found["limits"][threads] = {"operations": 2 * GEMM**3 / gemm, "bytes": 8 * COPY / copy}
        workers = [Worker([__file__, "--worker", side, *arguments], threads) for side in SIDES]
        for growing, sizes in GROWING.items():
            for size in tqdm(sizes, desc=f"{growing}, {threads} threads", leave=False):
                line = f"{growing} {size}"
                rounds = [[float(w.ask(line)) for w in workers] for _ in range(options.rounds)]
                for side, times in zip(SIDES, zip(*rounds)):
                    curve = found["ms"].setdefault(f"{growing} {threads} {side}", [])
                    curve.append(statistics.median(times))
        for worker in workers:
            worker.close()
    return found


def draw(found, path):
    """Draw growth.json's contents: a panel for each thing that grows, the roofline below."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(12, 4), layout="constrained")
    for ax, (growing, sizes) in zip(axes, GROWING.items()):
        for side, colour in zip(SIDES, ("tab:blue", "tab:orange")):
            for threads, line in zip(THREADS, ("--", "-")):
                name = f"{'PyTorch' if side == 'torch' else side}, threads: {threads}"
                curve = found["ms"][f"{growing} {threads} {side}"]
                ax.loglog(sizes, curve, line, color=colour, marker="o", ms=3, label=name)
        limits = found["limits"][str(THREADS[-1])]
        needed = [work_of(growing, size) for size in sizes]
        roof = [1000 * max(o / limits["operations"], b / limits["bytes"]) for o, b in needed]
        ax.loglog(sizes, roof, color="grey", lw=1, label=f"roofline, threads: {THREADS[-1]}")
        ax.set(xlabel=LABELS[growing], xticks=sizes, xticklabels=sizes)
        ax.minorticks_off()
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("milliseconds a training step")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    figure.suptitle(found["machine"], fontsize="small")
    figure.savefig(path, dpi=110)


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", action="store_true", help="measure nothing, draw growth.json")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.2, help="length of a round")
    parser.add_argument("--threads", type=int, default=THREADS[-1], help=argparse.SUPPRESS)
    parser.add_argument("--worker", choices=SIDES, help=argparse.SUPPRESS)
    parser.set_defaults(backend="numba")
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options)
        return
    path = HERE / "growth.json"
    if not options.plot:
        found = json.dumps(measure(options), indent=1)
        path.write_text(found + "\n", encoding="utf-8")
    draw(json.loads(path.read_text(encoding="utf-8")), HERE / "growth.png")


if __name__ == "__main__":
    main()
