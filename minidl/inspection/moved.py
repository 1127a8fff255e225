"""Does an answer depend on where things lie? One test for all networks that read centred images."""

import numpy as np

from minidl.base import checks
from minidl.inspection.common import inputs

UP, DOWN, LEFT, RIGHT = (-1, 0), (1, 0), (0, -1), (0, 1)


def accuracy_moved(model, x, y, by, batch_size=500):
    """Return the share of images that are classified rightly when each is moved by `by` pixels.

    It is the mean over four directions: up, down, left and right. What leaves the image is lost,
    and what comes in is 0, the paper of digits.

    Args:
        model: a model that classifies: outputs (N, C).
        x: images (N, H, W, C) or (N, H, W), as for `predict`.
        y: integer classes (N,).
        by: how far, a whole number of pixels; 0 leaves the images as they are.
        batch_size: of `predict`.
    """
    x, y = checks.numeric("x", x), checks.numeric("y", y)
    if by != 0:
        by = checks.positive_integer("by", by)
    ways = (UP, DOWN, LEFT, RIGHT) if by else (UP,)
    inputs(model, x[:1])  # refuses what are no images
    answers = [model.predict(_moved(x, way, by), batch_size, verbose=0) for way in ways]
    return float(np.mean([z.argmax(axis=1) == y for z in answers]))


def _moved(x, way, by):
    """x (N, H, W, ...), each image moved by `by` pixels `way` = (down, right)."""
    H, W = x.shape[1:3]
    wide = np.pad(x, [(0, 0), (by, by), (by, by)] + [(0, 0)] * (x.ndim - 3))
    top, left = (by - by * step for step in way)
    return wide[:, top : top + H, left : left + W]
