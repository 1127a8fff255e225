"""Every catalogue of answers, put to its exercise: a class of tests for each chapter.

The questions of an exercise are independent, and a notebook holds many answers to each of them
(`stacking`), so that a chapter is one notebook or two. nbgrader grades them, as it would a class.
"""

import json
import re

import catalogue
import forked
import pytest
import quick
from books import checking, graded, notebook, result, secret, submission
from notebook_kernels import NO_COMPILER
from recorder import cells
from stacking import name_of

from exercises import ROOT, chapters
from minidl.kernels.cuda import on_cpu

# Answers to a question in one notebook, at most. What is right is computed once a notebook, and
# to start one takes longer than most answers; those that train take longer still, and share less.
AT_ONCE, EXPERIMENTS = 42, 20


@pytest.fixture(scope="class")
def chapter(request):
    return request.cls.CHAPTER


@pytest.fixture(scope="class")
def runs_here(chapter):
    if chapter.startswith("ch35") and on_cpu.compiler() is None:
        pytest.skip(NO_COMPILER)


@pytest.fixture(scope="class")
def answers(request):
    return request.cls.ANSWERS


@pytest.fixture(scope="class")
def whole(chapter, runs_here, answers, tmp_path_factory, server):
    """The whole catalogue, graded: from (question, name of an answer) to (points, message).

    Among the answers are the solution's own and what the release has in its place.
    """
    solution, release = (cells(notebook(kind, chapter)) for kind in ("solutions", "exercises"))
    put = {}
    for question, listed in answers.items():
        model = solution[question].source
        put[question] = [("(the solution)", model), ("(the release)", release[question].source)]
        put[question] += [(answer.name, answer.source(model)) for answer in listed]
    most = {question: EXPERIMENTS if question == "experiment" else AT_ONCE for question in put}
    several = max(-(-len(listed) // most[question]) for question, listed in put.items())
    copies = {question: -(-len(listed) // several) for question, listed in put.items()}
    chosen = [{} for _ in range(several)]
    places = {}
    for question, listed in put.items():
        for number, (name, source) in enumerate(listed):
            copy, book = divmod(number, several)
            chosen[book][question, copy] = source
            places[question, name] = f"s{book}", name_of(question, copy)
    books = {f"s{n}": submission(chapter, given, copies) for n, given in enumerate(chosen)}
    with forked.instead_of_starting(server):
        results = graded(chapter, books, tmp_path_factory.mktemp("whole"), copies)
    return {which: result(*results[book], copy) for which, (book, copy) in places.items()}


class Catalogue:
    """What each chapter's catalogue and exercise must hold."""

    @pytest.mark.graders
    def test_every_wrong_answer_loses_its_points_and_says_why(
        self, answers, whole, record_property
    ):
        found, count = [], 0
        for question, listed in answers.items():
            for answer in listed:
                if answer.wrong:
                    count += 1
                    points, told = whole[question, answer.name]
                    if points != 0 or answer.told not in told:
                        found.append(f"{question}: {answer.name}: {points} points, {told!r}")
        record_property("caught", [count - len(found), count])
        assert not found, "\n".join(found)

    @pytest.mark.graders
    def test_the_solution_and_every_right_answer_get_all_points(self, chapter, answers, whole):
        for question, cell in checking(notebook("exercises", chapter)).items():
            points = cell.metadata.nbgrader.points
            right = [answer.name for answer in answers[question] if not answer.wrong]
            for name in ["(the solution)", *right]:
                got, told = whole[question, name]
                assert got == points, f"{question}: {name}: {got} of {points} points, {told!r}"

    @pytest.mark.graders
    def test_the_release_gets_no_points(self, answers, whole):
        for question in answers:
            points, told = whole[question, "(the release)"]
            assert points == 0 and "is not" in told, f"{question}: {points} points, {told!r}"

    @pytest.mark.usefixtures("runs_here", "nothing_is_compiled")
    def test_tests_pass_the_solution_and_neither_the_release_nor_the_first_wrong_answers(
        self, chapter, answers, monkeypatch
    ):
        """In one process, and without the training of the experiment: nbgrader's runs are long."""
        monkeypatch.chdir(ROOT / "exercises" / chapter)
        first = {name: listed[:1] for name, listed in answers.items() if name != "experiment"}
        found = [
            f"{q}: {name}: {fault}" for q, name, _, fault in quick.judge(chapter, first) if fault
        ]
        assert not found, "\n".join(found)

    def test_the_catalogue_is_long_enough(self, chapter, answers):
        solution = checking(notebook("solutions", chapter))
        assert answers.keys() == solution.keys()
        for question, listed in answers.items():
            hard = re.search(r"checks\.(gradients|at_least_as_fast)\(", solution[question].source)
            wrong = [answer for answer in listed if answer.wrong]
            assert len(wrong) >= (6 if hard else 4), question
            assert len(listed) - len(wrong) >= 2, f"{question}: two right answers are needed"
            assert len({answer.name for answer in listed}) == len(listed), question
            assert listed[0].wrong and all(answer.told for answer in wrong), question

    def test_points_and_minutes_stand_at_the_top_and_at_each_question(self, chapter):
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

    def test_every_question_has_two_hints_that_are_folded(self, chapter):
        book = notebook("exercises", chapter)
        for cell in book.cells:
            if re.match(r"## Question \d", cell.source):
                for step in ("where to look", "how to begin"):
                    wanted = f"<details><summary>Hint: {step}</summary>\n\n"
                    assert wanted in cell.source, f"{cell.source.splitlines()[0]}: {step}"

    def test_every_test_says_what_it_checked_and_the_points_of_its_question(self, chapter):
        for question, cell in checking(notebook("exercises", chapter)).items():
            points = int(cell.metadata.nbgrader.points)
            said = re.findall(r'^checks\.passed\((\d+), "[^"]+"\)$', cell.source, re.MULTILINE)
            assert said == [str(points)], question
            assert "checks.passed(" in cell.source.rstrip().splitlines()[-1], (
                f"{question}: not its end"
            )

    def test_a_question_about_gradients_has_a_gradient_check_of_the_student_s_own(self, chapter):
        book = notebook("exercises", chapter)
        names = [c.metadata.get("nbgrader", {}).get("grade_id", "") for c in book.cells]
        for question, cell in checking(book).items():
            if "checks.gradients(" in cell.source:
                between = book.cells[names.index(question) + 1 : names.index(f"{question}-test")]
                assert any("gradcheck.numeric(" in c.source for c in between), question

    def test_an_exercise_has_a_picture_and_a_goal_beyond_the_marks(self, chapter):
        book = notebook("exercises", chapter)
        assert any("plots.show(" in c.source for c in book.cells if c.cell_type == "code")
        (beyond,) = (c.source for c in book.cells if c.source.startswith("## If you want more"))
        assert re.search(r"^\|.*\|\n\|[-| ]+\|\n\|", beyond, re.MULTILINE), (
            "what is known, as a table"
        )

    def test_nothing_of_the_solution_leaks_into_the_release(self, chapter):
        released = json.dumps(notebook("exercises", chapter))
        assert "HIDDEN TESTS" not in released and "BEGIN SOLUTION" not in released
        for name, cell in cells(notebook("solutions", chapter)).items():
            for line in secret(cell):
                assert json.dumps(line)[1:-1] not in released, f"{name}: {line}"


for _name in chapters():
    _made = {"CHAPTER": _name, "ANSWERS": catalogue.answers(_name)}
    globals()[f"Test{_name[:4].title()}"] = type(f"Test{_name[:4].title()}", (Catalogue,), _made)
