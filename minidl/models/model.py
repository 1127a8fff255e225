"""What every model has: parts, files and tables, besides the training in `minidl.models.training`.

Sequential([...])            layers in a row
Model(inputs, outputs)       layers connected as you please: a graph of them
class Mine(Model)            a `build`, `forward` and `backward` of your own
"""

from minidl import kernels
from minidl.base import config, naming, npz
from minidl.base.structure import arrange, like, mapped, parts, several
from minidl.layers.calls import computed
from minidl.layers.graph import Graph
from minidl.layers.weights import assign
from minidl.models import keras_files, saving, summary
from minidl.models.training import Trainer


class Model(Trainer):
    """A graph of layers, or the base of your own model.

        inputs = Input((784,))
        code = Dense(32, "relu")(inputs)
        outputs = Dense(784, "sigmoid")(code)
        model = Model(inputs, outputs)
        encoder = Model(inputs, code)          # shares its layers

    Args:
        inputs, outputs: see `Graph`; left out by a class of yours.
        name: how summaries and errors call it.
    """

    net = None  # its layers, a `Graph` or a row of them; a class of yours has none

    def __init__(self, inputs=None, outputs=None, name=None, **options):
        super().__init__(name=name, **options)
        if (inputs is None) != (outputs is None):
            raise TypeError("Model needs inputs and outputs, or neither in a class of yours")
        if inputs is not None:
            net = self.net = Graph(inputs, outputs)  # whose layers are built
            self.input_shape = self.built_for = mapped(lambda v: v.sample_shape, net.input_values)
            self.output_shape = mapped(lambda v: v.sample_shape, net.output_values)
            self.ops, self.rng = kernels.load(config.backend()), config.new_rng()
            self.built = True

    @property
    def takes_several(self):
        """Whether x is a tuple of arrays; in a class of yours it may be."""
        return self.net is None or isinstance(self.net.input_values, tuple)

    def __call__(self, x, training=False, **options):
        """As in `Layer`; of a graph, x may also be a dict by the names of the inputs."""
        if isinstance(x, dict) and self.input_names:
            x = like(self.net.input_values, arrange("x", x, self.input_names))
        return super().__call__(x, training, **options)

    # ------------------------------------------------------------------------ what it does

    def run(self, x, training, mask):
        """x -> y through its layers; a class of yours writes `forward`, and `backward`."""
        return self._net_for("forward").run(x, training, mask)

    def backward(self, dy, caches):
        """dy -> dx through its layers, last to first."""
        return self._net_for("backward").backward(dy, caches)

    def accumulate_gradients(self, dy, caches):
        """As `backward`, through those layers alone that are trained, or lead back to one."""
        self._net_for("backward").accumulate_gradients(dy, caches)

    def _net_for(self, method):
        if self.net is None:
            raise NotImplementedError(
                f"{type(self).__name__}.{method}: write it, or give the model inputs and outputs"
            )
        return self.net

    def check_input(self, x):
        """Let the layers that read the inputs look at them before they move to a GPU."""
        if self.net is not None:
            self.net.check_input(x)

    def split_activation(self):
        """Return (its layers without the last activations, those in the form of y)."""
        if self.net is None or type(self).forward is not Model.forward:
            return self, None
        net, lasts = self.net.split_activation()
        return (self, None) if net is self.net else (net, lasts)

    # --------------------------------------------------------------------------- parts

    def sublayers(self):
        """Dict from name to layer; one that is called twice appears once."""
        return super().sublayers() if self.net is None else self.net.sublayers()

    @computed
    def input(self):
        """The Value that goes in, or a tuple of them."""
        self._require_built("input")
        return self.net.input_values

    @computed
    def output(self):
        """The Value that comes out, or a tuple of them."""
        self._require_built("output")
        return self.net.output_values

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
        first = parts(self.net.input_values) if isinstance(self.net, Graph) else ()
        return [value.layer for value in first if value.layer]

    @property
    def input_names(self):
        """List of the names of the inputs; None if a class of yours decides what it takes."""
        return self.net.input_keys if isinstance(self.net, Graph) else None

    @property
    def output_names(self):
        """List of the names of the outputs, those of the layers that make them."""
        net = self.net
        if isinstance(net, Graph):
            keys = {layer: key for key, layer in net.named.items()}
            names = [keys.get(v.call and v.call.layer, v.name) for v in parts(net.output_values)]
            return net.output_keys or naming.numbered(names)
        if self.output_shape is not None and several(self.output_shape):
            return [f"output_{k}" for k in range(len(self.output_shape))]
        return ["output"]

    def get_layer(self, name=None, index=None):
        """Return the layer of that name or position."""
        if index is not None:
            return self.layers[index]
        found = {layer.name: layer for layer in self.input_layers()} | self.sublayers()
        if name not in found:
            raise ValueError(f"no layer {name!r}; this model has {', '.join(found)}")
        return found[name]

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
        if by_name:
            raise ValueError(f"by_name is for files of Keras's; {path} is read as a whole")
        arrays, _ = npz.load(path)
        assign(self.tensors(), arrays, path)

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
        if not isinstance(self.net, Graph):
            return super().get_config()
        return {"name": self.name} | saving.to_config(self.net)

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
