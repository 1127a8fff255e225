"""The marks of a notebook, question by question, for the student who wrote it.

Needs neither nbgrader nor its database: the points stand in the metadata of the test cells, and
`apart` runs them as the graders do. In what a student has, a test cell holds the visible tests
only. The graders have more of them, so full marks here are likely to be full marks there, and
fewer here are fewer there.
"""

import os
import pathlib
from typing import NamedTuple

from minidl_course.grading.channel import RUNNING


class Mark(NamedTuple):
    """One graded cell: `points` is None where a person gives them, `message` says what is wrong.

    Where nothing is, it says what the tests have tried.
    """

    question: str
    points: float | None
    possible: float
    message: str


def collect(notebook):
    """Return the list of Marks of a notebook that has been run, in its order."""
    from minidl_course.grading import apart

    found = []
    for cell in notebook.cells:
        data, question = cell.metadata.get("nbgrader", {}), _question(cell)
        if not question:
            continue
        if apart.is_test(cell):
            errors = [o for o in cell.outputs if o.output_type == "error" or _warned(o)]
            text = _message(errors[0]) if errors else _checked(cell)
            found.append(Mark(question, 0 if errors else data["points"], data["points"], text))
        else:
            answered = "YOUR ANSWER HERE" not in cell.source
            text = "a person marks this" if answered else "not answered yet"
            found.append(Mark(question, None if answered else 0, data["points"], text))
    return found


def marks(path, question="", *, show=print):
    """Run the visible tests of the notebook at `path` as it is saved, and print the marks.

    Args:
        path: an exercise, "ch03-backpropagation.ipynb".
        question: its name, "dense", to run no other test and nothing that comes after this one.
        show: prints a line.

    Raises:
        FileNotFoundError: no notebook is there; says which are.
        ValueError: it has no graded cells, or no question of that name.
    """
    if os.environ.get(RUNNING):  # this notebook is being graded: one level is enough
        return
    import nbformat  # takes longer than a small notebook: not before it is needed

    from minidl.callbacks import progress_bar
    from minidl_course.grading import apart

    path = pathlib.Path(path)
    if not path.is_file():
        there = ", ".join(sorted(p.name for p in path.parent.glob("*.ipynb"))) or "none"
        raise FileNotFoundError(f"no notebook {path}; in its folder there are: {there}")
    # Some editors begin a file with a byte order mark.
    notebook = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4)
    names = [_question(cell) for cell in notebook.cells]
    if not any(names):
        raise ValueError(f"{path} has no graded questions")
    if question and question not in names:
        there = ", ".join(filter(None, names))
        raise ValueError(f"{path} has no question {question!r}; there are: {there}")
    if question:  # answers of other questions may be needed, their tests never
        end = names.index(question) + 1
        notebook.cells = [
            cell for cell, name in zip(notebook.cells[:end], names) if name in ("", question)
        ]
    with progress_bar(sum(cell.cell_type == "code" for cell in notebook.cells), "cells") as bar:
        apart.run(notebook, path.parent, after_cell=bar.update)
    for line in table(collect(notebook)):
        show(line)


def _question(cell):
    """The name of the question that a cell gives the points of, or ""."""
    data = cell.metadata.get("nbgrader", {})
    return data["grade_id"].removesuffix("-test") if data.get("grade") else ""


def table(found):
    """Return the lines of a table of Marks, with the total at its end."""
    width = max(len(mark.question) for mark in found)
    lines = []
    for mark in found:
        points = "  -" if mark.points is None else f"{mark.points:3g}"
        lines.append(f"{mark.question:{width}}  {points} of {mark.possible:2g}  {mark.message}")
    given = sum(mark.points or 0 for mark in found)
    possible = sum(mark.possible for mark in found)
    by_hand = sum(mark.possible for mark in found if mark.points is None)
    follow = "hidden tests follow" + (
        f", and a person marks {by_hand:g} of them" if by_hand else ""
    )
    lines.append(f"{'total':{width}}  {given:3g} of {possible:2g}  on what you see; {follow}")
    return [line.rstrip() for line in lines]


def _warned(output):
    return output.output_type == "stream" and output.name == "stderr"


def _checked(cell):
    """What `checks.passed` printed: "4 of 4 points on these tests: shapes, ties"."""
    lines = "".join(o.text for o in cell.outputs if o.output_type == "stream").splitlines()
    return lines[-1].partition(": ")[2] if lines else ""


def _message(output):
    if output.output_type == "error":
        return output.traceback[0].removeprefix("Not yet: ") if output.traceback else output.ename
    return "a warning: " + output.text.strip()
