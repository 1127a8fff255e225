"""Constraints: what a parameter must fulfil after every step of the optimizer.

A step may take the parameter out of the allowed set; the constraint brings it back to the
nearest point of it (projected gradient descent).
"""

import numpy as np

from minidl.base import checks, naming
from minidl.base.configurable import Configurable


class Constraint(Configurable):
    """Base of all constraints: a subclass writes `__call__`."""

    def __call__(self, w):
        """Return the allowed array nearest to w, in its shape and dtype; w stays as it is."""
        raise NotImplementedError(type(self).__name__)


class MaxNorm(Constraint):
    """No vector along `axis` is longer than `max_value`; longer ones are shortened to it.

    Args:
        max_value: largest length, above 0.
        axis: an axis or several. A kernel W (D, M) has the incoming weights of one unit along
            axis 0; a convolution's kernel along (0, 1, 2).

    Reference: Srivastava et al. (2014), "Dropout", section 5.1.
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = checks.finite_number("max_value", max_value, above=0)
        self.axis = tuple(axis) if isinstance(axis, list | tuple) else axis
        for one in self.axis if isinstance(self.axis, tuple) else (axis,):
            if not checks.is_integer(one):
                raise ValueError(f"axis must be an integer, or several; got {axis!r}")

    def __call__(self, w):
        """Return w, the vectors that are too long scaled down."""
        norm = np.sqrt(np.square(w).sum(axis=self.axis, keepdims=True))
        return w * (self.max_value / np.maximum(norm, self.max_value))


class NonNeg(Constraint):
    """No number is below 0; lower ones become 0."""

    def __call__(self, w):
        """Return max(w, 0)."""
        return np.maximum(w, 0)


max_norm, non_neg = MaxNorm, NonNeg

_TABLE = {"max_norm": MaxNorm, "non_neg": NonNeg}


def get(constraint):
    """Return the constraint that a name, a class or an object stands for; None stays None."""
    if constraint is None:
        return None
    return naming.lookup("constraint", constraint, _TABLE, Constraint)
