"""What crosses from a student's process is bounded: in depth, in bytes, and in what it may be."""

import json
import os
import sys
import time
import types

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from test_apart import TEST, test_cell

from minidl_course.grading import apart, codec, student
from minidl_course.grading.channel import Wrong
from minidl_course.grading.marks import collect

SECONDS = 4.0  # of processor time, with room for slow machines: about 1 is needed


def written(path, head, numbers=b"", length=None):
    """A file as a student's process may write it: any text, any numbers behind it."""
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    length = len(text) if length is None else length
    path.write_bytes(length.to_bytes(8, "little") + text + numbers)
    return path


@pytest.mark.parametrize(
    ("head", "length", "told"),
    [
        (b"[" * 1_000_000, None, "nested more than 50 deep"),
        (b'{"a":' * 300_000, None, "nested more than 50 deep"),
        (b"{}", 10**12, "a text of 1,000,000,000,000 characters, over the limit"),
        (b"{}", 2**63, "over the limit"),
        ({"tree": 1, "arrays": [["<f8", "C", [10**9, 10**9]]]}, None, "bytes, and 80 are there"),
        ({"tree": 1, "arrays": [["<f8", "C", [-1, -1]]]}, None, "an array of float64"),
        ({"tree": 1, "arrays": [["<f8", "C", [True]]]}, None, "an array of float64"),
        ({"tree": 1, "arrays": [["|O", "C", [1]]]}, None, "an array of object"),
        ({"tree": 1, "arrays": [["<f8,<f8", "C", [1]]]}, None, "an array of"),
        ({"tree": 1, "arrays": [["<U100000000", "C", [1]]]}, None, "bytes, and 80 are there"),
    ],
)
def test_a_file_that_claims_to_be_large_is_refused_at_once(head, length, told, tmp_path):
    path, start = written(tmp_path / "1.answer", head, bytes(80), length), time.process_time()
    with pytest.raises(ValueError, match=told):
        codec.load(path)
    assert time.process_time() - start < SECONDS


@pytest.mark.skipif(os.name != "posix", reason="links and pipes as Linux and macOS have them")
def test_a_link_a_pipe_and_a_file_of_gigabytes_are_not_read(tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(10**11)  # it takes no room on the disk
    for name, told in (("link", "symbolic"), ("pipe", "no file"), ("large", "over the limit")):
        with pytest.raises((ValueError, OSError), match=told):
            codec.load(tmp_path / name)


def test_nothing_is_written_through_a_link(tmp_path):
    (tmp_path / "theirs").write_text("precious")
    (tmp_path / "1.part").symlink_to(tmp_path / "theirs")
    with pytest.raises(FileExistsError):
        codec.save(tmp_path / "1.call", 1, [])
    assert (tmp_path / "theirs").read_text() == "precious"


def test_a_truth_value_is_true_or_false(tmp_path):
    head = {"tree": {"array": 0, "scalar": False}, "arrays": [["|b1", "C", [3]]]}
    _, (array,) = codec.load(written(tmp_path / "1.answer", head, b"\x00\x01\x02"))
    assert array.tobytes() == b"\x00\x01\x01"


def nest(depth, make=list):
    tree = 1
    for _ in range(depth):
        tree = {make.__name__: [tree]}
    return tree


@pytest.mark.parametrize(
    "tree",
    [
        nest(5000),
        nest(5000, tuple),
        {"numpy": "save"},
        {"numpy": "__dict__"},
        {"array": 0, "scalar": False},
        {"generator": {"bit_generator": "MT19937"}},
        {"int": "x"},
        {"list": 3},
        {"unknown": 1},
    ],
    ids=lambda tree: next(iter(tree)),
)
def test_a_tree_that_nobody_encodes_is_refused(tree):
    with pytest.raises((ValueError, TypeError, LookupError)):
        codec.decode(tree, [], lambda tree: tree["path"])


def forest(depth):
    """A few lists, one in the other twice: written out they would be 2^depth."""
    tree = []
    for _ in range(depth):
        tree = [tree, tree]
    return tree


def deep():
    tree = []
    for _ in range(100_000):
        tree = [tree]
    return tree


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (deep, "f gives back more than can be tested: lists in lists, more than 50 deep."),
        (lambda: forest(40), "more than 200,000 values in lists; an array holds more."),
        (lambda: [0] * 10**7, "more than 200,000 values in lists; an array holds more."),
        (lambda: np.broadcast_to(0.0, (10**6, 10**6)), "arrays of more than 500,000,000 bytes."),
        (lambda: [np.zeros(10**7)] * 50, "arrays of more than 500,000,000 bytes."),
    ],
    ids=["deep", "forest", "list", "broadcast", "many"],
)
def test_an_answer_without_end_is_wrong_at_once(answer, told, monkeypatch):
    notebook = types.ModuleType("__main__")
    notebook.f = answer
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    start = time.process_time()
    with pytest.raises(Wrong) as raised:
        student.f()
    assert str(raised.value).endswith(told)
    assert time.process_time() - start < SECONDS


BOMBS = """
import json, pathlib
import numpy as np
from minidl_course.grading import codec, worker

def deep(x):
    tree = []
    for _ in range(100_000): tree = [tree]
    return tree
def large(x): return np.broadcast_to(0.0, (10**6, 10**6))
def text(x): return "x" * 20_000_000

def puts(bytes_of):
    def save(path, tree, arrays): pathlib.Path(path).write_bytes(bytes_of)
    def f(x): codec.save = save
    return f
as_file = lambda text: len(text).to_bytes(8, "little") + text
nested = puts(as_file(b'{"arrays": [], "tree": {"result": ' + b'{"list": [' * 100_000))
lists = b'{"list": [' * 400 + b"]}" * 400
inside = puts(as_file(b'{"arrays": [], "tree": {"result": %s}}' % lists))
shaped = puts(as_file(b'{"arrays": [["<f8", "C", [1000000, 1000000]]], "tree": {}}'))
"""


TIMED = """
import time
began = time.process_time()
try:
    exec({test!r})
finally:
    print("seconds:", time.process_time() - began)
"""


def test_no_answer_costs_the_tests_more_than_a_moment(tmp_path):
    """In two processes, as when a notebook is graded; a right answer is still right in the end.

    What counts is the processor time of the process that tests: other programs do not.
    """
    names = ("deep", "large", "text", "nested", "inside", "shaped")
    restore = "import importlib; importlib.reload(codec); right = lambda x: 2 * x"
    cells = [new_code_cell(BOMBS)]
    for name in names:
        timed = test_cell(name, TIMED.format(test=TEST.format(name)))
        cells += [timed, new_code_cell(restore)]
    cells.append(test_cell("right"))
    book = new_notebook(cells=cells)
    apart.run(book, tmp_path)
    told = {mark.question: (mark.points, mark.message) for mark in collect(book)}
    assert told.pop("right") == (1, "")
    for name in ("deep", "large", "text"):
        assert told[name][1].startswith(f"{name} gives back more than can be tested: ")
    for name in ("nested", "inside", "shaped"):
        assert told[name][1].startswith(f"{name} gave no answer that can be read: ")
    # What one `print` writes may come in pieces.
    shown = ["".join(output.get("text", "") for output in cell.outputs) for cell in cells]
    took = [float(text.removeprefix("seconds: ")) for text in filter(None, shown)]
    assert len(took) == len(names) and max(took[1:]) < SECONDS, took  # the first one imports
