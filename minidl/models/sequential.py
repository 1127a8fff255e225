"""`Sequential`: layers in a row. `Model(inputs, outputs)` connects them otherwise."""

from minidl.base import config, naming
from minidl.base.configurable import from_data, to_data
from minidl.base.structure import each_shape
from minidl.layers.calls import Value, computed
from minidl.layers.containers import Chain
from minidl.layers.layer import Layer
from minidl.layers.shape import InputLayer
from minidl.models.model import Model


class Sequential(Model):
    """Layers in a row: y = f_K(... f_2(f_1(x))).

    Args:
        layers: list of layers; more can follow with `add`. The shape of the input comes from
            the first layer's `input_shape`, from an `Input(shape)`, or from the first `fit`.
        name: how summaries and errors call it.
        seed: makes weights, order of batches and dropout repeatable. Without it they follow the
            model this one stands in, or else `minidl.utils.set_random_seed`.
    """

    declared = False  # whether the shape of the input was said, and not found in the first data
    gathering = False  # whether more layers follow at once

    def __init__(self, layers=(), name=None, seed=None, **options):
        super().__init__(name=name, **options)
        self.net = Chain()
        if seed is not None:
            self.rng = config.new_rng(seed)
        if type(self) is Sequential:
            self._arguments.pop("layers", None)  # get_config returns them as they are then
        if isinstance(layers, Layer):
            raise TypeError(f"Sequential takes a list of layers; got {layers!r}: put it in [ ]")
        self.gathering = True  # built once for all: each `prepare` goes through the whole row
        for layer in layers:
            self.add(layer)
        self.gathering = False
        if self.layers and self.input_shape is not None:
            self.prepare(self.input_shape)

    @computed
    def layers(self):
        """List of the layers, in their order."""
        return self.net.layers

    @property
    def takes_several(self):
        """What the first layer says."""
        return self.net.takes_several

    def add(self, layer):
        """Append a layer; build it if the shape that reaches it is known."""
        if isinstance(layer, Value):
            layer = layer.layer
        if not isinstance(layer, Layer):
            raise TypeError(f"add needs a layer; got {layer!r}")
        if any(inner is self for _, inner in layer.walk()):
            raise ValueError(f"model {self.name!r} cannot stand in itself")
        if isinstance(layer, InputLayer):
            if self.layers:
                raise ValueError("Input comes first; this model already has layers")
            self.input_shape, self.declared = layer.input_shape, True
            return
        if layer not in self.layers:
            naming.tell_apart(layer, self.sublayers())
        if not self.layers and self.input_shape is None:
            self.input_shape = layer.input_shape
            self.declared = layer.input_shape is not None
        self.layers.append(layer)
        self._logits = self._trained = None
        if self.input_shape is not None and not self.gathering:
            self.built = False  # so that `prepare` reaches the new layer
            self.prepare(self.input_shape)

    def pop(self):
        """Remove the last layer and return it; the model must be compiled again."""
        if not self.layers:
            raise ValueError("this model has no layers to remove")
        layer = self.layers.pop()
        self.output_shape = self.layers[-1].output_shape if self.layers else None
        self.built = self.built and bool(self.layers)
        self.compiled, self._logits = False, None  # the optimizer remembers the layer that is gone
        if self.built:
            self._connect(self.built_for)
        return layer

    def build(self, shape, rng=None):
        """Prepare every layer in turn for what the one before it returns.

        Called by you, as in Keras, `build((None, 784))` takes the shape of a batch.
        """
        if rng is None:
            self.prepare(shape[1:])
            return self.output_shape
        if not self.layers:
            raise ValueError(f"model {self.name!r} has no layers: pass a list, or call add")
        self.net.ops = self.ops
        output_shape = self.net.build(shape, rng)
        self._connect(shape)
        return output_shape

    def _connect(self, shape):
        """Note the graph that this row is, so that another model can begin or end in it."""
        net = self.net
        for call in net.nodes:
            call.layer.calls.remove(call)
        value = net.input_values = each_shape(lambda one: Value(one, "input"), shape)
        net.nodes = []
        for layer in net.layers:
            value = layer.connect(value)
            net.nodes.append(layer.calls[-1])
        net.output_values = value

    def fits(self, shape):
        """As in `Layer`; a row whose shape nobody declared takes what its layers take."""
        if super().fits(shape):
            return True
        if self.declared:
            return False
        try:
            self.try_shape(shape)
        except ValueError:
            return False
        return True

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
        """Return a new model, with new weights, from what `get_config` returned.

        Raises:
            ValueError: there is no list of layers in it, or no layer has a name that is in the row.
        """
        if cls is not Sequential:
            return super().from_config(config)
        if not isinstance(config, dict) or not isinstance(config.get("layers"), list | tuple):
            raise ValueError(
                f"a Sequential's description needs 'layers', a list of them; got {config!r:.80}"
            )
        row, known = [], {}
        for data in config["layers"]:
            if isinstance(data, str) and data not in known:
                raise ValueError(f"no layer {data!r:.80} stands in the row before its name")
            layer = known[data] if isinstance(data, str) else from_data(data)
            row.append(layer)
            known[getattr(layer, "name", None)] = layer  # a name alone: it stands twice
        return cls(row, **{k: from_data(v) for k, v in config.items() if k != "layers"})
