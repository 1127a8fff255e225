"""Notebooks that lost something on their way, and keep the points of the rest.

Each begins as the solution of three questions of chapter 02: 5 points of its tests, and 4 that a
person gives.
"""

from copy import deepcopy

import pytest
from books import cells, graded, notebook, part
from nbformat.v4 import new_code_cell

from minidl_course.grading import apart

CHAPTER, QUESTIONS = "ch02-many-classes", ("entropy", "sides", "cost")


def without(*names):
    """A damage: these cells are missing."""

    def damage(book):
        gone = [cells(book)[name] for name in names]
        book.cells = [cell for cell in book.cells if cell not in gone]

    return damage


def only_code(book):
    book.cells = [cell for cell in book.cells if cell.cell_type == "code"]


def only_answers(book):
    book.cells = [cell for cell in book.cells if not apart.is_test(cell)]


def written_elsewhere(book):
    """An answer lies in a cell of the student's own, further down."""
    moved = cells(book)["sides"].source
    without("sides", "sides-test")(book)
    book.cells.insert(book.cells.index(cells(book)["cost-asked"]), new_code_cell(moved))


def copied(book):
    """JupyterLab copies a cell with its metadata."""
    answer = cells(book)["entropy"]
    twin = new_code_cell(answer.source, metadata=deepcopy(answer.metadata))
    book.cells.insert(book.cells.index(answer), twin)


def relabelled(book):
    for cell in cells(book).values():
        cell.metadata.nbgrader.update(grade=False, solution=True, locked=False)


def of_an_older_format(book):
    without("entropy-test", "cost")(book)
    book.nbformat_minor = 4
    for cell in book.cells:
        del cell["id"]


def without_metadata(book):
    for cell in book.cells:
        cell.metadata.clear()


def of_another_chapter(book):
    book.cells = notebook("solutions", "ch06-optimizers").cells


# From a name to the damage, the points that are left, and a part of the note.
TO_MARK = "by a person: cost"
DAMAGES = {
    "answer-and-test": (without("sides", "sides-test"), 3, TO_MARK),
    "written-answer": (without("cost"), 5, ""),
    "written-answer-and-question": (without("cost", "cost-asked"), 5, ""),
    "answer": (without("sides"), 3, TO_MARK),
    "setup": (without("setup"), 5, TO_MARK),
    "one-after-the-other": (without("sides-test", "cost-asked", "cost"), 5, ""),
    "all-text": (only_code, 5, ""),
    "all-tests": (only_answers, 5, TO_MARK),
    "written-elsewhere": (written_elsewhere, 5, TO_MARK),
    "copied": (copied, 5, TO_MARK),
    "relabelled": (relabelled, 5, TO_MARK),
    "older-format": (of_an_older_format, 5, ""),
    "no-metadata": (without_metadata, 0, "not graded: this is no notebook of ch02-many-classes"),
    "another-chapter": (of_another_chapter, 0, "not graded: this is no notebook of ch02-many"),
}
SAMPLE = ("answer-and-test", "written-answer", "another-chapter")


def check(names, folder):
    books = {name: part("solutions", CHAPTER, QUESTIONS) for name in names}
    for name in names:
        DAMAGES[name][0](books[name])
    model = part("solutions", CHAPTER, QUESTIONS)
    results = graded(CHAPTER, books, folder, model=model)
    for name in names:
        row, messages = results[name]
        _, points, note = DAMAGES[name]
        assert row["total"] == points and note in row["note"], (name, row, messages)
        if not note:
            assert row["cost"] == 0, (name, row)


def test_a_damaged_notebook_keeps_the_points_of_the_rest(tmp_path):
    check(SAMPLE, tmp_path)


@pytest.mark.graders
def test_every_other_damage_costs_what_it_destroyed(tmp_path):
    check([name for name in DAMAGES if name not in SAMPLE], tmp_path)
