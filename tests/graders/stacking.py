"""Exercises in which every question stands several times, to grade many answers in one notebook.

To start nbgrader and two kernels costs more than most answers do. The copies of a question are
questions of their own to nbgrader, with a cell for the answer and one for the test; before each of
them the student's kernel forgets what the copy before has defined.
"""

import copy

from nbformat.v4 import new_code_cell
from recorder import cells

KEEP = "_kept = {name: value for name, value in globals().items() if name[0] != '_'}"
FORGET = """\
for _name in [name for name in globals() if name[0] != "_" and name not in _kept]:
    del globals()[_name]
globals().update(_kept)"""


def name_of(question, number):
    """The name of a copy of a question; number 0 is the question itself."""
    return f"{question}-again-{number}" if number else question


def stack(book, copies):
    """Put copies of questions into a notebook, each right after the one before.

    Args:
        book: a solution or a release; changed in place.
        copies: dict from each question that has a test to how often it stands there then.
    """
    known = cells(book)
    for question, count in copies.items():
        answer, test = known[question], known[f"{question}-test"]
        book.cells.insert(book.cells.index(answer), new_code_cell(KEEP))
        place = book.cells.index(test) + 1
        added = []
        for number in range(1, count):
            added.append(new_code_cell(FORGET))
            for cell, end in ((answer, ""), (test, "-test")):
                again = copy.deepcopy(cell)
                again.id = again.metadata.nbgrader.grade_id = f"{name_of(question, number)}{end}"
                added.append(again)
        book.cells[place:place] = added
    return book
