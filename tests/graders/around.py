"""Put every wrapper of `wrappers` around every function of a chapter, and see it lose its points.

    python tests/graders/around.py ch03             all questions but those called experiment
    python tests/graders/around.py ch03 gated       this one

A wrapper may change nothing for a function: nobody can cut off at 8 what is never above 1. So the
right function and the wrapped one are called first, with the arguments of the tests' own calls and
with variations of them (`variations`). Only where a result differs must the points be lost.
What a question's contract leaves open stands in `OPEN`, with the reason.
"""

import contextlib
import copy
import inspect
import io
import itertools
import re
import sys
import types
from unittest.mock import patch

import numpy as np
import wrappers
from catalogue import OPEN
from quick import cells, check, notebook, recorder  # quick knows where tools/ is
from variations import gaps, mapped, variations

from minidl_course.grading import checks

_MEASURED = checks._measured
MOST = 5  # calls that are noted for each function and kind of argument


class Question:
    """A question's functions, as the solution has them, its test, and what the test calls."""

    def __init__(self, setup, answer, test):
        self.test, self.space, self.cases = test, {"__name__": "__main__"}, {}
        self.measured = {}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(setup, self.space)
            exec(answer, self.space)
        defined = re.findall(r"^def (\w+)\(", answer, re.MULTILINE)
        self.functions = {name: self.space[name] for name in defined}
        # Compiled, a function reads past the end of an array that a variation made too short.
        self.checked = {name: getattr(f, "py_func", f) for name, f in self.functions.items()}
        takes = {name: [*_signature(f).parameters] for name, f in self.functions.items()}
        caches = any("cache" in names for names in takes.values())
        self.cached = {name: caches and "cache" not in names for name, names in takes.items()}
        calls = {}
        said = self.told({name: _noting(f, calls, name) for name, f in self.functions.items()})
        assert not said, f"the solution loses points: {said}"
        for name in self.functions:
            self.cases[name] = [
                (text, case, expected)
                for args in calls.get(name, {}).values()
                for text, case in variations(args, takes[name])
                if (expected := self.outcome(name, self.checked[name], _copied(case)))
            ]

    def told(self, others):
        """What the test says where these functions stand for the solution's, "" if content."""
        here, book = sys.modules["__main__"], types.ModuleType("__main__")
        vars(book).update(self.space, **others)
        sys.modules["__main__"] = book  # where `student` looks
        count = itertools.count()

        def measured(forward, arrays, *rest):
            # Small steps take long, and give the same whatever stands for the function.
            call = next(count), *(array.tobytes() for array in arrays.values())
            if call not in self.measured:
                self.measured[call] = _MEASURED(forward, arrays, *rest)
            return copy.deepcopy(self.measured[call])

        patched = patch.multiple(checks, at_least_as_fast=_once, _measured=measured)
        try:
            with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"), patched:
                recorder.run(self.test)
        except Exception as error:
            return str(error) or repr(error)
        finally:
            sys.modules["__main__"] = here
        return ""

    def change(self, name, wrap):
        """The variation whose result a wrapper changes, or "" where it changes none."""
        wrong, kept = wrap(self.checked[name], self.cached[name]), []
        for refill in (False, True):
            places = {}
            for text, args, expected in self.cases[name]:
                args = _copied(args, places if refill else None)
                got = self.outcome(name, wrong, args)
                kept.append((expected, got, text))
                if got is None or _unlike(expected, got):
                    return text
        return "another call" if any(_unlike(right, got) for right, got, _ in kept) else ""

    def outcome(self, name, f, args):
        """What a call returns, and its arguments; None where it fails, or is not finite."""
        try:
            with np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
                result = f(*args)
        except Exception:
            return None
        if self.cached[name]:
            result = tuple(result)[:-1]
        found = _leaves(result) + [np.copy(a) for a in _leaves(args)]
        numbers = [a for a in _leaves(result) if a.dtype.kind == "f"]
        defined = f is not self.checked[name] or all(np.isfinite(a).all() for a in numbers)
        return found if defined else None


