"""Thousands of damaged files, in processes of their own: a crash of a library would be seen.

MINIDL_SOAK_FILES says how many of each kind; the seed is new in each run, and told.
"""

import collections
import multiprocessing
import os
import pathlib
import secrets
import time
import warnings

import damaging
import numpy as np
import pytest

from minidl.base import npz

pytestmark = pytest.mark.soak

CASES = int(os.environ.get("MINIDL_SOAK_FILES", "2000"))
SECONDS = 10.0  # of processor time for one file
NAMES = ["weights.npz", "model.npz", "backup.npz", "zip.keras", "new.weights.h5", "old.h5", "odd"]


def attack(name, folder, seed, cases, told):
    """Load `cases` damaged files of a kind; put the count of outcomes into the queue `told`."""
    warnings.simplefilter("ignore")
    folder, rng = pathlib.Path(folder), np.random.default_rng(seed)
    kinds, found = damaging.files(folder), collections.Counter()
    sound, path = folder / ("model.npz" if name == "odd" else name), folder / f"damaged-{name}.npz"
    path = path if name == "odd" else path.with_suffix("".join(sound.suffixes))
    contents, read = sound.read_bytes(), kinds[sound.name]
    expected, model = read(sound), npz.load(folder / "model.npz", "model")
    for case in range(cases):
        if name == "odd":
            npz.save(path, model[0], "model", damaging.odd(model[1], rng))
        else:
            path.write_bytes(damaging.damaged(contents, rng))
        start = time.process_time()
        try:
            found[damaging.outcome(read, path, expected)] += 1
        except AssertionError as error:
            told.put(f"case {case}: {error}")
            return
        if time.process_time() - start > SECONDS:
            told.put(f"case {case} took more than {SECONDS} s")
            return
    told.put(dict(found))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_one_clear_error(name, tmp_path):
    seed, together = secrets.randbits(32), multiprocessing.get_context("spawn")
    told = together.SimpleQueue()
    process = together.Process(target=attack, args=(name, str(tmp_path), seed, CASES, told))
    process.start()
    process.join()
    assert process.exitcode == 0, f"seed {seed}: ended with {process.exitcode}"
    found = told.get()
    assert isinstance(found, dict), f"seed {seed}, {found}"
    print(f"{name}, seed {seed}: {found}")
    assert found["refused"] > CASES / 4
    assert name.endswith(".h5") or not found.get("other")
