"""kill -9 at a few random moments, under a save and under a download; tests/soak has many."""

import sys

import killing
import pytest

from minidl.datasets import mnist

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it forks, which is safe on Linux")
KILLS = 8


def test_saving_that_is_killed_leaves_a_version_and_no_rest(tmp_path):
    seen = killing.run("save", tmp_path, KILLS)
    assert seen["names"] == ["model.npz"]
    assert seen["versions"] > 1  # killed at different moments


def test_a_download_that_is_killed_leaves_nothing_that_is_taken_for_the_file(tmp_path):
    with killing.served() as address:
        seen = killing.run("download", tmp_path, KILLS, address)
    assert seen["names"] == sorted(mnist.FILES)
    assert seen["cut"] > 1 and seen["left"] > 0  # killed at work, and something was left
