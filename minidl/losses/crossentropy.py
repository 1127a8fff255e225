"""Losses for probabilities: how surprised a model is by what happened.

A cross-entropy can take probabilities, or the numbers that a softmax or sigmoid would turn
into probabilities: logits (`from_logits=True`). From logits, activation and loss are one
function; its gradient is simply p - t, and logits of 1000 do no harm. A model whose last
activation is a softmax or a sigmoid is trained in that form (`Model.compile`).
"""

import copy

import numpy as np

from minidl.arrays import as_array, on_gpu
from minidl.layers.activations import Sigmoid, Softmax, sigmoid
from minidl.losses.base import Loss

EPSILON = 1e-7  # probabilities are kept this far from 0 and 1, where the logarithm ends


class Crossentropy(Loss):
    """What the three cross-entropies share.

    Args:
        from_logits: False if the outputs are probabilities, True if they are what a softmax or
            sigmoid would turn into probabilities.
    """

    activation = None  # what turns the logits of this loss into probabilities

    def __init__(self, from_logits=False):
        self.from_logits = from_logits

    def absorbs(self, activation):
        """Whether `on_logits()` replaces this loss and that activation together."""
        return not self.from_logits and isinstance(activation, self.activation)

    def on_logits(self):
        """Return this loss for logits."""
        twin = copy.copy(self)
        twin.from_logits = True
        return twin


class BinaryCrossentropy(Crossentropy):
    """C yes-or-no questions a sample: l = -mean_j (t_j log p_j + (1 - t_j) log(1 - p_j)).

    Targets t (N, ..., C) lie in [0, 1]. From logits z, with p = sigmoid(z):

        l = mean_j (max(z_j, 0) - z_j t_j + log(1 + exp(-|z_j|))),    dz_j = (p_j - t_j) / C

    Reference: Bishop (2006), "Pattern Recognition and Machine Learning", equations 4.90-4.91.
    """

    activation = Sigmoid

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., C))."""
        t, C = t.astype(y.dtype), y.shape[-1]
        if self.from_logits:
            loss = np.maximum(y, 0) - y * t + np.log1p(np.exp(-np.abs(y)))
            return loss.mean(axis=-1), (sigmoid(y) - t) / C
        p = np.clip(y, EPSILON, 1 - EPSILON)
        loss = -(t * np.log(p) + (1 - t) * np.log(1 - p))
        return loss.mean(axis=-1), (p == y) * (p - t) / (p * (1 - p)) / C  # flat where clipped

    def check(self, y_true, shape):
        """Targets must lie in [0, 1] and have the shape of the outputs."""
        return _within_0_and_1(self.name, super().check(y_true, shape))


class CategoricalCrossentropy(Crossentropy):
    """One of C classes, targets as distributions: l = -sum_j t_j log p_j.

    Targets t (N, ..., C) are one-hot rows or soft labels (`utils.to_categorical` makes them).
    From logits z, with p = softmax(z):  dz = p sum_j(t_j) - t, that is p - t when t sums to 1.

    Reference: Bishop (2006), "Pattern Recognition and Machine Learning", equations 4.108-4.109.
    """

    activation = Softmax

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., C))."""
        t, C = t.astype(y.dtype), y.shape[-1]
        if self.from_logits:
            loss, dz = ops.softmax_xent.dense(y.reshape(-1, C), t.reshape(-1, C))
            return loss.reshape(y.shape[:-1]), dz.reshape(y.shape)
        p = np.clip(y, EPSILON, 1 - EPSILON)
        return -(t * np.log(p)).sum(axis=-1), (p == y) * -t / p  # flat where clipped

    def check(self, y_true, shape):
        """Targets must lie in [0, 1] and have the shape of the outputs."""
        return _within_0_and_1(self.name, super().check(y_true, shape))

    def shape_hint(self, y_true, shape):
        """Integer labels belong to the sparse form."""
        if y_true.shape in (tuple(shape[:-1]), (*shape[:-1], 1)):
            return (
                '. For integer labels use "sparse_categorical_crossentropy", or turn them into '
                f"rows with utils.to_categorical(y, {shape[-1]})"
            )
        return ""


class SparseCategoricalCrossentropy(Crossentropy):
    """One of C classes, targets as integers: l = -log p[t].

    Labels t (N, ...) or (N, ..., 1) are integers from 0 to C - 1.
    From logits z, with p = softmax(z):  dz_j = p_j - [j = t].
    """

    activation = Softmax

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., C))."""
        C = y.shape[-1]
        rows, labels = y.reshape(-1, C), t.reshape(-1)
        if self.from_logits:
            loss, dz = ops.softmax_xent.sparse(rows, labels)
            return loss.reshape(t.shape), dz.reshape(y.shape)
        n = ops.xp.arange(len(rows))
        p = np.clip(rows[n, labels], EPSILON, 1 - EPSILON)
        dy = np.zeros_like(rows)
        dy[n, labels] = (p == rows[n, labels]) * -1 / p  # flat where clipped
        return -np.log(p).reshape(t.shape), dy.reshape(y.shape)

    def check(self, y_true, shape):
        """Labels must be integers in [0, C), one for each row of outputs."""
        y_true, rows, C = as_array(y_true), tuple(shape[:-1]), shape[-1]
        if y_true.shape == (*rows, 1):
            y_true = y_true[..., 0]
        if y_true.shape != rows:
            hint = ""
            if y_true.shape == tuple(shape):
                hint = '. For one-hot rows use "categorical_crossentropy"'
            raise ValueError(
                f"{self.name} needs integer labels of shape {rows} for outputs of shape "
                f"{tuple(shape)}; got {y_true.shape}{hint}"
            )
        labels = y_true.astype(np.int64)
        if on_gpu(labels):
            return labels
        if not np.array_equal(labels, y_true):
            raise ValueError(f"{self.name} needs integer labels; got {y_true.dtype} fractions")
        if labels.min() < 0 or labels.max() >= C:
            raise ValueError(
                f"{self.name} needs labels from 0 to {C - 1}, because the model has {C} outputs; "
                f"got labels from {labels.min()} to {labels.max()}"
            )
        return labels


def _within_0_and_1(name, t):
    if not on_gpu(t) and t.size and (t.min() < 0 or t.max() > 1):
        raise ValueError(
            f"{name} needs targets between 0 and 1; got values from {t.min()} to {t.max()}"
        )
    return t
