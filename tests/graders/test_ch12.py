"""Answers to the exercise of chapter 12."""

from answers_ch12 import (
    BACK_AT_ONCE,
    BACK_BY_EXAMPLE,
    COUNT_BY_ROOT,
    COUNT_BY_SHAPES,
    DRAW_BY_COUNTING,
    DRAW_BY_ROW,
    STEP_AT_ONCE,
    STEP_BY_EXAMPLE,
)
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch12-lstm-and-gru"

SHARED = "tau < 0 or (tau := tau or 1e-9) < 0"
ONE_HOT = "np.eye(z.shape[1])[z.argmax(axis=1)]"
SCALED = "    ends /= ends[:, -1:]\n    return np.argmax(ends > u[:, None], axis=1)"
COUNTED = "    return (ends <= u[:, None]).sum(axis=1)"
TIES = "1.0 * (z == z.max(axis=1, keepdims=True))"
ALL_ROWS = "1.0 * np.isin(np.arange(z.shape[1]), z.argmax(axis=1)) + 0 * z"

ANSWERS = {
    "count": [
        Wrong("a GRU with one bias", "a bias of its own", swap=('"gru": (3, 2)', '"gru": (3, 1)')),
        Wrong("an LSTM with two", "a single bias", swap=('"lstm": (4, 1)', '"lstm": (4, 2)')),
        Wrong("three blocks", "one block of columns", swap=('"lstm": (4, 1)', '"lstm": (3, 1)')),
        Wrong("no bias", "The biases are missing", swap=(" + biases * H", "")),
        Wrong("one too many", "one unit too many", swap=("return H\n", "return H + (D > 2)\n")),
        Wrong("must be below", "One unit more would still fit", swap=("<= budget", "< budget")),
        Wrong("at least one unit", "wrong. Yours is 1.", swap=("H = 0", "H = 1 if D == 5 else 0")),
        Wrong("99 at most", "largest(", swap=("H + 1) <=", "H + 1) * (H < 99 or 9**9) <=")),
        Wrong("knows the examples", "raised KeyError", swap=('"gru"', '"GRU"')),
        Right("the root of the quadratic equation", code=COUNT_BY_ROOT),
        Right("shapes of arrays", code=COUNT_BY_SHAPES),
    ],
    "step": [
        Wrong("o looks at the old cell", "not at the old one", swap=("p[2] * new)", "p[2] * c)")),
        Wrong("no peepholes", "where is p?", swap=("    s_i, s", "    p = 0 * p\n    s_i, s")),
        Wrong(
            "the rows of p", "belong to i, f and o", swap=("    s_i,", "    p = p[::-1]\n    s_i,")
        ),
        Wrong("f first", "order i, f, g, o", swap=("s_i, s_f, s_g, s_o =", "s_f, s_i, s_g, s_o =")),
        Wrong("b is missing", "b is missing in s", swap=("h @ U + b", "h @ U + 0 * b")),
        Wrong("h is missing", "h is missing in s", swap=("h @ U + b", "0 * h @ U + b")),
        Wrong("U transposed", "h' is wrong", swap=("h @ U + b", "h @ U.reshape(-1, len(U)).T + b")),
        Wrong("g is a gate", "it is a tanh", swap=("np.tanh(s_g)", "sigmoid(s_g)")),
        Wrong("h' without tanh", "passes a tanh", swap=("o * np.tanh(new),", "o * new,")),
        Wrong("nothing is forgotten", "h' is wrong", swap=("new = f * c +", "new = c +")),
        Wrong(
            "h', c' exchanged",
            "is c'. Is",
            swap=("o * np.tanh(new), new,", "new, o * np.tanh(new),"),
        ),
        Wrong(
            "o before g",
            "stacked in the order",
            swap=("stack([i, f, g, o])", "stack([i, f, o, g])"),
        ),
        Wrong(
            "side by side", "the shape", swap=("np.stack([i, f, g, o])", "np.hstack([i, f, g, o])")
        ),
        Wrong("a tuple", "must be an array", swap=("np.stack([i, f, g, o])", "(i, f, g, o)")),
        Wrong("no gates", "3 results", swap=("new, np.stack([i, f, g, o])", "new")),
        Wrong(
            "in place", "changes its argument", swap=("new = f * c + i", "c *= f\n    new = c + i")
        ),
        Wrong("float64", "float64 although", swap=("np.stack([", "np.float64([")),
        Wrong(
            "for four units",
            "raised ValueError",
            swap=(
                "np.split(x @ W + h @ U + b, 4, axis=1)",
                "np.split(x @ W + h @ U + b, [4, 8, 12], axis=1)",
            ),
        ),
        Right("all gates in one array", code=STEP_AT_ONCE),
        Right("example by example", code=STEP_BY_EXAMPLE),
    ],
    "back": [
        Wrong("no dc' from later", "from the next step", swap=("dnew = dcnew +", "dnew =")),
        Wrong(
            "nothing through tanh(c')",
            "through tanh(c') is missing",
            swap=("dhnew * o * (1 - np.tanh(new) ** 2) + ds_o", "ds_o"),
        ),
        Wrong("no slope of tanh", "slope of tanh", swap=(" * (1 - np.tanh(new) ** 2)", "")),
        Wrong("p_o is no way back", "output gate's peephole as well", swap=(" + ds_o * p[2]", "")),
        Wrong("p_i is no way back", "the one of i is missing", swap=(" + ds_i * p[0]", "")),
        Wrong(
            "the old cell is gone",
            "overwrite it?",
            swap=("i * g\n    ds_o", "i * g\n    c = new\n    ds_o"),
        ),
        Wrong("past the peephole", "multiply by p_o", swap=(" + ds_o * p[2]", " + ds_o")),
        Wrong(
            "p_i and p_f are no ways back",
            "peepholes of two gates as well",
            swap=(" + ds_i * p[0] + ds_f * p[1]", ""),
        ),
        Wrong("the belt ends", "dc is wrong", swap=("dc = dnew * f", "dc = 0 * f")),
        Wrong("i has no slope", "dx[", swap=("dnew * g * i * (1 - i)", "dnew * g")),
        Wrong("dp_o of the old cell", "looked at the new cell", swap=("ds_o * new]", "ds_o * c]")),
        Wrong("o before g", "dx is wrong", swap=("ds_f, ds_g, ds_o]", "ds_f, ds_o, ds_g]")),
        Wrong("dh, dc exchanged", "dh is wrong: it is dc", swap=("ds @ U.T, dc,", "dc, ds @ U.T,")),
        Wrong("averaged", "dW is wrong. It is 5 times", swap=("x.T @ ds", "x.T @ ds / len(x)")),
        Wrong("dp keeps the batch", "dp must have the shape", swap=(".sum(axis=1)  #", "  #")),
        Wrong("one example", "dW", swap=("x.T @ ds, h", "x[:1].T @ ds[:1], h")),
        Wrong(
            "changes dc'",
            "changes its argument 2",
            swap=("dnew = dcn", "dcnew += 1\n    dnew = dcn"),
        ),
        Wrong(
            "float64", "float64 although", swap=("ds.sum(axis=0)", "ds.sum(axis=0, dtype=float)")
        ),
        Wrong(
            "gradients pile up",
            "changes its argument",
            swap=("    i, f, g, o = g", "    gates *= 1.0001\n    i, f, g, o = g"),
        ),
        Right("all gates in one array", code=BACK_AT_ONCE),
        Right("example by example", code=BACK_BY_EXAMPLE),
    ],
    "draw": [
        Wrong("multiplied by tau", "temper(z, 0.5) is", swap=("True)) / tau)", "True)) * tau)")),
        Wrong("not scaled", "do not add up", swap=("p / p.sum(axis=1, keepdims=True)", "p")),
        Wrong("sums over the texts", "over the texts", swap=("p.sum(axis=1,", "p.sum(axis=0,")),
        Wrong("overflows", "such as 1000", swap=("(z - z.max(axis=1, keepdims=True))", "z")),
        Wrong("no zero", "temper(z, 0.0)", swap=("tau == 0", "tau < 0")),
        Wrong("the zero is shared", "the first of them gets it all", swap=("tau == 0", SHARED)),
        Wrong("shared, not divided", "temper([[1, 3, 3]], 0.0) is", swap=(ONE_HOT, TIES)),
        Wrong(
            "one for all rows",
            "Subtract each row's own",
            swap=("z.max(axis=1, keepdims=True)", "z.max()"),
        ),
        Wrong("ones in all rows", "the ones of all texts", swap=(ONE_HOT, ALL_ROWS)),
        Wrong("the likeliest", "draw(p, u)", swap=("ends > u[:, None]", "p == p.max(1)[:, None]")),
        Wrong("one u for all", "draw(p, u)", swap=("u[:, None]", "u[0]")),
        Wrong("one too far", "draw(p, u)", swap=("[:, None], axis=1)", "[:, None], axis=1) + 1")),
        Wrong("u may reach the end", "p = 0 was drawn", swap=("ends > u", "ends >= u")),
        Wrong("rounding", "no end lie above u", swap=("    ends /= ends[:, -1:]\n", "")),
        Wrong("counted", "12 is no index", swap=(SCALED, COUNTED)),
        Wrong("the last", "p is 0 there", swap=("ends /= ends[:, -1:]", "ends[:, -1] = 1")),
        Wrong(
            "u below 1",
            "far shorter",
            swap=("ends > u[:, None]", "ends > u[:, None].clip(0, 1 - 1e-9)"),
        ),
        Wrong("no small tau", "another temperature", swap=("tau == 0", "tau < 1e-3")),
        Wrong("floats", "must be integers", swap=("[:, None], axis=1)", "[:, None], axis=1) / 1")),
        Wrong(
            "changes p", "changes its argument 1", swap=("p.cumsum(axis=1)", "p.cumsum(1, out=p)")
        ),
        Wrong(
            "for seven characters",
            "raised ValueError",
            swap=(
                "return np.argmax(ends",
                "return np.argmax(ends.reshape(-1, p.shape[1] - 3 * (p.shape[1] == 9))",
            ),
            late="made for the sizes of the visible tests",
        ),
        Right("row by row", code=DRAW_BY_ROW),
        Right("counts the ends that are passed", code=DRAW_BY_COUNTING),
    ],
    "experiment": [
        Wrong("never asked early", "After 2", swap=("rng.integers(16, 29)", "28")),
        Wrong("always asked early", "After 28 rows", swap=("rng.integers(16, 29)", "18")),
        Wrong(
            "asked at two times only",
            "After 24 rows",
            swap=("rng.integers(16, 29)", "rng.choice([18, 28])"),
        ),
        Wrong("one epoch", "After 28 rows: ", swap=("0), 8, len", "0), 1, len")),
        Wrong(
            "whole images only",
            "cannot take (24, 28)",
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
            "must have the shape (1000, 10)",
            """
            def train(images, labels):
                gru = layers.GRU(4, return_sequences=True, input_shape=(None, 28))
                model = Sequential([gru, layers.Dense(10, "softmax")], seed=0)
                model.compile("adam", "sparse_categorical_crossentropy")
                return model
            """,
        ),
        Wrong(
            "no network",
            "no attribute 'get_config'",
            """
            def train(images, labels):
                class Nearest:
                    def predict(self, x):
                        return np.zeros((len(x), 10))

                return Nearest()
            """,
        ),
        Wrong("nothing comes back", "None came back", swap=("    return model", "    model")),
        Right("an LSTM", swap=("GRU(96", "LSTM(96")),
        Right(
            "any number of rows, more units",
            swap=(
                ("GRU(96", "GRU(128"),
                ("0), 8, len(images) // 64", "0), 8, len(images) // 50"),
                ("rng.integers(16, 29)", "rng.integers(12, 29)"),
            ),
        ),
        Right(
            "small, the smallest in the table",
            swap=(
                ("GRU(96", "GRU(32"),
                ("0), 8, len(images) // 64", "0), 14, len(images) // 32"),
                ("5e-3", "1e-2"),
            ),
        ),
        Right(
            "every batch at four lengths",
            """
            def train(images, labels):
                gru = layers.GRU(96, input_shape=(None, 28))
                model = Sequential([gru, layers.Dense(10, "softmax")], seed=1)
                rate = CosineDecay(4e-3, decay_steps=3 * 80 * 4)
                model.compile(optimizers.Adam(rate), "sparse_categorical_crossentropy")
                for epoch in range(3):
                    mixed = np.random.default_rng(epoch).permutation(len(images))
                    for rows in mixed.reshape(80, -1):
                        for T in (17, 20, 24, 28):
                            model.train_on_batch(images[rows, :T], labels[rows])
                return model
            """,
        ),
    ],
}
