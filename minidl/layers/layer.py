"""What a layer is.

A layer is a function with parameters that knows its own derivative.

    y, cache = layer.forward(x)        the value, and what the derivative will need
    dx = layer.backward(dy, cache)     dy = dL/dy in, dx = dL/dx out; dL/dW is added to W.grad

L is the loss, a single number. Nothing is remembered on `self` between the two calls: what the
derivative needs travels in the cache, where you can see it. So a layer may run forward twice
before it runs backward, which shared weights and adversarial training require.

x, y, dy and dx are an array or a tuple of arrays, and `backward` mirrors `forward`: dx has the form
of x, dy that of y, and None stands for a gradient of zero (`minidl.base.structure`).

Sequences of different length are padded to one length, and a mask (N, T) tells which steps are
real (True). It travels beside x: `compute_mask` makes it or passes it on, and layers that look at
it (`takes_mask`) get it as an argument of forward. The loss does not count steps of padding.
"""

import copy
from typing import NamedTuple

from minidl import kernels
from minidl.base import checks, config, naming, structure
from minidl.base.arrays import to_numpy
from minidl.base.configurable import unknown_argument
from minidl.kernels.common.blas import one_thread
from minidl.layers import call_checks, graph
from minidl.layers.weights import Param, Roles, State

__all__ = ["Layer", "Param", "State"]

# Functions of a layer, called whenever one in a container has gone backward: what it added to its
# gradients may be sent elsewhere while the others are still at work.
after_backward = []


