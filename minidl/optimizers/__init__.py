"""Optimizers: from gradients to the next parameters.

`base` says what every optimizer does: clip, decay, update, constrain; `updates` what is its own.
"""

from minidl.base import naming
from minidl.optimizers import schedules
from minidl.optimizers.base import Optimizer
from minidl.optimizers.updates import SGD, Adagrad, Adam, AdamW, RMSprop

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "get", "schedules"]

_TABLE = {"sgd": SGD, "adagrad": Adagrad, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW}


def get(optimizer):
    """Return the optimizer that a name (in any case), a class or an object stands for."""
    if isinstance(optimizer, str):
        optimizer = optimizer.lower()
    return naming.lookup("optimizer", optimizer, _TABLE, Optimizer)
