"""Answers to the exercise of chapter 23."""

from answers_ch23 import CLIP, ORDER
from catalogue import Right, Wrong
from plans_ch23 import CHAIN, EXPERIMENT
from proving import *  # noqa: F403  the tests
from sums_ch23 import EINSUM, TAYLOR

CHAPTER = "ch23-autograd-and-frameworks"

ANSWERS = {
    "numbers": [
        Wrong("one use of a", "one of its two uses", swap=("by_a = 15", "by_a = 9")),
        Wrong("a product", "are added, not multiplied", swap=("by_a = 15", "by_a = 54")),
        Wrong("one use of x", "b uses it, too", swap=("by_x = 36", "by_x = 30")),
        Wrong("by y", "gradient by y", swap=("by_x = 36", "by_x = 45")),
        Wrong("both upward", "y becomes smaller", swap=("along = -9", "along = 81")),
        Wrong("the other way", "not the other way round", swap=("along = -9", "along = 9")),
        Wrong("one mixed derivative", "Both mixed", swap=("bend = -30", "bend = 0")),
        Wrong("no mixed derivative", "mixed ones", swap=("bend = -30", "bend = 30")),
        Wrong("H v", "v is still to come", swap=("bend = -30", "bend = -18")),
        Wrong("the other order", "the other order", swap=("reverse = 6_000", "reverse = 102_000")),
        Wrong("one product", "this is one", swap=("forward = 102_000", "forward = 100_000")),
        Wrong("reading alone", "so does writing", swap=("traffic = 11 / 4", "traffic = 7 / 4")),
        Wrong("upside down", "upside down", swap=("traffic = 11 / 4", "traffic = 4 / 11")),
        Wrong("a name is missing", "`traffic` is not there", swap=("traffic =", "trafic =")),
        Right("as floats", "by_a, by_x, along, bend = 15.0, 36., -9.0, -3e1\n"
              "reverse, forward, traffic = 6e3, 1.02e5, 2.75"),
        Right(
            "computed",
            """
            x, y = 3, 2
            by_a, by_x = 2 * x * y + x, 2 * x * y**2 + 2 * x * y
            g = np.array([by_x, 2 * x**2 * y + x**2])
            H = np.array([[2 * y**2 + 2 * y, 4 * x * y + 2 * x], [4 * x * y + 2 * x, 2 * x**2]])
            v = np.array([1, -1])
            along, bend = g @ v, v @ H @ v
            reverse, forward = 20 * 50 + 50 * 100, 20 * 50 * 100 + 20 * 100
            traffic = np.float32(2.75)
            """,
        ),
    ],
    "order": ORDER,
    "clip": CLIP,
    "einsum": EINSUM,
    "taylor": TAYLOR,
    "chain": CHAIN,
    "experiment": EXPERIMENT,
}
