"""Answers to the questions of chapter 13 about Gaussians; `test_ch13.py` has the others."""

from catalogue import Right, Wrong

KL = [
    Wrong(
        "the other way round",
        "It is KL(p || q)",
        swap=("def kl(m, v, m0, v0):", "def kl(m0, v0, m, v):"),
    ),
    Wrong(
        "no 1/2 in KL",
        "KL is wrong. It is twice",
        swap=("distance, axis=1) / 2", "distance, axis=1)"),
    ),
    Wrong(
        "v from -10 to 10",
        "KL divided by",
        swap=("    spread =", "    v, v0 = v.clip(-10, 10), v0.clip(-10, 10)\n    spread ="),
    ),
    Wrong("mean over K", "mean over the K", swap=("np.sum(spread", "np.mean(spread")),
    Wrong(
        "p has the variance 1",
        "in units of the variance of p",
        swap=("distance = (m - m0) ** 2 * np.exp(-v0)", "distance = (m - m0) ** 2"),
    ),
    Wrong(
        "v for the standard deviation",
        "of the standard deviation",
        swap=("spread = np.exp", "v, v0 = 2 * v, 2 * v0\n    spread = np.exp"),
    ),
    Wrong("v is the variance", "v is wrong", swap=("np.expm1(v - v0)", "(v / v0 - 1)")),
    Wrong("no -1", "The -1 is missing", swap=("(v - v0) - 1", "(v - v0)")),
    Wrong("no distance", "distance of the means is missing", swap=("spread + distance", "spread")),
    Wrong(
        "the chapter's formula",
        "p is not N(0, 1)",
        swap=("    spread =", "    m0, v0 = 0 * m0, 0 * v0\n    spread ="),
    ),
    Wrong("one number for the batch", "must have the shape (5,)", swap=(", axis=1) / 2", ") / 2")),
    Wrong(
        "dm without the variance of p",
        "dm is wrong. The distance of the means counts",
        swap=("(m - m0) * np.exp(-v0), dL", "(m - m0), dL"),
    ),
    Wrong("dL is ignored", "dL does not multiply it", swap=("dL[:, None]  #", "1 + 0 * m  #")),
    Wrong(
        "no 1/2 in dv",
        "dv is wrong. It is twice",
        swap=("np.expm1(v - v0) / 2", "np.expm1(v - v0)"),
    ),
    Wrong("dv without -v", "-v is in KL, too", swap=("np.expm1(v - v0)", "np.exp(v - v0)")),
    Wrong("dm half", "It is half", swap=("return dL * (m - m0)", "return dL / 2 * (m - m0)")),
    Wrong(
        "divided by q's variance",
        "divided by the variance of q",
        swap=("(m - m0) * np.exp(-v0), dL", "(m - m0) * np.exp(-v), dL"),
    ),
    Wrong(
        "exp(v) alone",
        "divided by the variance of p",
        swap=("np.expm1(v - v0)", "np.expm1(v)"),
    ),
    Wrong(
        "derivative by the variance",
        "derivative by the variance",
        swap=("np.expm1(v - v0) / 2", "np.expm1(v - v0) / 2 / np.exp(v)"),
    ),
    Wrong("sign of dm", "dm is wrong. The sign", swap=("dL * (m - m0)", "dL * (m0 - m)")),
    Wrong("averaged over the batch", "too small", swap=("= dL[:, None]", "= dL[:, None] / len(m)")),
    Wrong(
        "order of the results",
        "dm is wrong: it is dv",
        swap=(
            "return dL * (m - m0) * np.exp(-v0), dL * np.expm1(v - v0) / 2",
            "return dL * np.expm1(v - v0) / 2, dL * (m - m0) * np.exp(-v0)",
        ),
    ),
    Wrong("dL is not turned", "raised", swap=("dL = dL[:, None]", "dL = dL")),
    Wrong(
        "float64", "float64 although", swap=("np.expm1(v - v0)", "np.expm1((v - v0).astype(float))")
    ),
    Right(
        "as it comes out of the logarithms",
        """
        def kl(m, v, m0, v0):
            K = m.shape[1]
            squares = ((m - m0) ** 2 + np.exp(v)) / np.exp(v0)
            return 0.5 * (squares.sum(-1) - K + v0.sum(-1) - v.sum(-1))

        def kl_backward(dL, m, v, m0, v0):
            ratio = np.exp(v) / np.exp(v0)
            return np.einsum("n,nk->nk", dL, (m - m0) / np.exp(v0)), (0.5 * dL * (ratio - 1).T).T
        """,
    ),
    Right(
        "sample by sample",
        """
        def kl(m, v, m0, v0):
            found = np.zeros(len(m), m.dtype)
            for n in range(len(m)):
                for k in range(m.shape[1]):
                    d, w = m[n, k] - m0[n, k], v[n, k] - v0[n, k]
                    found[n] += (np.exp(w) - 1 - w + d * d / np.exp(v0[n, k])) / 2
            return found

        def kl_backward(dL, m, v, m0, v0):
            dm, dv = np.zeros_like(m), np.zeros_like(v)
            for n, d in enumerate(dL):
                dm[n] = d * (m[n] - m0[n]) / np.exp(v0[n])
                dv[n] = d * (np.exp(v[n] - v0[n]) - 1) / 2
            return dm, dv
        """,
    ),
]