def _once(function, rival, draw, **options):
    arguments = draw()
    got, right = function(*arguments), rival(*arguments)
    checks.equal(f"{function}(...)", got, right, tolerance=options.get("tolerance", 1e-6))


def _signature(f):
    return inspect.signature(getattr(f, "py_func", f))


def _noting(f, calls, name):
    def noted(*args, **kwargs):
        bound = _signature(f).bind(*args, **kwargs)
        bound.apply_defaults()
        listed = calls.setdefault(name, {})
        kind = str([(a.shape, a.dtype.str) for a in wrappers.arrays(bound.args)])
        if len(listed) < MOST or kind in listed:
            listed.setdefault(kind, _copied(bound.args))
        return f(*args, **kwargs)

    noted.__name__ = name
    if hasattr(f, "py_func"):
        noted.py_func = f.py_func
    return noted


def _copied(args, places=None):
    """Copies; with `places`, the same objects each time, filled with other numbers."""
    count = iter(range(999))

    def again(a):
        if places is None:
            flags, new = a.flags, gaps(a) if not a.flags.forc else np.copy(a, order="K")
            new.flags.writeable = flags.writeable
            return new
        place = places.setdefault((next(count), a.shape, a.dtype.str), a.copy())
        place[...] = a
        return place

    args = mapped(again, args)
    return tuple(copy.deepcopy(a) if isinstance(a, np.random.Generator) else a for a in args)


def _leaves(tree):
    if isinstance(tree, tuple | list | dict):
        return [
            leaf
            for item in (tree.values() if isinstance(tree, dict) else tree)
            for leaf in _leaves(item)
        ]
    if isinstance(tree, np.ndarray | np.generic | int | float):
        return [np.asarray(tree)]
    return []


def _unlike(right, got):
    if len(right) != len(got):
        return True
    for a, b in zip(right, got):
        if a.shape != b.shape or (a.dtype != b.dtype and {a.dtype.kind, b.dtype.kind} == {"f"}):
            return True
        if a.dtype == b.dtype and a.tobytes() == b.tobytes():  # nearly always, and much faster
            continue
        near = 1e-4 if a.dtype == np.float32 else 1e-7
        if not np.allclose(
            a, b, rtol=near, atol=near / 100 * np.nanmax(np.abs(a), initial=0), equal_nan=True
        ):
            return True
    return False


def survivors(chapter, wanted=()):
    """Yield (question, function, wrapper, what it changes, what the test says) for a chapter.

    Left out are those that change nothing, or nothing that the contract defines: a test runs to its
    end with them.
    """
    made = cells(notebook("solutions", chapter))
    for name, cell in made.items():
        question = name.removesuffix("-test")
        chosen = question in wanted if wanted else question != "experiment"
        if name == question or not chosen or "def " not in made[question].source:
            continue
        asked = Question(made["setup"].source, made[question].source, cell.source)
        for function, right in asked.functions.items():
            for mistake, wrap in wrappers.ALL.items():
                if mistake in OPEN.get(function, {}):
                    continue
                if changes := asked.change(function, wrap):
                    said = asked.told({function: wrap(right, asked.cached[function])})
                    yield question, function, mistake, changes, said


def main(arguments):
    """The command: 0 where every wrapper that changes something loses the points."""
    chapter, *wanted = arguments
    chapter = check.find(chapter.removeprefix("ch")).parent.name
    caught = count = 0
    for question, function, mistake, changes, said in survivors(chapter, wanted):
        count += 1
        caught += bool(said)
        if not said:
            print(f"LIVES {question}: {function} {mistake} (seen with {changes})")
        elif "-v" in wanted:
            print(f"ok    {question}: {function} {mistake}: {said:.150}")
    print(f"{caught} of {count} wrapped functions lose the points")
    return 0 if caught == count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
