"""Compare what came back with what is right; the checks rest on this."""

import contextlib

import numpy as np

from minidl_course.grading import diagnosis
from minidl_course.grading.channel import Wrong


@contextlib.contextmanager
def case(text):
    """Say of what is wrong inside in which case it is: "For gates near 3000: L is inf."."""
    try:
        yield
    except Wrong as wrong:
        raise Wrong(f"{text}: {wrong}") from None


def equal(
    name, got, expected, *, sizes=None, others=None, mistakes=None, tolerance=1e-6, tell=True
):
    """Check one array or number.

    Args:
        name: what the student calls it: "dW".
        got: what the student's function returned.
        expected: the right array or number.
        sizes: dict from a letter to a length, {"N": 5, "D": 3}: a factor of 5 is then called N.
        others: dict from the name of another result of the question to its right array.
        mistakes: dict from a sentence for the student to the wrong array that it explains, or to
            a tuple of several; they may have another shape.
        tolerance: allowed is |got - expected| <= tolerance * max(|expected|, 1).
        tell: False keeps the right number out of the message: the student is to find it.

    Raises:
        Wrong: says what is wrong, and how it probably came about.
    """
    expected = np.asarray(expected, np.float64)
    got = numbers(name, got)
    if got.shape == expected.shape and diagnosis.close(got, expected, tolerance):
        return
    for other, array in (others or {}).items():
        same = got.shape == array.shape and diagnosis.close(got, array)
        if same and not diagnosis.known(got, expected, mistakes or {}):
            raise Wrong(f"{name} is wrong: it is {other}. Is the order of the results right?")
    if got.shape != expected.shape:
        known = diagnosis.known(got, expected, mistakes or {})
        hint = f" {known}" if known else diagnosis.shape(got, expected, sizes or {})
        raise Wrong(f"{name} must have the shape {expected.shape}, yours has {got.shape}.{hint}")
    if not np.isfinite(got).all():
        raise Wrong(diagnosis.not_finite(name, got, mistakes or {}))
    hint = diagnosis.values(got, expected, sizes or {}, mistakes or {})
    worst = np.unravel_index(np.argmax(np.abs(got - expected)), got.shape)
    mine, right = diagnosis.digits(got[worst], expected[worst])
    before = f"{name} is wrong. {hint}".rstrip()
    if not tell:
        raise Wrong(diagnosis.kept_back(worst, mine, before))
    raise Wrong(diagnosis.at(name, worst, f"is {mine}, and should be {right}.", before))


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
    exchanged = all(any(_same(value, array) for array in right.values()) for value in got)
    for name, value in zip(names, got):
        equal(
            name,
            value,
            right[name],
            sizes=sizes,
            others={other: array for other, array in right.items() if other != name},
            mistakes=None if exchanged else (mistakes or {}).get(name),
            tolerance=tolerance,
        )


def _same(value, array):
    value = value if isinstance(value, np.ndarray | np.generic) else np.asarray(None)
    return (
        value.dtype.kind in "biuf"
        and value.shape == array.shape
        and bool(diagnosis.close(value, array))
    )


def numbers(name, value):
    """Return an array or a number of the student's as an array; refuse anything else."""
    if value is None:
        raise Wrong(f"{name} is None. Is there a `return`, or an `...` left to fill in?")
    if isinstance(value, int) and abs(value) >= 2**63:  # no array of numbers holds it
        raise Wrong(f"{name} is far too large: an integer of {value.bit_length():,} bits.")
    if isinstance(value, bool | np.bool_ | int | float):
        return np.asarray(value)
    if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in "biuf":
        raise Wrong(f"{name} must be an array or a number, yours is {diagnosis.kind(value)}")
    return np.asarray(value)
