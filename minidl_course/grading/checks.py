"""The checks that exercises call: each returns nothing, or raises `Wrong` with what to look at.

They compute in float64 on tiny arrays whose sizes all differ (N = 5, D = 3, M = 4), so that a
transposed product or a sum over the wrong axis cannot pass by accident. What is right comes from
finite differences or from an oracle, never from the student.
"""

import math
import os
import time

import numpy as np

from minidl import gradcheck
from minidl_course.grading.channel import Wrong
from minidl_course.grading.compare import case, equal, numbers, outputs, unpack
from minidl_course.grading.recordings import once

COHORT = "MINIDL_COHORT"  # environment variable: another number, other random numbers


def rng(seed):
    """Return a generator for test data: another one for each seed and each cohort."""
    return np.random.default_rng([seed, int(os.environ.get(COHORT, "0"))])


def slope(function, at):
    """Return the derivative of a function of one number, measured: (f(x+h) - f(x-h)) / 2h."""
    x = np.array(at, np.float64)
    return float(gradcheck.numeric(lambda: float(function(x)), x))


def gradients(function, forward, inputs, *, of=None, sizes=None, mistakes=None, seed=0):
    """Check a backward function at every index against finite differences.

    Args:
        function: the student's; called as function(dy, *arrays), where dy is random and has the
            shape of the output, or as function(*arrays) where the output is a number. Returns
            the gradients in the order of `of`; a single one without a tuple.
        forward: the right forward function, forward(*arrays) -> y, or a `Recorded`; never the
            student's.
        inputs: dict from a name to an array, in the order of the arguments.
        of: names of the inputs to differentiate by, "x W b"; all of them if not given.
        sizes: see `equal`.
        mistakes: see `outputs`; the gradient by x is named "dx".
        seed: of dy.
    """
    # Floats become float64 copies, so that differences can step them; integers stay labels.
    arrays = {
        name: np.array(a, np.float64) if np.asarray(a).dtype.kind == "f" else np.asarray(a)
        for name, a in inputs.items()
    }
    names = of.split() if of else [*arrays]
    values = [*arrays.values()]
    which = "measured", tuple(names), seed
    dy, expected = once(forward, values, lambda f: _measured(f, arrays, names, seed), which)
    got = function(dy, *values) if dy.shape else function(*values)
    outputs(
        " ".join("d" + name for name in names),
        got,
        expected if len(names) > 1 else expected[0],
        sizes=sizes,
        mistakes=mistakes,
    )


def _measured(forward, arrays, names, seed):
    """A random dy in the shape of the output, and the gradients by finite differences."""
    dy = rng(seed).normal(size=np.shape(forward(*arrays.values())))

    def loss():
        y = forward(*arrays.values())
        return float(np.sum(y * dy) if dy.shape else y)

    return dy, [gradcheck.numeric(loss, arrays[name]) for name in names]


def passed(points, what):
    """Say that the visible tests passed, and what they tried.

    Args:
        points: what the question gives.
        what: is right now, in a few words: "shapes, stride, padding, ties".
    """
    print(f"{points} of {points} points on these tests: {what}")


def shape(name, got, expected):
    """Check the shape of an array, and that its numbers are finite."""
    got = numbers(name, got)
    if got.shape != tuple(expected):
        raise Wrong(f"{name} must have the shape {tuple(expected)}, yours has {got.shape}.")
    if not np.isfinite(got).all():
        raise Wrong(f"{name} has entries that are not finite, such as {got[~np.isfinite(got)][0]}.")


def keeps_float32(name, got):
    """Check that float32 inputs gave a float32 result: float64 would cost twice the memory."""
    got = numbers(name, got)
    if got.dtype != np.float32:
        make = " `np.where(..., 1.0, 0.0)` makes float64." * (got.dtype == np.float64)
        raise Wrong(
            f"{name} is {got.dtype} although every input was float32. Print the dtype of each "
            f"step.{make}"
        )


def whole(name, got):
    """Check that a number, or every number of an array, is an integer by its type."""
    got = numbers(name, got)
    if got.dtype.kind not in "iu":
        empty = "" if got.size else " `np.array([])` is float64: say `dtype=int`."
        kind = "integers" if got.ndim else "an int"
        raise Wrong(f"{name} is {got.dtype}, and must be {kind}.{empty}")


