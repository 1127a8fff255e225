"""What is the mistake? A wrong array is compared with the wrong arrays that people usually make.

"Wrong" teaches nothing; "N times too large: did you forget to average over the batch?" does. So
every answer that differs is held against a list: zeros, a constant factor, a sign, a transposed
or flipped array, only some of the rows. Only exact
matches are reported, so that a guess never sends anybody the wrong way.
"""

import numpy as np

from minidl_course.grading.channel import Answer, fetch

CLOSE = 1e-6
ENOUGH = 4  # numbers other than 0: of fewer, everything is a multiple, or nearly

KINDS = {  # of objects that come back where numbers should
    "function": "are the brackets of a call missing?",
    "generator": "is there a `yield` in place of `return`?",
    "coroutine": "is there an `async` before `def`?",
    "ndarray": "its entries must be numbers, all of one type.",
}


def close(a, b, tolerance=CLOSE):
    """Whether arrays of one shape agree: |a - b| <= tolerance * max(|b|, 1), everywhere."""
    return bool(np.all(np.abs(a - b) <= tolerance * np.maximum(np.abs(b), 1)))


def digits(got, expected):
    """Two different numbers as text, with as many digits as it takes to see that they differ."""
    for count in (6, 9, 12, 17):
        texts = [f"{float(number) + 0.0:.{count}g}" for number in (got, expected)]  # no "-0"
        if texts[0] != texts[1]:
            break
    return texts


def index(numbers):
    """A place in an array as text: "[2, 0]"; of a single number it is ""."""
    return f"[{', '.join(str(int(i)) for i in numbers)}]" if len(numbers) else ""


def kept_back(place, mine, before):
    """What a student is told of a wrong number while the right one is kept back."""
    return f"{before} At {index(place)} yours is {mine}." if place else f"{before} Yours is {mine}."


def at(name, place, told, before=""):
    """A sentence about one entry of an array, or about a number.

    Args:
        name: what the student calls the array. A long name is not said twice, and no index put
            behind it: "temper(z, 0.1) of logits near 1000[0, 0]".
        place: the entry; of a number it is empty.
        told: what is to be said of it: "is nan."
        before: sentences about the whole array.
    """
    where, short = index(place), name.isidentifier()
    if short or not (where or before):
        return f"{before} {name}{where} {told}".lstrip()
    if before:
        return f"{before} At {where} it {told}" if where else f"{before} It {told}"
    return f"At {where} {name} {told}"


def not_finite(name, got, mistakes):
    """The first entry that is no finite number, as a sentence, and one of the dict `mistakes`.

    A mistake is known by its own entries of that kind: they are in the same places.
    """
    bad = ~np.isfinite(got)
    place = np.argwhere(bad)[0]
    told = at(name, place, f"is {got[tuple(place)]}.")
    for sentence, listed in mistakes.items():
        for wrong in listed if isinstance(listed, tuple) else (listed,):
            if np.array_equal(bad, ~np.isfinite(np.asarray(wrong, np.float64))):
                return f"{told} {sentence}"
    return told


def kind(value):
    """What a value is that is no array of numbers: "of the type 'Fraction'."."""
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__}: return np.array(...)."
    if not isinstance(value, Answer):
        return f"{value!r:.80}."
    name = str(fetch(Answer(*value._path, "__class__", "__name__")))  # it stayed with the student
    return f"of the type {name!r:.80}{': ' + KINDS[name] if name in KINDS else '.'}"


def shape(got, expected, sizes):
    """What a wrong shape suggests: a sentence, or "".

    Args:
        got: the student's array.
        expected: the right array.
        sizes: dict from a letter to a length: {"N": 5, "D": 3}.
    """
    letters = {length: letter for letter, length in sizes.items()}
    named = [letters[length] for length in expected.shape if length in letters]
    told = f" It must be {_tuple(named)}." if named and len({*named}) == expected.ndim else ""
    if got.shape == expected.T.shape and got.ndim > 1:
        return told + " Yours is transposed."
    if got.ndim == expected.ndim + 1 and got.shape[1:] == expected.shape:
        return told + " The sum over the first axis is missing."
    if got.ndim == expected.ndim + 1 and got.shape[:-1] == expected.shape:
        return told + " The sum over the last axis is missing."
    if got.ndim < expected.ndim and expected.shape[expected.ndim - got.ndim :] == got.shape:
        return told + " You summed over an axis that has to stay."
    return told


