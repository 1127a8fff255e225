"""Answers to the word vectors and to the effect of words of chapter 16."""

from catalogue import Right, Wrong

SKIP = [
    Wrong("all noise", "is left out", swap=("r != c[:, None]]", "r == r]")),
    Wrong(
        "neighbours anywhere in the batch are left out",
        "is wrong",
        swap=("r != c[:, None]]", "~np.isin(r, c)]"),
    ),
    Wrong("the word itself is left out", "is wrong", swap=("r != c[:, None]]", "r != w[:, None]]")),
    Wrong(
        "a sum over the batch",
        "should be the mean",
        swap=(("kept) / N", "kept)"), ("/ 2 / N", "/ 2")),
    ),
    Wrong("L is a sum", "L is wrong", swap=("where=kept) / N", "where=kept)")),
    Wrong("the gradient is a sum", "dA is wrong", swap=("/ 2)) / 2 / N", "/ 2)) / 2")),
    Wrong(
        "noise averaged",
        "summed, not averaged",
        swap=(
            "    L = np.sum(np.logaddexp(0, s), where=kept) / N",
            "    kept = kept / np.array([1] + [r.shape[1]] * r.shape[1])\n"
            "    L = np.sum(np.logaddexp(0, s) * kept) / N",
        ),
    ),
    Wrong(
        "repeated words lose in A",
        "every occurrence",
        swap=("np.add.at(dA, w, np.ein", "dA[w] += (np.ein"),
    ),
    Wrong(
        "repeated words lose in B",
        "every occurrence",
        swap=("np.add.at(dB, both, ds[:", "dB[both] += (ds[:"),
    ),
    Wrong(
        "noise of one sample loses",
        "dB is wrong",
        swap=(
            "    np.add.at(dB, both, ds[:, :, None] * vectors[:, None])",
            "    for n in range(N):\n        dB[both[n]] += ds[n][:, None] * vectors[n]",
        ),
    ),
    Wrong(
        "only distinct noise counts",
        "is wrong",
        swap=(
            "    L = np.sum",
            "    for n in range(N):\n"
            "        for k in range(1, both.shape[1]):\n"
            "            kept[n, k] &= both[n, k] not in both[n, 1:k]\n"
            "    L = np.sum",
        ),
    ),
    Wrong("signs exchanged", "L is wrong", swap=("    s[:, 0] *= -1", "    s[:, 1:] *= -1")),
    Wrong("the sign of the neighbour", "dA is wrong", swap=("    ds[:, 0] *= -1\n", "")),
    Wrong("overflow", "is inf", swap=("np.logaddexp(0, s)", "np.log(1 + np.exp(s))")),
    Wrong(
        "huge products",
        "nan",
        swap=("(1 + np.tanh(s / 2)) / 2", "np.exp(s) / (1 + np.exp(s))"),
    ),
    Wrong(
        "one table",
        "is wrong",
        swap=("return L, dA, dB", "return L, dA + dB, dA + dB"),
    ),
    Wrong("tables exchanged", "it is dB", swap=("return L, dA, dB", "return L, dB, dA")),
    Wrong("the centre of A for B", "is wrong", swap=("A[w], B[both]", "A[c], B[both]")),
    Wrong("L alone", "`return L, dA, dB` is needed", swap=("return L, dA, dB", "return L")),
    Wrong("no sigmoid", "dA is wrong", swap=("(1 + np.tanh(s / 2)) / 2 / N", "s / N")),
    Wrong(
        "the step is taken",
        "changes its argument",
        swap=("    return L, dA, dB", "    A -= dA\n    return L, dA, dB"),
    ),
    Right(
        "sample by sample",
        """
        def skip(A, B, w, c, r):
            L, dA, dB, N = 0.0, 0 * A, 0 * B, len(w)
            for n in range(N):
                for row, sign in [(c[n], -1)] + [(k, 1) for k in r[n] if k != c[n]]:
                    s = sign * (A[w[n]] @ B[row])
                    L += np.logaddexp(0, s) / N
                    g = sign * np.exp(-np.logaddexp(0, -s)) / N
                    dA[w[n]] += g * B[row]
                    dB[row] += g * A[w[n]]
            return L, dA, dB
        """,
    ),
    Right(
        "by one-hot rows",
        """
        def skip(A, B, w, c, r):
            V, N = len(A), len(w)
            W, R = np.eye(V)[w], np.eye(V)[r] * (r != c[:, None])[:, :, None]
            Z = (A[w] @ B.T).astype(float)
            e = np.exp(-np.abs(Z))
            p = np.where(Z > 0, 1, e) / (1 + e)
            many, true = R.sum(axis=1), np.eye(V)[c]
            down = np.log1p(e) + np.maximum(Z, 0)
            up = np.log1p(e) + np.maximum(-Z, 0)
            L = (many * down + true * up).sum() / N
            d = (many * p - true * (np.where(Z > 0, e, 1) / (1 + e))) / N
            dA, dB = W.T @ (d @ B), d.T @ A[w]
            return L, dA.astype(A.dtype), dB.astype(B.dtype)
        """,
    ),
]

