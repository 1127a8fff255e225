"""Right answers that visible tests take from a file."""

import re

import numpy as np
import pytest
import recorder

from minidl_course.grading import Wrong, checks, recorded, recordings
from minidl_course.grading.codec import Special

FUNCTION = {"left": np.array([[1.5, np.nan]]), "right": (2, "no")}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def whole(name="f", function=lambda x: 2 * x):
    """A test with its hidden lines."""
    recorded(name).made_by(function)


def write(*arguments, function=lambda x: 2 * x):
    with recordings.recording(lambda: whole(function=function)) as tape:
        right = recorded("f")
        for argument in arguments:
            right(argument)
        recordings.save(recordings.FILE, tape)


def test_without_its_function_it_gives_what_was_recorded_call_by_call():
    first, second = np.arange(3.0), np.arange(4.0)
    write(first, second)
    for _ in range(2):  # a test cell may be run again
        right = recorded("f")
        np.testing.assert_array_equal(right(first), 2 * first)
        np.testing.assert_array_equal(right(second), 2 * second)


def test_what_was_read_is_kept_and_neither_written_into_nor_old(monkeypatch):
    real, read = recordings.load, []
    monkeypatch.setattr(recordings, "load", lambda path: read.append(path) or real(path))
    x = np.arange(3.0)
    write(x)
    for _ in range(2):
        found = recorded("f")(x)
        np.testing.assert_array_equal(found, 2 * x)
        found += 1
    assert len(read) == 1
    write(np.arange(99.0), function=lambda x: -x)
    np.testing.assert_array_equal(recorded("f")(np.arange(99.0)), -np.arange(99.0))
    assert len(read) == 2


def test_with_its_function_it_computes_and_needs_no_file():
    right = recorded("f").made_by(lambda x: -x)
    assert right(3.0) == -3.0 and right(4.0) == -4.0


def test_trees_survive_and_special_arrays_arrive_plain():
    write(1.0, function=lambda x: FUNCTION | {"gaps": Special(np.eye(2), "gaps")})
    found = recorded("f")(1.0)
    np.testing.assert_array_equal(found["left"], FUNCTION["left"])
    assert found["right"] == (2, "no") and type(found["gaps"]) is np.ndarray


@pytest.mark.parametrize("x", [np.arange(3.0) + 1e-3, np.arange(4.0), np.arange(3.0)[None]])
def test_other_arguments_than_those_recorded_are_refused(x):
    write(np.arange(3.0))
    with pytest.raises(ValueError, match="not as it was handed out"):
        recorded("f")(x)


def test_one_call_more_than_was_recorded_is_refused():
    write(1.0)
    right = recorded("f")
    right(1.0)
    with pytest.raises(ValueError, match="holds no answers of 'f'"):
        right(1.0)


def test_a_missing_file_is_named_with_its_place(folder):
    with pytest.raises(
        FileNotFoundError, match=rf"recorded.npz is not in {re.escape(str(folder))}"
    ):
        recorded("f")(1.0)


def test_what_is_no_data_is_not_recorded():
    with pytest.raises(TypeError, match="function cannot be recorded"):
        write(1.0, function=lambda x: lambda: x)


def test_gradients_are_recorded_too():
    def forward(x, W):
        return np.tanh(x @ W)

    def backward(dy, x, W):
        dz = dy * (1 - forward(x, W) ** 2)
        return dz @ W.T, x.T @ dz

    rng = np.random.default_rng(0)
    arrays = {"x": rng.normal(size=(3, 2)), "W": rng.normal(size=(2, 4))}
    with recordings.recording(lambda: whole("g", forward)) as tape:
        checks.gradients(backward, recorded("g"), arrays)
        recordings.save(recordings.FILE, tape)
    checks.gradients(backward, recorded("g"), arrays)
    with pytest.raises(Wrong, match="dx is wrong"):
        checks.gradients(lambda *a: (-backward(*a)[0], backward(*a)[1]), recorded("g"), arrays)


def test_files_are_the_same_up_to_the_last_digits(folder):
    one, near, far = (folder / f"{name}.npz" for name in ("one", "near", "far"))
    for path, value in ((one, 1.0), (near, 1 + 1e-9), (far, 1 + 1e-4)):
        recordings.save(path, {"f": [[[], np.array([1.0, value])]]})
    assert recorder.same(one, near) and not recorder.same(one, far)
    recordings.save(near, {"g": [[[], np.array([1.0, 1.0])]]})
    assert not recorder.same(one, near)


def test_of_wrong_arrays_those_are_kept_that_can_be_named():
    right, twice = np.arange(3.0), 2 * np.arange(3.0)
    table = {"a": right + 0.0, "b": (twice, right[:2], twice), "c": (np.full(3, np.nan), twice)}
    found = recordings.distinct({"x": table}, [right])["x"]
    assert [*found] == ["b", "c"] and len(found["b"]) == 2 and len(found["c"]) == 1
    assert found["b"][0].dtype == np.float32
    with pytest.raises(Wrong, match=r"x is wrong\. b"):
        checks.equal("x", twice, right, mistakes=found)