def values(got, expected, sizes, mistakes):
    """What wrong values of the right shape suggest: a sentence, or "" where nothing fits exactly.

    Args:
        got: the student's array.
        expected: the right array, of the same shape.
        sizes: dict from a letter to a length, to give a factor its name.
        mistakes: dict from a sentence to the wrong array that it explains, or to a tuple of them.
    """
    if close(got, expected):
        return "Only its first digits are right: is it computed in float32, measured or rounded?"
    if sentence := known(got, expected, mistakes):
        return sentence
    if not got.any():
        return "Yours is zero everywhere."
    return _factor(got, expected, sizes) or _moved(got, expected) or _part(got, expected)


def known(got, expected, mistakes):
    """The sentence of the dict `mistakes` whose wrong array this is, or ""."""
    for sentence, listed in mistakes.items():
        for wrong in map(np.asarray, listed if isinstance(listed, tuple) else (listed,)):
            if wrong.shape != got.shape or not close(got, wrong):
                continue
            if wrong.shape != expected.shape or not close(expected, wrong):
                return sentence
    return ""


def _factor(got, expected, sizes):
    counts = np.count_nonzero(expected)
    if counts == 0 or (counts < ENOUGH and not sizes):
        return ""
    c = float(np.vdot(expected, got) / np.vdot(expected, expected))
    if abs(c) < CLOSE or not close(got, c * expected):
        return ""
    if abs(c + 1) < CLOSE:
        return "The sign is wrong: yours is minus the right answer."
    sign = ", and its sign is wrong" if c < 0 else ""
    for letter, length in sizes.items():
        if abs(abs(c) - length) < CLOSE * length:
            if letter == "N":
                question = f"did you forget to average over the batch of {length}?"
            else:
                question = f"where does {letter} = {length} come from?"
            return f"It is {length} times too large{sign}: {question}"
        if abs(abs(c) * length - 1) < CLOSE:
            if letter == "N":
                question = f"did you average over the batch of {length} once too often?"
            else:
                question = f"do you divide by {letter} = {length}?"
            return f"It is {length} times too small{sign}: {question}"
    if counts < ENOUGH:
        return ""
    return f"It is {c:.4g} times the right answer everywhere: a constant factor is wrong."


def _moved(got, expected):
    if got.ndim > 1 and got.shape == got.T.shape and close(got, expected.T):
        return "It is transposed."
    for axis in range(got.ndim):
        if got.shape[axis] > 1 and close(got, np.flip(expected, axis)):
            return f"It is the right answer flipped along axis {axis}."
    if got.ndim > 1 and close(got, np.flip(expected)):
        return "It is the right answer flipped along every axis."
    difference = got - expected
    if got.size >= ENOUGH and close(difference, np.full_like(difference, difference.flat[0])):
        return f"It is off by the same number, {difference.flat[0]:.4g}, everywhere."
    return ""


def _part(got, expected):
    right = np.isclose(got, expected, rtol=CLOSE, atol=CLOSE)
    if got.size < ENOUGH or not right.any():
        return ""
    for axis in range(got.ndim):
        good = right.all(axis=tuple(i for i in range(got.ndim) if i != axis))
        if good.any() and len(good) > 1:
            most = good.sum() > len(good) / 2
            named = ", ".join(str(i) for i in np.flatnonzero(~good if most else good))
            return f"Along axis {axis} it is right {'except' if most else 'only'} at {named}."
    return f"{right.sum()} of {got.size} entries are right."


def _tuple(letters):
    return f"({', '.join(letters)}{',' if len(letters) == 1 else ''})"
