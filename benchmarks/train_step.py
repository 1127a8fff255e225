"""Time one training step, minidl against PyTorch, interleaved on the same cores.

    python benchmarks/train_step.py --workloads mlp --against torch --rounds 7

Each library runs in a process of its own with the same number of threads. The two take turns: one
round of steps here, one there, so that a machine that slows down slows both. The ratio is taken
round by round and its median is printed: times alone mean nothing on a shared machine.

Also printed: seconds from the start of the process to the end of the first step, with an empty
cache of compiled kernels and with a full one.
"""

import argparse
import datetime
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

from tqdm import tqdm
from workloads import WORKLOADS

THREAD_VARIABLES = [f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")]


class Worker:
    """A process that has taken its first step and takes more when asked."""

    def __init__(self, side, workload, options, cache=None):
        environment = dict(os.environ, **dict.fromkeys(THREAD_VARIABLES, str(options.threads)))
        if cache:
            environment["NUMBA_CACHE_DIR"] = str(cache)
        command = [sys.executable, __file__, "--worker", side, "--workloads", workload]
        command += ["--backend", options.backend, "--threads", str(options.threads)]
        started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self._answer()
        self.first_step = time.perf_counter() - started

    def milliseconds(self, steps):
        """Take that many steps; return milliseconds a step."""
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        return 1000 * float(self._answer()) / steps

    def close(self):
        """End the process; return its peak memory in MB, read by itself before it ends."""
        self.process.stdin.close()
        peak = float(self._answer())
        self.process.wait()
        return peak

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"a worker ended without an answer (exit code {self.process.wait()})")
        return line


def work(side, workload, options):
    """Be a worker: one step, then as many as each line on standard input says."""
    if side == "torch":
        import torch

        torch.set_num_threads(options.threads)
        step = WORKLOADS[workload]["torch"]()
    else:
        step = WORKLOADS[workload]["minidl"](options.backend)
    step()
    print("ready", flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        for _ in range(int(line)):
            step()
        print(time.perf_counter() - started, flush=True)
    import resource

    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)


def compare(workload, options):
    """Return a dict of figures for one workload."""
    with tempfile.TemporaryDirectory() as cache:
        cold = Worker("minidl", workload, options, cache)
        cold.close()
        ours = Worker("minidl", workload, options, cache)
        workers = [ours]
        if options.against:
            workers.append(Worker(options.against, workload, options))
        steps = max(1, round(options.seconds * 1000 / ours.milliseconds(5)))
        rounds = []
        for _ in tqdm(range(options.rounds + 1), desc=workload, leave=False):
            rounds.append([worker.milliseconds(steps) for worker in workers])
        rounds = rounds[1:]  # the first warms caches and clocks
        figures = {
            "ours": statistics.median(r[0] for r in rounds),
            "cold": cold.first_step,
            "warm": ours.first_step,
            "memory": [worker.close() for worker in workers],
        }
    if options.against:
        ratios = sorted(r[0] / r[1] for r in rounds)
        figures["theirs"] = statistics.median(r[1] for r in rounds)
        figures["ratio"] = statistics.median(ratios)
        figures["spread"] = f"{ratios[0]:.2f}-{ratios[-1]:.2f}"
    return figures


def machine(threads):
    """Return one line that names the processor, the threads and the date."""
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
    parser.add_argument("--worker", choices=["minidl", "torch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.workloads.split(",")
    if unknown := set(names) - set(WORKLOADS):
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    if options.worker:
        work(options.worker, names[0], options)
        return
    results = {name: compare(name, options) for name in names}
    print(machine(options.threads))
    print(table(results, options.against))


if __name__ == "__main__":
    main()
