"""Layers made of layers: a row of them, whose cache is the list of theirs.

Every layer in a container is run by `forward_through` and `backward_through`: between them the
shape of what came in is kept, and dx must have it. A gradient of another shape would be noticed
layers below, if at all.
"""

import copy

from minidl.base import naming, structure
from minidl.base.structure import like, mapped, parts
from minidl.layers import graph
from minidl.layers.graph import Board, Value
from minidl.layers.layer import Layer, after_backward


def forward_through(layer, x, training, mask, **options):
    """Return (y, cache, mask of y) of one layer in a container; see `Layer.forward_with_mask`."""
    y, cache, mask = layer.forward_with_mask(x, training, mask, **options)
    return y, (cache, mapped(lambda part: part.shape, x)), mask


def backward_through(layer, dy, cache):
    """Return dx of one layer in a container, from the cache that `forward_through` returned.

    Raises:
        ValueError: dx has not the form and the shape of x. In a tuple None stands for zeros; a
            None alone is most likely a `return` that was forgotten.
    """
    cache, shape = cache
    dx = layer.backward(dy, cache)
    got = mapped(lambda part: getattr(part, "shape", type(part).__name__), dx)
    if got != shape and not _zero_or_equal(got, shape):
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) returned dx of shape {got}, and its "
            f"input had {shape}: backward returns dL/dx in the form and the shape of x"
        )
    for told in after_backward:
        told(layer)
    return dx


def _zero_or_equal(got, shape):
    """Whether shapes of several gradients are those of x, but for some that are None: zero."""
    several = structure.several(shape) and isinstance(got, tuple) and len(got) == len(shape)
    return several and all(a is None or a == b for a, b in zip(got, shape))


class Container(Layer):
    """Base of layers made of layers: `run` does the work, with masks."""

    takes_mask = True

    def run(self, x, training, mask):
        """Return (y, caches, mask of y); see `Layer.forward_with_mask`."""
        raise NotImplementedError(f"{type(self).__name__}.run")

    def forward(self, x, training=False, mask=None):
        """x -> y; the cache is the list of the caches of the layers inside."""
        y, caches, _ = self.run(x, training, mask)
        return y, caches

    def forward_with_mask(self, x, training=False, mask=None):
        """As in `Layer`; a class of yours may have a `forward` of its own, which counts then."""
        if type(self).forward is not Container.forward:
            return super().forward_with_mask(x, training, mask)
        return self.run(x, training, mask)


class Chain(Container):
    """Layers in a row: y = f_K(... f_2(f_1(x))), dx = f_1'(... f_K'(dy)).

    `Sequential` is one that can be trained; blocks of layers (`Residual`) hold one.

    Args:
        layers: list of layers; their names differ.
    """

    nodes = ()  # the calls of its layers, where it is the row of a Sequential

    @property
    def takes_several(self):
        """What the first layer says."""
        return bool(self.layers) and self.layers[0].takes_several

    def __init__(self, layers=(), **options):
        super().__init__(**options)
        self.layers = list(layers)

    def build(self, shape, rng):
        """Prepare every layer in turn for what the one before it returns."""
        if len(self.sublayers()) < len(set(map(id, self.layers))):
            names = [layer.name for layer in self.layers]
            raise ValueError(f"layers in a row need names that differ; got {names}")
        for layer in self.layers:
            # One spawn a layer, whether it was built when it was added or at the first fit: the
            # same seed gives the same weights either way.
            layer.prepare(shape, self.ops, None if layer.built else rng.spawn(1)[0])
            shape = layer.compute_output_shape(shape)
        return shape

    def run(self, x, training, mask):
        """Return (y, caches, mask of y): x through every layer."""
        caches = []
        for layer in self.layers:
            x, cache, mask = forward_through(layer, x, training, mask)
            caches.append(cache)
        return x, caches, mask

    def backward(self, dy, caches):
        """dy -> dx through every layer, last to first."""
        for layer, cache in zip(reversed(self.layers), reversed(caches)):
            dy = backward_through(layer, dy, cache)
        return dy

    def accumulate_gradients(self, dy, caches):
        """As `backward`, but back to the first layer that is trained: what training needs."""
        first = next((i for i, layer in enumerate(self.layers) if layer.learns()), None)
        if first is not None:
            for layer, cache in zip(self.layers[:first:-1], caches[:first:-1]):
                dy = backward_through(layer, dy, cache)
            cache, _ = caches[first]
            self.layers[first].accumulate_gradients(dy, cache)

    def split_activation(self):
        """Return (this row without its last activation, that activation or None)."""
        bare, last = self.layers[-1].split_activation() if self.layers else (None, None)
        if last is None:
            return self, None
        twin = copy.copy(self)
        twin.layers = [*self.layers[:-1], bare]
        return twin, last

    def sublayers(self):
        """Dict from name to layer; a layer that stands twice in the row appears once."""
        return {layer.name: layer for layer in self.layers}

    def check_input(self, x):
        """Let the first layer look at inputs before they move to a GPU."""
        if self.layers:
            self.layers[0].check_input(x)


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
        self.input_values = graph.as_values("inputs", inputs)
        self.output_values = graph.as_values("outputs", outputs)
        self.output_keys = list(outputs) if isinstance(outputs, dict) else None
        self.nodes = graph.between(parts(self.input_values), parts(self.output_values))
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
