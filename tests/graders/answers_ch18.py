"""Answers to some questions of chapter 18's exercise; `test_ch18` has the others."""

from catalogue import Right, Wrong

SCORES = "s = s - m[:, None, None] * back.astype(q.dtype)"
DS = "ds = p * (dp - np.sum(p * dp, axis=-1, keepdims=True))"
SQRT = "dq = ds @ k / np.sqrt(q.shape[-1]).astype(q.dtype)"
DK = 'dk = np.einsum("nhti,nhtd->nhid", ds, q) / np.sqrt(q.shape[-1]).astype(q.dtype)'
DM = 'dm = -np.einsum("nhti,ti->h", ds, (places[:, None] - places).astype(q.dtype))'

ATTEND = [
    Wrong(
        "no mask", "the mask is missing", swap=("s = np.where(back >= 0, s, -np.inf)", "s = 1 * s")
    ),
    Wrong("not itself", "sees its own key", swap=("np.where(back >= 0,", "np.where(back > 0,")),
    Wrong(
        "no root",
        "divided by the root of D",
        swap=("q, k) / np.sqrt(q.shape[-1]).astype(q.dtype)\n    s =", "q, k)\n    s ="),
    ),
    Wrong(
        "root of T",
        "y is wrong",
        swap=(
            "q, k) / np.sqrt(q.shape[-1]).astype(q.dtype)\n    s =",
            "q, k) / np.sqrt(q.shape[2])\n    s =",
        ),
    ),
    Wrong("slopes added", "slopes are subtracted", swap=("s = s - m[", "s = s + m[")),
    Wrong("no slopes", "slopes are not used", swap=(SCORES, "s = s - 0 * m[:, None, None] * back")),
    Wrong(
        "squared",
        "not squared",
        swap=("m[:, None, None] * back.astype", "m[:, None, None] * (back * abs(back)).astype"),
    ),
    Wrong(
        "slopes along the texts",
        "y is wrong",
        swap=("m[:, None, None] *", "np.resize(m, len(q))[:, None, None, None] *"),
    ),
    Wrong(
        "masked after the softmax",
        "before the softmax",
        swap=(
            ("    s = np.where(back >= 0, s, -np.inf)\n", ""),
            (
                "return e / e.sum(axis=-1, keepdims=True)",
                "return np.tril(e / e.sum(axis=-1, keepdims=True))",
            ),
        ),
    ),
    Wrong(
        "overflow",
        "largest score before",
        swap=("np.exp(s - s.max(axis=-1, keepdims=True))", "np.exp(s)"),
    ),
    Wrong(
        "-10000 in place of infinity",
        "numbers times 1000 is wrong. -1e9 and the like",
        swap=("s, -np.inf)", "s, -1e4)"),
    ),
    Wrong("-1e9 in place of infinity", "use -np.inf", swap=("s, -np.inf)", "s, -1e9)")),
    Wrong(
        "the largest of all, later keys too",
        "keys that the query sees",
        swap=(
            (
                (
                    "s = np.where(back >= 0, s, -np.inf)\n"
                    "    e = np.exp(s - s.max(axis=-1, keepdims=True))"
                ),
                "e = np.exp(s - s.max(axis=-1, keepdims=True)) * (back >= 0)",
            ),
        ),
    ),
    Wrong("sum of p dp", "sum of p dp", swap=(DS, "ds = p * dp")),
    Wrong(
        "sum over the queries",
        "dq is wrong",
        swap=(DS, "ds = p * (dp - np.sum(p * dp, axis=-2, keepdims=True))"),
    ),
    Wrong("dq without the root", "so the gradients are", swap=(SQRT, "dq = ds @ k")),
    Wrong(
        "dk from k",
        "dk",
        swap=(
            DK,
            'dk = np.einsum("nhti,nhtd->nhid", ds, k) / np.sqrt(q.shape[-1]).astype(q.dtype)',
        ),
    ),
    Wrong(
        "dk not transposed", "dk", swap=(DK, "dk = ds @ q / np.sqrt(q.shape[-1]).astype(q.dtype)")
    ),
    Wrong("the sign of dm", "wrong sign", swap=(DM, DM.replace("= -", "= "))),
    Wrong(
        "dm for all heads",
        "slope of its own",
        swap=(DM, DM + "\n    dm = np.full(len(m), dm.sum())"),
    ),
    Wrong("dm is a mean", "mean over the texts", swap=(DM, DM + "\n    dm = dm / len(q)")),
    Right(
        "through y: D = dy . y",
        swap=(DS, "ds = p * (dp - np.sum(dy * attend(q, k, v, m), axis=-1, keepdims=True))"),
    ),
    Right(
        "slopes as features of q and k",
        """
        def attend(q, k, v, m):
            return soft(q, k, m) @ v

        def soft(q, k, m):
            T, D = q.shape[2:]
            t = np.arange(T).astype(q.dtype)
            s = (q @ np.swapaxes(k, -1, -2)) * (1 / D**0.5)
            s = s + m[:, None, None] * (t[None] - t[:, None])
            s[..., t[None] > t[:, None]] = -np.inf
            s -= np.amax(s, axis=-1)[..., None]
            p = np.exp(s)
            p /= np.sum(p, axis=-1)[..., None]
            return p

        def attend_backward(dy, q, k, v, m):
            p, T = soft(q, k, m), q.shape[2]
            dp = dy @ v.swapaxes(-1, -2)
            ds = p * dp - p * (p * dp).sum(-1)[..., None]
            t = np.arange(T).astype(q.dtype)
            dm = (ds.sum(0) * (t[None] - t[:, None])).sum((1, 2))
            ds = ds * (1 / q.shape[-1] ** 0.5)
            return ds @ k, ds.swapaxes(-1, -2) @ q, p.swapaxes(-1, -2) @ dy, dm
        """,
    ),
]

