"""Hand-ins that are no notebook, or a broken one: each costs its own marks, with a reason.

The table is that of a class: what is broken lies among honest notebooks.
"""

import csv
import json
import os
import random

import forked
import grade
import nbformat
import pytest
import submissions
from books import notebook
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CHAPTER, OTHER = "ch01-one-neuron", "ch03-backpropagation"
POSIX = pytest.mark.skipif(
    os.name != "posix", reason="links and pipes as Linux and macOS have them"
)


def book():
    """The model answers, as a dict of JSON."""
    return json.loads(nbformat.writes(notebook("solutions", CHAPTER)))


def changed(**names):
    """A hand-in with other values at the top of the notebook."""
    return json.dumps({**book(), **names})


def with_first(**names):
    """A hand-in whose first cell is another."""
    cell = {"cell_type": "code", "id": "first", "metadata": {}, "source": "1", "outputs": []}
    cell |= {"execution_count": None, **names}
    cell = {name: value for name, value in cell.items() if value != "missing"}
    return changed(cells=[cell, *book()["cells"]])


def twin_ids():
    made = book()
    for cell in made["cells"]:
        cell["id"] = "same"
    return json.dumps(made)


def all_metadata(value):
    made = book()
    for cell in made["cells"]:
        cell["metadata"] = {"nbgrader": value}
    return json.dumps(made)


def version_3():
    return nbformat.writes(nbformat.convert(notebook("solutions", CHAPTER), 3), version=3)


# From a name to what lies in the file, and a part of the note; None where it is graded, and then
# with all the points of its tests.
TEXTS = {
    "empty": ("", "it is empty"),
    "spaces": (" \n", "it is empty"),
    "no JSON": ("not a notebook", "it is no JSON: "),
    "cut off": (changed()[:-500], "it is no JSON: "),
    "a conflict of git": ("<<<<<<< HEAD\n" + changed(), "it is no JSON: "),
    "a page of HTML": ("<!DOCTYPE html><html></html>", "it is no JSON: "),
    "a list": ("[1, 2]", "it is JSON, but no notebook"),
    "a number": ("3", "it is JSON, but no notebook"),
    "null": ("null", "it is JSON, but no notebook"),
    "an empty object": ("{}", "it is JSON, but no notebook"),
    "nbformat 99": (changed(nbformat=99), "it says nbformat 99, and 4 is needed"),
    "nbformat as text": (changed(nbformat="4"), "it says nbformat '4', and 4 is needed"),
    "without cells": (json.dumps({"nbformat": 4, "nbformat_minor": 5}), "it has no list of cells"),
    "cells as text": (changed(cells="none"), "it has no list of cells"),
    "nested": ("[" * 200_000 + "]" * 200_000, "it is nested too deeply"),
    "binary": (random.Random(0).randbytes(3000), "it is no text in UTF-8"),
    "UTF-16": (changed().encode("utf-16"), "it is no text in UTF-8"),
    "Latin-1": (
        changed(x="\xe9\xff").replace("\\u00e9", "\xe9").encode("latin-1"),
        "no text in UTF-8",
    ),
    "no characters": (with_first(source="\ud800"), "it has characters that no text has"),
    "huge": (b" " * (submissions.MAX_BYTES + 1), "bytes, over the limit of 50,000,000"),
    "cells of numbers": (changed(cells=[1, 2, 3]), "Error"),
    "no list of metadata": (changed(metadata=[]), "Error"),
    "a cell without a kind": (with_first(cell_type="missing"), "Error"),
    "a cell of no kind": (with_first(cell_type="film"), "Error"),
    "no cells": (nbformat.writes(new_notebook()), "this is no notebook of ch01-one-neuron"),
    "of its own": (
        nbformat.writes(new_notebook(cells=[new_code_cell("1"), new_markdown_cell("One")])),
        "this is no notebook of ch01-one-neuron",
    ),
    "of another chapter": (
        nbformat.writes(notebook("solutions", OTHER)),
        "this is no notebook of ch01-one-neuron",
    ),
    "notes of nbgrader gone": (all_metadata({}), "this is no notebook of ch01-one-neuron"),
    "notes of nbgrader as text": (all_metadata("grade"), "Error"),
    "two with one id": (twin_ids(), None),
    "no metadata of its own": (changed(metadata={}), None),
    "a kernel that nobody has": (
        changed(metadata={"kernelspec": {"name": "julia", "display_name": "Julia"}}),
        None,
    ),
    "version 3": (version_3(), None),
    "a byte order mark": (b"\xef\xbb\xbf" + changed().encode(), None),
}


def hand_in(folder, student, text):
    path = folder / student / CHAPTER / f"{CHAPTER}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return path


def told(path):
    with pytest.raises(submissions.Unreadable) as raised:
        submissions.read(path)
    return str(raised.value)


@pytest.mark.parametrize(
    "name", [name for name, (_, note) in TEXTS.items() if note and "it " in note]
)
def test_what_is_no_notebook_is_told_before_anything_runs(name, tmp_path):
    text, note = TEXTS[name]
    assert note in told(hand_in(tmp_path, "ada", text))


