"""Answers on a divided softmax, and the experiment, of chapter 22; `test_ch22.py` lists them."""

from catalogue import Right, Wrong

_MAX = 'largest = yield "max", z.max(axis=1)'
_SUMS = 'total, right = yield "sum", np.stack([e.sum(axis=1), right])'
_DH = 'dh = yield "sum", dz @ W.T'
_DZ = "dz = (e / total[:, None] - mine).astype(h.dtype) / N"
_L = "L = np.mean(np.log(total) - right)"

LOSS = [
    Wrong(
        "its own sum",
        "what is not added up",
        swap=(_SUMS, 'right = yield "sum", right\n    total = e.sum(axis=1)'),
    ),
    Wrong("its own largest", "subtract the same", swap=(_MAX, "largest = z.max(axis=1)")),
    Wrong("no largest", "not finite", swap=("    z = z - largest[:, None]\n", "")),
    Wrong(
        "labels from its own first class",
        "begin at `first`",
        swap=("first + np.arange", "np.arange"),
    ),
    Wrong("the sum of all", "the sum over the samples", swap=(_L, _L.replace("mean", "sum"))),
    Wrong("dz of the sum", "the sum over the samples", swap=(_DZ, _DZ[:-4])),
    Wrong("its own part of dh", "what is not added up", swap=(_DH, "dh = dz @ W.T")),
    Wrong("no 1", "The 1 of the right class", swap=("total[:, None] - mine)", "total[:, None])")),
    Wrong("a mean over ranks", "not samples", swap=(_DH, f"{_DH}\n    dh = dh / p")),
    Wrong("p times", "p times", swap=(_DH, f"{_DH}\n    dh = dh * p")),
    Wrong(
        "the sign",
        "sign is wrong",
        swap=("(e / total[:, None] - mine)", "(mine - e / total[:, None])"),
    ),
    Wrong(
        "all logits on all ranks",
        "numbers; N (D + 3)",
        """
        def divided_loss(rank, p, h, W, labels, first):
            C = yield "sum", np.array(W.shape[1])
            z, N, own = np.zeros((len(h), C)), len(h), slice(first, first + W.shape[1])
            z[:, own] = h @ W
            z = yield "sum", z
            z = z - z.max(axis=1, keepdims=True)
            log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
            dz = (np.exp(log_p) - np.eye(C)[labels])[:, own] / N
            dh = yield "sum", dz @ W.T
            return -log_p[np.arange(N), labels].mean(), dh, h.T @ dz
        """,
    ),
    Wrong(
        "only rank 0 asks",
        "deadlock",
        swap=(_MAX, 'largest = (yield "max", z.max(axis=1)) if rank == 0 else z.max(axis=1)'),
    ),
    Wrong(
        "dW added up",
        "different shapes",
        swap=("return L, dh, h.T @ dz", 'dW = yield "sum", h.T @ dz\n    return L, dh, dW'),
    ),
    Wrong("no dW", "3 results", swap=("return L, dh, h.T @ dz", "return L, dh")),
    Wrong("transposed", "shape", swap=("h.T @ dz", "dz.T @ h")),
    Wrong(
        "in place",
        "changes its argument",
        swap=("    z, N = ", "    h -= h.mean()\n    z, N = "),
    ),
    Right(
        "sample by sample",
        """
        def divided_loss(rank, p, h, W, labels, first):
            N, C = len(h), W.shape[1]
            z = np.array([[x @ w for w in W.T] for x in h])
            m = yield "max", np.array([max(row) for row in z])
            e = np.exp(z - m.reshape(N, 1))
            s = yield "sum", np.add.reduce(e.T)
            t, dz = np.zeros(N), e / s.reshape(N, 1)
            for n, label in enumerate(labels):
                if first <= label < first + C:
                    t[n] = z[n, label - first] - m[n]
                    dz[n, label - first] -= 1
            t = yield "sum", t
            dh = yield "sum", np.einsum("nc,dc->nd", dz / N, W)
            return float((np.log(s) - t).mean()), dh, np.einsum("nd,nc->dc", h, dz / N)
        """,
    ),
    Right(
        "the right logit as a maximum",
        swap=(
            (
                _MAX,
                "own = np.where(mine, z, -np.inf).max(axis=1)\n"
                '    largest, right = yield "max", np.stack([z.max(axis=1), own])',
            ),
            ("    right = np.where(mine, z, 0).sum(axis=1)\n", "    right = right - largest\n"),
            (_SUMS, 'total = yield "sum", e.sum(axis=1)'),
        ),
    ),
]

