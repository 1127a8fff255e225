"""Handwritten digits scattered over a cluttered page: where are they, and which?

Real digits (`mnist.load_sample`) in several sizes, which may overlap, between scraps of others that
belong to none. Whoever puts a picture together knows all about it, so boxes and masks are exact.
Training scenes take the sample's training digits, test scenes its test digits.

The form is that of `shapes`: `Shapes(images, classes, boxes, masks)`, with images of one channel.
"""

import numpy as np

from minidl.base.checks import positive_integer
from minidl.datasets import mnist
from minidl.datasets.shapes import Shapes, limits

CLASS_NAMES = tuple("0123456789")
HEIGHTS = (14, 28)  # pixels of a digit, least and most
COVERED = 0.25  # share of a digit's ink that a later one may cover
INK = 96  # from this grey on a pixel is part of a digit
SCRAP = 7  # pixels: side of the pieces that clutter the page
TRIES = 50


def load_data(n=1000, size=64, objects=(1, 5), part="train", clutter=10, seed=0):
    """Put n scenes together and return them as `Shapes`: images, classes, boxes, masks.

    images (N, S, S, 1) uint8, ink bright as in MNIST; classes (N, K), boxes (N, K, 4) and masks
    (N, S, S) as in `shapes`: -1 and zeros in empty slots, k + 1 where object k is seen. A box goes
    around all of a digit, also what another one covers.

    Args:
        n: N, how many scenes.
        size: S, their height and width in pixels, at least 32.
        objects: how many digits each holds; or (least, most), both included. K is the most. Where
            no room is left for one, a scene has fewer.
        part: "train" or "test": which digits.
        clutter: how many scraps lie around.
        seed: of the random numbers.

    Raises:
        ValueError: a number that is not a positive integer, least above most, another part.
    """
    N, S = positive_integer("n", n), positive_integer("size", size)
    least, K = limits(objects)
    if part not in ("train", "test") or S < 32:
        raise ValueError(f'size is at least 32, part is "train" or "test"; got {size}, {part!r}')
    digits, labels = mnist.load_sample()[part == "test"]
    rng = np.random.default_rng([seed, part == "test"])
    scenes = Shapes(
        np.zeros((N, S, S, 1), np.uint8),
        np.full((N, K), -1),
        np.zeros((N, K, 4), np.int64),
        np.zeros((N, S, S), np.uint8),
    )
    for image, classes, boxes, mask in zip(*scenes):
        page = image[..., 0]
        _throw_scraps(page, digits, clutter, rng)
        k = 0
        for _ in range(rng.integers(least, K + 1)):
            which = rng.integers(len(digits))
            digit = _resized(_cut_out(digits[which]), rng.integers(HEIGHTS[0], HEIGHTS[1] + 1))
            place = _free_place(mask, digit, rng)
            if place is not None:
                y, x = place
                boxes[k] = _draw(page, mask, digit, y, x, k + 1)
                classes[k], k = labels[which], k + 1
        noisy = page + rng.normal(0, 12, page.shape)
        page[...] = np.clip(noisy, 0, 255)
    return scenes


def _cut_out(digit):
    """Return the part of a digit (28, 28) that has ink."""
    rows, columns = (np.flatnonzero((digit >= INK).any(axis=axis)) for axis in (1, 0))
    return digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float64)


def _resized(image, height):
    """Return an image with this height, its width in proportion, between its pixels by lines."""
    H, W = image.shape
    width = max(3, round(W * height / H))
    y, x = (np.linspace(0, n - 1, m) for n, m in ((H, height), (W, width)))
    top, left = np.minimum(y.astype(int), max(H - 2, 0)), np.minimum(x.astype(int), max(W - 2, 0))
    down, right = np.minimum(top + 1, H - 1), np.minimum(left + 1, W - 1)
    dy, dx = (y - top)[:, None], x - left
    upper = image[top][:, left] * (1 - dx) + image[top][:, right] * dx
    lower = image[down][:, left] * (1 - dx) + image[down][:, right] * dx
    return upper * (1 - dy) + lower * dy


def _throw_scraps(page, digits, clutter, rng):
    """Put small pieces of any digits anywhere, brighter of the two."""
    room, inside = len(page) - SCRAP, 24 - SCRAP
    lowest, highest = (0, 0, 4, 4, 0), (room, room, inside, inside, len(digits))
    drawn = rng.integers(lowest, highest, (clutter, 5)).tolist()  # at once: a call takes long
    for y, x, row, column, which in drawn:
        piece = digits[which, row : row + SCRAP, column : column + SCRAP]
        there = page[y : y + SCRAP, x : x + SCRAP]
        np.maximum(there, piece, out=there)


def _free_place(mask, digit, rng):
    """Return (y, x) where the digit covers little of those already there, or None."""
    (H, W), ink = digit.shape, digit >= INK
    if len(mask) < W:  # wider than the page
        return None
    sizes = np.bincount(mask.ravel(), minlength=2)
    for _ in range(TRIES):
        y, x = rng.integers(0, len(mask) - H + 1), rng.integers(0, len(mask) - W + 1)
        covered = np.bincount(mask[y : y + H, x : x + W][ink], minlength=len(sizes))
        if (covered[1:] <= COVERED * sizes[1:]).all():
            return y, x
    return None


def _draw(page, mask, digit, y, x, k):
    """Put the digit on the page as object k; return its box."""
    (H, W), ink = digit.shape, digit >= INK
    there = page[y : y + H, x : x + W]
    there[...] = np.maximum(there * (1 - digit / 255), digit)
    mask[y : y + H, x : x + W][ink] = k
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    return x + columns[0], y + rows[0], x + columns[-1] + 1, y + rows[-1] + 1
