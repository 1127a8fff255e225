"""Steps of nbgrader's that are ours, in the order of their work; `nbgrader_config.py` names them.

    only_files      before nbgrader reads a hand-in: no link of it leads anywhere
    RestoreCells    before a notebook is run: what a student deleted or relabelled is put right
    ExecuteApart    stands where nbgrader's `Execute` stood: tests run in a process of their own
    ShowPlain       after it: of what cells show, text and pictures are left
    CompareMarks    in the end: the gradebook must hold the marks that the tests gave
    HideTests       a feedback page is handed out, and shows no hidden test
    TellByHand      it says which marks a person has still to give

nbgrader puts the hidden tests into a notebook to grade it, and would show them to the student.
"""

import contextlib
import os
from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import SCHEMA_VERSION
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from nbgrader.utils import determine_grade, is_grade
from traitlets import Integer

from minidl_course.grading import apart, feedback

CSS = """div.output pre {
    white-space: pre-wrap; word-break: normal; overflow-wrap: break-word;
}
div.text_cell_render, div.output_subarea, div.input_area { overflow: auto; }
"""  # a message is one long line, and a formula or piled accents could reach up to the marks
MAX_BYTES = 100_000_000  # of a file that was handed in, as in `nbgrader submit`
NOT_YET = "**Not marked yet.** A person marks this answer; until then it counts as 0 points above."


def only_files(assignment, student, notebooks):
    """Take links, pipes, devices and huge files out of what was handed in, as nbgrader's hook.

    nbgrader copies what a link leads to, solutions for instance, and reads a pipe for ever. A file
    with holes is small on a disk, and its copy is not.
    """
    for folder in {Path(notebook).parent for notebook in notebooks}:
        for link in (folder.parent, folder):  # a student's folder may lead to another student's
            if link.is_symlink():
                link.unlink()
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            # A path too long is no reason to stop: nbgrader would go on, and follow the others.
            with contextlib.suppress(OSError):
                for entry in [*os.scandir(here)]:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif not _is_small_file(entry):
                        with contextlib.suppress(OSError):
                            Path(entry.path).unlink()


def _is_small_file(entry):
    plain = entry.is_file(follow_symlinks=False)
    return plain and entry.stat(follow_symlinks=False).st_size <= MAX_BYTES


class RestoreCells(NbGraderPreprocessor):
    """Puts back the exercise's cells that are missing, and what nbgrader noted about the others.

    nbgrader grades nothing of a notebook in which a cell and its neighbour are missing, or in which
    one is there twice. Answers do not come back: the stub would take the place of one that was
    written elsewhere.
    """

    def preprocess(self, nb, resources):
        """Return the notebook with every cell of the exercise but deleted answers.

        Raises:
            RuntimeError: it is no notebook of this exercise.
        """
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            source = gradebook.find_notebook(ids["notebook"], ids["assignment"])
            cells, facts = list(source.source_cells), _facts(source)
        names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells]
        places = {name: place for place, name in enumerate(names) if name in facts}
        if len(places) <= len({*names} - {*facts, None}) or not places:
            raise RuntimeError(
                f"this is no notebook of {ids['notebook']}, or its cells have lost their metadata: "
                f"{len(places)} of {len(facts)} cells of the exercise are there"
            )
        for place, cell in enumerate(nb.cells):
            name = names[place]
            cell.metadata.pop("nbgrader", None)  # also of a copy, and of a test of the student's
            if places.get(name) == place:
                cell.metadata["nbgrader"] = dict(facts[name])
        # From the end: a cell goes before the one that followed it, so that what a student wrote
        # in between still runs before its test.
        there, following = {name: nb.cells[place] for name, place in places.items()}, None
        for cell in reversed(cells):
            if cell.name in there:
                following = there[cell.name]
            elif cell.locked or facts[cell.name]["grade"]:
                made = _made(cell, facts[cell.name], nb.nbformat_minor)
                place = nb.cells.index(following) if following else len(nb.cells)
                nb.cells.insert(place, made)
                following = made
        return nb, resources


def _facts(notebook):
    """From the name of each cell to what nbgrader notes in its metadata."""
    points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    facts = {}
    for cell in notebook.source_cells:
        facts[cell.name] = {
            "grade_id": cell.name,
            "cell_type": cell.cell_type,
            "checksum": cell.checksum,
            "locked": cell.locked,
            "grade": cell.name in points,
            "solution": cell.name in solutions,
            "task": False,
            "schema_version": SCHEMA_VERSION,
        }
        if cell.name in points:
            facts[cell.name]["points"] = points[cell.name]
    return facts


def _made(cell, facts, minor):
    make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
    made = make(cell.source, metadata={"nbgrader": dict(facts)})
    if minor < 5:  # cells have had ids since 4.5
        del made["id"]
    return made


class ExecuteApart(NbGraderPreprocessor):
    """Runs the student's cells in one kernel and the tests in another."""

    timeout = Integer(apart.CELL_SECONDS, help="seconds for a cell").tag(config=True)

    def preprocess(self, nb, resources):
        """Run the notebook; the outputs are in its cells."""
        resources["nbgrader"]["by_hand"] = _by_hand(_grades(resources))
        folder = resources.get("metadata", {}).get("path", ".")
        apart.run(nb, folder, cell_seconds=self.timeout, somebody_elses=True)
        return nb, resources


class ShowPlain(NbGraderPreprocessor):
    """Leaves of what cells show what a browser only displays: a teacher will open it in one."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Take the rest out of the outputs of a cell."""
        if cell.cell_type == "code":
            feedback.plain(cell)
        return cell, resources


class CompareMarks(NbGraderPreprocessor):
    """Refuses a gradebook that does not hold what the tests gave: student's code can reach it."""

    def preprocess(self, nb, resources):
        """Compare every mark with the outputs in the notebook.

        Raises:
            RuntimeError: the gradebook has other marks.
        """
        given = {c.metadata.nbgrader.grade_id: determine_grade(c) for c in nb.cells if is_grade(c)}
        grades = _grades(resources)
        kept = {grade["name"]: (grade["auto_score"], grade["max_score"]) for grade in grades}
        if kept != given or _by_hand(grades) != resources["nbgrader"]["by_hand"]:
            raise RuntimeError(
                "the gradebook does not hold the marks that the tests gave; look at the notebook: "
                "did its code write there?"
            )
        return nb, resources


def _grades(resources):
    """The grades in the gradebook of the notebook in hand, each as a dict."""
    ids = resources["nbgrader"]
    with Gradebook(ids["db_url"]) as gradebook:
        found = gradebook.find_submission_notebook(
            ids["notebook"], ids["assignment"], ids["student"]
        )
        return [grade.to_dict() for grade in found.grades]


def _by_hand(grades):
    return {grade["name"]: (grade["manual_score"], grade["extra_credit"]) for grade in grades}


class HideTests(ClearHiddenTests):
    """Takes the hidden tests out of the notebook that becomes a feedback page."""


class TellByHand(NbGraderPreprocessor):
    """Says on a feedback page which marks are still to come, and breaks its long lines."""

    def preprocess(self, nb, resources):
        """Add a comment to each answer that waits for a person."""
        waiting = {g["name"] for g in _grades(resources) if g["needs_manual_grade"]}
        for cell in nb.cells:
            data = cell.metadata.get("nbgrader", {})
            if data.get("grade_id") in waiting:
                data["comment"] = "\n\n".join(filter(None, [NOT_YET, data.get("comment")]))
        resources["inlining"]["css"].append(CSS)
        return nb, resources
