"""Asking a network for few samples at a time, as quickly as can be.

For a batch of hundreds the products take the time. For one position of a game they are a few
microseconds, and the rest of `forward` is longer: it keeps what backward would need, looks after
masks, and starts kernels made for large arrays. `Inference` goes through the same layers without
that. It reads their weights anew each time, so it may be kept while the network is trained.

`benchmarks/games.py` and `benchmarks/train_step.py --predict` time both against PyTorch.
"""

import numpy as np

from minidl.base import structure
from minidl.layers import Dense, Embedding, Masking, activations


class Inference:
    """A function that returns what `model.forward(x)[0]` does, for float32 arrays of NumPy.

    Args:
        model: a built `Sequential` or `Model(inputs, outputs)` on the CPU.

    Raises:
        TypeError: another kind of model, or one whose layers make masks.
    """

    def __init__(self, model):
        net = getattr(model, "net", None)
        calls = getattr(net, "nodes", None)
        if not calls:
            raise TypeError(
                f"Inference goes through the layers of a built Sequential or Model(inputs, "
                f"outputs); got {model!r}"
            )
        if model.ops.xp is not np:
            raise TypeError("Inference is for few samples on the CPU; this model is on a GPU")
        slots = {}

        def numbers(values):  # each value of the graph has a place in a list
            return structure.mapped(lambda value: slots.setdefault(value, len(slots)), values)

        self.inputs, self.steps = numbers(net.input_values), []
        for call in calls:
            if isinstance(call.layer, Embedding | Masking) and getattr(
                call.layer, "mask_zero", True
            ):
                raise TypeError(f"layer {call.layer.name!r} makes a mask: use model.predict")
            given = numbers(call.inputs)
            self.steps.append((_step(call), given, numbers(call.outputs)))
        self.outputs, self.count = numbers(net.output_values), len(slots)

    def __call__(self, x):
        """x (N, ...), or a tuple of arrays -> y, in the form of the model's outputs."""
        there = [None] * self.count
        _put(there, self.inputs, x)
        for step, given, made in self.steps:
            _put(there, made, step(_get(there, given)))
        return _get(there, self.outputs)


def _get(there, slots):
    return there[slots] if type(slots) is int else tuple([there[i] for i in slots])


def _put(there, slots, x):
    if type(slots) is int:
        there[slots] = x
    else:
        for i, part in zip(slots, x):
            there[i] = part


def _step(call):
    """Return x -> y of one call."""
    layer = call.layer
    if type(layer) is Dense and not call.options:
        return lambda x: _dense(layer, x)
    return lambda x: layer.forward(x, **call.options)[0]


def _dense(layer, x):
    """`Dense.forward` without a cache, for few rows."""
    if x.ndim != 2 or layer.W.value.dtype != np.float32 or "forward" in vars(layer):
        return layer.forward(x)[0]
    z = np.dot(x, layer.W.value)  # (N, D) (D, M) -> (N, M)
    if layer.use_bias:
        z += layer.b.value
    finish = _IN_PLACE.get(type(layer.activation))
    return layer.activation.forward(z)[0] if finish is None else finish(z)


_IN_PLACE = {
    activations.Linear: lambda z: z,
    activations.ReLU: lambda z: np.maximum(z, 0, out=z),
    activations.Tanh: lambda z: np.tanh(z, out=z),
}
