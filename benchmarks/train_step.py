"""Time one training step, minidl against PyTorch, interleaved on the same cores.

    python benchmarks/train_step.py --workloads mlp --against torch --rounds 7

Each library runs in a process of its own with the same number of threads. The two take turns: one
round of steps here, one there, so that a machine that slows down slows both. The ratio is taken
round by round and its median is printed: times alone mean nothing on a shared machine.

    python benchmarks/train_step.py --backend cupy --against torch [--tf32]

Both on one GPU, from a batch that is already there; nobody reads the loss before a round has ended.
`--tf32` lets both round the factors of matrix products to 10 bits.

Also printed: seconds from the start of the process to the end of the first step, with an empty
cache of compiled kernels and with a full one.
"""

import argparse
import datetime
import importlib
import os
import pathlib
import platform
import statistics
import tempfile
import time

from tqdm import tqdm
from worker import Worker, serve
from workloads import WORKLOADS


def work(side, workload, options):
    """Be a worker: one step, then as many as each line on standard input says."""
    on_gpu = options.backend == "cupy"
    if side == "torch":
        import torch

        torch.set_num_threads(options.threads)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.tf32
        step, wait = WORKLOADS[workload]["torch"]("cuda" if on_gpu else "cpu"), torch.cuda
    else:
        os.environ["CUPY_TF32"] = str(int(options.tf32))
        step = WORKLOADS[workload]["minidl"](options.backend)
        wait = importlib.import_module("cupy").cuda.Device() if on_gpu else None

    def milliseconds(steps):
        started = time.perf_counter()
        for _ in range(int(steps)):
            step()
        if on_gpu:
            wait.synchronize()
        return 1000 * (time.perf_counter() - started) / int(steps)

    milliseconds(1)  # the first step, to its end
    serve(milliseconds)


def start(side, workload, options, cache=None):
    """Start such a worker."""
    arguments = [__file__, "--worker", side, "--workloads", workload]
    arguments += ["--backend", options.backend, "--threads", options.threads]
    arguments += ["--tf32"] if options.tf32 else []
    return Worker(arguments, options.threads, cache)


def compare(workload, options):
    """Return a dict of figures for one workload."""
    with tempfile.TemporaryDirectory() as cache:
        cold = start("minidl", workload, options, cache)
        cold.close()
        ours = start("minidl", workload, options, cache)
        workers = [ours]
        if options.against:
            workers.append(start(options.against, workload, options))
        steps = max(1, round(options.seconds * 1000 / float(ours.ask(5))))
        rounds = []
        for _ in tqdm(range(options.rounds + 1), desc=workload, leave=False):
            rounds.append([float(worker.ask(steps)) for worker in workers])
        rounds = rounds[1:]  # the first warms caches and clocks
        figures = {
            "ours": statistics.median(r[0] for r in rounds),
            "cold": cold.seconds_until_ready,
            "warm": ours.seconds_until_ready,
            "memory": [worker.close() for worker in workers],
        }
    if options.against:
        ratios = sorted(r[0] / r[1] for r in rounds)
        figures["theirs"] = statistics.median(r[1] for r in rounds)
        figures["ratio"] = statistics.median(ratios)
        figures["spread"] = f"{ratios[0]:.2f}-{ratios[-1]:.2f}"
    return figures


def machine(options):
    """Return one line that names the processor or the GPU, the threads and the date."""
    if options.backend == "cupy":
        cuda = importlib.import_module("cupy").cuda  # knows which of several GPUs it takes
        gpu = cuda.runtime.getDeviceProperties(cuda.Device().id)["name"].decode()
        version = cuda.runtime.driverGetVersion()  # 12090 for CUDA 12.9
        gpu += f", driver for CUDA {version // 1000}.{version % 1000 // 10}"
        return f"{gpu}, Python {platform.python_version()}, {datetime.date.today()}"
    threads = options.threads
    info = pathlib.Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {threads} threads, Python {platform.python_version()}, {datetime.date.today()}"


def table(results, against):
    """Return the results as a Markdown table."""
    head = ["workload", "minidl ms", f"{against} ms", "ratio", "min-max"]
    head += ["first step s, cold / warm", "peak MB"]
    rows = [
        [
            workload,
            f"{r['ours']:.2f}",
            f"{r['theirs']:.2f}" if against else "",
            f"{r['ratio']:.2f}" if against else "",
            r.get("spread", ""),
            f"{r['cold']:.1f} / {r['warm']:.1f}",
            " / ".join(f"{mb:.0f}" for mb in r["memory"]),
        ]
        for workload, r in results.items()
    ]
    return markdown(head, rows)


def markdown(head, rows):
    """Return lists of texts as a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help="names, with commas")
    parser.add_argument("--against", choices=["torch"], help="the other library")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--backend", default="numba")
    parser.add_argument("--tf32", action="store_true", help="with cupy: products in TF32")
    parser.add_argument("--worker", choices=["minidl", "torch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.workloads.split(",")
    if unknown := set(names) - set(WORKLOADS):
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    if options.worker:
        work(options.worker, names[0], options)
        return
    results = {name: compare(name, options) for name in names}
    print(machine(options))
    print(table(results, options.against))


if __name__ == "__main__":
    main()
