"""Metrics made of counts: of the answers yes, how many were right, how many missing?

    tp  true positives     said yes, was yes          fn  false negatives    said no, was yes
    fp  false positives    said yes, was no           tn  true negatives     said no, was no

Reference: Fawcett (2006), "An introduction to ROC analysis", section 2.
"""

import numpy as np

from minidl.base import checks
from minidl.base.arrays import number, on_gpu, to_numpy
from minidl.base.checks import pair
from minidl.metrics.base import Metric, alike, weights_of


class _Counts(Metric):
    """Count tp, fp and fn at one threshold.

    Args:
        thresholds: probabilities above this number say yes; 0.5 if not given.
        name: what results call it.
    """

    def __init__(self, thresholds=None, *, name=None):
        super().__init__(name)
        self.threshold = checks.finite_number(
            "thresholds", 0.5 if thresholds is None else thresholds
        )
        self.reset_state()

    def reset_state(self):
        """Start anew."""
        self.tp = self.fp = self.fn = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count targets (N, ..., C), 0 or 1, and probabilities (N, ..., C)."""
        was, y_pred = alike(*pair(self.name, y_true, y_pred, "answers"))
        said, was, w = y_pred > self.threshold, was.astype(bool), weights_of(sample_weight, y_pred)
        self.tp = self.tp + number((w * (said & was)).sum())
        self.fp = self.fp + number((w * (said & ~was)).sum())
        self.fn = self.fn + number((w * (~said & was)).sum())


class TruePositives(_Counts):
    """How often it said yes, and was right."""

    def result(self):
        """Return tp."""
        return self.tp


class FalsePositives(_Counts):
    """How often it said yes, and was wrong."""

    def result(self):
        """Return fp."""
        return self.fp


class FalseNegatives(_Counts):
    """How often it said no, and was wrong."""

    def result(self):
        """Return fn."""
        return self.fn


class Precision(_Counts):
    """Of the answers yes, the share that is right: tp / (tp + fp). 0 if there are none.

    Args:
        thresholds: probabilities above this number say yes; 0.5 if not given.
        name: what results call it.
    """

    def result(self):
        """Return the share."""
        return _share(self.tp, self.tp + self.fp)


class Recall(_Counts):
    """Of what is a yes, the share that was found: tp / (tp + fn). 0 if there is none.

    Args:
        thresholds: probabilities above this number say yes; 0.5 if not given.
        name: what results call it.
    """

    def result(self):
        """Return the share."""
        return _share(self.tp, self.tp + self.fn)


class AUC(Metric):
    """Area under the ROC curve, which a threshold draws as it moves from 1 to 0.

    It is recall over fp / (fp + tn). Its area is the probability that the model gives a yes a
    larger number than a no: 1 if it sorts them perfectly, 0.5 if it guesses.

    Counts at thresholds at equal distances, so it needs no memory for the outputs, and is exact
    only as far as outputs between two of them do not matter.

    Args:
        num_thresholds: how many, 0 and 1 included.
        name: what results call it.

    Reference: Fawcett (2006), "An introduction to ROC analysis", sections 4 and 7.
    """

    def __init__(self, num_thresholds=200, *, name=None):
        super().__init__(name)
        if checks.positive_integer("num_thresholds", num_thresholds) < 2:
            raise ValueError(f"num_thresholds must be at least 2; got {num_thresholds}")
        self.num_thresholds = num_thresholds
        self.reset_state()

    def reset_state(self):
        """Start anew."""
        self.yes = self.no = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count targets (N, ...), 0 or 1, and probabilities (N, ...)."""
        was, p = alike(*pair(self.name, y_true, y_pred, "answers", True))
        if not on_gpu(p) and p.size and not (p.min() >= 0 and p.max() <= 1):
            raise ValueError(
                f"{self.name} needs probabilities; got outputs from {p.min()} to {p.max()}: end "
                'the model with activation="sigmoid" or "softmax"'
            )
        n = self.num_thresholds
        # Between which two thresholds p lies: above k / (n - 1), and not above (k + 1) / (n - 1).
        k = np.maximum(np.ceil(p * (n - 1)) - 1, 0).astype(np.int64).reshape(-1)
        was, w = was.astype(bool).reshape(-1), weights_of(sample_weight, p).reshape(-1)
        self.yes = self.yes + np.bincount(k, weights=w * was, minlength=n)
        self.no = self.no + np.bincount(k, weights=w * ~was, minlength=n)

    def result(self):
        """Return the area."""
        yes, no = (np.broadcast_to(to_numpy(a), self.num_thresholds) for a in (self.yes, self.no))
        tp, fp = np.cumsum(yes[::-1]), np.cumsum(no[::-1])  # thresholds from 1 to 0
        recall, fall_out = _ratio(tp, tp[-1]), _ratio(fp, fp[-1])
        return float((np.diff(fall_out) * (recall[1:] + recall[:-1])).sum() / 2)


def _share(part, whole):
    return float(part) / float(whole) if whole else 0.0


def _ratio(a, b):
    """a / b, and 0 where b is 0."""
    return np.divide(a, b, out=np.zeros(np.shape(a)), where=np.asarray(b) != 0)
