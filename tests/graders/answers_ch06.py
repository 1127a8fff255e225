"""Answers to the exercise of chapter 06: the ways back. Its other questions: `test_ch06.py`."""

from catalogue import Right, Wrong

BACKWARDS = {
    "steps": [
        Wrong(
            "ds",
            "ds of the chapter",
            swap=("-(dxhat * c).sum(axis=0) / sigma**2", "(dxhat * c).sum(axis=0)"),
        ),
        Wrong("1 / sigma", "The slope of c / sigma", swap=("/ sigma**2", "/ sigma")),
        Wrong("no sign", "Its sign is wrong", swap=("-(dxhat", "(dxhat")),
        Wrong("dy in place of dxhat", "arrives there, not dy", swap=("-(dxhat * c)", "-(dy * c)")),
        Wrong("dgamma with c", "multiplies xhat, not c", swap=("(dy * xhat)", "(dy * c)")),
        Wrong("no gamma", "dxhat is wrong", swap=("gamma * dy", "1.0 * dy")),
        Wrong("no epsilon", "Epsilon is missing", swap=(" + epsilon)", ")")),
        Wrong("epsilon fixed", "dgamma", swap=(" + epsilon)", " + 1e-3)")),
        Wrong("the order", "it is dbeta", swap=("return dgamma, dbeta", "return dbeta, dgamma")),
        Wrong("means", "dbeta is wrong", swap=("dy.sum(", "dy.mean(")),
        Wrong(
            "only three",
            "4 results; yours returns 3",
            swap=("dbeta, dxhat, dsigma\n", "dbeta, dsigma\n"),
        ),
        Wrong(
            "over the features",
            "dgamma",
            swap=("(dy * xhat).sum(axis=0)", "(dy * xhat).sum(axis=1)"),
        ),
        Wrong("float64", "although every input", swap=("gamma * dy", "gamma * dy.astype(float)")),
        Right(
            "from s",
            """
            def backward_to_sigma(dy, x, gamma, epsilon=1e-3):
                m, v = x.mean(axis=0), x.var(axis=0)
                s = (v + epsilon) ** -0.5
                xhat, g = (x - m) * s, dy * gamma
                dsigma = -s * np.einsum("nd,nd->d", g, xhat)
                return np.einsum("nd,nd->d", dy, xhat), dy.sum(axis=0), g, dsigma
            """,
        ),
        Right(
            "sample by sample",
            """
            def backward_to_sigma(dy, x, gamma, epsilon=1e-3):
                c, zero = x - x.mean(axis=0), np.zeros_like(gamma)
                sigma = (np.square(c).sum(axis=0) / len(x) + epsilon) ** 0.5
                dxhat, dgamma, dbeta, dsigma = dy * gamma, zero.copy(), zero.copy(), zero.copy()
                for n in range(len(x)):
                    dgamma, dbeta = dgamma + dy[n] * c[n] / sigma, dbeta + dy[n]
                    dsigma -= dxhat[n] * c[n] / sigma / sigma
                return [dgamma, dbeta, dxhat, dsigma]
            """,
        ),
    ],
    "rest": [
        Wrong(
            "dm forgotten", "what comes through m is missing", swap=("dx = dc + dm / N", "dx = dc")
        ),
        Wrong("dm not divided", "each gets dm / N", swap=("dx = dc + dm / N", "dx = dc + dm")),
        Wrong(
            "v forgotten",
            "comes through v is missing",
            swap=("dxhat / sigma + dv * 2 * c / N", "dxhat / sigma"),
        ),
        Wrong("xhat forgotten", "what comes through v alone", swap=("dxhat / sigma + dv", "dv")),
        Wrong("no 1/N in v", "share of 1/N", swap=("2 * c / N", "2 * c")),
        Wrong("the slope of the root", "of the root", swap=("/ (2 * sigma)", "/ 2")),
        Wrong("ds", "dv is wrong", swap=("dsigma / (2 * sigma)", "-dsigma / 2 * sigma**-3")),
        Wrong("mean in dm", "added, not averaged", swap=("-dc.sum(axis=0)", "-dc.mean(axis=0)")),
        Wrong("the sign of dm", "m is subtracted", swap=("-dc.sum(axis=0)", "dc.sum(axis=0)")),
        Wrong("dx is zero", "dx is wrong", swap=("dv, dm, dx\n", "dv, dm, 0 * dx\n")),
        Wrong("no epsilon", "dv is wrong", swap=(" + epsilon)", ")")),
        Wrong(
            "float64",
            "although every input",
            swap=("= dxhat / sigma", "= dxhat / sigma.astype(float)"),
        ),
        Right(
            "folded at the end",
            """
            def backward_to_x(dxhat, dsigma, x, epsilon=1e-3):
                c, s = x - x.mean(axis=0), (x.var(axis=0) + epsilon) ** -0.5
                dv, g = dsigma * s / 2, dxhat * s
                return dv, -g.sum(axis=0), g - g.mean(axis=0) + 2 * dv * c / len(x)
            """,
        ),
        Right(
            "sample by sample",
            """
            def backward_to_x(dxhat, dsigma, x, epsilon=1e-3):
                N, c, dm, dx = len(x), x - x.mean(axis=0), 0 * dsigma, np.empty_like(x)
                sigma = (np.square(c).sum(axis=0) / N + epsilon) ** 0.5
                dv = dsigma / sigma / 2
                for n in range(N):
                    dx[n] = dxhat[n] / sigma + 2 / N * dv * c[n]
                    dm -= dx[n]
                return [dv, dm, dx + dm / N]
            """,
        ),
    ],
    "folded": [
        Wrong("y for xhat", "dx is wrong", swap=("(y - beta) / gamma", "y")),
        Wrong("three axes", "dx", swap=("range(y.ndim - 1)", "range(min(y.ndim - 1, 3))")),
        Wrong(
            "no small gamma", "dx", swap=("/ gamma", "/ np.where(abs(gamma) < 1e-3, 1e-3, gamma)")
        ),
        Wrong("gamma stays in", "still has gamma", swap=("(y - beta) / gamma", "y - beta")),
        Wrong("beta stays in", "dx is wrong", swap=("(y - beta) / gamma", "y / gamma")),
        Wrong("no mean of g", "dx is wrong", swap=("g - g.mean(axis=axes) - ", "g - ")),
        Wrong("no xhat", "dx is wrong", swap=(" - xhat * (g * xhat).mean(axis=axes)", "")),
        Wrong("constants", "dx is wrong", swap=("s * (g -", "s * g + 0 * (g -")),
        Wrong("no s", "dx is wrong", swap=("s * (g", "(g")),
        Wrong("the first axis", "over the first alone", swap=("tuple(range(y.ndim - 1))", "0")),
        Wrong("all axes", "each feature has its own", swap=("range(y.ndim - 1)", "range(y.ndim)")),
        Wrong("g at gamma", "dgamma is wrong", swap=("(dy * xhat)", "(g * xhat)")),
        Wrong("g at beta", "dbeta is wrong", swap=("dy.sum(", "g.sum(")),
        Wrong("means", "dbeta is wrong", swap=("dy.sum(", "dy.mean(")),
        Wrong("no gamma", "g = gamma dy", swap=("gamma * dy", "dy")),
        Wrong(
            "changes y",
            "its argument 2",
            swap=("    xhat, g", "    y -= beta; beta = 0\n    xhat, g"),
        ),
        Wrong("float64", "although every input", swap=("gamma * dy", "gamma * dy.astype(float)")),
        Right(
            "rows first",
            """
            def backward_folded(dy, y, gamma, beta, s):
                flat, d = (y.reshape(-1, len(s)) - beta) / gamma, dy.reshape(-1, len(s))
                dgamma, dbeta = np.einsum("nd,nd->d", d, flat), d.sum(axis=0)
                dx = gamma * s * (d - (dbeta + flat * dgamma) / len(d))
                return dx.reshape(y.shape), dgamma, dbeta
            """,
        ),
        Right(
            "feature by feature",
            """
            def backward_folded(dy, y, gamma, beta, s):
                dx, dgamma, dbeta = np.empty_like(y), np.empty_like(s), np.empty_like(s)
                for d, (scale, shift) in enumerate(zip(gamma, beta)):
                    xhat, g = (y[..., d] - shift) / scale, dy[..., d] * scale
                    dx[..., d] = s[d] * (g - np.mean(g) - xhat * np.mean(g * xhat))
                    dgamma[d], dbeta[d] = np.sum(dy[..., d] * xhat), np.sum(dy[..., d])
                return dx, dgamma, dbeta
            """,
        ),
    ],
    "rms": [
        Wrong("s is a constant", "dx", swap=("s * (g - xhat", "s * g - 0 * (xhat")),
        Wrong("layer norm", "y is", swap=("    s = 1", "    x = (x.T - x.mean(1)).T\n    s = 1")),
        Wrong("over the batch", "y is", swap=("(x**2).mean(axis=1", "(x**2).mean(axis=0")),
        Wrong("the sum", "y is", swap=("(x**2).mean(", "(x**2).sum(")),
        Wrong("the mean of g", "dx", swap=("(g - x", "(g - g.mean(axis=1, keepdims=True) - x")),
        Wrong("no gamma forward", "y is", swap=("return gamma * xhat", "return xhat")),
        Wrong("no gamma backward", "dx", swap=("gamma * dy", "1.0 * dy")),
        Wrong("batch, backward", "dx", swap=("(g * xhat).mean(axis=1", "(g * xhat).mean(axis=0")),
        Wrong("g at gamma", "dgamma", swap=("(dy * xhat).sum", "(g * xhat).sum")),
        Wrong("dgamma over the features", "dgamma", swap=("sum(axis=0)", "sum(axis=1)")),
        Wrong("epsilon outside", "under the root", swap=("epsilon)  #", "epsilon**2)  #")),
        Wrong("epsilon fixed", "y is", swap=("+ epsilon)", "+ 1e-3)")),
        Wrong(
            "the cache in a global",
            "Another forward pass came by",
            swap=(
                ("    s = 1", "    global kept\n    kept = []\n    s = 1"),
                ("(xhat, s, gamma)", "kept.extend((xhat, s, gamma))"),
                ("s, gamma = cache", "s, gamma = kept"),
            ),
        ),
        Wrong("float64", "although every input", swap=("(g * xhat)", "(g * xhat.astype(float))")),
        Right(
            "without xhat",
            """
            def rmsnorm_forward(x, gamma, epsilon=1e-3):
                s = (np.square(x).mean(axis=1) + epsilon) ** -0.5
                return x * gamma * s[:, None], {"x": x, "s": s, "gamma": gamma}

            def rmsnorm_backward(dy, cache):
                x, s, g = cache["x"], cache["s"], dy * cache["gamma"]
                ds = np.einsum("nd,nd->n", g, x)
                dx = g * s[:, None] - x * (ds * s**3 / x.shape[1])[:, None]
                return dx, s @ (dy * x)
            """,
        ),
        Right(
            "the matrix of slopes",
            """
            def rmsnorm_forward(x, gamma, epsilon=1e-3):
                s = [1 / np.sqrt(row @ row / len(row) + epsilon) for row in x]
                y = np.stack([gamma * row * k for row, k in zip(x, s)])
                return y.astype(x.dtype), (x, s, gamma)

            def rmsnorm_backward(dy, cache):
                x, s, gamma = cache
                D, dx, dgamma = x.shape[1], np.empty_like(x), np.zeros_like(gamma)
                for n, (row, k) in enumerate(zip(x, s)):
                    slopes = np.eye(D) * k - np.outer(row, row) * k**3 / D
                    dx[n] = slopes @ (gamma * dy[n])
                    dgamma += dy[n] * row * k
                return [dx, dgamma]
            """,
        ),
    ],
}
