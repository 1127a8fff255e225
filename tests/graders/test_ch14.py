"""Answers to the exercise of chapter 14."""

from answers_ch14 import EXPERIMENT, LOSSES
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests
from slopes_ch14 import NORM, SLOPE

CHAPTER = "ch14-gans"

ANSWERS = {
    "numbers": [
        Wrong("the share of p", "share of both", swap=("middle = 0.5", "middle = 0.25")),
        Wrong("only data there", "share of both", swap=("middle = 0.5", "middle = 1")),
        Wrong("nats", "for bits take", swap=("value = -1", "value = -0.6931471805599453")),
        Wrong("D = 1/2 everywhere", "knows two places", swap=("value = -1", "value = -2")),
        Wrong("the sign of V", "are not positive", swap=("value = -1", "value = 1")),
        Wrong("the sum", "should be their mean", swap=("divergence = 0.5", "divergence = 1")),
        Wrong("it grows", "any place common", swap=("change = 0", "change = 1")),
        Wrong("the sign of slow", "sign is wrong", swap=("slow = -0.02", "slow = 0.02")),
        Wrong("by D", "not by the logit", swap=("fast = -0.98", "fast = -50")),
        Wrong("exchanged", "the other loss", swap=("slow = -0.02", "slow = -0.98")),
        Wrong("D (1 - D)", "only one factor", swap=("slow = -0.02", "slow = -0.0196")),
        Wrong("a name is missing", "`fast` is not there", swap=("fast = -0.98", "quick = -0.98")),
        Right(
            "at once",
            "middle, value, divergence, change, slow, fast = 1/2, -1.0, 1/2, 0, -1/50, -49/50",
        ),
        Right(
            "computed",
            """
            p, q = np.array([0.5, 0.5, 0]), np.array([0, 0.5, 0.5])
            D = p / (p + q)
            middle = D[1]
            value = 0.5 * np.log2(D[0] * D[1]) + 0.5 * np.log2((1 - D[1]) * (1 - D[2]))
            divergence, change = value / 2 + 1, np.float64(0)
            slow, fast = -0.02, 0.02 - 1
            """,
        ),
    ],
    "best": [
        Wrong(
            "0 log 0",
            "nan",
            """
            def best(p, q):
                D = np.where(p + q > 0, p / (p + q), 0.5)
                J = p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))
                return D, J.sum(axis=1) / 2
            """,
        ),
        Wrong(
            "a small number everywhere",
            "is wrong",
            """
            def best(p, q):
                p, q = p + 1e-9, q + 1e-9
                D = p / (p + q)
                return D, (p * np.log(2 * D) + q * np.log(2 - 2 * D)).sum(axis=1) / 2
            """,
        ),
        Wrong("0 where nothing is", "D shall be 1/2", swap=("p / safe, 0.5)", "p / safe, 0.0)")),
        Wrong("nothing there, made", "It is 1 - D", swap=("p / safe, 0.5)", "q / safe, 0.5)")),
        Wrong("bits", "in bits", swap=("* np.log(2 *", "* np.log2(2 *")),
        Wrong("without 2", "log 2 is missing", swap=("np.log(2 * np", "np.log(np")),
        Wrong("twice", "their mean is asked for", swap=("axis=1) / 2", "axis=1)")),
        Wrong("p alone", "distance of p alone", swap=("part(p) + part(q)", "part(p)")),
        Wrong("one for all", "must have the shape", swap=(", axis=1) / 2", ") / 2")),
        Wrong("mean", "mean over the places", swap=("np.sum(part", "np.mean(part")),
        Wrong(
            "J first",
            "D must have the shape",
            swap=(
                "return D, np.sum(part(p) + part(q), axis=1) / 2",
                "return D[:, 0], np.sum(part(p) + part(q), axis=1) / 2",
            ),
        ),
        Wrong(
            "tiny is nothing",
            "at places of 1e-12",
            swap=("both > 0, p / safe", "both > 1e-9, p / safe"),
        ),
        Wrong(
            "the distance squared, for rows that are near",
            "is wrong",
            swap=(
                "np.sum(part(p) + part(q), axis=1) / 2",
                "np.sum((p - q) ** 2 / safe, axis=1) / 4",
            ),
        ),
        Right(
            "entropies",
            """
            def best(p, q):
                def H(w):
                    return -np.sum(w * np.log(np.where(w > 0, w, 1)), axis=1)
                with np.errstate(invalid="ignore"):
                    D = p / (p + q)
                D[p + q == 0] = 0.5
                return D, H((p + q) / 2) - (H(p) + H(q)) / 2
            """,
        ),
        Right(
            "SciPy",
            """
            from scipy.special import rel_entr
            def best(p, q):
                m = (p + q) / 2
                D = np.divide(p, 2 * m, out=np.full_like(m, 0.5), where=m > 0)
                return D, np.sum(rel_entr(p, m) + rel_entr(q, m), axis=1) / 2
            """,
        ),
    ],
    "losses": LOSSES,
    "slope": SLOPE,
    "norm": NORM,
    "census": [
        Wrong("counts", "number of points", swap=("good.mean(), np", "good.sum(), np")),
        Wrong("up to s", "yours up to s", swap=("<= 3 * s", "<= s")),
        Wrong("up to 2 s", "yours up to 2 s", swap=("<= 3 * s", "<= 2 * s")),
        Wrong("the edge is out", "good is wrong", swap=("<= 3 * s", "< 3 * s")),
        Wrong(
            "a square",
            "good is wrong",
            swap=(
                "np.linalg.norm(x[:, None] - centres, axis=2)",
                "np.abs(x[:, None] - centres).max(axis=2)",
            ),
        ),
        Wrong(
            "one is enough",
            "yours takes one",
            swap=("counts >= len(x) / 4 / len(centres)", "counts > 0"),
        ),
        Wrong("a fair share", "yours takes N / K", swap=("len(x) / 4 / len", "len(x) / len")),
        Wrong("of the good", "covered is wrong", swap=("len(x) / 4", "good.sum() / 4")),
        Wrong("more than", "covered is wrong", swap=("counts >= len", "counts > len")),
        Wrong(
            "entropy",
            "It is the entropy H",
            swap=("np.exp(-np.sum(r * np.log(r)))", "-np.sum(r * np.log(r))"),
        ),
        Wrong(
            "squares",
            "another measure",
            swap=("np.exp(-np.sum(r * np.log(r)))", "1 / np.sum(r**2)"),
        ),
        Wrong(
            "bits and nats",
            "2^H",
            swap=("np.exp(-np.sum(r * np.log(r)))", "2 ** -np.sum(r * np.log(r))"),
        ),
        Wrong("bad points, too", "is wrong", swap=("[good], minlength", ", minlength")),
        Wrong("none that is good", "effective", swap=(" if good.any() else 0.0", "")),
        Wrong(
            "the last of two",
            "is wrong",
            swap=(
                "away.argmin(axis=1)[good]",
                "(len(centres) - 1 - away[:, ::-1].argmin(axis=1))[good]",
            ),
        ),
        Wrong("covered as a share", "their number", swap=("np.sum(counts >=", "np.mean(counts >=")),
        Wrong("two numbers", "3 results", swap=(", effective\n    ###", "\n    ###")),
        Right(
            "a loop over centres",
            """
            def census(x, centres, s):
                away = np.hypot(*(x[:, None] - centres).transpose(2, 0, 1))
                first, close = np.argmin(away, 1), np.min(away, 1) / s <= 3
                n = np.array([np.count_nonzero(close[first == k]) for k in range(len(centres))])
                if n.sum() == 0:
                    return 0, 0, 0
                H = -sum(k / n.sum() * np.log(k / n.sum()) for k in n if k)
                return n.sum() / len(x), int(sum(4 * len(centres) * n >= len(x))), np.exp(H)
            """,
        ),
        Right(
            "with squares",
            """
            def census(x, centres, s):
                squares = ((x[:, None] - centres) ** 2).sum(axis=-1)
                own = np.where(squares.min(1) <= 9 * s * s, squares.argmin(1), -1)
                n = (own[:, None] == np.arange(len(centres))).sum(axis=0)
                r = n / max(1, n.sum())
                H = -np.sum(r * np.log(np.maximum(r, 1e-300)))
                covered = np.count_nonzero(n >= len(x) / (4 * len(n)))
                return np.mean(own >= 0), covered, np.exp(H) * (n.sum() > 0)
            """,
        ),
    ],
    "experiment": EXPERIMENT,
}
