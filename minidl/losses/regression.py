"""Losses for numbers: how far the outputs y are from the targets t.

In all of them y and t have the shape (N, ..., C), and e = y - t.
"""

import math

import numpy as np

from minidl.base import checks
from minidl.losses.base import Loss


class MeanSquaredError(Loss):
    """l = mean_j (y_j - t_j)^2,  dy_j = 2 (y_j - t_j) / C, with y and t of shape (N, ..., C)."""

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., C))."""
        difference = y - t.astype(y.dtype)
        return (difference**2).mean(axis=-1), 2 * difference / y.shape[-1]


class MeanAbsoluteError(Loss):
    """l = mean_j |y_j - t_j|,  dy_j = sign(y_j - t_j) / C; at y = t the derivative is set to 0."""

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., C))."""
        difference = y - t.astype(y.dtype)
        return np.abs(difference).mean(axis=-1), np.sign(difference) / y.shape[-1]


class Huber(Loss):
    """Squared near the target, straight far from it, so that outliers pull no harder than delta.

        l = mean_j  e_j^2 / 2                      where |e_j| <= delta
                    delta (|e_j| - delta / 2)      elsewhere
        dy_j = e_j, cut off at -delta and delta, / C

    Args:
        delta: where the square ends, above 0.
        options: see `Loss`.

    References: Huber (1964), "Robust estimation of a location parameter"; Hastie, Tibshirani,
    Friedman (2009), "The elements of statistical learning", equation 10.23 (twice this).
    """

    def __init__(self, delta=1.0, **options):
        super().__init__(**options)
        self.delta = checks.finite_number("delta", delta, above=0)

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., C))."""
        e = y - t.astype(y.dtype)
        slope = np.clip(e, -self.delta, self.delta)  # e itself where it is small
        return (slope * (e - slope / 2)).mean(axis=-1), slope / y.shape[-1]


class LogCosh(Loss):
    """l = mean_j log cosh(e_j),  dy_j = tanh(e_j) / C: Huber's loss without a corner."""

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., C))."""
        e = y - t.astype(y.dtype)
        distance = np.abs(e)  # cosh itself overflows
        loss = distance + np.log1p(np.exp(-2 * distance)) - math.log(2)
        return loss.mean(axis=-1), np.tanh(e) / y.shape[-1]


class CosineSimilarity(Loss):
    """Minus the cosine of the angle between y and t: l = -u v, with u = t / |t| and v = y / |y|.

    The best is -1, the worst 1.
    The gradient has no part along y, whose length does not matter: dy = -(u - (u v) v) / |y|. Where
    y or t is 0, there is no angle, and loss and gradient are 0.
    """

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., C))."""
        u, _ = _direction(t.astype(y.dtype))
        v, length = _direction(y)
        cosine = (u * v).sum(axis=-1, keepdims=True)
        return -cosine[..., 0], (cosine * v - u) * (v.any(axis=-1, keepdims=True)) / length


def _direction(a):
    """Return (a / |a|, |a|); of a zero vector (0, 1)."""
    length = np.sqrt((a**2).sum(axis=-1, keepdims=True))
    length = np.where(length == 0, 1, length).astype(a.dtype)
    return a / length, length
