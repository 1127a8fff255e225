"""Metrics that are a mean over samples, as objects: for options, weights and loops of your own."""

from minidl.base import checks
from minidl.base.arrays import as_array
from minidl.base.checks import pair
from minidl.metrics import functions
from minidl.metrics.base import Mean


class Average(Mean):
    """Base of the metrics here: a subclass says what is averaged."""

    targets = None  # what targets must be: see `checks.pair`

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch: targets and outputs (N, ...), and how much each sample counts (N,)."""
        y_true, y_pred = pair(self.name, y_true, y_pred, self.targets)
        super().update_state(self.each(as_array(y_true), as_array(y_pred)), sample_weight)

    def each(self, y_true, y_pred):
        """Return the numbers to average, of samples or of their elements (N, ...)."""
        raise NotImplementedError(type(self).__name__)


class BinaryAccuracy(Average):
    """Share of probabilities on the right side of `threshold`; targets are 0 or 1."""

    targets = "signs"

    def __init__(self, name=None, threshold=0.5):
        super().__init__(name)
        self.threshold = checks.finite_number("threshold", threshold)

    def each(self, y_true, y_pred):
        """Return whether each is right (N, ..., C)."""
        return functions.on_right_side(y_true, y_pred, self.threshold)


class CategoricalAccuracy(Average):
    """Share of rows whose largest output (..., C) is the largest entry of the target (..., C)."""

    targets = "rows"

    def each(self, y_true, y_pred):
        """Return whether each row is right (N, ...)."""
        return functions.best_is_right(y_true.argmax(axis=-1), y_pred)


class SparseCategoricalAccuracy(Average):
    """Share of rows whose largest output (..., C) stands at the integer label (...)."""

    targets = "labels"

    def each(self, y_true, y_pred):
        """Return whether each row is right (N, ...)."""
        return functions.best_is_right(y_true, y_pred)


class TopKCategoricalAccuracy(Average):
    """Share of rows in which fewer than k outputs (..., C) are larger than that of the target."""

    targets = "rows"

    def __init__(self, k=5, name=None):
        super().__init__(name)
        self.k = checks.positive_integer("k", k)

    def each(self, y_true, y_pred):
        """Return whether each row is right (N, ...)."""
        return functions.among_best(y_true.argmax(axis=-1), y_pred, self.k)


class MeanSquaredError(Average):
    """Mean of (y_pred - y_true)^2 over everything."""

    def each(self, y_true, y_pred):
        """Return the squares (N, ...)."""
        return functions.difference(y_true, y_pred) ** 2


class MeanAbsoluteError(Average):
    """Mean of |y_pred - y_true| over everything."""

    def each(self, y_true, y_pred):
        """Return the distances (N, ...)."""
        return abs(functions.difference(y_true, y_pred))
