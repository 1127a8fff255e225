"""Answers to guidance and to the perfect flow of chapter 24; `test_ch24.py` has the others."""

from catalogue import Right, Wrong

GUIDED = [
    Wrong("from c on", "Strength 1 is c itself", swap=("guided = n +", "guided = c +")),
    Wrong(
        "c and n exchanged",
        "c and n are exchanged",
        swap=("n + strength * (c - n)", "c + strength * (n - c)"),
    ),
    Wrong("no guidance", "no guidance", swap=("guided = n + strength * (c - n)", "guided = c")),
    Wrong("not clipped", "x is not clipped", swap=(", -1, 1)", ", -np.inf, np.inf)")),
    Wrong(
        "the old noise",
        "taken anew",
        swap=("noise = (y - np.sqrt(a) * x) / np.sqrt(1 - a)", "noise = guided"),
    ),
    Wrong(
        "clips the next y",
        "not the next y",
        """
        def guided_step(y, c, n, strength, a, b):
            e = n + strength * (c - n)
            x = (y - np.sqrt(1 - a) * e) / np.sqrt(a)
            return np.clip(np.sqrt(b) * x + np.sqrt(1 - b) * e, -1, 1)
        """,
    ),
    Wrong(
        "clips the noise",
        "and not the noise",
        """
        def guided_step(y, c, n, strength, a, b):
            e = np.clip(n + strength * (c - n), -1, 1)
            x = (y - np.sqrt(1 - a) * e) / np.sqrt(a)
            return np.sqrt(b) * x + np.sqrt(1 - b) * e
        """,
    ),
    Wrong(
        "no roots",
        "The roots are missing",
        """
        def guided_step(y, c, n, strength, a, b):
            e = n + strength * (c - n)
            x = np.clip((y - (1 - a) * e) / a, -1, 1)
            return b * x + (1 - b) * (y - a * x) / (1 - a)
        """,
    ),
    Wrong("clips to 0 and 1", "the next y is wrong", swap=(", -1, 1)", ", 0, 1)")),
    Wrong(
        "clips each guess",
        "the next y is wrong",
        """
        def guided_step(y, c, n, strength, a, b):
            x, x0 = (np.clip((y - np.sqrt(1 - a) * e) / np.sqrt(a), -1, 1) for e in (c, n))
            x = x0 + strength * (x - x0)
            return np.sqrt(b) * x + np.sqrt(1 - b) * (y - np.sqrt(a) * x) / np.sqrt(1 - a)
        """,
    ),
    Wrong(
        "stays where it is",
        "a and b are exchanged",
        swap=("np.sqrt(b) * x + np.sqrt(1 - b) * noise", "np.sqrt(a) * x + np.sqrt(1 - a) * noise"),
    ),
    Wrong(
        "scales in place of clipping",
        "the next y is wrong",
        swap=("    noise =", "    x = x / max(1, np.abs(x).max()) * 0.99\n    noise ="),
    ),
    Right(
        "the correction alone",
        """
        def guided_step(y, c, n, strength, a, b):
            e = strength * c + (1 - strength) * n
            x = (y - (1 - a) ** 0.5 * e) / a**0.5
            x = np.where(x > 1, 1, np.where(x < -1, -1, x))
            ratio = ((1 - b) / (1 - a)) ** 0.5
            return ratio * y + (b**0.5 - ratio * a**0.5) * x
        """,
    ),
    Right(
        "with an angle",
        """
        def guided_step(y, c, n, strength, a, b):
            now, then = np.arccos(np.sqrt(a)), np.arccos(np.sqrt(b))
            x = (y - np.sin(now) * (n + strength * (c - n))) / np.cos(now)
            x = np.maximum(-1, np.minimum(1, x))
            noise = (y - np.cos(now) * x) / np.sin(now)
            return np.cos(then) * x + np.sin(then) * noise
        """,
    ),
]

