"""Answers to the questions of chapter 01 about softmax; `test_ch01.py` has the others."""

from catalogue import Right, Wrong

ENTROPY = [
    Wrong("the sum", "It is the sum over the examples", swap=("].mean()", "].sum()")),
    Wrong("no maximum", "1000 and -1000", swap=("z - z.max(axis=1, keepdims=True)", "1 * z")),
    Wrong(
        "the logarithm of p",
        "L with logits of 1000 and -1000 is inf",
        swap=("return -log_p[rows, labels]", "return -np.log(np.exp(log_p[rows, labels]))"),
    ),
    Wrong("softmax over the batch", "over the classes", swap=("z).sum(axis=1", "z).sum(axis=0")),
    Wrong("the sign", "a loss is not negative", swap=("return -log_p", "return log_p")),
    Wrong(
        "the largest of the whole batch",
        "near 1000",
        swap=("max(axis=1, keepdims=True)", "max()"),
    ),
    Wrong("divided by C as well", "no 1/C", swap=("].mean()", "].mean() / z.shape[1]")),
    Wrong("one loss an example", "L must have the shape ()", swap=("].mean()", "]")),
    Wrong("p without a logarithm", "without a logarithm", swap=("-log_p[", "np.exp(log_p)[")),
    Wrong(
        "the classes that occur",
        "that are no label here",
        swap=("z = z -", "z = z[:, : labels.max() + 1]; z = z -"),
    ),
    Wrong("changes z", "changes its argument 1", swap=("z = z - z.max", "z -= z.max")),
    Right(
        "one-hot rows",
        """
        def softmax_cross_entropy(z, labels):
            t = np.eye(z.shape[1])[labels]
            m = z.max(axis=1)
            log_sum = m + np.log(np.exp(z - m[:, None]).sum(axis=1))
            return np.mean(log_sum - (t * z).sum(axis=1))
        """,
    ),
    Right(
        "SciPy",
        """
        from scipy.special import logsumexp

        def softmax_cross_entropy(z, labels):
            N = len(labels)
            return sum(logsumexp(z[n]) - z[n, labels[n]] for n in range(N)) / N
        """,
    ),
]

DIFFERENCE = [
    Wrong(
        "not averaged",
        "dz is wrong. It is 5 times too large: did you forget to average over the batch of 5?",
        swap=("dz / len(z)", "dz"),
    ),
    Wrong("no maximum", "1000 and -1000", swap=("z - z.max(axis=1, keepdims=True)", "z")),
    Wrong(
        "the target is not subtracted",
        "the target has to be",
        swap=("    dz[np.arange(len(z)), labels] -= 1\n", ""),
    ),
    Wrong("divided by C", "do you divide by C", swap=("dz / len(z)", "dz / len(z) / z.shape[1]")),
    Wrong("softmax over the batch", "over the classes", swap=("dz.sum(axis=1", "dz.sum(axis=0")),
    Wrong(
        "whole columns",
        "from whole columns",
        swap=("[np.arange(len(z)), labels]", "[:, labels]"),
    ),
    Wrong("the sign", "The sign is wrong", swap=("dz / len(z)", "-dz / len(z)")),
    Wrong("zeros", "dz is wrong. Yours is zero", swap=("dz / len(z)", "0 * dz")),
    Wrong(
        "by p",
        "the gradient with respect to p",
        swap=(
            (
                "    dz[np.arange(len(z)), labels] -= 1\n",
                "    t = np.eye(z.shape[1])[labels]\n",
            ),
            ("return dz / len(z)", "return -t / dz / len(z)"),
        ),
    ),
    Wrong(
        "only the right classes",
        "Only the entries of the right classes",
        swap=("return dz", "dz = np.minimum(dz, 0)\n    return dz"),
    ),
    Wrong(
        "the largest of the whole batch",
        "near 1000",
        swap=("z.max(axis=1, keepdims=True)", "z.max()"),
    ),
    Wrong(
        "changes z",
        "changes its argument 1",
        swap=("dz = np.exp(z - z", "z -= 1\n    dz = np.exp(z - z"),
    ),
    Right(
        "one-hot rows",
        """
        def softmax_gradient(z, labels):
            p = np.exp(z - z.max(axis=1)[:, None])
            return (p / p.sum(axis=1)[:, None] - np.eye(z.shape[1])[labels]) / z.shape[0]
        """,
    ),
    Right(
        "SciPy",
        """
        from scipy.special import softmax

        def softmax_gradient(z, labels):
            dz = softmax(z, axis=1)
            dz[range(len(z)), labels] -= 1.0
            dz /= len(z)
            return dz
        """,
    ),
]
