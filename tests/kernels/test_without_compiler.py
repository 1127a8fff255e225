"""With NUMBA_DISABLE_JIT=1 a reader steps through a kernel: it trains, to the same weights."""

import os
import pathlib
import subprocess
import sys
from unittest.mock import patch

import numpy as np
import without_compiler

from minidl.kernels.conv2d import winograd

PROGRAM = pathlib.Path(without_compiler.__file__)


def test_every_loop_runs_in_python_and_agrees_with_the_compiled_one(tmp_path):
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "NUMBA_NUM_THREADS": "2"}
    command = [sys.executable, "-W", "error", PROGRAM, tmp_path / "in_python.npz"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stderr
    with patch.object(winograd, "kernel_gradient", wraps=winograd.kernel_gradient) as taken:
        without_compiler.main(tmp_path / "compiled.npz")
    assert taken.called  # by the network of that name
    found, expected = (np.load(tmp_path / f"{name}.npz") for name in ("in_python", "compiled"))
    assert found.files == expected.files and len(expected.files) > 40
    for name in expected.files:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-3, atol=1e-4, err_msg=name)


def test_a_reader_can_stop_in_a_loop():
    program = """
import sys
import numpy as np
from minidl import kernels
from minidl.kernels.lstm import cpu
lines = []
def watch(frame, event, argument):
    if frame.f_code.co_filename == cpu.__file__:
        lines.append(frame.f_code.co_name)
    return watch
ops, z = kernels.load("numba"), np.zeros
sys.settrace(watch)
ops.lstm.forward(z((1, 2, 1)), z((1, 8)), z((2, 8)), z(8), z((1, 2)), z((1, 2)), None, None)
sys.settrace(None)
print(sorted(set(lines)))
"""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stderr
    assert "_forward" in run.stdout
