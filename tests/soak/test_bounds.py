"""All tests of the kernels with every index of every compiled loop looked at. Some minutes."""

import pathlib
import subprocess
import sys

import pytest
from within_bounds import CONTROL, TOLD, environment

pytestmark = pytest.mark.soak
KERNELS = pathlib.Path(__file__).parents[1] / "kernels"


def test_an_index_beyond_the_end_would_be_told(tmp_path):
    command = [sys.executable, "-c", CONTROL]
    run = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
    assert run.stdout == f"{TOLD}\n", run.stderr


def test_no_kernel_leaves_its_arrays(tmp_path):
    # Those of the CUDA text and of the compiler itself run no loop of Numba's, or count them.
    chosen = ["-k", "not cuda and not compil", "-m", "not soak", "-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", KERNELS, *chosen]
    run = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-5000:]
    assert any(tmp_path.rglob("*.nbi"))  # compiled here, with the checks in
