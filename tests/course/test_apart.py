"""A notebook run in two kernels: what counts as passed, and what is left when it is over."""

import json
import socket
import sys
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from walls import wall  # noqa: F401  a fixture

from minidl_course.grading import apart, bounded, isolation
from minidl_course.grading.marks import collect

TEST = "from minidl_course.grading import checks, student\nchecks.equal('y', student.{}(1.0), 2.0)"


def test_cell(name, source=None, tags=()):
    data = {"grade": True, "solution": False, "grade_id": f"{name}-test", "points": 1}
    meta = {"nbgrader": data, "tags": [*tags]}
    return new_code_cell(source or TEST.format(name), metadata=meta)


test_cell.__test__ = False  # it makes one


def ran(folder, *cells, **options):
    """Run a notebook of these cells: from each question to (points, what the student is told).

    Behind the wall that the fixture of this name chose, where a test has it.
    """
    book = new_notebook(cells=[new_code_cell(c) if isinstance(c, str) else c for c in cells])
    apart.run(book, folder, **{"somebody_elses": True, **options})
    return {mark.question: (mark.points, mark.message) for mark in collect(book)}


SILENT = """
def surrogate(x): raise ValueError("\\ud800")
def endless(x): raise ValueError("y" * 3_000_000)
class Named(type): __name__ = property(lambda self: "\\udfff")
class A(Exception, metaclass=Named): pass
def named(x): raise A("x")
def right(x): return 2 * x
def wrong(x): return 3 * x
"""


@pytest.mark.usefixtures("wall")
def test_no_error_is_lost_on_its_way(tmp_path):
    """A test that fails without a word has failed."""
    unsayable = "raise ValueError('\\ud800')"
    told = ran(
        tmp_path,
        SILENT,
        test_cell("surrogate"),
        test_cell("endless"),
        test_cell("named"),
        test_cell("wrong", tags=["skip-execution"]),
        test_cell("unsayable", unsayable),
        test_cell("right"),
    )
    assert told.pop("right") == (1, "")
    assert {points for points, _ in told.values()} == {0}, told
    assert told["surrogate"][1].startswith("surrogate raised ValueError: ?, in the line `def surr")
    assert 500 < len(told["endless"][1]) < 800
    assert told["named"][1].startswith("named raised ?: x")
    assert "this test did not run to its end" in told["wrong"][1]
    assert "this test did not run to its end" in told["unsayable"][1]


@pytest.mark.parametrize("seconds", [bounded.HEARING_OUT, 0])  # on a busy machine: next to none
def test_many_calls_leave_room_for_what_the_next_cell_shows(seconds, tmp_path, monkeypatch):
    """What a function shows in a call is heard by nobody, and no queue overflows for it."""
    monkeypatch.setattr(bounded, "HEARING_OUT", seconds)
    many = "from minidl_course.grading import student\nfor _ in range(1500):\n    student.f(1.0)"
    defined, shows = map(new_code_cell, ("def f(x): display(x), display(x)", "print('heard')"))
    book = new_notebook(cells=[defined, test_cell("f", many), shows])
    apart.run(book, tmp_path, somebody_elses=True)
    assert [output.text for output in shows.outputs] == ["heard\n"]


