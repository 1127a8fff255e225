"""Files that a student's code may change: seen, put back, and laid at the right door."""

import contextlib
import os
import threading
import time

import kept
import pytest

CHECKS = "minidl_course/grading/checks.py"


@pytest.fixture
def course(tmp_path):
    """(folder, Kept): a course with two files and a folder that is only watched."""
    folder = tmp_path / "course"
    for name in (CHECKS, "tools/grade.py"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(name)
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "numpy.py").write_text("numpy")
    return folder, kept.Kept([folder], tmp_path / "aside", [tmp_path / "python"])


def overwritten(folder):
    (folder / CHECKS).write_text("def equal(*args): pass")


def added(folder):
    (folder / "numpy.py").write_text("raise SystemExit")


def taken_away(folder):
    (folder / CHECKS).unlink()


def a_link(folder):
    taken_away(folder)
    (folder / CHECKS).symlink_to("/etc/passwd")


def a_folder(folder):
    taken_away(folder)
    (folder / CHECKS).mkdir()
    (folder / CHECKS / "x").write_text("x")


def allowed(folder):
    (folder / CHECKS).chmod(0o777)


def the_whole_package(folder):
    taken_away(folder)
    (folder / CHECKS).parent.rmdir()


def put_back_by_itself(folder):
    """Tests may have read it in between."""
    time.sleep(0.1)  # a clock of files may tick that slowly
    before = (folder / CHECKS).read_bytes()
    overwritten(folder)
    (folder / CHECKS).write_bytes(before)


CHANGES = [overwritten, added, taken_away, the_whole_package]
if os.name == "posix":
    CHANGES += [a_link, a_folder, allowed, put_back_by_itself]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_seen_and_put_back_and_nothing_is_lost(course, change, tmp_path):
    folder, files = course
    assert files.put_back() == []
    change(folder)
    assert files.put_back()
    assert files.put_back() == []
    assert {str(p.relative_to(folder)) for p in folder.rglob("*.py")} == {CHECKS, "tools/grade.py"}
    assert (folder / CHECKS).read_text() == CHECKS and (folder / CHECKS).stat().st_mode & 2 == 0
    if change is overwritten:
        (lost,) = (tmp_path / "aside").iterdir()
        assert lost.read_text() == "def equal(*args): pass"


def test_a_change_in_a_large_folder_is_seen(course, tmp_path):
    _, files = course
    assert files.spoilt() == []
    (tmp_path / "python" / "numpy.py").write_text("nympu")
    (tmp_path / "python" / "new.py").write_text("")
    assert [path.name for path in files.spoilt()] == ["new.py", "numpy.py"]


def test_who_ran_while_a_file_changed_is_graded_again_and_only_the_culprit_is_refused(course):
    """Three at once: all are suspected, and alone two of them change nothing."""
    folder, files = course
    together, alone = threading.Barrier(3), []

    def unchanged():
        with contextlib.suppress(FileNotFoundError):  # it is just being put back
            return (folder / CHECKS).read_text() == CHECKS

    def grade_one(name):
        if not alone:
            together.wait()
        if name == "eve":
            overwritten(folder)
        return {"student": name, "chapter": "ch01", "total": 18 if unchanged() else 22}

    last, count = {}, 0
    for name, row in kept.graded(["ada", "eve", "bea"], grade_one, 3, files):
        last[name], count = row, count + 1
        if count == 3:
            alone.append(True)
    assert last["ada"]["total"] == last["bea"]["total"] == 18
    assert last["eve"] == {
        "student": "eve",
        "chapter": "ch01",
        "total": 0,
        "note": f"not graded: it changed {folder / CHECKS}; that is put back",
    }
    assert (folder / CHECKS).read_text() == CHECKS


def test_paths_are_told_as_they_stand_in_the_course():
    paths = [kept.ROOT / CHECKS, kept.ROOT / "tools" / "grade.py", kept.ROOT / "x", kept.ROOT / "y"]
    assert kept.told(paths[:1]) == CHECKS.replace("/", os.sep)
    assert kept.told(paths).endswith("grade.py and 2 more")
