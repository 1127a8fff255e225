"""Where a loss that is NaN or infinite comes from: the first layer that is not finite.

Nothing here runs while a loss is a number. When it is none, the step of training asks `culprit`,
before it updates the weights: afterwards they would all be NaN.
"""

import math
import warnings

import numpy as np

from minidl.base.arrays import array_module
from minidl.base.structure import parts
from minidl.layers.containers import Container
from minidl.layers.weights import State

CURE = "A smaller learning rate, or an optimizer with clipnorm=1, usually helps"


def lost(results, name="loss"):
    """Whether the loss in results is NaN or infinite, where that is known without waiting."""
    loss = results.get(name)
    return isinstance(loss, float) and not math.isfinite(loss)


class Report:
    """Says once, in a RuntimeWarning, when and where the loss of a run of `fit` became useless.

    As NumPy's own warnings, it keeps quiet under np.errstate(invalid="ignore").

    Args:
        told: whether somebody else says it: `TerminateOnNaN`.

    Attributes:
        why: what `culprit` found, or None.
    """

    why = None

    def __init__(self, told=False):
        self.told = told or np.geterr()["invalid"] == "ignore"
        self.looked = np.geterr()["invalid"] == "ignore"

    def look(self, model, x):
        """Ask for the culprit, the first time; x is the batch whose loss was lost."""
        if not self.looked:
            self.looked, self.why = True, culprit(model, x)

    def tell(self, results, when, name="loss"):
        """Warn, the first time, if the loss in results is lost.

        Args:
            results: dict from name to number.
            when: "epoch 3, batch 12".
            name: of the loss.
        """
        if not self.told and lost(results, name):
            self.told = True
            why = f": {self.why}" if self.why else ""
            text = f"the {name} became {results[name]} in {when}{why}. callbacks.TerminateOnNaN() "
            text += "stops there"
            warnings.warn(text, RuntimeWarning, stacklevel=5)  # the line that called `fit`


def culprit(model, x):
    """Say which layer made the loss of x NaN or infinite; the model is as it was before.

    The gradients of a step go from the last layer to the first. So if weights are not finite, the
    last layer that has such is the first whose gradient was not. If all are, the layers run once
    more, forward, and the first whose output is not finite is the one.

    Args:
        model: before the step's update.
        x: the batch, as the model takes it.

    Returns:
        str, or None where the layers cannot be run once more.
    """
    with np.errstate(all="ignore"):
        broken = [path for path, param in model.params().items() if not _finite(param.value)]
        if broken:
            owner, _, own = broken[-1].rpartition("/")
            return (
                f"{own} of layer {owner or model.name!r} is not finite since the step before, in "
                f"which its gradient was not, or was too large. {CURE}"
            )
        try:
            first = _first_output(model, x)
        except Exception:
            return None
    if first is None:
        return "the outputs of all layers are finite, so it is the loss itself, or a penalty"
    path, kind = first
    return f"the output of layer {path!r} ({kind}) is the first that is not finite. {CURE}"


def _finite(array):
    return array.dtype.kind != "f" or bool(array_module(array).isfinite(array).all())


def _first_output(model, x):
    """Return (path, class) of the first layer whose output is not finite, or None."""
    layers = {layer: path for path, layer in reversed(list(model.walk()))}
    kept = [(layer, dict(vars(layer)), _generator(layer), _states(layer)) for layer in layers]
    found = []

    def watched(layer, forward):
        def run(*args, **options):
            result = forward(*args, **options)
            if not all(_finite(part) for part in parts(result[0])):
                found.append((layers[layer], type(layer).__name__))
            return result

        return run

    for layer in layers:
        if not isinstance(layer, Container):
            layer.forward = watched(layer, layer.forward)
    try:
        y, *_ = model.forward(model.cast(x), training=True)
        if not all(map(_finite, parts(y))):
            found.append((model.name, type(model).__name__))
    except Exception:  # a layer of yours may fail over what is not finite
        if not found:
            raise
    finally:
        for layer, attributes, generator, states in kept:
            vars(layer).clear()
            vars(layer).update(attributes)
            if generator is not None:
                layer.rng.bit_generator.state = generator
            for state, value in states:
                state.value[...] = value
    return found[0] if found else None


def _generator(layer):
    return None if layer.rng is None else layer.rng.bit_generator.state


def _states(layer):
    return [(state, state.value.copy()) for state in layer.attributes_of(State).values()]
