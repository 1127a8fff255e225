"""Sequential: layers in a row, which is itself a layer.

Its cache is the list of its layers' caches; its backward walks the row from the end. Training
(`compile`, `fit`, ...) comes from `Model`.
"""

import copy
import itertools

import numpy as np

from minidl import config, saving, summary
from minidl.layer import Layer
from minidl.layers.shape import Input
from minidl.training import Model

__all__ = ["Model", "Sequential"]


class Sequential(Model):
    """Layers in a row: y = f_K(... f_2(f_1(x))).

    Args:
        layers: list of layers; more can follow with `add`. The shape of the input comes from
            the first layer's `input_shape`, from an `Input(shape)`, or from the first `fit`.
        name: how summaries and errors call it.
        seed: makes weights, order of batches and dropout repeatable. Without it they follow the
            model this one stands in, or else `minidl.utils.set_random_seed`.
    """

    def __init__(self, layers=(), name=None, seed=None, **options):
        super().__init__(name=name, **options)
        if seed is not None:
            self.rng = config.new_rng(seed)
        self.layers = []
        for layer in layers:
            self.add(layer)

    def add(self, layer):
        """Append a layer; build it if the shape that reaches it is known."""
        if not isinstance(layer, Layer):
            raise TypeError(f"add needs a layer; got {layer!r}")
        if isinstance(layer, Input):
            if self.layers:
                raise ValueError("Input comes first; this model already has layers")
            self.input_shape = layer.input_shape
            return
        if layer not in self.layers:
            self._name(layer)
        if not self.layers and self.input_shape is None:
            self.input_shape = layer.input_shape
        self.layers.append(layer)
        if self.input_shape is not None and None not in self.input_shape:
            self.built = False  # so that `prepare` reaches the new layer
            self.prepare(self.input_shape)

    def pop(self):
        """Remove the last layer and return it."""
        if not self.layers:
            raise ValueError("this model has no layers to remove")
        layer = self.layers.pop()
        self.output_shape = self.layers[-1].output_shape if self.layers else None
        return layer

    def build(self, shape, rng):
        """Prepare every layer in turn for what the one before it returns."""
        if not self.layers:
            raise ValueError(f"model {self.name!r} has no layers: pass a list, or call add")
        for layer in self.layers:
            # One spawn a layer, whether it was built when it was added or at the first fit:
            # the same seed gives the same weights either way.
            shape = layer.prepare(shape, self.ops, None if layer.built else rng.spawn(1)[0])
        return shape

    def forward(self, x, training=False):
        """X -> y through every layer; the cache is the list of theirs."""
        caches = []
        for layer in self.layers:
            x, cache = layer.forward(x, training)
            caches.append(cache)
        return x, caches

    def backward(self, dy, caches):
        """Dy -> dx through every layer, last to first."""
        for layer, cache in zip(reversed(self.layers), reversed(caches)):
            dy = layer.backward(dy, cache)
        return dy

    def sublayers(self):
        """Dict from name to layer; a layer that stands twice in the row appears once."""
        return {layer.name: layer for layer in self.layers}

    def split_activation(self):
        """Return (this model without its last activation, that activation or None)."""
        if not self.layers:
            return self, None
        bare, last = self.layers[-1].split_activation()
        if last is None:
            return self, None
        twin = copy.copy(self)
        twin.layers = [*self.layers[:-1], bare]
        return twin, last

    # ------------------------------------------------------------------------- weights

    def get_layer(self, name=None, index=None):
        """Return the layer of that name or position."""
        if index is not None:
            return self.layers[index]
        if name not in self.sublayers():
            raise ValueError(f"no layer {name!r}; this model has {', '.join(self.sublayers())}")
        return self.sublayers()[name]

    def get_weights(self):
        """Return a list of copies of every parameter and state, layer by layer."""
        return [tensor.value.copy() for tensor in self.tensors().values()]

    def set_weights(self, weights):
        """Set every parameter and state from such a list; nothing changes if one does not fit."""
        tensors = self.tensors()
        if len(weights) != len(tensors):
            raise ValueError(f"this model has {len(tensors)} arrays of weights; got {len(weights)}")
        saving.assign(tensors, dict(zip(tensors, map(np.asarray, weights))))

    def save_weights(self, path):
        """Write every parameter and state to an .npz file (see `minidl.saving`)."""
        self._require_built("save_weights")
        saving.save(path, {key: tensor.value for key, tensor in self.tensors().items()})

    def load_weights(self, path):
        """Read weights that `save_weights` wrote; nothing changes if one does not fit."""
        self._require_built("load_weights")
        saving.assign(self.tensors(), saving.load(path), path)

    # ------------------------------------------------------------------------- looking

    def summary(self):
        """Show a table of layers, output shapes and numbers of parameters."""
        self._require_built("summary")
        summary.show(self)

    def _require_built(self, method):
        if not self.built:
            raise RuntimeError(
                f"{method} needs to know the input's shape: give the first layer an input_shape, "
                "start with Input(shape), or call fit first"
            )

    def _name(self, layer):
        """Give the layer a name of its own here: dense, dense_1, dense_2."""
        taken = self.sublayers()
        if layer.name in taken:
            if layer.named_by_user:
                raise ValueError(f"two layers are called {layer.name!r}; names must differ")
            numbered = (f"{layer.name}_{i}" for i in itertools.count(1))
            layer.name = next(name for name in numbered if name not in taken)
