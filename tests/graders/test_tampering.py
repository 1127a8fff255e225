"""Notebooks that try to get points without an answer, or to stop the grading, among honest ones.

Each begins as an untouched release of three questions of chapter 02, in which nothing is answered.
"""

from copy import deepcopy

import pytest
from books import cells, checking, graded, part
from nbformat.v4 import new_code_cell
from walls import wall  # noqa: F401  a fixture

from minidl_course.grading import apart

CHAPTER, QUESTIONS = "ch02-many-classes", ("entropy", "sides", "cost")


OVERWRITE = """
import builtins, numpy, numpy.testing
from minidl import gradcheck
from minidl_course import grading
from minidl_course.grading import channel, checks, codec, diagnosis, worker
for module in (checks, diagnosis, gradcheck, numpy.testing):
    for name in [name for name in vars(module) if not name.startswith("__")]:
        setattr(module, name, lambda *args, **kwargs: None)
numpy.allclose = numpy.array_equal = lambda *args, **kwargs: True
builtins.AssertionError = channel.Wrong = grading.Wrong = SystemExit
"""


def first(source):
    """A trick: this code runs before everything else."""
    return lambda book: book.cells.insert(0, new_code_cell(source))


def before_tests(source):
    """A trick: this code runs before each test, after what the release has for its question."""

    def trick(book):
        book.cells = [
            new
            for cell in book.cells
            for new in ([new_code_cell(source)] if apart.is_test(cell) else []) + [cell]
        ]

    return trick


def deleted(book):
    book.cells = [cell for cell in book.cells if not apart.is_test(cell)]


def edited(book):
    for cell in checking(book).values():
        cell.source = "pass"


def reordered(book):
    book.cells.sort(key=lambda cell: not apart.is_test(cell))
    model = cells(part("solutions", CHAPTER, QUESTIONS))
    for question in checking(book):
        cells(book)[question].source = model[question].source


def stripped(book):
    for cell in checking(book).values():
        del cell.metadata["nbgrader"]
        cell.source = "print('passed')"


def twice(book):
    for cell in checking(book).values():
        book.cells.insert(0, new_code_cell("pass", metadata=dict(cell.metadata)))
        book.cells.append(new_code_cell("pass", metadata=dict(cell.metadata)))


def skipped(book):
    for cell in checking(book).values():
        cell.metadata.tags = ["skip-execution"]


def unsayable(book):
    for cell in book.cells:
        cell.source = cell.source.replace("NotImplementedError", "ValueError('\\ud800')")


def unnamed(book):
    cells(book)["entropy"].metadata.nbgrader = {"grade": True, "solution": True}


def a_test_of_its_own(**changes):
    """A trick: code of the student's that claims to be a test, so that it may run among them."""
    data = {"grade": True, "solution": False, "locked": True, "grade_id": "mine-test", "points": 9}
    data |= {"schema_version": 3, "task": False, "cell_type": "code"} | changes
    cell = new_code_cell(OVERWRITE, metadata={"nbgrader": data})
    return lambda book: book.cells.insert(0, cell)


def an_answer_called_test(book):
    answer = cells(book)["entropy"]
    answer.metadata.nbgrader.update(grade=True, solution=False, locked=True, points=3)
    answer.source = OVERWRITE


def a_text_called_test(book):
    text = cells(book)["cost"]
    text.metadata.nbgrader.update(solution=False)
    text.update(cell_type="code", source=OVERWRITE, outputs=[], execution_count=None)


def dearer(book):
    for cell in checking(book).values():
        cell.metadata.nbgrader.points = 100


def called_solutions(book):
    for cell in checking(book).values():
        cell.metadata.nbgrader.update(solution=True, locked=False)
        cell.source = "pass"


def called_text(book):
    for cell in checking(book).values():
        cell.cell_type = "markdown"
        cell.source = "All right."
        del cell["outputs"], cell["execution_count"]


