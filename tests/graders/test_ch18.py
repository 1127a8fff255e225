"""Answers to the exercise of chapter 18."""

from answers_ch18 import ATTEND, EXPERIMENT
from catalogue import Right, Wrong
from places_ch18 import STEP
from proving import *  # noqa: F403  the tests
from tokens_ch18 import BPE
from turns_ch18 import ROTATE

CHAPTER = "ch18-transformers"

ANSWERS = {
    "numbers": [
        Wrong(
            "one normalization",
            "Each of the two normalizations",
            swap=("block = 872", "block = 856"),
        ),
        Wrong("no biases", "Without the biases", swap=("block = 872", "block = 800")),
        Wrong("matrices for each head", "no more matrices", swap=("block = 872", "block = 1160")),
        Wrong("no last normalization", "last normalization", swap=("gpt = 2738", "gpt = 2722")),
        Wrong("no positions", "table of positions", swap=("gpt = 2738", "gpt = 2610")),
        Wrong("tied", "weights and biases of its own", swap=("gpt = 2738", "gpt = 2338")),
        Wrong("no mask", "without the mask", swap=("pairs = 136", "pairs = 256")),
        Wrong("not itself", "sees its own key", swap=("pairs = 136", "pairs = 120")),
        Wrong("keys alone", "Keys and values", swap=("kept = 320", "kept = 160")),
        Wrong("of each head", "together 8", swap=("kept = 320", "kept = 640")),
        Wrong("of the whole context", "10 tokens", swap=("kept = 320", "kept = 512")),
        Wrong("not divided", "divided by the root", swap=("weight = 0.75", "weight = 36 / 38")),
        Wrong("linear", "looks at every token", swap=("longer = 16 ", "longer = 4 ")),
        Wrong("a name is missing", "`longer` is not there", swap=("longer = 16", "long = 16")),
        Right(
            "floats", "block, gpt, pairs, kept, weight, longer = 872.0, 2738, 136, 320, 6 / 8, 16"
        ),
        Right(
            "computed",
            """
            D, T, V = 8, 16, 50
            block = 4 * D + 4 * (D * D + D) + D * 4 * D + 4 * D + 4 * D * D + D
            gpt = V * D + T * D + 2 * block + 2 * D + D * V + V
            pairs, kept = T * (T + 1) // 2, 2 * 2 * 10 * D
            weight, longer = 1 / (1 + 2 * np.exp(-np.log(6))), (64 / T) ** 2
            """,
        ),
    ],
    "bpe": BPE,
    "attend": ATTEND,
    "rotate": ROTATE,
    "step": STEP,
    "experiment": EXPERIMENT,
}
