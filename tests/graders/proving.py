"""The tests that every catalogue goes through; `test_chNN.py` imports them.

Submission number k holds the k-th answer of each question, so that a chapter with six questions of
eight answers each is eight notebooks. A question that has run out of answers stays as released.
nbgrader grades them, as it would a class.
"""

import html
import json
import re

import grade
import nbformat
import pytest
from catalogue import Right, Wrong, source
from recorder import cells

from exercises import ROOT
from minidl_course.grading import apart


def notebook(kind, chapter):
    """The notebook of a chapter from "solutions" or "exercises"."""
    return nbformat.read(ROOT / kind / chapter / f"{chapter}.ipynb", as_version=4)


def checking(book):
    """From each question to its test cell."""
    found = (cell for cell in book.cells if apart.is_test(cell))
    return {cell.metadata.nbgrader.grade_id.removesuffix("-test"): cell for cell in found}


def submission(chapter, chosen):
    """The release of a chapter with an answer put in for each question of the dict `chosen`."""
    book, models = notebook("exercises", chapter), cells(notebook("solutions", chapter))
    for question, answer in chosen.items():
        cells(book)[question].source = source(answer, models[question].source)
    return book


def graded(chapter, books, folder):
    """Grade notebooks of a chapter: from each name in `books` to (row, messages).

    row is the student's line of the table; messages go from a question to what the test said.
    """
    for name, book in books.items():
        nbformat.write(book, folder / f"{name}.ipynb")
    grade.masters([chapter], folder / "masters")
    course, rows = grade.grade_course(
        folder / "masters" / chapter,
        {name: folder / f"{name}.ipynb" for name in books},
        folder,
    )
    results = {}
    for name, row in rows.items():
        page = course / "feedback" / name / chapter / f"{chapter}.html"
        if page.is_file():
            _shows_no_hidden_test(page, chapter, books[name])
        file = course / "autograded" / name / chapter / f"{chapter}.ipynb"
        done = nbformat.read(file, as_version=4) if file.is_file() else None
        tests = checking(done) if done else {}
        results[name] = row, {question: _told(cell) for question, cell in tests.items()}
    return results


def _shows_no_hidden_test(page, chapter, book):
    """A feedback page shows no line of a hidden test, unless the student wrote the same one."""
    text = html.unescape(re.sub("<[^>]*>", "", page.read_text(encoding="utf-8")))
    assert "from minidl_course.grading import checks" in text or not book.cells, (
        "no test is shown at all"
    )
    own = "\n".join(cell.source for cell in book.cells if not apart.is_test(cell))
    for cell in checking(notebook("solutions", chapter)).values():
        for line in _secret(cell):
            assert line not in text or line in own, f"{page.name} shows {line!r}"


def _told(cell):
    return " ".join("\n".join(o.traceback) for o in cell.outputs if o.output_type == "error")


@pytest.fixture(scope="module")
def chapter(request):
    return request.module.CHAPTER


@pytest.fixture(scope="module")
def answers(request):
    return request.module.ANSWERS


@pytest.fixture(scope="module")
def whole(chapter, answers, tmp_path_factory):
    """The whole catalogue, graded."""
    books = {}
    for number in range(max(map(len, answers.values()))):
        chosen = {question: a[number] for question, a in answers.items() if number < len(a)}
        books[f"s{number}"] = submission(chapter, chosen)
    return graded(chapter, books, tmp_path_factory.mktemp("whole"))


def faults(answers, results, kind):
    """Answers of one kind that did not get the points, or the message, that they must get."""
    found, count = [], 0
    for question, listed in answers.items():
        for number, answer in enumerate(listed):
            if not isinstance(answer, kind):
                continue
            count += 1
            row, messages = results[f"s{number}"]
            told = messages.get(question, row["note"])
            if (row.get(question) == 0) != (kind is Wrong) or answer.message not in told:
                found.append(f"{question}: {answer.name}: {row.get(question)} points, {told!r}")
    return found, count


@pytest.mark.graders
def test_every_wrong_answer_loses_its_points_and_says_why(answers, whole, record_property):
    found, count = faults(answers, whole, Wrong)
    record_property("caught", [count - len(found), count])
    assert not found, "\n".join(found)


@pytest.mark.graders
def test_every_right_answer_gets_all_points(chapter, answers, whole):
    found, _ = faults(answers, whole, Right)
    points = {
        q: c.metadata.nbgrader.points for q, c in checking(notebook("exercises", chapter)).items()
    }
    for question, listed in answers.items():
        for number, answer in enumerate(listed):
            if isinstance(answer, Right) and whole[f"s{number}"][0][question] != points[question]:
                found.append(f"{question}: {answer.name}: not all of {points[question]} points")
    assert not found, "\n".join(found)


