"""Answers to the pull of chapter 15; `test_ch15.py` has the others."""

from catalogue import Right, Wrong

_F = "return (x**2).T @ spread / len(x), spread.mean(axis=0)"
_BACK_W, _BACK_B = " + lam * F * (W - W0)", " + lam * f * (b - b0)"
_DISTANCE_W, _DISTANCE_B = "np.sum(F * (W - W0) ** 2)", "np.sum(f * (b - b0) ** 2)"
_PENALTY = f"penalty = {_DISTANCE_W} + {_DISTANCE_B}"

PULL = [
    Wrong(
        "the likeliest answer",
        "for the likeliest answer alone",
        swap=("spread = p * (1 - p)", "spread = (np.eye(len(b))[p.argmax(axis=1)] - p) ** 2"),
    ),
    Wrong("x not squared", "x is not squared", swap=("return (x**2).T @", "return x.T @")),
    Wrong(
        "the mean squared",
        "not the other way round",
        swap=(_F, "return (x.T @ spread / len(x)) ** 2, spread.mean(axis=0)"),
    ),
    Wrong("summed", "sum over the samples", swap=("spread / len(x), spread.m", "spread, spread.m")),
    Wrong("f summed", "sum over the samples", swap=("spread.mean(axis=0)", "spread.sum(axis=0)")),
    Wrong(
        "answers alike",
        "each one counts by its probability",
        swap=(
            "spread = p * (1 - p)",
            "spread = ((1 - p) ** 2 + (p.shape[1] - 1) * p**2) / p.shape[1]",
        ),
    ),
    Wrong("one answer", "k = c alone", swap=("p * (1 - p)", "p * (1 - p) ** 2")),
    Wrong("p", "not p.", swap=("spread = p * (1 - p)", "spread = p")),
    Wrong("p squared", "F is wrong", swap=("spread = p * (1 - p)", "spread = p**2")),
    Wrong(
        "no bias in the logits",
        "F is wrong",
        swap=("a = x @ W + b  # (N, C)\n    e", "a = x @ W\n    e"),
    ),
    Wrong(
        "huge logits of fisher",
        "nan",
        swap=("e = np.exp(a - a.max(axis=1, keepdims=True))", "e = np.exp(a)"),
    ),
    Wrong(
        "huge logits of pull",
        "is",
        swap=("    a = a - a.max(axis=1, keepdims=True)\n", ""),
    ),
    Wrong("no pull in L", "L is wrong. The pull is missing", swap=(_PENALTY, "penalty = 0")),
    Wrong("no 1/2", "L is wrong. The 1/2 is missing", swap=("lam / 2 * penalty", "lam * penalty")),
    Wrong("towards 0", "pulls towards 0", swap=(_PENALTY, "penalty = np.sum(F * W**2) + f @ b**2")),
    Wrong(
        "all alike",
        "F and f are missing",
        swap=(_PENALTY, "penalty = np.sum((W - W0) ** 2) + np.sum((b - b0) ** 2)"),
    ),
    Wrong("b not pulled", "b is pulled, too", swap=(f" + {_DISTANCE_B}", "")),
    Wrong(
        "F squared",
        "F is not",
        swap=(_PENALTY, "penalty = np.sum((F * (W - W0)) ** 2) + np.sum((f * (b - b0)) ** 2)"),
    ),
    Wrong(
        "cross-entropy summed",
        "is a mean over the samples",
        swap=("log_p[rows, y].mean()", "log_p[rows, y].sum()"),
    ),
    Wrong("no pull in dW", "dW is wrong. The pull is missing", swap=(_BACK_W, "")),
    Wrong("no pull in db", "db is wrong. b is pulled, too", swap=(_BACK_B, "")),
    Wrong("twice", "cancel", swap=("+ lam * F *", "+ 2 * lam * F *")),
    Wrong("half", "cancel", swap=("+ lam * F *", "+ lam / 2 * F *")),
    Wrong("away", "has to lead back", swap=("+ lam * F *", "- lam * F *")),
    Wrong("db away", "has to lead back", swap=("+ lam * f *", "- lam * f *")),
    Wrong("dW towards 0", "pulls towards 0", swap=(_BACK_W, " + lam * F * W")),
    Wrong("dW alike", "F and f are missing", swap=(_BACK_W, " + lam * (W - W0)")),
    Wrong("da not averaged", "dW is wrong", swap=("    da /= len(x)\n", "")),
    Wrong(
        "L alone",
        "`return L, dW, db` is needed",
        swap=(f"return L, x.T @ da{_BACK_W}, da.sum(axis=0){_BACK_B}", "return L"),
    ),
    Wrong(
        "changes b",
        "changes its argument 2",
        swap=("rows = np.arange", "b -= b0\n    rows = np.arange"),
    ),
    Wrong(
        "no new task",
        "is wrong",
        swap=("-log_p[rows, y].mean() + lam", "0 * log_p[rows, y].mean() + lam"),
    ),
    Right(
        "sample by sample, by the definition",
        """
        def probabilities(a):
            e = np.exp(a - a.max())
            return e / e.sum()

        def fisher(x, W, b):
            F, f = np.zeros(W.shape, x.dtype), np.zeros(b.shape, x.dtype)
            for row in x:
                p = probabilities(row @ W + b)
                for k in range(len(b)):
                    score = -p.copy()
                    score[k] += 1
                    F += p[k] * np.outer(row, score) ** 2 / len(x)
                    f += p[k] * score**2 / len(x)
            return F, f

        def pull(W, b, W0, b0, F, f, x, y, lam):
            to_W, to_b = lam * F * (W - W0), lam * f * (b - b0)
            L = 0.5 * (np.sum(to_W * (W - W0)) + np.sum(to_b * (b - b0)))
            dW, db = to_W.copy(), to_b.copy()
            for row, k in zip(x, y):
                a = row @ W + b
                da = probabilities(a)
                L += (a.max() + np.log(np.exp(a - a.max()).sum()) - a[k]) / len(x)
                da[k] -= 1
                dW += np.outer(row, da) / len(x)
                db += da / len(x)
            return L, dW, db
        """,
    ),
    Right(
        "by logarithms and einsum",
        """
        def log_softmax(x, W, b):
            a = np.einsum("nd,dc->nc", x, W) + b
            return a - np.logaddexp.reduce(a, axis=1, keepdims=True)

        def fisher(x, W, b):
            p = np.exp(log_softmax(x, W, b))
            spread = (p - p * p) / len(p)
            return np.einsum("nd,nd,nc->dc", x, x, spread), np.einsum("nc->c", spread)

        def pull(W, b, W0, b0, F, f, x, y, lam):
            logs = log_softmax(x, W, b)
            one = np.eye(len(b), dtype=x.dtype)[y]
            da = (np.exp(logs) - one) / len(x)
            L = -np.mean(np.sum(np.where(one > 0, logs, 0), axis=1))
            dW, db = W - W0, b - b0
            L = L + lam * (np.vdot(F, dW * dW) + np.vdot(f, db * db)) / 2
            return L, np.einsum("nd,nc->dc", x, da) + lam * F * dW, np.sum(da, 0) + lam * f * db
        """,
    ),
]
