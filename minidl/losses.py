"""Losses: one number that says how wrong the outputs are, and its gradient.

    value, dy = loss(y_true, y_pred)         dy = d value / d y_pred, in the shape of y_pred

Each class writes the loss of every sample and its gradient (`each`). The base class takes the
mean over the N samples, so every gradient is divided by N in exactly one place.

A cross-entropy can take probabilities, or the numbers that a softmax or sigmoid would turn
into probabilities: logits (`from_logits=True`). From logits, activation and loss are one
function; its gradient is simply p - t, and logits of 1000 do no harm. A model whose last
activation is a softmax or a sigmoid is trained in that form (`Model.compile`).
"""

import copy

import numpy as np

from minidl import config, kernels, naming
from minidl.layers.activations import Sigmoid, Softmax, sigmoid

EPSILON = 1e-7  # probabilities are kept this far from 0 and 1, where the logarithm ends


class Loss:
    """Base of all losses: a subclass writes `each`."""

    def __call__(self, y_true, y_pred, ops=None):
        """Return (mean loss, gradient).

        Args:
            y_true: targets; the shape depends on the loss.
            y_pred: outputs of the model (N, ...).
            ops: the kernels, from `minidl.kernels.load`; the process's backend if not given.

        Returns:
            value: float, the mean over all samples.
            dy: d value / d y_pred, in the shape and dtype of y_pred.

        Raises:
            ValueError: shapes or labels do not fit; says what was expected.
        """
        y_pred = np.asarray(y_pred)
        if y_pred.dtype.kind != "f":
            y_pred = y_pred.astype(config.floatx())
        y_true = self.check(y_true, y_pred.shape)
        loss, dy = self.each(y_true, y_pred, ops or kernels.load(config.backend()))
        return float(loss.mean()), dy / dy.dtype.type(loss.size)

    def each(self, y_true, y_pred, ops):
        """Return (loss (N, ...), gradient (N, ..., C)): each sample's own, not averaged."""
        raise NotImplementedError(type(self).__name__)

    def check(self, y_true, shape):
        """Return y_true in the form that `each` expects, for outputs of `shape`."""
        y_true = np.asarray(y_true)
        if y_true.shape == shape[:-1] and shape[-1] == 1:
            y_true = y_true[..., None]  # (N,) against (N, 1) would broadcast to (N, N)
        if y_true.shape != tuple(shape):
            raise ValueError(
                f"{self.name} needs targets of the shape of the outputs, {tuple(shape)}; "
                f"got {y_true.shape}{self.shape_hint(y_true, shape)}"
            )
        return y_true

    def shape_hint(self, y_true, shape):
        """What to do about targets of the wrong shape, where that is known."""
        return ""

    def absorbs(self, activation):
        """Whether `on_logits()` replaces this loss and that activation together."""
        return False

    @property
    def name(self):
        """The class's name, as errors show it."""
        return type(self).__name__


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
        n = np.arange(len(rows))
        p = np.clip(rows[n, labels], EPSILON, 1 - EPSILON)
        dy = np.zeros_like(rows)
        dy[n, labels] = (p == rows[n, labels]) * -1 / p  # flat where clipped
        return -np.log(p).reshape(t.shape), dy.reshape(y.shape)

    def check(self, y_true, shape):
        """Labels must be integers in [0, C), one for each row of outputs."""
        y_true, rows, C = np.asarray(y_true), tuple(shape[:-1]), shape[-1]
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
        if not np.array_equal(labels, y_true):
            raise ValueError(f"{self.name} needs integer labels; got {y_true.dtype} fractions")
        if labels.min() < 0 or labels.max() >= C:
            raise ValueError(
                f"{self.name} needs labels from 0 to {C - 1}, because the model has {C} outputs; "
                f"got labels from {labels.min()} to {labels.max()}"
            )
        return labels


def _within_0_and_1(name, t):
    if t.size and (t.min() < 0 or t.max() > 1):
        raise ValueError(
            f"{name} needs targets between 0 and 1; got values from {t.min()} to {t.max()}"
        )
    return t


mean_squared_error = mse = MeanSquaredError()
mean_absolute_error = mae = MeanAbsoluteError()


def binary_crossentropy(y_true, y_pred, from_logits=False):
    """Return (value, gradient); see `BinaryCrossentropy`."""
    return BinaryCrossentropy(from_logits)(y_true, y_pred)


def categorical_crossentropy(y_true, y_pred, from_logits=False):
    """Return (value, gradient); see `CategoricalCrossentropy`."""
    return CategoricalCrossentropy(from_logits)(y_true, y_pred)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False):
    """Return (value, gradient); see `SparseCategoricalCrossentropy`."""
    return SparseCategoricalCrossentropy(from_logits)(y_true, y_pred)


_TABLE = {
    "mse": MeanSquaredError,
    "mean_squared_error": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mean_absolute_error": MeanAbsoluteError,
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}


def get(loss):
    """Return the loss that a name, a class or an object stands for."""
    found = naming.lookup("loss", loss, _TABLE)
    if not isinstance(found, Loss):
        raise TypeError(
            f"a loss returns a value and a gradient: subclass minidl.losses.Loss and write `each`; "
            f"got {found!r}"
        )
    return found
