"""Files damaged at random places, a few of each kind; `make soak` tries thousands."""

import collections

import damaging
import numpy as np
import pytest

from minidl import models
from minidl.base import npz

CASES = 40
NAMES = ["weights.npz", "model.npz", "backup.npz", "zip.keras", "new.weights.h5", "old.h5"]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """(folder of sound files, {name: function that loads one})."""
    folder = tmp_path_factory.mktemp("sound")
    return folder, damaging.files(folder)


@pytest.mark.filterwarnings("ignore:.*NaN or infinity")  # numbers of HDF5, which has no checksum
@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_gives_the_same_arrays_or_one_clear_error(name, sound, tmp_path):
    folder, kinds = sound
    assert sorted(NAMES) == sorted(kinds)
    contents, read = (folder / name).read_bytes(), kinds[name]
    expected, rng = read(folder / name), np.random.default_rng(0)
    assert damaging.outcome(read, folder / name, expected) == "same"
    found = collections.Counter()
    for _ in range(CASES):
        (tmp_path / name).write_bytes(damaging.damaged(contents, rng))
        found[damaging.outcome(read, tmp_path / name, expected)] += 1
    assert found["refused"] > CASES / 4
    assert name.endswith(".h5") or found["other"] == 0


@pytest.mark.filterwarnings("ignore")  # of a learning rate of 1e308, say
def test_odd_facts_give_a_model_or_one_clear_error(sound, tmp_path):
    folder, kinds = sound
    arrays, facts = npz.load(folder / "model.npz", "model")
    expected, rng = models.load_model(folder / "model.npz").get_weights(), np.random.default_rng(0)
    found = collections.Counter()
    for _ in range(CASES):
        npz.save(tmp_path / "odd.npz", arrays, "model", damaging.odd(facts, rng))
        found[damaging.outcome(kinds["model.npz"], tmp_path / "odd.npz", expected)] += 1
    assert found["refused"] > CASES / 4 and found["other"] == 0
