"""All tests of the kernels with every index of every compiled loop looked at. Some minutes."""

import os
import pathlib
import subprocess
import sys

import pytest

pytestmark = pytest.mark.soak
KERNELS = pathlib.Path(__file__).parents[1] / "kernels"
CONTROL = """
import numba, numpy as np
@numba.njit
def read(a, i): return a[i]
read(np.zeros(3), 7)
"""


def _environment(cache):
    counts = {"NUMBA_NUM_THREADS": "2", "NUMBA_CACHE_DIR": str(cache)}
    return os.environ | counts | {"NUMBA_BOUNDSCHECK": "1"}


def test_an_index_beyond_the_end_would_be_told(tmp_path):
    command = [sys.executable, "-c", CONTROL]
    run = subprocess.run(command, env=_environment(tmp_path), capture_output=True, text=True)
    assert "IndexError: index is out of bounds" in run.stderr


def test_no_kernel_leaves_its_arrays(tmp_path):
    # Those of the CUDA text and of the compiler itself run no loop of Numba's, or count them.
    chosen = ["-k", "not cuda and not compil", "-m", "not soak", "-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", KERNELS, *chosen]
    run = subprocess.run(command, env=_environment(tmp_path), capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-5000:]
    assert any(tmp_path.rglob("*.nbi"))  # compiled here, with the checks in
