"""Losses for numbers: how far the outputs y are from the targets t."""

import numpy as np

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
