"""Grade a folder of notebooks: a table of marks and a feedback page for each.

    python tools/grade.py submissions marks         one on each core
    python tools/grade.py submissions marks -j 8    eight at once

In `submissions` lie the notebooks as STUDENT/CHAPTER/CHAPTER.ipynb, the layout that nbgrader
collects. In `marks` appear:

    marks.csv                         a line for each notebook, a column for each question; it grows
                                      with every notebook, so that a run which ends early has one
    feedback/STUDENT/CHAPTER.html     the student's work, what was wrong with it, and the marks
    feedback/STUDENT/CHAPTER.ipynb    the same as a notebook, hidden tests included: for the teacher

nbgrader does the work: `autograde`, then `generate_feedback`. Every notebook is graded in a process
and a course folder of its own, with its own database, so that several can run at once, and one
that breaks takes nobody else's marks with it: its line gives the reason.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import uuid
from functools import cache
from pathlib import Path

import kept
from submissions import NOT_GRADED, Unreadable, find, not_graded, printable, read, write_table
from tqdm import tqdm

from exercises import ROOT, generate, nbgrader, settings
from minidl_course.grading import isolation, remains

LIMIT = 2400  # seconds for one notebook, above the 2,000 of `grading.apart`
ANEW = "Do not trust the marks: set it up anew, and grade with bubblewrap, or in a container."


def masters(names, folder, solutions=ROOT / "solutions"):
    """Make a course folder with a database for each chapter, to be copied for each notebook."""
    for name in names:
        course = folder / name
        shutil.copytree(solutions / name, course / "solutions" / name)
        (course / "gradebook.db").write_bytes(_empty_gradebook())
        generate(course, [name], database=True)
        # The database knows the tests. The answers need not lie near the code that is graded.
        for other in ("solutions", "exercises"):
            shutil.rmtree(course / other)
            (course / other / name).mkdir(parents=True)


@cache
def _empty_gradebook():
    """A database of nbgrader's without an assignment; to make one, it starts another process."""
    with remains.folder() as folder:
        nbgrader(settings(folder)).gradebook.close()
        return (Path(folder) / "gradebook.db").read_bytes()


def grade_course(master, notebooks, folder):
    """Grade notebooks of one chapter, one after the other, in one process with one database.

    Args:
        master: the course folder of the chapter, from `masters`.
        notebooks: dict from a student to the path of what was handed in.
        folder: an empty folder to work in.

    Returns:
        (course, marks): the course folder with nbgrader's results, and a dict from a student to a
        row of the table. A student without marks has a row with 0 points and the reason.
    """
    course, chapter, marks = folder / "course", master.name, {}
    shutil.copytree(master, course)
    for student, notebook in notebooks.items():
        try:
            text = read(Path(notebook))
        except Unreadable as error:
            marks[student] = not_graded(str(error))
            continue
        handed_in = course / "submitted" / student / chapter
        handed_in.mkdir(parents=True)
        (handed_in / f"{chapter}.ipynb").write_bytes(text)
    waiting = [student for student in notebooks if student not in marks]
    reason = _in_a_process(course, chapter, folder, LIMIT * len(waiting)) if waiting else ""
    for student in waiting:
        file = course / f"{student}.json"
        marks[student] = json.loads(file.read_text()) if file.is_file() else not_graded(reason)
    return course, marks


def _in_a_process(course, chapter, folder, limit):
    """Run `run_nbgrader` in a process of its own; returns why it left no marks, if it did not.

    Where it was ended, whatever it had started and its temporary files go as well.
    """
    run = uuid.uuid4().hex
    with (folder / "log").open("w+", errors="replace") as log, remains.folder() as temporary:
        command = [sys.executable, __file__, "--course", course, chapter]
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # `kept` sees what is new
        environment |= {"TMPDIR": temporary, "MINIDL_COURSE": run}
        try:
            done = subprocess.run(
                command, stdout=log, stderr=subprocess.STDOUT, timeout=limit, env=environment
            )
            code = done.returncode
        except subprocess.TimeoutExpired:
            code = None
        remains.end(run)
        log.seek(0)
        return _ended(code, limit, log.read())


def _ended(code, limit, log):
    """Why a grading process has left no marks: by its exit code, None where it took too long."""
    if code is None:
        return f"took longer than {limit} s"
    if code < 0:
        return f"its grading process was killed by signal {-code} ({signal.strsignal(-code)})"
    return (log.strip().splitlines() or [f"its grading process ended with {code}"])[-1]


