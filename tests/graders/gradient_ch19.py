"""Answers on the gradient of a sum over paths, of chapter 19; `test_ch19.py` lists them."""

from catalogue import Right, Wrong

_SAID = "np.subtract.at(dz[n], (slice(T), y[n, :U]), said)"
_SHARED = """
        def path_gradient(z, y, steps, lengths):
            dz = np.zeros_like(z)
            log_p = z - np.logaddexp.reduce(z, axis=2, keepdims=True)
            for n, (T, U) in enumerate(zip(steps, lengths)):
                if U <= T:
                    dz[n, :T] = one(log_p[n, :T], y[n, :U]) / len(z)
            return dz


        def one(log_p, y):
            T, U = len(log_p), len(y)
            a, b = np.full((2, T + 1, U + 1), -np.inf)
            a[0, 0] = b[T, U] = 0
            for t in range(T):
                for u in range(U + 1):
                    a[t + 1, u] = a[t, u] + log_p[t, 0]
                    if u:
                        way = a[t, u - 1] + log_p[t, y[u - 1]]
                        a[t + 1, u] = np.logaddexp(a[t + 1, u], way)
            for t in reversed(range(T)):
                for u in range(U + 1):
                    b[t, u] = b[t + 1, u] + log_p[t, 0]
                    if u < U:
                        b[t, u] = np.logaddexp(b[t, u], b[t + 1, u + 1] + log_p[t, y[u]])
            dz = np.exp(log_p)
            for t in range(T):
                for u in range(U + 1):
                    dz[t, 0] -= np.exp(a[t, u] + log_p[t, 0] + b[t + 1, u] - b[0, 0])
                    if u < U:
                        way = a[t, u] + log_p[t, y[u]] + b[t + 1, u + 1]
                        dz[t, y[u]] -= np.exp(way - b[0, 0])
            return dz
"""
GRADIENT = [
    Wrong("the sum", "mean is asked for", swap=("return dz / max(len(z), 1)", "return dz")),
    Wrong(
        "p where there is no path",
        "without a path has the gradient 0",
        swap=(
            "        if U > T:\n            continue\n",
            "        if U > T:\n            dz[n, :T] = np.exp(log_p[n, :T])\n"
            "            continue\n",
        ),
    ),
    Wrong(
        "nan without a path",
        "without a path",
        swap=("        if U > T:\n            continue\n", ""),
    ),
    Wrong(
        "the likeliest path",
        "dz",
        swap=(
            ("np.logaddexp(a[t + 1, 1:]", "np.maximum(a[t + 1, 1:]"),
            ("np.logaddexp(b[t, :-1]", "np.maximum(b[t, :-1]"),
        ),
    ),
    Wrong("no p", "softmax is missing", swap=("        dz[n, :T] = np.exp(log_p[n, :T])\n", "")),
    Wrong(
        "the last of equal labels",
        "at several places",
        swap=(_SAID, "dz[n, :T, y[n, :U]] -= said.T"),
    ),
    Wrong(
        "no blanks",
        "dz is wrong",
        swap=("dz[n, :T, 0] -= np.exp(a[:-1] + blank + b[1:] - b[0, 0]).sum(axis=1)", "pass"),
    ),
    Wrong(
        "padding is read",
        "padding: dz is 0 there",
        swap=(
            "for n, (T, U) in enumerate(zip(steps, lengths)):",
            "for n, U in enumerate(lengths):\n        T = z.shape[1]",
        ),
    ),
    Wrong(
        "padding is pulled",
        "Behind `steps`",
        swap=("dz[n, :T] = np.exp(log_p[n, :T])", "dz[n] = np.exp(log_p[n])"),
    ),
    Wrong(
        "no softmax",
        "logits: log p comes first",
        swap=("log_p = z - top - np.log(np.exp(z - top).sum(axis=2, keepdims=True))", "log_p = z"),
    ),
    Wrong(
        "the sign",
        "sign is wrong",
        swap=("return dz / max(len(z), 1)", "return -dz / max(len(z), 1)"),
    ),
    Wrong(
        "CTC",
        "That is CTC",
        """
        def path_gradient(z, y, steps, lengths):
            from minidl.kernels.ctc import reference

            _, dz = reference.loss(z, y, np.maximum(steps, 1), lengths)
            real = np.arange(z.shape[1])[:, None] < steps[:, None, None]
            return np.where(real, dz, 0) / max(len(z), 1)
        """,
    ),
    Wrong(
        "the mean over those with a path",
        "path count in N",
        swap=("return dz / max(len(z), 1)", "return dz / max(int((lengths <= steps).sum()), 1)"),
    ),
    Wrong(
        "no largest logit",
        "exp of large logits overflows",
        swap=("top = z.max(axis=2, keepdims=True)", "top = 0.0"),
    ),
    Wrong(
        "p without the largest logit",
        "exp of large logits overflows",
        swap=(
            "dz[n, :T] = np.exp(log_p[n, :T])",
            "dz[n, :T] = (np.exp(z) / np.exp(z).sum(axis=2, keepdims=True))[n, :T]",
        ),
    ),
    Wrong(
        "the sum, and the last of equal labels",
        "The mean is asked for, and",
        swap=(
            (_SAID, "dz[n, :T, y[n, :U]] -= said.T"),
            ("return dz / max(len(z), 1)", "return dz"),
        ),
    ),
    Wrong(
        "not 0 behind `steps`",
        "dz behind `steps[n]` must be 0",
        swap=("dz[n, :T] = np.exp", "dz[n, T:] = 1\n        dz[n, :T] = np.exp"),
    ),
    Right("loops", _SHARED),
    Right(
        "one lattice for blank and label",
        swap=(
            "        said = np.exp(a[:-1, :-1] + label + b[1:, 1:] - b[0, 0])  # (T, U)\n        "
            + _SAID,
            "        said = np.exp(a[:-1, :-1] + label + b[1:, 1:] - b[0, 0])\n"
            "        for u, k in enumerate(y[n, :U]):\n            dz[n, :T, k] -= said[:, u]",
        ),
    ),
]
