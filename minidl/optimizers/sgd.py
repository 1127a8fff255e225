"""Stochastic gradient descent: the same step size for every weight."""

from minidl import checks
from minidl.optimizers.base import Optimizer


class SGD(Optimizer):
    """Stochastic gradient descent: w <- w - learning_rate * g, with optional momentum.

    The equations stand in `minidl/kernels/optimizers/__init__.py`.

    Args:
        learning_rate: step size, a number or a schedule.
        momentum: in [0, 1): how much of the last step is kept.
        nesterov: look ahead along the velocity before stepping.
        options: weight decay and clipping, see `Optimizer`.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **options):
        super().__init__(learning_rate, **options)
        self.momentum = checks.finite_number("momentum", momentum, at_least=0, below=1)
        if nesterov and momentum == 0:
            raise ValueError("nesterov looks ahead along the velocity: give a momentum above 0")
        self.nesterov = nesterov
        self.slots = ("velocity",) if momentum else ()

    def update(self, w, g, *, velocity=None, t, ops):
        """Change w and velocity in place."""
        ops.optimizers.sgd(w, g, velocity, self.learning_rate, self.momentum, self.nesterov)
