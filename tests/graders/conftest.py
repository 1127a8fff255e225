"""What the graders' tests add up to, at the end of a run."""

import proving
import pytest


@pytest.fixture(autouse=True)
def _runs_are_counted(record_property):
    """Hand on what nbgrader has done up to the end of this test: each worker has its own list."""
    yield
    record_property("nbgrader", [sum(column) for column in zip(*proving.runs, (0, 0, 0))])
    proving.runs.clear()


def pytest_terminal_summary(terminalreporter):
    """Say how many wrong answers were caught, and what nbgrader's runs took."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])]

    def total(wanted):
        counts = [v for r in reports for name, v in r.user_properties if name == wanted]
        return [sum(column) for column in zip(*counts)]

    if counted := total("caught"):
        caught, wrong = counted
        share = f"{caught / wrong:.1%}"
        terminalreporter.write_line(f"{caught} of {wrong} wrong answers caught: {share}")
    if counted := total("nbgrader"):
        runs, notebooks, seconds = counted
        terminalreporter.write_line(
            f"{runs} runs of nbgrader, {notebooks} notebooks: {seconds:.0f} s, all workers together"
        )
