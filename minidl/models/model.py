"""What every model has: parts, files and tables, besides the training in `minidl.models.training`.

Sequential([...])            layers in a row
Model(inputs, outputs)       layers connected as you please: a graph of them
class Mine(Model)            a `build`, `forward` and `backward` of your own
"""

import copy

import numpy as np

from minidl.base import naming, npz
from minidl.base.arrays import to_numpy
from minidl.base.structure import arrange, like, parts
from minidl.layers.containers import Graph
from minidl.layers.graph import computed
from minidl.layers.layer import Layer
from minidl.models import keras_files, saving, summary
from minidl.models.training import Trainer


class Model(Trainer, Graph):
    """A graph of layers, or the base of your own model.

        inputs = Input((784,))
        code = Dense(32, "relu")(inputs)
        outputs = Dense(784, "sigmoid")(code)
        model = Model(inputs, outputs)
        encoder = Model(inputs, code)          # shares its layers

    Args:
        inputs, outputs: see `Graph`; left out by a class of yours.
        name: how summaries and errors call it.

    A class of yours may say which attribute holds the layer whose output it returns, as in
    `ends_in = "head"`: a loss that absorbs its last activation trains from the logits then. Where
    it says nothing, the first batch finds out.
    """

    ends_in = None
    _split = None  # the kernels for which it was split, and what `split_activation` returned

    def __init__(self, inputs=None, outputs=None, name=None, **options):
        super().__init__(name=name, **options)
        if (inputs is None) != (outputs is None):
            raise TypeError("Model needs inputs and outputs, or neither in a class of yours")
        if inputs is not None:
            self.connect_between(inputs, outputs)

    @property
    def takes_several(self):
        """Whether x is a tuple of arrays; in a class of yours it may be."""
        return not self.connected or isinstance(self.input_values, tuple)

    def __call__(self, x, training=False, **options):
        """As in `Layer`; of a graph, x may also be a dict by the names of the inputs."""
        if isinstance(x, dict) and self.input_names:
            x = like(self.input_values, arrange("x", x, self.input_names))
        return super().__call__(x, training, **options)

    # --------------------------------------------------------------------------- parts

    @computed
    def input(self):
        """The Value that goes in, or a tuple of them."""
        self._require_built("input")
        return self.input_values

    @computed
    def output(self):
        """The Value that comes out, or a tuple of them."""
        self._require_built("output")
        return self.output_values

    @computed
    def inputs(self):
        """List of the Values that go in."""
        return list(parts(self.input))

    @computed
    def outputs(self):
        """List of the Values that come out."""
        return list(parts(self.output))

    @computed
    def layers(self):
        """List of the layers, in an order in which each comes after those it needs."""
        return [*self.input_layers(), *self.sublayers().values()]

    def input_layers(self):
        """Return the list of the `InputLayer`s where a graph begins."""
        first = parts(self.input_values) if self.connected else ()
        return [value.layer for value in first if value.layer]

    @property
    def input_names(self):
        """List of the names of the inputs; None if a class of yours decides what it takes."""
        return self.input_keys if self.connected else None

    @property
    def output_names(self):
        """List of the names of the outputs, those of the layers that make them."""
        if not self.connected:
            return super().output_names
        if self.output_keys:
            return self.output_keys
        keys = {layer: key for key, layer in self.named.items()}
        names = [keys.get(value.call and value.call.layer, value.name) for value in self.outputs]
        return naming.numbered(names)

    def get_layer(self, name=None, index=None):
        """Return the layer of that name or position."""
        if index is not None:
            return self.layers[index]
        found = {layer.name: layer for layer in self.input_layers()} | self.sublayers()
        if name not in found:
            raise ValueError(f"no layer {name!r}; this model has {', '.join(found)}")
        return found[name]

    def split_activation(self):
        """Return (this model without its last activations, those in the form of y).

        A graph and a row are split once for all steps. A class of yours is split anew each time,
        because its attributes may have changed since.
        """
        if self.ends_in is not None:
            twin = copy.copy(self)
            layer, last = getattr(self, self.ends_in).split_activation()
            setattr(twin, self.ends_in, layer)
            return twin, last
        if self._split is None or self._split[0] is not self.ops:
            self._split = self.ops, self.without_activation()
        return self._split[1]

    def without_activation(self):
        """Return (this graph without its last activations, those in the form of y)."""
        return super().split_activation()

    def find_last_layer(self, x):
        """Set `ends_in` of a class of yours, if one of its layers makes what it returns.

        That is tried with x (N, ...): without the layer's activation, and with the activation
        behind it, a copy of the model must return the same.
        """
        if self.connected or self.ends_in is not None:
            return
        layers = [(name, part) for name, part in vars(self).items() if isinstance(part, Layer)]
        for name, part in reversed(layers):
            _, last = part.split_activation()
            if not self.objective.absorbs(last):
                continue
            y, _ = copy.deepcopy(self).forward(x)  # a copy draws and remembers for itself
            twin = copy.deepcopy(self)
            bare, last = getattr(twin, name).split_activation()
            setattr(twin, name, bare)
            z, _ = twin.forward(x)
            same_form = not isinstance(y, tuple) and z.shape == y.shape
            if same_form and np.allclose(to_numpy(last.forward(z)[0]), to_numpy(y), 1e-3, 1e-5):
                self.ends_in = name
                return

    # ------------------------------------------------------------------------- as a file

    def save_weights(self, path):
        """Write every parameter and state to an .npz file (see `minidl.base.npz`)."""
        self._require_built("save_weights")
        npz.save(path, {key: tensor.numpy() for key, tensor in self.tensors().items()})

    def load_weights(self, path, by_name=False):
        """Read weights that `save_weights` wrote, or Keras; nothing changes if one does not fit.

        Args:
            path: ends in .npz, or as Keras's files do: .weights.h5, .h5, .keras.
            by_name: of a file of Keras's: the layers of these names alone.
        """
        self._require_built("load_weights")
        if keras_files.written_by_keras(path):
            keras_files.load_weights(self, path, by_name)
            return
        arrays, _ = npz.load(path)
        npz.assign(self.tensors(), arrays, path)

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
        saving.save_model(self, path)

    def training_state(self):
        """Return (arrays, facts), all that the next step depends on; see `saving`."""
        return saving.training_state(self)

    def set_training_state(self, arrays, facts, source):
        """Go on from what `training_state` returned; `source` says where it comes from."""
        saving.set_training_state(self, arrays, facts, source)

    def get_config(self):
        """Return what `from_config` makes this model again from: its layers as they are now."""
        if not self.connected:
            return super().get_config()
        return {"name": self.name} | saving.to_config(self)

    @classmethod
    def from_config(cls, config):
        """Return a new model, with new weights, from what `get_config` returned."""
        if "calls" not in config:
            return super().from_config(config)
        return cls(*saving.from_config(config), name=config["name"])

    def to_json(self, **options):
        """Return the architecture as JSON, for `models.model_from_json`; options: of json.dumps."""
        return keras_files.to_json(self, **options)

    # ------------------------------------------------------------------------- looking

    def summary(self, line_length=None, print_fn=None):
        """Show a table of layers, output shapes and numbers of parameters.

        Args:
            line_length: how wide the text is at least.
            print_fn: called with each line instead of `print`.
        """
        self._require_built("summary")
        summary.show(self, line_length, print_fn)

    def _require_built(self, what):
        if not self.built:
            raise RuntimeError(
                f"{what} needs to know the input's shape: give the first layer an input_shape, "
                "start with Input(shape), or call fit first"
            )
