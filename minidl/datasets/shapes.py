"""Coloured shapes on a rough background: images that know what every pixel shows.

One data set serves three tasks, because whoever draws a picture knows all about it:

    classification   which shape is it?                images -> classes[:, 0]   (one object)
    detection        which shapes, and where?          images -> classes, boxes
    segmentation     what does each pixel show?        images -> segmentation

Colour, size, place and turn say nothing about the class. The shapes of an image never touch.

The seed decides every pixel, on every machine: all numbers come from integers and from + - * /
and square roots, which are rounded alike everywhere. A sine would not be.

    N images of S x S pixels    K slots for objects in an image    M objects in all images
    B width of the square patch in which one object is drawn
"""

from typing import NamedTuple

import numpy as np

from minidl.base.checks import positive_integer

CLASS_NAMES = ("circle", "square", "triangle", "cross")
# From the middle of an object to its furthest point, as a share of S / sqrt K: least and most.
RADIUS = (0.175, 0.3)
SMALLEST = 2.5  # pixels: with a smaller radius a triangle is a blot
MOST = 9  # slots: with more, a free place for the last object is hard to find


class Shapes(NamedTuple):
    """Four arrays, which unpack in this order.

    images (N, S, S, 3) uint8: red, green, blue from 0 to 255.
    classes (N, K) int64: indices into `CLASS_NAMES`; -1 in an empty slot, which come last.
    boxes (N, K, 4) int64: x0, y0, x1, y1 in pixels, the order of Pascal VOC and torchvision. The
        object lies in the columns x0 <= x < x1 and the rows y0 <= y < y1 of images[n, y, x] and
        reaches all four sides. 0, 0, 0, 0 in an empty slot.
    masks (N, S, S) uint8: k + 1 where object k of the image is seen, 0 on the background.
    """

    images: np.ndarray
    classes: np.ndarray
    boxes: np.ndarray
    masks: np.ndarray

    @property
    def segmentation(self):
        """What each pixel shows (N, S, S) int64: 0 the background, c + 1 a shape of class c."""
        shown = np.pad(self.classes + 1, ((0, 0), (1, 0)))  # (N, 1 + K), the background first
        return shown[np.arange(len(shown))[:, None, None], self.masks]


def load_data(n=1000, size=32, objects=1, seed=0):
    """Draw n images and return them as `Shapes`: images, classes, boxes, masks.

    Every class occurs equally often, give or take one. Draw the test images with another seed.

    Args:
        n: N, how many images.
        size: S, their height and width in pixels. At least 15 for one object, 25 for three.
        objects: how many objects each image holds; or (least, most), both included, from which
            each image draws its number. K is the most, at most 9. The more there are, the smaller.
        seed: of the random numbers.

    Raises:
        ValueError: a number that is not a positive integer, more objects than 9, least above
            most, or a size at which so many shapes could not be told apart.
    """
    N, S = positive_integer("n", n), positive_integer("size", size)
    least, K = limits(objects)
    if RADIUS[0] * S / np.sqrt(K) < SMALLEST:
        enough = int(np.ceil(SMALLEST / RADIUS[0] * np.sqrt(K)))
        raise ValueError(
            f"size={size} is too small to tell the shapes apart with {K} in an image: "
            f"size must be at least {enough}"
        )
    rng = np.random.default_rng(seed)
    present = np.arange(K) < rng.integers(least, K + 1, N)[:, None]  # (N, K)
    middle, radius = _places(present, S, rng)
    image, slot = np.nonzero(present)  # (M,) each: the image and the slot of every object
    middle, radius = middle[present], radius[present]  # (M, 2), (M,)
    M = len(image)
    kind = rng.permutation(np.arange(M) % len(CLASS_NAMES))  # (M,)

    corner = np.floor(middle - radius[:, None]).astype(np.int64)  # (M, 2): x, y of the patch
    B = int(2 * RADIUS[1] * S / np.sqrt(K)) + 2
    inside = _draw(kind, (middle - corner) / radius[:, None], radius, B, rng)  # (M, B, B)
    m, down, right = np.nonzero(inside)  # every pixel of every object
    pixels = image[m], corner[m, 1] + down, corner[m, 0] + right

    classes = np.full((N, K), -1)
    classes[image, slot] = kind
    boxes = np.zeros((N, K, 4), np.int64)
    boxes[image, slot] = np.tile(corner, 2) + _extent(inside)
    masks = np.zeros((N, S, S), np.uint8)
    masks[pixels] = slot[m] + 1

    canvas = _background(N, S, rng)
    canvas[pixels] = _colours(M, rng)[m]
    canvas += rng.integers(-16, 17, canvas.shape, dtype=np.int16)
    return Shapes(np.clip(canvas, 0, 255).astype(np.uint8), classes, boxes, masks)