DRAW = [
    Wrong(
        "the variance",
        "multiplied by the standard deviation",
        swap=("np.exp(v / 2)[:", "np.exp(v)[:"),
    ),
    Wrong("v itself", "v is a logarithm", swap=("np.exp(v / 2)[:", "v[:")),
    Wrong("no mean", "The mean is missing", swap=("m[:, None] + np", "np")),
    Wrong(
        "mean over draws in dm", "mean over the R draws", swap=("dz.sum(axis=1)", "dz.mean(axis=1)")
    ),
    Wrong("no 1/2", "The 1/2 is missing", swap=("np.exp(v / 2) / 2", "np.exp(v / 2)")),
    Wrong("no noise", "The noise is missing", swap=("(dz * eps).sum", "dz.sum")),
    Wrong("by the deviation", "not by v", swap=(" * np.exp(v / 2) / 2", "")),
    Wrong("no factor", "its own derivative", swap=(" * np.exp(v / 2) / 2", " / 2")),
    Wrong(
        "mean over draws in dv",
        "mean over the R draws",
        swap=("(dz * eps).sum(", "(dz * eps).mean("),
    ),
    Wrong(
        "summed over samples",
        "must have the shape (5, 3)",
        swap=("dz.sum(axis=1)", "dz.sum(axis=0)"),
    ),
    Wrong("not summed", "must have the shape (5, 3)", swap=("dz.sum(axis=1)", "dz")),
    Wrong("first draw only", "is wrong", swap=("dz.sum(axis=1)", "dz[:, 0]")),
    Wrong(
        "exchanged",
        "dm is wrong: it is dv",
        swap=(
            "return dz.sum(axis=1), (dz * eps).sum(axis=1) * np.exp(v / 2) / 2",
            "return (dz * eps).sum(axis=1) * np.exp(v / 2) / 2, dz.sum(axis=1)",
        ),
    ),
    Wrong("no new axis", "raised", swap=("m[:, None] + np", "m + np")),
    Wrong(
        "fresh noise",
        "z is wrong",
        swap=("* eps\n", "* np.random.default_rng(0).normal(size=eps.shape)\n"),
    ),
    Right(
        "einsum",
        """
        def draw(m, v, eps):
            N, R, K = eps.shape
            z = np.repeat(m, R, axis=0).reshape(N, R, K)
            return z + np.einsum("nk,nrk->nrk", np.exp(0.5 * v), eps)

        def draw_backward(dz, v, eps):
            dv = np.einsum("nrk,nrk,nk->nk", dz, eps, np.sqrt(np.exp(v))) / 2
            return np.einsum("nrk->nk", dz), dv
        """,
    ),
    Right(
        "draw by draw",
        """
        def draw(m, v, eps):
            return np.stack([m + np.exp(v / 2) * eps[:, r] for r in range(eps.shape[1])], axis=1)

        def draw_backward(dz, v, eps):
            dm, dv = 0 * v, 0 * v
            for r in range(eps.shape[1]):
                dm = dm + dz[:, r]
                dv = dv + dz[:, r] * eps[:, r] * np.exp(v / 2) / 2
            return dm, dv
        """,
    ),
]
