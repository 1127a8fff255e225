"""Answers to the pooling and to the experiment of chapter 16; `test_ch16.py` has the others."""

from catalogue import Right, Wrong

POOL = [
    Wrong(
        "divided by T",
        "not by T",
        swap=(
            "np.maximum(mask.sum(axis=1), 1)[:, None].astype",
            "np.full((len(x), 1), x.shape[1]).astype",
        ),
    ),
    Wrong(
        "a vector of zeros is no word",
        "y is wrong",
        swap=(
            "np.maximum(mask.sum(axis=1), 1)[:, None].astype",
            "np.maximum((mask & (x != 0).any(axis=2)).sum(axis=1), 1)[:, None].astype",
        ),
    ),
    Wrong(
        "zeros in the maximum",
        "took part as zeros",
        swap=("largest = np.where(kept, x, -np.inf).max", "largest = np.where(kept, x, 0).max"),
    ),
    Wrong(
        "nothing masked in the maximum",
        "y is wrong",
        swap=("largest = np.where(kept, x, -np.inf).max", "largest = x.max"),
    ),
    Wrong("multiplied by the mask", "nan", swap=("np.where(kept, x, 0).sum", "(kept * x).sum")),
    Wrong(
        "a large number less",
        "For numbers near 1e+30",
        swap=(
            "largest = np.where(kept, x, -np.inf)",
            "largest = (np.where(kept, x, 0) - 1e9 * ~kept)",
        ),
    ),
    Wrong(
        "no word at all",
        "is -inf",
        swap=("largest = np.where(mask.any(axis=1)[:, None], largest, 0)", "largest = 1 * largest"),
    ),
    Wrong(
        "a number that may be above all words",
        "For numbers near 1e+30",
        swap=("np.where(kept, x, -np.inf).max(axis=1)", "np.where(kept, x, -1e9).max(axis=1)"),
    ),
    Wrong(
        "the maximum first",
        "comes behind the mean",
        swap=("np.concatenate([mean, largest]", "np.concatenate([largest, mean]"),
    ),
    Wrong(
        "shared ties",
        "the first one receives",
        swap=(
            "won = np.arange(x.shape[1])[:, None] == first",
            "won = x == np.where(kept, x, -np.inf).max(axis=1)[:, None]",
        ),
    ),
    Wrong(
        "the last of equals",
        "the first one receives",
        swap=(
            "first = np.where(kept, x, -np.inf).argmax(axis=1)[:, None]",
            "first = x.shape[1] - 1 - np.where(kept, x, -np.inf)[:, ::-1].argmax(axis=1)[:, None]",
        ),
    ),
    Wrong(
        "masked winners", "dx is wrong", swap=("first = np.where(kept, x, -np.inf)", "first = x")
    ),
    Wrong(
        "to masked places",
        "dx is wrong",
        swap=(
            "np.where(kept, dmean + np.where(won, dmax, 0), 0)",
            "(dmean + np.where(won, dmax, 0))",
        ),
    ),
    Wrong(
        "the mean alone",
        "through the maximum is missing",
        swap=("dmean + np.where(won, dmax, 0)", "dmean + 0 * won"),
    ),
    Wrong(
        "the maximum alone",
        "through the mean is missing",
        swap=("dmean + np.where(won, dmax, 0)", "0 * dmean + np.where(won, dmax, 0)"),
    ),
    Wrong(
        "not divided",
        "divided by the number of words",
        swap=("dy[:, None, :D] / words", "dy[:, None, :D] / 1"),
    ),
    Wrong(
        "halves exchanged",
        "dx is wrong",
        swap=(
            "dy[:, None, :D] / words, dy[:, None, D:]",
            "dy[:, None, D:] / words, dy[:, None, :D]",
        ),
    ),
    Wrong(
        "words in front",
        "y is wrong",
        swap=(
            "    kept = mask[:, :, None]  # (N, T, 1)",
            "    mask = np.arange(x.shape[1]) < mask.sum(axis=1)[:, None]\n"
            "    kept = mask[:, :, None]",
        ),
    ),
    Wrong(
        "nan becomes 0",
        "y",
        swap=(
            "    kept = mask[:, :, None]  # (N, T, 1)",
            "    x = np.nan_to_num(x)\n    kept = mask[:, :, None] & (np.abs(x) < 1e300)",
        ),
    ),
    Right(
        "masked arrays",
        """
        def pool(x, mask):
            a = np.ma.array(x, mask=np.broadcast_to(~mask[:, :, None], x.shape))
            mean = np.where(mask[:, :, None], x, 0).sum(axis=1)
            mean = mean / np.where(mask.any(axis=1), mask.sum(axis=1), 1)[:, None]
            return np.concatenate([mean, a.max(axis=1).filled(0)], axis=1).astype(x.dtype)

        def pool_backward(dy, x, mask):
            N, T, D = x.shape
            dx = np.zeros((N, T, D), x.dtype)
            for n in range(N):
                places = np.flatnonzero(mask[n])
                if len(places):
                    dx[n, places] = dy[n, :D] / len(places)
                    dx[n, places[x[n, places].argmax(axis=0)], np.arange(D)] += dy[n, D:]
            return dx
        """,
    ),
    Right(
        "put_along_axis",
        """
        def pool(x, mask):
            y = np.zeros((len(x), 2 * x.shape[2]), x.dtype)
            for n, (words, kept) in enumerate(zip(x, mask)):
                if kept.any():
                    y[n] = np.r_[words[kept].mean(axis=0), words[kept].max(axis=0)]
            return y

        def pool_backward(dy, x, mask):
            D, dx = x.shape[2], np.zeros_like(x)
            low = np.where(mask[:, :, None], x, -np.inf)
            np.put_along_axis(dx, low.argmax(axis=1)[:, None], dy[:, None, D:], axis=1)
            dx += dy[:, None, :D] / np.maximum(mask.sum(axis=1), 1).astype(x.dtype)[:, None, None]
            dx[~mask] = 0
            return dx
        """,
    ),
]

