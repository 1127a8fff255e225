"""Metrics that remember: what every one of them does, and the mean."""

import numpy as np

from minidl.base import checks, naming
from minidl.base.arrays import as_array, number, on_gpu
from minidl.base.configurable import Configurable


class Metric(Configurable):
    """Base of metrics that count over the batches: a subclass writes the three methods below.

        auc = AUC()
        for x, y in batches:
            auc.update_state(y, model.predict(x))
        auc.result()

    `fit` calls `reset_state` before every epoch and every validation, `update_state` after each
    batch, without steps of padding, and reads `result` for its logs. The state is ordinary
    attributes; give them new values (`self.total = self.total + ...`) rather than change arrays in
    place, because the logs of a batch keep a copy of the metric and may be read later.

    Args:
        name: what results call it; its class's name in snake_case if not given.
    """

    config_prefix = "metrics."  # there is a loss called MeanSquaredError, too

    def __init__(self, name=None):
        self.name = name or naming.snake_case(type(self).__name__)

    def __call__(self, *batch, **options):
        """Count this batch, too, and return the result so far."""
        self.update_state(*batch, **options)
        return self.result()

    def reset_state(self):
        """Forget everything counted so far."""
        raise NotImplementedError(f"{type(self).__name__} must write reset_state")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch: targets and outputs (N, ...), and how much each sample counts (N,)."""
        raise NotImplementedError(f"{type(self).__name__} must write update_state")

    def result(self):
        """Return the value of all that was counted, a float."""
        raise NotImplementedError(f"{type(self).__name__} must write result")


class Mean(Metric):
    """The mean of numbers: mean(3.5), mean([1, 2], sample_weight=[1, 0]). 0 of none."""

    def __init__(self, name=None):
        super().__init__(name)
        self.reset_state()

    def reset_state(self):
        """Start anew."""
        self.total = self.count = 0.0

    def update_state(self, values, sample_weight=None):
        """Count values (N, ...), each of a sample as much as sample_weight (N,) says."""
        values = as_array(values)
        if values.dtype.kind not in "biuf":
            raise TypeError(f"{self.name} needs numbers; got dtype {values.dtype}")
        weights = weights_of(sample_weight, values)
        self.total = self.total + number((weights * values).sum())
        self.count = self.count + number(weights.sum())

    def result(self):
        """Return the mean."""
        return float(self.total) / float(self.count) if self.count else 0.0


def weights_of(sample_weight, values):
    """Return how much each of the values (N, ...) counts, in their shape; 1 if not given.

    Raises:
        ValueError: sample_weight does not have the first axes of values.
    """
    if sample_weight is None:
        return np.ones_like(values, dtype=float)
    weights = sample_weight
    if not on_gpu(weights):
        weights = checks.numeric("sample_weight", weights)
        if weights.min() < 0:
            raise ValueError(f"sample_weight must not be negative; got {weights.min()}")
    if weights.ndim > 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    if weights.shape != values.shape[: weights.ndim]:
        raise ValueError(
            f"sample_weight needs one number a sample, shape ({len(values)},); got shape "
            f"{weights.shape} for values of shape {values.shape}"
        )
    weights = weights.reshape(*weights.shape, *[1] * (values.ndim - weights.ndim))
    return weights * np.ones_like(values, dtype=float)


def alike(y_true, y_pred):
    """Return both as arrays of the shape of y_pred: targets (N,) fit outputs (N, 1).

    Raises:
        ValueError: their shapes do not fit.
    """
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    *rows, last = y_pred.shape or (0,)
    if y_true.shape != y_pred.shape and not (last == 1 and y_true.shape == tuple(rows)):
        raise ValueError(
            f"this metric needs targets of the shape of the outputs, {y_pred.shape}; got "
            f"{y_true.shape}. Integer labels: utils.to_categorical makes rows of them"
        )
    return y_true.reshape(y_pred.shape), y_pred
