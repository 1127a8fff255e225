"""A forked run of nbgrader ends as one does that was started."""

import forked
import grade
import pytest


@pytest.mark.graders
def test_why_a_forked_run_left_no_marks_is_told(server, tmp_path):
    with forked.instead_of_starting(server):
        told = grade._in_a_process(tmp_path / "nowhere", "ch01-one-neuron", tmp_path, 60)
    assert told.startswith("FileNotFoundError: ") and "nowhere/submitted" in told
    assert "Traceback" in (tmp_path / "log").read_text()
