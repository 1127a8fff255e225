"""Answers to the exercise of chapter 02."""

from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch02-backpropagation"

ANSWERS = {
    "numbers": [
        Wrong(
            "the first use of w is forgotten", "one of the two uses", swap=("dw = 66", "dw = 30")
        ),
        Wrong(
            "the second use of w is forgotten", "one of the two uses", swap=("dw = 66", "dw = 36")
        ),
        Wrong("both uses with the same gradient", "dy at the second", swap=("dw = 66", "dw = 48")),
        Wrong("the square without its 2", "dy is wrong", swap=("dy = 6", "dy = 3")),
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
    "dense": [
        Wrong("dx without the transpose", "raised ValueError", swap=("W.T", "W")),
        Wrong(
            "averaged over the batch",
            "dW is wrong. It is 5 times too small: did you average over the batch of 5",
            swap=("x.T @ dz", "x.T @ dz / len(x)"),
        ),
        Wrong(
            "db summed over the wrong axis", "db must have the shape (4,)", swap=("=0", "=-2 + 1")
        ),
        Wrong("db keeps the batch axis", "sum over the first axis", swap=("dz.sum(axis=0)", "dz")),
        Wrong("dW transposed", "dW must have the shape (3, 4)", swap=("x.T @ dz", "dz.T @ x")),
        Wrong(
            "the order of the results",
            "dx is wrong: it is dW",
            swap=("return dx, dW, db", "return dW, dx, db"),
        ),
        Wrong("zeros", "Yours is zero everywhere", swap=("x.T @ dz", "np.zeros_like(W)")),
        Wrong("no return", "Is there a `return", swap=("    return dx, dW, db\n", "")),
        Wrong("sign", "dx is wrong", swap=("dz @ W.T", "-dz @ W.T")),
        Wrong(
            "db is the mean",
            "db is wrong. It is 5 times too small",
            swap=("dz.sum(axis=0)", "dz.mean(axis=0)"),
        ),
        Wrong("changes dz", "changes its argument 1", swap=("dx = dz", "dz *= 1.5\n    dx = dz")),
        Wrong(
            "answers in float64", "float64 although", swap=("x.T @ dz", "x.T.astype(float) @ dz")
        ),
        Right("einsum", swap=(("dz @ W.T", 'np.einsum("nm,dm->nd", dz, W)'),)),
        Right(
            "loops",
            """
            def dense_backward(dz, x, W):
                dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(W[0])
                for n in range(len(x)):
                    for m in range(len(db)):
                        dx[n] += dz[n, m] * W[:, m]
                        dW[:, m] += dz[n, m] * x[n]
                        db[m] += dz[n, m]
                return [dx, dW, db]
            """,
        ),
    ],
    "silu": [
        Wrong("through z alone", "through the sigmoid alone", swap=("dy * s + ds", "ds")),
        Wrong(
            "through the sigmoid alone",
            "through z alone",
            swap=("dy * s + ds * s * (1 - s)", "dy * s"),
        ),
        Wrong("the sigmoid's slope is s", "you have only s", swap=("ds * s * (1 - s)", "ds * s")),
        Wrong("the slope without the factor z", "dz is wrong", swap=("ds = dy * z", "ds = 1")),
        Wrong(
            "dy is ignored", "dy has to multiply it", swap=("z, s = cache", "z, s = cache; dy = 1")
        ),
        Wrong("minus", "dz", swap=("dy * s + ds", "dy * s - ds")),
        Wrong("the sigmoid alone", "y is wrong", swap=("z * s, (z, s)", "s, (z, s)")),
        Wrong(
            "the cache in a global",
            "dz is wrong",
            """
            def silu_forward(z):
                global kept
                kept = z
                return z / (1 + np.exp(-z)), None

            def silu_backward(dy, cache):
                s = 1 / (1 + np.exp(-kept))
                return dy * (s + kept * s * (1 - s))
            """,
        ),
        Wrong("y for z", "z in your formula is y", swap=("z * s, (z, s)", "z * s, (z * s, s)")),
        Wrong(
            "the cache is y",
            "z in your formula is y",
            swap=(
                ("z * s, (z, s)", "z * s, z * s"),
                ("z, s = cache", "z, s = cache, 1 / (1 + np.exp(-cache))"),
            ),
        ),
        Wrong("zeros", "dz", swap=("return dy * s + ds", "return 0 * ds + 0 * ds")),
        Wrong("changes dy", "changes its argument 1", swap=("ds = dy * z", "ds = dy; ds *= z")),
        Wrong("returns no cache", "`return y, cache` is needed", swap=("z * s, (z, s)", "z * s")),
        Right(
            "another form of the slope",
            """
            def silu_forward(z):
                y = z / (1 + np.exp(-z))
                return y, {"z": z, "y": y}

            def silu_backward(dy, cache):
                s = 1 / (1 + np.exp(-cache["z"]))
                return dy * (cache["y"] + s * (1 - cache["y"]))
            """,
        ),
        Right(
            "the cache is an object",
            """
            class Cache:
                pass

            def silu_forward(z):
                cache = Cache()
                cache.slope = (1 + np.exp(-z) + z * np.exp(-z)) / (1 + np.exp(-z)) ** 2
                return z / (1 + np.exp(-z)), cache

            def silu_backward(dy, cache):
                return np.multiply(dy, cache.slope)
            """,
        ),
    ],
    "tied": [
        Wrong("first use forgotten", "The first is missing", swap=("dW += x.T", "x.T")),
        Wrong("second use forgotten", "The second is missing", swap=("dW += x.T", "dW = x.T")),
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
            "the goal is 95.0%",
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
            swap=("    model.fit", "    return model.fit"),
        ),
        Wrong(
            "labels known by heart",
            "the goal is",
            """
            def train(images, labels):
                class Memory:
                    def predict(self, x):
                        return np.eye(10)[mnist.load_sample()[1][1]]
                return Memory()
            """,
        ),
        Right(
            "more units",
            swap=("Dense(256", "Dense(400"),
        ),
        Right("smaller steps", swap=("SGD(0.1,", "SGD(0.05,")),
    ],
}
