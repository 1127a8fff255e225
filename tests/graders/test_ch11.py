"""Answers to the exercise of chapter 11."""

from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch11-recurrent-networks"

ANSWERS = {
    "numbers": [
        Wrong("the last step only", "what the last step alone", swap=("du = 132", "du = 52")),
        Wrong("h_{-1} is forgotten", "The first step uses u", swap=("du = 132", "du = 116")),
        Wrong("u times the state after", "the state before it", swap=("du = 132", "du = 372")),
        Wrong("one dh for all steps", "dh_1 and dh_0 differ", swap=("du = 132", "du = 88")),
        Wrong("the sign of x_1", "sign of x_1", swap=("dw = 36", "dw = 52")),
        Wrong("dx0 stops at h_0", "it passes w", swap=("dx0 = 48", "dx0 = 16")),
        Wrong("a name is missing", "`dh1` is not there", swap=("dh1 = 8", "dh = 8")),
        Right("as floats", "dh1, dx0, du, dw = 8.0, 48.0, 132.0, 36.0"),
        Right(
            "computed",
            """
            dh2 = 2 * (35 - 33)
            dh1, dh0 = np.int64(2 * dh2), np.float32(4 * dh2)
            dx0, du, dw = 3 * dh0, np.dot([dh2, dh1, dh0], [13, 8, 1]), dh2 * 3 - dh1 + dh0 * 2
            """,
        ),
    ],
    "step": [
        Wrong("no straight way", "goes straight to h'", swap=("(1 - a) * dnew + ds @", "ds @")),
        Wrong("not through U", "dh is wrong", swap=("dnew + ds @ U.T", "dnew")),
        Wrong("U not transposed", "product with its transpose", swap=("ds @ U.T", "ds @ U")),
        Wrong("a exchanged", "h' is wrong", swap=("(1 - a) * h + a * q,", "a * h + (1 - a) * q,")),
        Wrong("without a in ds", "factor a is missing", swap=("a * dnew", "dnew")),
        Wrong("no slope", "slope of tanh is missing", swap=(" * (1 - q**2)", "")),
        Wrong(
            "the slope from h'",
            "holds only for a = 1",
            swap=("a * q, (x, h, W, U, q, a)", "a * q, (x, h, W, U, h + a * (q - h), a)"),
        ),
        Wrong("averaged", "dW is wrong. It is 5 times", swap=("x.T @ ds", "x.T @ ds / len(x)")),
        Wrong("db keeps the batch", "sum over the first axis", swap=("ds.sum(axis=0)", "ds")),
        Wrong("the order", "dx is wrong: it is dh", swap=("ds @ W.T, dh,", "dh, ds @ W.T,")),
        Wrong("b is missing", "b is missing in s", swap=("h @ U + b", "h @ U + 0 * b")),
        Wrong("changes dnew", "changes its argument 1", swap=("ds = a", "dnew *= 2\n    ds = a")),
        Wrong("float64", "float64 although", swap=("x.T @ ds", "x.T.astype(float) @ ds")),
        Wrong(
            "the cache in a global",
            "is wrong",
            swap=(
                ("q, a = cache", "q, a = kept"),
                (
                    "    return (1 - a) *",
                    "    globals()['kept'] = x, h, W, U, q, a\n    return (1-a)*",
                ),
            ),
        ),
        Right(
            "a dict, einsum and the slope kept",
            """
            def leaky_step(x, h, W, U, b, a):
                q = np.tanh(np.concatenate([x, h], axis=1) @ np.concatenate([W, U]) + b)
                return h + a * (q - h), dict(v=(x, h, W, U), slope=a * (1 - q * q), keep=1 - a)

            def leaky_step_backward(dnew, cache):
                x, h, W, U = cache["v"]
                ds = cache["slope"] * dnew
                dh = np.einsum("nj,ij->ni", ds, U) + cache["keep"] * dnew
                return [np.einsum("nj,dj->nd", ds, W), dh, (ds.T @ x).T, (ds.T @ h).T, sum(ds)]
            """,
        ),
        Right(
            "example by example",
            """
            def leaky_step(x, h, W, U, b, a):
                s = np.stack([x_n @ W + h_n @ U + b for x_n, h_n in zip(x, h)])
                return a * np.tanh(s) + h - a * h, [x, h, W, U, s, a]

            def leaky_step_backward(dnew, cache):
                x, h, W, U, s, a = cache
                dx, dh, dW, dU, db = 0 * x, 0 * h, 0 * W, 0 * U, 0 * U[0]
                for n in range(len(x)):
                    ds = a * dnew[n] / np.cosh(s[n]) ** 2
                    dx[n], dh[n] = W @ ds, U @ ds + dnew[n] - a * dnew[n]
                    dW, dU, db = dW + np.outer(x[n], ds), dU + np.outer(h[n], ds), db + ds
                return dx, dh, dW, dU, db
            """,
        ),
    ],
    "sequence": [
        Wrong("no time", "layer of its own", swap=("dh = dh + dy[:, t]", "dh = dy[:, t]")),
        Wrong("the leak is no way back", "straight path is", swap=("(1 - a) * dh + ds @", "ds @")),
        Wrong("1 - a is missing", "dh0 is wrong", swap=("(1 - a) * dh +", "dh +")),
        Wrong("U not transposed", "product with its transpose", swap=("ds @ U.T", "ds @ U")),
        Wrong(
            "dy of the last step only",
            "dx is wrong",
            swap=("dh + dy[:, t]", "dh + (dy[:, t] if t == len(q) - 1 else 0)"),
        ),
        Wrong("dW overwritten", "of a single step", swap=("dW += x", "dW = x")),
        Wrong("dU overwritten", "of a single step", swap=("dU += s", "dU = s")),
        Wrong("db overwritten", "of a single step", swap=("db += d", "db = d")),
        Wrong("dU with the state after", "dU", swap=("states[t].T", "states[t + 1].T")),
        Wrong(
            "dU without h0",
            "dU is wrong",
            swap=("dU += states[t].T", "dU += (t > 0) * states[t].T"),
        ),
        Wrong("starts from zeros", "y is wrong", swap=("h, y, q = h0,", "h, y, q = 0 * h0,")),
        Wrong(
            "dh0 at step 0", "dh0 is wrong", swap=("return dx, dh,", "return dx, dh + dy[:, 0],")
        ),
        Wrong("mean over time", "dW is wrong", swap=("dx, dh, dW,", "dx, dh, dW / len(q),")),
        Wrong("walks forward", "wrong", swap=("reversed(range(x.shape[1]))", "range(x.shape[1])")),
        Wrong("uses the cache up", "changes its argument 2", swap=("q[t] **", "q.pop() **")),
        Wrong(
            "changes dy", "changes its argument 1", swap=("ds = a", "dy[:, t] = 0\n        ds = a")
        ),
        Wrong("float64", "float64 although", swap=("np.zeros_like(W)", "np.zeros(W.shape)")),
        Right(
            "one product for all steps",
            """
            def leaky_layer(x, h0, W, U, b, a):
                N, T, D = x.shape
                h = np.empty((N, T + 1, len(U)), x.dtype)
                q, h[:, 0] = np.empty_like(h[:, 1:]), h0
                for t in range(T):
                    q[:, t] = np.tanh(x[:, t] @ W + h[:, t] @ U + b)
                    h[:, t + 1] = h[:, t] + a * (q[:, t] - h[:, t])
                return h[:, 1:], {"arrays": (x, h, q, W, U), "a": a}

            def leaky_layer_backward(dy, cache):
                (x, h, q, W, U), a = cache.values()
                ds, dh = a * (1 - q * q), np.zeros_like(h[:, 0])
                for t in range(x.shape[1] - 1, -1, -1):
                    dh = dh + dy[:, t]
                    ds[:, t] *= dh
                    dh = dh - a * dh + np.einsum("nj,ij->ni", ds[:, t], U)
                dU = np.tensordot(h[:, :-1], ds, ((0, 1), (0, 1)))
                return ds @ W.T, dh, np.einsum("ntd,nth->dh", x, ds), dU, ds.sum(axis=(0, 1))
            """,
        ),
        Right(
            "made of steps",
            """
            def step_backward(dnew, cache):
                x, h, W, U, q, a = cache
                ds = a * dnew * (1 - q**2)
                return ds @ W.T, (1 - a) * dnew + ds @ U.T, x.T @ ds, h.T @ ds, ds.sum(axis=0)

            def leaky_layer(x, h0, W, U, b, a):
                h, caches, y = h0, [], []
                for t in range(x.shape[1]):
                    q = np.tanh(x[:, t] @ W + h @ U + b)
                    caches.append((x[:, t], h, W, U, q, a))
                    h = (1 - a) * h + a * q
                    y.append(h)
                return np.array(y).transpose(1, 0, 2), caches

            def leaky_layer_backward(dy, caches):
                dh, dx, sums = 0, [], [0, 0, 0]
                for t, kept in reversed([*enumerate(caches)]):
                    dx_t, dh, *parts = step_backward(dy[:, t] + dh, kept)
                    dx, sums = [dx_t, *dx], [s + p for s, p in zip(sums, parts)]
                return np.stack(dx, axis=1), dh, *sums
            """,
        ),
    ],
    "clip": [
        Wrong("by value", "all numbers together", swap=("g * factor for", "np.clip(g, -c, c) for")),
        Wrong(
            "each by its own norm",
            "all numbers together",
            swap=("g * factor for", "g * (c / max(c, float(np.linalg.norm(g)))) for"),
        ),
        Wrong("scales up as well", "must not be scaled up", swap=("max(c, norm)", "norm")),
        Wrong("never", "It is as it was", swap=("float(c / max(c, norm))", "1.0")),
        Wrong("to the length 1", "clipped[0] is wrong", swap=("c / max(c, norm)", "1 / norm")),
        Wrong("the norm after", "norm after clipping", swap=("], norm\n", "], norm * factor\n")),
        Wrong("no root", "is wrong", swap=("sum(squares) ** 0.5", "sum(squares)")),
        Wrong(
            "norms added", "is wrong", swap=("sum(squares)", "sum(s**0.5 for s in squares) ** 2")
        ),
        Wrong("squares overflow", "squares overflowed", swap=('g.astype("float64") ** 2', "g**2")),
        Wrong("float64", "float64 although", swap=("float(c / max", "np.float64(c / max")),
        Wrong(
            "in place",
            "changes its argument 1",
            swap=("    return", "    for g in gradients:\n        g *= factor\n    return"),
        ),
        Wrong("only the list", "`return clipped, norm` is", swap=("], norm\n", "]\n")),
        Right(
            "one long vector",
            """
            def clip_together(gradients, c):
                norm = np.linalg.norm(np.concatenate([np.float64(g).ravel() for g in gradients]))
                if norm <= c:
                    return gradients, norm
                return tuple((g * (c / norm)).astype(g.dtype) for g in gradients), norm
            """,
        ),
        Right(
            "hypot",
            """
            def clip_together(gradients, c):
                norm = 0.0
                for number in (number for g in gradients for number in g.ravel()):
                    norm = float(np.hypot(norm, float(number)))
                return [g * min(1.0, c / norm) if norm else g.copy() for g in gradients], norm
            """,
        ),
    ],
    "experiment": [
        Wrong("two epochs", "the goal is 20", swap=("epochs = 40", "epochs = 2")),
        Wrong(
            "not recurrent",
            "it must be recurrent",
            swap=("[layers.SimpleRNN(32), layers.Dense(1)]", "[layers.Dense(1), layers.GRU(1)]"),
        ),
        Wrong("from the end", "the goal is 20", swap=("model.fit(x,", "model.fit(x[:, ::-1],")),
        Wrong("few windows", "the goal is 20", swap=("model.fit(x, y,", "model.fit(x[:8], y[:8],")),
        Wrong("copies the last year", "the goal is 20", swap=("fit(x, y,", "fit(x, x[:, -1],")),
        Wrong(
            "every step",
            "must have the shape (80, 1)",
            swap=(
                ("SimpleRNN(32)", "SimpleRNN(32, return_sequences=True)"),
                ("fit(x, y,", "fit(x, 0 * x,"),
            ),
        ),
        Wrong(
            "the history", "no attribute 'predict'", swap=("    model.fit", "    return model.fit")
        ),
        Right("a linear layer", swap=(("(32)", '(16, "linear")'), (", weight_decay=0.3", ""))),
        Right("a GRU, no decay", swap=(("SimpleRNN", "GRU"), ("rate, weight_decay=0.3", "3e-3"))),
        Right("SGD", swap=("Adam(rate, weight_decay=0.3, ", "SGD(0.01, momentum=0.9, ")),
    ],
}
