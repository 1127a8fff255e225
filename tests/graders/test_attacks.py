"""Notebooks that attack from outside: the other process, and the files that everybody needs.

Nothing in them is answered, so every point would be stolen.
"""

import csv
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from books import graded, notebook
from nbformat.v4 import new_code_cell
from walls import wall  # noqa: F401  a fixture

from exercises import ROOT

CHAPTER = "ch01-one-neuron"
ALL_RIGHT = """
from minidl_course import grading
from minidl_course.grading import channel, checks
class Yes:
    __getattr__ = __call__ = __getitem__ = lambda self, *args, **kwargs: Yes()
    __iter__ = lambda self: iter((Yes(), Yes()))
for name in [name for name in vars(checks) if not name.startswith("_")]:
    if callable(getattr(checks, name)) and name != "rng":
        setattr(checks, name, lambda *args, **kwargs: None)
channel.student = grading.student = Yes()
grading.patient = lambda *args: Yes()
"""
LOOKS_THROUGH_THE_PROCESSES = f"""
import os, pathlib, psutil
from jupyter_client import BlockingKernelClient
found = 0
for process in psutil.process_iter():
    try:
        line = process.cmdline()
        if process.pid == os.getpid() or "-f" not in line or process.ppid() != os.getppid():
            continue
        client = BlockingKernelClient()
        client.load_connection_file(line[line.index("-f") + 1])
        client.start_channels()
        client.execute({ALL_RIGHT!r}, reply=True, timeout=10)
        found += 1
    except Exception as error:
        print(type(error).__name__, error)
print("kernels that were changed:", found)
"""


def test_who_looks_for_the_process_that_holds_the_tests_finds_no_way_in(wall, tmp_path):  # noqa: F811
    book = notebook("exercises", CHAPTER)
    book.cells.insert(0, new_code_cell(LOOKS_THROUGH_THE_PROCESSES))
    row, told = graded(CHAPTER, {"eve": book}, tmp_path)["eve"]
    shown = nbformat.read(
        tmp_path / "course" / "autograded" / "eve" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4
    )
    assert row["total"] == 0, (row, told)
    assert "is not written yet" in told["loss"]
    assert "kernels that were changed: 0" in shown.cells[0].outputs[-1].text


WRITES_OVER_CHECKS = f"""
import pathlib
from minidl_course.grading import checks
with pathlib.Path(checks.__file__).open("a") as file:
    file.write({ALL_RIGHT!r})
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the course, which may be damaged."""
    folder = tmp_path_factory.mktemp("copy")
    nothing_compiled = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in ("minidl", "minidl_course", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=nothing_compiled)
    shutil.copytree(ROOT / "solutions" / CHAPTER, folder / "solutions" / CHAPTER)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder


@pytest.mark.graders
def test_who_writes_over_the_course_changes_nobodys_marks(wall, copy, tmp_path):  # noqa: F811
    before = (copy / "minidl_course/grading/checks.py").read_bytes()
    for student in ("a-eve", "b-next"):
        book = notebook("exercises", CHAPTER)
        if student == "a-eve":
            book.cells.insert(0, new_code_cell(WRITES_OVER_CHECKS))
        path = tmp_path / "in" / student / CHAPTER / f"{CHAPTER}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(book, path)
    command = [sys.executable, copy / "tools" / "grade.py", tmp_path / "in", tmp_path / "out"]
    done = subprocess.run(
        [*command, "-j", "1"],
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert f"isolation: {wall}" in done.stdout, done.stderr
    assert (copy / "minidl_course/grading/checks.py").read_bytes() == before
    with (tmp_path / "out" / "marks.csv").open(newline="", encoding="utf-8-sig") as file:
        eve, following = csv.DictReader(file)
    assert (eve["total"], following["total"]) in (("0.0", "0.0"), ("0", "0.0"))
    assert following["note"] == "" and following["of"] == "14.0"
    if wall == "none":
        assert "it changed minidl_course/grading/checks.py; that is put back" in eve["note"]
        assert (tmp_path / "out" / "changed").is_dir()
    else:
        page = (tmp_path / "out" / "feedback" / "a-eve" / f"{CHAPTER}.html").read_text()
        assert "Read-only file system" in page