def accuracy(predicted, labels, at_least, *, where=""):
    """Check that enough labels are predicted right, give or take a standard error; say how many.

    What is printed is compared, in tenths of a percent.

    Args:
        predicted: the student's labels, integers (N,).
        labels: the right ones (N,).
        at_least: the share that has to be right, between 0 and 1.
        where: under which circumstances, "After 18 rows".
    """
    predicted, labels = numbers("the prediction", predicted), np.asarray(labels)
    if predicted.shape != labels.shape:
        raise Wrong(
            f"one label an example is needed, shape {labels.shape}; yours has the shape "
            f"{predicted.shape}. Of probabilities take the `argmax` along the last axis."
        )
    chance = np.sqrt(at_least * (1 - at_least) / len(labels))
    share = round(1000 * float(np.mean(predicted == labels)))
    bar = math.ceil(1000 * float(at_least - chance))
    texts = [f"{tenths / 10:.1f} %" for tenths in (share, 1000 * at_least, bar)]
    where = f"{where}: " if where else ""
    if share < bar:
        raise Wrong(
            f"{where}{texts[0]} are right; the goal is {texts[1]}, and {texts[2]} passes, since "
            f"{len(labels):,} examples measure no finer."
        )
    print(
        f"{where}{texts[0]} of {len(labels):,} examples are right "
        f"(goal {texts[1]}; {texts[2]} passes, to leave room for chance)"
    )


def at_most(name, value, goal, *, chance=0.0, digits=3):
    """Check that an error or a loss is small enough, give or take a standard error; say what it is.

    Args:
        name: "the mean of three losses".
        value: what was measured.
        goal: it may not be more,
        chance: but for this; both are rounded to
        digits: behind the point.
    """
    value, bar = round(float(value), digits), round(float(goal + chance), digits)
    texts = [f"{number:.{digits}f}" for number in (value, goal, bar)]
    room = f"; {texts[2]} passes, to leave room for chance" if texts[2] != texts[1] else ""
    if not value <= bar:
        raise Wrong(f"{name} is {texts[0]}, and the goal is {texts[1]}{room}.")
    print(f"{name} is {texts[0]} (goal {texts[1]}{room})")


def at_least_as_fast(function, rival, draw, *, ratio=1.0, tries=5, tolerance=1e-9, hint=""):
    """Check that `function` computes what `rival` does, in at most `ratio` times its time.

    Both are called by turns, each with new arguments, and their results compared: whoever
    remembers, or skips the work, is found out. The first turn does not count (it may compile).
    The quickest call counts for each; if that is not enough, twice as many turns follow: other
    programs make a call slower, never faster.

    Args:
        function: the student's.
        rival: the function of the tests to compare with. Its results are right.
        draw: returns other arguments at each call, a tuple; they should take milliseconds.
        ratio: 2.0 allows twice the time.
        tries: how many turns.
        tolerance: see `equal`.
        hint: for a student whose function takes too long.
    """
    earlier = []

    def turn():
        arguments = draw()
        (mine, got), (theirs, right) = (_timed(f, arguments) for f in (function, rival))
        late = {"It is the result of an earlier call, which had other numbers.": (*earlier,)}
        digits, wanted = (getattr(getattr(a, "dtype", None), "itemsize", 8) for a in (got, right))
        if digits < wanted:
            raise Wrong(
                f"In a call that is timed, {function}(...) is {got.dtype}, not {right.dtype}."
            )
        try:
            equal(f"{function}(...)", got, right, mistakes=late, tolerance=tolerance)
        except Wrong as wrong:
            raise Wrong(f"In a call that is timed, {wrong}") from None
        earlier.append(right)
        return mine, theirs

    turn()
    taken = []
    for _ in range(3):
        taken += [turn() for _ in range(tries)]
        mine, theirs = map(min, zip(*taken))
        if mine <= ratio * theirs:
            return
    raise Wrong(
        f"{function} takes {mine * 1e3:.1f} ms; at most {ratio * theirs * 1e3:.1f} are allowed. "
        f"{theirs * 1e3:.1f} ms were measured for the comparison, with other numbers in each call. "
        f"{hint}".strip()
    )


def _timed(function, arguments):
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


__all__ = [
    "accuracy",
    "at_least_as_fast",
    "at_most",
    "case",
    "equal",
    "gradients",
    "keeps_float32",
    "outputs",
    "passed",
    "rng",
    "shape",
    "slope",
    "unpack",
    "whole",
]
