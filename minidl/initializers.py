"""How parameters start.

All zeros would leave every unit of a layer computing the same thing for ever. Random values of
the wrong size make signals grow or die from layer to layer; chapter 05 derives the right size.

An initializer is called with (shape, rng) and returns an array of `config.floatx()`. For a
kernel of shape (..., D, M), fan_in is D and fan_out is M, each times the size of the leading
axes (the window of a convolution). A variance near 1 / fan_in keeps the size of a signal on its
way forward, 1 / fan_out that of a gradient on its way back.

A random initializer with a `seed` of its own does not use the rng that it is given, and returns
the same values on every call: two layers of one shape would start equal.

Normal distributions are whole, as in the papers. Keras cuts those of the scaled initializers at
two standard deviations and widens them to the same variance.
"""

import math

import numpy as np

from minidl.base import checks, config, naming
from minidl.base.configurable import Configurable

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomInitializer",
    "RandomNormal",
    "RandomUniform",
    "VarianceScaling",
    "Zeros",
    "fans",
    "get",
]


class Initializer(Configurable):
    """Base of all initializers: a subclass writes `__call__(shape, rng)`."""

    def __call__(self, shape, rng=None):
        """Return an array of `shape` and of dtype `config.floatx()`.

        Args:
            shape: tuple of integers.
            rng: numpy Generator; the process's seed (`config.set_random_seed`) decides without.
        """
        raise NotImplementedError(type(self).__name__)


class RandomInitializer(Initializer):
    """Base of the random ones: a subclass writes `draw(shape, rng)`.

    Args:
        seed: a non-negative integer; None to draw from the rng of the call.
    """

    def __init__(self, seed=None):
        if seed is not None and (not isinstance(seed, int | np.integer) or seed < 0):
            raise ValueError(f"seed must be a non-negative integer or None; got {seed!r}")
        self.seed = seed

    def __call__(self, shape, rng=None):
        """Return random numbers of `shape`."""
        if self.seed is not None or rng is None:
            rng = config.new_rng(self.seed)
        return self.draw(shape, rng).astype(config.floatx())

    def draw(self, shape, rng):
        """Return a float64 array of `shape`, drawn from the Generator `rng`."""
        raise NotImplementedError(f"{type(self).__name__}.draw")


class Constant(Initializer):
    """The same number everywhere.

    Args:
        value: that number.
    """

    def __init__(self, value=0.0):
        self.value = checks.finite_number("value", value)

    def __call__(self, shape, rng=None):
        """Return an array full of `value`."""
        return np.full(shape, self.value, config.floatx())


class Zeros(Constant):
    """All zeros: the usual start of a bias."""

    def __init__(self):
        super().__init__(0.0)


class Ones(Constant):
    """All ones: the usual start of a scale."""

    def __init__(self):
        super().__init__(1.0)


class RandomNormal(RandomInitializer):
    """Normal, with a mean and a standard deviation that do not depend on the shape.

    Args:
        mean, stddev: of the distribution; stddev at least 0.
        seed: of `RandomInitializer`.
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean = checks.finite_number("mean", mean)
        self.stddev = checks.finite_number("stddev", stddev, at_least=0)

    def draw(self, shape, rng):
        """Return draws from N(mean, stddev^2)."""
        return rng.normal(self.mean, self.stddev, shape)


class RandomUniform(RandomInitializer):
    """Uniform, between limits that do not depend on the shape.

    Args:
        minval, maxval: the limits; the variance is (maxval - minval)^2 / 12.
        seed: of `RandomInitializer`.
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval = checks.finite_number("minval", minval)
        self.maxval = checks.finite_number("maxval", maxval)
        if self.minval > self.maxval:
            raise ValueError(f"minval must not exceed maxval; got {minval} and {maxval}")

    def draw(self, shape, rng):
        """Return draws from U(minval, maxval)."""
        return rng.uniform(self.minval, self.maxval, shape)


def fans(shape):
    """Return (fan_in, fan_out) of a kernel: how many inputs feed a unit, and how many it feeds."""
    if len(shape) < 2:
        return (math.prod(shape), math.prod(shape))
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


