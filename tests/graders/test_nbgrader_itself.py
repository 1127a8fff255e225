"""Attacks through nbgrader's own commands: one course folder, and an attack for each student."""

import contextlib
import html
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from books import part, shows_no_hidden_test
from nbformat.v4 import new_code_cell, new_markdown_cell
from recorder import cells
from test_reach import CHAPTER, DEEP, LOOKS_FOR_TESTS, PIPE, QUESTIONS, temporary  # noqa: F401
from walls import wall  # noqa: F401  a fixture

from exercises import CONFIG
from minidl_course.grading import feedback, preprocessors, remains

AS_LONG_AS = 200  # answers

SCRIPT = "<script>alert(1)</script>"
SHOWS = f"from IPython.display import HTML\nprint({SCRIPT!r})\nHTML({SCRIPT!r})"
COMPUTES = """
import subprocess, sys
def logistic_loss(z, t):
    command = [sys.executable, "-c", "while True: pass", {mark!r}]
    subprocess.Popen(command, start_new_session=True).wait()
"""
LITTER = """
import os, tempfile
for folder in (".", tempfile.gettempdir(), os.environ["IPYTHONDIR"]):
    os.mkfifo(os.path.join(folder, "litter"))
"""


@pytest.mark.skipif(os.name != "posix", reason="links as Linux and macOS have them")
def test_before_nbgrader_reads_a_hand_in_its_links_and_huge_files_are_taken_out(tmp_path):
    """Where one path is too long, the links elsewhere go as well."""
    eve, twin = tmp_path / "eve" / CHAPTER, tmp_path / "twin"
    long = eve / "long"
    for place in [long, *(eve / str(number) for number in range(20))]:
        place.mkdir(parents=True)
        (place / "link").symlink_to(__file__)
    with (eve / "holes").open("wb") as file:
        file.truncate(10**12)
    (eve / "own.txt").write_text("own")
    with contextlib.chdir(long):
        for _ in range(40):
            Path(250 * "d").mkdir()
            os.chdir(250 * "d")
    twin.symlink_to("eve")
    for student in (eve.parent, twin):
        preprocessors.only_files(CHAPTER, student.name, [student / CHAPTER / f"{CHAPTER}.ipynb"])
    remains.remove(long)
    assert not twin.is_symlink()
    assert [path.name for path in eve.rglob("*") if not path.is_dir()] == ["own.txt"]


@pytest.mark.graders
def test_nbgrader_itself_withstands_what_make_grade_withstands(
    wall,  # noqa: F811
    tmp_path,
    monkeypatch,
    temporary,  # noqa: F811
):
    """Nothing is answered, so every point would be stolen."""
    monkeypatch.setenv("MINIDL_CALL_SECONDS", "3")
    course, mark = tmp_path / "course", str(tmp_path)
    nbformat.write(part("solutions", CHAPTER, QUESTIONS), _made(course / "solutions" / CHAPTER))
    (course / CONFIG.name).write_bytes(CONFIG.read_bytes())
    ran = {
        "looks": LOOKS_FOR_TESTS.format(top="/" if wall == "bubblewrap" else "."),
        "pipe": PIPE,
        "computes": COMPUTES.format(mark=mark),
        "shows": SHOWS,
        "litters": LITTER + DEEP,
        "lists": "import os\nprint(os.listdir('.'))",
    }
    books = {name: _released(source) for name, source in ran.items()}
    books["shows"].cells.append(new_markdown_cell(f"Look: {SCRIPT}"))
    cells(books["computes"])["loss"].source = ""  # not defined once more
    for name, book in books.items():
        nbformat.write(book, _made(course / "submitted" / name / CHAPTER))
    _leads_elsewhere(course)
    for step in ("generate_assignment", "autograde", "generate_feedback"):
        done = subprocess.run(
            [Path(sys.executable).parent / "nbgrader", step, CHAPTER],
            cwd=course,
            capture_output=True,
            timeout=1500,  # less than a notebook may take: what stalls is seen
        )
    pages = {
        name: course / "feedback" / name / CHAPTER / f"{CHAPTER}.html"
        for name in sorted(path.parts[-3] for path in course.glob("autograded/*/*/*.ipynb"))
    }
    assert pages.keys() == books.keys(), done.stderr
    for name, page in pages.items():
        text = page.read_text(encoding="utf-8")
        assert "(Score: 0.0 / 6.0)" in text, name
        shows_no_hidden_test(page, CHAPTER, books[name])
        assert SCRIPT not in text and feedback.POLICY in text.partition("<script")[0]
    assert _shown(course, "looks") == "here []\n"
    assert _shown(course, "lists") == "['own.txt']\n"
    assert "used more than 3 s of processor time" in _text(pages["computes"])
    assert _text(pages["shows"]).count(SCRIPT) == 4  # in the code twice, printed, and in the answer
    assert not [p for p in psutil.process_iter(["cmdline"]) if mark in (p.info["cmdline"] or [])]


def _leads_elsewhere(course):
    """Links to a solution, its folder and another hand-in, a pipe without end, a file of 1 TB."""
    solution = course / "solutions" / CHAPTER / f"{CHAPTER}.ipynb"
    handed_in = course / "submitted"
    _made(handed_in / "link" / CHAPTER).symlink_to(solution)
    os.mkfifo(_made(handed_in / "fifo" / CHAPTER))
    (handed_in / "lists" / CHAPTER / "data.txt").symlink_to(solution)
    (handed_in / "lists" / CHAPTER / "own.txt").write_text("own")
    (handed_in / "folder").mkdir()
    (handed_in / "folder" / CHAPTER).symlink_to(solution.parent)
    (handed_in / "twin").symlink_to("lists")
    with (handed_in / "lists" / CHAPTER / "holes").open("wb") as file:
        file.truncate(10**12)


def _released(first):
    """The release, with a cell before all others."""
    book = part("exercises", CHAPTER, QUESTIONS)
    book.cells.insert(0, new_code_cell(first))
    return book


def _made(folder):
    folder.mkdir(parents=True)
    return folder / f"{CHAPTER}.ipynb"


def _shown(course, name):
    """What the first cell of a graded notebook has printed."""
    file = course / "autograded" / name / CHAPTER / f"{CHAPTER}.ipynb"
    return nbformat.read(file, as_version=4).cells[0].outputs[0].text


def _text(page):
    return html.unescape(re.sub("<[^>]*>", "", page.read_text(encoding="utf-8")))
