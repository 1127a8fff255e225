"""Answers to the question `rotate` of chapter 18's exercise."""

from catalogue import Right, Wrong

ROTATE = [
    Wrong(
        "the other way",
        "turns the other way",
        swap=(
            "[a * cos - b * sin, b * cos + a * sin]",
            "[a * cos + b * sin, b * cos - a * sin]",
        ),
    ),
    Wrong(
        "neighbours",
        "not neighbours",
        swap=(
            ("    a, b = np.split(x, 2, axis=-1)", "    a, b = x[..., ::2], x[..., 1::2]"),
            (
                "    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)",
                (
                    "    return np.stack([a * cos - b * sin, b * cos + a * sin], "
                    "axis=-1).reshape(x.shape)"
                ),
            ),
        ),
    ),
    Wrong(
        "i over D",
        "exponent of c",
        swap=("(2 * np.arange(D // 2) / D)", "(np.arange(D // 2) / D)"),
    ),
    Wrong(
        "no brackets around the exponent",
        "needs brackets",
        swap=("/ c ** (2 * np.arange(D // 2) / D)", "/ (c**2 * np.arange(D // 2) / D)"),
    ),
    Wrong(
        "no brackets at all",
        "needs brackets",
        swap=("/ c ** (2 * np.arange(D // 2) / D)", "/ c**2 * np.arange(D // 2) / D"),
    ),
    Wrong(
        "one exponent for each feature",
        "y is wrong",
        swap=("(2 * np.arange(D // 2) / D)", "(2 * np.arange(D // 2) / (D - 1))"),
    ),
    Wrong("upside down", "exponent of c", swap=("p[:, None] / c", "p[:, None] * c")),
    Wrong(
        "own positions",
        "as they are given",
        swap=("p[:, None] /", "np.arange(len(p))[:, None] /"),
    ),
    Wrong("positions from 1", "as they are given", swap=("p[:, None] /", "(p[:, None] + 1) /")),
    Wrong(
        "whole positions",
        "as they are given",
        swap=("p[:, None] /", "p.astype(int)[:, None] /"),
    ),
    Wrong("a base of its own", "base is an argument", swap=("/ c **", "/ 10000.0 **")),
    Wrong("the first feature only", "Both features", swap=("b * cos + a * sin]", "b]")),
    Wrong(
        "forward again",
        "turns the other way",
        swap=("return rotate(dy, -p, c)", "return rotate(dy, p, c)"),
    ),
    Wrong("back is the same", "dx is wrong", swap=("return rotate(dy, -p, c)", "return dy")),
    Wrong(
        "the base turned",
        "dx is wrong",
        swap=("return rotate(dy, -p, c)", "return rotate(dy, p, 1 / c)"),
    ),
    Wrong("one angle for the text", "y is wrong", swap=("p[:, None] /", "p[:1, None] /")),
    Right(
        "complex numbers",
        """
        def rotate(x, p, c):
            D = x.shape[-1]
            z = x[..., : D // 2] + 1j * x[..., D // 2 :]
            z = z * np.exp(1j * p[:, None] * c ** (-np.arange(0, D, 2) / D))
            return np.concatenate([z.real, z.imag], axis=-1).astype(x.dtype)

        def rotate_backward(dy, p, c):
            D = dy.shape[-1]
            z = dy[..., : D // 2] + 1j * dy[..., D // 2 :]
            z = z * np.exp(-1j * p[:, None] * c ** (-np.arange(0, D, 2) / D))
            return np.concatenate([z.real, z.imag], axis=-1).astype(dy.dtype)
        """,
    ),
    Right(
        "matrices",
        """
        def matrices(D, p, c):
            i = np.arange(D // 2)
            t = p[:, None] * np.exp(-2 * i / D * np.log(c))
            R = np.zeros((len(p), D, D))
            R[:, i, i] = R[:, i + D // 2, i + D // 2] = np.cos(t)
            R[:, i + D // 2, i] = np.sin(t)
            R[:, i, i + D // 2] = -np.sin(t)
            return R

        def rotate(x, p, c):
            return np.einsum("tij,ntj->nti", matrices(x.shape[-1], p, c).astype(x.dtype), x)

        def rotate_backward(dy, p, c):
            return np.einsum("tij,nti->ntj", matrices(dy.shape[-1], p, c).astype(dy.dtype), dy)
        """,
    ),
]
