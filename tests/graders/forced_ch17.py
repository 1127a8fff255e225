"""Answers on teacher forcing and on copying, of chapter 17; `test_ch17.py` lists them."""

from catalogue import Right, Wrong

FORCED = [
    Wrong("not shifted", "one step behind", swap=("return before, after", "return after, after")),
    Wrong(
        "stop behind the padding",
        "not behind the padding",
        swap=("after[np.arange(N), (y != 0).sum(axis=1)] = stop", "after[:, -1] = stop"),
    ),
    Wrong(
        "no stop",
        "stop sign is missing",
        swap=("    after[np.arange(N), (y != 0).sum(axis=1)] = stop\n", ""),
    ),
    Wrong(
        "no start",
        "begins with the start",
        swap=("np.full(N, start, y.dtype)", "np.full(N, 0, y.dtype)"),
    ),
    Wrong(
        "floats",
        "must be integers",
        swap=(
            "after = np.column_stack([y, np.zeros(N, y.dtype)])",
            "after = np.column_stack([y, np.zeros(N)])",
        ),
    ),
    Wrong(
        "changes y",
        "changes its argument",
        swap=(
            "    N, _ = y.shape\n",
            "    N, _ = y.shape\n    y[:, -1] = np.where(y[:, -1] == 0, 0, 1)\n",
        ),
    ),
    Wrong(
        "padding counts",
        "Padding counts as well",
        swap=(("counts = after != 0", "counts = after >= 0"),),
    ),
    Wrong(
        "padding in dz alone",
        "At padding there is no gradient",
        swap=(
            "(np.exp(log_p) - one) * counts[:, :, None]",
            "(np.exp(log_p) - (one & counts[:, :, None]))",
        ),
    ),
    Wrong(
        "means of sentences",
        "over the means of sentences",
        swap=(
            (
                "M = max(int(counts.sum()), 1)",
                "M = len(z) * np.maximum(counts.sum(axis=1), 1)[:, None, None]",
            ),
            (
                "L = -np.sum(log_p, where=one & counts[:, :, None]) / M",
                "L = -np.sum(log_p / M, where=one & counts[:, :, None])",
            ),
        ),
    ),
    Wrong(
        "nothing to divide by",
        "no token but padding, so L must be 0",
        swap=("M = max(int(counts.sum()), 1)", "M = np.float64(counts.sum())"),
    ),
    Wrong("overflow", "is", swap=("    z = z - z.max(axis=2, keepdims=True)\n", "")),
    Wrong(
        "a small number in the logarithm",
        "L",
        swap=(
            "log_p = z - np.log(np.exp(z).sum(axis=2, keepdims=True))",
            "log_p = np.log(np.exp(z) / np.exp(z).sum(axis=2, keepdims=True) + 1e-12)",
        ),
    ),
    Right(
        "row by row",
        """
        def forced(y, start, stop):
            before = np.concatenate([np.full((len(y), 1), start), y], axis=1)
            after = np.concatenate([y, np.zeros((len(y), 1), int)], axis=1)
            for n, row in enumerate(y):
                after[n, np.count_nonzero(row)] = stop
            return before.astype(int), after.astype(int)


        def loss(z, after):
            z = z - z.max(axis=-1)[..., None]
            p = np.exp(z) / np.exp(z).sum(axis=-1)[..., None]
            n, t = np.nonzero(after)
            M = max(len(n), 1)
            picked = z[n, t, after[n, t]] - np.log(np.exp(z[n, t]).sum(axis=-1))
            dz = np.zeros_like(z)
            dz[n, t] = p[n, t]
            dz[n, t, after[n, t]] -= 1
            return -picked.sum() / M, dz / M
    """,
    ),
    Right(
        "where is the stop",
        swap=(
            "    after[np.arange(N), (y != 0).sum(axis=1)] = stop\n",
            "    first = np.argmax(after == 0, axis=1)\n    after[np.arange(N), first] = stop\n",
        ),
    ),
]

