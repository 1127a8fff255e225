"""Boxes around things: how well two agree, which of many to keep, how good a detector is.

A box is (x0, y0, x1, y1), the columns x0 <= x < x1 and the rows y0 <= y < y1.

    IoU = area of the intersection / area of the union: 1 for equal boxes, 0 for disjoint ones

Reference: Everingham et al. (2010), "The Pascal visual object classes challenge", sections 4.2 and
4.4.
"""

from typing import NamedTuple

import numpy as np

from minidl import losses
from minidl.base import checks
from minidl.base.arrays import as_array, on_gpu
from minidl.losses import Loss
from minidl.losses.detection import require_boxes


def check(boxes, name="boxes"):
    """Return boxes (M, 4) as float64; raise ValueError if one is reversed, empty or not finite."""
    found = np.asarray(boxes, np.float64)
    found = require_boxes(name, found.reshape(0, 4) if found.size == 0 else found)
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


class Found(NamedTuple):
    """What was found in one image, the surest first."""

    boxes: np.ndarray  # (M, 4)
    classes: np.ndarray  # (M,)
    scores: np.ndarray  # (M,)


def targets(boxes, classes, size, num_classes, stride=4, spread=0.1):
    """Return what a detector should say: heat (N, H', W', C), sides (N, H', W', 5), both float32.

    The fifth number of `sides` is 1 where a centre is, else 0, as `AtCenters` wants it. A centre on
    the line between two cells belongs to the one right of it, or below. Where two things have
    their centres in one cell, the smaller keeps it.

    Args:
        boxes: (N, K, 4) in pixels; may stick out of the image, as long as the centre is inside.
        classes: (N, K), integers from 0 to C - 1; -1 for an empty slot, whose box is not looked at.
        size: (height, width) of the images, both divided by stride.
        num_classes: C.
        stride: pixels a cell, in both directions.
        spread: standard deviations of the warm spot, as a share of width and height.

    Raises:
        ValueError: a box is empty, reversed or not finite, or its centre is outside the image; a
            class that is none; sizes that do not fit.
    """
    boxes, classes = np.asarray(boxes, np.float64), np.asarray(classes)
    (H, W), C = (checks.positive_integer("size", n) for n in size), num_classes
    checks.positive_integer("num_classes", C)
    checks.finite_number("spread", spread, above=0)
    if H % checks.positive_integer("stride", stride) or W % stride:
        raise ValueError(f"a stride of {stride} must divide height and width; got {(H, W)}")
    if boxes.ndim != 3 or boxes.shape != (*classes.shape, 4):
        raise ValueError(
            f"boxes (N, K, 4) need classes (N, K); got shapes {boxes.shape} and {classes.shape}"
        )
    if classes.size and not (classes.min() >= -1 and classes.max() < C):
        raise ValueError(
            f"classes go from 0 to {C - 1}, and -1 for an empty slot; got {classes.min()} to "
            f"{classes.max()}"
        )
    h, w = H // stride, W // stride
    heat, sides = np.zeros((len(boxes), h, w, C), "f4"), np.zeros((len(boxes), h, w, 5), "f4")
    rows, columns = np.arange(h)[:, None], np.arange(w)
    for n, (some, labels) in enumerate(zip(boxes, classes)):
        some, labels = check(some[labels >= 0], f"scene {n}"), labels[labels >= 0]
        for k in np.argsort(-area(some), kind="stable"):  # the smaller is drawn over
            x, y = (some[k, :2] + some[k, 2:]) / 2
            if not (0 <= x < W and 0 <= y < H):
                raise ValueError(
                    f"scene {n}: box {k}, {some[k].tolist()}, has its centre outside the image of "
                    f"{H} rows and {W} columns: leave it out, or cut it off (detection.clipped)"
                )
            i, j = int(y // stride), int(x // stride)
            deviation = spread * (some[k, 2:] - some[k, :2]) / stride
            far = ((columns - j) / deviation[0]) ** 2 + ((rows - i) / deviation[1]) ** 2
            spot = heat[n, :, :, labels[k]]
            np.maximum(spot, np.exp(-far / 2), out=spot)
            middle = stride * (np.array([j, i, j, i]) + 0.5)
            sides[n, i, j] = [*(some[k] - middle) / stride, 1]
    return heat, sides


def decode(heat, sides, stride=4, threshold=0.3, most=100):
    """Return a list of what was `Found` in each of N images.

    A peak is a cell that no neighbour of the same class, of eight, exceeds; its heat is the score.
    Sides that a network has put the wrong way round are exchanged, as in `losses.GeneralizedIoU`,
    and a box without area is left out.

    Args:
        heat: (N, H', W', C), probabilities.
        sides: (N, H', W', 4), or 5 as `targets` makes them.
        stride: pixels a cell.
        threshold: peaks below it do not count.
        most: how many are kept of one image, the surest.

    Raises:
        ValueError: shapes that do not fit, or numbers that are not finite.
    """
    heat, sides = checks.numeric("heat", heat), checks.numeric("sides", sides)
    if heat.ndim != 4 or sides.shape[:-1] != heat.shape[:-1] or sides.shape[-1] not in (4, 5):
        raise ValueError(
            f"heat (N, H', W', C) needs sides (N, H', W', 4); got {heat.shape} and {sides.shape}"
        )
    checks.positive_integer("most", most)
    frame = np.pad(heat, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-np.inf)
    around = np.lib.stride_tricks.sliding_window_view(frame, (3, 3), axis=(1, 2)).max(axis=(-2, -1))
    found = []
    for one, where, at in zip(heat, (heat == around) & (heat >= threshold), sides):
        i, j, c = np.nonzero(where)
        best = np.argsort(-one[i, j, c], kind="stable")[:most]
        i, j, c = i[best], j[best], c[best]
        middle = stride * (np.stack([j, i, j, i], axis=-1) + 0.5)
        box = (middle + stride * at[i, j, :4].astype(np.float64)).reshape(-1, 2, 2)
        box = np.concatenate([box.min(axis=1), box.max(axis=1)], axis=1)
        real = (box[:, 2:] > box[:, :2]).all(axis=1)
        found.append(Found(box[real], c[real], one[i, j, c][real]))
    return found


class AtCenters(Loss):
    """Another loss, in the cells where something has its centre: l = 1/K sum of its K cells.

    Outputs (N, H', W', D) need targets (N, H', W', D + 1), whose last number is 1 where a centre is
    and else 0. A sample without any has loss 0.

    Args:
        loss: with a number for each cell, such as "mae" or `GeneralizedIoU()`.
        options: see `Loss`.

    Reference: Zhou, Wang and Kraehenbuehl (2019), "Objects as points", equations 2 and 3.
    """

    def __init__(self, loss="mean_absolute_error", **options):
        super().__init__(**options)
        self.loss = losses.get(loss)

    def each(self, t, y, ops):
        """Return (l (N,), dy (N, H', W', D))."""
        there, cells = t[..., -1] > 0, tuple(range(1, y.ndim - 1))
        loss, dy = self.loss.each(t[..., :-1], y, ops)
        K = np.maximum(there.sum(axis=cells, keepdims=True), 1).astype(y.dtype)
        dy = np.where(there[..., None], dy, 0) / K[..., None]
        return (np.where(there, loss, 0) / K).sum(axis=cells), dy

    def check(self, y_true, shape):
        """Targets must have one number more than the outputs, and fit the loss where they count."""
        t = as_array(y_true)
        if t.shape != (*shape[:-1], shape[-1] + 1):
            raise ValueError(
                f"{self.name} needs targets {(*shape[:-1], shape[-1] + 1)} for outputs "
                f"{tuple(shape)}: one number more, 1 where a centre is; got {t.shape}"
            )
        if not on_gpu(t):
            inside = t[t[..., -1] > 0][:, :-1]
            self.loss.check(inside, inside.shape)
        return t
