"""A process that waits for lines on its standard input and answers each with a line.

What is compared runs in processes of its own, one for each library, so that their threads do not
get into each other's way, and both are there all the time, so that they can take turns.
"""

import os
import subprocess
import sys
import time

THREAD_VARIABLES = [f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")]


def environment(threads):
    """Return the environment of a process whose libraries may use so many threads."""
    found = dict(os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads)))
    # Without its bytecode Python compiles a hundred files anew: that is nobody's first step.
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found


class Worker:
    """A program of this folder, started; it says that it is ready before anything is asked.

    Args:
        arguments: the program and its arguments.
        threads: how many every library may use.
        cache: folder of compiled kernels, if not the usual one.
        variables: more of its environment.
    """

    def __init__(self, arguments, threads, cache=None, variables=()):
        variables = dict(variables)
        if cache:
            variables |= dict.fromkeys(("NUMBA_CACHE_DIR", "CUPY_CACHE_DIR"), str(cache))
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(threads) | variables,
        )
        while self._answer() != "ready\n":
            pass  # a first step that has to compile says so
        self.seconds_until_ready = time.perf_counter() - started

    def ask(self, line):
        """Return the answer to a line."""
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self):
        """End the process; return its peak memory in MB, which it reads before it ends."""
        self.process.stdin.close()
        peak = float(self._answer())
        self.process.wait()
        return peak

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"a worker ended without an answer (exit code {self.process.wait()})")
        return line


def serve(answer):
    """Be a worker: answer each line with answer(line), and the end with the peak memory in MB."""
    import resource

    print("ready", flush=True)
    for line in sys.stdin:
        print(answer(line), flush=True)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