def limits(objects):
    """Return (least, most) objects in an image; raise ValueError if they cannot be."""
    pair = tuple(objects) if isinstance(objects, tuple | list) else (objects, objects)
    if len(pair) != 2:
        raise ValueError(f"objects must be a number or a pair (least, most); got {objects!r}")
    least, most = (positive_integer("objects", number) for number in pair)
    if not least <= most <= MOST:
        raise ValueError(f"objects must be from 1 to {MOST}, the least first; got {objects!r}")
    return least, most


def _places(present, S, rng):
    """Middles (N, K, 2), x first, and radii (N, K) of objects that keep a pixel apart.

    Images in which two objects came too close are drawn again, until there are none.
    """
    N, K = present.shape
    middle, radius = np.empty((N, K, 2)), np.empty((N, K))
    todo = np.arange(N)
    while len(todo):
        share = RADIUS[0] + (RADIUS[1] - RADIUS[0]) * rng.random((len(todo), K))
        r = share * S / np.sqrt(K)
        radius[todo] = r
        middle[todo] = r[..., None] + (S - 2 * r[..., None]) * rng.random((len(todo), K, 2))
        apart = np.abs(middle[todo, :, None] - middle[todo, None]).max(axis=-1)  # (., K, K)
        close = apart < r[:, :, None] + r[:, None] + 1
        both = present[todo, :, None] & present[todo, None] & ~np.eye(K, dtype=bool)
        todo = todo[(close & both).any(axis=(1, 2))]
    return middle, radius


def _draw(kind, middle, radius, B, rng):
    """Whether each pixel of each patch lies inside the shape: (M, B, B).

    kind (M,); middle (M, 2) of the shape in its patch, in radii; radius (M,) in pixels. In the
    shape's own axes u, v the furthest point of every shape is at distance 1.
    """
    place = (np.arange(B) + 0.5) / radius[:, None]  # (M, B): the middles of the pixels
    x = (place - middle[:, :1])[:, None, :]  # (M, 1, B)
    y = (place - middle[:, 1:])[:, :, None]  # (M, B, 1)
    t = rng.random((len(kind), 1, 1))  # the tangent of half the angle: a turn of 0 to 90 degrees
    cos, sin = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    u, v = cos * x + sin * y, cos * y - sin * x  # (M, B, B)
    wide, narrow = np.maximum(abs(u), abs(v)), np.minimum(abs(u), abs(v))
    tests = [
        u * u + v * v <= 1,
        wide <= np.sqrt(0.5),
        (v <= 0.5) & (np.sqrt(3) * abs(u) - v <= 1),
        (wide <= np.sqrt(0.91)) & (narrow <= 0.3),  # 0.91 + 0.3^2 = 1
    ]
    return np.choose(kind[:, None, None], tests)


def _extent(inside):
    """x0, y0, x1, y1 of what is inside, counted from the patch's corner: (M, B, B) -> (M, 4)."""
    across, down = inside.any(axis=1), inside.any(axis=2)  # (M, B)
    B = inside.shape[1]
    first = across.argmax(axis=1), down.argmax(axis=1)
    last = B - across[:, ::-1].argmax(axis=1), B - down[:, ::-1].argmax(axis=1)
    return np.stack([*first, *last], axis=1)


def _colours(M, rng):
    """Strong colours (M, 3): one channel high, one low, the third anywhere."""
    high, low = rng.integers(200, 256, M), rng.integers(0, 51, M)
    return rng.permuted(np.stack([high, low, rng.integers(0, 256, M)], axis=1), axis=1)


def _background(N, S, rng):
    """Greyish clouds (N, S, S, 3) int16: a grid of 6 x 6 random colours, blended in between."""
    grid = rng.integers(60, 161, (N, 1, 1, 1)) + rng.integers(-45, 46, (N, 6, 6, 3))
    place = (np.arange(S) + 0.5) / S * 5
    cell = place.astype(np.int64)
    beyond = (place - cell)[:, None, None]  # how far between this row of the grid and the next
    rows = grid[:, cell] * (1 - beyond) + grid[:, cell + 1] * beyond  # (N, S, 6, 3)
    beyond = beyond[:, 0]
    return (rows[:, :, cell] * (1 - beyond) + rows[:, :, cell + 1] * beyond).astype(np.int16)