EVERYTHING_IS_EQUAL = """
class Yes:
    shape, dtype, ndim = (), float, 0
    def __getattr__(self, name): return Yes()
    def __call__(self, *args, **kwargs): return Yes()
    def __eq__(self, other): return True
    def __array__(self, *args, **kwargs): return np.zeros(())
    def __sub__(self, other): return 0
    __le__ = __lt__ = __ge__ = __gt__ = __rsub__ = __eq__
softmax_cross_entropy = softmax_gradient = Yes()
two_sided = one_sided = train = Yes()
"""
MODULES_IN_THE_FOLDER = """
import os, pathlib
for folder in (".", os.environ["IPYTHONDIR"] + "/profile_default/startup"):
    for name in ("numpy.py", "minidl.py", "00-start.py"):
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        pathlib.Path(folder, name).write_text("raise SystemExit")
"""
WORKER = """
from minidl_course.grading import codec, worker
worker.answer = lambda request, arrays: ({"result": None, "arguments": request["call"]}, arrays)
"""
TRICKS = {
    "deletes-the-tests": deleted,
    "edits-the-tests": edited,
    "moves-the-tests-up": reordered,
    "strips-the-metadata": stripped,
    "doubles-the-tests": twice,
    "raises-the-points": dearer,
    "calls-tests-solutions": called_solutions,
    "turns-tests-into-text": called_text,
    "has-its-tests-skipped": skipped,
    "raises-what-cannot-be-sent": unsayable,
    "has-a-cell-without-a-name": unnamed,
    "has-a-test-of-its-own": a_test_of_its_own(),
    "has-a-test-without-a-name": a_test_of_its_own(grade_id=""),
    "calls-an-answer-a-test": an_answer_called_test,
    "calls-a-text-a-test": a_text_called_test,
    "overwrites-helpers": first(OVERWRITE),
    "overwrites-the-shell": first("get_ipython().run_cell = lambda *args, **kwargs: None"),
    "hides-errors": first("get_ipython().showtraceback = lambda *args, **kwargs: None"),
    "equals-everything": before_tests(EVERYTHING_IS_EQUAL),
    "answers-for-the-worker": first(WORKER),
    "writes-modules": first(MODULES_IN_THE_FOLDER),
    "prints-results": first("print('total 15 of 15')\nprint('15.0')\n15.0"),
    "prints-for-ever": first("while True:\n    print('15 of 15' * 1000)"),
    "sys-exit": first("import sys\nsys.exit(0)"),
    "exit": first("exit()"),
    "ends-the-process": first("import os\nos._exit(0)"),
    "loops-for-ever": first("while True:\n    pass"),
    "cannot-be-interrupted": first(
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    ),
    "is-empty": lambda book: book.cells.clear(),
}
SAMPLE = (
    "deletes-the-tests",
    "has-a-test-of-its-own",
    "overwrites-helpers",
    "ends-the-process",
    "edits-the-tests",
    "raises-what-cannot-be-sent",
)


def grade_with(names, folder, monkeypatch):
    """Grade the notebooks of these tricks and, as the last one, that of an honest student."""
    monkeypatch.setenv("MINIDL_CELL_SECONDS", "5")
    monkeypatch.setenv("MINIDL_CALL_SECONDS", "2")
    books, model = {}, part("solutions", CHAPTER, QUESTIONS)
    for name in names:
        books[name] = part("exercises", CHAPTER, QUESTIONS)
        TRICKS[name](books[name])
    return graded(CHAPTER, books | {"z-honest": deepcopy(model)}, folder, model=model)


def check(results, names):
    """Every trick has 0 points, and the honest student all that need no person."""
    marks = {name: row["total"] for name, (row, _) in results.items()}
    assert marks == dict.fromkeys(names, 0) | {"z-honest": 5}, results


def test_tampering_gains_nothing_and_an_honest_student_is_graded(tmp_path, monkeypatch):
    check(grade_with(SAMPLE, tmp_path, monkeypatch), SAMPLE)


@pytest.mark.graders
def test_no_trick_gains_anything(wall, tmp_path, monkeypatch):  # noqa: F811
    """The sample, behind the wall that a machine has by itself, is a test above."""
    names = [name for name in TRICKS if wall == "none" or name not in SAMPLE]
    check(grade_with(names, tmp_path, monkeypatch), names)