WITHOUT = [
    Wrong(
        "gradient times the word",
        "over one word fewer",
        swap=("total / np.maximum(n, 1) - rest", "s / np.maximum(n, 1) + 0 * rest"),
    ),
    Wrong(
        "the words' own numbers",
        "share of the word",
        swap=("total / np.maximum(n, 1) - rest", "s + 0 * rest"),
    ),
    Wrong(
        "zeros in place of the word",
        "over one word fewer",
        swap=("np.maximum(n - 1, 1)", "np.maximum(n, 1)"),
    ),
    Wrong(
        "over all places",
        "not over all T",
        swap=(
            "    n = mask.sum(axis=1, keepdims=True).astype(x.dtype)",
            "    n = np.full((len(x), 1), x.shape[1]).astype(x.dtype)",
        ),
    ),
    Wrong(
        "the sign",
        "The sign is wrong",
        swap=("total / np.maximum(n, 1) - rest", "rest - total / np.maximum(n, 1)"),
    ),
    Wrong(
        "one word counts nothing",
        "nothing is left",
        swap=("    rest = np.where(n > 1, rest, 0)", "    rest = np.where(n > 1, rest, total)"),
    ),
    Wrong(
        "division by 0",
        "is nan",
        swap=(("np.maximum(n - 1, 1)", "(n - 1)"), ("    rest = np.where(n > 1, rest, 0)\n", "")),
    ),
    Wrong(
        "nan behind the mask",
        "inf behind the mask",
        swap=("np.where(mask[:, :, None], x, 0) @ w", "(mask[:, :, None] * x) @ w"),
    ),
    Wrong(
        "effects at masked places",
        "is wrong",
        swap=(
            "return np.where(mask, total / np.maximum(n, 1) - rest, 0)",
            "return total / np.maximum(n, 1) - rest",
        ),
    ),
    Wrong(
        "n times",
        "n times",
        swap=(
            "return np.where(mask, total / np.maximum(n, 1) - rest, 0)",
            "return n * np.where(mask, total / np.maximum(n, 1) - rest, 0)",
        ),
    ),
    Wrong(
        "the mean of the others", "is wrong", swap=("total / np.maximum(n, 1) - rest", "s - rest")
    ),
    Wrong("the lengths of the vectors", "is wrong", swap=("x, 0) @ w", "x, 0) @ np.abs(w)")),
    Right(
        "word by word",
        """
        def without(x, mask, w):
            clean, e = np.where(mask[:, :, None], x, 0), np.zeros(mask.shape, x.dtype)
            def mean(kept):
                return (clean * kept[:, :, None]).sum(1) / np.maximum(kept.sum(1), 1)[:, None]
            for t in range(x.shape[1]):
                rest = mask.copy()
                rest[:, t] = False
                e[:, t] = np.where(mask[:, t], (mean(mask) - mean(rest)) @ w, 0)
            return e
        """,
    ),
    Right(
        "what differs from the mean",
        """
        def without(x, mask, w):
            s, n = np.where(mask[..., None], x, 0) @ w, mask.sum(axis=1)[:, None]
            mean = s.sum(axis=1, keepdims=True) / np.where(n > 0, n, 1).astype(x.dtype)
            e = (s - mean) / np.where(n > 1, n - 1, 1).astype(x.dtype)
            return np.where(mask, np.where(n > 1, e, s), 0)
        """,
    ),
]
