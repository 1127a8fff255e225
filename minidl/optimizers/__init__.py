"""Optimizers: from gradients to the next parameters.

`base` says what every optimizer does: clip, decay, update, constrain. `sgd` takes the same step
size for every weight; the `adaptive` ones measure how large each weight's gradients usually are,
and divide by it.
"""

from minidl import naming
from minidl.optimizers import schedules
from minidl.optimizers.adaptive import Adagrad, Adam, AdamW, RMSprop
from minidl.optimizers.base import Optimizer
from minidl.optimizers.sgd import SGD

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "get", "schedules"]

_TABLE = {"sgd": SGD, "adagrad": Adagrad, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW}


def get(optimizer):
    """Return the optimizer that a name (in any case), a class or an object stands for."""
    if isinstance(optimizer, str):
        optimizer = optimizer.lower()
    return naming.lookup("optimizer", optimizer, _TABLE, Optimizer)
