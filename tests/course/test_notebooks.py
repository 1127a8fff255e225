"""The tools that run a chapter and give it its form work, and the tests compare what it prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

import course
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from minidl_course import frames
from notebooks import CellError, check, collapse, read, rewrite

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def write(tmp_path):
    """write(*sources) makes a notebook of code cells that have not been run: its path."""

    def make(*sources, name="00-tiny.ipynb", tags=()):
        cells = [
            new_code_cell(source, id=f"cell-{number}", metadata={"tags": list(tags)})
            for number, source in enumerate(sources, start=1)
        ]
        nbformat.write(new_notebook(cells=cells), tmp_path / name)
        return tmp_path / name

    return make


PROGRESS_BAR = """
import sys
from tqdm import tqdm
for epoch in tqdm(range(3), file=sys.stdout, bar_format="epoch {n_fmt}/{total_fmt}"):
    pass
print("trained")
"""


def test_two_runs_write_the_same_bytes(write):
    path = write(PROGRESS_BAR, "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()")
    assert rewrite(path) == []
    first = path.read_bytes()
    assert rewrite(path) == []
    assert path.read_bytes() == first
    assert check(path) == []
    bar, figure = read(path).cells
    assert [output.text for output in bar.outputs] == ["epoch 3/3\ntrained\n"]
    assert "image/png" in figure.outputs[0].data


def test_a_notebook_that_raises_is_left_untouched(write):
    path = write("print('before')", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(CellError, match=r"cell 'cell-2' raised ZeroDivisionError"):
        rewrite(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_notebook_that_writes_to_stderr_is_left_untouched(write):
    path = write("import sys; sys.stderr.write('old function')")
    before = path.read_bytes()
    assert rewrite(path) == ["cell 'cell-1' wrote to stderr: old function"]
    assert path.read_bytes() == before


COMPILES = """
from minidl.kernels.common import compiling
compiling.SECONDS = 0.0
import numpy as np
from minidl import kernels
float(kernels.load("numba").relu.forward(np.ones(2, "f4"))[0])
"""


def test_kernels_that_have_to_be_compiled_are_no_part_of_a_page(write, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cold"))
    path = write(COMPILES)
    assert rewrite(path) == []
    [output] = read(path).cells[0].outputs
    assert output.data["text/plain"] == "1.0"


def test_a_heavy_notebook_is_refused(write):
    path = write("print('x' * 1_200_000)")
    (fault,) = rewrite(path)
    assert "over 1,200,000" in fault


def test_a_cell_that_was_never_run_is_a_fault(write):
    assert check(write("1"))[0] == "cell 'cell-1' has not been run, or is empty"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda notebook: notebook.cells[0].update(execution_count=7),
        lambda notebook: notebook.cells[0].metadata.update(scrolled=True),
        lambda notebook: notebook.metadata.language_info.update(version="3.11.7"),
        lambda notebook: notebook.metadata.kernelspec.update(display_name="mine"),
    ],
    ids=["count", "metadata", "version", "kernel"],
)
def test_what_jupyterlab_leaves_in_a_file_is_found_and_taken_out(write, spoil):
    path = write("1", tags=["headline"])
    notebook = read(path)
    notebook.cells[0].execution_count = 1
    nbformat.write(notebook, path)
    assert rewrite(path, run=False) == []
    good = path.read_bytes()

    spoiled = read(path)
    spoil(spoiled)
    nbformat.write(spoiled, path)
    assert "not in form" in check(path)[0]
    assert rewrite(path, run=False) == []
    assert path.read_bytes() == good
    assert read(path).cells[0].metadata.tags == ["headline"]


def test_code_tagged_hide_input_is_folded_and_nothing_else_is(write):
    path = write("1", "2", tags=["hide-input", "headline"])
    notebook = read(path)
    notebook.cells[1].metadata = {"tags": ["headline"], "jupyter": {"source_hidden": True}}
    nbformat.write(notebook, path)
    assert rewrite(path) == []
    folded, open_ = (cell.metadata for cell in read(path).cells)
    assert folded == {"tags": ["hide-input", "headline"], "jupyter": {"source_hidden": True}}
    assert open_ == {"tags": ["headline"]}
    path.write_text(path.read_text().replace('"source_hidden": true', '"source_hidden": false'))
    assert "not in form" in check(path)[0]


WIDGET = """
class Slider:
    def _repr_mimebundle_(self, **_):
        view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
        return {"text/plain": "a slider", **view, **PICTURE}, {"image/png": {"alt": "a line"}}
