"""Answers to the questions of chapter 02 about layers; `test_ch02.py` has the others."""

from catalogue import Right, Wrong

GATED = [
    Wrong(
        "x through a alone",
        "what comes back through a alone",
        swap=("da @ W.T + dg @ V.T", "da @ W.T"),
    ),
    Wrong("x through g alone", "through g alone", swap=("da @ W.T + dg @ V.T", "dg @ V.T")),
    Wrong("closed gates let through", "A closed gate", swap=(" * (g > 0)", "")),
    Wrong(
        "the maximum is forgotten on both ways back",
        "max(0, g), not g: a closed gate",
        swap=((" * (g > 0)", ""), ("dy * np.maximum(g, 0)", "dy * g")),
    ),
    Wrong("no maximum", "y is wrong. The maximum is", swap=("a * np.maximum(g, 0), (", "a * g, (")),
    Wrong(
        "a is the gate",
        "The roles are exchanged",
        swap=("a, g = x @ W, x @ V", "g, a = x @ W, x @ V"),
    ),
    Wrong("dy is ignored", "does not depend on dy", swap=("= cache", "= cache; dy = dy * 0 + 1")),
    Wrong(
        "the slope of the gate is 1",
        "A gate is no switch",
        swap=("dy * a * (g > 0)", "dy * (g > 0)"),
    ),
    Wrong("slope 1 at g = 0", "At g = 0 the slope is 0", swap=("g > 0", "g >= 0")),
    Wrong(
        "the matrices exchanged",
        "back through its own matrix",
        swap=("da @ W.T + dg @ V.T", "da @ V.T + dg @ W.T"),
    ),
    Wrong(
        "the order of the results",
        "dW is wrong: it is dV",
        swap=("x.T @ da, x.T @ dg", "x.T @ dg, x.T @ da"),
    ),
    Wrong("dx without a transpose", "raised ValueError", swap=("da @ W.T", "da @ W")),
    Wrong(
        "averaged over the batch",
        "5 times too small: did you average over the batch of 5",
        swap=("x.T @ da", "x.T @ da / len(x)"),
    ),
    Wrong("sign", "dV is wrong. The sign is wrong", swap=("x.T @ dg", "-x.T @ dg")),
    Wrong("zeros", "dx is wrong. Yours is zero everywhere", swap=("dx = da", "dx = 0 * x  # da")),
    Wrong(
        "returns no cache",
        "`return y, cache` is needed",
        swap=("(g, 0), (x, W, V, a, g)", "(g, 0)"),
    ),
    Wrong("changes dy", "changes its argument 1", swap=("da = dy", "dy *= 2\n    da = dy")),
    Wrong("answers in float64", "float64 although", swap=("x.T @ dg", "x.T.astype(float) @ dg")),
    Wrong(
        "the cache in a global",
        "is wrong",
        """
        def gated_forward(x, W, V):
            global kept
            kept = x, W, V
            return (x @ W) * np.maximum(x @ V, 0), None

        def gated_backward(dy, cache):
            x, W, V = kept
            da, dg = dy * np.maximum(x @ V, 0), dy * (x @ W) * (x @ V > 0)
            return da @ W.T + dg @ V.T, x.T @ da, x.T @ dg
        """,
    ),
    Wrong(
        "the cache is used up",
        "changes its argument 2",
        """
        def gated_forward(x, W, V):
            return (x @ W) * np.maximum(x @ V, 0), [(x, W, V)]

        def gated_backward(dy, cache):
            x, W, V = cache.pop()
            da, dg = dy * np.maximum(x @ V, 0), dy * (x @ W) * (x @ V > 0)
            return da @ W.T + dg @ V.T, x.T @ da, x.T @ dg
        """,
    ),
    Right(
        "the products are computed again",
        """
        def gated_forward(x, W, V):
            return np.where(x @ V > 0, x @ V, 0) * (x @ W), {"given": (x, W, V)}

        def gated_backward(dy, cache):
            x, W, V = cache["given"]
            is_open = x @ V > 0
            left, right = np.where(is_open, x @ V, 0) * dy, np.where(is_open, x @ W, 0) * dy
            dx = np.einsum("nm,dm->nd", left, W) + np.einsum("nm,dm->nd", right, V)
            return [dx, np.einsum("nd,nm->dm", x, left), np.einsum("nd,nm->dm", x, right)]
        """,
    ),
    Right(
        "both products in one, and an object as cache",
        """
        class Cache:
            pass

        def gated_forward(x, W, V):
            cache = Cache()
            cache.x, cache.both = x.copy(), np.hstack([W, V])
            a, g = np.split(x @ cache.both, 2, axis=1)
            cache.a, cache.g = a * (g > 0), np.maximum(g, 0)
            return a * cache.g, cache

        def gated_backward(dy, cache):
            back = np.hstack([dy * cache.g, dy * cache.a])
            dW, dV = np.split(cache.x.T @ back, 2, axis=1)
            return back @ cache.both.T, dW, dV
        """,
    ),
]

