"""Answers on boxes, of chapter 20; `test_ch20.py` lists them."""

from catalogue import Right, Wrong

NUMBERS = [
    Wrong("the sum as union", "counts once in the union", swap=("iou = 6 / 22", "iou = 6 / 28")),
    Wrong("one row too many", "x1 is where it ends", swap=("iou = 6 / 22", "iou = 12 / 33")),
    Wrong("a whole stride", "by half a stride", swap=("shifted = 144 / 368", "shifted = 64 / 448")),
    Wrong("one direction", "both directions", swap=("shifted = 144 / 368", "shifted = 192 / 320")),
    Wrong("the precision", "precision of all five", swap=("(1 / 1 + 2 / 3 + 3 / 5) / 3", "3 / 5")),
    Wrong("a mean of five", "mean of three", swap=("3 / 5) / 3", "3 / 5) / 5")),
    Wrong("every precision", "at the right boxes", swap=("(1 / 1 + 2 / 3 + 3 / 5) / 3", "49 / 75")),
    Wrong("the same as the IoU", "larger than the IoU", swap=("dice = 1 / 2", "dice = 1 / 3")),
    Wrong("no factor", "1 - p)^2 is missing", swap=("16 * np.log", "np.log")),
    Wrong("no square", "is a square", swap=("16 * np.log", "4 * np.log")),
    Wrong("rounded", "let NumPy", swap=("16 * np.log(0.6) / np.log(0.9)", "77.57")),
    Wrong("mistakes count whole", "counts half", swap=("2.1 / 4.5", "2.1 / 6")),
    Wrong("the mean IoU", "mistakes are missing", swap=("2.1 / 4.5", "0.7")),
    Wrong("a name is missing", "`dice` is not there", swap=("dice = 1 / 2", "dise = 1 / 2")),
    Right(
        "numbers",
        """
        iou, shifted, average = 3 / 11, 9 / 23, 34 / 45
        dice, panoptic = 0.5, 7 / 15
        focal = 77.57374695089334
        """,
    ),
    Right(
        "computed",
        """
        iou, shifted = 2 * 3 / (4 * 4 + 4 * 3 - 2 * 3), 12**2 / (2 * 16**2 - 12**2)
        average, dice = np.mean([1, 2 / 3, 3 / 5]), 2 * (1 / 3) / (1 + 1 / 3)
        focal = (0.4**2 * -np.log(0.6)) / (0.1**2 * -np.log(0.9))
        panoptic = sum([0.8, 0.7, 0.6]) / (3 + 2 / 2 + 1 / 2)
        """,
    ),
]

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
        "dp is wrong",
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
    Wrong("pulled where nothing is shared", "dp is wrong", swap=(" * (common > 0)", "")),
    Wrong("sides not exchanged", "dp is wrong", swap=("* common[:, ::-1] *", "* common *")),
    Wrong(
        "both edges move the shared side",
        "dp is wrong",
        swap=("low = less * (p0 > t0)", "low = less"),
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

_TAKE = "best = int(np.where(left, now, -np.inf).argmax())"
_FALLS = "falls = left & (classes == classes[best])"
_BY_LIST = """
def overlap(a, b):
    w = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
    h = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def soften(boxes, scores, classes, sigma, least):
    rest = [[float(s), -m] for m, s in enumerate(scores)]
    order, taken = [], []
    while rest and max(rest)[0] >= least:
        one = max(rest)
        rest.remove(one)
        best = -one[1]
        order.append(best)
        taken.append(one[0])
        for other in rest:
            if classes[-other[1]] == classes[best]:
                u = float(overlap(boxes[-other[1]], boxes[best]))
                other[0] *= float(np.exp(-u * u / sigma))
    return np.array(order, dtype=int), np.array(taken, dtype=scores.dtype)
"""

SOFTEN = [
    Wrong("any class", "Only boxes of the same class", swap=(_FALLS, "falls = left")),
    Wrong("not squared", "The IoU is squared", swap=("-(overlap**2)", "-overlap")),
    Wrong("2 sigma", "not by 2 sigma", swap=("/ sigma)", "/ (2 * sigma))")),
    Wrong("linear", "linear form", swap=("np.exp(-(overlap**2) / sigma)", "(1 - overlap)")),
    Wrong(
        "hard", "No box is thrown away", swap=("np.exp(-(overlap**2) / sigma)", "(overlap <= 0.5)")
    ),
    Wrong(
        "the first order",
        "The order changes",
        swap=(_TAKE, "best = int(np.where(left, scores, -np.inf).argmax())"),
    ),
    Wrong(
        "the last of equals",
        "Of equal scores",
        swap=(_TAKE, "best = len(now) - 1 - int(np.where(left, now, -np.inf)[::-1].argmax())"),
    ),
    Wrong(
        "the old score decides", "as it is then", swap=("now[best] < least", "scores[best] < least")
    ),
    Wrong(
        "the old scores",
        "not at first",
        swap=("taken.append(now[best])", "taken.append(scores[best])"),
    ),
    Wrong(
        "it does not end",
        "ends with the first",
        swap=("        if now[best] < least:\n            break\n", ""),
    ),
    Wrong(
        "above least",
        "is not below it",
        swap=("now[best] < least", "now[best] <= least"),
    ),
    Wrong("anew each time", "stays", swap=("now * np.exp", "scores * np.exp")),
    Wrong(
        "a score that lowers itself",
        "its own is none",
        swap=("taken.append(now[best])", "taken.append(now[best] * np.exp(-1 / sigma))"),
    ),
    Wrong(
        "scores changed",
        "changes its argument 2",
        swap=(
            ("now, left = scores.astype(scores.dtype), ", "now, left = scores, "),
            (
                "now = np.where(falls, now * np.exp(-(overlap**2) / sigma), now)",
                "now *= np.where(falls, np.exp(-(overlap**2) / sigma), 1)",
            ),
        ),
    ),
    Wrong(
        "sides below 0", "must have the shape", swap=("np.maximum(high - low, 0)", "(high - low)")
    ),
    Wrong(
        "floats for numbers",
        "must be integers",
        swap=("np.array(order, int)", "np.array(order, float)"),
    ),
    Right("a list of pairs", _BY_LIST),
    Right(
        "logarithms of what falls",
        swap=(
            "now = np.where(falls, now * np.exp(-(overlap**2) / sigma), now)",
            "now = now * np.exp(falls * -(overlap * overlap) / sigma)",
        ),
    ),
]
