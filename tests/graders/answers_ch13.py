"""Answers to the bound and to the experiment of chapter 13; `test_ch13.py` has the others."""

from catalogue import Right, Wrong

BOUND = [
    Wrong(
        "KL summed over the batch",
        "averaged over the batch",
        swap=("rebuilding.sum() + KL.sum()) / N", "rebuilding.sum() / N + KL.sum())"),
    ),
    Wrong(
        "no KL",
        "L is wrong. KL is missing",
        swap=("(rebuilding.sum() + KL.sum())", "rebuilding.sum()"),
    ),
    Wrong("only KL", "rebuilding is missing", swap=("(rebuilding.sum() + KL.sum())", "KL.sum()")),
    Wrong("KL subtracted", "KL is added", swap=(".sum() + KL", ".sum() - KL")),
    Wrong(
        "mean over pixels",
        "mean over the pixels",
        swap=("(rebuilding.sum()", "(rebuilding.mean(axis=1).sum()"),
    ),
    Wrong("KL is a mean", "mean over the code", swap=("+ KL.sum()", "+ KL.mean(axis=1).sum()")),
    Wrong("no average in L", "average over the batch", swap=("KL.sum()) / N", "KL.sum())")),
    Wrong("overflow", "is inf", swap=("np.logaddexp(0, a)", "np.log(1 + np.exp(a))")),
    Wrong(
        "dm through z alone",
        "dm is wrong. It is what comes back through z",
        swap=("dm = dz + m / N", "dm = dz"),
    ),
    Wrong(
        "dm through KL alone",
        "dm is wrong. It is what comes back through KL",
        swap=("dm = dz + m / N", "dm = m / N"),
    ),
    Wrong("dm's KL not averaged", "dm is wrong. KL has", swap=("dm = dz + m / N", "dm = dz + m")),
    Wrong("dm's KL subtracted", "its gradient is added", swap=("dm = dz + m", "dm = dz - m")),
    Wrong("no sigmoid", "not a - x", swap=("(1 + np.tanh(a / 2)) / 2", "a")),
    Wrong(
        "dv through z alone",
        "dv is wrong. It is what comes back through z",
        swap=(" + np.expm1(v) / 2 / N", ""),
    ),
    Wrong(
        "dv through KL alone",
        "dv is wrong. It is what comes back through KL",
        swap=("dz * eps * np.exp(v / 2) / 2 + ", ""),
    ),
    Wrong(
        "no 1/2 of the draw", "The 1/2 of v / 2", swap=("np.exp(v / 2) / 2 +", "np.exp(v / 2) +")
    ),
    Wrong("no 1/2 of KL", "The 1/2 of KL", swap=("np.expm1(v) / 2 / N", "np.expm1(v) / N")),
    Wrong("dW of the mean", "It is made of m", swap=("z.T @ da", "m.T @ da")),
    Wrong("da not averaged", "dm is wrong", swap=("/ 2 - x) / N", "/ 2 - x)")),
    Wrong("sign of da", "dm is wrong", swap=("/ 2 - x) / N", "/ 2 + x) / N")),
    Wrong(
        "L alone",
        "`return L, dm, dv, dW` is needed",
        swap=("return L, dm, dv, z.T @ da", "return L"),
    ),
    Wrong("huge logits", "nan", swap=("(1 + np.tanh(a / 2)) / 2", "np.exp(a) / (1 + np.exp(a))")),
    Right(
        "by the functions of questions 3 and 4",
        """
        def bound(m, v, eps, W, x):
            N = len(x)
            s = np.exp(v / 2)
            z = m + s * eps
            a = z @ W
            p = np.where(a > 0, 1 / (1 + np.exp(-np.abs(a))), 1 - 1 / (1 + np.exp(-np.abs(a))))
            terms = np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a))) - x * a
            L = terms.sum(axis=1).mean() + (s**2 + m**2 - 1 - v).sum(axis=1).mean() / 2
            da = (p - x) / N
            dz = np.einsum("nd,kd->nk", da, W)
            dv = dz * (z - m) / 2 + (s**2 - 1) / (2 * N)
            return L, dz + m / N, dv, np.einsum("nk,nd->kd", z, da)
        """,
    ),
    Right(
        "sample by sample",
        """
        def bound(m, v, eps, W, x):
            L, N, dm, dv, dW = 0.0, len(x), 0 * m, 0 * v, np.zeros(W.shape)
            for n in range(N):
                z = m[n] + np.exp(v[n] / 2) * eps[n]
                a = W.T @ z
                L += np.sum(np.logaddexp(0, a) - x[n] * a) / N
                L += np.sum(m[n] ** 2 + np.exp(v[n]) - v[n] - 1) / 2 / N
                d = (np.exp(-np.logaddexp(0, -a)) - x[n]) / N
                dW += np.outer(z, d)
                dm[n] = W @ d + m[n] / N
                dv[n] = (W @ d) * eps[n] * np.exp(v[n] / 2) / 2 + (np.exp(v[n]) - 1) / 2 / N
            return L, dm, dv, dW
        """,
    ),
]

