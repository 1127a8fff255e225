"""Boxes around things: how well two agree, which of many to keep, how good a detector is.

A box is (x0, y0, x1, y1), the columns x0 <= x < x1 and the rows y0 <= y < y1.

    IoU = area of the intersection / area of the union: 1 for equal boxes, 0 for disjoint ones

Reference: Everingham et al. (2010), "The Pascal visual object classes challenge", sections 4.2 and
4.4.
"""

import numpy as np

from minidl import checks, detection_checks


def check(boxes, name="boxes"):
    """Return boxes (M, 4) as float64; raise ValueError if one is reversed, empty or not finite."""
    found = np.asarray(boxes, np.float64)
    found = detection_checks.boxes(name, found.reshape(0, 4) if found.size == 0 else found)
    if found.ndim != 2:
        raise ValueError(f"{name} must be (M, 4), of one image; got {found.shape}")
    return found


def clipped(boxes, size):
    """Return boxes (M, 4) cut off at the edges of an image, and which of them are still there (M,).

    A box of which nothing is inside comes back empty, and False.

    Args:
        boxes: (M, 4).
        size: (height, width) of the image.
    """
    H, W = size
    inside = np.clip(check(boxes), 0, [W, H, W, H])
    return inside, (inside[:, 2:] > inside[:, :2]).all(axis=1)


def area(boxes):
    """Return the area (...) of boxes (..., 4)."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def iou(a, b):
    """Return the IoU (A, B) of every box of a (A, 4) with every box of b (B, 4)."""
    a, b = check(a, "a")[:, None], check(b, "b")[None]
    corner, opposite = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    common = np.prod(np.maximum(opposite - corner, 0), axis=-1)
    return common / (area(a) + area(b) - common)


def non_maximum_suppression(boxes, scores, threshold=0.5):
    """Return the indices of the boxes to keep, the highest score first.

    The best box is kept, and those that agree with it by more than `threshold` are taken for the
    same thing and go; then the best of the rest; and so on. Of equal scores the first is better.

    Args:
        boxes: (M, 4), of one class.
        scores: (M,).
        threshold: IoU from 0 to 1.
    """
    boxes = check(boxes)
    scores = _scores(scores, len(boxes))
    checks.finite_number("threshold", threshold, at_least=0, at_most=1)
    kept, order = [], np.argsort(-scores, kind="stable")
    while order.size:
        best, others = order[0], order[1:]
        kept.append(int(best))
        order = others[iou(boxes[best : best + 1], boxes[others])[0] <= threshold]
    return np.array(kept, np.int64)


def match(found, scores, expected, threshold=0.5):
    """Return for each box found whether it is right, (M,) of bool.

    In the order of their scores, each takes the expected box that it agrees with best; it is right
    if that has an IoU of at least `threshold` and no better box has taken it.
    """
    found, expected = check(found, "found"), check(expected, "expected")
    scores = _scores(scores, len(found))
    checks.finite_number("threshold", threshold, at_least=0, at_most=1)
    right, taken = np.zeros(len(found), bool), np.zeros(len(expected), bool)
    if not len(expected):
        return right
    overlap = iou(found, expected)
    for i in np.argsort(-scores, kind="stable"):
        j = overlap[i].argmax()
        right[i] = overlap[i, j] >= threshold and not taken[j]
        taken[j] |= right[i]
    return right


def average_precision(right, scores, expected):
    """Return the area under the curve of precision against recall, from 0 to 1.

    Of all boxes found in all images, the best first: after k of them precision is the share that is
    right, recall the share of the `expected` things that were found. Precision at a recall is the
    highest from there on, and the area is summed exactly, as in Pascal VOC from 2010 on.

    Args:
        right: (M,) of bool: `match`, of all images one after the other.
        scores: (M,).
        expected: how many things there are; with none of them the result is NaN.
    """
    right = np.asarray(right, bool)
    order = np.argsort(-_scores(scores, len(right)), kind="stable")
    if right.sum() > expected:
        raise ValueError(f"{right.sum()} boxes are right, and only {expected} things are expected")
    if not expected:
        return float("nan")
    right = right[order]
    hits = right.cumsum()
    precision = hits / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float(precision[right].sum() / expected)


def _scores(scores, M):
    """Return the scores (M,) of M boxes as float64."""
    found = np.asarray(scores, np.float64)
    if found.shape != (M,) or np.isnan(found).any():
        raise ValueError(
            f"{M} boxes need as many scores, and no NaN; got {np.isnan(found).sum()} NaN in shape "
            f"{found.shape}"
        )
    return found
