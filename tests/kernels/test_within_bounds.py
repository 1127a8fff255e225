"""No index leaves its array, in the kernels whose indices are the hardest: NUMBA_BOUNDSCHECK=1.

What is compiled with the checks in goes to a cache of its own. `make soak` has all kernels.
"""

import os
import pathlib
import subprocess
import sys

import pytest
import within_bounds

from minidl.kernels.conv2d import cpu, reference

CONVOLUTIONS = [name for name in within_bounds.CASES if name.startswith("conv2d, ")]


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_convolution_goes_the_way_of_its_name(name):
    _, x, w, *options = within_bounds.CASES[name]
    way = cpu.method(reference.forward(x, w, *options), w.shape, *options)
    assert name == f"conv2d, {way}"


def test_no_kernel_leaves_its_arrays_at_odd_sizes(tmp_path):
    paths = [str(pathlib.Path(within_bounds.__file__).parent), os.environ.get("PYTHONPATH", "")]
    told = within_bounds.environment(tmp_path)
    told["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    program = f"{within_bounds.CONTROL}\nimport within_bounds; within_bounds.main()"
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, env=told, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    first, *names = run.stdout.splitlines()
    assert first == within_bounds.TOLD
    assert names == list(within_bounds.CASES)
    assert any(tmp_path.rglob("*.nbi"))  # compiled here, with the checks in
