"""Answers to the R1 penalty and to spectral normalization, of chapter 14."""

from catalogue import Right, Wrong

SLOPE = [
    Wrong("one way to W", "leads from u to g", swap=("dg.T @ u + x.T @ dz", "x.T @ dz")),
    Wrong("the other way to W", "W is in z, too", swap=("dg.T @ u + x.T @ dz", "dg.T @ u")),
    Wrong(
        "not averaged",
        "R is wrong. It has to be averaged",
        swap=(".sum() / 2 / len(x)", ".sum() / 2"),
    ),
    Wrong(
        "gradients not averaged",
        "dW is wrong. It has to be averaged",
        swap=("dg = g / len(x)", "dg = g"),
    ),
    Wrong("no half", "The 1/2 in R", swap=(".sum() / 2 / len(x)", ".sum() / len(x)")),
    Wrong(
        "half forgotten backward",
        "goes with the 2",
        swap=("dg = g / len(x)", "dg = 2 * g / len(x)"),
    ),
    Wrong(
        "mean over D",
        "over the D coordinates",
        swap=("(g**2).sum() / 2 / len(x)", "(g**2).mean() / 2"),
    ),
    Wrong(
        "the length of g",
        "not of its square",
        swap=("(g**2).sum() / 2 / len(x)", "np.sqrt((g**2).sum(axis=1)).mean()"),
    ),
    Wrong("no c", "c is missing", swap=("x @ W + c", "x @ W")),
    Wrong("dc without v", "v is missing", swap=("dz.sum(axis=0), (du", "du.sum(axis=0), (du")),
    Wrong("dv by z alone", "dv is wrong", swap=("(du * z).sum", "(dz * z).sum")),
    Wrong(
        "dc over the wrong axis",
        "dc must have the shape",
        swap=("dz.sum(axis=0)", "dz.sum(axis=1)"),
    ),
    Wrong("the penalty of u", "R is wrong", swap=("(g**2).sum() / 2", "(u**2).sum() / 2")),
    Wrong("R alone", "4 results", swap=(", dW, dz.sum(axis=0), (du * z).sum(axis=0)", "")),
    Right(
        "sample by sample",
        """
        def penalty(x, W, c, v):
            R, dW, dc, dv = 0.0, np.zeros(W.shape), 0 * c, 0 * v
            for row in x:
                z = W.T @ row + c
                g = W @ (v * z)
                R += g @ g / 2
                back = W.T @ g
                dW += np.outer(g, v * z) + np.outer(row, back * v)
                dc += back * v
                dv += back * z
            return R / len(x), dW / len(x), dc / len(x), dv / len(x)
        """,
    ),
    Right(
        "through the matrix of second derivatives",
        """
        def penalty(x, W, c, v):
            N, A, q = len(x), (W * v) @ W.T, (W * v) @ c
            g = x @ A + q
            dA, dq = x.T @ g / N, g.mean(axis=0)
            dW = (dA + dA.T) @ W * v + np.outer(dq, v * c)
            dv = np.einsum("dh,de,eh->h", W, dA, W) + (W.T @ dq) * c
            return np.mean((g**2).sum(axis=1)) / 2, dW, v * (W.T @ dq), dv
        """,
    ),
]

_TURN = "    u = W.T @ (W @ u)\n    u = u / np.linalg.norm(u)\n"
_DW = "return (g - (g * (W / sigma)).sum() * np.outer(v, u)) / sigma"

NORM = [
    Wrong(
        "the old u",
        "turn first",
        swap=(
            _TURN + "    return W / np.linalg.norm(W @ u)",
            "    W, u = W / np.linalg.norm(W @ u), W.T @ (W @ u)\n"
            "    u = u / np.linalg.norm(u)\n    return W",
        ),
    ),
    Wrong(
        "squared",
        "not its square",
        swap=("return W / np.linalg.norm(W @ u), u", "return W / np.linalg.norm(W @ u) ** 2, u"),
    ),
    Wrong(
        "the length of W",
        "no single direction",
        swap=("return W / np.linalg.norm(W @ u), u", "return W / np.linalg.norm(W), u"),
    ),
    Wrong(
        "exact",
        "one turn was asked for",
        swap=("return W / np.linalg.norm(W @ u), u", "return W / np.linalg.norm(W, 2), u"),
    ),
    Wrong(
        "u stays",
        "It is not turned",
        swap=(
            _TURN + "    return W / np.linalg.norm(W @ u), u",
            "    n = W.T @ (W @ u)\n    return W / np.linalg.norm(W @ n) * np.linalg.norm(n), u",
        ),
    ),
    Wrong("not of length 1", "What is wrong", swap=("    u = u / np.linalg.norm(u)\n", "")),
    Wrong(
        "two turns",
        "What is wrong",
        swap=("    u = W.T @ (W @ u)\n", "    u = W.T @ (W @ (W.T @ (W @ u)))\n"),
    ),
    Wrong("sigma is a constant", "its part is missing", swap=(_DW, "return g / sigma")),
    Wrong("sigma alone", "through sigma alone", swap=("return (g - (g *", "return (0 * g - (g *")),
    Wrong("added", "the wrong sign", swap=("return (g - (g *", "return (g + (g *")),
    Wrong("one sigma too few", "too few", swap=("(g * (W / sigma))", "(g * W)")),
    Wrong(
        "turned again",
        "here it stays",
        swap=(
            "    r = W @ u\n",
            "    u = W.T @ (W @ u)\n    u = u / np.linalg.norm(u)\n    r = W @ u\n",
        ),
    ),
    Wrong(
        "u made short",
        "take it as it is",
        swap=("    r = W @ u\n", "    u = u / np.linalg.norm(u)\n    r = W @ u\n"),
    ),
    Wrong(
        "entry by entry",
        "dW is wrong",
        swap=("(g * (W / sigma)).sum() * np.outer(v, u)", "g * (W / sigma) * np.outer(v, u)"),
    ),
    Wrong("What alone", "2 results", swap=("(W @ u), u", "(W @ u)")),
    Right(
        "with einsum",
        """
        def normalized(W, u):
            v = np.einsum("dm,m->d", W, u)
            new = np.einsum("dm,d->m", W, v)
            new /= np.sqrt(np.sum(new**2))
            return W / np.sqrt(np.sum((W @ new) ** 2)), new
        def normalized_backward(g, W, u):
            s = np.sqrt(np.sum((W @ u) ** 2))
            dsigma = -np.sum(g * W) / s**2
            return g / s + dsigma * np.einsum("d,m->dm", W @ u / s, u)
        """,
    ),
    Right(
        "both lengths taken on the way",
        """
        def normalized(W, u):
            v = W @ u
            v = v / np.linalg.norm(v)
            u = v @ W
            u = u / np.linalg.norm(u)
            return W / np.hypot.reduce(W @ u), u
        def normalized_backward(g, W, u):
            r = W @ u
            s = np.linalg.norm(r)
            return (g - np.vdot(g, W) / s**2 * r[:, None] * u[None]) / s
        """,
    ),
]
