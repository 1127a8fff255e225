"""Answers to the exercise of chapter 13."""

from answers_ch13 import BOUND, EXPERIMENT
from catalogue import Right, Wrong
from gaussians_ch13 import DRAW, KL
from proving import *  # noqa: F403  the tests

CHAPTER = "ch13-autoencoders"

ANSWERS = {
    "numbers": [
        Wrong(
            "summed over the points", "sum over the four points", swap=("first = 5", "first = 20")
        ),
        Wrong(
            "mean over coordinates",
            "mean over the two coordinates",
            swap=("first = 5", "first = 2.5"),
        ),
        Wrong("the best is a sum", "best is wrong", swap=("best = 2", "best = 8")),
        Wrong("the best is 0", "cannot all come back", swap=("best = 2", "best = 0")),
        Wrong("the encoder (1, 1)", "fits the encoder (1, 1)", swap=("c = 0.25", "c = 0.5")),
        Wrong("the sign of the slope", "should v2 grow or fall", swap=("slope = -6", "slope = 6")),
        Wrong("the square without its 2", "slope is wrong", swap=("slope = -6", "slope = -3")),
        Wrong("a distance", "its square is asked for", swap=("odd = 8", "odd = 8**0.5")),
        Wrong("the length of far", "How much of it is lost", swap=("far = 0", "far = 800")),
        Wrong("a name is missing", "`far` is not there", swap=("far = 0", "fat = 0")),
        Right("as floats", "first, best, c, slope, odd, far = 5.0, 2.0, 1 / 4, -6.0, 8.0, 0.0"),
        Right(
            "computed",
            """
            x = np.array([[3.0, 1], [1, 3], [-3, -1], [-1, -3]])
            first, slope = np.mean(x[:, 1] ** 2), -2 * np.mean(x[:, 0] * x[:, 1])
            best, c = np.linalg.eigvalsh(x.T @ x / 4)[0], np.float32(0.25)
            odd, far = (2 - -2) ** 2 / 2, (20 - 20) ** 2 / 2
            """,
        ),
    ],
    "angles": [
        Wrong(
            "the chapter's formula",
            "near 0 the cosine is 1",
            """
            def angles(A, B):
                Q, P = np.linalg.qr(A)[0], np.linalg.qr(B)[0]
                cosines = np.linalg.svd(Q.T @ P, compute_uv=False)
                return np.arccos(np.minimum(cosines, 1))[::-1]
            """,
        ),
        Wrong(
            "the chapter's formula in its order",
            "the largest angle comes first",
            """
            def angles(A, B):
                Q, P = np.linalg.qr(A)[0], np.linalg.qr(B)[0]
                return np.arccos(np.minimum(np.linalg.svd(Q.T @ P, compute_uv=False), 1))
            """,
        ),
        Wrong(
            "the cosine above 1",
            "angle",
            """
            def angles(A, B):
                Q, P = np.linalg.qr(A)[0], np.linalg.qr(B)[0]
                return np.arccos(np.linalg.svd(Q.T @ P, compute_uv=False))[::-1]
            """,
        ),
        Wrong("degrees", "It is in degrees", swap=("np.arcsin(", "180 / np.pi * np.arcsin(")),
        Wrong("sines", "It is the sine", swap=("np.arcsin(np.minimum(sines, 1))", "sines")),
        Wrong(
            "cosines",
            "It is the cosine",
            swap=("np.arcsin(np.minimum(sines, 1))", "np.sqrt(1 - sines**2)"),
        ),
        Wrong(
            "no bases",
            "is wrong",
            swap=(("Q, _ = np.linalg.qr(A)", "Q = A"), ("P, _ = np.linalg.qr(B)", "P = B")),
        ),
        Wrong(
            "columns of length 1",
            "have to be perpendicular",
            """
            def angles(A, B):
                Q, P = A / np.linalg.norm(A, axis=0), B / np.linalg.norm(B, axis=0)
                cosines = np.linalg.svd(Q.T @ P, compute_uv=False)
                return np.arccos(np.minimum(cosines, 1))[::-1]
            """,
        ),
        Wrong("the inside", "is wrong", swap=("P - Q @", "Q @")),
        Wrong(
            "the largest only",
            "must have the shape (3,)",
            swap=("np.minimum(sines, 1))", "np.minimum(sines, 1))[:1]"),
        ),
        Wrong("A upside down", "is wrong", swap=("qr(A)", "qr(A[::-1])")),
        Wrong(
            "smallest first",
            "the largest angle comes first",
            swap=("np.minimum(sines, 1))", "np.minimum(sines, 1))[::-1]"),
        ),
        Wrong(
            "changes A",
            "changes its argument 1",
            swap=("    Q, _", "    A /= np.abs(A).max()\n    Q, _"),
        ),
        Wrong(
            "ten digits",
            "comes out as",
            swap=("np.arcsin(np.minimum(sines, 1))", "np.arcsin(np.minimum(sines, 1)).round(10)"),
        ),
        Wrong(
            "rounded",
            "comes out as 0",
            swap=("np.arcsin(np.minimum(sines, 1))", "np.arcsin(np.minimum(sines, 1)).round(8)"),
        ),
        Right(
            "SciPy's",
            """
            from scipy.linalg import subspace_angles
            def angles(A, B):
                return subspace_angles(A, B)
            """,
        ),
        Right(
            "both functions of the angle",
            """
            def angles(A, B):
                Q, P = (np.linalg.svd(a, full_matrices=False)[0] for a in (A, B))
                cosines = np.linalg.svd(P.T @ Q)[1][::-1]
                sines = np.linalg.svd(Q - P @ (P.T @ Q))[1]
                return np.arctan2(sines, cosines)
            """,
        ),
    ],
    "kl": KL,
    "draw": DRAW,
    "bound": BOUND,
    "auroc": [
        Wrong("ties lost", "here they count nothing", swap=("(below + with_ties) / 2", "below")),
        Wrong("ties won", "here they count as won", swap=("(below + with_ties) / 2", "with_ties")),
        Wrong(
            "the other way round",
            "the other way round",
            swap=("return P.mean()", "return Q.mean() * 0 + 1 - P.mean()"),
        ),
        Wrong(
            "no root",
            "The root is missing",
            swap=(
                "np.sqrt(P.var(ddof=1) / len(P) + Q.var(ddof=1) / len(Q))",
                "P.var(ddof=1) / len(P) + Q.var(ddof=1) / len(Q)",
            ),
        ),
        Wrong(
            "divided by S and T",
            "ddof=1",
            swap=(("P.var(ddof=1)", "P.var()"), ("Q.var(ddof=1)", "Q.var()")),
        ),
        Wrong("strange ones only", "strange samples alone", swap=(" + Q.var(ddof=1) / len(Q)", "")),
        Wrong("normal ones only", "normal samples alone", swap=("P.var(ddof=1) / len(P) + ", "")),
        Wrong(
            "not divided",
            "have to be divided",
            swap=(
                ("P.var(ddof=1) / len(P)", "P.var(ddof=1)"),
                ("Q.var(ddof=1) / len(Q)", "Q.var(ddof=1)"),
            ),
        ),
        Wrong(
            "S and T exchanged",
            "S and T are exchanged",
            swap=(
                ("P.var(ddof=1) / len(P)", "P.var(ddof=1) / len(Q)"),
                ("Q.var(ddof=1) / len(Q)", "Q.var(ddof=1) / len(P)"),
            ),
        ),
        Wrong(
            "divided by N",
            "each has its own",
            swap=(
                ("P.var(ddof=1) / len(P)", "P.var(ddof=1) / len(scores)"),
                ("Q.var(ddof=1) / len(Q)", "Q.var(ddof=1) / len(scores)"),
            ),
        ),
        Wrong(
            "only A",
            "`return A, E` is needed",
            swap=("return P.mean(), np", "return P.mean()  # np"),
        ),
        Wrong(
            "nearly equal is a tie",
            "in the last digit only",
            swap=("    P = beaten", "    scores = np.round(scores, 9)\n    P = beaten"),
        ),
        Wrong(
            "in float32",
            "in the last digit only",
            swap=("    P = beaten", "    scores = scores.astype('float32')\n    P = beaten"),
        ),
        Wrong(
            "by differences, where infinity less infinity is no number",
            "is wrong",
            """
            def auroc(scores, strange):
                share = (np.sign(scores[strange][:, None] - scores[~strange]) + 1) / 2
                P, Q = share.mean(axis=1), share.mean(axis=0)
                squares = [np.nanvar(p, ddof=1) / len(p) for p in (P, Q)]
                return np.nanmean(P), np.sqrt(sum(squares))
            """,
        ),
        Right(
            "all pairs",
            """
            def auroc(scores, strange):
                a, b = scores[strange], scores[~strange]
                share = (a[:, None] > b) + 0.5 * (a[:, None] == b)
                E = np.var(share.mean(1), ddof=1) / len(a) + np.var(share.mean(0), ddof=1) / len(b)
                return share.mean(), np.sqrt(E)
            """,
        ),
        Right(
            "by ranks",
            """
            from scipy.stats import rankdata
            def auroc(scores, strange):
                both, S, T = rankdata(scores), strange.sum(), (~strange).sum()
                P = (both[strange] - rankdata(scores[strange])) / T
                Q = 1 - (both[~strange] - rankdata(scores[~strange])) / S
                spread = sum(((p - p.mean()) ** 2).sum() / (len(p) - 1) / len(p) for p in (P, Q))
                return float(np.mean(Q)), float(spread**0.5)
            """,
        ),
    ],
    "experiment": EXPERIMENT,
}
