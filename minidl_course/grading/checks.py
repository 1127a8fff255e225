"""The checks that exercises call: each returns nothing, or raises `Wrong` with what to look at.

They compute in float64 on tiny arrays whose sizes all differ (N = 5, D = 3, M = 4), so that a
transposed product or a sum over the wrong axis cannot pass by accident. What is right comes from
finite differences or from an oracle, never from the student.
"""

import os
import time

import numpy as np

from minidl import gradcheck
from minidl_course.grading import diagnosis
from minidl_course.grading.channel import Wrong

COHORT = "MINIDL_COHORT"  # environment variable: another number, other random numbers


def rng(seed):
    """Return a generator for test data: another one for each seed and each cohort."""
    return np.random.default_rng([seed, int(os.environ.get(COHORT, "0"))])


def slope(function, at):
    """Return the derivative of a function of one number, measured: (f(x+h) - f(x-h)) / 2h."""
    x = np.array(at, np.float64)
    return float(gradcheck.numeric(lambda: float(function(x)), x))


def equal(
    name, got, expected, *, sizes=None, others=None, mistakes=None, tolerance=1e-6, tell=True
):
    """Check one array or number.

    Args:
        name: what the student calls it: "dW".
        got: what the student's function returned.
        expected: the right array, number or text.
        sizes: dict from a letter to a length, {"N": 5, "D": 3}: a factor of 5 is then called N.
        others: dict from the name of another result of the question to its right array.
        mistakes: dict from a sentence for the student to the wrong array that it explains, or to
            a tuple of several.
        tolerance: allowed is |got - expected| <= tolerance * max(|expected|, 1).
        tell: False keeps the right number out of the message: the student is to find it.

    Raises:
        Wrong: says what is wrong, and how it probably came about.
    """
    if isinstance(expected, str):
        if got != expected:
            raise Wrong(f"{name} is not {got!r}.")
        return
    expected = np.asarray(expected, np.float64)
    got = _numbers(name, got)
    if got.shape == expected.shape and diagnosis.close(got, expected, tolerance):
        return
    for other, array in (others or {}).items():
        if got.shape == array.shape and diagnosis.close(got, array):
            raise Wrong(f"{name} is wrong: it is {other}. Is the order of the results right?")
    if got.shape != expected.shape:
        hint = diagnosis.shape(got, expected, sizes or {})
        raise Wrong(f"{name} must have the shape {expected.shape}, yours has {got.shape}.{hint}")
    if not np.isfinite(got).all():
        raise Wrong(diagnosis.not_finite(name, got))
    hint = diagnosis.values(got, expected, sizes or {}, mistakes or {})
    worst = np.unravel_index(np.argmax(np.abs(got - expected)), got.shape)
    mine, right = diagnosis.digits(got[worst], expected[worst])
    told = f"is {mine}{f', and should be {right}' * tell}."
    raise Wrong(diagnosis.at(name, worst, told, f"{name} is wrong. {hint}".rstrip()))


def unpack(names, got):
    """Return what a student's function returned as a tuple of as many results as there are names.

    Args:
        names: in order, with spaces: "y cache". With a single name `got` is the result itself.
        got: what came back.

    Raises:
        Wrong: nothing came back, or another number of results.
    """
    names = names.split()
    listed = ", ".join(names)
    if got is None:
        raise Wrong(f"None came back. Is there a `return {listed}` at the end?")
    if len(names) == 1:
        return (got,)
    if not isinstance(got, tuple | list) or len(got) != len(names):
        count = f"{len(got)} results" if isinstance(got, tuple | list) else "a single result"
        raise Wrong(f"`return {listed}` is needed, {len(names)} results; yours returns {count}.")
    return tuple(got)


def outputs(names, got, expected, *, sizes=None, mistakes=None, tolerance=1e-6):
    """Check several results that a function returns as a tuple.

    Args:
        names: in order, with spaces: "dx dW db".
        got: the tuple.
        expected: the right arrays, in the same order.
        sizes: see `equal`.
        mistakes: dict from a name to its dict of mistakes.
        tolerance: see `equal`.
    """
    got, expected = unpack(names, got), (expected,) if len(names.split()) == 1 else expected
    names = names.split()
    right = dict(zip(names, (np.asarray(array, np.float64) for array in expected)))
    for name, value in zip(names, got):
        equal(
            name,
            value,
            right[name],
            sizes=sizes,
            others={other: array for other, array in right.items() if other != name},
            mistakes=(mistakes or {}).get(name),
            tolerance=tolerance,
        )


