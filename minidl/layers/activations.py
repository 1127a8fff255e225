"""Activations: functions of one number, applied to every element (softmax: to every row).

Without one between them, two Dense layers are a single matrix. Each class shows f in `forward`
and f' in `backward`, and caches whatever makes f' cheapest: often the output, not the input.

There are two families. Some, as sigmoid and tanh, press all numbers into an interval: their
outputs can be read as probabilities, but f' vanishes far from 0 on both sides, and a product of
many such f' vanishes too. Others, as ReLU, let positive numbers through, with f' near 1, and hold
negative ones back: they made deep networks trainable.
"""

import numpy as np

from minidl import kernels, regularizers
from minidl.base import checks, config, naming
from minidl.layers.layer import Layer, Penalty

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "ActivationLayer",
    "HardSigmoid",
    "LeakyReLU",
    "Linear",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "get",
    "sigmoid",
]


class Linear(Layer):
    """y = x: no activation."""

    takes_several = True

    def forward(self, x, training=False):
        """Return x."""
        return x, None

    def backward(self, dy, _):
        """dy/dx = 1."""
        return dy


class ActivationLayer(Layer):
    """Base of all other activations: the whole layer is its own last activation.

    The arrays x, y, dy and dx of an activation have one shape, and dtype float32 or float64.
    """

    @property
    def kernels(self):
        """The model's kernels, or the process's: an activation also works without being built."""
        return self.ops or kernels.load(config.backend())

    def split_activation(self):
        """Return (identity, this activation)."""
        return Linear(), self


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


class Sigmoid(ActivationLayer):
    """y = 1 / (1 + exp(-x)), between 0 and 1: a probability.

    Reference: Bishop (2006), "Pattern Recognition and Machine Learning", equations 4.59 and 4.88.
    """

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        y = sigmoid(x)
        return y, y

    def backward(self, dy, y):
        """dy/dx = y (1 - y)."""
        return dy * y * (1 - y)


class HardSigmoid(ActivationLayer):
    """y = min(max(x + 3, 0), 6) / 6: three straight pieces, no exponential.

    The middle piece is x / 6 + 1/2, as in Keras 3 and PyTorch; Keras 2 had x / 5 + 1/2.

    Reference: Howard et al. (2019), "Searching for MobileNetV3", section 5.2.
    """

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        y = np.clip(x + 3, 0, 6) / 6
        return y, y

    def backward(self, dy, y):
        """dy/dx = 1/6 where 0 < y < 1, else 0."""
        return dy * ((y > 0) & (y < 1)) / 6


class Tanh(ActivationLayer):
    """y = tanh(x) = 2 sigmoid(2x) - 1, between -1 and 1.

    Reference: LeCun, Bottou, Orr and Müller (1998), "Efficient BackProp", section 4.4: why
    outputs around 0 serve the next layer better than outputs around 1/2.
    """

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        y = np.tanh(x)
        return y, y

    def backward(self, dy, y):
        """dy/dx = 1 - y^2."""
        return dy * (1 - y * y)


class Softmax(ActivationLayer):
    """y_j = exp(x_j) / sum_k exp(x_k) along the last axis: a distribution over C classes.

    Of one number it is always 1, which is what a UserWarning says where the layer is built.

    Reference: Bishop (2006), "Pattern Recognition and Machine Learning", equations 4.104-4.106.
    """

    def build(self, shape, rng):
        """Warn of a softmax of one number."""
        checks.one_class(self, shape[-1] if shape else None)
        return shape

    def forward(self, x, training=False):
        """x (..., C) -> y (..., C), each row summing to 1."""
        y = np.exp(x - x.max(axis=-1, keepdims=True))  # the shift cancels; exp cannot overflow
        y /= y.sum(axis=-1, keepdims=True)
        return y, y

    def backward(self, dy, y):
        """dx = y * (dy - sum_k dy_k y_k): the Jacobian diag(y) - y y^T applied, never built."""
        return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


def sigmoid(x):
    """Return 1 / (1 + exp(-x)), computed from exp(-|x|), which cannot overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


class Activation(Layer):
    """The activation of that name as a layer of its own: Activation("relu")."""

    ends_in_activation = True

    def __init__(self, activation, **options):
        super().__init__(**options)
        self.activation = get(activation)

    def build(self, shape, rng):
        """Build the activation inside."""
        return self.activation.prepare(shape, self.ops, rng)

    def forward(self, x, training=False):
        """x (...) -> y (...)."""
        return self.activation.forward(x, training)

    def backward(self, dy, cache):
        """dx = f'(x) dy."""
        return self.activation.backward(dy, cache)


_TABLE = {
    "linear": Linear,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "selu": SELU,
    "gelu": GELU,
    "silu": SiLU,
    "swish": SiLU,
    "softplus": Softplus,
    "sigmoid": Sigmoid,
    "hard_sigmoid": HardSigmoid,
    "tanh": Tanh,
    "softmax": Softmax,
}


def get(activation):
    """Return the activation layer that a name, a class, an object or None stands for.

    As in Keras, the name "leaky_relu" means a slope of 0.2, while `LeakyReLU()` has 0.3.
    """
    if isinstance(activation, str) and activation == "leaky_relu":
        return LeakyReLU(0.2)
    given = "linear" if activation is None else activation
    return naming.lookup("activation", given, _TABLE, Layer)


class Regularized(Layer):
    """An activation whose outputs cost something: a penalty on what a layer puts out.

    The penalty of a batch y (N, ...) is the regularizer's sum over all outputs, divided by N, so
    that it does not depend on the size of the batch. It is a second path from y to the loss, and
    the gradients of two paths add up:

        L = data loss(y) + penalty(y) / N        so        dL/dy = dy + gradient(y) / N

    No loss absorbs it: a split would not have the activation's output, which the penalty is on.

    Args:
        activation: a name ("relu") or an activation layer.
        regularizer: a name ("l1") or an object of `minidl.regularizers`.
    """

    def __init__(self, activation, regularizer, **options):
        super().__init__(**options)
        self.activation = get(activation)
        self.regularizer = regularizers.get(regularizer)

    def build(self, shape, rng):
        """Build the activation inside."""
        return self.activation.prepare(shape, self.ops, rng)

    def forward(self, x, training=False):
        """x (N, ...) -> y (N, ...)."""
        y, f_cache = self.activation.forward(x, training)
        return y, (Penalty(self.regularizer.penalty(y) / len(y)), y, f_cache)

    def backward(self, dy, cache):
        """dx = f'(x) (dy + gradient(y) / N)."""
        _, y, f_cache = cache
        return self.activation.backward(dy + self.regularizer.gradient(y) / len(y), f_cache)


def regularized(activation, regularizer):
    """Return the activation layer that `activation` stands for, with its penalty if it has one."""
    activation = get(activation)
    return activation if regularizer is None else Regularized(activation, regularizer)
