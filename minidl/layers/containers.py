"""Layers made of layers: a row of them, whose cache is the list of theirs.

Every layer in a container is run by `forward_through` and `backward_through`: between them the
shape of what came in is kept, and dx must have it. A gradient of another shape would be noticed
layers below, if at all.
"""

import copy

from minidl.base import structure
from minidl.base.structure import mapped
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
        new = [layer for layer in self.layers if not layer.built]
        try:
            for layer in self.layers:
                # One spawn a layer, whether it was built when it was added or at the first fit: the
                # same seed gives the same weights either way.
                layer.prepare(shape, self.ops, None if layer.built else rng.spawn(1)[0])
                shape = layer.compute_output_shape(shape)
        except Exception:
            for layer in new:  # a shape that the next one refuses was not this one's either
                for _, inner in layer.walk():
                    inner.built = False
            raise
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