def gradients(function, forward, inputs, *, of=None, sizes=None, mistakes=None, seed=0):
    """Check a backward function at every index against finite differences.

    Args:
        function: the student's; called as function(dy, *arrays), where dy is random and has the
            shape of the output, or as function(*arrays) where the output is a number. Returns
            the gradients in the order of `of`; a single one without a tuple.
        forward: the right forward function, forward(*arrays) -> y; never the student's.
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
    dy = rng(seed).normal(size=np.shape(forward(*arrays.values())))
    expected = [
        gradcheck.numeric(lambda: float(np.sum(forward(*arrays.values()) * dy)), arrays[name])
        if dy.shape
        else gradcheck.numeric(lambda: float(forward(*arrays.values())), arrays[name])
        for name in names
    ]
    got = function(dy, *arrays.values()) if dy.shape else function(*arrays.values())
    outputs(
        " ".join("d" + name for name in names),
        got,
        expected if len(names) > 1 else expected[0],
        sizes=sizes,
        mistakes=mistakes,
    )


def shape(name, got, expected):
    """Check the shape of an array, and that its numbers are finite."""
    got = _numbers(name, got)
    if got.shape != tuple(expected):
        raise Wrong(f"{name} must have the shape {tuple(expected)}, yours has {got.shape}.")
    if not np.isfinite(got).all():
        raise Wrong(f"{name} has entries that are not finite, such as {got[~np.isfinite(got)][0]}.")


def keeps_float32(name, got):
    """Check that float32 inputs gave a float32 result: float64 would cost twice the memory."""
    got = _numbers(name, got)
    if got.dtype != np.float32:
        raise Wrong(f"{name} is {got.dtype} although every input was float32.")


def accuracy(predicted, labels, at_least):
    """Check that enough labels are predicted right.

    Args:
        predicted: the student's labels, integers (N,).
        labels: the right ones (N,).
        at_least: the share that has to be right, between 0 and 1.
    """
    predicted, labels = _numbers("the prediction", predicted), np.asarray(labels)
    if predicted.shape != labels.shape:
        raise Wrong(
            f"one label an example is needed, shape {labels.shape}; yours has the shape "
            f"{predicted.shape}. Of probabilities take the `argmax` along the last axis."
        )
    share = float(np.mean(predicted == labels))
    if share < at_least:
        raise Wrong(f"{share:.1%} are right, and the goal is {at_least:.1%}.")


def at_least_as_fast(function, rival, draw, *, ratio=1.0, tries=5, tolerance=1e-6, hint=""):
    """Check that `function` computes what `rival` does, in at most `ratio` times its time.

    Both are called by turns, each with new arguments, and their results compared: whoever
    remembers, or skips the work, is found out. The first turn does not count (it may compile).
    The quickest call counts for each; if that is not enough, all turns are repeated twice: other
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
        try:
            equal(f"{function}(...)", got, right, mistakes=late, tolerance=tolerance)
        except Wrong as wrong:
            raise Wrong(f"In a call that is timed, {wrong}") from None
        earlier.append(right)
        return mine, theirs

    turn()
    for _ in range(3):
        mine, theirs = map(min, zip(*(turn() for _ in range(tries))))
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


def _numbers(name, value):
    if value is None:
        raise Wrong(f"{name} is None. Is there a `return`, or an `...` left to fill in?")
    if isinstance(value, int) and abs(value) >= 2**63:  # no array of numbers holds it
        raise Wrong(f"{name} is far too large: an integer of {value.bit_length():,} bits.")
    if isinstance(value, bool | np.bool_ | int | float):
        return np.asarray(value)
    if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in "biuf":
        raise Wrong(f"{name} must be an array or a number, yours is {diagnosis.kind(value)}")
    return np.asarray(value)
