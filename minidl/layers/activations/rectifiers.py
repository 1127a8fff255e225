"""Rectifiers: about y = x for large positive x, about constant for large negative x.

ReLU is the plain form; a unit that only ever sees negative x gets no gradient, and is dead. The
others bend the negative side so that some gradient passes, and most of them round off the kink.
"""

import numpy as np

from minidl import checks
from minidl.layer import Layer
from minidl.layers.activations.base import ActivationLayer
from minidl.layers.activations.squashers import sigmoid


class ReLU(ActivationLayer):
    """y = max(x, 0). At x = 0 the derivative is taken to be 0.

    Reference: Nair and Hinton (2010), "Rectified linear units improve restricted Boltzmann
    machines".
    """

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        y = self.kernels.relu.forward(x)  # np.maximum(x, 0)
        return y, y

    def backward(self, dy, y):
        """dy/dx = 1 where y > 0, else 0."""
        return self.kernels.relu.backward(dy, y)  # dy * (y > 0)


class LeakyReLU(ActivationLayer):
    """y = x where x > 0, else a x: negative x leaks through, so no unit is dead.

    Args:
        negative_slope: a. Keras has two defaults: 0.3 for this class, 0.2 for "leaky_relu".
        options: of `Layer`.

    Reference: Maas, Hannun and Ng (2013), "Rectifier nonlinearities improve neural network
    acoustic models" (there a = 0.01).
    """

    def __init__(self, negative_slope=0.3, **options):
        super().__init__(**options)
        self.negative_slope = checks.finite_number("negative_slope", negative_slope)

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        return self.kernels.relu.forward(x, self.negative_slope), x

    def backward(self, dy, x):
        """dy/dx = 1 where x > 0, else a."""
        return self.kernels.relu.backward(dy, x, self.negative_slope)


class PReLU(Layer):
    """y = x where x > 0, else alpha x, with a slope alpha that is learned.

        x (N, ...)    alpha in the shape of one sample, of length 1 along shared axes

    Args:
        alpha_initializer, alpha_regularizer, alpha_constraint: how alpha starts, what it costs
            and what it fulfils; see `Dense`.
        shared_axes: axes of x, counted from 1, along which one alpha serves all places: [1, 2]
            gives each channel of an image one.
        options: of `Layer`.

    Reference: He, Zhang, Ren and Sun (2015), "Delving deep into rectifiers", equations 1, 8, 9.
    """

    roles = {"alpha": "zeros"}  # and how it starts

    def __init__(self, alpha_initializer="zeros", *, shared_axes=None, **options):
        super().__init__(alpha_initializer=alpha_initializer, **options)
        one = isinstance(shared_axes, int)
        self.shared_axes = (shared_axes,) if one else tuple(shared_axes or ())

    def build(self, shape, rng):
        """Create alpha."""
        if not set(self.shared_axes) <= set(range(1, len(shape) + 1)):
            raise ValueError(
                f"layer {self.name!r}: shared_axes={self.shared_axes} must be axes of x from 1 to "
                f"{len(shape)}, for samples of shape {shape}"
            )
        shared = tuple(1 if i in self.shared_axes else d for i, d in enumerate(shape, start=1))
        if None in shared:
            raise ValueError(
                f"layer {self.name!r} has an alpha for every place, and samples of shape {shape} "
                "have any number of them (None): name these axes in shared_axes"
            )
        self.alpha = self.param("alpha", shared, rng)
        return shape

    def forward(self, x, training=False):
        """x (N, ...) -> y (N, ...)."""
        return np.where(x > 0, x, self.alpha.value * x), x

    def backward(self, dy, x):
        """dalpha = sum of dy x where x <= 0, over the batch and all places that share it."""
        dalpha = (dy * np.minimum(x, 0)).sum(axis=(0, *self.shared_axes))
        self.alpha.grad += dalpha.reshape(self.alpha.shape)
        return np.where(x > 0, dy, self.alpha.value * dy)


class ELU(ActivationLayer):
    """y = x where x > 0, else alpha (exp(x) - 1): levels off at -alpha.

    Negative outputs bring the mean of a layer's outputs closer to 0.

    Args:
        alpha: at least 0.
        options: of `Layer`.

    Reference: Clevert, Unterthiner and Hochreiter (2015), "Fast and accurate deep network
    learning by exponential linear units (ELUs)", section 3.
    """

    scale = 1.0

    def __init__(self, alpha=1.0, **options):
        super().__init__(**options)
        self.alpha = checks.finite_number("alpha", alpha, at_least=0)

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        # where() computes both branches: the minimum keeps the unused one from overflowing
        bent = self.scale * self.alpha * np.expm1(np.minimum(x, 0))
        y = np.where(x > 0, self.scale * x, bent)
        return y, y

    def backward(self, dy, y):
        """dy/dx = scale where y > 0, else scale alpha exp(x) = y + scale alpha."""
        return np.where(y > 0, self.scale * dy, dy * (y + self.scale * self.alpha))


class SELU(ELU):
    """y = scale ELU(x), with an alpha and a scale that make a deep network normalise itself.

    Where x has mean 0 and variance 1, so has y, and small deviations shrink from layer to layer
    (with weights from `LecunNormal`): (0, 1) is an attracting fixed point.

    Reference: Klambauer et al. (2017), "Self-normalizing neural networks", equation 2.
    """

    settled = ("alpha",)
    alpha, scale = 1.6732632423543772, 1.0507009873554805

    def __init__(self, **options):
        super().__init__(self.alpha, **options)


class GELU(ActivationLayer):
    """y = x Phi(x): x times the probability that a standard normal number is below x.

        exact           Phi(x) = (1 + erf(x / sqrt 2)) / 2
        approximate     Phi(x) = (1 + tanh(u)) / 2 = sigmoid(2u),
                        u = sqrt(2 / pi) (x + 0.044715 x^3)

    The two differ by less than 0.0005.

    Args:
        approximate: True for the second form.
        options: of `Layer`.

    Reference: Hendrycks and Gimpel (2016), "Gaussian error linear units (GELUs)", section 2.
    """

    def __init__(self, approximate=False, **options):
        super().__init__(**options)
        self.approximate = approximate

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        return self.kernels.gelu.forward(x, self.approximate)

    def backward(self, dy, slope):
        """dy/dx = Phi + x phi, where phi = dPhi/dx: exp(-x^2 / 2) / sqrt(2 pi) if exact."""
        return dy * slope


class SiLU(ActivationLayer):
    """y = x sigmoid(x), called swish too: a smooth ReLU that dips below 0, to -0.28 at x = -1.28.

    References: Elfwing, Uchibe and Doya (2017), "Sigmoid-weighted linear units for neural network
    function approximation in reinforcement learning"; Ramachandran, Zoph and Le (2017), "Searching
    for activation functions", whose search found it again and named it swish.
    """

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        s = sigmoid(x)
        return x * s, (x, s)

    def backward(self, dy, cache):
        """dy/dx = s + x s (1 - s), with s = sigmoid(x)."""
        x, s = cache
        return dy * (s + x * s * (1 - s))


class Softplus(ActivationLayer):
    """y = log(1 + exp(x)): a smooth ReLU, above 0 everywhere.

    Reference: Dugas et al. (2001), "Incorporating second-order functional knowledge for better
    option pricing".
    """

    def forward(self, x, training=False):
        """x (...) -> y (...), as max(x, 0) + log(1 + exp(-|x|)), which cannot overflow."""
        y = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
        return y, y

    def backward(self, dy, y):
        """dy/dx = sigmoid(x) = 1 - exp(-y)."""
        return dy * -np.expm1(-y)
