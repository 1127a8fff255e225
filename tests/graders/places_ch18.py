"""Answers to the question `step` of chapter 18's exercise."""

from catalogue import Right, Wrong

KEYS = "K = np.concatenate([K, (x @ W_K)[:, None]], axis=1)[:, -window:]"
VALUES = "V = np.concatenate([V, (x @ W_V)[:, None]], axis=1)[:, -window:]"
ROOT = "np.sqrt(D // H).astype(x.dtype)"
STEP = [
    Wrong(
        "looks before it adds",
        "sees itself",
        """
        def step(x, K, V, W_Q, W_K, W_V, W_O, H, window):
            (N, D), S = x.shape, K.shape[1]
            q, k, v = (a.reshape(N, a.size // max(N * D, 1), H, D // H) for a in (x @ W_Q, K, V))
            s = np.einsum("nhd,nshd->nhs", q[:, 0], k) / np.sqrt(D // H)
            e = np.exp(s - s.max(axis=-1, keepdims=True, initial=-1e300))
            p = e / np.maximum(e.sum(axis=-1, keepdims=True), 1e-300)
            heads = np.einsum("nhs,nshd->nhd", p, v)
            K = np.concatenate([K, (x @ W_K)[:, None]], axis=1)[:, -window:]
            V = np.concatenate([V, (x @ W_V)[:, None]], axis=1)[:, -window:]
            return heads.reshape(N, D) @ W_O, K, V
        """,
    ),
    Wrong(
        "one too many",
        "new one among them",
        swap=(
            (KEYS, KEYS.replace("-window:", "-window - 1:")),
            (VALUES, VALUES.replace("-window:", "-window - 1:")),
        ),
    ),
    Wrong(
        "looks at one too many",
        "new one among them",
        swap=(
            (KEYS, KEYS.replace("[:, -window:]", "")),
            (VALUES, VALUES.replace("[:, -window:]", "")),
            ("@ W_O, K, V", "@ W_O, K[:, -window:], V[:, -window:]"),
        ),
    ),
    Wrong(
        "keeps the first",
        "y is wrong",
        swap=(
            (KEYS, KEYS.replace("-window:", ":window")),
            (VALUES, VALUES.replace("-window:", ":window")),
        ),
    ),
    Wrong(
        "no window",
        "the new one among them",
        swap=(
            (KEYS, KEYS.replace("[:, -window:]", "")),
            (VALUES, VALUES.replace("[:, -window:]", "")),
        ),
    ),
    Wrong("root of D", "root of D / H", swap=(ROOT, "np.sqrt(D).astype(x.dtype)")),
    Wrong("no root", "root of D / H", swap=(" / " + ROOT, "")),
    Wrong("one head", "H heads", swap=("    N, D = x.shape\n", "    N, D = x.shape\n    H = 1\n")),
    Wrong(
        "every H-th feature",
        "neighbours stay together",
        swap=(
            (
                "(a.reshape(N, -1, H, D // H) for a in",
                "(a.reshape(N, -1, D // H, H).swapaxes(2, 3) for a in",
            ),
            ("heads.reshape(N, D)", "heads.swapaxes(1, 2).reshape(N, D)"),
        ),
    ),
    Wrong(
        "joined feature by feature",
        "neighbours stay together",
        swap=("heads.reshape(N, D)", "heads.swapaxes(1, 2).reshape(N, D)"),
    ),
    Wrong(
        "heads before places",
        "neighbours stay together",
        swap=(
            "(a.reshape(N, -1, H, D // H) for a in (x @ W_Q, K, V))",
            "(a.reshape(N, H, -1, D // H).swapaxes(1, 2) for a in (x @ W_Q, K, V))",
        ),
    ),
    Wrong(
        "no output matrix",
        "W_O is missing",
        swap=("heads.reshape(N, D) @ W_O", "heads.reshape(N, D)"),
    ),
    Wrong(
        "overflow",
        "largest score first",
        swap=("np.exp(s - s.max(axis=-1, keepdims=True))", "np.exp(s)"),
    ),
    Wrong(
        "keys and values exchanged",
        "Is the order of the results right",
        swap=("@ W_O, K, V", "@ W_O, V, K"),
    ),
    Wrong("keeps tokens, not keys", "x W_K", swap=("(x @ W_K)[:, None]", "x[:, None]")),
    Wrong("the query is kept", "K is wrong", swap=("(x @ W_K)[:, None]", "(x @ W_Q)[:, None]")),
    Wrong(
        "softmax over the heads",
        "y is wrong",
        swap=("p = e / e.sum(axis=-1, keepdims=True)", "p = e / e.sum(axis=1, keepdims=True)"),
    ),
    Wrong(
        "moves what came in",
        "work on a copy",
        swap=(
            KEYS,
            (
                "if K.shape[1] == window and K.flags.writeable:\n"
                "        K[:, :-1] = K[:, 1:]\n"
                "        K[:, -1] = x @ W_K\n"
                "    else:\n"
                "        "
            )
            + KEYS,
        ),
    ),
    Right(
        "a loop over heads",
        """
        def step(x, K, V, W_Q, W_K, W_V, W_O, H, window):
            d = x.shape[1] // H
            K = np.append(K, x[:, None] @ W_K, axis=1)
            V = np.append(V, x[:, None] @ W_V, axis=1)
            K, V = (a[:, max(a.shape[1] - window, 0) :] for a in (K, V))
            q, y = x @ W_Q, 0
            for h in range(H):
                part = slice(h * d, (h + 1) * d)
                s = (K[:, :, part] @ q[:, part, None])[:, :, 0] / d**0.5
                p = np.exp(s - s.max(axis=1)[:, None])
                y = y + ((p / p.sum(axis=1)[:, None])[:, None] @ V[:, :, part])[:, 0] @ W_O[part]
            return y, K, V
        """,
    ),
    Right(
        "drops first",
        swap=(
            (
                KEYS,
                (
                    "keep = max(window - 1, 0)\n"
                    "    K = K[:, max(K.shape[1] - keep, 0) :]\n"
                    "    K = np.concatenate([K, (x @ W_K)[:, None]], axis=1)"
                ),
            ),
            (
                VALUES,
                (
                    "V = V[:, max(V.shape[1] - keep, 0) :]\n"
                    "    V = np.concatenate([V, (x @ W_V)[:, None]], axis=1)"
                ),
            ),
        ),
    ),
]