def run_nbgrader(course, chapter):
    """Grade everything in course/submitted, and write a STUDENT.json each. Runs in a process."""
    course = Path(course)
    api = nbgrader(settings(course))
    import nbformat

    for student in sorted(path.name for path in (course / "submitted").iterdir()):
        try:
            for step in (api.autograde, api.generate_feedback):
                result = step(chapter, student, force=True)
                if not result["success"]:
                    reason = result.get("log") or result.get("error") or "no reason given"
                    marks = not_graded(_reason(reason))
                    break
            else:
                graded = course / "autograded" / student / chapter / f"{chapter}.ipynb"
                marks = _row(nbformat.read(graded, as_version=4))
        except Exception as error:  # of a notebook that nbgrader did not expect
            marks = not_graded(f"{type(error).__name__}: {error}")
        (course / f"{student}.json").write_text(json.dumps(marks))


def _row(notebook):
    """The marks of a graded notebook as a row: a number for each question, "" if by hand.

    They come from the outputs of its tests: the student's code could reach the gradebook.
    """
    from nbgrader.utils import determine_grade, is_grade

    row = {"total": 0.0, "of": 0.0, "note": ""}
    for cell in filter(is_grade, notebook.cells):
        points, possible = determine_grade(cell)
        question = cell.metadata.nbgrader.grade_id.removesuffix("-test")
        row[question] = "" if points is None else float(points)
        row["total"] += points or 0
        row["of"] += possible
    if by_hand := [name for name, mark in row.items() if mark == "" and name != "note"]:
        row["note"] = f"to be marked by a person: {', '.join(by_hand)}"
    return row


def _reason(log):
    """The line of nbgrader's log that names the error; it ends with one that refers to it."""
    named = re.findall(r"^\s+(\S*(?:Error|Exception|Entry)\b.*)", log, re.MULTILINE)
    own = [line for line in named if "NbGraderException" not in line]
    said = [line for line in log.splitlines() if line.strip()]
    return (own or named or said)[-1].strip().removeprefix("RuntimeError: ")


def grade_one(master, notebook, student, results):
    """Grade one notebook by itself, copy its feedback to `results`, and return its row."""
    try:
        row = _grade_one(master, notebook, student, results)
    except Exception as error:  # a full disk, a feedback folder that is a file
        row = not_graded(f"{type(error).__name__}: {error}")
    return {"student": student, "chapter": master.name, **row}


def _grade_one(master, notebook, student, results):
    chapter = master.name
    with remains.folder() as folder:
        course, marks = grade_course(master, {"student": notebook}, Path(folder))
        feedback = results / "feedback" / student
        for kind, made in (("html", "feedback"), ("ipynb", "autograded")):
            file = course / made / "student" / chapter / f"{chapter}.{kind}"
            if file.is_file():
                feedback.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, feedback / file.name)
    return marks["student"]


def grade(submissions, results, jobs=2):
    """Grade all notebooks under `submissions` into `results`; returns the rows of the table."""
    submissions, results = Path(submissions), Path(results)
    known, left_out, without = find(submissions)
    rows = {
        path: {"student": path.parts[-3], "chapter": path.stem, **not_graded("not yet")}
        for path in known
    }
    with remains.folder() as folder:
        masters({path.stem for path in known}, Path(folder))
        files = None
        if isolation.missing():  # and what is handed in lies within reach, too
            files = kept.of_the_course([folder, *filter(Path.is_file, known)], results / "changed")

        def one(path):
            return grade_one(Path(folder) / path.stem, path, path.parts[-3], results)

        with tqdm(total=len(known), unit=" notebooks") as bar:
            for path, row in kept.graded(known, one, jobs, files):
                rows[path] = row
                write_table([*rows.values(), *without], results / "marks.csv")
                bar.update()
        if files and (spoilt := files.spoilt()):
            told = printable(kept.told(spoilt))
            print(f"the Python environment was changed: {told}. {ANEW}", file=sys.stderr)
    for path in left_out:
        print(f"left out, not an exercise by its name: {printable(str(path))}", file=sys.stderr)
    return [*rows.values(), *without]


def main(arguments=None):
    """The command: 0 where everything was graded, 1 where a notebook could not be."""
    parser = argparse.ArgumentParser(description="Grade STUDENT/CHAPTER/CHAPTER.ipynb.")
    parser.add_argument("--course", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("submissions", help="folder with the notebooks")
    parser.add_argument("results", help="folder for marks.csv and feedback/")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 2, help="at once")
    options = parser.parse_args(arguments)
    if options.course:
        run_nbgrader(options.submissions, options.results)
        return 0
    print(isolation.sentence())
    try:
        rows = grade(options.submissions, options.results, options.jobs)
    except FileNotFoundError as error:
        parser.error(str(error))
    failed = [row for row in rows if row["note"].startswith(NOT_GRADED)]
    for row in failed:
        print(printable(f"{row['student']} {row['chapter']}: {row['note']}"), file=sys.stderr)
    print(f"{len(rows)} notebooks, {len(failed)} not graded: {Path(options.results) / 'marks.csv'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
