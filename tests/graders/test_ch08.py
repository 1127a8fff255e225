"""Answers to the exercise of chapter 08."""

from answers_ch08 import AT_ONCE, BY_IMAGE, ONE_HOT, RECURSION, ZEROS_AROUND
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch08-convolutional-networks"
GOAL = "the goal is 94.0 %"
SUM = "return convolve(h, w2) + x @ wp"
SUMMED = "(V[:, labels] if len(x) == 1 else V.sum(1, keepdims=True).repeat(len(x), 1)).T"
SOFTMAX = """z, own = np.maximum(a, 0).mean((1, 2)) @ V, np.eye(len(V.T))[labels]
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    dg = ((p * own).sum(1, keepdims=True) * (own - p) if len(x) > 1 else own) @ V.T"""

ANSWERS = {
    "sees": [
        Wrong("from below", "begin at the top", swap=("in reversed(stack)", "in stack")),
        Wrong(
            "no padding",
            "zeros before the image",
            swap=(" - before, last * s - before", ", last * s"),
        ),
        Wrong("one pixel too many", "the last of them p s + R", swap=("+ R - 1", "+ R")),
        Wrong("cut at the border", "Do not cut at the border", swap=("n first", "n max(first, 0)")),
        Wrong(
            "no bias",
            "has a bias",
            swap=("9 * C * M + M + 9 * M * M + M", "9 * C * M + 9 * M * M; classes += 0"),
        ),
        Wrong("both read C", "reads M channels", swap=("9 * M * M", "9 * C * M")),
        Wrong("side rounded up", "rounds the side down", swap=("side // 2", "(side + 1) // 2")),
        Wrong("side not squared", "The side counts twice", swap=("side * side", "side")),
        Wrong("averages twice", "side x side x M", swap=("side * side * C", "C")),
        Wrong(
            "exchanged",
            "numbers are exchanged",
            swap=(
                "(C + 1) * classes, count + (side * side * C + 1)",
                "(side * side * C + 1) * classes, count + (C + 1)",
            ),
        ),
        Wrong("never halved", "flatten for", swap=("side // 2", "side")),
        Wrong("at least 1", "flatten for", swap=("side // 2", "max(side // 2, 1)")),
        Right("by the chapter's recursion", RECURSION),
        Right("as floats", swap=("return first, last", "return np.float64(first), last + 0.0")),
    ],
    "residual": [
        Wrong(
            "no ReLU",
            "between the conv",
            swap=("np.maximum(convolve(x, w1), 0)", "convolve(x, w1)"),
        ),
        Wrong(
            "ReLU at the end",
            "no ReLU after the sum",
            swap=(SUM, f"return np.maximum({SUM[7:]}, 0)"),
        ),
        Wrong(
            "ReLU too often",
            "no ReLU after the second",
            swap=(SUM, SUM.replace("convolve(h, w2)", "np.maximum(convolve(h, w2), 0)")),
        ),
        Wrong("no way around", "path around", swap=(" + x @ wp", "")),
        Wrong("only the way around", "goes around the block", swap=("convolve(h, w2) + ", "")),
        Wrong(
            "transposed if square",
            "For N = H",
            swap=("x @ wp", "x @ (wp.T if len(wp) == len(wp.T) else wp)"),
        ),
        Wrong(
            "changes x", "changes its argument 1", swap=("    h = np", "    x *= 1.5\n    h = np")
        ),
        Wrong(
            "no empty batch",
            "For N = 0",
            swap=("    h = np", "    scale = abs(x).max()\n    h = np"),
        ),
        Right(
            "the projection as a kernel",
            """
            def residual_forward(x, *w):
                z = convolve(x, w[0])
                return convolve(np.where(z > 0, z, 0), w[1]) + convolve(x, w[2][None, None])
            """,
        ),
        Right("einsum", swap=("x @ wp", 'np.einsum("nijc,cm->nijm", x, wp)')),
    ],
    "back": [
        Wrong("no way around", "path around", swap=("dx + dy @ wp.T", "dx")),
        Wrong("only the way around", "through the block", swap=("dx + dy @ wp.T", "dy @ wp.T")),
        Wrong("no mask", "the mask, h > 0, is missing", swap=("dh * (h > 0)", "dh")),
        Wrong("mask h >= 0", "or it is h >= 0", swap=("h > 0", "h >= 0")),
        Wrong("the wrong mask", "dx is wrong", swap=("dh * (h > 0)", "dh * (dh > 0)")),
        Wrong(
            "not transposed if it fits",
            "dx is wrong",
            swap=("wp.T", "(wp if len(wp) == len(wp.T) else wp.T)"),
        ),
        Wrong(
            "dwp is a mean",
            "mean over all places",
            swap=("return dx + dy", "dwp /= dy[..., 0].size\n    return dx + dy"),
        ),
        Wrong("dw2 from x", "dw2", swap=("(dy, h, w2)", "(dy, x, w2)")),
        Wrong("the order", "it is dw", swap=("wp.T, dw1, dw2", "wp.T, dw2, dw1")),
        Wrong(
            "remembers h",
            "is wrong",
            swap=(
                ("def res", "kept = {}\n\ndef res"),
                (
                    "    dh, dw2",
                    "    old = kept.setdefault((h.shape, h.dtype), h)\n    h = old\n    dh, dw2",
                ),
            ),
        ),
        Right(
            "the projection as a kernel",
            """
            def residual_backward(dy, x, w1, w2, wp):
                z = convolve(x, w1)
                around, dwp = convolve_backward(dy, x, wp[None, None])
                dz, dw2 = convolve_backward(dy, z.clip(0), w2)
                dx, dw1 = convolve_backward(np.where(z < 0, 0, dz), x, w1)
                return [around + dx, dw1, dw2, dwp[0, 0]]
            """,
        ),
        Right(
            "rows of pixels",
            swap=(
                (
                    "np.tensordot(x, dy, axes=((0, 1, 2), (0, 1, 2)))",
                    "x.reshape(-1, len(wp)).T @ dy.reshape(-1, wp.shape[1])",
                ),
                ("dy @ wp.T", 'np.einsum("nijm,cm->nijc", dy, wp)'),
            ),
        ),
    ],
    "saliency": [
        Wrong("no mask", "where x * w + b is negative", swap=("dh * (a > 0)", "dh")),
        Wrong("no mean", "passes 1 / (H W)", swap=(" / (H * W)", "")),
        Wrong("with its sign", "take the absolute value", swap=("np.abs(dx)", "(dx)")),
        Wrong("the sum of channels", "not the sum", swap=(".max(axis=-1)", ".sum(axis=-1)")),
        Wrong(
            "largest, then absolute",
            "absolute value first",
            swap=("np.abs(dx).max(axis=-1)", "np.abs(dx.max(axis=-1))"),
        ),
        Wrong("all scores", "all the scores", swap=("V[:, labels].T", SUMMED)),
        Wrong("no bias", "The bias is missing", swap=("convolve(x, w) + b", "convolve(x, w)")),
        Wrong(
            "one label for all", "a label of its own", swap=("labels]", "labels * 0 + labels[0]]")
        ),
        Wrong("all channels", "map must have", swap=("np.abs(dx).max(axis=-1)", "np.abs(dx)")),
        Wrong("the probability", "before the softmax", swap=("dg = V[:, labels].T", SOFTMAX)),
        Right("with one-hot rows", ONE_HOT),
        Right("image by image", BY_IMAGE),
    ],
    "moved": [
        Wrong(
            "rolled",
            "on the other side",
            """
            def moved(x, shifts):
                return np.stack([np.roll(a, tuple(k), (0, 1)) for a, k in zip(x, shifts)])
            """,
        ),
        Wrong("the opposite way", "opposite", swap=(("(H) -", "(H) +"), ("(W) -", "(W) +"))),
        Wrong("rows and columns", "are exchanged", swap=("(down, right) in", "(right, down) in")),
        Wrong(
            "all like the first",
            "like the first",
            swap=("in enumerate(shifts)", "in enumerate(shifts[:1].repeat(len(x), 0))"),
        ),
        Wrong("the border stays", "is wrong", swap=("np.zeros_like(x)", "x.copy()")),
        Wrong("changes x", "changes its argument 1", swap=("return y", "x[:] = y; return x")),
        Wrong("float64", "float64 although", swap=("np.zeros_like(x)", "np.zeros(x.shape)")),
        Wrong(
            "only floats",
            "float64 although x was uint8",
            swap=(
                "np.zeros_like(x)",
                "np.zeros(x.shape, x.dtype if x.dtype.kind == 'f' else float)",
            ),
        ),
        Right("zeros around", ZEROS_AROUND),
        Right("all at once", AT_ONCE),
    ],
    "experiment": [
        Wrong(
            "the example",
            GOAL,
            """
            def train(images, labels):
                layers = [Conv2D(8, 5, strides=2, activation="relu"), Flatten()]
                model = Sequential([*layers, Dense(10, "softmax")], seed=0)
                model.compile(Adam(3e-3), "sparse_categorical_crossentropy", ["accuracy"])
                model.fit(images, labels, batch_size=32, epochs=2, verbose=0)
                return model
            """,
        ),
        Wrong("few images", GOAL, swap=("fit(images, labels", "fit(images[:99], labels[:99]")),
        Wrong(
            "not moved",
            GOAL,
            swap=(
                ('[RandomTranslation(4 / 28, 4 / 28, fill_mode="constant")]', "[]"),
                ("epochs = 8", "epochs = 3"),
            ),
        ),
        Wrong(
            "returns the history",
            "has no attribute 'get_config'",
            swap=(("epochs = 8", "epochs = 1"), ("    model.fit", "    return model.fit")),
        ),
        Right("another seed", swap=("seed=0", "seed=1")),
        Right("no average", swap=("GlobalAveragePooling2D()", "Flatten()")),
        Right(
            "twice the kernels, fewer epochs",
            swap=(
                ("(8, 5, 2), (16, 3, 1), (32", "(16, 5, 2), (32, 3, 1), (64"),
                ("hs = 8", "hs = 5"),
            ),
        ),
    ],
}
