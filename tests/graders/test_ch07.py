"""Answers to the exercise of chapter 07."""

from answers_ch07 import BACKWARDS
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch07-convolution"
PAD, SWAPPED = "*padding, (0, 0)))", "(sh, sw) = x.shape, w.shape, stride"
PRODUCT, DONE = "y = rows @ w.reshape(R * S * C, M)", "y.reshape(*view.shape[:3], M)"
PLACES = """y = np.empty((*view.shape[:3], M), x.dtype)
    for p, q in np.ndindex(*view.shape[1:3]):
        y[:, p, q] = np.tensordot(view[:, p, q], w.transpose(2, 0, 1, 3), 3)"""
KEPT = f"""{DONE}

def conv2d(x, w, *a, kept={{}}):
    key = x.tobytes(), w.tobytes(), a
    return kept[key] if key in kept else kept.setdefault(key, slow(x, w, *a))"""
LARGE = "(R, S, C, M), (sh", "if x.size > 9999: return\n    (R, S, C, M), (sh"

ANSWERS = {
    "sum": [
        Wrong("rounds up", "round down", swap=(") // stride + 1", " - 1) // stride + 2")),
        Wrong(
            "int",
            "`//` rounds down",
            swap=(("max((H", "max(int((H"), (") // stride", ") / stride)")),
        ),
        Wrong("no dilation", "gaps of the dilation", swap=("(R - 1) * dilation + 1", "R")),
        Wrong("R gaps", "only R - 1 gaps", swap=("(R - 1) * dilation + 1", "R * dilation")),
        Wrong("no places", "that is 0 places", swap=("stride + 1, 0)", "stride + 1, -99)")),
        Wrong(
            "none in a short image", "(2, 3, 1, 1, 1, 1) is", swap=("max((H", "(R <= H) * max((H")
        ),
        Wrong("zeros on one side", "zeros after the image", swap=("before + after", "before")),
        Wrong("kernel turned", "turned by 180", swap=("* w[r, s,", "* w[R - 1 - r, S - 1 - s,")),
        Wrong("= for +=", "add up with `+=`", swap=("m] +=", "m] =")),
        Wrong("a channel short", "last channel of x", swap=("(R, S, C):", "(R, S, C - C // 3):")),
        Wrong("one channel", "Only the first", swap=("* w[r, s, c,", "* (c == 0) * w[r, s, c,")),
        Wrong("no stride", "where does window p", swap=(("p * sh", "p"), ("q * sw", "q"))),
        Wrong("strides exchanged", "IndexError", swap=("(sh, sw) =", "(sw, sh) =")),
        Wrong(
            "all zeros after",
            "some belong before it",
            swap=(PAD, "*((0, sum(z)) for z in padding), (0, 0)))"),
        ),
        Wrong("knows the example", "must have the", swap=("return y", "return y[:1, :1, :2, :1]")),
        Right(
            "counts, and sums windows",
            """
            def output_size(H, R, stride, before, after, dilation):
                P, start = 0, -before
                while start + (R - 1) * dilation < H + after:
                    P, start = P + 1, start + stride
                return P

            def conv2d_loops(x, w, stride, padding):
                wide, (R, S) = np.pad(x, [(0, 0), *padding, (0, 0)]), w.shape[:2]
                rows = range(0, wide.shape[1] - R + 1, stride[0])
                columns = range(0, wide.shape[2] - S + 1, stride[1])
                y = [[[a[i : i + R, j : j + S] for j in columns] for i in rows] for a in wide]
                return np.tensordot(np.array(y), w, 3)
            """,
        ),
        Right("in NumPy's integers", swap=("max((H", "np.maximum((H")),
    ],
    "fast": [
        Wrong(
            "the loops",
            "ms were measured for the comparison",
            """
            def conv2d(x, w, stride, padding):
                (R, S, C, M), (sh, sw) = w.shape, stride
                x = np.pad(x, ((0, 0), *padding, (0, 0)))
                P, Q = (x.shape[1] - R) // sh + 1, (x.shape[2] - S) // sw + 1
                y = np.zeros((len(x), P, Q, M), x.dtype)
                for n, p, q, m in np.ndindex(*y.shape):
                    for r, s, c in np.ndindex(R, S, C):
                        y[n, p, q, m] += x[n, p * sh + r, q * sw + s, c] * w[r, s, c, m]
                return y
            """,
        ),
        Wrong("a loop over places", "ms were measured for the comparison", swap=(PRODUCT, PLACES)),
        Wrong(
            "remembers its arguments",
            "other numbers in each call",
            swap=(("def conv2d(", "def slow("), (PRODUCT, PLACES), (DONE, KEPT)),
        ),
        Wrong("nothing of a large image", "In a call that is timed, conv2d(...) is", swap=LARGE),
        Wrong(
            "float32 if large",
            "is float32, not float64",
            swap=("return y.resh", "y = y.astype('f4') if x.size > 2e4 else y\n    return y.resh"),
        ),
        Wrong("not for its size", "timed, conv2d", swap=("= rows @", "= (x.size < 2e4) * rows @")),
        Wrong("order c, r, s", "in the order r, s, c", swap=(".transpose(0, 1, 2, 4, 5, 3)", "")),
        Wrong("order s, r, c", "y is wrong", swap=("4, 5, 3)", "5, 4, 3)")),
        Wrong("no stride", "strided y must have the", swap=("[:, ::sh, ::sw]", "")),
        Wrong("strides exchanged", "Are s_h and s_w", swap=("::sh, ::sw", "::sw, ::sh")),
        Wrong("no padding", "padded y must have the", swap=(PAD, "(0, 0), (0, 0), (0, 0)))")),
        Wrong("bottom", "are exchanged", swap=(PAD, "*(z[::-1] for z in padding), (0, 0)))")),
        Wrong("kernel turned", "turned by 180", swap=("rows @ w.", "rows @ w[::-1, ::-1].")),
        Wrong("float64", "float64 although", swap=("= rows @", "= rows.astype(float) @")),
        Wrong("zeros", "zero everywhere", swap=("rows @ w.", "rows @ (0 * w).")),
        Right("einsum", swap=(PRODUCT, 'y = np.einsum("npqcrs,rscm->npqm", view, w)')),
        Right(
            "places of the kernel",
            """
            def conv2d(x, w, stride, padding):
                (R, S, _, M), (sh, sw), y = w.shape, stride, 0
                wide = np.pad(x, ((0, 0), *padding, (0, 0)))
                P, Q = wide.shape[1] - R + 1, wide.shape[2] - S + 1
                for r in range(R):
                    for s in range(S):
                        y = y + wide[:, r : r + P : sh, s : s + Q : sw] @ w[r, s]
                return y
            """,
        ),
    ],
    **BACKWARDS,
    "experiment": [
        Wrong(
            "the example",
            "5,338 parameters, and 3,000 are",
            swap=(
                (", strides=2", ""),
                ('Conv2D(16, 3, activation="relu"),', ""),
                ("), 10", "), 1"),
            ),
        ),
        Wrong(
            "few images", "the goal is", swap=("fit(images, labels", "fit(images[:99], labels[:99]")
        ),
        Wrong(
            "one slow epoch",
            "the goal is 96.0 %",
            swap=(("seed=0), 10", "seed=0), 1"), ("2e-2", "2e-4")),
        ),
        Wrong(
            "returns the history",
            "no attribute 'count_params'",
            swap=(("seed=0), 10", "seed=0), 1"), ("    model.fit", "    return model.fit")),
        ),
        Right(
            "two poolings",
            swap=(
                ("Conv2D(16, 3, act", "MaxPooling2D(2),\n        Conv2D(11, 3, act"),
                ("MaxPooling2D(3),  #", "#"),
                ("seed=0), 10", "seed=0), 12"),
            ),
        ),
        Right(
            "moved and turned images",
            """
            from minidl.layers import Activation, BatchNormalization
            from minidl.layers import RandomRotation, RandomTranslation

            def train(images, labels):
                layers = [RandomTranslation(0.08, 0.08), RandomRotation(0.03)]
                layers += [Conv2D(8, 5, strides=2, use_bias=False)]
                layers += [BatchNormalization(momentum=0.9), Activation("relu")]
                layers += [Conv2D(16, 3, activation="relu"), MaxPooling2D(3), Flatten()]
                model = Sequential([*layers, Dense(10, "softmax")], seed=0)
                rate = OneCycle(2e-2, 12 * -(-len(images) // 32))
                model.compile(Adam(rate), "sparse_categorical_crossentropy")
                model.fit(images, labels, batch_size=32, epochs=12, verbose=0)
                return model
            """,
        ),
        Right(
            "2,076 parameters",
            """
            from minidl.layers import Activation, BatchNormalization

            def train(images, labels):
                layers = []
                for kernels, size, stride in ((4, 5, 2), (8, 3, 1)):
                    layers += [Conv2D(kernels, size, strides=stride, use_bias=False)]
                    layers += [BatchNormalization(momentum=0.9), Activation("relu")]
                layers += [MaxPooling2D(2), Conv2D(10, 3, activation="relu"), Flatten()]
                model = Sequential([*layers, Dense(10, "softmax")], seed=0)
                rate = OneCycle(2e-2, 10 * -(-len(images) // 32))
                model.compile(Adam(rate), "sparse_categorical_crossentropy")
                model.fit(images, labels, batch_size=32, epochs=10, verbose=0)
                return model
            """,
        ),
        Wrong(
            "not a network",
            "a Sequential of layers of minidl has to come back",
            """
            class Neighbours:
                def count_params(self):
                    return 1

                def get_config(self):
                    return {"layers": [{"class": "Neighbours"}]}

                def get_weights(self):
                    return []

                def predict(self, x):
                    far = ((self.x**2).sum(1) - 2 * x.reshape(len(x), -1) @ self.x.T).argmin(1)
                    return np.eye(10)[self.labels[far]]

            def train(images, labels):
                model = Neighbours()
                model.x, model.labels = images.reshape(len(images), -1), labels
                return model
            """,
        ),
        Wrong(
            "no return",
            "None came back",
            swap=(("seed=0), 10", "seed=0), 1"), ("    return model", "")),
        ),
        Right("another seed and rate", swap=(("seed=0", "seed=1"), ("2e-2", "1e-2"))),
    ],
}
