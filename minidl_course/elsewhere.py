"""A function of a page in a process of its own, which takes its imports with it when it ends.

Frameworks set threads, memory and backends for a whole process, and Keras asks which one it runs on
once, when it is imported. So each comparison starts a Python of its own.
"""

import importlib.util
import inspect
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np

PROGRAM = """import sys

import numpy as np

{source}

with np.load(sys.argv[1]) as given:
    arrays = [given[f"arr_{{i}}"] for i in range(len(given.files))]
np.save(sys.argv[2], {name}(*arrays))
"""


def missing(modules):
    """Return those of the modules that are not installed."""
    return [name for name in modules if importlib.util.find_spec(name) is None]


def run(function, *arrays, seconds=300, **environment):
    """Return function(*arrays), an array, as a new process computes it.

    Args:
        function: imports all it needs but `np`, and uses no other names of the page.
        arrays: its arguments.
        seconds: after which the process is ended.
        environment: variables, such as KERAS_BACKEND="jax".

    Raises:
        RuntimeError: the process failed; with the end of what it said.
    """
    source = textwrap.dedent(inspect.getsource(function))
    with tempfile.TemporaryDirectory() as folder:
        program, given, made = (Path(folder, name) for name in ("program.py", "x.npz", "y.npy"))
        program.write_text(PROGRAM.format(source=source, name=function.__name__), "utf-8")
        np.savez(given, *arrays)
        ended = subprocess.run(
            [sys.executable, program, given, made],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        if ended.returncode or not made.exists():
            raise RuntimeError(
                f"{function.__name__} failed in its process (exit code {ended.returncode}):\n"
                + ended.stderr[-2000:]
            )
        return np.load(made)
