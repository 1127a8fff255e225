"""Notebooks whose code reaches for the grading itself: its gradebook, and its process."""

import csv

import grade
import nbformat
import pytest
from books import notebook
from nbformat.v4 import new_code_cell
from walls import wall  # noqa: F401  a fixture

CHAPTER = "ch01-one-neuron"
OPEN = """
import sqlite3
book = sqlite3.connect("../../../gradebook.db")
book.execute({statement!r})
book.commit()
book.close()
"""
# None of them is nbgrader's own: what they set is not seen in the outputs of the tests.
TRICKS = {
    "marks-itself-by-hand": "UPDATE grade SET manual_score = 5",
    "gives-extra-credit": "UPDATE grade SET extra_credit = 5",
    "raises-the-points": "UPDATE grade_cells SET max_score = 50",
    "changes-marks-when-they-are-written": """
        CREATE TRIGGER t AFTER UPDATE ON grade WHEN new.auto_score = 0
        BEGIN UPDATE grade SET auto_score = 4 WHERE id = new.id; END""",
    "changes-marks-later": """
        CREATE TRIGGER t AFTER UPDATE ON submitted_notebook
        BEGIN UPDATE grade SET auto_score = 4; END""",
}
FIRST = "changes-marks-when-they-are-written"


def check(names, folder, wall):  # noqa: F811
    for name in names:
        book = notebook("exercises", CHAPTER)
        book.cells.insert(0, new_code_cell(OPEN.format(statement=TRICKS[name])))
        path = folder / "in" / name / CHAPTER / f"{CHAPTER}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(book, path)
    rows = grade.grade(folder / "in", folder / "out", jobs=1)
    for row in rows:
        assert row["total"] == 0, row
        page = folder / "out" / "feedback" / row["student"] / f"{CHAPTER}.html"
        if page.is_file():  # nothing was changed in the end
            assert "(Score: 0.0 / 14.0)" in page.read_text(encoding="utf-8")
            assert "not graded" not in row["note"]
        else:
            assert wall == "none"  # behind one, no gradebook is there
            assert "the gradebook does not hold the marks that the tests gave" in row["note"]
    with (folder / "out" / "marks.csv").open(newline="", encoding="utf-8-sig") as file:
        assert {row["total"] for row in csv.DictReader(file)} <= {"0", "0.0"}


@pytest.mark.graders
def test_a_notebook_that_kills_the_process_that_grades_it_is_told_of(wall, tmp_path):  # noqa: F811
    book = notebook("exercises", CHAPTER)
    book.cells.insert(0, new_code_cell("import os\nos.kill(os.getppid(), 9)"))
    nbformat.write(book, tmp_path / "book.ipynb")
    grade.masters([CHAPTER], tmp_path)
    row = grade.grade_one(tmp_path / CHAPTER, tmp_path / "book.ipynb", "eve", tmp_path / "out")
    assert row["total"] == 0
    killed = "not graded: its grading process was killed by signal 9 (Killed)"
    assert row["note"] == (killed if wall == "none" else "")


def test_a_gradebook_that_was_written_into_is_refused(wall, tmp_path):  # noqa: F811
    check([FIRST], tmp_path, wall)


@pytest.mark.graders
def test_every_other_change_of_the_gradebook_is_refused(wall, tmp_path):  # noqa: F811
    check(TRICKS.keys() - {FIRST}, tmp_path, wall)
