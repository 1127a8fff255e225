"""Answers to the exercise of chapter 17."""

from answers_ch17 import ATTEND
from beams_ch17 import BEAM, BLEU
from catalogue import Right, Wrong
from forced_ch17 import COPY, FORCED
from proving import *  # noqa: F403  the tests

CHAPTER = "ch17-attention-and-translation"

NUMBERS = [
    Wrong("nothing masked", "Nothing was masked", swap=("weight = 0.75", "weight = 3 / 1100.63")),
    Wrong(
        "scaled",
        "not divided by anything",
        swap=("weight = 0.75", "weight = 1 / (1 + 3 ** -(0.5**0.5))"),
    ),
    Wrong("exchanged", "are exchanged", swap=("mixed = 8.0", "mixed = 4")),
    Wrong("not clipped", "more often than in the", swap=("clipped = 0.75", "clipped = 1")),
    Wrong("recall", "not of the reference", swap=("clipped = 0.75", "clipped = 3 / 6")),
    Wrong("no penalty", "shorter than its", swap=("np.exp(-0.5)", "1.0")),
    Wrong("the ratio", "ratio of the lengths", swap=("np.exp(-0.5)", "4 / 6")),
    Wrong("a mean", "adds 5 and divides", swap=("score = -1.5", "score = -3 / 7")),
    Wrong("gate exchanged", "gate is exchanged", swap=("copied = 0.18", "copied = 0.42")),
    Wrong("no gate", "both parts", swap=("copied = 0.18", "copied = 0.6")),
    Wrong("rounded", "right, but rounded", swap=("np.exp(-0.5)", "0.607")),
    Wrong("padding mixed in", "Padding has no weight", swap=("mixed = 8.0", "mixed = 27.5")),
    Wrong("a name is missing", "`score` is not there", swap=("score = -1.5", "scored = -1.5")),
    Right(
        "numbers",
        "weight, mixed, clipped, brevity, score, copied = .75, 8, .75, .60653066, -1.5, .18",
    ),
    Right(
        "computed",
        """
        weight = np.exp(np.log(3)) / (1 + np.exp(np.log(3)))
        mixed = (1 - weight) * 2 + weight * 10
        clipped, brevity = (min(3, 2) + min(1, 1)) / 4, np.e ** (1 - 6 / 4)
        score, copied = -3 * 6 / (5 + 7), np.dot([0.8, 0.2], [0.1, 0.5])
        """,
    ),
]

# Of the question on beam search: when it ends, and what it returns.
ENDS = [
    Wrong(
        "the early end of the chapter",
        "as soon as the likeliest",
        swap=(
            "        if not alive:",
            "        if not alive or (ended and max(p for _, p in ended) > alive[0][1]):",
        ),
    ),
    Wrong(
        "the likeliest of those put aside",
        "not the largest log p",
        swap=("max(ended or alive, key=score)", "max(ended or alive, key=lambda one: one[1])"),
    ),
    Wrong(
        "the last token is always cut",
        "no stop sign to take away",
        swap=("best[0][1:-1] if ended else best[0][1:]", "best[0][1:-1]"),
    ),
    Wrong(
        "results exchanged",
        "in this order",
        swap=("return np.array(tokens, int), score(best)", "return score(best), np.array(tokens)"),
    ),
    Wrong(
        "an empty list",
        "say `dtype=int`",
        swap=("return np.array(tokens, int)", "return np.array(tokens)"),
    ),
]

ANSWERS = {
    "numbers": NUMBERS,
    "attend": ATTEND,
    "forced": FORCED,
    "beam": BEAM + ENDS,
    "bleu": BLEU,
    "copy": COPY,
}
