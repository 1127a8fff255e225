"""OpenBLAS's threads beside those of the kernels: sent to sleep, and never under a product."""

import os
import subprocess
import sys

import pytest

# NumPy comes first, so that nobody has told OpenBLAS anything; `ticks` asks what it was told.
BEGIN = """
import ctypes, pathlib, threading
import numpy as np
from minidl.kernels.common import blas, threads
maps = pathlib.Path("/proc/self/maps")
lines = maps.read_text().splitlines() if maps.exists() else []
paths = {line.split(maxsplit=5)[-1] for line in lines if "openblas" in line}
found = [getattr(ctypes.CDLL(path), "openblas_thread_timeout", None) for path in paths]
if not any(found):
    raise SystemExit
def ticks(): return [ask() for ask in found if ask]
a, over = np.ones((600, 600)), threading.Event()
"""


def said(program, seconds=60):
    """What a program prints after BEGIN, in a process on which no number of threads is imposed."""
    left = ("OPENBLAS_NUM_THREADS", "OPENBLAS_THREAD_TIMEOUT", "NUMBA_NUM_THREADS")
    environment = {k: v for k, v in os.environ.items() if k not in left}
    run = [sys.executable, "-c", BEGIN + program]
    printed = subprocess.check_output(run, text=True, env=environment, timeout=seconds)
    if not printed:
        pytest.skip("this NumPy has no OpenBLAS that can be told")
    return printed.split()


def test_the_first_kernel_on_many_threads_sends_those_of_openblas_to_sleep():
    program = "a @ a; print(*ticks()); threads._pool(); assert (a @ a == 600).all(); "
    numbers = said(program + "print(*ticks())")
    half = len(numbers) // 2
    assert set(numbers[:half]) == {"0"} and set(numbers[half:]) == {"4"}


# A thread that could be in a product: whether it is in one at this moment nobody knows, so a test
# that waits for the hang sees it now and then. What is decided can be asked every time.
BESIDE = """
other = threading.Thread(target=over.wait)
other.start()
threads._pool()
print(*ticks())
over.set(); other.join()
print(min(1, blas.let_threads_sleep()), *ticks())
"""


def test_beside_another_thread_nobody_ends_those_of_openblas():
    found = said(BESIDE)
    half = (len(found) - 1) // 2
    assert set(found[:half]) == {"0"}  # not told: whoever is told is ended first
    assert found[half] == "1" and set(found[half + 1 :]) == {"4"}  # told, as soon as it is alone


HANGS = """
def multiply():
    while not over.is_set(): a @ a
other = threading.Thread(target=multiply)
other.start()
threads._pool()
over.set(); other.join()
print((a @ a == 600).all())
"""


def test_matrix_products_in_one_thread_do_not_hang_while_another_starts_a_kernel():
    assert said(HANGS) == ["True"]
