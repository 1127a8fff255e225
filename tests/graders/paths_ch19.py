"""Answers on the loss of all paths, of chapter 19; `test_ch19.py` lists them."""

from catalogue import Right, Wrong

LOSS = [
    Wrong(
        "the likeliest path",
        "likeliest path alone",
        swap=("np.logaddexp(blank", "np.maximum(blank"),
    ),
    Wrong(
        "CTC",
        "Nothing is merged",
        """
        def path_loss(z, y, steps, lengths):
            L = np.zeros(len(z), z.dtype)
            log_p = z - np.logaddexp.reduce(z, axis=2, keepdims=True)
            for n, (T, U) in enumerate(zip(steps, lengths)):
                c = np.zeros(2 * U + 1, int)
                c[1::2] = y[n, :U]
                a = np.full(2 * U + 1, -np.inf)
                a[0] = 0
                for t in range(T):
                    one, two = np.full((2, len(a)), -np.inf)
                    one[1:] = a[:-1]
                    two[2:] = np.where((c[2:] > 0) & (c[2:] != c[:-2]), a[:-2], -np.inf)
                    a = np.logaddexp(np.logaddexp(a, one), two) + log_p[n, t, c]
                P = np.logaddexp.reduce(a[-2:])
                L[n] = -P if np.isfinite(P) else 0
            return L
        """,
    ),
    Wrong("infinite", "no path: L must be 0", swap=("-a[-1] if U <= T else 0", "-a[-1]")),
    Wrong(
        "padding is read", "is padding", swap=("for t in range(T):", "for t in range(z.shape[1]):")
    ),
    Wrong(
        "all labels",
        "is no label",
        swap=(
            "for n, (T, U) in enumerate(zip(steps, lengths)):",
            "for n, T in enumerate(steps):\n        U = y.shape[1]",
        ),
    ),
    Wrong(
        "no softmax",
        "z are logits",
        swap=("log_p = z - top - np.log(np.exp(z - top).sum(axis=2, keepdims=True))", "log_p = z"),
    ),
    Wrong("the sign", "sign is wrong", swap=("L[n] = -a[-1] if", "L[n] = a[-1] if")),
    Wrong(
        "the mean",
        "for each sample",
        swap=("    return L\n", "    return np.full(len(z), L.mean() if len(z) else 0, z.dtype)\n"),
    ),
    Wrong(
        "ends anywhere",
        "said all labels",
        swap=("L[n] = -a[-1] if", "L[n] = -np.logaddexp.reduce(a) if"),
    ),
    Wrong(
        "probabilities",
        "stay with logarithms",
        """
        def path_loss(z, y, steps, lengths):
            p = np.exp(z - z.max(axis=2, keepdims=True))
            p /= p.sum(axis=2, keepdims=True)
            L = np.zeros(len(z), z.dtype)
            for n, (T, U) in enumerate(zip(steps, lengths)):
                a = np.zeros(U + 1)
                a[0] = 1
                for t in range(T):
                    a[1:] = a[1:] * p[n, t, 0] + a[:-1] * p[n, t, y[n, :U]]
                    a[0] *= p[n, t, 0]
                if U <= T:
                    L[n] = -np.log(np.maximum(a[-1], 1e-300))
            return L
        """,
    ),
    Wrong(
        "probabilities without a floor",
        "stay with logarithms",
        """
        def path_loss(z, y, steps, lengths):
            with np.errstate(all="ignore"):
                p = np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)
                L = np.zeros(len(z), z.dtype)
                for n, (T, U) in enumerate(zip(steps, lengths)):
                    a = np.eye(1, U + 1)[0]
                    for t in range(T):
                        a = a * p[n, t, 0] + np.append(0, a[:-1] * p[n, t, y[n, :U]])
                    L[n] = -np.log(a[-1]) if U <= T else 0
            return L
        """,
    ),
    Wrong(
        "all labels of the row",
        "ends at `lengths[n]`",
        swap=(
            (
                "for n, (T, U) in enumerate(zip(steps, lengths)):",
                "for n, (T, R) in enumerate(zip(steps, lengths)):\n        U = y.shape[1]",
            ),
            ("if U <= T", "if R <= T"),
        ),
    ),
    Wrong(
        "ends at U",
        "ends at `lengths[n]`",
        """
        def path_loss(z, y, steps, lengths):
            L = np.zeros(len(z), z.dtype)
            log_p = z - np.logaddexp.reduce(z, axis=2, keepdims=True)
            for n, (T, U) in enumerate(zip(steps, lengths)):
                a = np.full(y.shape[1] + 1, -np.inf)
                a[0] = 0
                for t in range(T):
                    new = a + log_p[n, t, 0]
                    new[1 : U + 1] = np.logaddexp(
                        new[1 : U + 1], a[:U] + log_p[n, t, y[n, :U]]
                    )
                    a = new
                L[n] = -a[-1] if U <= T else 0
            return L
        """,
    ),
    Wrong(
        "no largest logit",
        "stay with logarithms",
        swap=("top = z.max(axis=2, keepdims=True)", "top = 0.0"),
    ),
    Right(
        "a whole batch at once",
        """
        def path_loss(z, y, steps, lengths):
            (N, T, C), U = z.shape, y.shape[1]
            top = z.max(axis=2, keepdims=True)
            log_p = z - top - np.log(np.sum(np.exp(z - top), axis=2, keepdims=True))
            here = np.arange(U) < lengths[:, None]
            label = np.where(here, y, 0)
            a = np.full((N, U + 1), -np.inf)
            a[:, 0] = 0
            for t in range(T):
                new = a + log_p[:, t, :1]
                said = a[:, :-1] + np.take_along_axis(log_p[:, t], label, axis=1)
                new[:, 1:] = np.logaddexp(new[:, 1:], said)
                a = np.where((t < steps)[:, None], new, a)
            last = a[np.arange(N), lengths]
            return np.where(lengths <= steps, -last, 0).astype(z.dtype)
        """,
    ),
    Right(
        "from behind",
        """
        def path_loss(z, y, steps, lengths):
            L = []
            log_p = z - np.logaddexp.reduce(z, axis=2, keepdims=True)
            for row, target, T, U in zip(log_p, y, steps, lengths):
                if U > T:
                    L.append(0.0)
                    continue
                b = [-np.inf] * U + [0.0]
                for e in row[:T][::-1]:
                    for u in range(U + 1):
                        b[u] += e[0]
                        if u < U:
                            b[u] = np.logaddexp(b[u], b[u + 1] + e[target[u]])
                L.append(-b[0])
            return np.array(L, z.dtype)
        """,
    ),
]
