"""Batch normalization over the batch of all ranks, not over each rank's part of it."""

import numpy as np

from minidl.base.arrays import to_numpy
from minidl.distributed.team import team
from minidl.distributed.world import allgather, allreduce, in_order, world
from minidl.layers import BatchNormalization


class SyncBatchNormalization(BatchNormalization):
    """`BatchNormalization` whose mean and variance are those of the rows of all ranks.

    Forward, rank r tells its number of rows R_r, their mean m_r and the sum M_r of the squares
    around it, in one message; with R, the sum of all R_r, the whole batch has (Chan et al., 2.1)

        m = sum_r R_r m_r / R        v = sum_r (M_r + R_r (m_r - m)^2) / R

    Backward, the two sums of the kernel go over all ranks as well. Rank r has the gradient of its
    own mean loss, which counts w_r / W in the loss of all (w_r samples of W). So the dy of that
    loss is w_r / W times the rank's, and its dx likewise; W is gone from

        b  = sum_r w_r sum(dy)        g = sum_r w_r sum(dy xhat)
        dx = gamma s (dy - (b + xhat g) / (w_r R))

    gamma and beta get the rank's own sums, which the optimizer averages like all gradients.

    Args: see `BatchNormalization`.

    References: Ioffe and Szegedy (2015), "Batch normalization"; Chan, Golub and LeVeque (1979),
    "Updating formulae and a pairwise algorithm for computing sample variances".
    """

    def build(self, shape, rng):
        """As in `BatchNormalization`; all ranks have the same running statistics."""
        shape = super().build(shape, rng)
        self.moving_mean.shared = self.moving_variance.shared = True
        return shape

    def forward(self, x, training=False):
        """x (..., D) -> y (..., D)."""
        if world().size == 1 or not (training and self.trainable):
            return super().forward(x, training)
        rows = x.reshape(-1, x.shape[-1])  # (N, D)
        gamma, beta = self.affine(x)
        R, m, v = self._statistics(rows)
        s = 1 / np.sqrt(v + x.dtype.type(self.epsilon))
        self._follow(self.moving_mean, m)
        self._follow(self.moving_variance, v)
        y = gamma * ((rows - m) * s) + beta
        return y.reshape(x.shape), (x, m, s, R)

    def _statistics(self, rows):
        """Return the number of rows of all ranks, their mean and variance (D,)."""
        n = 0 if team().idle else len(rows)
        m = rows.mean(axis=0, dtype=np.float64)
        squares = np.square(rows - m).sum(axis=0, dtype=np.float64)
        told = allgather(np.concatenate([[n], to_numpy(m), to_numpy(squares)]))
        D = rows.shape[-1]
        n, m, squares = told[:, :1], told[:, 1 : D + 1], told[:, D + 1 :]  # (p, 1), (p, D), (p, D)
        n, R = np.where(n > 0, n, 0), n.sum()
        mean = in_order(n * m) / R
        variance = in_order(np.where(n > 0, squares, 0) + n * np.square(m - mean)) / R
        xp = self.ops.xp
        return R, xp.asarray(mean.astype(rows.dtype)), xp.asarray(variance.astype(rows.dtype))

    def backward(self, dy, cache):
        """dx, through the statistics of all rows."""
        x, m, s, R = cache
        if R is True or R is False:  # made by the forward above
            return super().backward(dy, cache)
        gamma, _ = self.affine(x)
        rows, dy = (a.reshape(-1, a.shape[-1]) for a in (x, dy))
        xhat = (rows - m) * s
        dbeta = dy.sum(axis=0, dtype=np.float64)
        dgamma = (dy * xhat).sum(axis=0, dtype=np.float64)
        self.add_gradients(dgamma.astype(x.dtype), dbeta.astype(x.dtype))
        weight = team().weight
        if weight is None:  # a loop without `loss_and_gradient`, whose loss is a mean over rows
            weight = float(len(rows))
        told = weight * np.concatenate([to_numpy(dbeta), to_numpy(dgamma)])
        b, g = np.split(allreduce(told, average=False), 2)
        if weight == 0:
            return np.zeros_like(x)
        b, g = (self.ops.xp.asarray((a / (weight * R)).astype(x.dtype)) for a in (b, g))
        return (gamma * s * (dy - b - xhat * g)).reshape(x.shape)
