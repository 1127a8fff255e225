"""Answers to the probe and to CKA of chapter 15; `test_ch15.py` has the others."""

from catalogue import Right, Wrong

_LAST = "return (S @ Y - own * Y) / (1 - own)"

PROBE = [
    Wrong("what it has seen", "that it has learned from", swap=(_LAST, "return S @ Y")),
    Wrong(
        "a penalized bias",
        "The bias is penalized, too",
        """
        def leave_one_out(H, Y, lam):
            X = np.column_stack([H, np.ones(len(H))])
            S = X @ np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T)
            own = np.diag(S)[:, None]
            return (S @ Y - own * Y) / (1 - own)
        """,
    ),
    Wrong(
        "no bias",
        "There is no bias",
        swap=(("X = H - H.mean(axis=0)", "X = H"), (" + 1 / N", "")),
    ),
    Wrong("lam times N", "not N lam", swap=("lam * np", "N * lam * np")),
    Wrong(
        "without the share of the mean",
        "has the 1/N of the mean, too",
        swap=("own = np.diag(S)[:, None]", "own = np.diag(S)[:, None] - 1 / N"),
    ),
    Wrong(
        "the mean added last",
        "is wrong",
        swap=((" + 1 / N", ""), (_LAST, _LAST + " + Y.mean(axis=0)")),
    ),
    Wrong("not divided", "not divided by what is left", swap=(" / (1 - own)", "")),
    Wrong("the error", "the prediction is asked for", swap=(_LAST, _LAST + " - Y")),
    Wrong("no ridge", "is wrong", swap=("lam * np.eye", "0.0 * np.eye")),
    Wrong("a root too many", "is wrong", swap=("lam * np", "np.sqrt(lam) * np")),
    Wrong("lam squared", "is wrong", swap=("lam * np", "lam**2 * np")),
    Wrong(
        "the mean share for all",
        "is wrong",
        swap=("own = np.diag(S)[:, None]", "own = np.trace(S) / N"),
    ),
    Wrong(
        "the whole prediction times what is left",
        "is wrong",
        swap=(_LAST, "return (S @ Y - own * Y) * (1 + own)"),
    ),
    Wrong(
        "the mean of all features kept",
        "is wrong",
        """
        def leave_one_out(H, Y, lam):
            X, P = H - H.mean(axis=0), []
            for n in range(len(H)):
                k = np.arange(len(H)) != n
                W = np.linalg.solve(X[k].T @ X[k] + lam * np.eye(X.shape[1]), X[k].T @ Y[k])
                P.append(X[n] @ W + Y[k].mean(axis=0))
            return np.array(P)
        """,
    ),
    Wrong(
        "few features only",
        "is wrong",
        swap=("N, D = H.shape", "N, D = H.shape\n    H = H[:, : min(D, N)]\n    D = H.shape[1]"),
    ),
    Wrong("changes Y", "changes its argument 2", swap=(_LAST, "Y -= own\n    " + _LAST)),
    Right(
        "N probes learned anew",
        """
        def leave_one_out(H, Y, lam):
            P = np.empty(Y.shape, np.result_type(H, Y))
            for n in range(len(H)):
                X, T = np.delete(H, n, axis=0), np.delete(Y, n, axis=0)
                middle = X.mean(axis=0)
                A = (X - middle).T @ (X - middle) + lam * np.eye(H.shape[1])
                P[n] = (H[n] - middle) @ np.linalg.solve(A, (X - middle).T @ T) + T.mean(axis=0)
            return P
        """,
    ),
    Right(
        "by the matrix of the samples",
        """
        def leave_one_out(H, Y, lam):
            N = len(H)
            X = H - H.mean(axis=0)
            K = X @ X.T
            rest = lam * np.linalg.inv(K + lam * np.eye(N)) - 1 / N  # 1 - S
            return (Y - rest @ Y / np.diag(rest)[:, None]).astype(Y.dtype)
        """,
    ),
    Right(
        "a column of ones",
        """
        def leave_one_out(H, Y, lam):
            X = np.hstack([H, np.ones((len(H), 1))])
            ridge = lam * np.eye(X.shape[1])
            ridge[-1, -1] = 0
            S = X @ np.linalg.inv(X.T @ X + ridge) @ X.T
            error = (Y - S @ Y) / (1 - np.diag(S))[:, None]
            return (Y - error).astype(Y.dtype)
        """,
    ),
]

_CENTRED = "X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)"
_BOTH = "both = k.sum() * g.sum() / ((N - 1) * (N - 2))"
_RATIO = "dot(K, G) / np.sqrt(dot(K, K)) / np.sqrt(dot(G, G))"
_DOT = "return np.sum(K * G) + both - 2 / (N - 2) * (k @ g)"

