"""Grade a folder of notebooks: a table of marks and a feedback page for each.

    python tools/grade.py submissions marks         two at once
    python tools/grade.py submissions marks -j 8    eight at once

In `submissions` lie the notebooks as STUDENT/CHAPTER/CHAPTER.ipynb, the layout that nbgrader
collects. In `marks` appear:

    marks.csv                         a line for each notebook, a column for each question
    feedback/STUDENT/CHAPTER.html     the student's work, what was wrong with it, and the marks
    feedback/STUDENT/CHAPTER.ipynb    the same as a notebook, hidden tests included: for the teacher

nbgrader does the work: `autograde`, then `generate_feedback`. Every notebook is graded in a process
and a course folder of its own, with its own database, so that several can run at once, and one
that breaks takes nobody else's marks with it: its line gives the reason.
"""

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tqdm import tqdm

from exercises import ROOT, chapters, generate, settings

LIMIT = 1200  # seconds for one notebook, above everything that `minidl.grading.apart` allows


def masters(names, folder):
    """Make a course folder with a database for each chapter, to be copied for each notebook."""
    for name in names:
        course = folder / name
        shutil.copytree(ROOT / "solutions" / name, course / "solutions" / name)
        generate(course, [name], database=True)
        # The database knows the tests. The answers need not lie near the code that is graded.
        for other in ("solutions", "exercises"):
            shutil.rmtree(course / other)
            (course / other / name).mkdir(parents=True)


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
    course, chapter = folder / "course", master.name
    shutil.copytree(master, course)
    for student, notebook in notebooks.items():
        handed_in = course / "submitted" / student / chapter
        handed_in.mkdir(parents=True)
        shutil.copyfile(notebook, handed_in / f"{chapter}.ipynb")
    reason = "no reason given"
    with (folder / "log").open("w+", errors="replace") as log:
        command = [sys.executable, __file__, "--course", course, chapter]
        try:
            limit = LIMIT * len(notebooks)
            subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, timeout=limit)
        except subprocess.TimeoutExpired:
            reason = f"took longer than {limit} s"
        log.seek(0)
        reason = (log.read().strip().splitlines() or [reason])[-1]
    marks = {}
    for student in notebooks:
        file = course / f"{student}.json"
        note = {"total": 0, "note": f"not graded: {reason:.200}"}
        marks[student] = json.loads(file.read_text()) if file.is_file() else note
    return course, marks


def run_nbgrader(course, chapter):
    """Grade everything in course/submitted, and write a STUDENT.json each. Runs in a process."""
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI

    course = Path(course)
    config = settings(course)
    api = NbGraderAPI(config=config)
    for student in sorted(path.name for path in (course / "submitted").iterdir()):
        for step in (api.autograde, api.generate_feedback):
            result = step(chapter, student, force=True)
            if not result["success"]:
                reason = result.get("log") or result.get("error") or "no reason given"
                marks = {"total": 0, "note": f"not graded: {_reason(reason):.200}"}
                break
        else:
            with Gradebook(config.CourseDirectory.db_url) as gradebook:
                marks = _row(gradebook.find_submission_notebook(chapter, chapter, student))
        (course / f"{student}.json").write_text(json.dumps(marks))


def _row(notebook):
    """The marks in nbgrader's database as a row: a number for each question, "" if by hand."""
    row = {"total": notebook.score, "of": notebook.max_score, "note": ""}
    for grade in notebook.grades:
        row[grade.name.removesuffix("-test")] = "" if grade.needs_manual_grade else grade.score
    if by_hand := [name for name, mark in row.items() if mark == "" and name != "note"]:
        row["note"] = f"to be marked by a person: {', '.join(by_hand)}"
    return row


def _reason(log):
    """The line of nbgrader's log that names the error; it ends with one that refers to it."""
    named = re.findall(r"^\s+(\S*(?:Error|Exception|Entry)\b.*)", log, re.MULTILINE)
    own = [line for line in named if "NbGraderException" not in line]
    return (own or named or log.splitlines())[-1].strip()


def grade_one(master, notebook, student, results):
    """Grade one notebook by itself, copy its feedback to `results`, and return its row."""
    chapter = master.name
    with tempfile.TemporaryDirectory(prefix="minidl-course-") as folder:
        course, marks = grade_course(master, {"student": notebook}, Path(folder))
        feedback = results / "feedback" / student
        for kind, made in (("html", "feedback"), ("ipynb", "autograded")):
            file = course / made / "student" / chapter / f"{chapter}.{kind}"
            if file.is_file():
                feedback.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, feedback / file.name)
    return {"student": student, "chapter": chapter, **marks["student"]}


def grade(submissions, results, jobs=2):
    """Grade all notebooks under `submissions` into `results`; returns the rows of the table.

    Raises:
        FileNotFoundError: there is none, or none of a chapter that has an exercise.
    """
    submissions, results = Path(submissions), Path(results)
    found = sorted(submissions.glob("*/*/*.ipynb"))
    known = [path for path in found if path.stem == path.parent.name and path.stem in chapters()]
    if not known:
        raise FileNotFoundError(
            f"no notebooks in {submissions}: expected STUDENT/CHAPTER/CHAPTER.ipynb, with CHAPTER "
            f"one of {', '.join(chapters())}; there are {len(found)} other notebooks"
        )
    for path in sorted(set(found) - set(known)):
        print(f"left out, not an exercise by its name: {path}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="minidl-masters-") as folder:
        masters({path.stem for path in known}, Path(folder))
        with ThreadPoolExecutor(jobs) as pool, tqdm(total=len(known), unit=" notebooks") as bar:
            waiting = [
                pool.submit(grade_one, Path(folder) / p.stem, p, p.parts[-3], results)
                for p in known
            ]
            for done in as_completed(waiting):
                done.result()
                bar.update()
    rows = [done.result() for done in waiting]
    write_table(rows, results / "marks.csv")
    return rows


def write_table(rows, path):
    """Write the rows as CSV: a column for each question of each chapter, named CHAPTER QUESTION."""
    first = ["student", "chapter", "total", "of", "note"]
    flat, columns = [], {}
    for row in rows:
        named = {k if k in first else f"{row['chapter'][:4]} {k}": v for k, v in row.items()}
        columns.update(dict.fromkeys(name for name in named if name not in first))
        flat.append(named)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*first, *columns], restval="")
        writer.writeheader()
        writer.writerows(flat)
    part.replace(path)


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
    rows = grade(options.submissions, options.results, options.jobs)
    failed = [row for row in rows if str(row["note"]).startswith("not graded")]
    for row in failed:
        print(f"{row['student']} {row['chapter']}: {row['note']}", file=sys.stderr)
    print(f"{len(rows)} notebooks, {len(failed)} not graded: {Path(options.results) / 'marks.csv'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
