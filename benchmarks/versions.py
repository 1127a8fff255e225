"""Time training steps of two checkouts of minidl by turns, so that "not slower" can be shown.

    git worktree add ../before HEAD~1
    python benchmarks/versions.py ../before . --workloads mlp,cnn --rounds 7 --beside 4

Each checkout runs its own package in a process of its own, with the same number of threads. They
take turns, and the ratio (second to first) is taken round by round: its median is printed, with the
least and the greatest. `--beside 4` lets four processes spin all the while, as on a busy machine.
"""

import argparse
import contextlib
import pathlib
import statistics
import subprocess
import sys

from train_step import machine, markdown, short
from worker import Worker
from workloads import WORKLOADS


def start(checkout, workload, threads):
    """Start a worker that runs a checkout's package, its benchmarks and its compiled kernels."""
    place = pathlib.Path(checkout).resolve()
    program = place / "benchmarks" / "train_step.py"
    if not program.is_file():
        sys.exit(f"{checkout} is no checkout of minidl: it has no benchmarks/train_step.py")
    arguments = [program, "--worker", "minidl", "--workloads", workload, "--threads", threads]
    return Worker(arguments, threads, place / ".numba_cache", {"PYTHONPATH": str(place)})


def compare(workload, options):
    """Return one row of the table."""
    workers = [start(checkout, workload, options.threads) for checkout in options.checkouts]
    steps = max(1, round(options.seconds * 1000 / max(float(w.ask(3)) for w in workers)))
    rounds = [[float(w.ask(steps)) for w in workers] for _ in range(options.rounds + 1)][1:]
    memory = [worker.close() for worker in workers]
    before, after = zip(*rounds)
    ratios = sorted(b / a for a, b in rounds)
    return [
        workload,
        short(statistics.median(before)),
        short(statistics.median(after)),
        f"**{statistics.median(ratios):.2f}**",
        f"{ratios[0]:.2f}-{ratios[-1]:.2f}",
        " / ".join(f"{mb:.0f}" for mb in memory),
    ]


@contextlib.contextmanager
def busy(processes):
    """Keep the machine busy: so many processes count and do nothing else."""
    spin = [sys.executable, "-c", "while True: pass"]
    started = [subprocess.Popen(spin) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkouts", nargs=2, metavar="CHECKOUT")
    parser.add_argument("--workloads", default="mlp,cnn,vgg,lstm,gru,gpt", help="with commas")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--beside", type=int, default=0, help="processes that spin meanwhile")
    options = parser.parse_args()
    names = options.workloads.split(",")
    if unknown := set(names) - set(WORKLOADS):
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    options.backend = "numba"  # `machine` names the processor
    with busy(options.beside):
        rows = [compare(name, options) for name in names]
    print(f"{machine(options)}, {options.beside} processes beside it")
    print(markdown(["workload", "ms", "ms", "ratio", "min-max", "peak MB"], rows))


if __name__ == "__main__":
    main()