ALIKE = [
    Wrong(
        "means not taken off", "has to be taken off first", swap=(_CENTRED, "X, Y = 1 * X, 1 * Y")
    ),
    Wrong(
        "means of the samples taken off",
        "CKA is wrong",
        swap=(_CENTRED, "X, Y = (a - a.mean(axis=1, keepdims=True) for a in (X, Y))"),
    ),
    Wrong("one mean of all", "CKA is wrong", swap=(_CENTRED, "X, Y = X - X.mean(), Y - Y.mean()")),
    Wrong("no roots", "The root is missing", swap=(_RATIO, "dot(K, G) / dot(K, K) / dot(G, G)")),
    Wrong("exchanged", "the order of the results", swap=("return cka, cured", "return cured, cka")),
    Wrong("the square", "It is the square", swap=("return cka, cured", "return cka**2, cured")),
    Wrong(
        "diagonals set to 0 alone",
        "both other terms are missing",
        swap=(_DOT, "return np.sum(K * G)"),
    ),
    Wrong(
        "no row sums",
        "The term with the row sums is missing",
        swap=(_DOT, "return np.sum(K * G) + both"),
    ),
    Wrong("no sums of all", "sums of all entries is missing", swap=(_BOTH, "both = 0")),
    Wrong("row sums with a plus", "is wrong", swap=("both - 2 /", "both + 2 /")),
    Wrong("N - 1 twice", "is wrong", swap=(_BOTH, "both = k.sum() * g.sum() / (N - 1) ** 2")),
    Wrong("N times N - 1", "is wrong", swap=("((N - 1) * (N - 2))", "(N * (N - 1))")),
    Wrong("one row sum", "is wrong", swap=("- 2 / (N - 2)", "- 1 / (N - 2)")),
    Wrong(
        "never negative",
        "It may be negative",
        swap=("return cka, cured", "return cka, max(cured, 0)"),
    ),
    Wrong("absolute", "It may be negative", swap=("return cka, cured", "return cka, abs(cured)")),
    Wrong(
        "diagonals left in",
        "The diagonals are still there",
        swap=("return cka, cured", "return cka, cka"),
    ),
    Wrong(
        "one diagonal left in",
        "is wrong",
        swap=("K, G = K - np.diag(np.diag(K)), G", "K, G = K, G"),
    ),
    Wrong(
        "the cure above only",
        "CKA without the diagonals",
        """
        def alike(X, Y):
            X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
            K, G, N = X @ X.T, Y @ Y.T, len(X)
            root = np.sqrt(np.sum(K * K) * np.sum(G * G))
            K0, G0 = K - np.diag(np.diag(K)), G - np.diag(np.diag(G))
            k, g = K0.sum(1), G0.sum(1)
            dot = np.sum(K0 * G0) + k.sum() * g.sum() / (N - 1) / (N - 2) - 2 / (N - 2) * (k @ g)
            return np.sum(K * G) / root, dot / root
        """,
    ),
    Wrong(
        "1 for wide layers",
        "pure noise",
        swap=("return cka, cured", "return (cka if X.shape[1] < 5 * len(X) else 1.0), cured"),
    ),
    Wrong("one result", "`return cka, cured` is needed", swap=("return cka, cured", "return cka")),
    Right(
        "by the matrix of the features",
        """
        def alike(X, Y):
            N, X, Y = len(X), X - X.mean(axis=0), Y - Y.mean(axis=0)

            def both(A, B):
                a, b = (A * A).sum(axis=1), (B * B).sum(axis=1)  # the diagonals
                full = ((A.T @ B) ** 2).sum()
                rest = a.sum() * b.sum() / ((N - 1) * (N - 2)) - 2 / (N - 2) * (a @ b)
                return full, full - a @ b + rest  # rows sum to 0, so what is left of them is -a

            XY, XX, YY = both(X, Y), both(X, X), both(Y, Y)
            return tuple(XY[k] / np.sqrt(XX[k]) / np.sqrt(YY[k]) for k in (0, 1))
        """,
    ),
    Right(
        "centred twice",
        """
        def alike(X, Y):
            N = len(X)
            H = np.eye(N) - 1 / N
            found = []
            for cure in (False, True):
                a, b = H @ (X @ X.T) @ H, H @ (Y @ Y.T) @ H
                if cure:
                    for K in (a, b):
                        np.fill_diagonal(K, 0)
                        rows = K.sum(axis=1) / (N - 2)
                        K -= rows[:, None] + rows - rows.sum() / (N - 1)
                        np.fill_diagonal(K, 0)
                norms = np.linalg.norm(a), np.linalg.norm(b)
                found.append(float(np.sum((a / norms[0]) * (b / norms[1]))))
            return found[0], found[1]
        """,
    ),
]
