"""Losses for numbers: how far the outputs y are from the targets t.

In all of them y and t have the shape (N, ..., C), and e = y - t.
"""

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