_LOGS = "log_P = np.logaddexp(said, log_rest + log_copy)"
COPY = [
    Wrong(
        "gate exchanged",
        "not from copying",
        swap=(
            "log_g, log_rest = -np.logaddexp(0, -a), -np.logaddexp(0, a)",
            "log_rest, log_g = -np.logaddexp(0, -a), -np.logaddexp(0, a)",
        ),
    ),
    Wrong(
        "the first place",
        "not the first alone",
        swap=(
            "here = x == y[:, None]",
            "here = x == y[:, None]\n"
            "    here = here & (np.arange(x.shape[1]) == np.argmax(here, axis=1)[:, None])",
        ),
    ),
    Wrong(
        "0 times inf",
        "np.where first",
        swap=(
            "np.exp(np.where(here, (log_rest - log_P)[:, None], -np.inf))",
            "np.exp(log_rest - log_P)[:, None] * here",
        ),
    ),
    Wrong(
        "the last place",
        "not the last alone",
        swap=(
            "here = x == y[:, None]",
            "here = x == y[:, None]\n"
            "    last = x.shape[1] - 1 - np.argmax(here[:, ::-1], axis=1)\n"
            "    here = here & (np.arange(x.shape[1]) == last[:, None])",
        ),
    ),
    Wrong(
        "a sum",
        "the mean is asked for",
        swap=(
            ("return -log_P.mean()", "return -log_P.sum()"),
            ("y[:, None])) / N", "y[:, None]))"),
            ("-np.inf)) / N", "-np.inf))"),
            ("(np.exp(log_g) - r) / N", "(np.exp(log_g) - r)"),
        ),
    ),
    Wrong(
        "z as if nothing were copied",
        "Copying is missing",
        swap=("dz = r[:, None] * (np", "dz = (np"),
    ),
    Wrong(
        "gradient of the gate itself",
        "derivative of the sigmoid",
        swap=("(np.exp(log_g) - r) / N", "(np.exp(log_g) - r) / np.exp(log_g + log_rest) / N"),
    ),
    Wrong("da without the sigmoid", "da is wrong", swap=("(np.exp(log_g) - r) / N", "(1 - r) / N")),
    Wrong(
        "every place",
        "Only places that have",
        swap=(
            "np.where(here, (log_rest - log_P)[:, None], -np.inf)",
            "(log_rest - log_P)[:, None] + 0 * w",
        ),
    ),
    Wrong(
        "logarithms mixed",
        "L is wrong",
        swap=(
            _LOGS,
            "log_P = np.exp(log_g) * (said - log_g) + np.exp(log_rest) * np.maximum(log_copy, -9)",
        ),
    ),
    Wrong(
        "plain numbers",
        "0 for a computer",
        """
        def copying(z, a, w, x, y):
            N, V = z.shape
            e = np.exp(z - z.max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
            g = (1 + np.tanh(a / 2)) / 2
            here = x == y[:, None]
            c = np.sum(w, axis=1, where=here)
            one = np.eye(V)[y]
            said = g * (p * one).sum(axis=1)
            P = said + (1 - g) * c
            r = said / P
            dw = -np.where(here, ((1 - g) / P)[:, None], 0) / N
            return -np.log(P).mean(), r[:, None] * (p - one) / N, (g - r) / N, dw
    """,
    ),
    Wrong(
        "a small number in the logarithm",
        "L",
        swap=(_LOGS, "log_P = np.log(np.exp(said) + np.exp(log_rest + log_copy) + 1e-12)"),
    ),
    Wrong("the softmax overflows", "is", swap=("    z = z - z.max(axis=1, keepdims=True)\n", "")),
    Wrong(
        "the gate overflows",
        "For a = -3000",
        swap=(
            "-np.logaddexp(0, -a), -np.logaddexp(0, a)",
            "-np.log(1 + np.exp(-a)), -np.log(1 + np.exp(a))",
        ),
    ),
    Right(
        "a sum for each token",
        """
        def copying(z, a, w, x, y):
            N, rows = len(z), np.arange(len(z))
            top = z.max(axis=1)
            log_p = z - (top + np.log(np.exp(z - top[:, None]).sum(axis=1)))[:, None]
            total = np.zeros(N, w.dtype)
            n, j = np.nonzero(x == y[:, None])
            np.add.at(total, n, w[n, j])
            log_c = np.full(N, -np.inf, w.dtype)
            np.log(total, out=log_c, where=total > 0)
            log_g = np.minimum(a, 0) - np.log1p(np.exp(-np.abs(a)))
            first, second = log_g + log_p[rows, y], log_g - a + log_c
            log_P = np.logaddexp(first, second)
            dz = np.exp(log_p)
            dz[rows, y] -= 1
            dz *= np.exp(first - log_P)[:, None] / N
            dw = np.zeros_like(w)
            dw[n, j] = -np.exp((log_g - a - log_P)[n]) / N
            return -log_P.mean(), dz, (np.exp(log_g) - np.exp(first - log_P)) / N, dw
    """,
    ),
    Right(
        "one-hot rows",
        swap=(
            "said = log_g + log_p[np.arange(N), y]",
            "said = log_g + np.take_along_axis(log_p, y[:, None], axis=1)[:, 0]",
        ),
    ),
]
