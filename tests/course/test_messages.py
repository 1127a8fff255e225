"""What a student is told where something other than a number is wrong."""

import sys
import types

import numpy as np
import pytest
from test_apart import ran, test_cell

from minidl_course.grading import patient, student
from minidl_course.grading.channel import Wrong

test_cell.__test__ = False
BROKEN = """\
def right(x): return 2 * x
def broken(x)
    return 2 * x
"""
MENDED = "def broken(x): return 2 * x"


def test_of_a_name_that_is_missing_the_error_of_its_cell_is_told(tmp_path):
    told = ran(
        tmp_path,
        BROKEN,
        test_cell("broken"),
        test_cell("right"),
        MENDED,
        "broken(1)\nraise ValueError",
        test_cell("mended", test_cell("broken").source),
        "1 / 0\nratio = 3",
        test_cell("ratio"),
        test_cell("nowhere"),
    )
    ended = "is not there: the cell that defines it ended with"
    syntax = f"{ended} SyntaxError: expected ':' (line 2)"
    assert told["broken"] == (0, f"`broken` {syntax}")
    assert told["right"] == (0, f"`right` {syntax}")
    assert told["mended"] == (1, "")
    assert told["ratio"] == (0, f"`ratio` {ended} ZeroDivisionError: division by zero")
    assert told["nowhere"][1].startswith("`nowhere` is not there. Run the cell that defines it")


@pytest.fixture
def says(monkeypatch):
    """says(f, *args): what the student with this function f is told."""

    def say(function, *args, way=lambda answer: answer):
        notebook = types.ModuleType("__main__")
        notebook.f = function
        monkeypatch.setitem(sys.modules, "__main__", notebook)
        with pytest.raises(Wrong) as raised:
            way(student.f)(*args)
        return str(raised.value)

    return say


def test_a_forgotten_return_is_told(says):
    told = says(lambda x: None, 1, way=lambda answer: patient(answer, 60))
    assert told == "None came back. Is there a `return` at the end of f?"


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.einsum("npqrsc,rscm->npqm", x, x),
        lambda x: np.einsum("ij,jk->ik", x, x),
        lambda x: x @ x,
        lambda x: x.dot(x),
        lambda x: x + np.ones(4),
        lambda x: x.reshape(7),
    ],
)
def test_of_shapes_that_do_not_fit_more_is_said_than_numpy_says(says, function):
    told = says(function, np.ones((2, 3)))
    assert told.startswith("f raised ValueError: ")
    assert told.endswith(
        "The shapes do not fit: print them, and compare with those that the question names."
    )


def test_of_another_error_only_its_line_is_told(says):
    assert not says(lambda x: x[9], np.ones(1)).endswith("names.")
