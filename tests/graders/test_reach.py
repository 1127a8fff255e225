"""What a student's code reaches besides its own folder, how long it computes, what it leaves."""

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from books import graded, part
from nbformat.v4 import new_code_cell, new_notebook
from walls import wall  # noqa: F401  a fixture

from minidl_course.grading import apart, bounded, remains
from minidl_course.grading.marks import collect

CHAPTER, QUESTIONS = "ch01-one-neuron", ("loss", "walk")
TEST = "from minidl_course.grading import checks, student\nchecks.equal('y', student.{}(1.0), 2.0)"
RIGHT = "def right(x): return 2 * x\n"


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder for all temporary files of a test, where nothing may be left in the end."""
    with remains.folder() as folder:  # a short name, unlike `tmp_path`: so is a socket's path
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)
        assert [*Path(folder).iterdir()] == []


def ran(folder, source, *tests, seconds=apart.CELL_SECONDS):
    """Run a cell and these tests; a name stands for a test of that function.

    Returns:
        a list of (points, what the student is told).
    """
    cells = [new_code_cell(source)]
    for number, test in enumerate(tests):
        data = {"grade": True, "solution": False, "points": 1, "grade_id": f"{number}-test"}
        source = TEST.format(test) if test.isidentifier() else test
        cells.append(new_code_cell(source, metadata={"nbgrader": data}))
    book = new_notebook(cells=cells)
    apart.run(book, folder, cell_seconds=seconds, somebody_elses=True)
    return [(mark.points, mark.message) for mark in collect(book)]


LOOKS_FOR_TESTS = """
import os, sys
known = ("/proc", "/sys", "/dev", "/usr", sys.prefix, sys.base_prefix)
def looks_into(top):
    for top, folders, names in os.walk(top):
        folders[:] = [name for name in folders if not os.path.join(top, name).startswith(known)]
        yield from (os.path.join(top, name) for name in names)
print("here", os.listdir("."))
for path in looks_into({top!r}):
    if path.endswith((".ipynb", ".db")):
        print("found", path)
        print(open(path, errors="replace").read().replace("\\\\n", "\\n"))
"""


def test_hidden_tests_are_not_where_a_student_works(wall, tmp_path):  # noqa: F811
    """What is found would be printed, and so stand on the page, where `graded` looks for it."""
    book = part("exercises", CHAPTER, QUESTIONS)
    top = "/" if wall == "bubblewrap" else "."
    book.cells.insert(0, new_code_cell(LOOKS_FOR_TESTS.format(top=top)))
    model = part("solutions", CHAPTER, QUESTIONS)
    row, told = graded(CHAPTER, {"eve": book}, tmp_path, model=model)["eve"]
    assert row["total"] == 0, (row, told)
    file = tmp_path / "course" / "autograded" / "eve" / CHAPTER / f"{CHAPTER}.ipynb"
    assert nbformat.read(file, as_version=4).cells[0].outputs[0].text == "here []\n"


WARNS = """
from minidl_course.grading import student
import numpy as np
np.float64("inf") - student.right(np.float64("inf"))
"""


def test_a_warning_shows_no_line_of_a_test(tmp_path):
    told = ran(tmp_path, RIGHT, WARNS)
    assert told == [(0, "a warning: RuntimeWarning: invalid value encountered in scalar subtract")]


BRACKETS = 1_000_000


def test_an_error_of_many_characters_is_read_in_a_short_time(tmp_path):
    """A pattern looked through all of it again for each bracket: at a million, half an hour."""
    start = time.process_time()
    ((points, told),) = ran(tmp_path, f"right = None\nraise ValueError({BRACKETS} * '(')", "left")
    assert points == 0 and "`left` is not there" in told
    assert time.process_time() - start < 60


def test_what_a_notebook_shows_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(bounded, "MAX_OUTPUTS", 1000)
    sources = (
        *(f"print({number}, 300 * 'y')" for number in range(5)),
        "raise ValueError(9000 * 'z')",
    )
    book = new_notebook(cells=[new_code_cell(source) for source in sources])
    apart.run(book, tmp_path, somebody_elses=True)
    shown = [[output.output_type for output in cell.outputs] for cell in book.cells]
    assert shown[:2] == [["stream"], ["stream"]] and shown[4:] == [[], ["error"]]
    (error,) = book.cells[-1].outputs
    assert len(error.evalue) == bounded.MAX_ERROR
    assert error.traceback == [f"ValueError: {error.evalue}"]


OPEN = """
import os
def files(x):
    links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return 2.0 + sum(os.path.isfile(link) for link in links)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
