"""A kernel that dies before its first word costs a notice, not a notebook."""

import collections
import os
import subprocess
import sys
from pathlib import Path

import how_long
import nbformat
import notebook_kernels
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from minidl_course import starting
from minidl_course.grading import apart
from notebooks import CellError, execute, read, rewrite

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = str(ROOT / "tests" / "support")
WORDS = "the port was somebody else's"
# Python imports it before anything else: of the kernels, the first {lives} end there.
DIES = """
import os, sys
if "ipykernel_launcher" in sys.orig_argv:
    died = {folder!r} + "/died"
    with open(died, "a+") as file:
        file.write(".")
    if os.path.getsize(died) <= {times}:
        os.write(2, {words!r}.encode())
        os._exit(1)
"""


@pytest.fixture
def deaths(tmp_path, monkeypatch):
    """deaths(times): so many kernels die at their start, those after them live."""

    def die(times):
        program = DIES.format(folder=str(tmp_path), times=times, words=WORDS)
        (tmp_path / "sitecustomize.py").write_text(program, encoding="utf-8")
        path = [str(tmp_path), SUPPORT, os.environ.get("PYTHONPATH", "")]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))
        return lambda: len((tmp_path / "died").read_text())

    return die


@pytest.fixture
def path(tmp_path):
    (tmp_path / "book").mkdir()
    cells = [new_code_cell("2 + 2", id="cell-1"), new_code_cell("print('said')", id="cell-2")]
    path = tmp_path / "book" / "00-tiny.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


def test_a_chapter_runs_where_its_first_kernel_dies_and_the_kernel_s_words_are_told(
    deaths, path, capfd
):
    started = deaths(1)
    assert rewrite(path) == []
    assert started() == 2
    told = capfd.readouterr().err
    assert "died before its first word and is started again" in told and WORDS in told
    assert read(path).cells[1].outputs[0].text == "said\n"


def test_two_deaths_are_an_error_with_the_kernel_s_words(deaths, path):
    started = deaths(9)
    with pytest.raises(CellError, match=f"no kernel could be started: .*twice.*{WORDS}"):
        execute(read(path), path.parent)
    assert started() == 2


def test_a_kernel_of_the_graders_is_started_again(deaths, tmp_path, capfd):
    deaths(1)
    book = new_notebook(cells=[new_code_cell("print('said')")])
    (tmp_path / "handed in").mkdir()
    apart.run(book, tmp_path / "handed in")
    assert [output.text for output in book.cells[0].outputs] == ["said\n"]
    assert WORDS in capfd.readouterr().err


def pytest_on(folder, *plugins):
    """What pytest prints, with the settings of this project, about the notebooks of a folder."""
    command = ["-m", "pytest", "-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider"]
    command += [word for name in plugins for word in ("-p", name)]
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    run = [sys.executable, *command, folder]
    done = subprocess.run(run, capture_output=True, text=True, env=environment, timeout=600)
    return done.stdout + done.stderr


def test_the_cells_of_a_notebook_pass_where_its_first_kernel_dies(deaths, path):
    assert rewrite(path) == []
    started = deaths(1)
    report = pytest_on(path.parent, "notebook_kernels", "how_long")
    assert "2 passed" in report and started() == 2, report
    assert "00-tiny.ipynb: a kernel died before its first word" in report and WORDS in report


def test_cells_whose_kernel_never_starts_say_what_it_wrote(deaths, path):
    assert rewrite(path) == []
    deaths(9)
    report = pytest_on(path.parent, "notebook_kernels", "how_long")
    assert "2 errors" in report and WORDS in report, report
    assert "To run what failed alone: make test" in report


def test_the_end_of_a_cell_that_shows_much_is_heard_of(path):
    shows = new_code_cell("for _ in range(3000): display(1)", id="cell-1", execution_count=1)
    shows.metadata.tags = ["nbval-ignore-output"]
    nbformat.write(new_notebook(cells=[shows]), path)
    report = pytest_on(path.parent, "notebook_kernels")
    assert "1 passed" in report, report


COMPILES = """
import numpy as np
from minidl import kernels
y = kernels.load("numba").relu.forward(np.ones(2))
"""


def test_a_cell_that_has_a_kernel_compiled_after_the_warm_up_fails(path, monkeypatch, tmp_path):
    cold = tmp_path / "cold"
    cold.mkdir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cold))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([SUPPORT, os.environ.get("PYTHONPATH", "")]))
    book = new_notebook(cells=[new_code_cell(COMPILES, id="cell-1", execution_count=1)])
    nbformat.write(book, path)
    warm = "from minidl.kernels import warmup; warmup.note_warm()"
    subprocess.run([sys.executable, "-c", warm], check=True)
    report = pytest_on(path.parent, "notebook_kernels", "how_long")
    assert "compiled after the warm-up" in report, report
    assert "minidl.kernels.relu.cpu._forward(" in report and "float64" in report
    assert "1 passed" in pytest_on(path.parent, "notebook_kernels")  # it is on the disk now
    (cold / "warm").unlink()
    for file in cold.rglob("*.nbi"):
        file.unlink()
    assert "1 passed" in pytest_on(path.parent, "notebook_kernels")  # nobody said it was warm


def test_a_kernel_of_a_test_opens_no_port_and_leaves_no_file_open(tmp_path):
    opened = Path(os.devnull).open("w")  # as nbval does  # noqa: SIM115
    manager, client = notebook_kernels.start_new_kernel(
        60, notebook_kernels.nbval.kernel.CURRENT_ENV_KERNEL_NAME, stderr=opened, cwd=str(tmp_path)
    )
    try:
        assert opened.closed
        if os.name == "posix" and len(manager.ip) <= starting.LONGEST:
            assert manager.transport == "ipc"
            assert Path(f"{manager.ip}-{manager.shell_port}").is_socket()
        folder = Path(manager.connection_file).parent
        assert client.execute_interactive("None", timeout=60)["content"]["status"] == "ok"
    finally:
        notebook_kernels._open.close()
    assert not folder.exists() and not manager.has_kernel


def test_a_path_that_is_too_long_for_a_socket_is_none(tmp_path):
    from jupyter_client import KernelManager

    manager = KernelManager()
    starting.by_name(manager, tmp_path / ("x" * starting.LONGEST))
    assert manager.transport == "tcp"


def test_the_end_of_a_run_says_how_long_each_part_took_and_how_to_run_what_failed():
    def report(nodeid, seconds, outcome="passed"):
        return pytest.TestReport(nodeid, None, {}, outcome, None, "call", duration=seconds)

    reports = [
        report("notebooks/00-start.ipynb::Cell 0", 20.0),
        report("notebooks/01-one.ipynb::Cell 3", 10.4, "failed"),
        report("tests/layers/test_a.py::test_b[x/y]", 3.0),
        report("tests/test_readme.py::test_it", 0.5),
    ]
    parts = how_long.seconds_of_parts(reports)
    assert list(parts) == ["chapters", "tests/layers", "tests"]
    times = collections.namedtuple("Times", "user idle iowait")
    busy = how_long.share(times(10, 50, 7), times(40, 58, 9))
    assert how_long.line(parts, 17.2, 3, busy) == (
        "How long it took: 17 s, cores 75 % busy, added up over 3 processes: chapters 30 s, "
        "tests/layers 3 s, others 0 s"
    )
    assert how_long.alone(how_long.failed_files(reports)) == (
        'To run what failed alone: make test ARGS="-n 0 notebooks/01-one.ipynb"'
    )
