"""From solutions/ to exercises/, and from what students hand in to their marks."""

import codecs
import csv
import re
import shutil

import check
import grade
import nbformat
import pytest
import recorder
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from notebook_kernels import NO_COMPILER

import exercises
from minidl.kernels.cuda import on_cpu
from minidl_course.grading import apart, marks, preprocessors

ROOT = exercises.ROOT
CHAPTER = "ch03-backpropagation"


@pytest.mark.skipif(on_cpu.compiler() is None, reason=NO_COMPILER)
def test_exercises_are_what_solutions_make_to_the_last_byte(tmp_path):
    made = exercises.fresh(tmp_path)
    assert exercises.differences(made, ROOT / "exercises") == [], "run `make exercises`"


def test_a_changed_and_a_missing_exercise_are_seen(tmp_path):
    kept, made = tmp_path / "kept", tmp_path / "made"
    for folder, text in ((kept, "1"), (made, "2")):
        (folder / "a").mkdir(parents=True)
        (folder / "a" / "same").write_text("same")
        (folder / "a" / "other").write_text(text)
    (made / "new").write_text("new")
    assert exercises.differences(made, kept) == ["a/other", "new"]


@pytest.mark.parametrize("name", exercises.chapters())
def test_every_exercise_belongs_to_a_chapter_and_has_its_catalogue(name):
    assert (ROOT / "notebooks" / f"{name[2:]}.ipynb").is_file()
    assert (ROOT / "solutions" / "answers" / f"{name}.yml").is_file()


