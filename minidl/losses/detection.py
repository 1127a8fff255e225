"""Losses of networks that find things: rare answers (focal), masks (Dice), boxes (IoU).

Where one cell in a thousand holds something, a thousand easy answers outweigh it in a plain
cross-entropy. A focal loss puts a power of the probability of the *wrong* answer in front of it, so
that what a network already answers well counts little. Dice and IoU count overlap alone: the area
that holds nothing is in neither of them.
"""

import numpy as np

from minidl.base import checks
from minidl.base.arrays import on_gpu
from minidl.layers.activations import sigmoid
from minidl.losses.base import Loss
from minidl.losses.crossentropy import EPSILON, BinaryCrossentropy


class PenaltyReducedFocal(BinaryCrossentropy):
    """The loss of heat maps: 1 at the centre of a thing, less around it, where a miss is forgiven.

        l = -1/K sum  (1 - p)^alpha log p                     where t = 1: K places
                      (1 - t)^beta p^alpha log(1 - p)         elsewhere

    The sum is over all of a sample, t and y (N, ..., C) with t from 0 to 1; without centres K is 1.
    With u = -z where t = 1 and u = z elsewhere, s = sigmoid(u) is how wrong it is. From logits:

        l = 1/K sum w s^alpha log(1 + exp(u)),    du = w s^alpha (alpha (1 - s) log(1 + exp(u)) + s)

    Args:
        alpha: how little counts what is already right, at least 0.
        beta: how much is forgiven near a centre, at least 0.
        from_logits, options: see `Crossentropy`.

    References: Law and Deng (2018), "CornerNet", equation 1; Zhou, Wang and Kraehenbuehl (2019),
    "Objects as points", equation 1.
    """

    settled = ("label_smoothing",)

    def __init__(self, alpha=2.0, beta=4.0, from_logits=False, **options):
        super().__init__(from_logits, 0.0, **options)
        self.alpha = checks.finite_number("alpha", alpha, at_least=0)
        self.beta = checks.finite_number("beta", beta, at_least=0)

    def each(self, t, y, ops):
        """Return (l (N,), dy (N, ..., C))."""
        z, dz = _logits(y, self.from_logits)
        centre, places = t == 1, tuple(range(1, y.ndim))
        sign = np.where(centre, -1, 1).astype(y.dtype)
        s, surprise = sigmoid(sign * z), np.logaddexp(0, sign * z)
        K = np.maximum(centre.sum(axis=places, keepdims=True), 1).astype(y.dtype)
        w = np.where(centre, 1, 1 - t.astype(y.dtype)) ** self.beta * s**self.alpha / K
        surprise, slope = w * surprise, w * (self.alpha * (1 - s) * surprise + s)
        return surprise.sum(axis=places), sign * slope * dz


class Dice(Loss):
    """What two masks do not share: l = 1 - 2 I / D, I = sum t y, D = sum t + sum y + 1e-7.

    t and y (N, ..., C) are from 0 to 1. dy = 2 (I / D - t) / D. Where both are empty the loss is 1,
    with no gradient.

    Args:
        axis: what is summed over. None: everything, the samples too, as one loss of the whole batch
            (Keras's default), which knows no weights. (1, 2, 3) for images: each sample has a loss
            of its own. (1, 2): each class of each sample has one, and a small class counts as much
            as a large one.
        options: see `Loss`.

    References: Dice (1945), "Measures of the amount of ecologic association between species";
    Milletari, Navab and Ahmadi (2016), "V-Net", section 3, with squares in D.
    """

    def __init__(self, axis=None, **options):
        super().__init__(**options)
        self.axis = tuple(np.atleast_1d(axis).tolist()) if axis is not None else None

    def each(self, t, y, ops):
        """Return (l (1,), (N,) or (N, C), dy (N, ..., C))."""
        t, axis = t.astype(y.dtype), self.axis or tuple(range(y.ndim))
        D = (t + y).sum(axis=axis, keepdims=True) + EPSILON
        share = (t * y).sum(axis=axis, keepdims=True) / D
        return (1 - 2 * share).reshape(len(share), -1), 2 * (share - t) / D

    def check(self, y_true, shape):
        """Targets must lie in [0, 1] and have the shape of the outputs."""
        t = super().check(y_true, shape)
        checks.between(self.name, t)
        return t


class GeneralizedIoU(Loss):
    """How far box y is from box t: l = 1 - I / U + (C - U) / C, from 0 to 2.

    Boxes (N, ..., 4) are x0, y0, x1, y1. I is the area that both share, U the area of both together
    and C that of the smallest box around both, so that boxes apart are pulled together, where 1 - I
    / U is flat. Of a y whose corners are the wrong way round, the box between them counts.

    With P the area of y, dl = (1/C - 1/U - I/U^2) dI + (I/U^2 - 1/C) dP + U/C^2 dC, and each area
    moves with a side as long as its other side is: dP/dx1 = y1 - y0.

    Reference: Rezatofighi et al. (2019), "Generalized intersection over union", algorithm 2.
    """

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., 4))."""
        sign = ops.xp.asarray([-1, -1, 1, 1], y.dtype)  # every edge of a box grows outwards
        y, t, opposite = sign * y, sign * t.astype(y.dtype), sign * np.roll(y, 2, axis=-1)
        p = np.maximum(y, opposite)
        edges = (np.minimum(p, t), p, t, np.maximum(p, t))
        common, own, other, around = (a[..., :2] + a[..., 2:] for a in edges)  # width, height
        sides = (np.maximum(common, 0), own, other, around)
        both, P, T, C = (np.prod(side, axis=-1, keepdims=True) for side in sides)
        U, C = (np.maximum(area, np.finfo(y.dtype).tiny) for area in (P + T - both, C))
        inside = (p < t) & np.tile(common > 0, 2)
        common, own, _, around = (np.tile(side[..., ::-1], 2) for side in sides)  # of the other two
        dy = (1 / C - 1 / U - both / U / U) * common * inside + (both / U / U - 1 / C) * own
        dy = sign * (dy + U / C / C * around * (p > t))
        return 2 - (both / U + U / C)[..., 0], np.where(y < opposite, np.roll(dy, 2, -1), dy)

    def check(self, y_true, shape):
        """Targets must be boxes that are neither empty nor reversed."""
        t = super().check(y_true, shape)
        return t if on_gpu(t) else require_boxes(self.name, t)


def _logits(y, from_logits):
    """Return y as logits z, and dz/dy, which is 0 where probabilities are clipped."""
    p = np.clip(y, EPSILON, 1 - EPSILON)
    return (y, 1) if from_logits else (np.log(p / (1 - p)), (p == y) / (p * (1 - p)))


def require_boxes(name, values):
    """Return boxes (..., 4); raise ValueError if one is reversed, empty or not finite."""
    found = np.asarray(values)
    if found.ndim < 2 or found.shape[-1] != 4 or not np.isfinite(found).all():
        raise ValueError(f"{name} must be (M, 4), finite: x0, y0, x1, y1; got {np.shape(values)}")
    wrong = np.argwhere((found[..., 2:] <= found[..., :2]).any(axis=-1))
    if len(wrong):
        which = tuple(wrong[0].tolist())
        raise ValueError(
            f"{name}: box {', '.join(map(str, which))} is empty or reversed, x0, y0, x1, y1 = "
            f"{found[which].tolist()}; x1 must be above x0, and y1 above y0"
        )
    return found
