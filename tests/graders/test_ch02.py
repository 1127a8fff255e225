"""Answers to the exercise of chapter 02."""

from answers_ch02 import GATED, TWO, UNIT
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch02-backpropagation"

MOVED = """
def train(images, labels):
    steps = [(axis, step) for axis in (1, 2) for step in (-1, 1)]
    x = np.concatenate([images, *(np.roll(images, s, axis=a) for a, s in steps)])
    hidden = [Dense(M, "relu") for M in %s]
    model = Sequential(
        [Flatten(input_shape=(28, 28)), *hidden, Dense(10, "softmax")], seed=0
    )
    model.compile(SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    model.fit(x, np.tile(labels, 5), batch_size=%d, epochs=%d, verbose=0)
    return model
"""

ANSWERS = {
    "numbers": [
        Wrong(
            "the first use of w is forgotten", "one of the two uses", swap=("dw = 66", "dw = 30")
        ),
        Wrong(
            "the second use of w is forgotten", "one of the two uses", swap=("dw = 66", "dw = 36")
        ),
        Wrong("both uses with the same gradient", "dy at the second", swap=("dw = 66", "dw = 48")),
        Wrong("the square without its 2", "a 2. Yours is 3", swap=("dy = 6", "dy = 3")),
        Wrong("t - y", "a larger y makes L larger", swap=("dy = 6", "dy = -6")),
        Wrong("dx is what reaches w", "x gets it times w", swap=("dx = 24", "dx = 36")),
        Wrong("dx stops at h", "passes w once more", swap=("dx = 24", "dx = 12")),
        Wrong("dh is dy times h", "dh is wrong", swap=("dh = 12", "dh = 30")),
        Wrong("a name is missing", "`dw` is not there", swap=("dw = 66", "d = 66")),
        Right("as floats", "dy, dh, dx, dw = 6.0, 12.0, 24.0, 66.0"),
        Right(
            "computed",
            """
            h, y = 5, 10
            dy = 2 * (y - 7)
            dh = np.float32(2 * dy)
            dw, dx = dy * h + dh * 3, np.array(dh * 2)
            """,
        ),
    ],
    "gated": [
        *GATED,
        Wrong("g for the gate", "max(0, g), not g", swap=("dy * np.maximum(g, 0)", "dy * g")),
        Wrong("exchanged", "a gets the gate", swap=("dx = da", "da, dg = dg, da\n    dx = da")),
    ],
    "unit": [
        *UNIT,
        Wrong("ends at r", "dr is not yet dx", swap=("dr * x / r", "dr")),
        Wrong("no root", "2 of the square cancels", swap=("dr * x / r", "dr * 2 * x")),
    ],
    "two": [
        *TWO,
        Wrong("(1 - h)^2", "already the tanh", swap=("1 - h**2", "(1 - h) ** 2")),
        Wrong("tanh twice", "already the tanh", swap=("1 - h**2", "1 - np.tanh(h) ** 2")),
    ],
    "tied": [
        Wrong("first use forgotten", "The first is missing", swap=("dW += x.T", "x.T")),
        Wrong("second use forgotten", "The second is missing", swap=("dW += x.T", "dW = x.T")),
        Wrong(
            "L in float32",
            "first digits",
            swap=("N\n    dr", "N\n    L = float(np.float32(L))\n    dr"),
        ),
        Wrong("tanh is 1 from 5 on", "L is wrong", swap=("(x @ W)", "(np.clip(x @ W, -5, 5))")),
        Wrong("tanh has no slope", "factor 1 - h^2 is missing", swap=(" * (1 - h**2)", "")),
        Wrong(
            "no average in dW",
            "dW is wrong. It is 5 times too large: did you forget to average over the batch of 5?",
            swap=("(r - x) / N", "(r - x)"),
        ),
        Wrong(
            "no average in L", "L is wrong. It is 5 times too large", swap=("** 2) / N", "** 2)")
        ),
        Wrong("mean over d as well", "sum over d has no 1/D", swap=("** 2) / N", "** 2) / x.size")),
        Wrong(
            "the square without its 2",
            "the square brings a 2",
            swap=("2 * (r - x) / N", "(r - x) / N"),
        ),
        Wrong("sign", "The sign is wrong", swap=("2 * (r - x) / N", "2 * (x - r) / N")),
        Wrong("averaged uses", "two uses are added", swap=("return L, dW", "return L, dW / 2")),
        Wrong("zeros", "Yours is zero", swap=("return L, dW", "return L, np.zeros_like(W)")),
        Wrong("only dW", "`return L, dW` is needed", swap=("return L, dW", "return dW")),
        Right(
            "two matrices, then added",
            """
            def tied_autoencoder(x, W):
                V = W.copy()
                h = np.tanh(x @ W)
                e = h @ V.T - x
                de = 2 / x.shape[0] * e
                dV = np.einsum("nd,nm->dm", de, h)
                dz = np.einsum("nd,dm,nm->nm", de, V, 1 - h * h)
                return float((e * e).sum(axis=1).mean()), x.T.dot(dz) + dV
            """,
        ),
        Right(
            "example by example",
            """
            def tied_autoencoder(x, W):
                L, dW = 0.0, np.zeros(W.shape)
                for row in x:
                    h = np.tanh(row @ W)
                    e = W @ h - row
                    L += e @ e / len(x)
                    dW += np.outer(e, h) * 2 / len(x)
                    dW += np.outer(row, (e @ W) * (1 - h * h)) * 2 / len(x)
                return np.float64(L), dW
            """,
        ),
    ],
    "experiment": [
        Wrong(
            "few images",
            "the goal is 95.2 %",
            swap=("images, labels, b", "images[:64], labels[:64], b"),
        ),
        Wrong("no hidden layer", "the goal is", swap=('Dense(256, "relu"), ', "")),
        Wrong(
            "the chapter's network",
            "the goal is",
            swap=(("Dense(256", "Dense(128"), ("0.1, momentum=0.9", "0.2"), ("s=15", "s=10")),
        ),
        Wrong(
            "returns the history",
            "has no attribute 'predict'",
            swap=(("    model.fit", "    return model.fit"), ("s=15", "s=1")),
        ),
        Wrong(
            "labels known by heart",
            "`get_weights` is needed",
            """
            def train(images, labels):
                class Memory:
                    def predict(self, x):
                        return np.eye(10)[mnist.load_sample()[1][1]]
                return Memory()
            """,
        ),
        Wrong(
            "the nearest digit, behind a method of that name",
            "`get_weights` is needed",
            """
            def train(images, labels):
                class Nearest:
                    def predict(self, x):
                        a, b = x.reshape(-1, 784), images.reshape(-1, 784)
                        near = (b**2).sum(axis=1) - 2 * a @ b.T
                        return np.eye(10)[labels[near.argmin(axis=1)]]
                return Nearest()
            """,
        ),
        Right("more units", swap=(("Dense(256", "Dense(400"), ("s=15", "s=8"))),
        Right("smaller steps", swap=("SGD(0.1,", "SGD(0.05,")),
        Right(
            "two layers with Adam",
            """
            from minidl.optimizers import Adam

            def train(images, labels):
                hidden = [Dense(256, "relu"), Dense(128, "relu")]
                layers = [Flatten(input_shape=(28, 28)), *hidden, Dense(10, "softmax")]
                model = Sequential(layers, seed=0)
                model.compile(Adam(0.001), "sparse_categorical_crossentropy")
                model.fit(images, labels, batch_size=32, epochs=15, verbose=0)
                return model
            """,
        ),
        Right("images moved by a pixel, a small network", code=MOVED % ([64], 64, 4)),
        Right("images moved by a pixel, a large one", code=MOVED % ([512, 256], 100, 3)),
    ],
}
