"""Every committed chapter has the form of the course.

That the outputs are right is nbval's part: `pytest notebooks/` runs every cell and compares.
"""

import ast
import re
from collections import Counter
from pathlib import Path

import course
import pages
import pytest
from chapter import Chapter, lines

from notebooks import check, read

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def test_the_course_starts_at_chapter_00_and_every_chapter_has_its_own_number():
    names = [path.name for path in CHAPTERS]
    assert names, "notebooks/ is empty"
    assert names[0] == "00-start-here.ipynb"
    assert all(re.fullmatch(r"\d\d-[a-z0-9-]+\.ipynb", name) for name in names), names
    assert len({name[:2] for name in names}) == len(names), names


@every_chapter
def test_a_chapter_is_committed_run_whole_and_in_form(path):
    assert check(path) == []


@every_chapter
def test_no_text_of_a_chapter_is_still_to_be_written(path):
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            assert re.search("[a-z]{3} [a-z]+ [a-z]", cell.source), f"{cell.id}: {cell.source}"


@every_chapter
def test_a_chapter_has_at_most_300_lines_of_code_in_sight(path):
    assert sum(map(lines, Chapter(path).visible_code())) <= 300


@every_chapter
def test_a_chapter_has_no_fault_of_language_or_layout(path):
    assert pages.faults(path) == []


def test_a_letter_is_no_hint():
    """Over the course each is right about as often as another."""
    right = Counter(letter for path in CHAPTERS for letter in pages.right_letters(Chapter(path)))
    assert max(right[letter] for letter in "abc") < 1.5 * min(right[letter] for letter in "abc")


@every_chapter
def test_a_chapter_is_plain_python_that_no_cell_hides_from_the_tests(path):
    for cell in read(path).cells:
        hidden = {"nbval-skip", "nbval-raises-exception", "raises-exception"}
        assert not hidden & set(cell.metadata.get("tags", [])), cell.id
        if cell.cell_type == "code":
            ast.parse(cell.source, filename=cell.id)  # no magics, no shell
            assert "NBVAL_" not in cell.source, f"{cell.id}: write it as a tag"


@every_chapter
def test_a_chapter_has_a_headline_of_one_short_line(path):
    line = course.headline(read(path))
    assert line, "no cell is tagged `headline`, or it prints nothing"
    assert "\n" not in line and len(line) <= 80


@every_chapter
def test_a_chapter_is_in_the_readme_and_its_result_among_the_results(path):
    for name in ("README.md", "RESULTS.md"):
        assert f"(notebooks/{path.name})" in (ROOT / name).read_text(encoding="utf-8")
