"""What programs for Keras take from `keras.backend`: `from minidl import backend as K`.

There is no graph here and no session: arrays are NumPy's, and so are the functions on them. So
only what a program asks of its settings and its weights is left.
"""

import gc

import numpy as np

from minidl.config import floatx, set_floatx
from minidl.weights import Tensor

__all__ = ["clear_session", "epsilon", "floatx", "get_value", "set_floatx", "set_value"]

EPSILON = 1e-7


def epsilon():
    """Return 1e-7, the small number that keeps quotients and logarithms finite."""
    return EPSILON


def get_value(x):
    """Return what a weight holds, as a copy in an array of NumPy's; of a number, the number.

    Args:
        x: a Param or State of a layer, an array, or a number such as `optimizer.learning_rate`.
    """
    return x.numpy() if isinstance(x, Tensor) else x


def set_value(x, value):
    """Set a weight to an array of its shape.

    Args:
        x: a Param or State of a layer.
        value: array of the same shape.

    Raises:
        TypeError: x is a number, which cannot be changed in place.
        ValueError: the shapes differ.
    """
    if not isinstance(x, Tensor):
        raise TypeError(
            f"set_value changes a weight of a layer; got {x!r}. A learning rate is a number here: "
            "write model.optimizer.learning_rate = ..."
        )
    if np.shape(value) != x.value.shape:
        raise ValueError(f"set_value needs an array {x.value.shape}; got {np.shape(value)}")
    x.assign(value)


def clear_session():
    """Free what no variable leads to any more.

    There is nothing else to clear: a model's layers are numbered within the model, and a seed
    stays as it was set.
    """
    gc.collect()


def __getattr__(name):
    raise AttributeError(
        f"minidl.backend has no {name!r}: it has {', '.join(__all__)}. Arrays are NumPy's here, so "
        f"look for numpy.{name}"
    )
