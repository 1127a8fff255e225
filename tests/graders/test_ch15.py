"""Answers to the exercise of chapter 15."""

from answers_ch15 import EXPERIMENT, THAW
from catalogue import Right, Wrong
from probes_ch15 import ALIKE, PROBE
from proving import *  # noqa: F403  the tests
from pulls_ch15 import PULL

CHAPTER = "ch15-transfer-learning"

ANSWERS = {
    "numbers": [
        Wrong("no biases", "The biases learn, too", swap=("learned = 105", "learned = 100")),
        Wrong(
            "a dx for nobody",
            "The first layer needs no dx",
            swap=("whole = 13300", "whole = 18300"),
        ),
        Wrong("dW alone", "passes dx down", swap=("whole = 13300", "whole = 12200")),
        Wrong("backward alone", "The forward pass is missing", swap=("head = 6200", "head = 100")),
        Wrong("a dx of the last layer", "nobody needs a dx", swap=("head = 6200", "head = 6300")),
        Wrong(
            "as if nothing were frozen",
            "no backward pass",
            swap=("head = 6200", "head = 13300"),
        ),
        Wrong(
            "a gradient that stays at the top",
            "through both frozen layers",
            swap=("bottom = 12200", "bottom = 11100"),
        ),
        Wrong("dW of frozen layers", "they need no dW", swap=("bottom = 12200", "bottom = 13300")),
        Wrong(
            "features anew in each epoch",
            "not in each epoch",
            swap=("cached = 12000", "cached = 186000"),
        ),
        Wrong(
            "features for nothing", "have to be made once", swap=("cached = 12000", "cached = 6000")
        ),
        Wrong("one epoch", "a single epoch", swap=("cached = 12000", "cached = 6200")),
        Wrong("red first", "yours is red", swap=("pixel = -63.939", "pixel = 0.32")),
        Wrong("the mean of red", "mean of blue", swap=("pixel = -63.939", "pixel = -83.68")),
        Wrong("a name is missing", "`pixel` is not there", swap=("pixel =", "colour =")),
        Right(
            "computed",
            "learned = 21 * 5\nwhole = 6100 + 6100 + 1100\nhead = 6100 + 100\n"
            "bottom = 6100 + 5000 + 1100\ncached = 6000 + 30 * 200\npixel = 40 - 103.939",
        ),
        Right(
            "as NumPy's numbers",
            """
            sizes = np.array([5000, 1000, 100])
            learned, head, bottom = sizes[2] + 5, sizes.sum() + 100, 2 * sizes.sum()
            whole, cached = 3 * sizes.sum() - sizes[0], 6e3 + 30 * 2 * sizes[2]
            pixel = (np.array([124, 117, 40]) - [123.68, 116.779, 103.939])[::-1][0]
            """,
        ),
    ],
    "probe": PROBE,
    "alike": ALIKE,
    "pull": PULL,
    "thaw": THAW,
    "experiment": EXPERIMENT,
}
