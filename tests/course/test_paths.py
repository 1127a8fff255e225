"""The parts of the course and the ways through it name chapters that exist, and honest hours."""

import re
from pathlib import Path

import pytest
from chapter import Chapter
from pages import measured_minutes

ROOT = Path(__file__).resolve().parents[2]
README, GUIDE = (
    (ROOT / f"{name}.md").read_text(encoding="utf-8") for name in ("README", "INSTRUCTORS")
)
FILES = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
START = "\n".join(cell.source for cell in Chapter(FILES[0]).notebook.cells)
MINUTES = {path.name[:2]: measured_minutes(Chapter(path))[0] for path in FILES}
EXERCISES = {
    number: int(minutes)
    for number, minutes in re.findall(r"^\| `ch(\d\d)-[^|]*\|.*\| (\d+) \|$", GUIDE, re.MULTILINE)
}


def numbers(text):
    """["00", "01", "02", "14"] of "00 to 02 and 14"."""
    found = []
    for first, last in re.findall(r"(\d\d)(?: to (\d\d))?", text):
        found += [f"{n:02}" for n in range(int(first), int(last or first) + 1)]
    return found


def rounded(minutes):
    """Minutes in hours, half an hour up: `round` would take 34.5 down."""
    return (minutes + 30) // 60


@pytest.mark.parametrize("text", [README, GUIDE, START], ids=["README", "INSTRUCTORS", "00"])
def test_the_hours_of_a_way_are_those_of_its_chapters_and_exercises(text):
    ways = re.findall(r"\*\*(?:Alone|You know PyTorch), (\d+) hours\.\*\* (.*)", text)
    assert len(ways) == 2
    for hours, told in ways:
        chapters, _, exercises = told.partition("exercises ")
        minutes = sum(MINUTES[n] for n in numbers(chapters))
        minutes += sum(EXERCISES[n] for n in numbers(exercises))
        assert int(hours) == rounded(minutes), minutes / 60


def test_a_class_has_twelve_weeks_and_as_many_hours_as_it_is_told():
    weeks = re.findall(r"^\| \d+ \| ([\d, ]+) \| (\d\d) \|", GUIDE, re.MULTILINE)
    assert len(weeks) == 12 and all(exercise in EXERCISES for _, exercise in weeks)
    minutes = sum(MINUTES[n] for chapters, _ in weeks for n in numbers(chapters))
    for text in (README, START):
        (hours,) = re.findall(r"twelve weeks, (\d+) hours of chapters", text)
        assert int(hours) == rounded(minutes), minutes / 60
    assert f"all of these together take {hours} hours" in GUIDE


def test_every_chapter_is_in_a_part_in_the_order_of_its_number():
    listed = re.findall(r"^- (\d\d) \[.*\]\(notebooks/(.+)\)$", README, re.MULTILINE)
    assert [name for _, name in listed] == [path.name for path in FILES]
    assert all(name.startswith(number) for number, name in listed)
    assert len(re.findall(r"^### [IV]+ ", README, re.MULTILINE)) == 6
    table = re.findall(r"(\d\d) \[[^\]]+\]\((\d\d-[^)]+)\)", START.partition("| part |")[2])
    assert [name for _, name in table][: len(FILES)] == [path.name for path in FILES]
