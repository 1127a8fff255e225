"""Activations: functions of one number, applied to every element (softmax: to every row).

Without one between them, two Dense layers are a single matrix. Each class shows f in `forward`
and f' in `backward`, and caches whatever makes f' cheapest: often the output, not the input.

There are two families. `squashers` press all numbers into an interval: their outputs can be read
as probabilities, but f' vanishes far from 0 on both sides, and a product of many such f' vanishes
too. `rectifiers` let positive numbers through, with f' near 1, and hold negative ones back: they
made deep networks trainable.
"""

from minidl import naming
from minidl.layer import Layer
from minidl.layers.activations.base import ActivationLayer, Linear
from minidl.layers.activations.rectifiers import (
    ELU,
    GELU,
    SELU,
    LeakyReLU,
    PReLU,
    ReLU,
    SiLU,
    Softplus,
)
from minidl.layers.activations.squashers import HardSigmoid, Sigmoid, Softmax, Tanh, sigmoid

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "ActivationLayer",
    "HardSigmoid",
    "LeakyReLU",
    "Linear",
    "PReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "get",
    "sigmoid",
]


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
