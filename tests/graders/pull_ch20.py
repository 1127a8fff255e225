"""Answers on the loss of boxes, of chapter 20; `test_ch20.py` lists them."""

from catalogue import Right, Wrong

_LESS = "less = (1 / U + shared / U**2) * common[:, ::-1] * (common > 0)"
_WIDER = "wider = 2 * rho / d**2 * around"
_BY_EDGES = """
def pull(p, t):
    L, dp = 0.0, np.zeros_like(p)
    areas = [(b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (p, t)]
    low, high = np.maximum(p, t), np.minimum(p, t)
    w, h = high[:, 2] - low[:, 0], high[:, 3] - low[:, 1]
    touch = (w > 0) & (h > 0)
    shared = np.where(touch, w * h, 0)
    covered = areas[0] + areas[1] - shared
    out = [low[:, 2] - high[:, 0], low[:, 3] - high[:, 1]]
    square = out[0] ** 2 + out[1] ** 2
    apart = [(p[:, k] + p[:, k + 2] - t[:, k] - t[:, k + 2]) / 2 for k in (0, 1)]
    rho = apart[0] ** 2 + apart[1] ** 2
    L = np.mean(1 - shared / covered + rho / square)
    for edge in range(4):
        k, sign = edge % 2, 1 if edge > 1 else -1
        across = (h, w)[k]
        mine = p[:, edge] < t[:, edge] if edge > 1 else p[:, edge] > t[:, edge]
        dI = sign * np.where(touch & mine, across, 0)
        dP = sign * (p[:, 3 - k] - p[:, 1 - k])
        dU = dP - dI
        dd = sign * 2 * out[k] * ~mine
        dp[:, edge] = -(dI * covered - shared * dU) / covered**2
        dp[:, edge] += apart[k] / square - rho / square**2 * dd
    return L, dp / p.dtype.type(len(p))
"""

PULL = [
    Wrong(
        "areas below 0",
        "Two sides below 0",
        swap=(
            "np.maximum(np.minimum(p1, t1) - np.maximum(p0, t0), 0)",
            "np.minimum(p1, t1) - np.maximum(p0, t0)",
        ),
    ),
    Wrong(
        "no distance",
        "distance of the centres is",
        swap=("1 - shared / U + rho / d", "1 - shared / U"),
    ),
    Wrong("not squared", "are squared", swap=("+ rho / d)", "+ np.sqrt(rho / d))")),
    Wrong(
        "corners for centres",
        "half the sum",
        swap=("(p0 + p1 - t0 - t1) / 2", "(p0 + p1 - t0 - t1)"),
    ),
    Wrong("the union counts twice", "once in the union", swap=("U = P + T - shared", "U = P + T")),
    Wrong(
        "the diagonal of t",
        "around both",
        swap=("around = np.maximum(p1, t1) - np.minimum(p0, t0)", "around = other"),
    ),
    Wrong("the sum", "It is the sum", swap=(".mean()", ".sum()")),
    Wrong(
        "dp of the sum",
        "It is the sum",
        swap=("np.hstack([low, high]) / p.dtype.type(len(p))", "np.hstack([low, high])"),
    ),
    Wrong(
        "U fixed",
        "U depends on p, too",
        swap=(
            (_LESS, _LESS.replace(" + shared / U**2", "")),
            ("more = shared / U**2", "more = 0 * shared / U**2"),
        ),
    ),
    Wrong("d fixed", "d depends on p, too", swap=(_WIDER, _WIDER.replace("2 *", "0 *"))),
    Wrong(
        "rho fixed",
        "rho depends on p, too",
        swap=(
            ("* (p0 < t0) + between / d", "* (p0 < t0)"),
            ("* (p1 > t1) + between / d", "* (p1 > t1)"),
        ),
    ),
    Wrong(
        "U by P alone",
        "not dP alone",
        swap=(_LESS, _LESS.replace(" + shared / U**2", "")),
    ),
    Wrong(
        "U by I alone", "not -dI alone", swap=("more = shared / U**2", "more = 0 * shared / U**2")
    ),
    Wrong(
        "pulled where nothing is shared", "there I has the gradient 0", swap=(" * (common > 0)", "")
    ),
    Wrong(
        "the same side of I",
        "of the *other* side",
        swap=("* common[:, ::-1] *", "* common *"),
    ),
    Wrong("the same side of P", "of the *other* side", swap=("own[:, ::-1]", "own")),
    Wrong(
        "the same side of both",
        "of the *other* side",
        swap=(
            ("common[:, ::-1] * (common > 0)", "common * (shared > 0)"),
            ("own[:, ::-1]", "own"),
        ),
    ),
    Wrong(
        "every edge is one of I",
        "moves I only where",
        swap=(
            ("low = less * (p0 > t0)", "low = less"),
            ("high = -less * (p1 < t1)", "high = -less"),
        ),
    ),
    Wrong(
        "every edge is one around",
        "moves d only where",
        swap=(("wider * (p0 < t0)", "wider"), ("wider * (p1 > t1)", "wider")),
    ),
    Wrong(
        "a centre moves with its edge",
        "the centre moves by 1/2",
        swap=(
            ("(p0 < t0) + between / d", "(p0 < t0) + 2 * between / d"),
            ("(p1 > t1) + between / d", "(p1 > t1) + 2 * between / d"),
        ),
    ),
    Wrong(
        "no 2 of the square of rho",
        "rho is squared",
        swap=(
            ("(p0 < t0) + between / d", "(p0 < t0) + between / d / 2"),
            ("(p1 > t1) + between / d", "(p1 > t1) + between / d / 2"),
        ),
    ),
    Wrong(
        "no 2 of the square of d",
        "d is squared",
        swap=(_WIDER, _WIDER.replace("2 * rho", "rho")),
    ),
    Wrong("the sign", "The sign", swap=("return L, np.hstack", "return L, -np.hstack")),
    Wrong(
        "small boxes are nothing",
        "is wrong",
        swap=("U = P + T - shared  # (N, 1)", "U = P + T - shared + 1e-7"),
    ),
    Right("an edge at a time", _BY_EDGES),
    Right(
        "by the quotient rule",
        swap=(
            (
                _LESS,
                "less = (P + T) / U**2 * common[:, ::-1] * (common.min(axis=1, keepdims=True) > 0)",
            ),
            (_WIDER, "wider = 2 * rho * around / (d * d)"),
        ),
    ),
]
