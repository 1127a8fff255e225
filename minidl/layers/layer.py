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
import functools
from typing import NamedTuple

import numpy as np

from minidl import constraints, initializers, kernels, regularizers
from minidl.base import checks, config, naming, structure
from minidl.base.arrays import is_masked, moved, to_numpy
from minidl.base.configurable import Configurable, unknown_argument
from minidl.kernels.common.blas import one_thread
from minidl.layers.calls import LENGTHS, Call, common, computed, is_symbolic
from minidl.layers.weights import Param, State, Tensor, arguments_of, assign, once

__all__ = ["Layer", "Param", "State"]

# Functions of a layer, called whenever one in a container has gone backward: what it added to its
# gradients may be sent elsewhere while the others are still at work.
after_backward = []


class Layer(Configurable):
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
    memory = None  # what a stateful layer carries from batch to batch: a tuple of arrays
    ends_in_activation = False  # whether forward's last step is the layer `self.activation`

    roles = {}  # of a class: from each role to how its parameter starts if no argument says it
    called = {}  # from a role to what arguments call it instead: {"kernel": "depthwise"}
    handed_on = {}  # as `roles`, of those that arguments speak of, and that layers inside have

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "backward" in vars(cls) and "accumulate_gradients" not in vars(cls):
            # An inherited short cut would pass by what is written anew here.
            cls.accumulate_gradients = Layer.accumulate_gradients

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
        if isinstance(x, list) and (is_symbolic(x) or self.takes_several):
            x = structure.from_list(x)
        if is_symbolic(x):
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

    # ------------------------------------------------------------------ its parameters

    def take_roles(self, options):
        """Keep what the dict `options` says about the roles of the class; return the rest of it."""
        rest = dict(options)
        for role, start in self.roles.items():
            names = zip(arguments_of(self.called.get(role, role)), (start, None, None))
            self.set_roles(**{role: [rest.pop(name, default) for name, default in names]})
        return rest

    @classmethod
    def more_arguments(cls):
        """Return the arguments that say something about roles, each with its default."""
        starts = {cls.called.get(role, role): start for role, start in cls.roles.items()}
        return {
            name: start if name.endswith("_initializer") else None
            for role, start in (cls.handed_on | starts).items()
            for name in arguments_of(role)
        }

    def set_roles(self, **roles):
        """Keep three arguments for each role: initializer, regularizer, constraint.

        Args:
            roles: by role, these three: names, classes, objects, the last two also None. They
                become the attributes `kernel_initializer` and so on.
        """
        for role, (initializer, regularizer, constraint) in roles.items():
            setattr(self, f"{role}_initializer", initializers.get(initializer))
            setattr(self, f"{role}_regularizer", regularizers.get(regularizer))
            setattr(self, f"{role}_constraint", constraints.get(constraint))

    def param(self, role, shape, rng):
        """Return a new Param of `shape`, as this layer's arguments for the role say."""
        param = Param(
            self.started(getattr(self, f"{role}_initializer"), shape, rng),
            regularizer=getattr(self, f"{role}_regularizer"),
            constraint=getattr(self, f"{role}_constraint"),
        )
        param.role = role
        return param

    def started(self, initializer, shape, rng):
        """Return a new array of `shape`, which is an integer or a tuple of them.

        Raises:
            ValueError: an initializer of yours returns another shape.
            TypeError: it returns no numbers.
        """
        array = initializer(shape, rng)
        if not isinstance(initializer, initializers.Initializer):
            self._check_start(array, tuple(structure.parts(shape)), initializer)
        return array

    def _check_start(self, array, shape, initializer):
        who = f"the initializer {initializer!r:.80} of layer {self.name!r}"
        if (dtype := np.asarray(array).dtype).kind not in "biuf":
            raise TypeError(f"{who} returned {dtype}; expected an array {shape} of numbers")
        if np.shape(array) != shape:
            raise ValueError(f"{who} returned an array {np.shape(array)}; expected {shape}")

    def __getattr__(self, name):
        """Find W as `kernel`, U as `recurrent_kernel`, b as `bias`: None where there is none."""
        role = name.removesuffix("_kernel")
        if f"{role}_initializer" not in vars(self):
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=self)
        if not self.built:
            raise AttributeError(f"layer {self.name!r} has no {name} before it is built")
        found = self.attributes_of(Param).values()
        return next((param for param in found if param.role == role), None)

    # ------------------------------------------------- its arrays, and those inside it

    def attributes_of(self, kind):
        """Dict from path to what is of this kind among the attributes, and in lists of them."""
        found = {}
        for key, item in vars(self).items():
            if isinstance(item, kind):
                found[key] = item
            elif isinstance(item, (list, tuple)):
                for i, part in enumerate(item):
                    if isinstance(part, kind):
                        found[f"{key}/{i}"] = part
        return found

    def sublayers(self):
        """Dict from path to the layers directly inside this one."""
        return self.attributes_of(Layer)

    def walk(self, path="", enter=lambda layer: True):
        """List of (path, layer): this layer and every one below it, a shared one more than once.

        Args:
            path: of this layer; the others' are "dense", "block/dense".
            enter: a function of a layer: False leaves it out, with all that is below it.
        """
        if not enter(self):
            return []
        found = [(path, self)]
        for key, layer in self.sublayers().items():
            found += layer.walk(f"{path}/{key}" if path else key, enter)
        return found

    def tensor_paths(self, kind=Tensor, enter=lambda layer: True):
        """List of (path, Param or State), in and below this layer: a shared one more than once."""
        return [
            (f"{path}/{key}" if path else key, item)
            for path, layer in self.walk(enter=enter)
            for key, item in layer.attributes_of(kind).items()
        ]

    def tensors(self):
        """Dict from path to every Param and State in and below this layer: "dense/W"."""
        return once(self.tensor_paths())

    def params(self):
        """Dict from path to every Param in and below this layer."""
        return once(self.tensor_paths(Param))

    def trainable_params(self, flags=None):
        """Dict from path to the params that an optimizer may change.

        Args:
            flags: dict from layer to what its `trainable` was; a layer that is not in it is asked.
        """
        flags = flags or {}
        found = self.tensor_paths(Param, enter=lambda layer: flags.get(layer, layer.trainable))
        return once((path, param) for path, param in found if param.trainable)

    def learns(self):
        """Whether an optimizer may change anything in or below this layer."""
        if not self._trainable:
            return False
        own = [param for param in self.attributes_of(Param).values() if param.trainable]
        return bool(own) or any(layer.learns() for layer in self.sublayers().values())

    def get_weights(self):
        """Return a list of copies of every parameter and state in and below this layer."""
        return [tensor.numpy() for tensor in self.weights]

    def set_weights(self, weights):
        """Set every parameter and state from such a list; nothing changes if one does not fit."""
        tensors = self.tensors()
        if any(map(is_masked, weights)):
            raise TypeError(
                "the given weights are masked, and masks would be lost: use w.filled(0)"
            )
        if len(weights) != len(tensors):
            raise ValueError(
                f"{self.name!r} has {len(tensors)} arrays of weights; got {len(weights)}"
            )
        assign(tensors, dict(zip(tensors, map(np.asarray, weights))))

    @property
    def weights(self):
        """List of every Param and State in and below this layer; each has its array in `value`."""
        return list(self.tensors().values())

    @property
    def trainable_weights(self):
        """List of the Params that an optimizer may change."""
        return list(self.trainable_params().values())

    @property
    def non_trainable_weights(self):
        """List of the Params and States that it may not."""
        free = set(map(id, self.trainable_weights))
        return [tensor for tensor in self.weights if id(tensor) not in free]

    variables, trainable_variables = weights, trainable_weights  # their names in Keras
    non_trainable_variables = non_trainable_weights

    @property
    def trainable(self):
        """Whether an optimizer may change this layer; setting it sets every layer inside too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        for _, layer in self.walk():
            layer._trainable = bool(value)

    def zero_grad(self):
        """Set every gradient to 0: `backward` adds to what is there."""
        for param in self.params().values():
            param.grad.fill(0)

    def use(self, ops):
        """Run on these kernels from now on, this layer and every one inside it.

        Parameters, states and memory move to where the kernels work: into main memory, or onto
        the GPU.
        """
        for _, layer in self.walk():
            layer.ops = ops
            for tensor in layer.attributes_of(Tensor).values():
                tensor.move(ops.xp)
            if layer.memory:
                layer.memory = tuple(moved(array, ops.xp) for array in layer.memory)

    def reset_state(self):
        """Forget what stateful layers, this one and every one inside it, carry on."""
        for _, layer in self.walk():
            layer.memory = None

    reset_states = reset_state  # its name in Keras 2

    def count_params(self):
        """How many numbers the parameters and states hold."""
        return sum(t.value.size for t in self.tensors().values())

    def astype(self, dtype):
        """Convert every parameter, gradient and state of floats in place; return the layer."""
        for tensor in self.tensors().values():
            if isinstance(tensor, Param):
                tensor.grad = tensor.grad.astype(dtype, copy=False)
            elif tensor.value.dtype.kind != "f":
                continue  # a state that counts stays what it is
            tensor.value = tensor.value.astype(dtype, copy=False)
        return self

    # ---------------------------------------------------------------- where it stands

    @functools.cached_property
    def calls(self):
        """List of the calls of this layer."""
        return []

    def connect(self, x, **options):
        """Return what this layer will make of x: a Value, or a tuple of them, as is x.

        options: what else its forward is given at this call: numbers, True or False, a name.
        """
        checks.options_of_a_call(self.name, options)
        shape = structure.mapped(lambda value: value.sample_shape, x)
        call = Call(self, x, self.compute_output_shape(shape, **options), options)
        self.calls.append(call)
        return call.outputs

    @computed
    def input(self):
        """What it was called on: a Value, or a tuple of them."""
        return self._only_call("input").inputs

    @computed
    def output(self):
        """What it will make: a Value, or a tuple of them."""
        return self._only_call("output").outputs

    def _only_call(self, what):
        if len(self.calls) != 1:
            raise ValueError(
                f"layer {self.name!r} stands {len(self.calls)} times in graphs, and only one that "
                f"stands there once has an {what}: call it on what Input(shape) returns"
            )
        return self.calls[0]

    def compute_output_shape(self, shape, **options):
        """Return the shape of one output for samples of `shape`; None in it is any length.

        Another shape than the layer was built for, or options of forward, are tried with zeros.
        """
        output_shape, shape = self.prepare(shape), structure.as_shape(shape)
        known = shape == self.built_for and not options
        return output_shape if known else self.try_shape(shape, **options)

    def try_shape(self, shape, **options):
        """Return the shape of one output, seen by calling this layer, which is built, on zeros."""
        tried, kept = [], [(layer, layer.memory) for _, layer in self.walk()]
        any_length = any(None in one for one in structure.shapes(shape))
        try:
            for layer, _ in kept:
                layer.memory = None
            for length in LENGTHS if any_length else LENGTHS[:1]:
                sizes = [
                    [length if n is None else n for n in one] for one in structure.shapes(shape)
                ]
                zeros = [self.ops.xp.zeros((1, *size), config.floatx()) for size in sizes]
                y, _ = self.forward(
                    tuple(zeros) if structure.several(shape) else zeros[0], **options
                )
                tried.append(structure.shape_of(y))
        finally:
            for layer, memory in kept:
                layer.memory = memory
        return common(tried[0], tried[-1])

    def __repr__(self):
        return f"<{type(self).__name__} {self.name!r} {self.input_shape} -> {self.output_shape}>"


class Penalty(NamedTuple):
    """A part of the loss that a layer leaves in its cache: a number."""

    value: float