class Layer(graph.Connectable, Roles):
    """Base of all layers. A new layer writes `build`, `forward` and `backward`.

    Args:
        name: how errors, summaries and weight files call it; made from the class if not given.
        input_shape: shape of one sample, without the batch axis; only a first layer needs it.
        input_dim: the same for flat samples: `input_dim=784` is `input_shape=(784,)`.
        batch_input_shape: the same with the batch axis in front, whose length is not looked at.
        trainable: False keeps the parameters as they are; gradients still pass through.
        options: what the class's `roles` take: `kernel_initializer` and so on.
    """

    takes_mask = False  # whether forward has an argument `mask`: (N, T) of bool, or None
    takes_several = False  # whether x may be a tuple of arrays
    takes_integers = False  # whether forward means whole numbers: tokens
    # Which x (N, ...) forward takes: "built", of the rank and the last axis that it was built for;
    # "rank", of that rank, as what has no parameters; "wide", of that last axis and any rank;
    # "any", or it says by itself what it cannot take.
    takes_shape = "built"
    ends_in_activation = False  # whether forward's last step is the layer `self.activation`

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "backward" in vars(cls):
            if "accumulate_gradients" not in vars(cls):
                # An inherited short cut would pass by what is written anew here.
                cls.accumulate_gradients = Layer.accumulate_gradients
            if cls.__module__.startswith("minidl."):  # one of yours may have no `build` to go by
                cls.backward = call_checks.looking_at_dy(cls.backward)
        if "forward" in vars(cls) and cls.__module__.startswith("minidl."):
            cls.forward = call_checks.looking_at_x(cls.forward)

    def __init__(
        self,
        *,
        name=None,
        input_shape=None,
        input_dim=None,
        batch_input_shape=None,
        trainable=True,
        **options,
    ):
        if unknown := self.take_roles(options):
            raise TypeError(unknown_argument(self, *unknown))
        self.input_shape = structure.given_shape(input_shape, input_dim, batch_input_shape)
        self.name = naming.of_layer(name) or naming.snake_case(type(self).__name__)
        self.name_is_final = name is not None
        self.ops = self.rng = self.output_shape = None
        self.built, self._trainable = False, trainable

    # ------------------------------------------------------------- what a new layer writes

    def build(self, shape, rng):
        """Create the parameters for samples of `shape`; return the shape of one output.

        Where x or y is a tuple of arrays, its shape is a tuple of shapes.
        """
        return shape

    def forward(self, x, training=False):
        """Return (y, cache) for a batch x (N, ...) of dtype `config.floatx()`, as W has it.

        `layer(x)`, `fit` and `predict` convert other numbers; here nobody does.
        """
        raise NotImplementedError(f"{type(self).__name__}.forward")

    def backward(self, dy, cache):
        """Add dL/dW to every parameter's grad; return dL/dx, in the shape of x."""
        raise NotImplementedError(f"{type(self).__name__}.backward")

    def penalty(self, cache):
        """Return the penalty on outputs, of this layer and of those inside it, a number.

        A layer whose outputs cost something leaves a `Penalty` in its cache, and the cache of a
        layer holds those of the layers inside it: so all are found. Its gradient is added where
        that layer goes backward.
        """
        total, parts = 0.0, [cache]
        for part in parts:  # which grow, until nothing is left inside
            if isinstance(part, Penalty):
                total += part.value
            elif isinstance(part, dict):
                parts.extend(part.values())
            elif isinstance(part, (list, tuple)):  # `list | tuple` would be made anew for each
                parts.extend(part)
        return total

    def check_input(self, x):
        """Raise ValueError for inputs x (N, ...) that a GPU, where they go, would not refuse."""

    def compute_mask(self, x, mask):
        """Return the mask (N, T) of the output, or None; `mask` is that of x."""
        return mask

    # ------------------------------------------------------------- what every layer can do

    def accumulate_gradients(self, dy, cache):
        """Add dL/dW to every parameter's grad, as `backward` does, where nobody needs dL/dx."""
        self.backward(dy, cache)

    @one_thread
    def __call__(self, x, training=False, **options):
        """Return y for a batch x (N, ...): `forward` without the cache, built if it was not.

        Called on what `Input` or another layer returned, it becomes a part of a graph, and returns
        the Value that it will make there.

        options: what else this layer's `forward` takes: mask, use_causal_mask.
        """
        if isinstance(x, list) and (graph.is_symbolic(x) or self.takes_several):
            x = structure.from_list(x)
        if graph.is_symbolic(x):
            return self.connect(x, **{k: v for k, v in options.items() if v is not None})
        x = structure.mapped(
            lambda a: checks.numeric("x", a).astype(config.floatx(), copy=False), x
        )
        self.prepare(structure.shape_of(x))
        self.check_input(x)
        y, _ = self.forward(structure.mapped(self.ops.xp.asarray, x), training, **options)
        return structure.mapped(to_numpy, y)

    def forward_with_mask(self, x, training=False, mask=None, **options):
        """Return (y, cache, mask of y): `forward`, given `mask` if this layer takes one.

        A mask has the form of x: None, or one for each array of a tuple. Where y is a tuple, the
        mask of the layer is that of its first array.
        """
        seen = {} if mask is None or not self.takes_mask else {"mask": mask}
        y, cache = self.forward(x, training, **seen, **options)
        mask, first = self.compute_mask(x, mask), structure.parts(y)[0]
        if isinstance(mask, tuple):
            return y, cache, mask if isinstance(y, tuple) else None
        if mask is not None and (first.ndim <= mask.ndim or first.shape[: mask.ndim] != mask.shape):
            mask = None  # y has other steps than x, or none
        return y, cache, mask if mask is None or first is y else (mask, *[None] * (len(y) - 1))

    def prepare(self, shape, ops=None, rng=None):
        """Build the layer once, for samples of `shape`, and return the shape of one output.

        Args:
            shape: shape of one sample, without the batch axis; a tuple of them for several arrays.
            ops: the kernels, from `minidl.kernels.load`; the process's backend if not given.
            rng: the numpy Generator that this layer owns from now on, if it has none yet.

        Raises:
            ValueError: it is already built, for another shape; or it takes one array, not several.
        """
        shape = structure.as_shape(shape)
        if structure.several(shape) and not self.takes_several:
            raise ValueError(
                f"layer {self.name!r} takes one array; got {len(shape)}, samples of shapes "
                f"{', '.join(map(str, shape))}. Take one of them or concatenate them; a layer of "
                "yours that takes several says takes_several = True"
            )
        if self.built:
            if not self.fits(shape):
                raise ValueError(
                    f"layer {self.name!r} was built for inputs of shape {self.input_shape} "
                    f"and cannot take {shape}"
                )
            return self.output_shape
        self.ops = ops or self.ops or kernels.load(config.backend())
        self.rng = self.rng or rng or config.new_rng()
        self.input_shape = self.built_for = shape
        self.output_shape = structure.as_shape(self.build(shape, self.rng))
        self.astype(config.floatx())  # an initializer of yours may have taken another type
        if not self.trainable:
            self.trainable = False  # what `build` made, too
        self.use(self.ops)
        if self.takes_shape == "built" and not self.tensors():
            self.takes_shape = "rank"
        self.built = True
        return self.output_shape

    def fits(self, shape):
        """Whether this layer, which is built, takes samples of `shape`."""
        return structure.matches(shape, self.input_shape)

    def get_config(self):
        """Return arguments, as plain data, that make this layer again, as it is called now."""
        config = {k: v for k, v in super().get_config().items() if k not in ("name", "trainable")}
        if self.name != naming.snake_case(type(self).__name__):
            config["name"] = self.name
        return config if self.trainable else config | {"trainable": False}

    def split_activation(self):
        """Return (this layer without its last activation, that activation or None).

        The first is a shallow copy: it shares every parameter with this layer. A loss that
        takes logits trains through it, while `predict` keeps the activation.
        """
        if not self.ends_in_activation:
            return self, None
        bare = copy.copy(self)
        bare.activation, last = self.activation.split_activation()
        return bare, last

    def __repr__(self):
        return f"<{type(self).__name__} {self.name!r} {self.input_shape} -> {self.output_shape}>"


class Penalty(NamedTuple):
    """A part of the loss that a layer leaves in its cache: a number."""

    value: float