EXPERIMENT = [
    Wrong(
        "one epoch",
        "the goal is 0.0250",
        swap=(
            "epochs = Sequential([encoder, decoder], seed=2), 30",
            "epochs = Sequential([encoder, decoder], seed=2), 1",
        ),
    ),
    Wrong(
        "the chapter's network",
        "the goal is 0.0250",
        swap=(
            ('Dense(256, "relu"), Dense(8)', 'Dense(128, "relu"), Dense(8)'),
            ('Dense(256, "relu"), Dense(784', 'Dense(128, "relu"), Dense(784'),
            ("decoder], seed=2), 30", "decoder], seed=2), 10"),
        ),
    ),
    Wrong(
        "no bend",
        "the goal is 0.0250",
        swap=(
            ('Dense(256, "relu"), Dense(8)', "Dense(8)"),
            ('Dense(256, "relu"), Dense(784, "sigmoid")', "Dense(784)"),
        ),
    ),
    Wrong(
        "PCA",
        "no attribute 'get_config'",
        """
        class Linear:
            def __init__(self, predict):
                self.predict = predict

        def train(x):
            mean = x.mean(axis=0)
            V = np.linalg.svd(x[:1500] - mean, full_matrices=False)[2][:8]
            return Linear(lambda a: (a - mean) @ V.T), Linear(lambda z: mean + z @ V)
        """,
    ),
    Wrong(
        "a code of 32",
        "must have the shape (1000, 8)",
        swap=(
            ("Dense(8)]", "Dense(32)]"),
            ("= Sequential([Input((8,))", "= Sequential([Input((32,))"),
            ("decoder], seed=2), 30", "decoder], seed=2), 1"),
        ),
    ),
    Wrong(
        "one model",
        "`return encoder, decoder` is needed",
        swap=(
            ("return encoder, decoder", "return model"),
            ("decoder], seed=2), 30", "decoder], seed=2), 1"),
        ),
    ),
    Wrong(
        "32 numbers in the digits of eight",
        "no attribute 'get_config'",
        """
        class Packed:
            def __init__(self, predict):
                self.predict = predict

        def train(x):
            mean = x.mean(axis=0)
            V = np.linalg.svd(x[:1500] - mean, full_matrices=False)[2][:32]
            weights = 256.0 ** np.arange(4)

            def encode(a):
                z = np.clip(np.round(((a - mean) @ V.T) * 10) + 128, 0, 255)
                return z.reshape(-1, 8, 4) @ weights

            def decode(code):
                z = np.round(code)[..., None] // weights % 256
                return mean + (z.reshape(-1, 32) - 128) / 10 @ V

            return Packed(encode), Packed(decode)
        """,
    ),
    Wrong(
        "looks codes up",
        "no attribute 'get_config'",
        """
        def train(x):
            class Coder:
                def predict(self, a):
                    if a.shape[1] == 784:
                        Coder.codes, Coder.seen = a[:, ::98], a
                        return a[:, ::98]
                    far = [((Coder.codes - row) ** 2).sum(axis=1) for row in a]
                    return Coder.seen[np.argmin(far, axis=1)]
            return Coder(), Coder()
        """,
    ),
    Wrong(
        "remembers what it was shown last",
        "no attribute 'get_config'",
        """
        def train(x):
            class Coder:
                def predict(self, a):
                    if a.shape[1] == 784:
                        Coder.seen = a
                        return a[:, :8]
                    return Coder.seen
            return Coder(), Coder()
        """,
    ),
    Right(
        "two layers on either side",
        """
        def train(x):
            encoder = Sequential(
                [Input((784,)), Dense(256, "silu"), Dense(64, "silu"), Dense(8)], seed=0
            )
            decoder = Sequential(
                [Input((8,)), Dense(64, "silu"), Dense(256, "silu"), Dense(784, "sigmoid")], seed=1
            )
            model = Sequential([encoder, decoder], seed=2)
            model.compile(Adam(CosineDecay(3e-3, 30 * (len(x) // 64 + 1))), "mse")
            model.fit(x, x, 64, 30, verbose=0)
            return encoder, decoder
        """,
    ),
    Right("another loss", swap=('"mse"', '"binary_crossentropy"')),
    Right("smaller steps", swap=("CosineDecay(3e-3", "CosineDecay(2e-3")),
]