PERFECT = [
    Wrong("no shares", "The shares are missing", swap=("np.log(shares) -", "0 * shares -")),
    Wrong("no 2", "The 2 of 2V", swap=("/ (2 * V)", "/ V")),
    Wrong(
        "a root",
        "standard deviation in place",
        swap=("+ (t * s) ** 2", "+ (t * s) ** 2\n    V = np.sqrt(V)"),
    ),
    Wrong(
        "deviations added",
        "their squares are",
        swap=("(1 - t) ** 2 + (t * s) ** 2", "(1 - t + t * s) ** 2"),
    ),
    Wrong(
        "no squares", "have to be squared", swap=("(1 - t) ** 2 + (t * s) ** 2", "1 - t + t * s**2")
    ),
    Wrong("x alone in C", "of it is in C, too", swap=("(t * s**2 - (1 - t))", "t * s**2")),
    Wrong("the noise alone in C", "it is missing in C", swap=("(t * s**2 - (1 - t))", "(t - 1)")),
    Wrong("a plus in C", "C has a minus", swap=("(t * s**2 - (1 - t))", "(t * s**2 + (1 - t))")),
    Wrong(
        "the chapter's machine",
        "the machine of the chapter",
        """
        def perfect(z, t, means, shares, s):
            t = t[:, None]
            squares = ((z[:, None] - t[:, None] * means) ** 2).sum(axis=2)
            logs = -squares / (2 * (1 - t) ** 2)
            P = np.exp(logs - logs.max(axis=1, keepdims=True))
            P /= P.sum(axis=1, keepdims=True)
            return (P @ means - z) / (1 - t)
        """,
    ),
    Wrong(
        "the centres alone",
        "inside the cloud is missing",
        swap=("return centre + (t * s**2 - (1 - t)) / V * (z - t * centre)", "return centre"),
    ),
    Wrong("C without V", "C is divided by V", swap=("(1 - t)) / V *", "(1 - t)) *")),
    Wrong(
        "densities of 0",
        "is nan",
        swap=("np.exp(logs - logs.max(axis=1, keepdims=True))", "np.exp(logs)"),
    ),
    Wrong(
        "the largest of the batch",
        "is nan",
        swap=("np.exp(logs - logs.max(axis=1, keepdims=True))", "np.exp(logs - logs.max())"),
    ),
    Wrong("the nearest cloud", "v is wrong", swap=("np.exp(logs - logs", "1.0 * (logs >= logs")),
    Wrong("equal clouds", "P is the same everywhere", swap=("/ (2 * V)", "* 0")),
    Wrong("not divided", "v is wrong", swap=(" / P.sum(axis=1, keepdims=True)", "")),
    Wrong(
        "divided over samples",
        "v is wrong",
        swap=("P.sum(axis=1, keepdims=True)", "P.sum(axis=0).mean()"),
    ),
    Wrong(
        "clouds that stay",
        "v is wrong",
        swap=("z[:, None] - t[:, None] * means", "z[:, None] - means"),
    ),
    Right(
        "by the mean of x and the mean of the noise",
        """
        def perfect(z, t, means, shares, s):
            V = (1 - t) ** 2 + t**2 * s**2
            v = np.zeros(z.shape)
            logs = np.zeros((len(z), len(means)))
            for k, mean in enumerate(means):
                away = z - np.outer(t, mean)
                logs[:, k] = np.log(shares[k]) - (away * away).sum(axis=1) / V / 2
            P = np.exp(logs - np.logaddexp.reduce(logs, axis=1)[:, None])
            for k, mean in enumerate(means):
                away = (z - np.outer(t, mean)) / V[:, None]
                x, noise = mean + (t * s**2)[:, None] * away, (1 - t)[:, None] * away
                v += P[:, k : k + 1] * (x - noise)
            return v
        """,
    ),
    Right(
        "with SciPy",
        """
        from scipy.special import softmax
        def perfect(z, t, means, shares, s):
            t = t[:, None, None]
            V = (1 - t) ** 2 + t**2 * s**2
            away = z[:, None] - t * means
            squares = np.einsum("nkd,nkd->nk", away, away)
            P = softmax(np.log(shares) - squares / 2 / V[..., 0], axis=1)
            return np.einsum("nk,nkd->nd", P, means + (t * s**2 + t - 1) / V * away)
        """,
    ),
]
