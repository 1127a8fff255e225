"""No index leaves its array, in the kernels whose indices are the hardest: NUMBA_BOUNDSCHECK=1.

What is compiled with the checks in goes to a cache of its own. `make soak` has all kernels.
"""

import os
import pathlib
import subprocess
import sys

import within_bounds

# Numba reads the variable once, so this is the same question in the same process.
CONTROL = """
import numba, numpy as np, sys
@numba.njit
def read(a, i): return a[i]
try:
    read(np.zeros(3), 3)
except IndexError as error:
    print(error)
import within_bounds
within_bounds.main()
"""


def test_no_kernel_leaves_its_arrays_at_odd_sizes(tmp_path):
    paths = [str(pathlib.Path(within_bounds.__file__).parent), os.environ.get("PYTHONPATH", "")]
    told = {"NUMBA_NUM_THREADS": "2", "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    told |= {"NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_BOUNDSCHECK": "1"}
    command = [sys.executable, "-c", CONTROL]
    run = subprocess.run(command, env=os.environ | told, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    first, *names = run.stdout.splitlines()
    assert first == "index is out of bounds"  # so it would be told
    assert names == list(within_bounds.CASES)
    assert any(tmp_path.rglob("*.nbi"))  # compiled here, with the checks in
