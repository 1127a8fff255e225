"""Answers to the exercise of chapter 20."""

from answers_ch20 import NUMBERS, SOFTEN
from catalogue import Right, Wrong
from masks_ch20 import TVERSKY
from proving import *  # noqa: F403  the tests
from pull_ch20 import PULL
from things_ch20 import QUALITY

CHAPTER = "ch20-detection-and-segmentation"

_LOOK = """
def look(n, layers):
    places = np.arange(-40, 400) + 0.5  # where cells look, those in the padding, too
    cells, zero = n, 40  # how many are real, and which of them is the first
    for k, s, before, after in layers:
        cells = (cells + before + after - k) // s + 1
        start = zero - before
        row = [places[i : i + k].mean() for i in range(start % s, len(places) - k + 1, s)]
        zero, places = start // s, np.array(row)
    return cells, float(places[zero]), float(places[zero + 1] - places[zero])
"""
_CODES = """
def encode(boxes, across, down):
    cells, codes = np.zeros((len(boxes), 2), int), np.zeros(boxes.shape, boxes.dtype)
    for k, (count, first, step) in enumerate((across, down)):
        places = (first + step * np.arange(count)).astype(boxes.dtype)
        centre = (boxes[:, k] + boxes[:, k + 2]) / 2
        cells[:, k] = np.abs(centre[:, None] - places).argmin(axis=1)
        codes[:, k] = (centre - places[cells[:, k]]) / step
        codes[:, k + 2] = np.log(boxes[:, k + 2] - boxes[:, k]) - np.log(step)
    return cells, codes


def decode(cells, codes, across, down):
    boxes = np.zeros(codes.shape, codes.dtype)
    for k, (_, first, step) in enumerate((across, down)):
        centre = first + step * (cells[:, k] + codes[:, k])
        side = step * np.exp(codes[:, k + 2])
        boxes[:, k], boxes[:, k + 2] = centre - side / 2, centre + side / 2
    return boxes
"""
_CELLS = "cells = np.clip(np.ceil(u - 0.5), 0, count - 1)"

