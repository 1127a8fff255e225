"""Where numbers stop being finite: the first layer whose weights or outputs hold NaN or inf."""

import copy

import numpy as np

from minidl.base.arrays import array_module
from minidl.base.structure import parts

CURE = "A smaller learning rate, or an optimizer with clipnorm=1, usually helps"


def first_not_finite(model, x):
    """Return a sentence about the first layer that is not finite, or None where all is.

    The gradients of a step go from the last layer to the first. So if weights are not finite, the
    last layer that has such is the first whose gradient was not. If all are, a copy of the model
    answers x as in training, and the first layer whose output is not finite is the one.

    Args:
        model: built; it stays as it is.
        x: a batch (N, ...), as for `predict`.
    """
    broken = [path for path, param in model.params().items() if not _finite(param.value)]
    if broken:
        owner, _, own = broken[-1].rpartition("/")
        return (
            f"{own} of layer {owner or model.name!r} is not finite: its gradient was not, or was "
            f"too large. {CURE}"
        )
    twin, found = copy.deepcopy(model), []
    for path, layer in twin.walk():
        layer.forward = _watched(layer.forward, path or model.name, type(layer).__name__, found)
    with np.errstate(all="ignore"):
        twin.forward(twin.cast(x), training=True)
    if not found:
        return None
    path, kind = found[0]
    return f"the output of layer {path!r} ({kind}) is the first that is not finite. {CURE}"


def _watched(forward, path, kind, found):
    """Return `forward`, which notes (path, kind) when it returns what is not finite."""

    def run(*args, **options):
        result = forward(*args, **options)
        if not all(map(_finite, parts(result[0]))):
            found.append((path, kind))
        return result

    return run


def _finite(array):
    return array.dtype.kind != "f" or bool(array_module(array).isfinite(array).all())
