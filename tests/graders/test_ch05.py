"""Answers to the exercise of chapter 05."""

from answers_ch05 import EXPERIMENT, PULL
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch05-regularization"

ANSWERS = {
    "penalty": [
        Wrong("the 2 is forgotten", "The 2 of the square is missing", swap=("2 * l2", "l2")),
        Wrong("|w| as the slope", "dw is wrong", swap=("np.sign(w)", "np.abs(w)")),
        Wrong("1 at 0", "dw at w near 0", swap=("np.sign(w)", "np.where(w < 0, -1, 1)")),
        Wrong("not a number at 0", "near 0", swap=("np.sign(w)", "w / np.abs(w)")),
        Wrong("the mean", "P is ", swap=("np.abs(w).sum()", "np.abs(w).mean()")),
        Wrong("half of the square", "P is wrong", swap=("(w**2).sum()", "(w**2).sum() / 2")),
        Wrong("of rows", "P must have the shape ()", swap=("np.abs(w).sum()", "abs(w).sum(-1)")),
        Wrong("the strengths exchanged", "are exchanged", swap=("(w, l1, l2):", "(w, l2, l1):")),
        Wrong("L1 forgotten", "dw is wrong", swap=("l1 * np.sign(w) + ", "")),
        Wrong("changes w", "changes its argument 1", swap=("    dw =", "    w *= 2\n    dw =")),
        Wrong("float64", "float64 although", swap=("2 * l2 * w", "2 * l2 * w.astype(float)")),
        Wrong("only dw", "`return P, dw` is needed", swap=("return P, dw", "return dw")),
        Right(
            "entry by entry",
            """
            def penalty(w, l1, l2):
                P, dw = 0.0, np.zeros_like(w)
                for index, value in np.ndenumerate(w):
                    P += l1 * abs(value) + l2 * value * value
                    dw[index] = 2 * l2 * value + (l1 if value > 0 else -l1 if value < 0 else 0)
                return P, dw
            """,
        ),
        Right(
            "with products",
            """
            def penalty(w, l1, l2):
                flat, s = w.ravel(), (w > 0).astype(w.dtype) - (w < 0)
                return [l1 * np.linalg.norm(flat, 1) + l2 * flat @ flat, s * l1 + w * (l2 + l2)]
            """,
        ),
    ],
    "dropout": [
        Wrong("not inverted", "has to grow by", swap=("(kept / (1 - rate))", "kept")),
        Wrong("divided by the rate", "You divide by r", swap=("kept / (1 - rate)", "kept / rate")),
        Wrong("drops the others", "u >= r keeps", swap=(">= rate", "< rate")),
        Wrong("draws twice", "called once", swap=("mask = (", "rng.random(); mask = (")),
        Wrong("float32", "gives other numbers", swap=("x.shape)", "x.shape, np.float32)")),
        Wrong("one mask for all", "the same mask", swap=("random(x.shape)", "random(x.shape[1:])")),
        Wrong("from y", "may have been kept", swap=("mask, mask", "mask, mask * (mask * x != 0)")),
        Wrong("the mask is y / x", "dx", swap=("x * mask, mask", "x * mask, x * mask / x")),
        Wrong("drops in inference", "It drops in inference, too", swap=("not training", "False")),
        Wrong("halves", "y in inference", swap=("return x, None", "return x / 2, None")),
        Wrong("no gradient after inference", "pass in inference", swap=("x, None", "x, 0 * x")),
        Wrong("draws always", "drawn from rng", swap=("return x,", "rng.random(); return x,")),
        Wrong("a mask of float64", "y is float64", swap=(".astype(x.dtype)", "")),
        Wrong(
            "the mask in a global",
            "What was dropped gets a gradient",
            swap=(
                ("    if not", "    global mask\n    mask = 1\n    if not"),
                ("    mask = cache\n", ""),
            ),
        ),
        Wrong(
            "the rate in a global",
            "that of another forward pass",
            swap=(
                ("    if not", "    global grow\n    grow = 1 / (1 - rate)\n    if not"),
                ("x * mask, mask", "x * mask, kept"),
                ("dy * mask", "dy * mask * grow"),
            ),
        ),
        Wrong("backward is dy", "dx is wrong", swap=("dy * mask", "dy")),
        Wrong("changes x", "its argument 1", swap=("return x * mask", "x *= mask; return x")),
        Wrong("no cache", "`return y, cache` is needed", swap=("x * mask, mask", "x * mask")),
        Right(
            "indices of what was dropped",
            """
            def dropout_forward(x, rate, rng, training=True):
                dropped = rng.random(x.shape) < rate if training else np.zeros(x.shape, bool)
                rate = rate if training else 0
                y = x / (1 - rate)
                y[dropped] = 0
                return y, {"dropped": np.nonzero(dropped), "rate": rate}

            def dropout_backward(dy, cache):
                dx = dy / (1 - cache["rate"])
                dx[cache["dropped"]] = 0
                return dx
            """,
        ),
        Right(
            "always a mask",
            """
            def dropout_forward(x, rate, rng, training=True):
                mask = np.ones(x.shape)
                if training:
                    mask = np.where(rng.random(x.shape) >= rate, 1 / (1 - rate), 0)
                return np.multiply(mask, x, dtype=x.dtype), (mask.astype(x.dtype),)

            def dropout_backward(dy, cache):
                return np.multiply(cache[0], dy)
            """,
        ),
    ],
    "stop": [
        Wrong("equal improves", "It is 5", swap=("loss < smallest", "loss <= smallest")),
        Wrong("one epoch too many", "It is 5", swap=(">= patience", "> patience")),
        Wrong("from infinity", "are infinite", swap=("losses[0], 1, 1", "float('inf'), 0, 1")),
        Wrong("floats", "whole numbers", swap=("epoch, best\n", "float(epoch), best\n")),
        Wrong("one epoch too few", "It is 3", swap=(">= patience", ">= patience - 1")),
        Wrong("from 0", "counted from 1", swap=("return epoch, best", "return epoch, best - 1")),
        Wrong("the order", "It is 2", swap=("return epoch, best", "return best, epoch")),
        Wrong(
            "looks ahead",
            "best is wrong",
            swap=("return epoch, best", "return epoch, 1 + np.argmin(losses)"),
        ),
        Wrong(
            "the epoch before",
            "It is 5",
            swap=("        if epoch", "        smallest = loss\n        if epoch"),
        ),
        Wrong(
            "the patience is never given back",
            "when an improvement comes in time",
            """
            def early_stopping(losses, patience):
                better = [k for k in range(len(losses)) if losses[k] < min([99, *losses[:k]])]
                worse = [k for k in range(len(losses)) if k not in better]
                end = (worse[patience - 1 :] or [len(losses) - 1])[0]
                return end + 1, 1 + max(k for k in better if k <= end)
            """,
        ),
        Wrong("nan improves", "is no improvement", swap=("loss < s", "not loss >= s")),
        Wrong("nan is a bar", "no bar", swap=("if loss", "smallest += 0 * loss\n        if loss")),
        Wrong("starts from a fixed number", "above a million", swap=("= losses[0]", "= 1e6")),
        Wrong("by heart", "when", "def early_stopping(losses, patience):\n    return 4, 2"),
        Right(
            "counting down",
            """
            def early_stopping(losses, patience):
                left, best, seen = patience, 1, [losses[0]]
                while left and len(seen) < len(losses):
                    loss = losses[len(seen)]
                    improved = all(loss < old for old in seen if old == old)
                    seen.append(loss)
                    left = patience if improved else left - 1
                    best = len(seen) if improved else best
                return np.int64(len(seen)), best
            """,
        ),
        Right(
            "with a running minimum",
            """
            def early_stopping(losses, patience):
                low, last = np.fmin.accumulate(np.array(losses, float)), 0
                for k in range(len(low)):
                    last = k if k and low[k] < low[k - 1] else last
                    if k - last == patience:
                        return k + 1, last + 1
                return len(low), last + 1
            """,
        ),
    ],
    "noise": [
        Wrong("no price", "The noise costs", swap=(" + strength * (size * W**2).sum()", "")),
        Wrong(
            "r in place of r / (1 - r)", "variance of a factor", swap=("rate / (1 - rate)", "rate")
        ),
        Wrong("a sum", "price, too, is a mean", swap=("**2).mean(axis", "**2).sum(axis")),
        Wrong("x is not squared", "L is", swap=("(x**2).mean", "np.abs(x).mean")),
        Wrong("mean, then square", "L is", swap=("(x**2).mean(axis=0)", "(x.mean(axis=0)**2)")),
        Wrong("one strength for all", "of its own", swap=("mean(axis=0)[:, None]", "mean()")),
        Wrong("mean over M as well", "Sum over m", swap=("(e**2).sum() / len(x)", "(e**2).mean()")),
        Wrong("draws a mask", "L is", swap=("    e = x", "    x = 2 * x; strength = 0\n    e = x")),
        Wrong("no bias", "L is", swap=("@ W + b", "@ W")),
        Wrong("changes W", "changes its argument 3", swap=("    e = x", "    W += 1\n    e = x")),
        Right(
            "over all masks",
            """
            def expected_loss(x, t, W, b, rate):
                L, D = 0.0, x.shape[1]
                for number in range(2**D):
                    kept = np.array([number >> d & 1 for d in range(D)])
                    chance = np.prod(np.where(kept, 1 - rate, rate)) / len(x)
                    L += chance * np.sum(((x * kept / (1 - rate)) @ W + b - t) ** 2)
                return L
            """,
        ),
        Right(
            "example by example",
            """
            def expected_loss(x, t, W, b, rate):
                L, k = 0.0, 1 / (1 - rate) - 1
                for row, target in zip(x, t):
                    e, noisy = row @ W + b - target, row[:, None] * W
                    L += (e @ e + k * np.sum(noisy**2)) / len(x)
                return L
            """,
        ),
    ],
    "pull": PULL,
    "experiment": EXPERIMENT,
}
