"""Regularizers: a penalty on large weights, or on large outputs, that is added to the loss.

    total loss = data loss + penalty(W)        so        dW = d data loss / dW + gradient(W)

L2 pulls every weight towards zero in proportion to its size, so weights become small; L1 pulls
with the same force at any size, so that many become exactly zero where training can reach zero.

References: Hoerl and Kennard (1970), "Ridge regression" (L2); Tibshirani (1996), "Regression
shrinkage and selection via the lasso" (L1); Goodfellow, Bengio, Courville (2016), "Deep
Learning", section 7.1.
"""

import numpy as np

from minidl.base import checks, naming
from minidl.base.arrays import number
from minidl.base.configurable import Configurable


class Regularizer(Configurable):
    """Base of all regularizers: a subclass writes `penalty` and its `gradient`."""

    def penalty(self, w):
        """Return what the array w (any shape) costs, a float (on a GPU: an array without axes)."""
        raise NotImplementedError(type(self).__name__)

    def gradient(self, w):
        """Return d penalty / dw, in the shape and dtype of w."""
        raise NotImplementedError(type(self).__name__)


class L1L2(Regularizer):
    """penalty = l1 sum |w| + l2 sum w^2.

    Args:
        l1, l2: how much each sum counts, finite and at least 0.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = checks.finite_number("l1", l1, at_least=0)
        self.l2 = checks.finite_number("l2", l2, at_least=0)

    def penalty(self, w):
        """Return the float above."""
        return number(self.l1 * np.abs(w).sum() + self.l2 * np.square(w).sum())

    def gradient(self, w):
        """Return l1 sign(w) + 2 l2 w; at w = 0 the derivative of |w| is taken to be 0."""
        return self.l1 * np.sign(w) + 2 * self.l2 * w


class L1(L1L2):
    """penalty = l1 sum |w|."""

    def __init__(self, l1=0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    """penalty = l2 sum w^2."""

    def __init__(self, l2=0.01):
        super().__init__(l2=l2)


l1, l2, l1_l2 = L1, L2, L1L2

_TABLE = {"l1": L1, "l2": L2, "l1_l2": L1L2(0.01, 0.01)}


def get(regularizer):
    """Return the regularizer that a name, a class or an object stands for; None stays None."""
    if regularizer is None:
        return None
    found = naming.lookup("regularizer", regularizer, _TABLE)
    if not isinstance(found, Regularizer):
        raise TypeError(
            "a regularizer has a penalty and a gradient: subclass minidl.regularizers.Regularizer; "
            f"got {found!r}"
        )
    return found


def total_penalty(params):
    """Return the sum of the penalties on a dict of params, a float."""
    return sum((p.regularizer.penalty(p.value) for p in _regularized(params)), 0.0)


def add_gradients(params):
    """Add the gradient of its penalty to the grad of every param that has a regularizer."""
    for param in _regularized(params):
        param.grad += param.regularizer.gradient(param.value)


def _regularized(params):
    return [param for param in params.values() if param.regularizer is not None]
