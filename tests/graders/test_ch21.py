"""Answers to the exercise of chapter 21."""

from answers_ch21 import DOUBLE, SWEEPS
from catalogue import Right, Wrong
from moves_ch21 import CREDIT, POLICY
from proving import *  # noqa: F403  the tests
from trees_ch21 import EXPERIMENT, TREE

CHAPTER = "ch21-games"

ANSWERS = {
    "numbers": [
        Wrong("cut off like an end", "it was not over", swap=("cut = 3 ", "cut = 2 ")),
        Wrong("a step too early", "gamma to the fourth", swap=("cut = 3 ", "cut = 4 ")),
        Wrong("no discount", "Rewards that come later", swap=("cut = 3 ", "cut = 25 ")),
        Wrong("always right", "always goes right", swap=("value = 2 / 11", "value = 1 / 4")),
        Wrong("the other place", "value of place 1", swap=("value = 2 / 11", "value = 6 / 11")),
        Wrong("rounded", "right, but rounded", swap=("value = 2 / 11", "value = 0.18")),
        Wrong("sarsa", "not the one that is taken", swap=("learned = 2.5", "learned = 2.25")),
        Wrong("all the way", "a quarter of the way", swap=("learned = 2.5", "learned = 4")),
        Wrong("online's own", "only chooses", swap=("target = 3 ", "target = 4 ")),
        Wrong("the target's best", "chooses the action", swap=("target = 3 ", "target = 3.5 ")),
        Wrong("the slope of z", "changes by 1 - p(a)", swap=("logit = 0.3", "logit = 0.6")),
        Wrong("the slope of p", "not of its logarithm", swap=("logit = 0.3", "logit = 0.15")),
        Wrong("a sum", "not their sum", swap=("score = 1.1", "score = 1.6")),
        Wrong("no 1", "a 1 below the root", swap=("score = 1.1", "score = 0.5 + 0.2 * 8**0.5")),
        Wrong("a name is missing", "`score` is not there", swap=("score = 1.1", "scores = 1.1")),
        Right(
            "as floats",
            "cut, value, learned, target, logit, score = 3.0, 2 / 11, 5 / 2, 3, .3, 1.1",
        ),
        Right(
            "computed",
            """
            cut = 1 + 8 * 0.5**3 + 16 * 0.5**4
            value = np.linalg.solve([[0.75, -0.25], [-0.25, 1]], [0, 0.5])[0]
            learned, target = 0.75 * 2 + 0.25 * (1 + 0.5 * 6), np.float32(1 + 0.5 * 4)
            logit, score = 0.2 * 3 / 2, 0.5 + 1.5 * 0.4
            """,
        ),
    ],
    "sweeps": SWEEPS,
    "double": DOUBLE,
    "credit": CREDIT,
    "policy": POLICY,
    "tree": TREE,
    "experiment": EXPERIMENT,
}
