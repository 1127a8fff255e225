"""A fixture that runs a test behind bubblewrap, and once more without it."""

import pytest

from minidl_course.grading import isolation


@pytest.fixture(params=["bubblewrap", "none"])
def wall(request, monkeypatch):
    """Which wall is around a student's process; skipped where the machine has no bubblewrap."""
    monkeypatch.setenv(isolation.VARIABLE, request.param if request.param == "none" else "")
    isolation.missing.cache_clear()
    if request.param == "bubblewrap" and (why := isolation.missing()):
        pytest.skip(why)
    yield request.param
    isolation.missing.cache_clear()
