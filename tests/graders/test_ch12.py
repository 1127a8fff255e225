"""Answers to the exercise of chapter 12."""

from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch12-lstm-and-gru"

SHARED = "tau < 0 or (tau := tau or 1e-9) < 0"
ONE_HOT = "np.eye(z.shape[1])[z.argmax(axis=1)]"
ALL_ROWS = "1.0 * np.isin(np.arange(z.shape[1]), z.argmax(axis=1)) + 0 * z"

ANSWERS = {
    "count": [
        Wrong("a GRU with one bias", "a bias of its own", swap=('"gru": (3, 2)', '"gru": (3, 1)')),
        Wrong("an LSTM with two", "a single bias", swap=('"lstm": (4, 1)', '"lstm": (4, 2)')),
        Wrong("three blocks", "one block of columns", swap=('"lstm": (4, 1)', '"lstm": (3, 1)')),
        Wrong("no bias", 'parameters("rnn", 2, 3) is wrong. It is 15', swap=(" + biases * H", "")),
        Wrong("one too many", "one unit too many", swap=("return H\n", "return H + (D > 2)\n")),
        Wrong("must be below", "One unit more would still fit", swap=("<= budget", "< budget")),
        Wrong("at least one unit", "wrong. It is 1.", swap=("H = 0", "H = 1 if D == 5 else 0")),
        Wrong("knows the examples", "raised KeyError", swap=('"gru"', '"GRU"')),
        Right(
            "the root of the quadratic equation",
            """
            def parameters(cell, D, H):
                W = D * H
                if cell == "rnn":
                    return W + H**2 + H
                return 4 * (W + H**2 + H) if cell == "lstm" else 3 * W + 3 * H**2 + 6 * H

            def largest(cell, D, budget):
                a, b = {"rnn": 1, "lstm": 4, "gru": 3}[cell], D + 1 + (cell == "gru")
                H = int((-b + (b * b + 4 * budget / a) ** 0.5) / 2)
                return max(h for h in (H - 1, H, H + 1, 0) if parameters(cell, D, h) <= budget)
            """,
        ),
        Right(
            "shapes of arrays",
            """
            def parameters(cell, D, H):
                blocks = dict(rnn=1, lstm=4, gru=3)[cell]
                shapes = [(D, blocks * H), (H, blocks * H), (1 + (cell == "gru"), blocks * H)]
                return sum(np.prod(shape) for shape in shapes)

            def largest(cell, D, budget):
                return np.int64([H for H in range(99) if parameters(cell, D, H) <= budget][-1])
            """,
        ),
    ],
    "cell": [
        Wrong("no dc' from later", "dx is wrong", swap=("dnew = dcnew +", "dnew =")),
        Wrong(
            "nothing through tanh(c')",
            "through tanh(c') is missing",
            swap=("dhnew * o * (1 - np.tanh(new) ** 2) + ds_o", "ds_o"),
        ),
        Wrong("no slope of tanh", "slope of tanh", swap=(" * (1 - np.tanh(new) ** 2)", "")),
        Wrong("p_o is no way back", "output gate's peephole as well", swap=(" + ds_o * p[2]", "")),
        Wrong("p_i is no way back", "dc is wrong", swap=(" + ds_i * p[0]", "")),
        Wrong(
            "p_i and p_f are no ways back",
            "peepholes of two gates as well",
            swap=(" + ds_i * p[0] + ds_f * p[1]", ""),
        ),
        Wrong("the belt ends", "dc is wrong", swap=("dc = dnew * f", "dc = 0 * f")),
        Wrong("i has no slope", "dx[", swap=("dnew * g * i * (1 - i)", "dnew * g")),
        Wrong("o looks at the old cell", "not at the old one", swap=("p[2] * new)", "p[2] * c)")),
        Wrong("dp_o of the old cell", "looked at the new cell", swap=("ds_o * new]", "ds_o * c]")),
        Wrong("no peepholes", "where is p?", swap=("    s_i, s", "    p = 0 * p\n    s_i, s")),
        Wrong(
            "f first",
            "in the order i, f, g, o",
            swap=("s_i, s_f, s_g, s_o =", "s_f, s_i, s_g, s_o ="),
        ),
        Wrong("o before g", "dx is wrong", swap=("ds_f, ds_g, ds_o]", "ds_f, ds_o, ds_g]")),
        Wrong("dh, dc exchanged", "dh is wrong: it is dc", swap=("ds @ U.T, dc,", "dc, ds @ U.T,")),
        Wrong("averaged", "dW is wrong. It is 5 times", swap=("x.T @ ds", "x.T @ ds / len(x)")),
        Wrong("dp keeps the batch", "dp must have the shape", swap=(".sum(axis=1)  #", "  #")),
        Wrong(
            "changes dc'",
            "changes its argument 2",
            swap=("dnew = dcn", "dcnew += 1\n    dnew = dcn"),
        ),
        Wrong(
            "float64", "float64 although", swap=("ds.sum(axis=0)", "ds.sum(axis=0, dtype=float)")
        ),
        Wrong(
            "the cache in a global",
            "is wrong",
            swap=(
                ("def sigmoid", "kept = []\n\n\ndef sigmoid"),
                ("o, new = cache", "o, new = kept[-1]"),
                (
                    "    return o",
                    "    kept.append((x, h, c, W, U, p, i, f, g, o, new))\n    return o",
                ),
            ),
        ),
        Right(
            "all gates in one array",
            """
            def peephole_step(x, h, c, W, U, b, p):
                s = (x @ W + h @ U + b).reshape(len(x), 4, -1).swapaxes(0, 1)  # (4, N, H)
                i, f = (1 + np.tanh((s[:2] + p[:2, None] * c) / 2)) / 2
                g = np.tanh(s[2])
                new = f * c + i * g
                o = (1 + np.tanh((s[3] + p[2] * new) / 2)) / 2
                return o * np.tanh(new), new, {"in": (x, h, c, W, U, p), "on": (i, f, g, o, new)}

            def peephole_backward(dhnew, dcnew, k):
                (x, h, c, W, U, p), (i, f, g, o, new) = k["in"], k["on"]
                ds, m = np.zeros((4, *c.shape), c.dtype), np.tanh(new)
                ds[3] = dhnew * m * (o - o * o)
                d = dcnew + dhnew * o * (1 - m * m) + ds[3] * p[2]
                ds[:3] = d * g * (i - i * i), d * c * (f - f * f), d * i * (1 - g * g)
                dc = d * f + (ds[:2] * p[:2, None]).sum(axis=0)
                dp = np.einsum("knh,knh->kh", ds[[0, 1, 3]], np.stack([c, c, new]))
                ds = np.concatenate([*ds], axis=1)
                return [ds @ W.T, ds @ U.T, dc, x.T @ ds, h.T @ ds, sum(ds), dp]
            """,
        ),
        Right(
            "example by example",
            """
            def peephole_step(x, h, c, W, U, b, p):
                caches, out = [], []
                for n in range(len(x)):
                    s = (x[n] @ W + h[n] @ U + b).reshape(4, -1)
                    i, f = 1 / (1 + np.exp(-s[:2] - p[:2] * c[n]))
                    new = f * c[n] + i * np.tanh(s[2])
                    o = 1 / (1 + np.exp(-s[3] - p[2] * new))
                    out.append((o * np.tanh(new), new))
                    caches.append((x[n], h[n], c[n], i, f, np.tanh(s[2]), o, new))
                return *np.array(out).swapaxes(0, 1), (caches, W, U, p)

            def peephole_backward(dhnew, dcnew, cache):
                caches, W, U, p = cache
                dx, dh, dc, dW, dU, db, dp = [], [], [], 0 * W, 0 * U, 0 * W[0], 0 * p
                for (x, h, c, i, f, g, o, new), to_h, to_c in zip(caches, dhnew, dcnew):
                    ds_o = to_h * np.tanh(new) * o * (1 - o)
                    d = to_c + to_h * o / np.cosh(new) ** 2 + ds_o * p[2]
                    ds_i, ds_f = d * g * i * (1 - i), d * c * f * (1 - f)
                    ds = np.concatenate([ds_i, ds_f, d * i * (1 - g**2), ds_o])
                    dx, dh = [*dx, W @ ds], [*dh, U @ ds]
                    dc.append(d * f + ds_i * p[0] + ds_f * p[1])
                    dW, dU, db = dW + np.outer(x, ds), dU + np.outer(h, ds), db + ds
                    dp = dp + np.stack([ds_i * c, ds_f * c, ds_o * new])
                return np.stack(dx), np.stack(dh), np.stack(dc), dW, dU, db, dp
            """,
        ),
    ],
    "draw": [
        Wrong("multiplied by tau", "temper(z, 0.5) is", swap=("True)) / tau)", "True)) * tau)")),
        Wrong("not scaled", "temper(z, 1.0)", swap=("p / p.sum(axis=1, keepdims=True)", "p")),
        Wrong("sums over the texts", "temper(z, 1.0)", swap=("p.sum(axis=1,", "p.sum(axis=0,")),
        Wrong("overflows", "such as 1000", swap=("(z - z.max(axis=1, keepdims=True))", "z")),
        Wrong("no zero", "temper(z, 0.0)", swap=("tau == 0", "tau < 0")),
        Wrong("the zero is shared", "the first of them gets it all", swap=("tau == 0", SHARED)),
        Wrong("ones in all rows", "the ones of all texts", swap=(ONE_HOT, ALL_ROWS)),
        Wrong("the likeliest", "draw(p, u)", swap=("ends > u[:, None]", "p == p.max(1)[:, None]")),
        Wrong("one u for all", "draw(p, u)", swap=("u[:, None]", "u[0]")),
        Wrong("one too far", "draw(p, u)", swap=("[:, None], axis=1)", "[:, None], axis=1) + 1")),
        Wrong("u may reach the end", "p = 0 was drawn", swap=("ends > u", "ends >= u")),
        Wrong("rounding", "no end lie above u", swap=("    ends /= ends[:, -1:]\n", "")),
        Wrong("the last", "p is 0 there", swap=("ends /= ends[:, -1:]", "ends[:, -1] = 1")),
        Wrong("floats", "must be integers", swap=("[:, None], axis=1)", "[:, None], axis=1) / 1")),
        Wrong(
            "changes p", "changes its argument 1", swap=("p.cumsum(axis=1)", "p.cumsum(1, out=p)")
        ),
        Right(
            "row by row",
            """
            def temper(z, tau):
                rows = []
                for row in z:
                    first = np.arange(len(row)) == list(row).index(max(row))
                    w = np.exp(row / tau - np.max(row / tau)) if tau else first
                    rows.append(w / sum(w))
                return np.array(rows)

            def draw(p, u):
                found = []
                for row, end in zip(p, -u):
                    for j in np.flatnonzero(row):
                        end += row[j]
                        if end > 0:
                            break
                    found.append(j)
                return np.array(found)
            """,
        ),
        Right(
            "counts the ends that are passed",
            """
            def temper(z, tau):
                s = (z - np.max(z, axis=-1)[:, None]) / (tau or 1)
                if tau == 0:
                    s = np.where(np.arange(z.shape[1]) == np.argmax(z, axis=1)[:, None], 0, -np.inf)
                return np.exp(s - np.log(np.exp(s).sum(axis=-1))[:, None])

            def draw(p, u):
                passed = (np.cumsum(p, axis=1) <= u[:, None]).sum(axis=1)
                last = p.shape[1] - 1 - np.argmax(p[:, ::-1] > 0, axis=1)
                return np.minimum(passed, last).astype("int32")
            """,
        ),
    ],
    "experiment": [
        Wrong("never asked early", "After 20 rows", swap=("rng.choice([20, 28])", "28")),
        Wrong("always asked early", "After 28 rows", swap=("rng.choice([20, 28])", "20")),
        Wrong("one epoch", "After 28 rows: ", swap=("0), 8, len", "0), 1, len")),
        Wrong(
            "whole images only",
            "raised ValueError",
            """
            def train(images, labels):
                model = Sequential([layers.Flatten(), layers.Dense(10, "softmax")], seed=0)
                model.compile("adam", "sparse_categorical_crossentropy")
                model.fit(images, labels, batch_size=64, epochs=20, verbose=0)
                return model
            """,
        ),
        Wrong(
            "an answer for each row",
            "one label an example",
            """
            def train(images, labels):
                gru = layers.GRU(4, return_sequences=True, input_shape=(None, 28))
                model = Sequential([gru, layers.Dense(10, "softmax")], seed=0)
                model.compile("adam", "sparse_categorical_crossentropy")
                return model
            """,
        ),
        Right("an LSTM", swap=("GRU(96", "LSTM(96")),
        Right(
            "passes by turns",
            """
            def train(images, labels):
                gru = layers.GRU(96, input_shape=(None, 28))
                model = Sequential([gru, layers.Dense(10, "softmax")], seed=1)
                model.compile(optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
                for T in 5 * [20, 28]:
                    model.fit(images[:, :T], labels, batch_size=64, epochs=1, verbose=0)
                return model
            """,
        ),
    ],
}
