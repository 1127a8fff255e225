"""What a catalogue of answers is made of.

A file `test_chNN.py` in this folder holds the catalogue of one chapter: CHAPTER, its folder's
name, and ANSWERS, from each question to its answers. Every answer takes the place of the whole
cell that the solution has for the question.
"""

import textwrap
from typing import NamedTuple


class Wrong(NamedTuple):
    """An answer that must lose the question's points.

    Give the whole cell as `code`, or what to change in the model answer as `swap`, pairs of
    (old, new) text; each old text must be there exactly once. The visible tests must see it
    already, unless `late` says why only hidden ones can.
    """

    name: str
    message: str  # a part of what the student must be told
    code: str = ""
    swap: tuple = ()
    late: str = ""


class Right(NamedTuple):
    """An answer that must get all points, written differently from the model answer."""

    name: str
    code: str = ""
    swap: tuple = ()
    message: str = ""


def source(answer, model):
    """The text of the cell for an answer, where `model` is the text of the model answer."""
    if answer.code:
        return textwrap.dedent(answer.code).strip("\n")
    pairs = [answer.swap] if isinstance(answer.swap[0], str) else answer.swap
    for old, new in pairs:
        assert model.count(old) == 1, f"{answer.name}: {model.count(old)} times {old!r}"
        model = model.replace(old, new)
    return model


# From a function to mistakes of `wrappers` that its contract leaves open, each with the reason.
_ROUGH = "1 % is asked for: float32 has the digits for it"
_SQUARE = "for D = K both span everything, and every angle is a rounding"
_OWN = "f is the student's own, and such a one is allowed"
_STEPS = {
    "transposes square arguments": "H is symmetric",
    "subtracts the largest number of the batch": "H has no samples",
}
_WORLD = {"subtracts the largest number of the batch": "P holds probabilities"}
_CHANCE = "p and q are probabilities, and every row sums to 1"
OPEN = {
    "adder": {
        "knows a call again by its first array": "seen where it is timed, which is left out here",
        "knows a call again by the sums of its arrays": "seen where it is timed",
    },
    "mean_square": {"computes in float32": _ROUGH},
    "start": {
        "computes in float32": "random numbers of either type have the variance",
        "transposes square results": "the entries are independent and alike",
    },
    "draw": {
        "is 0 where an argument is above 500": "p is a probability",
        "subtracts the largest number of the batch": "p is a probability",
    },
    "unit_backward": {"takes tiny results for 0": "for D = 1 dx is 0, and all of it a rounding"},
    "wake": {"takes tiny results for 0": "a bias may leave a margin between 0 and the next z"},
    "own_forward": {"cuts off at 8 and -8": _OWN, "takes tiny results for 0": _OWN},
    "walk": _STEPS,
    "angles": {
        "transposes square arguments": _SQUARE,
        "forgets the last sample of a result": _SQUARE,
        "takes tiny results for 0": _SQUARE,
    },
    "best": dict.fromkeys(
        [
            "cuts off at 8 and -8",
            "takes tiny results for 0",
            "is nan where an argument is above 500",
            "is 0 where an argument is above 500",
            "subtracts the largest number of the batch",
        ],
        _CHANCE,
    ),
    "beam": {
        "takes tiny results for 0": "a sum of log p that no two continuations share is no rounding",
        "is wrong where an argument is 0": "log p = 0 leaves nothing to search",
        "is wrong where an argument is -0.0": "log p = 0 leaves nothing to search",
        "is wrong where numbers are equal": "either of two that are equally likely will do",
        "is wrong for a single sample": "a table of one row does not say what follows other tokens",
        "is nan where an argument is above 500": "log p is never above 0",
        "is 0 where an argument is above 500": "log p is never above 0",
        "subtracts the largest number of the batch": "log p is never above 0",
    },
    "kl": {"takes tiny results for 0": "the usual form subtracts numbers near 1"},
    "through_steps": _STEPS,
    "soften": {
        "subtracts the largest number of the batch": "boxes that all move alike share what they did"
    },
    "descend": _WORLD,
    "iterate": _WORLD,
    "follow": _WORLD,
    "look": {"computes in float32": "the places are halves, which float32 holds exactly"},
}