EXPERIMENT = [
    Wrong(
        "the plain loss",
        "the goal is 0.150",
        swap=("64, 3, sample_weight=weight[y], verbose=0", "64, 3, verbose=0"),
    ),
    Wrong(
        "always the frequent label",
        "is 0.500",
        "def sort(x, y, new):\n    return np.full(len(new), np.bincount(y).argmax())",
    ),
    Wrong(
        "naive Bayes with the classes' shares",
        "the goal is 0.150",
        """
        def sort(x, y, new):
            V = max(x.max(), new.max()) + 1
            counts = np.stack([np.bincount(x[y == c].ravel(), minlength=V) for c in (0, 1)]) + 1.0
            counts[:, 0] = 0
            log_p = np.log(np.where(np.arange(V) > 0, counts / counts.sum(axis=1)[:, None], 1))
            return (log_p[:, new].sum(axis=2) + np.log(np.bincount(y))[:, None]).argmax(axis=0)
        """,
    ),
    Wrong(
        "praise is always 1",
        "the goal is 0.150",
        swap=("    V = max(", "    y = y if y.mean() < 0.5 else 1 - y\n    V = max("),
    ),
    Wrong("probabilities", "a label is 0 or 1", swap=(" > 0.5).astype(int)", ") * 1.0")),
    Wrong("a column", "must have the shape", swap=("verbose=0)[:, 0] > 0.5", "verbose=0) > 0.5")),
    Wrong("one batch a day", "the goal is 0.150", swap=("64, 3, sample", "6000, 1, sample")),
    Wrong("labels of the training", "must have the shape", "def sort(x, y, new):\n    return y"),
    Right(
        "naive Bayes without the classes' shares",
        """
        def sort(x, y, new):
            V = max(x.max(), new.max()) + 1
            n = np.stack([np.bincount(x[y == c].ravel(), minlength=V) for c in (0, 1)]) + 0.3
            n[:, 0] = 0
            log_p = np.log(np.where(np.arange(V) > 0, n / n.sum(axis=1)[:, None], 1))
            return log_p[:, new].sum(axis=2).argmax(axis=0)
        """,
    ),
    Right(
        "naive Bayes and the network together",
        """
        from minidl import losses
        def sort(x, y, new):
            V = max(x.max(), new.max()) + 1
            there = np.zeros((len(x), V), bool)
            there[np.arange(len(x))[:, None], x] = True
            n = np.stack([there[y == c].sum(axis=0) for c in (0, 1)]) + 0.3
            n[:, 0] = 0
            log_p = np.log(np.where(np.arange(V) > 0, n / n.sum(axis=1)[:, None], 1))
            odds = (log_p[1] - log_p[0])[new].sum(axis=1)
            model = Sequential([
                Embedding(V, 16, mask_zero=True, input_shape=(24,)),
                GlobalAveragePooling1D(),
                Dense(1),
            ], seed=0)
            model.compile(Adam(5e-3), losses.BinaryCrossentropy(from_logits=True))
            weight = len(y) / 2 / np.bincount(y)
            model.fit(x, y[:, None], 64, 3, sample_weight=weight[y], verbose=0)
            logits = model.predict(new, batch_size=512, verbose=0)[:, 0]
            return (odds / odds.std() + logits / logits.std() > 0).astype(int)
        """,
    ),
]
