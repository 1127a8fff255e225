"""The notebooks of an exercise, filled with answers and graded by nbgrader."""

import html
import re
import shutil

import grade
import nbformat
from recorder import cells
from stacking import name_of, stack

from exercises import ROOT
from minidl_course.grading import apart


def notebook(kind, chapter):
    """The notebook of a chapter from "solutions" or "exercises"."""
    return nbformat.read(ROOT / kind / chapter / f"{chapter}.ipynb", as_version=4)


def part(kind, chapter, questions):
    """The notebook cut down to these questions, for tests of the grading: it imports NumPy alone.

    The fewer cells, the more notebooks can be graded: no figures, no experiment that trains.
    """
    book = notebook(kind, chapter)
    ends = ("", "-asked", "-test")
    wanted = {f"{question}{end}" for question in questions for end in ends}
    book.cells = [cell for cell in book.cells if cell.id in wanted | {"setup"}]
    cells(book)["setup"].source = "import numpy as np"
    return book


def checking(book):
    """From each question to its test cell."""
    found = (cell for cell in book.cells if apart.is_test(cell))
    return {cell.metadata.nbgrader.grade_id.removesuffix("-test"): cell for cell in found}


def submission(chapter, chosen, copies):
    """A release with the cells of the dict `chosen` from (question, number of its copy)."""
    book = notebook("exercises", chapter)
    known = cells(stack(book, copies))
    for (question, number), source in chosen.items():
        known[name_of(question, number)].source = source
    return book


def graded(chapter, books, folder, copies=None, model=None):
    """Grade notebooks of a chapter: from each name in `books` to (row, messages).

    row is the student's line of the table; messages go from a question to what the test said.
    Where questions are stacked, `copies` says how often each stands there. The exercise is the
    solution `model`, if it is given.
    """
    for name, book in books.items():
        nbformat.write(book, folder / f"{name}.ipynb")
    made = folder / "solutions"
    shutil.copytree(ROOT / "solutions" / chapter, made / chapter)
    stacked = stack(model or notebook("solutions", chapter), copies or {})
    nbformat.write(stacked, made / chapter / f"{chapter}.ipynb")
    grade.masters([chapter], folder / "masters", made)
    course, rows = grade.grade_course(
        folder / "masters" / chapter,
        {name: folder / f"{name}.ipynb" for name in books},
        folder,
    )
    results = {}
    for name, row in rows.items():
        page = course / "feedback" / name / chapter / f"{chapter}.html"
        if page.is_file():
            shows_no_hidden_test(page, chapter, books[name])
        file = course / "autograded" / name / chapter / f"{chapter}.ipynb"
        done = nbformat.read(file, as_version=4) if file.is_file() else None
        tests = checking(done) if done else {}
        results[name] = row, {question: _told(cell) for question, cell in tests.items()}
    return results


def shows_no_hidden_test(page, chapter, book):
    """A feedback page shows no line of a hidden test, unless the student wrote the same one."""
    text = html.unescape(re.sub("<[^>]*>", "", page.read_text(encoding="utf-8")))
    assert "from minidl_course.grading import checks" in text or not book.cells, (
        "no test is shown at all"
    )
    own = "\n".join(cell.source for cell in book.cells if not apart.is_test(cell))
    for cell in checking(notebook("solutions", chapter)).values():
        for line in secret(cell):
            assert line not in text or line in own, f"{page.name} shows {line!r}"


def _told(cell):
    return " ".join("\n".join(o.traceback) for o in cell.outputs if o.output_type == "error")


def secret(cell):
    """The lines of a cell that only a teacher may see; short ones say too little to be secret."""
    inside = "BEGIN SOLUTION" not in cell.source and cell.metadata.nbgrader.solution
    for line in cell.source.splitlines():
        if re.search("(BEGIN|END) (SOLUTION|HIDDEN TESTS)", line):
            inside = "BEGIN" in line
        elif inside and len(line.strip()) > 24:
            yield line.strip()


def result(row, messages, question):
    """The points of a question and what its test said, out of what `graded` gives for a name."""
    return row.get(question), messages.get(question, row["note"])
