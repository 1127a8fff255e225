"""Answers to the exercise of chapter 16."""

from answers_ch16 import EXPERIMENT, POOL
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests
from words_ch16 import SKIP, WITHOUT

CHAPTER = "ch16-sentiment"

ANSWERS = {
    "numbers": [
        Wrong("nothing added", "without the one that is added", swap=("good = 0.4", "good = 0.6")),
        Wrong(
            "one for the denominator alone",
            "grows by five",
            swap=("good = 0.4", "good = 4 / 6"),
        ),
        Wrong("texts with the word", "Words are counted", swap=("good = 0.4", "good = 3 / 4")),
        Wrong("never seen is 0", "was never seen", swap=("bad = 0.1", "bad = 0")),
        Wrong("odds without classes", "of their own", swap=("odds = 8 / 9", "odds = 4 / 3")),
        Wrong("a probability", "It is the probability", swap=("odds = 8 / 9", "odds = 8 / 17")),
        Wrong("upside down", "the other way round", swap=("odds = 8 / 9", "odds = 9 / 8")),
        Wrong("silence is even", "Do the classes?", swap=("silent = 2 / 3", "silent = 1")),
        Wrong("a share", "probability of praise", swap=("silent = 2 / 3", "silent = 0.4")),
        Wrong("accuracy", "the plain accuracy", swap=("balanced = 0.5", "balanced = 0.6")),
        Wrong("no power", "without the power", swap=("noise = 1 / 28", "noise = 1 / 82")),
        Wrong("not both", "not with both", swap=("noise = 1 / 28", "noise = 1 / 27")),
        Wrong("a name is missing", "`noise` is not there", swap=("noise = 1", "nois = 1")),
        Right(
            "floats", "good, bad, odds, silent, balanced, noise = .4, .1, 8 / 9, 2 / 3, .5, 1 / 28"
        ),
        Right(
            "computed",
            """
            good, bad = np.array([4, 1]) / 10
            odds = np.exp(np.log(2 / 3) + np.log(4) - np.log(3))
            silent, balanced = (2 / 5) / (3 / 5), (0 / 2 + 3 / 3) / 2
            noise = 1 / (81**0.75 + 1)
            """,
        ),
    ],
    "bayes": [
        Wrong(
            "no sum over the classes",
            "not divided by the sum",
            swap=(
                "return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))",
                "return new @ log_words.T + log_classes",
            ),
        ),
        Wrong(
            "the largest is 0",
            "is wrong",
            swap=(" - np.log(np.exp(scores).sum(axis=1, keepdims=True))", ""),
        ),
        Wrong(
            "a probability",
            "its logarithm is asked for",
            swap=("return scores - np.log(", "return np.exp(scores) / ("),
        ),
        Wrong(
            "underflow",
            "of 1000 times the words is inf",
            swap=("scores = scores - scores.max(axis=1, keepdims=True)\n", "scores = 1 * scores\n"),
        ),
        Wrong(
            "a product of probabilities",
            "log P",
            """
            def bayes(X, y, C, a, new):
                here = np.eye(C)[y]
                words = here.T @ X + a
                words /= words.sum(axis=1, keepdims=True)
                classes = (here.sum(axis=0) + a) / (len(X) + C * a)
                p = classes * np.prod(words ** new[:, None], axis=2) + 1e-300
                return np.log(p / p.sum(axis=1, keepdims=True))
            """,
        ),
        Wrong(
            "underflow hidden by a small number",
            "of 1000 times the words",
            """
            def bayes(X, y, C, a, new):
                here = np.eye(C)[y]
                words = here.T @ X + a
                words = np.log(words / words.sum(axis=1, keepdims=True))
                classes = np.log((here.sum(axis=0) + a) / (len(X) + C * a))
                p = new @ words.T + classes
                p = np.exp(p - p.max(axis=1, keepdims=True))
                return np.log(p / p.sum(axis=1, keepdims=True) + 1e-200)
            """,
        ),
        Wrong(
            "no P(c)",
            "P(c) is missing",
            swap=("new @ log_words.T + log_classes", "new @ log_words.T"),
        ),
        Wrong(
            "classes without a",
            "counts of the classes as well",
            swap=(
                "np.log((here.sum(axis=0) + a) / (len(X) + C * a))",
                "np.log(np.maximum(here.sum(axis=0), 1e-300) / len(X))",
            ),
        ),
        Wrong(
            "an empty class is impossible",
            "counts of the classes as well",
            swap=("(here.sum(axis=0) + a) / (len(X) + C * a)", "here.sum(axis=0) / len(X)"),
        ),
        Wrong(
            "a once in the sum",
            "grows by V a",
            swap=(
                "words / words.sum(axis=1, keepdims=True)",
                "words / ((here.T @ X).sum(axis=1, keepdims=True) + a)",
            ),
        ),
        Wrong(
            "a is 1", "a is 1 here", swap=("    here = np.eye", "    a = 1.0\n    here = np.eye")
        ),
        Wrong(
            "words that are there", "how often they occur", swap=("new @ log", "(new > 0) @ log")
        ),
        Wrong(
            "words that no training text has are left out",
            "is wrong",
            swap=("new @ log_words", "(new * (X.sum(axis=0) > 0)) @ log_words"),
        ),
        Wrong("texts that have a word", "is wrong", swap=("here.T @ X", "here.T @ (X > 0)")),
        Wrong(
            "the classes that occur",
            "must have the shape (5, 2)",
            swap=(
                "    here = np.eye(C)[y]",
                "    C = len(np.unique(y))\n    here = np.eye(9)[y][:, :C]",
            ),
        ),
        Wrong("over the words", "is wrong", swap=("words.sum(axis=1, ", "words.sum(axis=0, ")),
        Wrong(
            "whole counts",
            "is wrong",
            swap=("new @ log_words.T", "new.astype(int) @ log_words.T"),
        ),
        Right(
            "by scipy and a loop over the classes",
            """
            from scipy.special import logsumexp
            def bayes(X, y, C, a, new):
                columns = []
                for c in range(C):
                    n = X[y == c].sum(axis=0) + a
                    p = np.log(np.sum(y == c) + a) - np.log(len(y) + C * a)
                    columns.append(new @ (np.log(n) - np.log(n.sum())) + p)
                scores = np.stack(columns, axis=1)
                return scores - logsumexp(scores, axis=1, keepdims=True)
            """,
        ),
        Right(
            "np.add.at",
            """
            def bayes(X, y, C, a, new):
                n = np.full((C, X.shape[1]), a, np.result_type(X, 1.0))
                np.add.at(n, y, X)
                classes = (np.bincount(y, minlength=C) + a) / (len(y) + a * C)
                s = np.log(classes) + new @ np.log(n / n.sum(axis=1)[:, None]).T
                return s - np.logaddexp.reduce(s, axis=1)[:, None]
            """,
        ),
    ],
    "skip": SKIP,
    "pool": POOL,
    "without": WITHOUT,
    "experiment": EXPERIMENT,
}
