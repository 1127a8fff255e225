"""Augmentation: each time an image is seen it is flipped, shifted or turned a little.

The label stays the same, so the model learns what does not matter. Active in training only; each
image of a batch gets its own draw. A flip copies rows or columns in the other order. All else is
one operation: every pixel of the output looks at one point of the input,

    (row, column) of the input = A (row, column) of the output + shift        A (2, 2)

with rows and columns counted from the middle of the image. The point lies between four pixels,
which are mixed by nearness (bilinear interpolation). Whole-pixel moves hit one pixel exactly.

The output is linear in the input: y_p = sum_k w_pk x_k over the four neighbours k of each pixel
p. So dx_k = sum_p w_pk dy_p: backward hands every dy to the same four pixels, by the same weights.
"""

import math

import numpy as np

from minidl.base import checks, naming
from minidl.base.arrays import array_module
from minidl.layers.dropout import RandomLayer

# For each fill_mode: which pixel along an axis of `length` stands for place k, inside or out.
# Where that is nobody, as in "constant", the answer is -1.
_FILL = {
    "constant": lambda k, length: np.where((k >= 0) & (k < length), k, -1),
    "nearest": lambda k, length: np.clip(k, 0, length - 1),
    "wrap": lambda k, length: k % length,
    "reflect": lambda k, length: np.minimum(k % (2 * length), -(k + 1) % (2 * length)),
}


class Augmentation(RandomLayer):
    """Base of the augmentations. Images are (N, H, W, C) or (N, H, W).

    A subclass writes `augment`, which returns (y, cache) in training, for an x of floats, and
    `augment_backward`, which returns dx from dy and that cache.
    """

    def build(self, shape, rng):
        """Check the number of axes."""
        if len(shape) not in (2, 3):
            raise ValueError(
                f"layer {self.name!r} needs images (H, W, C) or (H, W); got samples of {shape}"
            )
        return shape

    def forward(self, x, training=False):
        """x (N, H, W, ...) -> y of the same shape; in training integers become floats."""
        if not training:
            return x, None
        return self.augment(x.astype(np.result_type(x, np.float32), copy=False))

    def backward(self, dy, cache):
        """dx; it is dy where nothing was done."""
        return dy if cache is None else self.augment_backward(dy, cache)


class RandomFlip(Augmentation):
    """Mirror each image, or not, with equal chances for each direction.

    A flip is its own transpose: backward flips dy as forward flipped x.

    Args:
        mode: "horizontal" swaps left and right, "vertical" top and bottom, or
            "horizontal_and_vertical".
        seed: see `RandomLayer`.
    """

    def __init__(self, mode="horizontal_and_vertical", seed=None, **options):
        super().__init__(seed, **options)
        naming.one_of("mode", mode, "horizontal", "vertical", "horizontal_and_vertical")
        self.may_flip = np.array(["vertical" in mode, "horizontal" in mode])

    def augment(self, x):
        """x (N, H, W, ...) -> y of the same shape."""
        flip = self.may_flip & (self.rng.random((len(x), 2)) < 0.5)  # (N, 2)
        return _flipped(x, flip), flip

    def augment_backward(self, dy, flip):
        """dx: dy, each image flipped back."""
        return _flipped(dy, flip)


class RandomAffine(Augmentation):
    """Base of the augmentations that look between pixels: a subclass writes `draw`.

    Args:
        fill_mode: what lies outside the image: "constant", "nearest" (a a a | a b c d | d d d),
            "reflect" (c b a | a b c d | d c b) or "wrap" (b c d | a b c d | a b c).
        fill_value: the number outside when fill_mode is "constant".
        seed: see `RandomLayer`.
    """

    def __init__(self, fill_mode="reflect", fill_value=0.0, seed=None, **options):
        super().__init__(seed, **options)
        self.fill_mode = naming.one_of("fill_mode", fill_mode, *_FILL)
        self.fill_value = checks.finite_number("fill_value", fill_value)

    def draw(self, N, H, W):
        """Return A (N, 2, 2) and shift (N, 2) for each of N images, float64."""
        raise NotImplementedError(type(self).__name__)

    def augment(self, x):
        """x (N, H, W, ...) -> y of the same shape."""
        N, H, W = x.shape[:3]
        C = math.prod(x.shape[3:])
        xp = array_module(x)
        pixels = xp.full((N * H * W + 1, C), self.fill_value, x.dtype)  # the last is the outside
        pixels[:-1] = x.reshape(-1, C)
        neighbours, weights = (list(map(xp.asarray, a)) for a in self._neighbours(N, H, W))
        cache = neighbours, weights
        y = sum(w.astype(x.dtype)[:, None] * pixels.take(k, axis=0) for k, w in zip(*cache))
        return y.reshape(x.shape), cache

    def augment_backward(self, dy, cache):
        """Hand each dy to its four neighbours in x."""
        rows = dy.reshape(math.prod(dy.shape[:3]), -1)  # (N H W, C)
        xp = array_module(dy)
        dx = xp.zeros((len(rows) + 1, rows.shape[1]), dy.dtype)
        for k, w in zip(*cache):
            for c in range(rows.shape[1]):
                dx[:, c] += xp.bincount(k, w * rows[:, c], minlength=len(dx))
        return dx[:-1].reshape(dy.shape)  # what lies outside the image is not part of x

    def _neighbours(self, N, H, W):
        """Return, for the N H W pixels of the output, four pixels of the input and their weights.

        Pixels are numbered through the batch from 0 to N H W - 1; N H W is the outside.
        """
        A, shift = self.draw(N, H, W)
        middle = np.array([[(H - 1) / 2], [(W - 1) / 2]])
        if A[:, 0, 1].any() or A[:, 1, 0].any():
            out = np.indices((H, W)).reshape(2, H * W) - middle
            place = A @ out + shift[..., None] + middle  # (N, 2, 2) (2, H W) -> (N, 2, H W)
            row, column = place[:, 0], place[:, 1]
        else:  # nothing is turned: all pixels of a row look at one row, those of a column at one
            row = A[:, 0, :1] * (np.arange(H) - middle[0]) + shift[:, :1] + middle[0]
            column = A[:, 1, 1:] * (np.arange(W) - middle[1]) + shift[:, 1:] + middle[1]
            row, column = row[:, :, None], column[:, None]  # (N, H, 1), (N, 1, W)
        outside = N * H * W
        rows, nearness_down = self._two(row, H, outside)
        columns, nearness_right = self._two(column, W, outside)
        first = np.arange(N).reshape(N, *[1] * (row.ndim - 1)) * (H * W)  # each image's first pixel
        starts = [first + W * row for row in rows]
        neighbours, weights = [], []
        for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
            neighbours.append(np.minimum(starts[down] + columns[right], outside).ravel())
            weights.append((nearness_down[down] * nearness_right[right]).ravel())
        return neighbours, weights

    def _two(self, place, length, outside):
        """Return the two pixels of an axis around each place, and how near they are, 0 to 1."""
        corner = np.floor(place)
        beyond, corner = place - corner, corner.astype(np.int64)
        pair = [_FILL[self.fill_mode](corner + step, length) for step in (0, 1)]
        # What is nobody's pixel makes every sum with it at least `outside`.
        return [np.where(k < 0, outside, k) for k in pair], (1 - beyond, beyond)


