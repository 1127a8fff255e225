"""Answers to the clock and to the step back of chapter 24; `test_ch24.py` has the others."""

from catalogue import Right, Wrong

EMBED = [
    Wrong(
        "cosines first",
        "yours begins with the cosines",
        swap=("[np.sin(angles), np.cos(angles)]", "[np.cos(angles), np.sin(angles)]"),
    ),
    Wrong(
        "by turns",
        "takes them by turns",
        swap=(
            "return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)",
            "return np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(len(t), K)",
        ),
    ),
    Wrong("F is never reached", "The last frequency is F", swap=("/ (n - 1))", "/ n)")),
    Wrong(
        "steps of equal length",
        "grow by a factor",
        swap=("F ** (np.arange(n) / (n - 1))", "np.linspace(1, F, n)"),
    ),
    Wrong("down from 1", "yours fall from 1 to 1/F", swap=("* F **", "/ F **")),
    Wrong(
        "down from F",
        "yours fall",
        swap=("(np.arange(n) / (n - 1))", "(1 - np.arange(n) / (n - 1))"),
    ),
    Wrong("with 2 pi", "without 2 pi", swap=("angles = t", "angles = 2 * np.pi * t")),
    Wrong("K of each", "must have the shape", swap=("n = K // 2", "n = K")),
    Wrong(
        "for times up to 1",
        "is wrong",
        swap=("angles = t[:, None]", "angles = np.clip(t, 0, 1)[:, None]"),
    ),
    Wrong(
        "earlier",
        "It is d earlier",
        swap=("turn = embed(d,", "turn = embed(-d,"),
    ),
    Wrong(
        "added",
        "no sums of sines",
        swap=("return np.concatenate([first, second], axis=1)", "return E + turn"),
    ),
    Wrong(
        "number by number",
        "A sine of a sum has two terms",
        swap=("return np.concatenate([first, second], axis=1)", "return E * turn"),
    ),
    Wrong(
        "one term",
        "The second term",
        swap=(
            ("sine * cosine_d + cosine * sine_d", "sine * cosine_d"),
            ("cosine * cosine_d - sine * sine_d", "cosine * cosine_d"),
        ),
    ),
    Wrong("a plus", "has a minus", swap=("cosine_d - sine", "cosine_d + sine")),
    Wrong("one d for all", "a d of its own", swap=("embed(d,", "embed(d[:1],")),
    Wrong(
        "reads the clock",
        "later E is wrong",
        """
        def embed(t, K, F):
            angles = np.outer(t, np.geomspace(1, F, K // 2))
            return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)

        def later(E, d, F):
            K = E.shape[1]
            t = np.arctan2(E[:, 0], E[:, K // 2])
            return embed(t + d, K, F)
        """,
    ),
    Wrong(
        "reads every hand",
        "later E is wrong",
        """
        def embed(t, K, F):
            angles = np.outer(t, np.geomspace(1, F, K // 2))
            return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)

        def later(E, d, F):
            n = E.shape[1] // 2
            angles = np.arctan2(E[:, :n], E[:, n:]) + np.outer(d, np.geomspace(1, F, n))
            return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
        """,
    ),
    Right(
        "with complex numbers",
        """
        def embed(t, K, F):
            z = np.exp(1j * np.outer(t, np.geomspace(1, F, K // 2)))
            return np.concatenate([z.imag, z.real], axis=1)

        def later(E, d, F):
            n = E.shape[1] // 2
            z = (E[:, n:] + 1j * E[:, :n]) * np.exp(1j * np.outer(d, np.geomspace(1, F, n)))
            return np.concatenate([z.imag, z.real], axis=1)
        """,
    ),
    Right(
        "wave by wave",
        """
        def embed(t, K, F):
            E = np.zeros((len(t), K))
            for k in range(K // 2):
                w = F ** (k / (K / 2 - 1))
                E[:, k], E[:, K // 2 + k] = np.sin(w * t), np.cos(w * t)
            return E

        def later(E, d, F):
            n, new = E.shape[1] // 2, np.zeros(E.shape)
            for k in range(n):
                w = F ** (k / (n - 1))
                turn = np.array([[np.cos(w * d), np.sin(w * d)], [-np.sin(w * d), np.cos(w * d)]])
                new[:, [k, n + k]] = np.einsum("ijn,nj->ni", turn, E[:, [k, n + k]])
            return new
        """,
    ),
]