Slider()
"""


def test_of_a_widget_the_still_picture_stays_with_its_alternative_text(write):
    path = write("PICTURE = {'image/png': 'iVBORw0KGgo='}", WIDGET, "PICTURE = {}", WIDGET)
    notebook = read(path)
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    nbformat.write(notebook, path)
    assert rewrite(path) == []
    cells = read(path).cells
    assert "widgets" not in read(path).metadata
    (still,) = cells[1].outputs
    assert still.data.keys() == {"text/plain", "image/png"}
    assert still.metadata == {"image/png": {"alt": "a line"}}
    assert cells[3].outputs == []  # a widget without a picture says nothing on a page
    assert check(path) == []


SLIDERS = """
import matplotlib.pyplot as plt
from minidl import plots
plots.sliders(lambda a: plt.plot([0, a]), "a line", a=(0, 3, 1, 1))
"""


def test_sliders_keep_the_pictures_that_the_website_shows(write):
    path = write(SLIDERS, "'_' in dir(), plt.get_fignums(), [n for n in dir() if 'frames' in n]")
    assert rewrite(path) == []
    sliders, after = (cell.outputs[0].data for cell in read(path).cells)
    assert sliders.keys() == {"text/plain", "image/png", frames.MIME}
    assert sliders[frames.MIME]["sliders"] == [
        {"name": "a", "values": ["0", "1", "2", "3"], "begin": 1}
    ]
    assert after["text/plain"] == "(True, [], [])"  # it leaves nothing behind for the next cell
    assert check(path) == []


def test_two_cells_with_one_id_are_refused(write):
    path = write("1", "2")
    path.write_text(path.read_text().replace("cell-2", "cell-1"))
    with pytest.raises(ValueError, match="two cells share the id 'cell-1'"):
        read(path)


@pytest.mark.parametrize(
    ("printed", "seen"),
    [
        ("10 %\r50 %\r100 %\n", "100 %\n"),
        ("kept\nlong line\rshort    \nkept\n", "kept\nshort    \nkept\n"),
        ("windows\r\n", "windows\r\n"),
        ("-\b\\\b|\bdone\n", "done\n"),
        ("50 %\r100 %\r", "100 %\r"),
        ("abc\b\bd", "ad"),
        ("\bstart", "\bstart"),
    ],
)
def test_overwritten_text_is_gone(printed, seen):
    assert collapse(printed) == seen


def pytest_on(folder):
    """Run pytest on `folder` with the settings of this project, and return what it printed."""
    command = ["-m", "pytest", "-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, *command, folder],
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if "PYTEST" not in name},
    )
    return done.stdout + done.stderr


def test_the_tests_compare_every_output_of_a_notebook(write):
    """A wrong number in a committed output fails; so our settings for nbval are strict."""
    right = write(PROGRESS_BAR, "2 + 2", name="right.ipynb")
    assert rewrite(right) == []
    wrong = right.with_name("wrong.ipynb")
    wrong.write_text(right.read_text().replace('"4"', '"5"'))

    report = pytest_on(right.parent)
    assert "1 failed, 3 passed" in report, report
    assert re.search(r"FAILED \S*wrong\.ipynb::Cell 1", report), report


def test_the_course_ends_with_a_table_and_a_failure_does_not_stop_it(write, capsys):
    broken = write("1 / 0", name="00-broken.ipynb")
    write("print('98.1 % right')", name="01-sound.ipynb", tags=["headline"])
    assert course.main([], broken.parent) == 1
    table = capsys.readouterr().out.splitlines()
    assert table[1].startswith("00-broken")
    assert table[1].endswith("FAILED: cell 'cell-1' raised ZeroDivisionError: division by zero")
    assert table[2].startswith("01-sound") and table[2].endswith("98.1 % right")
    assert table[3].startswith("2 run, 1 failed")

    assert course.main(["1"], broken.parent) == 0
    with pytest.raises(SystemExit, match="2"):
        course.main(["7"], broken.parent)
    assert "there are: 00-broken, 01-sound" in capsys.readouterr().err
