"""Answers to the exercise of chapter 01."""

from answers_ch01 import DIFFERENCE, ENTROPY
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch01-one-neuron"

ANSWERS = {
    "loss": [
        Wrong("the sum", "It is the sum over the examples", swap=("np.mean(", "np.sum(")),
        Wrong(
            "overflows",
            "L of the logits 1000 and -1000 is inf",
            swap=("np.logaddexp(0, z)", "np.log(1 + np.exp(z))"),
        ),
        Wrong(
            "probabilities kept from 0 and 1",
            "is wrong",
            """
            def logistic_loss(z, t):
                p = np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)
                return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
            """,
        ),
        Wrong("the classes exchanged", "L is wrong", swap=("t * z", "(1 - t) * z")),
        Wrong(
            "only the examples with t = 1",
            "Only the examples",
            swap=("(0, z) - t * z", "(0, -z) * t"),
        ),
        Wrong("one loss an example", "L must have the shape ()", swap=("np.mean(", "(")),
        Wrong(
            "a line beyond 10",
            "Only its first digits are right",
            swap=("np.logaddexp(0, z)", "np.where(z > 10, z, np.log1p(np.exp(np.minimum(z, 10))))"),
        ),
        Wrong(
            "the mean of the means of batches",
            "For N = 101",
            """
            def logistic_loss(z, t):
                losses = np.logaddexp(0, z) - t * z
                return np.mean([losses[n : n + 50].mean() for n in range(0, len(z), 50)])
            """,
        ),
        Right(
            "the larger one taken out",
            """
            def logistic_loss(z, t):
                return (np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))).sum() / len(z)
            """,
        ),
        Right(
            "a loop",
            """
            def logistic_loss(z, t):
                total = 0.0
                for zn, tn in zip(z, t):
                    s = zn if tn else -zn
                    total += np.log1p(np.exp(-s)) if s > 0 else -s + np.log1p(np.exp(s))
                return total / z.size
            """,
        ),
    ],
    "gradient": [
        Wrong("no average", "5 times too large: did you forget to average", swap=(" / len(x)", "")),
        Wrong("target minus prediction", "dw is wrong", swap=("(p - t)", "(t - p)")),
        Wrong(
            "the slope twice", "dw is wrong", swap=("dz = (p - t)", "dz = (p - t) * p * (1 - p)")
        ),
        Wrong(
            "squared error",
            "dw is wrong",
            swap=("dz = (p - t)", "dz = 2 * (p - t) * p * (1 - p)"),
        ),
        Wrong("no bias", "The bias is missing", swap=("x @ w + b", "x @ w")),
        Wrong("no sigmoid", "dw", swap=("1 / (1 + np.exp(-(x @ w + b)))", "x @ w + b")),
        Wrong("db is a mean", "a mean of a mean", swap=("dz.sum()", "dz.mean()")),
        Wrong("db is not summed", "db must have the shape ()", swap=("dz.sum()", "dz")),
        Wrong("zeros", "zero everywhere", swap=("x.T @ dz", "0 * w")),
        Wrong("divides by D", "dw", swap=("len(x)", "x.shape[1]")),
        Wrong("only dw", "`return dw, db` is needed", swap=("x.T @ dz, dz.sum()", "x.T @ dz #")),
        Wrong("changes w", "changes its argument 3", swap=("    dz =", "    w -= 1\n    dz =")),
        Right(
            "example by example",
            """
            def logistic_gradient(x, t, w, b):
                dw, db = np.zeros_like(w), 0.0
                for xn, tn in zip(x, t):
                    dz = 1 / (1 + np.exp(-(xn @ w + b))) - tn
                    dw, db = dw + dz * xn / len(t), db + dz / len(t)
                return dw, db
            """,
        ),
        Right("a row times a matrix", swap=("x.T @ dz, dz.sum()", "dz @ x, np.add.reduce(dz)")),
    ],
    "entropy": ENTROPY,
    "difference": DIFFERENCE,
    "sides": [
        Wrong("divided by h on both sides", "Two h lie", swap=("(2 * h)", "h")),
        Wrong("brackets", "the brackets around 2h", swap=("(2 * h)", "2 * h")),
        Wrong(
            "no step below 1e-3",
            "two_sided",
            swap=("return (f(z + h) - f(z - h))", "h = max(h, 1e-3); return (f(z + h) - f(z - h))"),
        ),
        Wrong(
            "to the left", "to the right is f(z + h)", swap=("f(z + h) - f(z))", "f(z) - f(z - h))")
        ),
        Wrong(
            "twice the same",
            "It is two_sided",
            swap=("f(z + h) - f(z)) / h", "f(z + h) - f(z - h)) / (2 * h)"),
        ),
        Wrong(
            "a fixed step",
            "two_sided",
            swap=("return (f(z + h) - f(z - h))", "h = 1e-5; return (f(z + 2 * h) - f(z - h))"),
        ),
        Right(
            "the mean of both sides",
            swap=(
                "(f(z + h) - f(z - h)) / (2 * h)",
                "((f(z + h) - f(z)) / h + (f(z) - f(z - h)) / h) / 2",
            ),
        ),
        Right(
            "entry by entry",
            """
            def two_sided(f, z, h):
                return np.array([(f(zi + h) - f(zi - h)) / h / 2 for zi in z])

            one_sided = lambda f, z, h: np.array([(f(zi + h) - f(zi)) / h for zi in z])
            """,
        ),
    ],
    "experiment": [
        Wrong("not trained", "the goal is 90.0 %", swap=("range(10):", "range(0):")),
        Wrong("uphill", "the goal is", swap=("W - 0.3", "W + 0.3")),
        Wrong(
            "the learning rate is far too small",
            "the goal is",
            swap=(("W - 0.3", "W - 1e-5"), ("range(10)", "range(2)")),
        ),
        Wrong(
            "the labels are shuffled, the images are not",
            "the goal is",
            swap=(("targets[rows]", "targets[: len(rows)]"), ("range(10)", "range(2)")),
        ),
        Wrong(
            "transposed",
            "W must have the shape (784, 10), yours has (10, 784)",
            swap=(("return W, b", "return W.T, b"), ("range(10)", "range(0)")),
        ),
        Wrong(
            "diverged",
            "not finite",
            swap=(("return W, b", "return W * np.nan, b"), ("range(10)", "range(0)")),
        ),
        Right("fewer passes", swap=(("range(10)", "range(8)"), ("// 50", "// 40"))),
        Right(
            "one big batch with momentum",
            """
            def train(x, labels):
                t, W, b, vW, vb = np.eye(10)[labels], np.zeros((784, 10)), np.zeros(10), 0, 0
                for _ in range(150):
                    p = np.exp(x @ W + b)
                    dz = (p / p.sum(1)[:, None] - t) / len(x)
                    vW, vb = 0.9 * vW + x.T @ dz, 0.9 * vb + dz.sum(0)
                    W, b = W - 0.2 * vW, b - 0.2 * vb
                return W, b
            """,
        ),
        Right(
            "images moved by a pixel, and the mean of the later weights",
            """
            def train(x, labels):
                images, t = x.reshape(-1, 28, 28), np.tile(np.eye(10)[labels], (5, 1))
                steps = [(axis, step) for axis in (1, 2) for step in (-1, 1)]
                moved = np.concatenate([images, *(np.roll(images, s, axis=a) for a, s in steps)])
                x, rng = moved.reshape(-1, 784), np.random.default_rng(0)
                W, b, later = np.zeros((784, 10)), np.zeros(10), []
                for turn in range(10):
                    for rows in np.array_split(rng.permutation(len(x)), len(x) // 50):
                        p = np.exp(x[rows] @ W + b)
                        dz = (p / p.sum(axis=1, keepdims=True) - t[rows]) / len(rows)
                        W, b = W - 0.1 * x[rows].T @ dz, b - 0.1 * dz.sum(axis=0)
                    later.append(np.vstack([W, b]))
                mean = np.mean(later[5:], axis=0)
                return mean[:-1], mean[-1]
            """,
        ),
    ],
}