class RandomTranslation(RandomAffine):
    """Shift each image down and to the right by random amounts.

    Args:
        height_factor: the shift down as a share of H, drawn between -height_factor and
            height_factor, or between the two numbers of a pair.
        width_factor: the same to the right, as a share of W.
        fill_mode, fill_value, seed: see `RandomAffine`.
    """

    def __init__(self, height_factor, width_factor, fill_mode="reflect", fill_value=0.0, **options):
        super().__init__(fill_mode, fill_value, **options)
        self.height = limits("height_factor", height_factor)
        self.width = limits("width_factor", width_factor)

    def draw(self, N, H, W):
        """A = 1; an output that moves down looks up."""
        down, right = self.rng.uniform(*self.height, N) * H, self.rng.uniform(*self.width, N) * W
        return np.broadcast_to(np.eye(2), (N, 2, 2)), -np.stack([down, right], axis=1)


class RandomRotation(RandomAffine):
    """Turn each image about its middle by a random angle, counter-clockwise if it is positive.

    Args:
        factor: the angle as a share of a full turn, drawn between -factor and factor, or
            between the two numbers of a pair: 0.05 is up to 18 degrees.
        fill_mode, fill_value, seed: see `RandomAffine`.
    """

    def __init__(self, factor, fill_mode="reflect", fill_value=0.0, seed=None, **options):
        super().__init__(fill_mode, fill_value, seed, **options)
        self.turn = limits("factor", factor)

    def draw(self, N, H, W):
        """A turns the place clockwise: what stands there is what was turned to here."""
        angle = 2 * math.pi * self.rng.uniform(*self.turn, N)
        cos, sin = np.cos(angle), np.sin(angle)  # rows count downwards, hence the signs
        return np.stack([cos, sin, -sin, cos], axis=1).reshape(N, 2, 2), np.zeros((N, 2))


class RandomZoom(RandomAffine):
    """Show a smaller or a larger part of each image: nearer for a negative factor.

    Args:
        height_factor: how much more of the height is seen, as a share: drawn between
            -height_factor and height_factor, or between the two numbers of a pair.
        width_factor: the same for the width; None: always what the height has.
        fill_mode, fill_value, seed: see `RandomAffine`.
    """

    def __init__(self, height_factor, width_factor=None, fill_mode="reflect", **options):
        super().__init__(fill_mode, **options)
        self.height = limits("height_factor", height_factor, above=-1)
        of_width = None if width_factor is None else limits("width_factor", width_factor, above=-1)
        self.width = of_width

    def draw(self, N, H, W):
        """A stretches the distances from the middle."""
        down = 1 + self.rng.uniform(*self.height, N)
        right = down if self.width is None else 1 + self.rng.uniform(*self.width, N)
        nothing = np.zeros(N)
        A = np.stack([down, nothing, nothing, right], axis=1).reshape(N, 2, 2)
        return A, np.zeros((N, 2))


def _flipped(x, flip):
    """Return a copy of x (N, H, W, ...), image n upside down if flip[n, 0], mirrored if [n, 1]."""
    y, xp = x.copy(), array_module(x)
    down, across = (xp.asarray(np.flatnonzero(which)) for which in flip.T)
    y[down] = y[down, ::-1]
    y[across] = y[across, :, ::-1]
    return y


def limits(name, factor, **bounds):
    """Return (low, high) for a number or such a pair, within the bounds of `finite_number`."""
    if not isinstance(factor, list | tuple):
        factor = (-checks.finite_number(name, factor), factor)
    low, high = (checks.finite_number(name, limit, **bounds) for limit in factor)
    if low > high:
        raise ValueError(
            f"{name} must be a number of at least 0, or a pair (low, high) with low <= high; "
            f"got {factor!r}"
        )
    return low, high
