"""The catalogues of answers: `solutions/answers/CHAPTER.yml`, read.

From each question to its answers, each of which takes the place of the whole cell that the solution
has for the question:

    tied:
    - wrong: first use forgotten         # its name; it must lose the question's points
      told: The first is missing         # a part of what the student must be told
      change:                            # what to change in the model answer
      - from: dW += x.T                  # must be there exactly once
        to: x.T
    - wrong: knows the numbers
      told: other numbers
      late: only hidden tests have them  # why the visible tests need not see it
      code: |                            # the whole cell
        ...
    - right: with einsum                 # must get all points, written in another way
      code: |
        ...

CI trains every answer to an experiment. One that is wrong by what it returns trains for an epoch at
most; one that misses the goal trains as the model does, or its reason would be another.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[2] / "solutions" / "answers"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, ten times as fast


@dataclass(frozen=True)
class Answer:
    """One answer, wrong or right; the fields are what the file has."""

    name: str
    wrong: bool
    told: str = ""
    code: str = ""
    change: tuple = ()  # of (from, to)
    late: str = ""

    def source(self, model):
        """The text of its cell, where `model` is the text of the model answer."""
        if self.code:
            return self.code.rstrip("\n")
        for old, new in self.change:
            assert model.count(old) == 1, f"{self.name}: {model.count(old)} times {old!r}"
            model = model.replace(old, new)
        return model


def answers(chapter, folder=FOLDER):
    """{question: [Answer, ...]} of a chapter, "ch03-backpropagation".

    Raises:
        ValueError: an entry that is no answer; names the file, the question and the entry.
    """
    path = folder / f"{chapter}.yml"
    read = yaml.load(path.read_text(encoding="utf-8"), LOADER)
    return {
        question: [
            _answer(entry, f"{path.name}: {question}: {n}") for n, entry in enumerate(listed)
        ]
        for question, listed in read.items()
    }


def _answer(entry, where):
    entry = dict(entry) if isinstance(entry, dict) else {}
    kinds = [kind for kind in ("wrong", "right") if kind in entry]
    unknown = entry.keys() - {"wrong", "right", "told", "code", "change", "late"}
    if len(kinds) != 1 or unknown or ("code" in entry) == ("change" in entry):
        raise ValueError(
            f"{where}: an answer is `wrong` or `right`, has `code` or `change`, and may have "
            f"`told` and `late`; got {', '.join(entry) or 'none of them'}"
        )
    change = tuple((part["from"], part["to"]) for part in entry.pop("change", []))
    found = Answer(name=entry.pop(kinds[0]), wrong=kinds == ["wrong"], change=change, **entry)
    texts = [found.name, found.told, found.code, found.late, *(s for pair in change for s in pair)]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{where}: all that an answer has is text; put quotes around numbers")
    return found


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
    "lesson": dict.fromkeys(
        [
            "cuts off at 8 and -8",
            "takes tiny results for 0",
            "is nan where an argument is below -500",
        ],
        "shares are from 0 to 1, and sides and results are 1 and -1",
    ),
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
    "typical": dict.fromkeys(
        [
            "is nan where an argument is above 500",
            "is 0 where an argument is above 500",
            "subtracts the largest number of the batch",
        ],
        "p holds probabilities",
    ),
    "fit": {"is wrong for a single sample": "a line takes two points"},
    "floor": {"is wrong for a single sample": "a line takes two points"},
    "soften": {
        "subtracts the largest number of the batch": "boxes that all move alike share what they did"
    },
    "descend": _WORLD,
    "iterate": _WORLD,
    "follow": _WORLD,
    "look": {"computes in float32": "the places are halves, which float32 holds exactly"},
}
