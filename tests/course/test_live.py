"""Test cells in a student's own notebook, in a kernel as Jupyter starts it: whose names count."""

import nbformat
import pytest
import recorder
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from exercises import ROOT

WRITTEN = """
def weights(x): return 2 * x
def network(x): return weights(x)
def counted():
    global calls
    calls += 1
    return calls
calls = 0
"""
TEST = """# Visible tests: of a question
import json
from minidl_course.grading import Wrong, student
def weights(a, b): return a + b
network, calls, fresh = 5, -7, 1
assert student.network(3) == 6 and student.counted() == {}
assert (weights(1, 2), network, calls, fresh) == (3, 5, -7, 1)
"""
AFTER = "assert network(1) == weights(1) == 2 and calls == {} and 'fresh' not in globals()"


def ran(*sources):
    """Run cells in one kernel, to the end, and return the errors."""
    book = new_notebook(cells=[new_code_cell(source) for source in sources])
    NotebookClient(book, timeout=60, kernel_name="python3", allow_errors=True).execute()
    outputs = [output for cell in book.cells for output in cell.outputs]
    return [output.evalue for output in outputs if output.output_type == "error"]


def test_what_a_test_binds_is_gone_and_what_it_covered_is_back():
    """Also in the first test of a session, which imports the package, and where a test fails."""
    failing = TEST.format(3) + "raise Wrong('no')"
    cells = WRITTEN, TEST.format(1), AFTER.format(1), TEST.format(2), AFTER.format(2)
    assert ran(*cells, failing, AFTER.format(3)) == ["no"]


def test_other_cells_keep_what_they_bind():
    kept = "from minidl_course.grading import student\nnetwork = 1"
    assert ran(kept, "assert network == 1 and student", "network = 2", "assert network == 2") == []


@pytest.mark.parametrize("test", ["ch05/dead", "ch14/experiment"])
def test_a_test_may_bind_the_name_that_it_asks_for(test):
    chapter, question = test.split("/")
    (path,) = ROOT.glob(f"solutions/{chapter}-*/{chapter}-*.ipynb")
    cells = recorder.cells(nbformat.read(path, as_version=4))
    code = [cell for cell in cells.values() if cell.cell_type == "code"]
    answers = [cell.source for cell in code if cell.metadata.nbgrader.solution]
    assert ran(cells["setup"].source, *answers, cells[f"{question}-test"].source) == []
