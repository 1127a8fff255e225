"""Time an import: how long a program waits for its first line.

    python benchmarks/imports.py --rounds 15

Each statement runs in a fresh Python, all of them by turns, and medians are shown: of the clock,
and of the processor, on which other programs weigh less. `import minidl` loads nothing heavy, not
even NumPy; a program that builds a network needs more, so that is shown, too.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time

from train_step import machine, markdown
from worker import environment

from minidl_course.elsewhere import missing

STATEMENTS = {  # and what it needs besides minidl
    "pass": [],
    "import numpy": [],
    "import minidl": [],
    "import minidl, numpy": [],
    "from minidl import Sequential, layers": [],
    "import torch": ["torch"],
    "import jax": ["jax"],
}


def seconds(statement):
    """Return (clock, processor) of a Python that runs the statement."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], env=environment(1), check=True)
    spent, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    options.backend, options.threads = "numba", 1
    found = {s: [] for s, needed in STATEMENTS.items() if not missing(needed)}
    for _ in range(options.rounds + 1):
        for statement, pairs in found.items():
            pairs.append(seconds(statement))
    rows, first = [], None
    for statement, pairs in found.items():
        clock, processor = (statistics.median(times) for times in zip(*pairs[1:]))
        first = first or processor
        row = [f"`{statement}`", f"{clock:.3f}", f"{processor:.3f}", f"{processor - first:.3f}"]
        rows.append(row)
    print(machine(options))
    head = ["a fresh Python that runs", "clock s", "processor s", "without Python's own start"]
    print(markdown(head, rows))


if __name__ == "__main__":
    main()
