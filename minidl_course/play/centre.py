"""A drawing of any size and place as the 28 x 28 pixels that MNIST's makers would have made of it.

Scaled into a box of 20 x 20 with its shape kept, then moved so that its centre of mass lies in the
middle: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition", Proc. IEEE 86(11), 1998. `centre.js` is the same in the browser.
"""

import functools
import math

import numpy as np

FAINT = 0.1  # ink below this is none, when the box is found


@functools.cache
def shares(length, to):
    """(to, length): how much of each target pixel every source pixel fills; rows sum to 1."""
    begin = np.arange(to)[:, None] * length / to
    end = (np.arange(to)[:, None] + 1) * length / to
    j = np.arange(length)
    return np.clip(np.minimum(end, j + 1) - np.maximum(begin, j), 0, None) / (end - begin)


def resized(ink, H, W):
    """Return ink (height, width) as (H, W), each pixel the mean of what it covers."""
    return shares(ink.shape[0], H) @ ink @ shares(ink.shape[1], W).T


def centred(ink):
    """Return ink (height, width), 0 paper to 1 ink, as (28, 28) float32.

    All zeros where nothing is drawn.
    """
    ink = np.asarray(ink, np.float64)
    image = np.zeros((28, 28), np.float32)
    drawn = ink > FAINT
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if not len(rows):
        return image
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    H, W = (max(1, math.floor(n * (20 / max(box.shape)) + 0.5)) for n in box.shape)
    small = resized(box, H, W)
    mass = small.sum()
    middles = (small.sum(axis=1) @ np.arange(H) / mass, small.sum(axis=0) @ np.arange(W) / mass)
    r, c = (
        min(28 - n, max(0, math.floor(14 - middle + 0.500001)))
        for middle, n in zip(middles, (H, W))
    )
    image[r : r + H, c : c + W] = small / small.max()
    return image
