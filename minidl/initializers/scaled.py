"""Initializers that fit the size of the weights to the shape of the kernel."""

import math

import numpy as np

from minidl import checks, naming
from minidl.initializers.base import RandomInitializer


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
