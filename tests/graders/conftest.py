"""What the graders' tests add up to, at the end of a run."""

import time
from unittest.mock import patch

import forked
import grade
import pytest

runs = []  # of nbgrader, in this worker, that no report tells of yet: (1, notebooks, seconds) each


@pytest.fixture(scope="session", autouse=True)
def _runs_are_timed():
    real = grade.grade_course

    def timed(master, notebooks, folder):
        start = time.monotonic()
        try:
            return real(master, notebooks, folder)
        finally:
            runs.append((1, len(notebooks), time.monotonic() - start))

    with patch.object(grade, "grade_course", timed):
        yield


@pytest.fixture(scope="session")
def server():
    """A process that has loaded nbgrader, for `forked.instead_of_starting`."""
    with forked.server() as started:
        yield started


@pytest.fixture(autouse=True)
def _runs_are_reported(record_property):
    yield
    record_property("nbgrader", [sum(column) for column in zip(*runs, (0, 0, 0))])
    runs.clear()


def pytest_terminal_summary(terminalreporter):
    """Say how many wrong answers were caught, and what nbgrader's runs took."""

    def total(wanted, when):
        reports = (r for listed in terminalreporter.stats.values() for r in listed)
        found = [r.user_properties for r in reports if getattr(r, "when", "") == when]
        counts = [value for pairs in found for name, value in pairs if name == wanted]
        return [sum(column) for column in zip(*counts)]

    kinds = {
        "caught": "wrong answers caught",
        "wrapped": "wrapped functions caught",
        "seen": "wrong answers seen by the visible tests already",
    }
    for name, what in kinds.items():
        if counted := total(name, "call"):
            caught, wrong = counted
            share = f"{caught / wrong:.1%}"
            terminalreporter.write_line(f"{caught} of {wrong} {what}: {share}")
    if counted := total("nbgrader", "teardown"):
        started, notebooks, seconds = counted
        terminalreporter.write_line(
            f"nbgrader graded {notebooks} notebooks in {started} runs: {seconds:.0f} s, all workers"
        )
