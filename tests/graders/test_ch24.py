"""Answers to the exercise of chapter 24."""

from answers_ch24 import GUIDED, PERFECT
from catalogue import Right, Wrong
from clocks_ch24 import BACK, EMBED
from flows_ch24 import EXPERIMENT
from proving import *  # noqa: F403  the tests

CHAPTER = "ch24-diffusion-and-flows"

ANSWERS = {
    "numbers": [
        Wrong("time turned round", "t = 0 is the noise", swap=("point = -0.25", "point = 1.25")),
        Wrong("back to the noise", "x less the noise", swap=("speed = 3", "speed = -3")),
        Wrong("less -1 is less", "less -1 is more", swap=("speed = 3", "speed = 1")),
        Wrong("the mean of x", "The way there from p", swap=("start = -1", "start = 0")),
        Wrong("always to 2", "half of the time only", swap=("start = -1", "start = 1")),
        Wrong("one line", "Both are as likely", swap=("middle = 0", "middle = 4")),
        Wrong("no error", "cannot be guessed right for both", swap=("floor = 16", "floor = 0")),
        Wrong("a distance", "the mean of its square", swap=("floor = 16", "floor = 4")),
        Wrong("a whole step", "only the rest of it", swap=("digit = 1 ", "digit = 2.5 ")),
        Wrong("the noise", "the noise where the line", swap=("digit = 1 ", "digit = -1 ")),
        Wrong("a name is missing", "`digit` is not there", swap=("digit = 1 ", "digits = 1 ")),
        Right(
            "as floats",
            "point, speed, start, middle, floor, digit = -1 / 4, 3.0, -1.0, 0.0, 16.0, 1.0",
        ),
        Right(
            "computed",
            """
            point, speed = np.interp(0.25, [0, 1], [-1.0, 2.0]), 2 + 1
            u = np.array([4.0, -4])
            start, middle, floor = np.mean([2, -2]) - 1, u.mean(), u.var()
            digit = np.float32(0.5 + 0.25 * 2)
            """,
        ),
    ],
    "guess": [
        Wrong("the loss of g", "divide by 1 - t", swap=("off = (g - x) / left", "off = g - x")),
        Wrong(
            "1 - t once",
            "has to be squared",
            swap=(
                "return np.mean(off**2), 2 * off / left / off.size",
                "return np.mean(off * (g - x)), 2 * off / off.size",
            ),
        ),
        Wrong(
            "g for the velocity",
            "g is a guess at x",
            swap=("off = (g - x) / left", "off = g - (x - eps)"),
        ),
        Wrong(
            "t for 1 - t", "the other way round", swap=("(1 - t)[:, None]", "t[:, None] + 1e-300")
        ),
        Wrong(
            "x_t turned round",
            "x_t holds",
            """
            def guess_loss(g, x, eps, t):
                t = t[:, None]
                off = (g - (t * eps + (1 - t) * x)) / (1 - t) - (x - eps)
                return np.mean(off**2), 2 * off / (1 - t) / off.size
            """,
        ),
        Wrong(
            "sum over D",
            "sum over the D numbers",
            swap=("np.mean(off**2)", "(off**2).sum() / len(g)"),
        ),
        Wrong(
            "sum over the batch",
            "sum over the batch",
            swap=("np.mean(off**2)", "(off**2).mean(1).sum()"),
        ),
        Wrong(
            "the gradient by v",
            "dg is wrong. It is the gradient by v",
            swap=("off / left /", "off /"),
        ),
        Wrong("no 2", "dg is wrong", swap=("2 * off", "off")),
        Wrong("not averaged", "so is its gradient", swap=(" / off.size", "")),
        Wrong("averaged over N alone", "so is its gradient", swap=("/ off.size", "/ len(off)")),
        Wrong("the sign of dg", "dg is wrong. The sign", swap=("2 * off", "-2 * off")),
        Wrong(
            "L alone",
            "`return L, dg` is needed",
            swap=("np.mean(off**2), 2 * off / left / off.size", "np.mean(off**2)"),
        ),
        Wrong(
            "one time for all",
            "L is wrong",
            swap=("left = (1 - t)[:, None]", "left = 1 - t.mean()"),
        ),
        Wrong(
            "never below 0.1",
            "L is wrong",
            swap=("(1 - t)[:, None]", "np.maximum(1 - t, 0.1)[:, None]"),
        ),
        Right(
            "step by step",
            """
            def guess_loss(g, x, eps, t):
                t = t.reshape(-1, 1)
                xt = (1 - t) * eps + t * x
                v = (g - xt) / (1 - t)
                error = v - (x - eps)
                dv = 2 * error / error.size
                return np.square(error).mean(), dv / (1 - t)
            """,
        ),
        Right(
            "as a weighted loss",
            """
            def guess_loss(g, x, eps, t):
                weight = (1 - t) ** -2.0 / g.size
                return weight @ ((g - x) ** 2).sum(axis=1), 2 * np.einsum("n,nd->nd", weight, g - x)
            """,
        ),
    ],
    "embed": EMBED,
    "back": BACK,
    "guided": GUIDED,
    "perfect": PERFECT,
    "experiment": EXPERIMENT,
}
