"""What is right, for the numbers of visible tests, without the way there.

A test needs right answers, and whoever reads how they come about has the solution. So the part of a
test cell that students see takes them from a file beside the notebook:

    right = recorded("dense")
    ### BEGIN HIDDEN TESTS


    @right.made_by
    def right(dz, x, W):
        return dz @ W.T, x.T @ dz, dz.sum(axis=0)


    ### END HIDDEN TESTS
    checks.outputs("dx dW db", student.dense_backward(dz, x, W), right(dz, x, W))

Where the hidden lines are, as in grading, the function computes. Where they are not, the n-th call
returns what it returned when the release was made (`tools/exercises.py`).
"""

import contextlib
import copy
import functools
import json
from pathlib import Path

import numpy as np

from minidl_course.grading import codec, diagnosis
from minidl_course.grading.remembered import remembered

FILE = "recorded.npz"
_functions, _tape = {}, {}  # while a release is made: from each name to its function, its results
_recording = False


def recorded(name):
    """Return the right answers of that name, as a function of what the test's arguments are."""
    return Recorded(name)


class Recorded:
    """A function whose results for the calls of the visible tests are known.

    Attributes:
        name: of the results in the file.
        function: computes them; None where only the file is there.
    """

    def __init__(self, name):
        self.name, self.function, self.calls = name, None, 0
        self.known = None  # the results in the file, once one was needed
        if _recording:
            self.function = _functions[name]

    def made_by(self, function):
        """Give it the function that computes; for use as a decorator in hidden lines."""
        self.function = _functions[self.name] = function
        return self

    def __call__(self, *args):
        """Return what the function gives for these arguments."""
        return self.once(args, lambda function: function(*args))

    def once(self, args, compute, *which):
        """Return compute(function), or what that was when the release was made.

        `which` is what else the computation depends on.

        Raises:
            FileNotFoundError: the file is not in the folder of the notebook.
            ValueError: the file holds no such call, or one with other arguments.
        """
        self.calls += 1
        if self.function:
            call = self.name, self.calls, *which
            result = remembered(self.function, args, call, lambda: compute(self.function))
            if _recording:
                _tape.setdefault(self.name, []).append([_marks_of(args), _plain(result)])
            return result
        if self.known is None:
            self.known = _known(self.name)
        known = self.known
        if self.calls > len(known) or not _alike(known[self.calls - 1][0], _marks_of(args)):
            raise ValueError(
                f"{FILE} holds no answers of {self.name!r} for these numbers: this test is not as "
                "it was handed out. Take the cell, or the file, from the exercise again"
            )
        return known[self.calls - 1][1]


def _known(name):
    """Return the calls of that name in the file: copies, since a test may write into them."""
    path = Path(FILE).resolve()
    facts = path.stat() if path.is_file() else None
    return copy.deepcopy(_read(path, facts and (facts.st_mtime_ns, facts.st_size)).get(name, []))


@functools.lru_cache(maxsize=1)
def _read(path, which):
    """As `load`, once for each state of the file: with its many arrays it takes a second."""
    return load(path)


def once(function, args, compute, *which):
    """Return compute(function), for a `Recorded` without a function from the file."""
    if isinstance(function, Recorded):
        return function.once(args, compute, *which)
    return compute(function)


@contextlib.contextmanager
def recording(whole):
    """Note the results of every `Recorded` that is called inside; yields them, for `save`.

    Args:
        whole: runs the test with its hidden lines, so that the functions are known.
    """
    global _recording
    _functions.clear()
    _tape.clear()
    whole()
    _recording = True
    try:
        yield _tape
    finally:
        _recording = False


def distinct(mistakes, right):
    """Return the wrong arrays that tell something here, rounded: a file of them stays small.

    What is right here, or stands in the table already, could never be named; float32 holds
    more digits than a mistake is known by.

    Args:
        mistakes: dict from the name of each result to its dict of mistakes, as `checks.outputs`
            takes it.
        right: the right arrays, in the same order.
    """
    found = {}
    for (name, table), true in zip(mistakes.items(), right):
        found[name], known = {}, [np.asarray(true)]
        for sentence, listed in table.items():
            for wrong in map(np.asarray, listed if isinstance(listed, tuple) else (listed,)):
                if any(a.shape == wrong.shape and diagnosis.close(wrong, a) for a in known):
                    continue
                known.append(wrong)
                short = wrong.astype("float32") if wrong.dtype.kind == "f" else wrong
                found[name][sentence] = *found[name].get(sentence, ()), short
    return found


def save(path, known):
    """Write a dict from names to their calls, each [marks of its arguments, result]."""
    arrays = []
    tree = codec.encode(known, arrays, _refuse)
    numbered = {str(number): array for number, array in enumerate(arrays)}
    np.savez_compressed(path, tree=np.array(json.dumps(tree)), **numbered)


def load(path):
    """Return what `save` wrote.

    Raises:
        FileNotFoundError: says where the file belongs.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"{path.name} is not in {path.parent.resolve()}: it holds the right answers of the "
            "visible tests, and belongs beside the notebook, as in the folder of the exercise"
        )
    with np.load(path, allow_pickle=False) as file:
        arrays = [file[str(number)] for number in range(len(file.files) - 1)]
        return codec.decode(json.loads(str(file["tree"])), arrays, _refuse)


def _refuse(value):
    raise TypeError(f"{type(value).__name__} cannot be recorded: return arrays, numbers, texts")


def _plain(value):
    """The same without arrays in special states."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(map(_plain, value))
    return np.array(value) if isinstance(value, np.ndarray) else value


def _marks_of(args):
    """By which arguments are known again: the size and the mean of every array."""
    arrays = [np.asarray(a) for a in args if isinstance(a, np.ndarray | np.generic | int | float)]
    return [[list(a.shape), float(np.abs(a).mean()) if a.size else 0.0] for a in arrays]


def _alike(known, marks):
    return len(known) == len(marks) and all(
        a[0] == b[0] and np.isclose(a[1], b[1], rtol=1e-6, atol=0, equal_nan=True)
        for a, b in zip(known, marks)
    )
