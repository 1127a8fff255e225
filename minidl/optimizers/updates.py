"""What each optimizer does with a gradient; the equations stand in `minidl/kernels/optimizers`.

SGD takes one step size for every weight; the others measure how large each weight's gradients
usually are, and divide by it.
"""

import numpy as np

from minidl.base import checks
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
        ops.optimizers.sgd(w, g, velocity, self.rate, self.momentum, self.nesterov)


class Adagrad(Optimizer):
    """w <- w - learning_rate * g / (sqrt(s) + epsilon), where s is the sum of all g^2 so far.

    The steps only become smaller: good for rare features, bad for long training. Keras divides by
    sqrt(s + epsilon).

    Args:
        learning_rate: step size, a number or a schedule.
        initial_accumulator_value: s before the first step, at least 0.
        epsilon: keeps the quotient finite where s is 0.
        options: weight decay and clipping, see `Optimizer`.

    Reference: Duchi, Hazan, Singer (2011), "Adaptive subgradient methods for online learning and
    stochastic optimization", section 1.1, the diagonal form.
    """

    slots = ("accumulator",)

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        self.initial_accumulator_value = checks.finite_number(
            "initial_accumulator_value", initial_accumulator_value, at_least=0
        )
        self.epsilon = checks.finite_number("epsilon", epsilon, above=0)

    def new_slots(self, w):
        """Return the accumulator before the first step."""
        return {"accumulator": np.full_like(w, self.initial_accumulator_value)}

    def update(self, w, g, *, accumulator, t, ops):
        """Change w and accumulator in place."""
        ops.optimizers.adagrad(w, g, accumulator, self.rate, self.epsilon)


class RMSprop(Optimizer):
    """w <- w - learning_rate * g / (sqrt(s) + epsilon), where s is a moving average of g^2.

    With momentum the quotient feeds a velocity, as the gradient does in SGD. Keras divides by
    sqrt(s + epsilon).

    Args:
        learning_rate: step size, a number or a schedule.
        rho: in [0, 1): how much of the average is kept in a step.
        momentum: in [0, 1): how much of the last step is kept.
        epsilon: keeps the quotient finite where s is 0.
        centered: divide by an estimate of the standard deviation, sqrt(s - mean(g)^2).
        options: weight decay and clipping, see `Optimizer`.

    References: Tieleman and Hinton (2012), "Neural networks for machine learning", lecture 6.5;
    Graves (2013), "Generating sequences with recurrent neural networks", equations 38-45, the
    centered form.
    """

    def __init__(
        self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, **options
    ):
        super().__init__(learning_rate, **options)
        self.rho = checks.finite_number("rho", rho, at_least=0, below=1)
        self.momentum = checks.finite_number("momentum", momentum, at_least=0, below=1)
        self.epsilon = checks.finite_number("epsilon", epsilon, above=0)
        self.centered = centered
        self.slots = ("square", *["mean"] * bool(centered), *["velocity"] * bool(momentum))

    def update(self, w, g, *, square, mean=None, velocity=None, t, ops):
        """Change w and the slots in place."""
        numbers = self.rate, self.rho, self.momentum, self.epsilon
        ops.optimizers.rmsprop(w, g, square, mean, velocity, *numbers)


class Adam(Optimizer):
    """w <- w - learning_rate * m_hat / (sqrt(v_hat) + epsilon).

    m and v are moving averages of g and g^2; the hats correct that both start at 0. Keras adds
    epsilon before it corrects v, which is the "epsilon hat" of the paper's section 2: the same
    from some thousand steps on, and a larger epsilon before.

    Args:
        learning_rate: step size, a number or a schedule.
        beta_1: in [0, 1): how much of m is kept in a step.
        beta_2: in [0, 1): how much of v is kept in a step.
        epsilon: keeps the quotient finite where v is 0.
        amsgrad: use the largest v so far in place of v, so that the step size never grows again.
        options: weight decay and clipping, see `Optimizer`.

    References: Kingma and Ba (2014), "Adam: a method for stochastic optimization", algorithm 1;
    Reddi, Kale, Kumar (2018), "On the convergence of Adam and beyond", algorithm 2 (amsgrad).
    """

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, **options
    ):
        super().__init__(learning_rate, **options)
        self.beta_1 = checks.finite_number("beta_1", beta_1, at_least=0, below=1)
        self.beta_2 = checks.finite_number("beta_2", beta_2, at_least=0, below=1)
        self.epsilon = checks.finite_number("epsilon", epsilon, above=0)
        self.amsgrad = amsgrad
        self.slots = ("m", "v", "v_max") if amsgrad else ("m", "v")

    def update(self, w, g, *, m, v, v_max=None, t, ops):
        """Change w and the slots in place."""
        numbers = self.rate, self.beta_1, self.beta_2, self.epsilon
        ops.optimizers.adam(w, g, m, v, v_max, *numbers, t=t)


class AdamW(Adam):
    """Adam with decoupled weight decay.

    Added to the gradient, as in L2 regularization, the decay would be divided by sqrt(v_hat) like
    the rest of it: weights with large gradients would hardly decay. So it goes around Adam:
    w <- (1 - learning_rate * weight_decay) * w, then Adam's step.

    Args:
        learning_rate: step size, a number or a schedule.
        weight_decay: share of a weight that is lost in a step, over the learning rate.
        options: see `Adam` and `Optimizer`.

    Reference: Loshchilov and Hutter (2019), "Decoupled weight decay regularization", algorithm 2.
    """

    settled = ("decoupled_weight_decay",)

    def __init__(self, learning_rate=0.001, weight_decay=0.004, **options):
        super().__init__(
            learning_rate, weight_decay=weight_decay, decoupled_weight_decay=True, **options
        )
