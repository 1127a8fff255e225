"""A notebook run in two kernels: what counts as passed, and what is left when it is over."""

import psutil
from nbformat.v4 import new_code_cell, new_notebook

from minidl_course.grading import apart
from minidl_course.grading.marks import collect

TEST = "from minidl_course.grading import checks, student\nchecks.equal('y', student.{}(1.0), 2.0)"


def test_cell(name, source=None, tags=()):
    data = {"grade": True, "solution": False, "grade_id": f"{name}-test", "points": 1}
    meta = {"nbgrader": data, "tags": [*tags]}
    return new_code_cell(source or TEST.format(name), metadata=meta)


test_cell.__test__ = False  # it makes one


def ran(folder, *cells, **options):
    """Run a notebook of these cells: from each question to (points, what the student is told)."""
    book = new_notebook(cells=[new_code_cell(c) if isinstance(c, str) else c for c in cells])
    apart.run(book, folder, **options)
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


def test_the_time_of_tests_is_not_counted_and_a_cell_that_came_too_late_is_named(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(apart, "NOTEBOOK_SECONDS", 2)
    told = ran(
        tmp_path,
        test_cell("slow", "import time\ntime.sleep(3)"),
        "def early(x): return 2 * x",
        test_cell("early"),
        "import time\ntime.sleep(2.5)",
        "def late(x): return 2 * x",
        test_cell("late"),
    )
    assert told["slow"] == told["early"] == (1, "")
    assert told["late"][0] == 0
    assert "`late` is not there" in told["late"][1]
    assert told["late"][1].endswith("(a cell was not run: those before it took 2 s)")


LEFT_BEHIND = """
import subprocess, sys
sleep = [sys.executable, "-c", "import time; time.sleep(600)", "{mark}"]
subprocess.Popen(sleep, start_new_session=True)
twice = f"import subprocess; subprocess.Popen({{sleep!r}}, start_new_session=True)"
subprocess.run([sys.executable, "-c", twice])
"""


def test_what_a_notebook_started_ends_with_it(tmp_path):
    ran(tmp_path, LEFT_BEHIND.format(mark=tmp_path), test_cell("any", "pass"))
    assert not [p for p in psutil.process_iter(["cmdline"]) if _has(p, str(tmp_path))]


def _has(process, mark):
    return mark in (process.info["cmdline"] or [])
