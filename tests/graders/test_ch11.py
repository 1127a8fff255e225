"""Answers to the exercise of chapter 11."""

from answers_ch11 import (
    LAYER_BY_EXAMPLE,
    LAYER_IN_ARRAYS,
    SEQUENCE_AT_ONCE,
    SEQUENCE_OF_STEPS,
    STEP_BY_EINSUM,
    STEP_BY_EXAMPLE,
)
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
    "layer": [
        Wrong(
            "a exchanged",
            "exchanged a and 1 - a",
            swap=("(1 - a) * h + a * q", "a * h + (1 - a) * q"),
        ),
        Wrong("no leak", "forgotten the leak", swap=("h = (1 - a) * h + a * q[-1]", "h = q[-1]")),
        Wrong("starts from zeros", "should from h0", swap=("h, y, q = h0,", "h, y, q = 0 * h0,")),
        Wrong("from the end", "from its end", swap=("in x.swapaxes", "in x[:, ::-1].swapaxes")),
        Wrong("b is missing", "b is missing", swap=("h @ U + b", "h @ U + 0 * b")),
        Wrong("U transposed", "not its transpose", swap=("h @ U + b", "h @ U.T + b")),
        Wrong(
            "q times a", "without the leak", swap=("np.stack(q, axis=1)", "a * np.stack(q, axis=1)")
        ),
        Wrong("time first", "must have the shape", swap=("np.stack(y, axis=1)", "np.stack(y)")),
        Wrong(
            "y alone",
            "2 results",
            swap=("np.stack(y, axis=1), np.stack(q, axis=1)", "np.stack(y, axis=1)"),
        ),
        Wrong(
            "y, q exchanged",
            "is q. Is",
            swap=("(y, axis=1), np.stack(q,", "(q, axis=1), np.stack(y,"),
        ),
        Wrong(
            "float64",
            "float64 although",
            swap=("np.stack(y, axis=1),", "np.float64(np.stack(y, axis=1)),"),
        ),
        Wrong(
            "in place",
            "changes its argument",
            swap=("y.append(h)", "y.append(h)\n        h0[:] = h"),
        ),
        Right("arrays made first", code=LAYER_IN_ARRAYS),
        Right("example by example", code=LAYER_BY_EXAMPLE),
    ],
    "step": [
        Wrong("no straight way", "goes straight to h'", swap=("(1 - a) * dnew + ds @", "ds @")),
        Wrong("not through U", "dh is wrong", swap=("dnew + ds @ U.T", "dnew")),
        Wrong("U not transposed", "product with its transpose", swap=("ds @ U.T", "ds @ U")),
        Wrong("without a in ds", "factor a is missing", swap=("a * dnew *", "dnew *")),
        Wrong("no slope", "slope of tanh is missing", swap=(" * (1 - q**2)", "")),
        Wrong(
            "the slope from h'",
            "holds only for a = 1",
            swap=("(1 - q**2)", "(1 - ((1 - a) * h + a * q) ** 2)"),
        ),
        Wrong("averaged", "dW is wrong. It is 5 times", swap=("x.T @ ds", "x.T @ ds / len(x)")),
        Wrong("db keeps the batch", "sum over the first axis", swap=("ds.sum(axis=0)", "ds")),
        Wrong("the order", "dx is wrong: it is dh", swap=("ds @ W.T, dh,", "dh, ds @ W.T,")),
        Wrong("1 - a is missing", "has the factor 1 - a", swap=("(1 - a) * dnew", "dnew")),
        Wrong("changes dnew", "changes its argument 1", swap=("ds = a", "dnew *= 2\n    ds = a")),
        Wrong("float64", "float64 although", swap=("x.T @ ds", "x.T.astype(float) @ ds")),
        Right("einsum", code=STEP_BY_EINSUM),
        Right("example by example", code=STEP_BY_EXAMPLE),
    ],
    "sequence": [
        Wrong("no time", "layer of its own", swap=("dh = dh + dy[:, t]", "dh = dy[:, t]")),
        Wrong("the leak is no way back", "straight path is", swap=("(1 - a) * dh + ds @", "ds @")),
        Wrong("1 - a is missing", "is wrong", swap=("(1 - a) * dh +", "dh +")),
        Wrong("U not transposed", "product with its transpose", swap=("ds @ U.T", "ds @ U")),
        Wrong(
            "dy of the last step only",
            "Only dy of the last step",
            swap=("dh + dy[:, t]", "dh + (dy[:, t] if t == x.shape[1] - 1 else 0)"),
        ),
        Wrong("dW overwritten", "of a single step", swap=("dW += x", "dW = x")),
        Wrong("dU overwritten", "of a single step", swap=("dU += b", "dU = b")),
        Wrong("db overwritten", "of a single step", swap=("db += d", "db = d")),
        Wrong("dU with the state after", "h_{t-1}", swap=("before.T", "y[:, t].T")),
        Wrong("dU without h0", "U multiplied h0", swap=("dU += before", "dU += (t > 0) * before")),
        Wrong(
            "h0 is y's last", "dU is wrong", swap=("y[:, t - 1] if t > 0 else h0", "y[:, t - 1]")
        ),
        Wrong(
            "dh0 at step 0", "dh0 is wrong", swap=("return dx, dh,", "return dx, dh + dy[:, 0],")
        ),
        Wrong(
            "the last eight steps",
            "is wrong",
            swap=(
                "reversed(range(x.shape[1]))",
                "reversed(range(max(x.shape[1] - 8, 0), x.shape[1]))",
            ),
        ),
        Wrong("mean over time", "dW is wrong", swap=("dx, dh, dW,", "dx, dh, dW / x.shape[1],")),
        Wrong("walks forward", "wrong", swap=("reversed(range(x.shape[1]))", "range(x.shape[1])")),
        Wrong("the slope from y", "dx is wrong", swap=("q[:, t] ** 2", "y[:, t] ** 2")),
        Wrong(
            "changes dy", "changes its argument 1", swap=("ds = a", "dy[:, t] = 0\n        ds = a")
        ),
        Wrong("float64", "float64 although", swap=("np.zeros_like(W)", "np.zeros(W.shape)")),
        Right("one product for all steps", code=SEQUENCE_AT_ONCE),
        Right("made of steps", code=SEQUENCE_OF_STEPS),
    ],
    "clip": [
        Wrong(
            "by value",
            "Single numbers were cut off",
            swap=("g * factor for", "np.clip(g, -c, c) for"),
        ),
        Wrong(
            "each by its own norm",
            "clipped by its own norm",
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
        Wrong(
            "a little more than the norm",
            "1e-12 with c",
            swap=("float(c / max(c, norm))", "min(1.0, c / (norm + 1e-6))"),
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
        Wrong("two epochs", "the goal is 18", swap=("epochs = 40", "epochs = 2")),
        Wrong(
            "not recurrent",
            "it must be recurrent",
            swap=("[layers.SimpleRNN(32), layers.Dense(1)]", "[layers.Dense(1), layers.GRU(1)]"),
        ),
        Wrong("from the end", "the goal is 18", swap=("model.fit(x,", "model.fit(x[:, ::-1],")),
        Wrong(
            "a sum behind predict",
            "no attribute 'get_config'",
            """
            class Sum:
                def get_weights(self):
                    return [np.zeros((1, 3)), np.zeros((3, 3))]

                def predict(self, x):
                    return x[:, -9:, 0] @ self.w

            def train(x, y):
                model = Sum()
                model.w = np.linalg.lstsq(x[:, -9:, 0], y)[0]
                return model
            """,
        ),
        Wrong("few windows", "the goal is 18", swap=("model.fit(x, y,", "model.fit(x[:8], y[:8],")),
        Wrong("copies the last year", "the goal is 18", swap=("fit(x, y,", "fit(x, x[:, -1],")),
        Wrong(
            "every step",
            "must have the shape (80, 1)",
            swap=(
                ("SimpleRNN(32)", "SimpleRNN(32, return_sequences=True)"),
                ("fit(x, y,", "fit(x, 0 * x,"),
            ),
        ),
        Wrong(
            "the history",
            "no attribute 'get_config'",
            swap=("    model.fit", "    return model.fit"),
        ),
        Right("a linear layer", swap=(("(32)", '(16, "linear")'), (", weight_decay=0.3", ""))),
        Right("a GRU, no decay", swap=(("SimpleRNN", "GRU"), ("rate, weight_decay=0.3", "3e-3"))),
        Right("SGD", swap=("Adam(rate, weight_decay=0.3, ", "SGD(0.01, momentum=0.9, ")),
    ],
}
