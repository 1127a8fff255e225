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
    Wrong(
        "p for 1 - p",
        "In the factor p stands",
        swap=("16 * np.log", "(0.6 / 0.9) ** 2 * np.log"),
    ),
    Wrong(
        "the logarithm of 1 - p",
        "In the logarithm",
        swap=("np.log(0.6) / np.log(0.9)", "np.log(0.4) / np.log(0.1)"),
    ),
    Wrong(
        "p and 1 - p exchanged",
        "p and 1 - p are exchanged",
        swap=(
            "16 * np.log(0.6) / np.log(0.9)",
            "(0.6 / 0.9) ** 2 * np.log(0.4) / np.log(0.1)",
        ),
    ),
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