def test_the_time_of_tests_is_not_counted_and_a_cell_that_came_too_late_is_named(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(apart, "NOTEBOOK_SECONDS", 8)
    told = ran(
        tmp_path,
        test_cell("slow", "import time\ntime.sleep(9)"),
        "def early(x): return 2 * x",
        test_cell("early"),
        "import time\ntime.sleep(8.5)",
        "def late(x): return 2 * x",
        test_cell("late"),
    )
    assert told["slow"] == told["early"] == (1, "")
    assert told["late"][0] == 0
    assert "`late` is not there" in told["late"][1]
    assert told["late"][1].endswith("(a cell was not run: those before it took 8 s)")


ENDS = """
import os, time
def ends(x): os._exit(1)
def right(x): return 2 * x
def slow(x): time.sleep(x)
"""
AFTERWARDS = """
from minidl_course.grading import Wrong, student
try:
    student.ends(1.0)
except Wrong:
    student.right(1.0)
"""
PAUSES = """
import time
from minidl_course.grading import checks, student
for pause in (0, 0.01, 0.02, 0.021, 0.022, 0.03, 0.1):
    time.sleep(pause)
    checks.equal("y", student.right(pause), 2 * pause)
    student.slow(pause)
"""


@pytest.mark.usefixtures("wall")
def test_a_process_that_has_ended_is_not_waited_for_and_a_pause_ends_nothing(tmp_path):
    told = ran(tmp_path, ENDS, test_cell("pauses", PAUSES), test_cell("ends", AFTERWARDS))
    assert told["pauses"] == (1, "")
    assert told["ends"][0] == 0 and "has ended" in told["ends"][1]


LEFT_BEHIND = """
import subprocess, sys
sleep = [sys.executable, "-c", "import time; time.sleep(600)", "{mark}"]
subprocess.Popen(sleep, start_new_session=True)
twice = f"import subprocess; subprocess.Popen({{sleep!r}}, start_new_session=True)"
subprocess.run([sys.executable, "-c", twice])
"""


@pytest.mark.usefixtures("wall")
def test_what_a_notebook_started_ends_with_it(tmp_path):
    ran(tmp_path, LEFT_BEHIND.format(mark=tmp_path), test_cell("any", "pass"))
    assert not [p for p in psutil.process_iter(["cmdline"]) if _has(p, str(tmp_path))]


def _has(process, mark):
    return mark in (process.info["cmdline"] or [])


LOOKS_AROUND = """
import os, pathlib, socket
def processes(): return len([name for name in os.listdir("/proc") if name.isdigit()])
def readable(path): return os.access(path, os.R_OK)
def writable(path):
    try:
        with open(path, "a") as file: file.write("x")
    except OSError: return False
    return True
def connected(path):
    try: socket.create_connection(("127.0.0.1", int(path)), timeout=5).close()
    except OSError: return False
    return True
def environment(): return " ".join(sorted(os.environ))
def folder(): return " ".join([os.getcwd(), *sorted(os.listdir("."))])
"""


def facts(names, folder):
    """What the student's process finds out: from each call to its result."""
    cell = "import json\nfrom minidl_course.grading import student\nprint(json.dumps([{}]))"
    calls = ", ".join(f"student.{name}" for name in names)
    cells = [new_code_cell(LOOKS_AROUND), test_cell("all", cell.format(calls))]
    book = new_notebook(cells=cells)
    apart.run(book, folder, somebody_elses=True)
    return dict(zip(names, json.loads(book.cells[1].outputs[0].text)))


def test_what_is_seen_from_behind_the_wall(wall, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("PASSWORD_OF_THE_TEACHER", "x")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "data.txt").write_text("1")
    (tmp_path / "others.txt").write_text("1")
    package, others = Path(apart.__file__), tmp_path / "others.txt"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        solutions = f"readable({str(package.parents[2] / 'solutions')!r})"
        names = [f"readable({str(package)!r})", f"readable({str(others)!r})", solutions]
        names += [f"connected({port!r})", f"writable({str(package.parent)!r} + '/new.txt')"]
        names += [f"writable({str(others)!r})", "writable('new.txt')"]
        names += ["processes()", "environment()", "folder()"]
        *seen, environment, files = facts(names, tmp_path / "in").values()
    if wall == "bubblewrap":
        assert seen == [True, False, False, False, False, False, True, 2]
    else:
        (package.parent / "new.txt").unlink()
        assert seen[:-1] == [True] * 7 and seen[-1] > 2
    there = wall == "none"
    assert ("PASSWORD_OF_THE_TEACHER" in environment) == there
    place, *names = files.split()
    assert names == ["data.txt", "new.txt"] and not Path(place).exists()  # it works in a copy
    assert others.read_text() == "1" + "x" * there
    assert not (tmp_path / "in" / "new.txt").exists()


LISTENS_TO_NOTHING = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
def right(x): return 2 * x
def endless(x):
    while True: pass
"""


@pytest.mark.usefixtures("wall")
def test_a_call_that_never_ends_is_stopped_and_what_follows_still_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("MINIDL_CALL_SECONDS", "2")
    endless = "def endless(x):\n    while True: pass\ndef right(x): return 2 * x"
    told = ran(
        tmp_path,
        endless,
        test_cell("endless"),
        "while True: pass",
        test_cell("right"),
        cell_seconds=3,
    )
    assert "endless used more than 2 s of processor time" in told["endless"][1]
    assert told["right"] == (1, "")


@pytest.mark.usefixtures("wall")
def test_a_process_that_does_not_listen_is_ended(tmp_path, monkeypatch):
    monkeypatch.setenv("MINIDL_CALL_SECONDS", "2")
    told = ran(tmp_path, LISTENS_TO_NOTHING, test_cell("right"), test_cell("endless"))
    assert told["right"] == (1, "")
    assert "endless used more than 2 s" in told["endless"][1]


def test_whether_there_is_a_wall_is_tried_and_not_guessed(tmp_path, monkeypatch):
    def why(script=None, setting=""):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        if script:
            (folder / "bwrap").write_text(f"#!/bin/sh\n{script}\n")
            (folder / "bwrap").chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        monkeypatch.setenv(isolation.VARIABLE, setting)
        isolation.missing.cache_clear()
        try:
            return isolation.missing(), isolation.sentence()
        finally:
            isolation.missing.cache_clear()

    assert why(setting="none")[0] == "it is switched off"
    if not sys.platform.startswith("linux"):
        assert why()[0] == "bubblewrap is for Linux only"
        return
    reason, told = why()
    assert reason == "bubblewrap is not installed (apt install bubblewrap)"
    assert told.startswith(f"isolation: none, {reason}. A student's code runs as you: it can read")
    denied = "echo 'bwrap: No permissions to create new namespace' >&2; exit 1"
    assert "not permitted here (bwrap: No permissions to create" in why(denied)[0]
    assert why("exit 0")[0] == ""
    assert why("exit 0")[1].startswith("isolation: bubblewrap. ")
    with pytest.raises(RuntimeError, match="MINIDL_ISOLATION=bubblewrap, and bubblewrap is not in"):
        why(setting="bubblewrap")
