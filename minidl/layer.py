"""What a layer is.

A layer is a function with parameters that knows its own derivative.

    y, cache = layer.forward(x)        the value, and what the derivative will need
    dx = layer.backward(dy, cache)     dy = dL/dy in, dx = dL/dx out; dL/dW is added to W.grad

L is the loss, a single number. Nothing is remembered on `self` between the two calls: what the
derivative needs travels in the cache, where you can see it. So a layer may run forward twice
before it runs backward, which shared weights and adversarial training require.

Sequences of different length are padded to one length, and a mask (N, T) tells which steps are
real (True). It travels beside x: `compute_mask` makes it or passes it on, and layers that look at
it (`takes_mask`) get it as an argument of forward. The loss does not count steps of padding.
"""

import copy
import inspect
import re

from minidl import checks, config, kernels, naming
from minidl.arrays import moved, to_numpy
from minidl.roles import Roles
from minidl.weights import Param, State, Tensor

__all__ = ["Layer", "Param", "State"]

NO_FUNCTIONAL_API = (
    "minidl has no functional API (Model(inputs, outputs), layer(Input(...))): put the layers in a "
    "row with Sequential([...]), or write a class with forward and backward"
)


class Layer(Roles):
    """Base of all layers. A new layer writes `build`, `forward` and `backward`.

    Args:
        name: how errors, summaries and weight files call it; made from the class if not given.
        input_shape: shape of one sample, without the batch axis; only a first layer needs it.
        input_dim: the same for flat samples: `input_dim=784` is `input_shape=(784,)`.
        batch_input_shape: the same with the batch axis in front, whose length is not looked at.
        trainable: False keeps the parameters as they are; gradients still pass through.
    """

    takes_mask = False  # whether forward has an argument `mask`: (N, T) of bool, or None
    ends_in_activation = False  # whether forward's last step is the layer `self.activation`
    memory = None  # what a stateful layer carries from batch to batch: a tuple of arrays

    def __init__(
        self,
        *,
        name=None,
        input_shape=None,
        input_dim=None,
        batch_input_shape=None,
        trainable=True,
        **unknown,
    ):
        if unknown:
            first, *_ = unknown
            own = [*inspect.signature(type(self)).parameters, *inspect.signature(Layer).parameters]
            known = [key for key in own if key not in ("options", "unknown")]
            raise TypeError(
                f"{type(self).__name__} has no argument {first!r}.{naming.suggestion(first, known)}"
            )
        if input_dim is not None:
            input_shape = (input_dim,)
        if batch_input_shape is not None:
            input_shape = batch_input_shape[1:]
        if input_shape is not None and not isinstance(input_shape, tuple | list):
            raise TypeError(
                "input_shape is the shape of one sample, without the batch axis, as a tuple: "
                f"({input_shape!r},) if samples have one axis; got {input_shape!r}"
            )
        self.name = name or snake_case(type(self).__name__)
        self.name_is_final = name is not None
        self.ops = None
        self.rng = None
        self.input_shape = None if input_shape is None else tuple(input_shape)
        self.output_shape = None
        self.built = False
        self._trainable = trainable

    # ------------------------------------------------------------- what a new layer writes

    def build(self, shape, rng):
        """Create the parameters for samples of `shape`; return the shape of one output."""
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
        """Return the penalty on this layer's outputs (activity regularization), a float."""
        return 0.0

    def check_input(self, x):
        """Raise ValueError for inputs x (N, ...) that a GPU, where they go, would not refuse."""

    def compute_mask(self, x, mask):
        """Return the mask (N, T) of the output, or None; `mask` is that of x."""
        return mask

    # ------------------------------------------------------------- what every layer can do

    def accumulate_gradients(self, dy, cache):
        """Add dL/dW to every parameter's grad, as `backward` does, where nobody needs dL/dx."""
        self.backward(dy, cache)

    def __call__(self, x, training=False, **options):
        """Return y for a batch x (N, ...): `forward` without the cache, built if it was not.

        options: what else this layer's `forward` takes: mask, initial_state.
        """
        if isinstance(x, Layer):
            raise TypeError(NO_FUNCTIONAL_API)
        x = checks.numeric("x", x).astype(config.floatx(), copy=False)
        self.prepare(x.shape[1:])
        self.check_input(x)
        y, _ = self.forward(self.ops.xp.asarray(x), training, **options)
        return tuple(map(to_numpy, y)) if isinstance(y, tuple) else to_numpy(y)

    def forward_with_mask(self, x, training=False, mask=None):
        """Return (y, cache, mask of y): `forward`, given `mask` if this layer takes one."""
        seen = {} if mask is None or not self.takes_mask else {"mask": mask}
        y, cache = self.forward(x, training, **seen)
        mask = self.compute_mask(x, mask)
        if mask is not None and (y.ndim <= mask.ndim or y.shape[: mask.ndim] != mask.shape):
            mask = None  # y has other steps than x, or none
        return y, cache, mask

    def prepare(self, shape, ops=None, rng=None):
        """Build the layer once, for samples of `shape`, and return the shape of one output.

        Args:
            shape: shape of one sample, without the batch axis.
            ops: the kernels, from `minidl.kernels.load`; the process's backend if not given.
            rng: the numpy Generator that this layer owns from now on, if it has none yet.

        Raises:
            ValueError: it is already built, for another shape.
        """
        shape = tuple(shape)
        if self.built:
            if not checks.matches(shape, self.input_shape):
                raise ValueError(
                    f"layer {self.name!r} was built for inputs of shape {self.input_shape} "
                    f"and cannot take {shape}"
                )
            return self.output_shape
        self.ops = ops or self.ops or kernels.load(config.backend())
        self.rng = self.rng or rng or config.new_rng()
        self.input_shape = shape
        self.output_shape = tuple(self.build(shape, self.rng))
        self.astype(config.floatx())  # an initializer of yours may have taken another type
        if not self.trainable:
            self.trainable = False  # what `build` made, too
        self.use(self.ops)
        self.built = True
        return self.output_shape

    def get_config(self):
        """Return arguments, as plain data, that make this layer again, as it is called now."""
        config = {k: v for k, v in super().get_config().items() if k not in ("name", "trainable")}
        if self.name != snake_case(type(self).__name__):
            config["name"] = self.name
        return config if self.trainable else config | {"trainable": False}

    def use(self, ops):
        """Run on these kernels from now on, this layer and every one inside it.

        Parameters, states and memory move to where the kernels work: into main memory, or onto
        the GPU.
        """
        self.ops = ops
        for tensor in self.attributes_of(Tensor).values():
            tensor.move(ops.xp)
        if self.memory:
            self.memory = tuple(moved(array, ops.xp) for array in self.memory)
        for layer in self.sublayers().values():
            layer.use(ops)

    def to_device(self):
        """Move to the GPU; the same as compile(backend="cupy") for a model. Return the layer."""
        self.use(kernels.load("cupy"))
        return self

    def to_cpu(self):
        """Move to main memory, onto the kernels for CPUs; return the layer."""
        self.use(kernels.load("numba"))
        return self

    def reset_state(self):
        """Forget what stateful layers, this one and every one inside it, carry on."""
        self.memory = None
        for layer in self.sublayers().values():
            layer.reset_state()

    reset_states = reset_state  # its name in Keras 2

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


def snake_case(name):
    """MaxPooling2D -> max_pooling2d, SimpleRNN -> simple_rnn, ReLU -> relu."""
    return re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z]{2})(?=[A-Z])", "_", name).lower()