FIRST = " - np.outer(place[0], np.ones(V))"
EXPERIMENT = [
    Wrong("the first token has one before it", "are right", swap=(FIRST, "")),
    Wrong(
        "what is read of the first token is taken back, by the second one too",
        "are right",
        swap=(
            ("O1 = token.T @ before", "O1 = (token - place[0]).T @ before"),
            (FIRST, ""),
        ),
    ),
    Wrong("soft", "are right", swap=("sharp = 50.0", "sharp = 0.5")),
    Wrong("one layer", "are right", swap=("O2 = token.T @ guess", "O2 = 0 * token.T @ guess")),
    Wrong("notes itself", "are right", swap=("np.eye(T, k=-1)", "np.eye(T)")),
    Wrong("two before", "are right", swap=("np.eye(T, k=-1)", "np.eye(T, k=-2)")),
    Wrong("asks for the next", "are right", swap=("np.eye(T, k=-1)", "np.eye(T, k=1)")),
    Wrong(
        "says what was before", "are right", swap=("O2 = token.T @ guess", "O2 = before.T @ guess")
    ),
    Wrong("looks for itself", "are right", swap=("K2 = before.T", "K2 = token.T")),
    Wrong(
        "a fixed distance",
        "are right",
        swap=(
            ("Q2 = sharp * token.T", "Q2 = sharp * place.T @ np.eye(T, k=-6)"),
            ("K2 = before.T" + FIRST, "K2 = place.T"),
        ),
    ),
    Wrong(
        "the token once more",
        "are right",
        (
            "def induction(V, T):\n"
            "    return np.eye(V), np.zeros((T, V)), *[np.zeros((V, V))] * 6, np.eye(V)"
        ),
    ),
    Wrong(
        "one vocabulary",
        "shape",
        swap=("    W = V + T + V + V\n", "    V, T = 20, 40\n    W = V + T + V + V\n"),
    ),
    Wrong("no number", "not finite", swap=("sharp = 50.0", "sharp = np.inf")),
    Wrong(
        "a row is missing",
        "9 results",
        swap=(
            "return E, P, Q1, K1, O1, Q2, K2, O2, guess.T",
            "return E, P, Q1, K1, O1, Q2, K2, O2",
        ),
    ),
    Right(
        "positions on a circle",
        """
        def induction(V, T):
            W = 3 * V + 3
            token, before, guess, place, one = np.split(np.eye(W), [V, 2 * V, 3 * V, 3 * V + 2])
            turn = 2 * np.pi / (T + 2)
            angle = turn * np.arange(T)
            circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
            back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
            first = (np.arange(T) == 0)[:, None]
            Q1, K1 = 1e5 * place.T @ back, place.T
            return (
                token, circle @ place + first @ one, Q1, K1, token.T @ before,
                50 * token.T, before.T - one.T @ np.ones((1, V)), token.T @ guess, guess.T,
            )
        """,
    ),
    Right(
        "the first position takes its note back",
        swap=(
            ("E, P = token, place", "E, P = token, place.copy()\n    P[0] -= before.sum(axis=0)"),
            (FIRST, ""),
        ),
    ),
]