BACK = [
    Wrong(
        "x and y exchanged",
        "x and y are exchanged",
        swap=("of_x[:, None] * x + of_y[:, None] * y", "of_x[:, None] * y + of_y[:, None] * x"),
    ),
    Wrong(
        "no root of b",
        "The root of b is missing",
        swap=("of_x, of_y = np.sqrt(b) * beta", "of_x, of_y = beta"),
    ),
    Wrong("no root of a / b", "The root of a / b", swap=("np.sqrt(a / b) * (1 - b)", "(1 - b)")),
    Wrong(
        "from x alone",
        "without y",
        swap=("mean = of_x[:, None] * x + of_y[:, None] * y", "mean = np.sqrt(b)[:, None] * x"),
    ),
    Wrong(
        "from y alone",
        "without x",
        swap=("mean = of_x[:, None] * x + of_y[:, None] * y", "mean = np.sqrt(b / a)[:, None] * y"),
    ),
    Wrong(
        "the step forward",
        "the step forward",
        swap=("var = (1 - b) * beta / (1 - a)", "var = beta"),
    ),
    Wrong(
        "standard deviation",
        "its square is asked for",
        swap=("return mean, var,", "return mean, np.sqrt(var),"),
    ),
    Wrong(
        "precision", "That is the precision", swap=("return mean, var,", "return mean, 1 / var,")
    ),
    Wrong("x is known", "known x alone", swap=("(1 - b) * beta / (1 - a)", "1 - b")),
    Wrong(
        "precisions without the shrinking",
        "a / b is missing in the precision",
        swap=("var = (1 - b) * beta / (1 - a)", "var = 1 / (1 / beta + 1 / (1 - b))"),
    ),
    Wrong("no 1/2", "The 1/2 of KL", swap=("/ (2 * var)", "/ var")),
    Wrong("the error of x", "and not of the noise", swap=(" * (1 - a) / a / (2", " / (2")),
    Wrong(
        "not divided by the variance",
        "KL is divided by the variance",
        swap=(" / (2 * var)", ""),
    ),
    Wrong(
        "the variance forward",
        "the variance of the step forward",
        swap=("/ (2 * var)", "/ (2 * beta)"),
    ),
    Wrong(
        "the weight is 1",
        "weight is wrong",
        swap=("of_x**2 * (1 - a) / a / (2 * var)", "1 + 0 * a"),
    ),
    Wrong(
        "var for each coordinate",
        "var must have the shape (5,)",
        swap=("return mean, var,", "return mean, 0 * x + var[:, None],"),
    ),
    Wrong(
        "beta cut off", "is wrong", swap=("beta = 1 - a / b", "beta = np.minimum(1 - a / b, 0.5)")
    ),
    Right(
        "by precisions",
        """
        def step_back(x, y, a, b):
            ratio = a / b
            p, q = ratio / (1 - ratio), 1 / (1 - b)
            var = 1 / (p + q)
            of_y, of_x = p * var / np.sqrt(ratio), q * var * np.sqrt(b)
            weight = (b / a - 1) / (1 - b) / 2
            return x * of_x[:, None] + y * of_y[:, None], var, weight
        """,
    ),
    Right(
        "sample by sample, by the ratios of signal and noise",
        """
        def step_back(x, y, a, b):
            mean, var, weight = np.zeros(x.shape), np.zeros(len(x)), np.zeros(len(x))
            for n in range(len(x)):
                now, before = a[n] / (1 - a[n]), b[n] / (1 - b[n])
                gain = 1 - now / before
                var[n] = gain * (1 - b[n])
                mean[n] = np.sqrt(a[n] / b[n]) * (1 - b[n]) / (1 - a[n]) * y[n]
                mean[n] += np.sqrt(b[n]) * gain * x[n]
                weight[n] = (before - now) / now / 2
            return mean, var, weight
        """,
    ),
]
