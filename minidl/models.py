"""Sequential: layers in a row, which is itself a layer.

Its cache is the list of its layers' caches; its backward walks the row from the end. Training
(`compile`, `fit`, ...) comes from `Model`.
"""

import copy

from minidl import config, model_file, naming, npz, summary
from minidl.configurable import from_data, to_data
from minidl.layer import Layer
from minidl.layers.shape import Input
from minidl.model_file import load_model
from minidl.training import Model

__all__ = ["Model", "Sequential", "clone_model", "load_model"]


class Caches(list):
    """The caches of layers in a row, and the mask (N, T) of what the last one returned."""

    mask = None


class Sequential(Model):
    """Layers in a row: y = f_K(... f_2(f_1(x))).

    Args:
        layers: list of layers; more can follow with `add`. The shape of the input comes from
            the first layer's `input_shape`, from an `Input(shape)`, or from the first `fit`.
        name: how summaries and errors call it.
        seed: makes weights, order of batches and dropout repeatable. Without it they follow the
            model this one stands in, or else `minidl.utils.set_random_seed`.
    """

    takes_mask = True

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
            naming.tell_apart(layer, self.sublayers())
        if not self.layers and self.input_shape is None:
            self.input_shape = layer.input_shape
        self.layers.append(layer)
        if self.input_shape is not None:
            self.built = False  # so that `prepare` reaches the new layer
            self.prepare(self.input_shape)

    def pop(self):
        """Remove the last layer and return it; the model must be compiled again."""
        if not self.layers:
            raise ValueError("this model has no layers to remove")
        layer = self.layers.pop()
        self.output_shape = self.layers[-1].output_shape if self.layers else None
        self.built = self.built and bool(self.layers)
        self.compiled = False  # the optimizer remembers the layer that is gone
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

    def check_input(self, x):
        """Let the first layer look at inputs before they move to a GPU."""
        self.layers[0].check_input(x)

    def forward(self, x, training=False, mask=None):
        """x -> y through every layer; the cache is the list of theirs."""
        caches = Caches()
        for layer in self.layers:
            x, cache, mask = layer.forward_with_mask(x, training, mask)
            caches.append(cache)
        caches.mask = mask
        return x, caches

    def forward_with_mask(self, x, training=False, mask=None):
        """Return (y, caches, mask of y), the mask that the last layer left."""
        y, caches, _ = super().forward_with_mask(x, training, mask)
        return y, caches, getattr(caches, "mask", None)

    def penalty(self, caches):
        """Return the sum of what the layers' outputs cost."""
        return sum(layer.penalty(cache) for layer, cache in zip(self.layers, caches))

    def backward(self, dy, caches):
        """dy -> dx through every layer, last to first."""
        for layer, cache in zip(reversed(self.layers), reversed(caches)):
            dy = layer.backward(dy, cache)
        return dy

    def accumulate_gradients(self, dy, caches):
        """As `backward`, but back to the first layer that is trained: what training needs."""
        trained = (i for i, layer in enumerate(self.layers) if layer.trainable_params())
        first = next(trained, None)
        if first is not None:
            for layer, cache in zip(self.layers[:first:-1], caches[:first:-1]):
                dy = layer.backward(dy, cache)
            self.layers[first].accumulate_gradients(dy, caches[first])

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

    def save_weights(self, path):
        """Write every parameter and state to an .npz file (see `minidl.npz`)."""
        self._require_built("save_weights")
        npz.save(path, {key: tensor.numpy() for key, tensor in self.tensors().items()})

    def load_weights(self, path):
        """Read weights that `save_weights` wrote; nothing changes if one does not fit."""
        self._require_built("load_weights")
        arrays, _ = npz.load(path)
        npz.assign(self.tensors(), arrays, path)

    # ------------------------------------------------------------------------- as a file

    def save(self, path):
        """Write the whole model to an .npz file; `models.load_model` reads it.

        The file holds the architecture, the weights, and, if the model is compiled, the loss, the
        optimizer with its state and the metrics: training goes on as if it had not stopped. The
        backend is not in it, because it belongs to the machine.

        Raises:
            TypeError: a part that is not plain data, such as a function of yours; names it.
            ValueError: the path does not end in .npz.
        """
        self._require_built("save")
        model_file.save_model(self, path)

    def get_config(self):
        """Return what `from_config` makes this model again from: its layers as they are now."""
        config = super().get_config()
        if type(self) is not Sequential:
            return config  # its arguments are its own, and its __init__ adds the layers
        seen, row = set(), []
        for layer in self.layers:
            row.append(layer.name if layer.name in seen else to_data(layer))
            seen.add(layer.name)
        return config | {"layers": row, "input_shape": to_data(self.input_shape)}

    @classmethod
    def from_config(cls, config):
        """Return a new model, with new weights, from what `get_config` returned."""
        if cls is not Sequential:
            return super().from_config(config)
        row = []
        for data in config["layers"]:
            if isinstance(data, str):  # stands twice
                row.append(next(layer for layer in row if layer.name == data))
            else:
                row.append(from_data(data))
        return cls(row, **{key: from_data(v) for key, v in config.items() if key != "layers"})

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


def clone_model(model):
    """Return a new model with the same architecture and new weights, not compiled."""
    return from_data(to_data(model))
