"""A graph of layers: several inputs, several outputs, layers that are shared."""

import copy

from minidl.base import naming
from minidl.base.structure import like, parts
from minidl.layers import calls
from minidl.layers.calls import Board, Value
from minidl.layers.containers import Container, backward_through, forward_through


class Graph(Container):
    """Layers that are connected as you please: forks, several inputs and outputs, shared layers.

    `run` walks the calls in an order in which each comes after those it needs, `backward` in
    reverse. Where a value went to several calls, their gradients add up. The mathematics is in the
    layers.

    Args:
        inputs: what `Input(shape)` returned, or a list of such Values, or values in the middle of
            another graph, which is cut there.
        outputs: what layers returned that were called on them: a Value, or a list.

    Raises:
        TypeError: something else than such Values.
        ValueError: outputs that need another input, or an input that no output depends on.
    """

    def __init__(self, inputs, outputs):
        super().__init__()
        self.input_values = calls.as_values("inputs", inputs)
        self.output_values = calls.as_values("outputs", outputs)
        self.output_keys = list(outputs) if isinstance(outputs, dict) else None
        self.nodes = calls.between(parts(self.input_values), parts(self.output_values))
        self.input_keys = naming.numbered([value.name for value in parts(self.input_values)])
        self.named = naming.keys_of(dict.fromkeys(call.layer for call in self.nodes))

    def run(self, x, training, mask):
        """Return (y, caches, mask of y): x through every call."""
        arrays, masks = Board(self.input_values, x), Board(self.input_values, mask)
        caches = []
        for call in self.nodes:
            given = arrays.get(call.inputs), training, masks.get(call.inputs)
            y, cache, mask = forward_through(call.layer, *given, **call.options)
            arrays.put(call.outputs, y)
            masks.put(call.outputs, mask)
            caches.append(cache)
        return arrays.get(self.output_values), caches, masks.get(self.output_values)

    def backward(self, dy, caches):
        """dy -> dx through every call, last to first; gradients of one value add up."""
        gradients = self._backward(dy, caches, self.nodes)
        return gradients.get(self.input_values)

    def accumulate_gradients(self, dy, caches):
        """As `backward`, through those calls alone that train something, or lead back to it."""
        trained, reached = [], set()
        for call in self.nodes:
            if reached.intersection(parts(call.inputs)) or call.layer.learns():
                reached.update(parts(call.outputs))
                trained.append(call)
        self._backward(dy, caches, trained)

    def _backward(self, dy, caches, calls):
        gradients, calls = Board((), ()), set(calls)
        gradients.add(self.output_values, dy)
        for call, cache in zip(reversed(self.nodes), reversed(caches)):
            dy = gradients.get(call.outputs)
            if call in calls and any(d is not None for d in parts(dy)):
                gradients.add(call.inputs, backward_through(call.layer, dy, cache))
        return gradients

    def sublayers(self):
        """Dict from name to layer; one that is called twice appears once."""
        return self.named

    def check_input(self, x):
        """Let the layers that read the inputs look at them before they move to a GPU."""
        arrays = Board(self.input_values, x)
        for call in self.nodes:
            x = arrays.get(call.inputs)
            if all(part is not None for part in parts(x)):
                call.layer.check_input(x)

    def split_activation(self):
        """Return (this graph without the last activations, those activations in the form of y)."""
        twin, lasts = copy.copy(self), []
        twin.nodes = list(self.nodes)
        for value in parts(self.output_values):
            last = None
            if self._reads(value) == 1 and isinstance(value.call.outputs, Value):
                bare = twin.nodes[self.nodes.index(value.call)] = copy.copy(value.call)
                bare.layer, last = value.call.layer.split_activation()
            lasts.append(last)
        return twin, like(self.output_values, lasts)

    def _reads(self, value):
        """How often a value that a layer made is an output or is read by a layer."""
        read = [*parts(self.output_values), *(v for call in self.nodes for v in parts(call.inputs))]
        return read.count(value) if value.call in self.nodes else 0
