"""Losses for probabilities: how surprised a model is by what happened.

A cross-entropy can take probabilities, or the numbers that a softmax or sigmoid would turn
into probabilities: logits (`from_logits=True`). From logits, activation and loss are one
function; its gradient is simply p - t, and logits of 1000 do no harm. A model whose last
activation is a softmax or a sigmoid is trained in that form (`models/objective.py`).

Probabilities of C classes are divided by their sum, as in Keras, so that those of C sigmoids can be
trained, too: with q = y / s, s = sum_j y_j, and g = dl/dq, the gradient is (g - sum_j g_j q_j) / s.
"""

import copy

import numpy as np

from minidl.base import checks
from minidl.base.arrays import as_array, on_gpu
from minidl.layers.activations import Sigmoid, Softmax, sigmoid
from minidl.losses.base import Loss

EPSILON = 1e-7  # probabilities are kept this far from 0 and 1, where the logarithm ends


class Crossentropy(Loss):
    """What the three cross-entropies share.

    Args:
        from_logits: False if the outputs are probabilities, True if they are what a softmax or
            sigmoid would turn into probabilities.
        options: see `Loss`.
    """

    activation = None  # what turns the logits of this loss into probabilities

    def __init__(self, from_logits=False, **options):
        super().__init__(**options)
        self.from_logits = from_logits

    def absorbs(self, activation):
        """Whether `on_logits()` replaces this loss and that activation together."""
        return not self.from_logits and type(activation) is self.activation

    def on_logits(self):
        """Return this loss for logits."""
        twin = copy.copy(self)
        twin.from_logits = True
        return twin


class SmoothedCrossentropy(Crossentropy):
    """Cross-entropy of targets t in [0, 1] that can be smoothed.

    Args:
        from_logits: see `Crossentropy`.
        label_smoothing: share of each target that is spread evenly over the answers, from 0 to 1:
            t becomes (1 - label_smoothing) t + label_smoothing / (number of answers), so that no
            output is pulled towards infinity.
        options: see `Loss`.

    Reference: Szegedy et al. (2016), "Rethinking the Inception architecture for computer vision",
    section 7.
    """

    def __init__(self, from_logits=False, label_smoothing=0.0, **options):
        super().__init__(from_logits, **options)
        self.label_smoothing = checks.finite_number(
            "label_smoothing", label_smoothing, at_least=0, at_most=1
        )

    def smoothed(self, t, y, answers):
        """Return the targets, smoothed, in the type of y."""
        share = self.label_smoothing
        return t.astype(y.dtype) * (1 - share) + share / answers if share else t.astype(y.dtype)

    def check(self, y_true, shape):
        """Targets must lie in [0, 1] and have the shape of the outputs."""
        t = super().check(y_true, shape)
        checks.between(self.name, t)
        return t


class BinaryCrossentropy(SmoothedCrossentropy):
    """C yes-or-no questions a sample: l = -mean_j (t_j log p_j + (1 - t_j) log(1 - p_j)).

    Targets t (N, ..., C) lie in [0, 1]. From logits z, with p = sigmoid(z):

        l = mean_j (max(z_j, 0) - z_j t_j + log(1 + exp(-|z_j|))),    dz_j = (p_j - t_j) / C

    Reference: Bishop (2006), "Pattern Recognition and Machine Learning", equations 4.90-4.91.
    """

    activation = Sigmoid

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., C))."""
        t, C = self.smoothed(t, y, answers=2), y.shape[-1]
        if self.from_logits:
            loss = np.maximum(y, 0) - y * t + np.log1p(np.exp(-np.abs(y)))
            return loss.mean(axis=-1), (sigmoid(y) - t) / C
        p = np.clip(y, EPSILON, 1 - EPSILON)
        loss = -(t * np.log(p) + (1 - t) * np.log(1 - p))
        return loss.mean(axis=-1), (p == y) * (p - t) / (p * (1 - p)) / C  # flat where clipped


class CategoricalCrossentropy(SmoothedCrossentropy):
    """One of C classes, targets as distributions: l = -sum_j t_j log p_j.

    Targets t (N, ..., C) are one-hot rows or soft labels (`utils.to_categorical` makes them).
    From logits z, with p = softmax(z):  dz = p sum_j(t_j) - t, that is p - t when t sums to 1.

    Reference: Bishop (2006), "Pattern Recognition and Machine Learning", equations 4.108-4.109.
    """

    activation = Softmax

    def each(self, t, y, ops):
        """Return (l (N, ...), dy (N, ..., C))."""
        C = y.shape[-1]
        t = self.smoothed(t, y, answers=C)
        if self.from_logits:
            loss, dz = ops.softmax_xent.dense(y.reshape(-1, C), t.reshape(-1, C))
            return loss.reshape(y.shape[:-1]), dz.reshape(y.shape)
        s = y.sum(axis=-1, keepdims=True)
        q = y / s
        p = np.clip(q, EPSILON, 1 - EPSILON)
        g = (p == q) * -t / p  # flat where clipped
        return -(t * np.log(p)).sum(axis=-1), (g - (g * q).sum(axis=-1, keepdims=True)) / s

    def check(self, y_true, shape):
        """As for every target that can be smoothed; a lone class is warned of."""
        checks.one_class(self, shape[-1])
        return super().check(y_true, shape)

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
        s = rows.sum(axis=-1)
        q = rows[n, labels] / s
        p = np.clip(q, EPSILON, 1 - EPSILON)
        g = (p == q) * -1 / p  # flat where clipped
        dy = np.zeros_like(rows) - (g * q / s)[:, None]
        dy[n, labels] += g / s
        return -np.log(p).reshape(t.shape), dy.reshape(y.shape)

    def check(self, y_true, shape):
        """Labels must be integers in [0, C), one for each row of outputs."""
        y_true, rows, C = as_array(y_true), tuple(shape[:-1]), shape[-1]
        checks.one_class(self, C)
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
        if on_gpu(y_true):
            return y_true.astype(np.int64)
        return checks.labels(self.name, y_true, C)