@pytest.mark.parametrize("name", exercises.chapters())
def test_points_and_minutes_of_every_exercise_stand_in_the_guide_for_instructors(name):
    source = (ROOT / "exercises" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    points, minutes = re.search(r"\*\*total\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\*", source).groups()
    guide = (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `{name}` .*\| {points} \| {minutes} \|", guide, re.MULTILINE)


@pytest.mark.parametrize("name", exercises.chapters())
def test_the_core_of_every_exercise_takes_about_an_hour(name):
    path = ROOT / "exercises" / name / f"{name}.ipynb"
    source = nbformat.read(path, as_version=4).cells[0].source
    minutes = dict(re.findall(r"^\| (\d+) \|.*\| (\d+) \|$", source, re.MULTILINE))
    said = re.search(r"^(All|Questions) (.*) are the core", source, re.MULTILINE)
    core = [*minutes] if said[1] == "All" else re.findall(r"\d+", said[2])
    if " to " in said[2]:
        core = map(str, range(int(core[0]), int(core[1]) + 1))
    assert 45 <= sum(int(minutes[question]) for question in core) <= 75


@pytest.mark.parametrize("name", exercises.chapters())
def test_the_chapter_says_how_many_minutes_its_exercise_takes_or_nothing_of_it(name):
    source = (ROOT / "exercises" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    minutes = re.search(r"\*\*total\*\* \| \*\*\d+\*\* \| \*\*(\d+)\*\*", source)[1]
    for cell in nbformat.read(ROOT / "notebooks" / f"{name[2:]}.ipynb", as_version=4).cells:
        link = cell.source.find(f"exercises/{name}") if cell.cell_type == "markdown" else -1
        line = cell.source[link:].split("\n")[0] if link >= 0 else ""
        assert set(re.findall(r"(\d+) minutes", line)) <= {minutes}, line


def test_two_chapters_say_it():
    told = [
        path.name[:2]
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
        if re.search(r"\(\.\./exercises/[^)]*\) takes about \d+ minutes", path.read_text("utf-8"))
    ]
    assert {"03", "17"} <= {*told}


@pytest.mark.parametrize("name", exercises.chapters())
def test_solutions_are_committed_without_outputs(name):
    notebook = nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None, cell.id


def graded(source, name, points=2, solution=False):
    """A cell that nbgrader takes points from."""
    data = {"grade": True, "solution": solution, "grade_id": name, "points": points}
    kind = new_markdown_cell if solution else new_code_cell
    return kind(source, metadata={"nbgrader": data})


@pytest.fixture
def tiny(tmp_path):
    """The path of a notebook with a right answer, a wrong one, and a written one."""
    test = (
        "from minidl_course.grading import checks, student\nchecks.equal('y', student.{}(2.0), 4.0)"
    )
    cells = [
        new_code_cell("double = lambda x: 2 * x\nhalf = lambda x: x / 2"),
        new_code_cell("from minidl_course.grading import checks\nchecks.equal = print"),
        graded(test.format("double"), "double-test"),
        graded(test.format("half"), "half-test", 3),
        graded("YOUR ANSWER HERE", "why", 1, solution=True),
        graded("Because.", "why-not", 1, solution=True),
        new_code_cell(
            "import sys\nfrom minidl_course.grading import marks\nmarks('tiny.ipynb')\n"
            "print('rested', 'nbformat' in sys.modules)"
        ),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "tiny.ipynb")
    return tmp_path / "tiny.ipynb"


def test_a_student_sees_marks_that_the_notebook_cannot_change(tiny):
    before, lines = tiny.read_bytes(), []
    marks(tiny, show=lines.append)
    assert lines == [
        "double     2 of  2",
        "half       0 of  3  y is wrong. y is 1, and should be 4.",
        "why        0 of  1  not answered yet",
        "why-not    - of  1  a person marks this",
        "total      2 of  7  on what you see; hidden tests follow, and a person marks 1 of them",
    ]
    assert tiny.read_bytes() == before


def test_one_question_is_checked_without_the_tests_of_others_and_what_comes_after_it(tiny):
    notebook, lines = nbformat.read(tiny, as_version=4), []
    never = "import pathlib\npathlib.Path('ran').touch()"
    notebook.cells.insert(2, graded(never, "first-test"))
    notebook.cells.append(new_code_cell(never))
    nbformat.write(notebook, tiny)
    marks(tiny, "half", show=lines.append)
    assert lines == [
        "half    0 of  3  y is wrong. y is 1, and should be 4.",
        "total    0 of  3  on what you see; hidden tests follow",
    ]
    assert not (tiny.parent / "ran").exists()
    with pytest.raises(
        ValueError, match="no question 'third'; there are: first, double, half, why"
    ):
        marks(tiny, "third")


def test_a_solved_exercise_has_all_marks_by_what_is_recorded_beside_it(tmp_path):
    shutil.copytree(ROOT / "exercises" / CHAPTER, tmp_path / CHAPTER)
    path = tmp_path / CHAPTER / f"{CHAPTER}.ipynb"
    book = nbformat.read(path, as_version=4)
    solved = recorder.cells(nbformat.read(ROOT / "solutions" / CHAPTER / path.name, as_version=4))
    for name, cell in recorder.cells(book).items():
        if f"{name}-test" in solved:
            cell.source = solved[name].source
    book.cells = [cell for cell in book.cells if cell.id != "experiment-test"]  # trains for long
    nbformat.write(book, path)
    lines = []
    marks(path, show=lines.append)
    asked = [line for line in lines[:-1] if "not answered yet" not in line]
    assert len(asked) > 1 and not [line for line in asked if line.split()[1] != line.split()[3]]


def test_a_notebook_does_not_grade_itself_while_it_is_graded_and_loads_nothing_for_it(tiny):
    notebook = nbformat.read(tiny, as_version=4)
    apart.run(notebook, tiny.parent)
    assert notebook.cells[-1].outputs[0].text == "rested False\n"


def test_marks_of_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no notebook .*; in its folder there are: none"):
        marks(tmp_path / "nothing.ipynb")
    empty = codecs.BOM_UTF8 + nbformat.writes(new_notebook()).encode()
    (tmp_path / "empty.ipynb").write_bytes(empty)
    with pytest.raises(ValueError, match="no graded questions"):
        marks(tmp_path / "empty.ipynb")


def test_the_command_hands_on_the_question(tiny, capsys):
    assert check.main([str(tiny), "--question", "double"]) is None
    assert "double    2 of  2\n" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        check.main([str(tiny), "--question", "third"])
    assert "has no question 'third'" in capsys.readouterr().err


def test_a_chapter_is_found_by_its_number():
    assert check.find("3") == check.find("03") == ROOT / f"exercises/{CHAPTER}/{CHAPTER}.ipynb"
    with pytest.raises(FileNotFoundError, match="no exercise '77'; there are: 01, 02"):
        check.find("77")


def test_a_class_gets_a_table_and_feedback_and_a_broken_notebook_stops_nobody(tmp_path):
    release = nbformat.read(ROOT / "exercises" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
    for cell in release.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "memory":
            cell.source = "Because."
    bobs = codecs.BOM_UTF8 + nbformat.writes(release).encode()  # as some editors save it
    for student, name, text in (
        ("ann", CHAPTER, b"{"),
        ("bob", CHAPTER, bobs),
        ("cy", f"{CHAPTER} (1)", bobs),
    ):
        path = tmp_path / "submissions" / student / CHAPTER / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(text)
    rows = grade.grade(tmp_path / "submissions", tmp_path / "marks", jobs=1)
    with (tmp_path / "marks" / "marks.csv").open(newline="", encoding="utf-8-sig") as file:
        ann, bob, cy = csv.DictReader(file)
    assert (ann["student"], ann["total"], bob["student"], bob["total"]) == (
        "ann",
        "0",
        "bob",
        "0.0",
    )
    assert ann["note"].startswith("not graded: ") and len(ann["note"]) > 20
    assert bob["of"] == "16.0" and bob["ch03 gated"] == "0.0"
    assert bob["ch03 memory"] == "" and bob["note"] == "to be marked by a person: memory"
    assert cy["total"] == "0" and f"there is {CHAPTER}/{CHAPTER} (1).ipynb" in cy["note"]
    page = tmp_path / "marks" / "feedback" / "bob" / f"{CHAPTER}.html"
    page = page.read_text(encoding="utf-8")
    assert "gated_forward is not written yet" in page
    assert page.count("Not marked yet.") == 1 and preprocessors.CSS in page
    assert [row["student"] for row in rows] == ["ann", "bob", "cy"]


def test_a_folder_without_notebooks_says_what_was_expected(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected STUDENT/CHAPTER/CHAPTER\.ipynb"):
        grade.grade(tmp_path, tmp_path / "marks")
