"""How parameters start.

All zeros would leave every unit of a layer computing the same thing for ever. Random values of
the wrong size make signals grow or die from layer to layer; chapter 03 derives the right size.

An initializer is called with (shape, rng) and returns an array of `config.floatx()`. For a
kernel of shape (..., D, M), fan_in is D and fan_out is M, each times the size of the leading
axes (the window of a convolution). A variance near 1 / fan_in keeps the size of a signal on its
way forward, 1 / fan_out that of a gradient on its way back.

A random initializer with a `seed` of its own does not use the rng that it is given, and returns
the same values on every call: two layers of one shape would start equal.

Normal distributions are whole, as in the papers. Keras cuts those of the scaled initializers at
two standard deviations and widens them to the same variance.
"""

from minidl import naming
from minidl.initializers.base import Initializer, RandomInitializer
from minidl.initializers.scaled import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    VarianceScaling,
    fans,
)
from minidl.initializers.simple import Constant, Ones, RandomNormal, RandomUniform, Zeros

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
