"""A repository in a folder with blanks and letters beyond ASCII, where nobody's locale is UTF-8."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = "mein Kürs ✓"
SHOWING = """#!/bin/sh
printf '%s\\n' "$(basename "$0")" "$NUMBA_CACHE_DIR" "$@" >> said
"""
PROGRAM = """
import pathlib
import numpy as np
from minidl import Sequential, kernels, models
from minidl.datasets import files
from minidl.layers import Dense

import minidl
here = pathlib.Path.cwd()
assert pathlib.Path(minidl.__file__).parent.parent == here, minidl.__file__
y = kernels.load("numba").relu.forward(np.array([[-1.0, 2.0]], "f4"))
assert y.tolist() == [[0.0, 2.0]]
model = Sequential([Dense(2, input_shape=(3,))], seed=0)
model.compile("sgd", "mse", backend="numpy")
model.save(here / "ein Mödell.npz")
assert models.load_model(here / "ein Mödell.npz").count_params() == 8
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / FOLDER).mkdir()
    return tmp_path / FOLDER


@pytest.mark.skipif(
    not sys.prefix.isascii(),
    reason="with LC_ALL=C, Python cannot read the .pth file of an environment below an umlaut",
)
def test_the_package_and_the_cache_of_its_kernels(folder):
    shutil.copytree(ROOT / "minidl", folder / "minidl", ignore=lambda *_: ["__pycache__"])
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
    kept |= {"PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "ein Cäche"), "LC_ALL": "C"}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "program.py"], cwd=folder, env=kept, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        times = {path: path.stat().st_mtime_ns for path in (folder / "ein Cäche").rglob("*.nbc")}
        assert times
    found = {path: path.stat().st_mtime_ns for path in (folder / "ein Cäche").rglob("*.nbc")}
    assert found == times  # the second process has compiled nothing


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("target", "said"),
    [
        (["test", "ARGS=-k dense"], ["pytest", "-n", "auto", "-k", "dense"]),
        (["notebooks", "CH=02"], ["python", "tools/notebooks.py", "notebooks/02-zwei.ipynb"]),
        (["check", "CH=04", "Q=tied"], ["python", "tools/check.py", "04", "--question", "tied"]),
        (
            ["grade", "SUBMISSIONS=die Abgaben", "MARKS=die Nöten"],
            ["python", "tools/grade.py", "die Abgaben", "die Nöten"],
        ),
    ],
)
def test_what_make_starts_gets_its_arguments(target, said, folder):
    for name in ("pyproject.toml", "requirements.lock", "Makefile"):
        shutil.copy(ROOT / name, folder)
    for name in ("minidl/kernels", "minidl_course/games", "notebooks", ".venv/bin"):
        (folder / name).mkdir(parents=True)
    (folder / "notebooks" / "02-zwei.ipynb").write_text("")
    for name in ("python", "pytest"):
        (folder / ".venv/bin" / name).write_text(SHOWING)
        (folder / ".venv/bin" / name).chmod(0o755)
    for name in (".needed", ".installed"):
        (folder / ".venv" / name).write_text("")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFL"))}
    for name in ("NUMBA_CACHE_DIR", "ARGS"):  # an outer make exports the ARGS that it was given
        kept.pop(name, None)
    done = subprocess.run(["make", *target], cwd=folder, env=kept, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = (folder / "said").read_text(encoding="utf-8").splitlines()
    cache = str(folder / ".numba_cache")
    name, *arguments = said
    assert lines[-len(arguments) - 2 :] == [name, cache, *arguments]
    warmups = [f"{part}.warmup" for part in ("minidl.kernels", "minidl_course.games")]
    assert all(
        ["python", cache, "-m", w] == lines[(i := lines.index(w) - 3) : i + 4] for w in warmups
    )
    assert (folder / ".venv/.ready").exists()