CELLS = [
    Wrong(
        "pixels begin at 0", "middle at 0.5", swap=("first, step = 0.5, 1", "first, step = 0.0, 1")
    ),
    Wrong(
        "half a stride",
        "It is half a stride",
        swap=("return n, first, step", "return n, step / 2, step"),
    ),
    Wrong(
        "the padding at the wrong end",
        "are exchanged",
        swap=("(k - 1) / 2 - before", "(k - 1) / 2 - after"),
    ),
    Wrong(
        "the padding halved",
        "does not move the first",
        swap=("(k - 1) / 2 - before", "(k - 1 - before - after) / 2"),
    ),
    Wrong("no padding", "Padding moves the first", swap=("(k - 1) / 2 - before", "(k - 1) / 2")),
    Wrong(
        "the step changes first",
        "change `step` last",
        swap=("first + step * ((k", "first + step * s * ((k"),
    ),
    Wrong(
        "layers side by side",
        "already a step apart",
        swap=("first + step * ((k", "first + ((k"),
    ),
    Wrong("strides added", "multiply", swap=("step * s\n", "step + s\n")),
    Wrong(
        "one window too many",
        "does not fit in whole",
        swap=("(n + before + after - k) // s + 1", "-(-(n + before + after - k) // s) + 1"),
    ),
    Wrong("to the even one", "not the even one", swap=("np.ceil(u - 0.5)", "np.rint(u)")),
    Wrong("to the right one", "Of two cells", swap=("np.ceil(u - 0.5)", "np.floor(u + 0.5)")),
    Wrong("the cell before", "places are middles", swap=("np.ceil(u - 0.5)", "np.floor(u)")),
    Wrong(
        "half a step too far",
        "Half a step too far: from",
        swap=("(k - 1) / 2 - before", "k / 2 - before"),
    ),
    Wrong(
        "half a step too far, from 0",
        "Half a step too far: from",
        swap=(("first, step = 0.5, 1", "first, step = 0, 1"), ("(k - 1) / 2 -", "k / 2 -")),
    ),
    Wrong(
        "places in the image alone",
        "Do not clip to the image",
        swap=("return n, first, step", "return n, max(first, 0.5), step"),
    ),
    Wrong(
        "windows in the image alone",
        "Do not clip to the image",
        swap=(
            (
                "first, step = 0.5, 1",
                "first, step, low = 0.5, 1, 0",
            ),
            (
                "        first, step =",
                "        low = low - step * before\n        first, step =",
            ),
            ("return n, first, step", "return n, first + (max(low, 0) - low) / 2, step"),
        ),
    ),
    Wrong(
        "the first window forgotten",
        "The first window counts, too",
        swap=("(n + before + after - k) // s + 1", "(n + before + after - k) // s"),
    ),
    Wrong(
        "the padding before alone",
        "padding at both ends",
        swap=("(n + before + after - k)", "(n + before - k)"),
    ),
    Wrong(
        "outside the grid", "its last cell on that side", swap=(_CELLS, "cells = np.ceil(u - 0.5)")
    ),
    Wrong(
        "distances within the grid",
        "even if that is outside",
        swap=(_CELLS, "u = np.clip(u, 0, count - 1)\n    cells = np.ceil(u - 0.5)"),
    ),
    Wrong(
        "boxes in the image alone",
        "Do not clip boxes",
        swap=("    u = ((boxes", "    boxes = np.maximum(boxes, 0)\n    u = ((boxes"),
    ),
    Wrong(
        "one grid for both",
        "go by `across`",
        swap=(
            "np.array([across, down]).T.astype(boxes",
            "np.array([across, across]).T.astype(boxes",
        ),
    ),
    Wrong(
        "grids exchanged",
        "go by `across`",
        swap=(
            "np.array([across, down]).T.astype(boxes",
            "np.array([down, across]).T.astype(boxes",
        ),
    ),
    Wrong(
        "codes from the edge of a cell",
        "Half a step too far: a cell",
        swap=("np.hstack([u - cells,", "np.hstack([u - cells - 0.5,"),
    ),
    Wrong(
        "height before width",
        "Width comes first",
        swap=(
            "(boxes[:, 2:] - boxes[:, :2]) / step",
            "((boxes[:, 2:] - boxes[:, :2]) / step)[:, ::-1]",
        ),
    ),
    Wrong(
        "in pixels",
        "in steps, not in pixels",
        swap=("np.hstack([u - cells,", "np.hstack([(u - cells) * step,"),
    ),
    Wrong(
        "sizes in pixels", "are in steps, too", swap=("boxes[:, :2]) / step)])", "boxes[:, :2]))])")
    ),
    Wrong("cells as floats", "must be integers", swap=("cells.astype(int)", "cells")),
    Wrong(
        "back by half a stride",
        "looks somewhere else",
        swap=("centre = first + step * (c", "centre = step * (0.5 + c"),
    ),
    Wrong(
        "back by half a step too many",
        "cell 0 looks at `first`, nothing",
        swap=("centre = first + step * (c", "centre = first + step * (0.5 + c"),
    ),
    Wrong(
        "back with height before width",
        "the fourth of the height",
        swap=("np.exp(codes[:, 2:])", "np.exp(codes[:, :1:-1])"),
    ),
    Wrong(
        "back in the image alone",
        "do not clip it",
        swap=(
            "np.hstack([centre - half, centre + half])",
            "np.maximum(np.hstack([centre - half, centre + half]), 0)",
        ),
    ),
    Wrong(
        "twice as large",
        "Half of the width",
        swap=("np.exp(codes[:, 2:]) / 2", "np.exp(codes[:, 2:])"),
    ),
    Wrong(
        "learnt by heart",
        "is wrong",
        swap=(
            "    return n, first, step",
            "    return (4, 0.5, 2) if n == 7 else (n // 2, 1.0, 2)",
        ),
    ),
    Right("windows of places", _LOOK + _CODES),
    Right(
        "what a cell sees, and all distances",
        _CODES
        + """

def look(n, layers):
    begin, end, step = 0.0, 1.0, 1
    for k, s, b, a in layers:
        begin, end = begin - b * step, end + (k - 1 - b) * step
        n, step = len(range(k, n + a + b + 1, s)), step * s
    return n, (begin + end) / 2, step
""",
    ),
]

ANSWERS = {
    "numbers": NUMBERS,
    "pull": PULL,
    "soften": SOFTEN,
    "cells": CELLS,
    "tversky": TVERSKY,
    "quality": QUALITY,
}
