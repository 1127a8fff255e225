"""Answers to the exercise of chapter 19."""

from answers_ch19 import HEAR
from catalogue import Right, Wrong
from gradient_ch19 import GRADIENT
from paths_ch19 import LOSS
from proving import *  # noqa: F403  the tests
from search_ch19 import ALIGN, BEAM

CHAPTER = "ch19-speech"

NUMBERS = [
    Wrong("without the first", "Frame 0 counts", swap=("frames = 92", "frames = 91")),
    Wrong("no blanks", "stands a blank", swap=("shortest = 7", "shortest = 5")),
    Wrong("blanks everywhere", "not needed", swap=("shortest = 7", "shortest = 9")),
    Wrong("nothing merged", "Repeats are merged", swap=("paths = 7", "paths = 10")),
    Wrong("only blanks", "a a b - b is such", swap=("paths = 7", "paths = 4")),
    Wrong("the binomial", "That binomial", swap=("paths = 7", "paths = 28")),
    Wrong("all paths", "whatever they say", swap=("paths = 7", "paths = 243")),
    Wrong("one path", "likeliest path alone", swap=("chance = 0.54", "chance = 0.3")),
    Wrong("joint", "Divide by the", swap=("4 / 9", "0.24")),
    Wrong("before the target is known", "the network said", swap=("4 / 9", "0.3")),
    Wrong("rounded", "right, but rounded", swap=("4 / 9", "0.4444")),
    Wrong("a worse alignment", "better alignment", swap=("rate = 0.75", "rate = 1.0")),
    Wrong("of the words written", "not by those", swap=("rate = 0.75", "rate = 3 / 5")),
    Wrong("a name is missing", "`rate` is not there", swap=("rate = 0.75", "rated = 0.75")),
    Right(
        "numbers", "frames, shortest, paths, chance, occupied, rate = 92, 7, 7, 0.54, 4 / 9, 0.75"
    ),
    Right(
        "computed",
        """
        frames, shortest, paths = 1 + (12_000 - 256) // 128, 5 + 2, 4 + 3
        chance = 0.3 * 0.2 + 0.5 * 0.6 + 0.3 * 0.6
        occupied, rate = 0.3 * (0.2 + 0.6) / chance, 3 / 4
        """,
    ),
]

ANSWERS = {
    "numbers": NUMBERS,
    "hear": HEAR,
    "loss": LOSS,
    "gradient": GRADIENT,
    "align": ALIGN,
    "beam": BEAM,
}