def check(names, folder):
    """Grade these, with an honest notebook at both ends; every one has a row."""
    for place, name in enumerate(names):
        hand_in(folder / "in", f"s{place:02}", TEXTS[name][0])
    for student in ("a-first", "z-last"):
        hand_in(folder / "in", student, changed())
    grade.grade(folder / "in", folder / "out", jobs=2)
    with (folder / "out" / "marks.csv").open(newline="", encoding="utf-8-sig") as file:
        first, *rows, last = csv.DictReader(file)
    assert (first["total"], last["total"]) == ("14.0", "14.0")
    assert len(rows) == len(names)
    for name, row in zip(names, rows):
        note = TEXTS[name][1]
        if note is None:
            assert row["total"] == "14.0", (name, row)
        else:
            assert (row["total"], row["note"][:12]) == ("0", "not graded: "), (name, row)
            assert note in row["note"], (name, row)


def test_a_broken_hand_in_takes_no_other_with_it(tmp_path):
    check(["cut off", "cells of numbers"], tmp_path)


@pytest.mark.graders
def test_every_kind_of_broken_hand_in_has_its_row(tmp_path):
    with forked.server() as started, forked.instead_of_starting(started):
        check(TEXTS, tmp_path)


@POSIX
def test_what_is_no_file_has_a_row(tmp_path):
    """All lie where a notebook is expected, and none of them is opened."""
    folder = tmp_path / "in"
    elsewhere = hand_in(tmp_path, "ada", changed())
    places = {}
    for student in ("folder", "nowhere", "circle", "outside", "pipe", "chapter"):
        places[student] = folder / student / CHAPTER / f"{CHAPTER}.ipynb"
        places[student].parent.mkdir(parents=True)
    places["folder"].mkdir()
    places["nowhere"].symlink_to("gone.ipynb")
    places["circle"].symlink_to(places["circle"].name)
    places["outside"].symlink_to(elsewhere)
    os.mkfifo(places["pipe"])
    places["chapter"].parent.rmdir()
    places["chapter"].parent.symlink_to(elsewhere.parent)
    (folder / "twin").symlink_to(elsewhere.parents[1])
    places["twin"] = folder / "twin" / CHAPTER / elsewhere.name
    known, _, without = submissions.find(folder)
    assert sorted(known) == sorted(places.values()) and without == []
    notes = {student: told(path) for student, path in places.items()}
    assert notes == {
        "folder": f"what is called {CHAPTER}.ipynb is a folder",
        "nowhere": "it is a link that leads nowhere",
        "circle": notes["circle"],  # the systems call it differently
        "outside": (outside := "it is a link to something outside the student's folder"),
        "pipe": f"what is called {CHAPTER}.ipynb is no file",
        "chapter": outside,
        "twin": outside,
    }
    assert "link" in notes["circle"]
    rows = grade.grade(folder, tmp_path / "out", jobs=1)
    assert {row["student"]: row["note"] for row in rows} == {
        student: f"not graded: {note}" for student, note in notes.items()
    }


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_what_may_not_be_read_has_a_row(tmp_path):
    path = hand_in(tmp_path, "ada", changed())
    path.chmod(0)
    assert told(path) == "it cannot be read: Permission denied"


def test_a_file_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    path = hand_in(tmp_path, "ada", changed())
    refuse = PermissionError(13, "Permission denied")
    monkeypatch.setattr(type(path), "read_bytes", lambda self: (_ for _ in ()).throw(refuse))
    assert told(path) == "it cannot be read: Permission denied"


def test_whatever_else_goes_wrong_costs_one_row(tmp_path):
    """A file lies where the feedback of one student belongs."""
    for student in ("ada", "bea"):
        hand_in(tmp_path / "in", student, changed())
    (tmp_path / "out" / "feedback").mkdir(parents=True)
    (tmp_path / "out" / "feedback" / "ada").write_text("")
    ada, bea = grade.grade(tmp_path / "in", tmp_path / "out", jobs=2)
    assert ada["total"] == 0 and ada["note"].startswith("not graded: ")
    assert bea["total"] == 14


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("=2+3", "'=2+3"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t'=1"),
        ("\t1", "'\t1"),
        ("\r=1", "'\r'=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("a;=1", "a;'=1"),
        ("a\n=1", "a\n'=1"),
        ("a-b=c@d", "a-b=c@d"),
        ("Jürgen", "Jürgen"),
        ("\udcff", "\\udcff"),
        ("a\x1b[2J\u202eb\x7f\x9b", "a\\x1b[2J\\u202eb\\x7f\\x9b"),
    ],
)
def test_no_spreadsheet_computes_a_name_or_a_note(name, written, tmp_path):
    row = {"student": name, "chapter": CHAPTER, "total": 0, "note": name}
    submissions.write_table([row], tmp_path / "marks.csv")
    with (tmp_path / "marks.csv").open(newline="", encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert row["student"] == row["note"] == written
