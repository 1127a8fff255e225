"""Training in two threads, in a forked and a spawned process, and on any number of threads."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import side_by_side

PROGRAM = pathlib.Path(side_by_side.__file__)
HANGS = 900  # seconds, of what takes two to five on a quiet machine


def _run(way, threads=2):
    counts = dict.fromkeys(("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    command = [sys.executable, PROGRAM, way]
    run = subprocess.run(
        command, env=os.environ | counts, capture_output=True, text=True, timeout=HANGS
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()[-1].split()  # behind what the compiler may have said


@pytest.fixture(scope="module")
def alone():
    """The checksums of two networks that were trained one after the other."""
    first, second = _run("alone")
    assert first != second
    return [first, second]


def test_two_threads_train_two_networks_as_one_after_the_other(alone):
    for _ in range(2):  # they begin at the same moment, as does what both of them load
        assert _run("threads") == alone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_process_forked_after_training_has_begun_trains(alone):
    assert _run("fork") == alone


def test_a_spawned_process_trains(alone):
    assert _run("spawn") == alone


def test_any_number_of_threads_gives_the_same_losses():
    losses = [np.array(_run("numbers", threads), float) for threads in (1, 2, 8)]
    assert np.isfinite(losses[0]).all() and len(losses[0]) == 2
    for found in losses[1:]:
        np.testing.assert_allclose(found, losses[0], rtol=1e-5)