def test_the_solution_gets_all_points_the_release_none_and_first_wrong_answers_none(
    chapter, answers, tmp_path_factory
):
    first = {question: listed[0] for question, listed in answers.items()}
    books = {
        "s0": submission(chapter, first),
        "solution": notebook("solutions", chapter),
        "release": notebook("exercises", chapter),
    }
    results = graded(chapter, books, tmp_path_factory.mktemp("sample"))
    found, _ = faults({question: [answer] for question, answer in first.items()}, results, Wrong)
    assert not found, "\n".join(found)
    row, messages = results["solution"]
    for question, cell in checking(books["solution"]).items():
        assert row[question] == cell.metadata.nbgrader.points, messages.get(question, row)
    row, messages = results["release"]
    assert row["total"] == 0 and row["of"] > 0, row
    assert all("is not" in told for told in messages.values()), messages


def test_the_catalogue_is_long_enough(chapter, answers):
    solution = checking(notebook("solutions", chapter))
    assert answers.keys() == solution.keys()
    for question, listed in answers.items():
        hard = re.search(r"checks\.(gradients|at_least_as_fast)\(", solution[question].source)
        wrong = [answer for answer in listed if isinstance(answer, Wrong)]
        assert len(wrong) >= (6 if hard else 4), question
        assert len(listed) - len(wrong) >= 2, f"{question}: two right answers are needed"
        assert len({answer.name for answer in listed}) == len(listed), question
        assert isinstance(listed[0], Wrong) and all(answer.message for answer in wrong), question


def test_points_and_minutes_stand_at_the_top_and_at_each_question(chapter):
    book = notebook("exercises", chapter)
    graded_cells = [c for c in book.cells if c.metadata.get("nbgrader", {}).get("grade")]
    points = [int(cell.metadata.nbgrader.points) for cell in graded_cells]
    text = "\n".join(c.source for c in book.cells if c.cell_type == "markdown")
    rows = re.findall(r"^\| (\d+) \| .+ \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    total = re.search(
        r"^\| +\| \*\*total\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \|$", text, re.MULTILINE
    )
    headings = re.findall(
        r"^## Question (\d+)\. .+ \((\d+) points, (\d+) minutes\)$", text, re.MULTILINE
    )
    assert rows == headings, "the table at the top and the headings differ"
    assert [int(row[1]) for row in rows] == points
    assert [int(number) for number in total.groups()] == [
        sum(int(row[column]) for row in rows) for column in (1, 2)
    ]
    assert 3 <= len(rows) <= 8


def test_every_question_has_two_hints_that_are_folded(chapter):
    book = notebook("exercises", chapter)
    for cell in book.cells:
        if re.match(r"## Question \d", cell.source):
            for step in ("where to look", "how to begin"):
                wanted = f"<details><summary>Hint: {step}</summary>\n\n"
                assert wanted in cell.source, f"{cell.source.splitlines()[0]}: {step}"


def test_every_test_says_what_it_checked_and_the_points_of_its_question(chapter):
    for question, cell in checking(notebook("exercises", chapter)).items():
        points = int(cell.metadata.nbgrader.points)
        said = re.findall(r'^checks\.passed\((\d+), "[^"]+"\)$', cell.source, re.MULTILINE)
        assert said == [str(points)], question
        assert "checks.passed(" in cell.source.rstrip().splitlines()[-1], f"{question}: not its end"


def test_a_question_about_gradients_has_a_gradient_check_of_the_student_s_own(chapter):
    book = notebook("exercises", chapter)
    names = [c.metadata.get("nbgrader", {}).get("grade_id", "") for c in book.cells]
    for question, cell in checking(book).items():
        if "checks.gradients(" in cell.source:
            between = book.cells[names.index(question) + 1 : names.index(f"{question}-test")]
            assert any("gradcheck.numeric(" in c.source for c in between), question


def test_an_exercise_has_a_picture_and_a_goal_beyond_the_marks(chapter):
    book = notebook("exercises", chapter)
    assert any("plots.show(" in c.source for c in book.cells if c.cell_type == "code")
    (beyond,) = (c.source for c in book.cells if c.source.startswith("## If you want more"))
    assert re.search(r"^\|.*\|\n\|[-| ]+\|\n\|", beyond, re.MULTILINE), "what is known, as a table"


def test_nothing_of_the_solution_leaks_into_the_release(chapter):
    released = json.dumps(notebook("exercises", chapter))
    assert "HIDDEN TESTS" not in released and "BEGIN SOLUTION" not in released
    for name, cell in cells(notebook("solutions", chapter)).items():
        for line in _secret(cell):
            assert json.dumps(line)[1:-1] not in released, f"{name}: {line}"


def _secret(cell):
    """The lines of a cell that only a teacher may see; short ones say too little to be secret."""
    inside = "BEGIN SOLUTION" not in cell.source and cell.metadata.nbgrader.solution
    for line in cell.source.splitlines():
        if re.search("(BEGIN|END) (SOLUTION|HIDDEN TESTS)", line):
            inside = "BEGIN" in line
        elif inside and len(line.strip()) > 24:
            yield line.strip()


__all__ = [name for name in dir() if name.startswith("test_")] + ["answers", "chapter", "whole"]
