"""Answers to the exercise of chapter 06."""

from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch06-batch-normalization"

ANSWERS = {
    "forward": [
        Wrong("no root", "y is wrong", swap=("np.sqrt(v + epsilon)", "(v + epsilon)")),
        Wrong(
            "epsilon out", "under the root", swap=("sqrt(v + epsilon)", "array(v**0.5 + epsilon)")
        ),
        Wrong("no epsilon", "under the root", swap=("(v + epsilon)", "(v)")),
        Wrong("features", "y", swap=("m = x.mean(axis=0)", "m = x.mean(axis=1)[:, None]")),
        Wrong("unbiased", "y is wrong", swap=("** 2).mean(axis=0)", "** 2).sum(0) / (len(x) - 1)")),
        Wrong("no gamma", "y is wrong", swap=("gamma * (x", "(x")),
        Wrong("no beta", "y is wrong", swap=(" + beta  #", "  #")),
        Wrong("the other way", "running_m", swap=("+ (1 - momentum) * m", "+ momentum * m")),
        Wrong(
            "batch alone", "running_v", swap=("= momentum * running_v + (1 - momentum) * v", "= v")
        ),
        Wrong("always the batch", "y is", swap=("if training", "if True")),
        Wrong("never the batch", "y is", swap=("if training", "if False")),
        Wrong(
            "moves always",
            "running_m is",
            swap=("return y, running_m", "return y, running_m + 5 - 5 * training"),
        ),
        Wrong(
            "cancels",
            "take v from c = x - m",
            swap=("((x - m) ** 2).mean(axis=0)", "(x**2).mean(0) - m**2"),
        ),
        Wrong("epsilon runs along", "Epsilon got into", swap=("* v\n", "* (v + epsilon)\n")),
        Wrong(
            "in place",
            "its argument 4",
            swap=("running_m = mom", "running_m *= 1.5; running_m = mom"),
        ),
        Wrong("float64", "although every input", swap=("return y,", "return y.astype(float),")),
        Right(
            "features one by one",
            """
            def batchnorm_forward(
                x, gamma, beta, running_m, running_v, momentum=0.9, epsilon=1e-3, training=True
            ):
                y, new_m, new_v = np.empty_like(x), running_m.copy(), running_v.copy()
                for d in range(x.shape[1]):
                    m, v = running_m[d], running_v[d]
                    if training:
                        m, v = x[:, d].mean(), x[:, d].var()
                        new_m[d] += (1 - momentum) * (m - running_m[d])
                        new_v[d] += (1 - momentum) * (v - running_v[d])
                    y[:, d] = (x[:, d] - m) * (v + epsilon) ** -0.5 * gamma[d] + beta[d]
                return y, new_m, new_v
            """,
        ),
        Right("var", swap=("((x - m) ** 2).mean(axis=0)", "np.var(x, axis=0)")),
    ],
    "steps": [
        Wrong("dm forgotten", "dx[0, 0] is 12", swap=("dx = dc + dm / N", "dx = dc")),
        Wrong("dm not divided", "dx", swap=("dx = dc + dm / N", "dx = dc + dm")),
        Wrong(
            "v forgotten", "dx[0, 0] is 8", swap=("dxhat / sigma + dv * 2 * c / N", "dxhat / sigma")
        ),
        Wrong("xhat forgotten", "dm", swap=("dxhat / sigma + dv", "dv")),
        Wrong("no 1/N in v", "dx is wrong", swap=("2 * c / N", "2 * c")),
        Wrong(
            "ds",
            "ds of the chapter",
            swap=("-(dxhat * c).sum(axis=0) / sigma**2", "(dxhat * c).sum(axis=0)"),
        ),
        Wrong("1 / sigma", "The slope of c / sigma", swap=("/ sigma**2", "/ sigma")),
        Wrong("dy in place of dxhat", "arrives there, not dy", swap=("-(dxhat * c)", "-(dy * c)")),
        Wrong("the slope of the root", "of the root", swap=("/ (2 * sigma)", "/ 2")),
        Wrong("mean in dm", "dm[0] is -12", swap=("-dc.sum(axis=0)", "-dc.mean(axis=0)")),
        Wrong("the sign of dm", "dm[0] is 24", swap=("-dc.sum(axis=0)", "dc.sum(axis=0)")),
        Wrong("dgamma with c", "dgamma", swap=("(dy * xhat)", "(dy * c)")),
        Wrong("no gamma", "dxhat is wrong", swap=("gamma * dy", "1.0 * dy")),
        Wrong("no epsilon", "dgamma is wrong", swap=(" + epsilon)", ")")),
        Wrong("the order", "it is dbeta", swap=("return dgamma, dbeta", "return dbeta, dgamma")),
        Wrong(
            "only three", "7 results; yours returns 3", swap=("dxhat, dsigma, dv, dm, dx\n", "dx\n")
        ),
        Wrong("dx is zero", "dx is wrong", swap=("dv, dm, dx\n", "dv, dm, 0 * dx\n")),
        Right(
            "folded at the end",
            """
            def backward_in_steps(dy, x, gamma, epsilon=1e-3):
                m, v = x.mean(axis=0), x.var(axis=0)
                s = (v + epsilon) ** -0.5
                xhat, g = (x - m) * s, dy * gamma
                dv = -0.5 * s**2 * np.einsum("nd,nd->d", g, xhat)
                dx = s * (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0))
                dgamma = np.einsum("nd,nd->d", dy, xhat)
                return dgamma, dy.sum(axis=0), g, dv * 2 / s, dv, -s * g.sum(axis=0), dx
            """,
        ),
        Right(
            "sample by sample",
            """
            def backward_in_steps(dy, x, gamma, epsilon=1e-3):
                N, c, zero = len(x), x - x.mean(axis=0), np.zeros_like(gamma)
                sigma = (np.square(c).sum(axis=0) / N + epsilon) ** 0.5
                dxhat, dx = dy * gamma, np.empty_like(x)
                dgamma, dbeta, dsigma, dm = zero.copy(), zero.copy(), zero.copy(), zero.copy()
                for n in range(N):
                    dgamma, dbeta = dgamma + dy[n] * c[n] / sigma, dbeta + dy[n]
                    dsigma -= dxhat[n] * c[n] / sigma / sigma
                dv = dsigma / sigma / 2
                for n in range(N):
                    dx[n] = dxhat[n] / sigma + 2 / N * dv * c[n]
                    dm -= dx[n]
                return [dgamma, dbeta, dxhat, dsigma, dv, dm, dx + dm / N]
            """,
        ),
    ],
    "folded": [
        Wrong("y for xhat", "dx is wrong", swap=("(y - beta) / gamma", "y")),
        Wrong("gamma stays in", "still has gamma", swap=("(y - beta) / gamma", "y - beta")),
        Wrong("beta stays in", "dx is wrong", swap=("(y - beta) / gamma", "y / gamma")),
        Wrong("no mean of g", "dx is wrong", swap=("g - g.mean(axis=axes) - ", "g - ")),
        Wrong("no xhat", "dx is wrong", swap=(" - xhat * (g * xhat).mean(axis=axes)", "")),
        Wrong("constants", "dx is wrong", swap=("s * (g -", "s * g + 0 * (g -")),
        Wrong("no s", "dx is wrong", swap=("s * (g", "(g")),
        Wrong("the first axis", "over the first alone", swap=("tuple(range(y.ndim - 1))", "0")),
        Wrong("all axes", "must have the shape (1,)", swap=("range(y.ndim - 1)", "range(y.ndim)")),
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
    "experiment": [
        Wrong("plain", "with the learning rate 0.5", swap=("False), norm, A", "True), A")),
        Wrong(
            "He alone",
            "with the learning rate 0.5",
            swap=("use_bias=False), norm", 'kernel_initializer="he_normal")'),
        ),
        Wrong("fewer layers", "each of the eight hidden layers", swap=("range(8)", "range(2)")),
        Wrong("another rate", "with SGD(0.5), without", swap=("SGD(rate)", "SGD(0.1)")),
        Wrong("momentum", "without momentum", swap=("SGD(rate)", "SGD(rate, momentum=0.9)")),
        Wrong("no return", "None came back", swap=("    return model\n", "")),
        Wrong(
            "running statistics too slow",
            "with the learning rate",
            swap=("momentum=0.9", "momentum=0.9999"),
        ),
        Right(
            "the default momentum, He",
            swap=(("momentum=0.9", ""), ("use_bias=False", 'kernel_initializer="he_normal"')),
        ),
        Wrong("tanh", "be ReLU; there is tanh", swap=('("relu")', '("tanh")')),
        Wrong("SELU", "there is selu", swap=('("relu")', '("selu")')),
        Wrong("two networks", "the same network", swap=("m=0.9", "m=0.9 if rate < 0.1 else 0.8")),
        Wrong("narrow", "of 50 units", swap=("[Dense(50,", "[Dense(40,")),
        Right("ReLU first", swap=('use_bias=False), norm, Activation("relu")', '"relu"), norm')),
    ],
}
