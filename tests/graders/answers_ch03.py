"""More answers to the exercise of chapter 03: test_ch03.py holds the others."""

from catalogue import Right, Wrong

UNIFORM = "(-a, a, (D, M))"
DRAWN = "rng.normal(0, np.sqrt(variance), (D, M))"
NORMAL, ORTHOGONAL = f"return {DRAWN}", "return U @ V * np.sqrt(max(D, M) * variance)"
HIDDEN = "Dense(64, kernel_initializer=start), Own(forward, backward)"
SHORT = ("epochs=8", "epochs=1")

START = [
    Wrong("M counts", "number of units, counted", swap=("1 / (D *", "1 / (M *")),
    Wrong("one input more", "start(1, 40000", swap=("1 / (D *", "1 / ((D + 1) *")),
    Wrong(
        "rng stays as it is",
        "rng is as it was before",
        swap=("    if kind", "    rng = __import__('copy').deepcopy(rng)\n    if kind"),
    ),
    Wrong("Glorot", "It is Glorot's", swap=("1 / (D *", "2 / ((D + M) *")),
    Wrong("LeCun", "It is LeCun's", swap=("(D * square)", "D")),
    Wrong("He", "It is He's", swap=("1 / (D * square)", "2 / D")),
    Wrong("the wrong way round", "count twice", swap=("1 / (D * square)", "square / D")),
    Wrong("the root counts", "its root, or its square", swap=("* square)", "* square**0.5)")),
    Wrong("variance for std", "variance for the standard", swap=("np.sqrt(variance)", "variance")),
    Wrong("the limit is std", "the limit of a uniform", swap=("np.sqrt(3 * var", "np.sqrt(var")),
    Wrong("the limit is 2 std", "/ right is wrong", swap=("np.sqrt(3 *", "np.sqrt(4 *")),
    Wrong("never uniform", "but is not uniform", swap=('if kind == "normal"', "if True")),
    Wrong("never normal", "but is not normal", swap=('if kind == "normal"', "if False")),
    Wrong("unseeded", "not from rng", swap=("return rng.u", "return np.random.default_rng().u")),
    Wrong(
        "one seed",
        "another rng gives",
        swap=("    a =", "    rng = np.random.default_rng(0)\n    a ="),
    ),
    Wrong("rows alike", "rows of W", swap=(UNIFORM, "(-a, a, M) * np.ones((D, 1))")),
    Wrong("columns alike", "columns of W", swap=(UNIFORM, "(-a, a, (D, 1)) * np.ones(M)")),
    Wrong("not around 0", "the mean of start", swap=(UNIFORM, "(0, 2 * a, (D, M))")),
    Wrong("transposed", "must have the shape (400, 250)", swap=("e), (D, M)", "e), (M, D)")),
    Wrong(
        "mirrored",
        "numbers are used twice",
        swap=(NORMAL, f"W = {DRAWN}\n        W[D // 2 :] = -W[: D // 2]\n        return W"),
    ),
    Wrong(
        "orthogonal",
        "know of each other",
        swap=(NORMAL, f"U, _, V = np.linalg.svd({DRAWN}, False)\n        {ORTHOGONAL}"),
    ),
    Right(
        "numbers that are scaled",
        """
        def start(D, M, square, kind, rng):
            draw = rng.standard_normal if kind == "normal" else lambda s: rng.random(s) * 2 - 1
            factor = 1 if kind == "normal" else 3
            return draw((D, M)) * np.sqrt(factor / (D * square))
        """,
    ),
    Right(
        "float32",
        """
        def start(D, M, square, kind, rng):
            std = (D * square) ** -0.5
            W = rng.normal(size=(D, M)) if kind[0] == "n" else rng.random((D, M)) - 0.5
            return (std * W * (1 if kind[0] == "n" else 12**0.5)).astype("float32")
        """,
    ),
]

EXPERIMENT = [
    Wrong("far too small", "the goal is", swap=(("(D * square) ** -0.5", "0.01"), SHORT)),
    Wrong("ReLU, Glorot", "the goal is 85.0 %", swap=((HIDDEN, 'Dense(64, "relu")'), SHORT)),
    Wrong("shallow", "20 hidden layers of", swap=(("range(20)", "range(2)"), SHORT)),
    Wrong("wide", "20 hidden layers of", swap=((HIDDEN, HIDDEN.replace("64", "65")), SHORT)),
    Wrong(
        "batch normalization",
        "other weights than",
        swap=(
            ("(forward, backward)]", "(forward, backward), batch_norm()]"),
            (
                "    u =",
                "    from minidl.layers import BatchNormalization as batch_norm\n\n    u =",
            ),
            SHORT,
        ),
    ),
    Wrong("no return", "Is there a `return", swap=(("    return model\n", ""), SHORT)),
    Wrong("uphill", "the goal is", swap=(("dy / np.sqrt(1 + z * z)", "-dy"), SHORT)),
    Right(
        "the package's tanh",
        """
        def train(images, labels):
            layers = [Dense(64, "tanh") for _ in range(20)]
            layers = [Flatten(input_shape=(28, 28)), *layers, Dense(10, "softmax")]
            model = Sequential(layers, seed=1)
            model.compile(SGD(0.03), "sparse_categorical_crossentropy")
            model.fit(images, labels, batch_size=32, epochs=8, verbose=0)
            return model
        """,
    ),
    Right(
        "a rate that falls",
        """
        def train(images, labels):
            from minidl.optimizers.schedules import CosineDecay

            layers = [Dense(64, "tanh") for _ in range(20)]
            layers = [Flatten(input_shape=(28, 28)), *layers, Dense(10, "softmax")]
            model = Sequential(layers, seed=1)
            rate = CosineDecay(0.05, 16 * 125)
            model.compile(SGD(rate), "sparse_categorical_crossentropy")
            model.fit(images, labels, batch_size=32, epochs=16, verbose=0)
            return model
        """,
    ),
    Right("forty layers", swap=(("range(20)", "range(40)"), ("epochs=8", "epochs=12"))),
    Right("another seed and rate", swap=(("seed=0", "seed=7"), ("SGD(0.02)", "SGD(0.015)"))),
]