_SENT = 'got = yield "sum", np.append(n * np.concatenate(means), n)'
_STEP = "w = w - eta * (g + correction)"
_CORRECTION = "correction = got[2410:] - own"

EXPERIMENT = [
    Wrong("learns nothing", "one step", swap=(_STEP, "w = w + 0 * g")),
    Wrong(
        "all ranks alike",
        "with H = 1 five unequal ranks",
        swap=(_SENT, 'got = yield "sum", np.append(np.concatenate(means), 1)'),
    ),
    Wrong(
        "all gradients alike",
        "arrives, corrected = True",
        swap=("means = [w, own]", "means = [w, own / n]"),
    ),
    Wrong(
        "never talks",
        "differs from what rank 0 returns",
        swap=(_SENT, 'yield "sum", np.zeros(1)\n        got = np.append(np.concatenate(means), 1)'),
    ),
    Wrong(
        "other beginnings",
        "differs from what rank 0 returns",
        swap=("n, correction = start(seed)", "n, correction = start(seed + rank)"),
    ),
    Wrong(
        "never corrected",
        "is it used?",
        swap=(_CORRECTION, "correction = 0 * own"),
    ),
    Wrong(
        "always corrected",
        "is allowed, corrected = False",
        swap=(("[w, own] if corrected else [w]", "[w, own]"), ("if corrected:", "if rounds:")),
    ),
    Wrong(
        "the sign of the correction",
        "distance from where all digits go",
        swap=(_CORRECTION, "correction = own - got[2410:]"),
    ),
    Wrong(
        "without its own",
        "arrives, corrected = True",
        swap=(_CORRECTION, "correction = got[2410:]"),
    ),
    Wrong(
        "the corrected gradients",
        "distance from where all digits go",
        swap=("own = own + g / H", "own = own + (g + correction) / H"),
    ),
    Wrong(
        "the last gradient alone",
        "distance from where all digits go",
        swap=("own = own + g / H", "own = g"),
    ),
    Wrong(
        "an average in each step",
        "messages of up to",
        swap=(
            "    for _ in range(rounds):\n        own",
            "    rounds, H = rounds * H, 1\n    for _ in range(rounds):\n        own",
        ),
    ),
    Wrong("another rate", "one step", swap=(_STEP, "w = w - 0.5 * (g + correction)")),
    Wrong(
        "once more without the others",
        "takes one step",
        swap=("- own\n    return w", "- own\n    return w - eta * slope(w, x, y) * (rounds > 0)"),
    ),
    Right(
        "from how far it has moved",
        """
        def learn(rank, p, x, y, rounds, H, eta, seed, corrected):
            w, own, everybody = start(seed), np.zeros(2410), np.zeros(2410)
            for _ in range(rounds):
                before = w
                for _ in range(H):
                    w = w - eta * (slope(w, x, y) - own + everybody)
                moved = (before - w) / (H * eta)
                if not corrected:
                    got = yield "sum", np.concatenate([[len(x)], len(x) * (w - before)])
                    w = before + got[1:] / got[0]
                    continue
                own = moved + own - everybody
                both = np.concatenate([w - before, own])
                got = yield "sum", np.concatenate([[len(x)], len(x) * both])
                change, everybody = np.split(got[1:] / got[0], 2)
                w = before + change
            return w
        """,
    ),
    Right(
        "with functions of its own",
        """
        def mean(n, *arrays):
            got = yield "sum", np.append(np.concatenate(arrays) * n, [n])
            return np.split(got[:-1] / got[-1], len(arrays))


        def learn(rank, p, x, y, rounds, H, eta, seed, corrected):
            w, pull, n = start(seed), np.zeros(2410), len(y)
            for _ in range(rounds):
                seen = []
                for _ in range(H):
                    seen.append(slope(w, x, y))
                    w = w - eta * seen[-1] + eta * pull
                if corrected:
                    own = np.mean(seen, axis=0)
                    w, every = yield from mean(n, w, own)
                    pull = own - every
                else:
                    (w,) = yield from mean(n, w)
            return w
        """,
    ),
]
