"""How tests reach what the student wrote: `student.NAME`.

In your own notebook, `student.dense_backward` is your `dense_backward`. When the notebook is
graded, the tests run in a process of their own that has never seen a line of yours, and
`student.dense_backward(x)` sends x to your process and brings the answer back. There is nothing
in the tests' process that a notebook could have overwritten.

In both cases arguments arrive as copies, and a function that changes them is found out.
"""

import json
import os

import numpy as np

from minidl_course.grading import codec, live, worker

# In both kernels and in what they start: which run it belongs to. A cell that grades its own
# notebook sees it and rests.
RUNNING = "MINIDL_GRADING"
VARIABLE = "MINIDL_STUDENT"  # in the tests' process: how to reach the student's, as JSON
# Of computing, for a call of a student's function; `patient` allows more.
CALL_SECONDS = int(os.environ.get("MINIDL_CALL_SECONDS", "20"))
# Errors of NumPy that come from shapes, and not from the operation that they name.
UNFIT = (
    "einstein sum",
    "einsum",
    "shape-mismatch",
    "broadcast",
    "matmul: ",
    "not aligned",
    "cannot reshape array",
)
SHAPES = ". The shapes do not fit: print them, and compare with those that the question names."
MAX_TEXT = 500  # characters of a student's error that a message repeats


class Wrong(AssertionError):  # noqa: N818  a student reads it
    """An answer is wrong, and this is what the student is told."""

    def _render_traceback_(self):  # IPython shows this in place of the lines of the tests
        return [f"Not yet: {self}"]


class Answer:
    """Something that the student wrote: call it, or take an attribute; `fetch` reads its value."""

    def __init__(self, *path, seconds=CALL_SECONDS, result=False):
        self._path, self._seconds, self._result = path, seconds, result

    def __getattr__(self, name):
        """Another Answer, for an attribute of this one."""
        if name.startswith("_"):
            raise AttributeError(name)
        return Answer(*self._path, name, seconds=self._seconds)

    def __call__(self, *args, **kwargs):
        """Call it. Raises Wrong where it raises, does not end, or changes its arguments."""
        result, after = call(self, *args, **kwargs)
        if result is None and self._result:
            raise Wrong(f"None came back. Is there a `return` at the end of {self}?")
        names = [f"argument {i}" for i in range(1, len(args) + 1)] + [*kwargs]
        for name, before, now in zip(names, [*args, *kwargs.values()], after):
            if not _same(before, now):
                raise Wrong(
                    f"{self} changes its {name}. Whoever calls it still needs those numbers: "
                    "work on a copy, and avoid `+=` and `out=` on an array that you were given."
                )
        return result

    def __str__(self):
        """The name that the student knows it by."""
        return ".".join(str(part) for part in self._path if isinstance(part, str)) or "the object"

    __repr__ = __str__


class _Student:
    """The student's notebook; an attribute is an Answer of that name."""

    def __getattr__(self, name):
        return Answer(name)


student = _Student()


def call(function, *args, **kwargs):
    """Call an Answer that may change its arguments in place.

    Returns:
        (result, after): after is the list of all arguments as the call left them.
    """
    reply = _ask(function, (args, kwargs))
    args, kwargs = reply["arguments"]
    return reply["result"], [*args, *kwargs.values()]


def patient(answer, seconds):
    """Return an Answer whose calls may take that many seconds: it returns what it trains."""
    return Answer(*answer._path, seconds=seconds, result=True)


def fetch(answer):
    """Return the value of an Answer: of a variable, or of an attribute. Raises Wrong if missing."""
    return _ask(answer, None)["result"]


def _ask(answer, arguments):
    sent = []
    request = {"path": answer._path}
    request["call"] = None if arguments is None else codec.encode(arguments, sent, _path_of)
    reply, arrays = _line().ask(request, sent, answer)
    try:
        if "error" not in reply:
            parts = {name: reply[name] for name in ("result", "arguments") if name in reply}
            return {k: codec.decode(v, arrays, _named) for k, v in parts.items()}
        kind, error, line = (_short(reply[name]) for name in ("kind", "error", "line"))
    except Exception as error:  # whatever a student's process may have written
        raise Wrong(unreadable(answer, error)) from None
    if kind == "missing" and error:
        raise Wrong(f"`{answer}` is needed, and {error}.")
    if kind == "missing":
        raise Wrong(f"`{answer}` is not there. Run the cell that defines it, and keep its name.")
    if kind == "too much":
        raise Wrong(f"{answer} gives back more than can be tested: {error}.")
    if kind == "NotImplementedError":
        raise Wrong(f"{answer} is not written yet.")
    if kind == "overwritten":
        raise Wrong(
            f"a call of {answer} changed what an earlier call had returned. Make new "
            "arrays in each call; do not write into one that is kept."
        )
    where = f", in the line `{line}`" if line else ""
    hint = SHAPES if any(words in error for words in UNFIT) else ""
    raise Wrong(f"{answer} raised {kind}: {error}{where}{hint}")


def unreadable(answer, error):
    """What a student is told where an answer is none that `codec` makes."""
    return f"{answer} gave no answer that can be read: {_short(str(error))}"


def _short(text):
    """A student's text as it can be shown: not without end, and of characters that can be sent."""
    return text.encode("utf-8", "replace").decode()[:MAX_TEXT]


def _path_of(value):
    if isinstance(value, Answer):
        return {"path": value._path}
    raise TypeError(f"{type(value).__name__} cannot be sent to a student's process: {value!r}")


def _named(tree):
    return Answer(*tree["path"])


def _same(before, after):
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and np.array_equal(
            before, after, equal_nan=before.dtype.kind in "fc"
        )
    if isinstance(before, tuple | list):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(before[k], after[k]) for k in before)
    return True


class _Here:
    """The student's code is in this process: a notebook on the student's own machine."""

    def ask(self, request, arrays, answer):
        with live.students_names():
            return worker.answer(request, arrays)


_lines = []


def _line():
    """The way to the student's code, opened once."""
    if not _lines:
        given = os.environ.get(VARIABLE)
        if given:
            from minidl_course.grading.line import Apart  # with what only graders need

            _lines.append(Apart(**json.loads(given)))
        else:
            _lines.append(_Here())
    return _lines[0]