UNIT = [
    Wrong("r taken for given", "It is what comes back directly", swap=(" + dr * x / r", "")),
    Wrong("through r alone", "through r alone", swap=("dy / r + dr", "dr")),
    Wrong("sign of dr", "must be subtracted", swap=("dr = -np", "dr = np")),
    Wrong(
        "not divided by r",
        "The division by r is missing",
        swap=("dy / r + dr * x / r", "dy + dr * x"),
    ),
    Wrong(
        "divided by r once too often",
        "once too often",
        swap=("dy / r + dr * x / r", "dy / r**2 + dr * x / r**2"),
    ),
    Wrong(
        "dr without a sum",
        "a sum over d",
        swap=("np.sum(dy * x, axis=1, keepdims=True)", "dy * x"),
    ),
    Wrong("dr is a mean", "the mean over d", swap=("-np.sum(dy", "-np.mean(dy")),
    Wrong(
        "dr over the batch",
        "The sum is over the batch",
        swap=(
            "-np.sum(dy * x, axis=1, keepdims=True) / r**2",
            "-np.sum(dy * x / r, axis=0, keepdims=True) / r",
        ),
    ),
    Wrong("x where y belongs", "should be x / r, twice", swap=("/ r**2", "")),
    Wrong("the slope of r is 1", "dx is wrong", swap=("dr * x / r", "dr")),
    Wrong(
        "the length of all rows together",
        "dx",
        swap=("x**2, axis=1, keepdims=True", "x**2, keepdims=True"),
    ),
    Wrong("zeros", "Yours is zero everywhere", swap=("return dy / r + dr * x / r", "return 0 * x")),
    Wrong("changes dy", "changes its argument 1", swap=("    dr =", "    dy /= r\n    dr =")),
    Wrong(
        "right only for squares of 1",
        "For numbers near",
        swap=("r**2", "np.maximum(r**2, 1e-12)"),
    ),
    Right(
        "with y and a projection",
        """
        def unit_backward(dy, x):
            y = x / np.linalg.norm(x, axis=-1, keepdims=True)
            along = np.einsum("nd,nd->n", dy, y)[:, None] * y
            return (dy - along) / np.linalg.norm(x, axis=-1)[:, None]
        """,
    ),
    Right(
        "row by row, with the Jacobian",
        """
        def unit_backward(dy, x):
            dx = np.zeros_like(x)
            for n in range(len(x)):
                r = np.hypot.reduce(x[n])
                J = np.eye(x.shape[1], dtype=x.dtype) / r - np.outer(x[n] / r, x[n] / r) / r
                dx[n] = dy[n] @ J
            return dx
        """,
    ),
]

TWO = [
    Wrong("tanh has no slope", "factor 1 - h^2 is missing", swap=(" * (1 - h**2)", "")),
    Wrong("the slope is h^2", "you have h^2", swap=("1 - h**2", "h**2")),
    Wrong("the slope is 1 - h", "you have 1 - h", swap=("1 - h**2", "1 - h")),
    Wrong("no slope below 1e-6", "digits", swap=("(1 - h**2)", "np.maximum(1 - h**2, 1e-6)")),
    Wrong("dW2 without tanh", "tanh is missing", swap=("h.T @ dr", "(x @ W1).T @ dr")),
    Wrong(
        "no average in the gradients",
        "dW1 is wrong. It is 5 times too large: did you forget to average over the batch of 5?",
        swap=("2 * (r - x) / len(x)", "2 * (r - x)"),
    ),
    Wrong(
        "no average in L",
        "L is wrong. It is 5 times too large",
        swap=("** 2) / len(x)", "** 2)"),
    ),
    Wrong(
        "mean over d as well",
        "sum over d has no 1/D",
        swap=("** 2) / len(x)", "** 2) / x.size"),
    ),
    Wrong("the square without its 2", "the square brings a 2", swap=("2 * (r - x)", "(r - x)")),
    Wrong("sign", "The sign is wrong", swap=("2 * (r - x)", "2 * (x - r)")),
    Wrong("dW2 transposed", "dW2 must have the shape (4, 3)", swap=("h.T @ dr", "dr.T @ h")),
    Wrong("the order of the results", "dW1", swap=("dW1, dW2\n", "dW2, dW1\n")),
    Wrong("zeros", "dW1 is wrong. Yours is zero", swap=("len(x), dW1,", "len(x), 0 * dW1,")),
    Wrong(
        "only two results",
        "`return L, dW1, dW2` is needed",
        swap=("len(x), dW1, dW2", "len(x), (dW1, dW2)"),
    ),
    Wrong("changes x", "changes its argument 1", swap=("    dr =", "    x += 0.1\n    dr =")),
    Right(
        "einsum",
        """
        def autoencoder(x, W1, W2):
            h = np.tanh(np.einsum("nd,dm->nm", x, W1))
            e = h @ W2 - x
            slope = (1 - h) * (1 + h)
            dW1 = np.einsum("nd,ne,me,nm->dm", x, e, W2, slope) * 2 / len(x)
            return float((e * e).sum(axis=1).mean()), dW1, np.einsum("nm,nd->md", h, e) * 2 / len(x)
        """,
    ),
    Right(
        "example by example",
        """
        def autoencoder(x, W1, W2):
            L, dW1, dW2 = 0.0, np.zeros_like(W1), np.zeros_like(W2)
            for row in x:
                h = np.tanh(row @ W1)
                e = h @ W2 - row
                L += e @ e / len(x)
                dW2 += 2 * np.outer(h, e) / len(x)
                dW1 += 2 * np.outer(row, (W2 @ e) * (1 - h * h)) / len(x)
            return np.float64(L), dW1, dW2
        """,
    ),
]
