"""What `make grade` does around nbgrader: who handed in what, the table, and what goes wrong."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import grade
import pytest
import submissions

from exercises import CONFIG, ROOT
from minidl_course.grading import remains

ONE, TWO = "ch01-one-neuron", "ch03-backpropagation"


@pytest.fixture
def handed_in(tmp_path):
    """The folder of a class in which not everybody followed the rules."""
    names = (
        f"ada/{ONE}/{ONE}.ipynb",
        f"ada/{TWO}/{TWO}.ipynb",
        f"ada/{TWO}/.ipynb_checkpoints/{TWO}.ipynb",
        f"bea/{ONE}/{ONE} (1).ipynb",
        f"cyd/{ONE}.ipynb",
        "dan/ch1/ch1.ipynb",
        "eve/report.pdf",
        ".cache/x/x.ipynb",
    )
    for name in names:
        path = tmp_path / "a class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return tmp_path / "a class"


def test_every_student_has_a_row(handed_in):
    known, left_out, without = submissions.find(handed_in)
    assert [path.parts[-3:-1] for path in known] == [("ada", ONE), ("ada", TWO)]
    assert {row["student"]: row["note"] for row in without} == {
        "bea": f"not graded: no CHAPTER/CHAPTER.ipynb; there is {ONE}/{ONE} (1).ipynb",
        "cyd": f"not graded: no CHAPTER/CHAPTER.ipynb; there is {ONE}.ipynb",
        "dan": "not graded: no CHAPTER/CHAPTER.ipynb; there is ch1/ch1.ipynb",
        "eve": "not graded: no CHAPTER/CHAPTER.ipynb; there is no notebook",
    }
    assert all(row["total"] == 0 for row in without)
    assert not any(".ipynb_checkpoints" in path.parts for path in left_out)


def read(path):
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("depth", [1500, 4500])
def test_no_folder_of_a_student_is_too_deep_to_be_looked_through(depth, monkeypatch):
    with remains.folder() as folder:
        path = Path(folder) / "ada" / ONE / f"{ONE}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text("{}")
        (path.parents[1] / "spare.ipynb").write_text("{}")
        monkeypatch.chdir(path.parents[1])
        for _ in range(depth):
            Path("d").mkdir()
            os.chdir("d")
        monkeypatch.undo()
        known, left_out, without = submissions.find(Path(folder))
    assert (known, left_out, without) == ([path], [path.parents[1] / "spare.ipynb"], [])


def test_a_run_that_is_broken_off_leaves_a_table(handed_in, tmp_path, monkeypatch):
    def grade_one(master, notebook, student, results):
        if master.name == TWO:
            raise KeyboardInterrupt
        return {"student": student, "chapter": ONE, "total": 3.0, "of": 22.0, "note": ""}

    monkeypatch.setattr(grade, "grade_one", grade_one)
    monkeypatch.setattr(grade, "masters", lambda names, folder: None)
    with pytest.raises(KeyboardInterrupt):
        grade.grade(handed_in, tmp_path / "out", jobs=1)
    first, second, *others = read(tmp_path / "out" / "marks.csv")
    assert (first["student"], first["chapter"], first["total"]) == ("ada", ONE, "3.0")
    assert (second["student"], second["chapter"], second["note"]) == (
        "ada",
        TWO,
        "not graded: not yet",
    )
    assert [row["student"] for row in others] == ["bea", "cyd", "dan", "eve"]


def test_the_command_says_who_is_missing_and_that_there_is_no_folder(
    handed_in, tmp_path, monkeypatch, capsys
):
    row = {"student": "ada", "chapter": ONE, "total": 0.0, "note": ""}
    monkeypatch.setattr(grade, "grade_one", lambda *args: row)
    monkeypatch.setattr(grade, "masters", lambda names, folder: None)
    assert grade.main([str(handed_in), str(tmp_path / "out")]) == 1
    told = capsys.readouterr()
    assert "6 notebooks, 4 not graded" in told.out
    assert "eve : not graded: no CHAPTER/CHAPTER.ipynb; there is no notebook" in told.err
    with pytest.raises(SystemExit):
        grade.main([str(tmp_path / "nowhere"), str(tmp_path / "out")])
    assert f"no folder {tmp_path / 'nowhere'}" in capsys.readouterr().err


def test_a_table_opens_in_a_spreadsheet(tmp_path):
    rows = [
        {
            "student": "Jürgen",
            "chapter": TWO,
            "total": 3,
            "of": 9,
            "note": "",
            "dense": 3,
            "silu": "",
        },
        {"student": "=2+3", "chapter": ONE, "total": 1, "of": 9, "note": "", "loss": 1, "walk": 0},
    ]
    submissions.write_table(rows, tmp_path / "marks.csv")
    assert (tmp_path / "marks.csv").read_bytes().startswith(b"\xef\xbb\xbfstudent,")
    first, second = read(tmp_path / "marks.csv")
    assert [*first][5:] == ["ch01 loss", "ch01 walk", "ch03 dense", "ch03 silu"]
    assert first["student"] == "Jürgen" and second["student"] == "'=2+3"


@pytest.mark.parametrize(
    ("code", "log", "reason"),
    [
        (None, "some warning", "took longer than 60 s"),
        (-9, "some warning", "its grading process was killed by signal 9 (Killed)"),
        (1, "Traceback\nImportError: nbgrader", "ImportError: nbgrader"),
        (3, "", "its grading process ended with 3"),
    ],
)
def test_why_a_process_left_no_marks(code, log, reason):
    assert grade._ended(code, 60, log) == reason


def test_nbgrader_itself_runs_from_anywhere(tmp_path):
    """Without .venv/bin in PATH, as INSTRUCTORS.md calls it."""
    shutil.copy(CONFIG, tmp_path)
    shutil.copytree(ROOT / "solutions" / ONE, tmp_path / "solutions" / ONE)
    command = [Path(sys.executable).parent / "nbgrader", "generate_assignment", ONE]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "gradebook.db").is_file()
    assert (tmp_path / "exercises" / ONE / f"{ONE}.ipynb").is_file()


def test_a_terminal_only_shows_a_note():
    assert submissions.printable("a\x1b[2J\u202eb\udcff é") == "a\\x1b[2J\\u202eb\\udcff é"
