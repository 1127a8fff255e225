"""kill -9 at random moments: training goes on bit for bit, and a file is the old one or the new."""

import pathlib
import random
import signal
import subprocess
import sys
import time

import killing
import numpy as np
import pytest
import resumed_program

from minidl import models
from minidl.base import folders, npz
from minidl.datasets import mnist

pytestmark = pytest.mark.soak
TRAINING = pathlib.Path(resumed_program.__file__)
KILLS, OF_FORKS = 25, 500
FORKS = pytest.mark.skipif(sys.platform != "linux", reason="it forks, which is safe on Linux")
SAVING = """
import sys
import numpy as np
from minidl import Sequential, layers
model = Sequential([layers.Dense(300, input_shape=(300,)), layers.Dense(300)], seed=0)
model.compile("adam", "mse")
for number in range(10**6):
    model.set_weights([np.full_like(w, number) for w in model.get_weights()])
    model.save(sys.argv[1])
    if number == 1:
        print("begun", flush=True)
"""


def _killed_after(command, seconds):
    """Run a program, kill it after so many seconds; return whether it had ended before."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return False
    assert process.returncode == 0, errors
    return True


@pytest.mark.parametrize("network", ["row", "graph"])
def test_training_killed_at_random_ends_with_the_same_bits(network, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir(), killed.mkdir()
    start = time.perf_counter()
    assert _killed_after([sys.executable, TRAINING, whole, "7", "never", network], 600)
    took = time.perf_counter() - start
    command = [sys.executable, TRAINING, killed, "7", "never", network]
    moments = random.Random()
    kills = 0
    while not _killed_after(command, moments.uniform(0.2, 0.9) * took if kills < KILLS else 600):
        kills += 1
    print(f"{kills} kills")
    for name in ("log.csv", "history.json"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()
    for name, kind in (("end.npz", "weights"), ("best.npz", "model"), ("last.npz", "model")):
        (here, _), (there, _) = (npz.load(folder / name, kind) for folder in (killed, whole))
        assert here.keys() == there.keys()
        assert all(here[key].tobytes() == there[key].tobytes() for key in here)
    assert list((killed / "backup").iterdir()) == []


def test_a_file_whose_saving_was_killed_is_one_of_its_versions(tmp_path):
    path, moments, versions = tmp_path / "model.npz", random.Random(), set()
    for _ in range(KILLS):
        command = [sys.executable, "-c", SAVING, path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "begun\n"
            time.sleep(moments.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)
        numbers = {float(n) for w in models.load_model(path).get_weights() for n in np.unique(w)}
        assert len(numbers) == 1
        versions |= numbers
    assert len(versions) > 1  # it was killed at different moments
    time.sleep(folders.MOMENT + 0.1)  # what is younger may belong to somebody who saves now
    models.load_model(path).save(path)
    assert list(tmp_path.iterdir()) == [path]


@FORKS
def test_saving_that_is_killed_hundreds_of_times(tmp_path):
    seen = killing.run("save", tmp_path, OF_FORKS)
    print(seen)
    assert seen["names"] == ["model.npz"] and seen["versions"] > OF_FORKS / 4


@FORKS
def test_downloads_that_are_killed_hundreds_of_times(tmp_path):
    with killing.served() as address:
        seen = killing.run("download", tmp_path, OF_FORKS, address)
    print(seen)
    assert seen["names"] == sorted(mnist.FILES)
    assert seen["cut"] > OF_FORKS / 4 and seen["left"] > 0
