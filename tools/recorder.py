"""What the visible tests of an exercise take for right: `recorded.npz` beside its notebook.

`make exercises` makes it: the solution answers the tests of the release, while the hidden lines of
the same cells compute what is right (`minidl_course.grading.recordings`).
"""

import contextlib
import hashlib
import io
import sys
import types

import nbformat
import numpy as np

from minidl_course.grading import recordings

TOLERANCE = 1e-6  # machines differ in the last digits
ROUNDING = 1e-16  # of sums that come to 0: another processor has another rest


@contextlib.contextmanager
def answered(*sources):
    """Run these cells as a notebook that stands as `__main__`, where `student` looks."""
    here, notebook = sys.modules["__main__"], types.ModuleType("__main__")
    sys.modules["__main__"] = notebook
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            for source in sources:
                with contextlib.suppress(NotImplementedError):
                    exec(source, vars(notebook))
            yield
    finally:
        sys.modules["__main__"] = here


def run(test):
    """Run a test cell. As in a kernel, where it says to come from depends on its text alone."""
    file = f"<test {hashlib.blake2b(test.encode(), digest_size=16).hexdigest()}>"
    exec(compile(test, file, "exec"), {"__name__": "test"})


def cells(book):
    """The cells that nbgrader knows, by their names."""
    return {c.metadata.nbgrader.grade_id: c for c in book.cells if "nbgrader" in c.metadata}


def made(solution, release):
    """Return what the visible tests of a release ask for, a dict for `recordings.save`.

    Args:
        solution: the path of the notebook in solutions/.
        release: the path of the one that nbgrader made of it.
    """
    whole, seen = (cells(nbformat.read(path, as_version=4)) for path in (solution, release))
    known = {}
    for name, cell in seen.items():
        if name.endswith("-test") and "recorded" in cell.source:
            question = name.removesuffix("-test")
            full = whole[name].source.split("\nchecks.passed(")[0]  # hidden tests record nothing
            answers = whole["setup"].source, whole[question].source
            with answered(*answers):
                with recordings.recording(lambda full=full: run(full)) as tape:
                    run(cell.source)
                known |= tape
    return known


def write(solution, release):
    """Write the file beside the release, where its tests need one."""
    known = made(solution, release)
    if known:
        recordings.save(release.with_name(recordings.FILE), known)


def same(one, other):
    """Say whether two files hold the same answers, up to the last digits of numbers."""
    return _same(recordings.load(one), recordings.load(other))


def _same(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, np.ndarray | np.generic | float) and isinstance(
        b, np.ndarray | np.generic | float
    ):
        largest = float(np.max(np.abs(a), initial=0, where=~np.isnan(a)))
        least = max(TOLERANCE * min(largest, 1), ROUNDING)
        return np.shape(a) == np.shape(b) and np.allclose(
            a, b, rtol=TOLERANCE, atol=least, equal_nan=True
        )
    return not isinstance(a, np.ndarray) and not isinstance(b, np.ndarray) and a == b