class VarianceScaling(RandomInitializer):
    """Mean 0 and variance scale / n, where n counts the connections of a unit.

    Args:
        scale: above 0.
        mode: n is "fan_in", "fan_out", or their mean, "fan_avg".
        distribution: "untruncated_normal", or "uniform" on (-a, a), where a^2 = 3 scale / n.
        seed: of `RandomInitializer`.
    """

    def __init__(self, scale=1.0, mode="fan_in", distribution="untruncated_normal", seed=None):
        super().__init__(seed)
        self.scale = checks.finite_number("scale", scale, above=0)
        self.mode = naming.one_of("mode", mode, "fan_in", "fan_out", "fan_avg")
        self.distribution = naming.one_of(
            "distribution", distribution, "untruncated_normal", "uniform"
        )

    def draw(self, shape, rng):
        """Return draws of variance scale / n."""
        fan_in, fan_out = fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / n
        if self.distribution == "uniform":
            a = math.sqrt(3 * variance)  # the variance of U(-a, a) is a^2 / 3
            return rng.uniform(-a, a, shape)
        return rng.normal(0, math.sqrt(variance), shape)


class GlorotUniform(VarianceScaling):
    """Uniform with variance 2 / (fan_in + fan_out): for tanh, sigmoid and softmax.

    Reference: Glorot and Bengio (2010), "Understanding the difficulty of training deep
    feedforward neural networks", equation 16.
    """

    def __init__(self, seed=None):
        super().__init__(1, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """Normal with the variance of `GlorotUniform` (there equation 12)."""

    def __init__(self, seed=None):
        super().__init__(1, "fan_avg", "untruncated_normal", seed)


class HeUniform(VarianceScaling):
    """Uniform with the variance of `HeNormal`."""

    def __init__(self, seed=None):
        super().__init__(2, "fan_in", "uniform", seed)


class HeNormal(VarianceScaling):
    """Normal with variance 2 / fan_in: for ReLU, which halves the mean square of a signal.

    Reference: He et al. (2015), "Delving deep into rectifiers", equation 10.
    """

    def __init__(self, seed=None):
        super().__init__(2, "fan_in", "untruncated_normal", seed)


class LecunUniform(VarianceScaling):
    """Uniform with the variance of `LecunNormal`."""

    def __init__(self, seed=None):
        super().__init__(1, "fan_in", "uniform", seed)


class LecunNormal(VarianceScaling):
    """Normal with variance 1 / fan_in: for SELU, and where there is no activation.

    References: LeCun, Bottou, Orr and Müller (1998), "Efficient BackProp", section 4.6;
    Klambauer et al. (2017), "Self-normalizing neural networks".
    """

    def __init__(self, seed=None):
        super().__init__(1, "fan_in", "untruncated_normal", seed)


class Orthogonal(RandomInitializer):
    """A random orthogonal matrix, times gain: square, it keeps the length of x at any depth.

    The leading axes of the shape are flattened to one. A tall matrix W gets orthonormal columns,
    W^T W = gain^2 I; a wide one gets orthonormal rows, W W^T = gain^2 I.

    Args:
        gain: factor on all values.
        seed: of `RandomInitializer`.

    References: Saxe, McClelland and Ganguli (2013), "Exact solutions to the nonlinear dynamics
    of learning in deep linear neural networks"; Mezzadri (2007), "How to generate random
    matrices from the classical compact groups", for the correction of signs.
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        self.gain = checks.finite_number("gain", gain)

    def draw(self, shape, rng):
        """Return the Q of a random matrix's QR decomposition, with its signs made unbiased."""
        if len(shape) < 2:
            raise ValueError(f"orthogonal needs a shape with at least 2 axes; got {tuple(shape)}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = max(rows, columns), min(rows, columns)
        Q, R = np.linalg.qr(rng.standard_normal(tall))
        Q *= np.sign(np.diag(R))  # the algorithm's own choice of signs would not be uniform
        return self.gain * (Q if rows >= columns else Q.T).reshape(shape)


_TABLE = {
    "zeros": Zeros,
    "ones": Ones,
    "constant": Constant,
    "random_normal": RandomNormal,
    "normal": RandomNormal,
    "random_uniform": RandomUniform,
    "uniform": RandomUniform,
    "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal,
    "he_uniform": HeUniform,
    "he_normal": HeNormal,
    "lecun_uniform": LecunUniform,
    "lecun_normal": LecunNormal,
    "orthogonal": Orthogonal,
}


def get(initializer):
    """Return the initializer that a name, a class, an object or a function stands for."""
    found = naming.lookup("initializer", initializer, _TABLE)
    if not isinstance(found, Initializer):
        naming.refuse_unfit("an initializer", found, "shape", "rng")
    return found
