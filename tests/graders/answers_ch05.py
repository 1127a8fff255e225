"""More answers to the exercise of chapter 05: test_ch05.py holds the others."""

from catalogue import Right, Wrong

PULL = [
    Wrong("no price", "price depends on W", swap=(" + 2 * strength * size * W", "")),
    Wrong("r in place of r / (1 - r)", "variance of a factor", swap=("rate / (1 - rate)", "rate")),
    Wrong("the price without its 2", "the 2 of the square", swap=("+ 2 * strength", "+ strength")),
    Wrong("a sum", "price, too, is a mean", swap=("**2).mean(axis", "**2).sum(axis")),
    Wrong("x is not squared", "dW", swap=("(x**2).mean", "np.abs(x).mean")),
    Wrong("one strength for all", "of its own", swap=("mean(axis=0)[:, None]", "mean()")),
    Wrong("db is a sum", "the mean over n", swap=("e.sum(axis=0) / N", "e.sum(axis=0)")),
    Wrong("the bias is charged", "db", swap=("return dW, db", "return dW, db + b")),
    Wrong("zeros", "Yours is zero", swap=("return dW, db", "return 0 * dW, db")),
    Wrong("the order", "dW", swap=("return dW, db", "return db, dW")),
    Wrong("db alone", "`return dW, db` is needed", swap=("return dW, db", "return db")),
    Wrong("changes W", "changes its argument 3", swap=("    e = x", "    W += 1\n    e = x")),
    Right(
        "over all masks",
        """
        def expected_gradient(x, t, W, b, rate):
            N, D = x.shape
            dW, db = np.zeros_like(W), np.zeros_like(b)
            for number in range(2**D):
                kept = np.array([number >> d & 1 for d in range(D)])
                chance = np.prod(np.where(kept, 1 - rate, rate)) / N
                y = x * kept / (1 - rate)
                e = y @ W + b - t
                dW, db = dW + 2 * chance * y.T @ e, db + 2 * chance * e.sum(axis=0)
            return dW, db
        """,
    ),
    Right(
        "example by example",
        """
        def expected_gradient(x, t, W, b, rate):
            dW, db, k = np.zeros(W.shape), np.zeros(b.shape), 1 / (1 - rate) - 1
            for row, target in zip(x, t):
                e, noisy = row @ W + b - target, row[:, None] * W
                dW += 2 * (np.outer(row, e) + k * row[:, None] * noisy) / len(x)
                db += 2 * e / len(x)
            return [dW, db]
        """,
    ),
]

EXPERIMENT = [
    Wrong("plain", "the goal is 93.0 %", swap=("in moves]", "in [(0, 0)] * 25]")),
    Wrong("labels of others", "the goal is", swap=("np.tile(labels,", "np.repeat(labels,")),
    Wrong("no ink", "the goal is", swap=("np.roll(images", "0 * np.roll(images")),
    Wrong("the history", "attribute 'predict'", swap=("    model.f", "    return model.f")),
    Wrong(
        "dropout alone",
        "the goal is 93.0 %",
        swap=(
            ("in moves]", "in [(0, 0)] * 25]"),
            ("    layers = [", "    from minidl.layers import Dropout\n    layers = ["),
            ("epochs=3", "epochs=1"),
            ('"relu"), D', '"relu"), Dropout(0.5), D'),
        ),
    ),
    Right(
        "nine moves",
        swap=(
            ("range(-2, 3) for right in range(-2, 3)", "(-2, 0, 2) for right in (-2, 0, 2)"),
            ("epochs=3", "epochs=8"),
            ("3 * len", "8 * len"),
        ),
    ),
    Right(
        "more units, more passes",
        swap=(("Dense(200", "Dense(400"), ("epochs=3", "epochs=4"), ("3 * len", "4 * len")),
    ),
    Right(
        "a layer",
        """
        def train(images, labels):
            from minidl.layers import RandomTranslation

            shift = RandomTranslation(0.1, 0.1, fill_mode="constant")
            layers = [Input((28, 28)), shift, Flatten()]
            model = Sequential([*layers, Dense(200, "relu"), Dense(10, "softmax")], seed=0)
            rate = CosineDecay(0.05, 30 * 50)
            model.compile(SGD(rate, momentum=0.9), "sparse_categorical_crossentropy")
            model.fit(images, labels, batch_size=20, epochs=30, verbose=0)
            return model
        """,
    ),
]