@pytest.mark.usefixtures("wall")
def test_the_log_of_whoever_grades_is_not_open_to_a_student(tmp_path):
    kept = os.dup(2)
    with (tmp_path / "log").open("w+") as log:
        os.dup2(log.fileno(), 2)
        try:
            assert ran(tmp_path, OPEN, "files") == [(1, "")]
        finally:
            os.dup2(kept, 2)
            os.close(kept)


PIPE = """
import os
place = os.path.join(os.environ["IPYTHONDIR"], "connection.json")
os.remove(place), os.mkfifo(place)
"""


@pytest.mark.usefixtures("wall", "temporary")
def test_a_pipe_in_place_of_a_file_stalls_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "RUN_SECONDS", 60)
    assert ran(tmp_path, RIGHT + PIPE, "right") == [(1, "")]


CHILD = """
import os, resource, subprocess, sys, psutil
def computes(x):
    subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True).wait()
def right(x):
    [os.waitpid(p.pid, 0) for p in psutil.Process().children() if p.status() == "zombie"]
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    return 2.0 if used < 15 and not psutil.Process().children() else f"{used} s"
"""
# To kill is to ask for the end, which may come later.
KILLS_LATE = """
import threading, psutil
kill = psutil.Process.kill
psutil.Process.kill = lambda process: threading.Timer(1, kill, [process]).start()
"""


@pytest.mark.usefixtures("wall", "temporary")
def test_what_a_child_computes_counts_and_the_child_ends_with_its_call(tmp_path, monkeypatch):
    monkeypatch.setenv("MINIDL_CALL_SECONDS", "3")
    _, (computes, told), right = ran(tmp_path, CHILD, KILLS_LATE, "computes", "right")
    assert computes == 0 and "computes used more than 3 s of processor time" in told
    assert right == (1, ""), "30 s if it was stopped by the clock, and not for its work"


DEEP = """
import os
os.makedirs("a/b")
for name in ("a/b", "a"):
    os.chmod(name, 0)
for _ in range(3000):
    os.mkdir("deep" * 5)
    os.chdir("deep" * 5)
"""


@pytest.mark.usefixtures("wall", "temporary")
def test_no_tree_is_too_deep_to_be_removed(tmp_path):
    assert ran(tmp_path, RIGHT + DEEP, "right") == [(1, "")]


# It ends by itself, so that a test which fails ends, too.
WRITES = """
import os, subprocess, sys, time
program = '''
import itertools, os, sys, time
place, end = sys.argv[1], time.time() + 30
for number in itertools.count():
    if time.time() > end or not os.path.isdir(place):
        break
    os.makedirs(os.path.join(place, f"own{number % 100}", str(number)), exist_ok=True)
'''
place = os.environ["IPYTHONDIR"]
subprocess.Popen([sys.executable, "-c", program, place], start_new_session=True)
while not os.path.isdir(os.path.join(place, "own99")):
    time.sleep(0.1)
"""


@pytest.mark.usefixtures("wall", "temporary")
def test_who_goes_on_writing_is_ended_before_folders_are_removed(tmp_path):
    assert ran(tmp_path, RIGHT + WRITES, "right") == [(1, "")]


SLEEPS = "import time\ndef sleeps(x): time.sleep(600)"


@pytest.mark.usefixtures("wall", "temporary")
def test_a_notebook_that_only_waits_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "RUN_SECONDS", 15)
    start = time.monotonic()
    marks = ran(tmp_path, SLEEPS, "sleeps", "sleeps")
    assert [points for points, _ in marks] == [0, 0]
    assert all("the notebook took longer than 15 s in all" in told for _, told in marks), marks
    assert time.monotonic() - start < 500  # of the 600 that it would sleep


@pytest.mark.usefixtures("temporary")
def test_what_was_started_by_a_process_that_is_ended_ends_and_nothing_is_left(
    tmp_path, monkeypatch
):
    """Without a wall a student's code can end it."""
    monkeypatch.setenv("MINIDL_ISOLATION", "none")
    book = part("exercises", CHAPTER, QUESTIONS)
    sleeps = [sys.executable, "-c", "import time; time.sleep(600)", str(tmp_path)]
    start = f"import subprocess\nsubprocess.Popen({sleeps!r}, start_new_session=True)"
    book.cells.insert(0, new_code_cell(f"{start}\nimport os\nos.kill(os.getppid(), 9)"))
    row, _ = graded(CHAPTER, {"eve": book}, tmp_path)["eve"]
    assert "was killed by signal 9" in row["note"], row
    assert not [p for p in psutil.process_iter(["cmdline"]) if _has(p, str(tmp_path))]


def _has(process, mark):
    return mark in (process.info["cmdline"] or [])
