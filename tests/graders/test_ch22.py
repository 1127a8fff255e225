"""Answers to the exercise of chapter 22."""

from answers_ch22 import HALVING, SHARE
from buckets_ch22 import BUCKETS, COMPRESS
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests
from ranks_ch22 import EXPERIMENT, LOSS

CHAPTER = "ch22-many-machines"

ANSWERS = {
    "numbers": [
        Wrong("whole messages", "one eighth", swap=("ring = 25.2", "ring = 196.7")),
        Wrong("half of the way", "handed on", swap=("ring = 25.2", "ring = 12.6")),
        Wrong("no latency", "0.05 ms more", swap=("ring = 25.2", "ring = 24.5")),
        Wrong("up alone", "back to all", swap=("tree = 84.3", "tree = 42.15")),
        Wrong("one by one", "three rounds up", swap=("tree = 84.3", "tree = 196.7")),
        Wrong("in bytes", "in MB", swap=("cross = 8 / 85", "cross = 8e6 / 85")),
        Wrong("a rounded one", "right, but rounded", swap=("cross = 8 / 85", "cross = 0.094")),
        Wrong("no work shared", "share the work", swap=("= 100 / 23", "= 240 / 265.2")),
        Wrong("all at once", "nothing overlaps", swap=("= 100 / 23", "= 240 / 25.2")),
        Wrong("upside down", "other way round", swap=("= 100 / 23", "= 0.23")),
        Wrong("one rank alone", "one that is late is enough", swap=("= 2 - 0.9**8", "= 1.1")),
        Wrong("eight times", "not 8 / 10", swap=("= 2 - 0.9**8", "= 1.8")),
        Wrong("how often", "how often somebody", swap=("= 2 - 0.9**8", "= 1 - 0.9**8")),
        Wrong("all divided", "weights themselves", swap=("zero = 3.75", "zero = 2")),
        Wrong("Adam alone", "gradients are divided", swap=("zero = 3.75", "zero = 5.5")),
        Wrong("a name is missing", "`zero` is not there", swap=("zero = 3.75", "zeros = 3.75")),
        Right(
            "computed",
            """
            ring, tree = 14 * (0.05 + 14 / 8), 6 * (0.05 + 14)
            cross, speedup = (14 - 6) * 0.05 / (6 - 14 / 8), 240 / (30 + ring)
            late, zero = sum([0.9**8, 2 * (1 - 0.9**8)]), np.float32(2 + 14 / 8)
            """,
        ),
        Right(
            "as fractions",
            """
            ring, tree, cross, speedup = 126 / 5, 843 / 10, 8 / 85, 100 / 23
            late, zero = 2 - 43046721 / 10**8, 15 / 4
            """,
        ),
    ],
    "halving": HALVING,
    "share": SHARE,
    "buckets": BUCKETS,
    "compress": COMPRESS,
    "loss": LOSS,
    "experiment": EXPERIMENT,
}
