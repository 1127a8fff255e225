"""What a layer is.

A layer is a function with parameters that knows its own derivative.

    y, cache = layer.forward(x)        the value, and what the derivative will need
    dx = layer.backward(dy, cache)     dy = dL/dy in, dx = dL/dx out; dL/dW is added to W.grad

L is the loss, a single number. Nothing is remembered on `self` between the two calls: what the
derivative needs travels in the cache, where you can see it. So a layer may run forward twice
before it runs backward, which shared weights and adversarial training require.
"""

import copy
import re

import numpy as np

from minidl import checks, config, kernels, saving
from minidl.serialization import Configurable

NO_FUNCTIONAL_API = (
    "minidl has no functional API (Model(inputs, outputs), layer(Input(...))): put the layers in a "
    "row with Sequential([...]), or write a class with forward and backward"
)


class Param:
    """An array that is trained, and the gradient of the loss with respect to it.

    Args:
        value: array of any shape.
        trainable: False freezes this array alone; `layer.trainable` freezes a whole layer.
        regularizer: from `minidl.regularizers`: a penalty on the value, added to the loss.
        constraint: from `minidl.constraints`: applied to the value after every step.
    """

    def __init__(self, value, trainable=True, regularizer=None, constraint=None):
        self.value = value
        self.grad = np.zeros_like(value)
        self.trainable = trainable
        self.regularizer = regularizer
        self.constraint = constraint


class State:
    """An array that is saved with the weights but not trained: a running mean, say."""

    def __init__(self, value):
        self.value = value


class Layer(Configurable):
    """Base of all layers. A new layer writes `build`, `forward` and `backward`.

    Args:
        name: how errors, summaries and weight files call it; made from the class if not given.
        input_shape: shape of one sample, without the batch axis; only a first layer needs it.
        input_dim: the same for flat samples: `input_dim=784` is `input_shape=(784,)`.
        trainable: False keeps the parameters as they are; gradients still pass through.
    """

    def __init__(self, *, name=None, input_shape=None, input_dim=None, trainable=True, **unknown):
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no argument {', '.join(map(repr, unknown))}"
            )
        if input_dim is not None:
            input_shape = (input_dim,)
        self.name = name or snake_case(type(self).__name__)
        self.named_by_user = name is not None
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
        """Return (y, cache) for a batch x (N, ...)."""
        raise NotImplementedError(f"{type(self).__name__}.forward")

    def backward(self, dy, cache):
        """Add dL/dW to every parameter's grad; return dL/dx, in the shape of x."""
        raise NotImplementedError(f"{type(self).__name__}.backward")

    def penalty(self, cache):
        """Return the penalty on this layer's outputs (activity regularization), a float."""
        return 0.0

    # ------------------------------------------------------------- what every layer can do

    def __call__(self, x, training=False):
        """Return y for a batch x (N, ...): `forward` without the cache, built if it was not."""
        if isinstance(x, Layer):
            raise TypeError(NO_FUNCTIONAL_API)
        x = checks.numeric("x", x).astype(config.floatx(), copy=False)
        self.prepare(x.shape[1:])
        return self.forward(x, training)[0]

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
        self.built = True
        return self.output_shape

    def sublayers(self):
        """Dict from attribute name to the layers inside this one."""
        return {key: item for key, item in vars(self).items() if isinstance(item, Layer)}

    def tensors(self):
        """Dict from path to every Param and State in and below this layer: "dense/W"."""
        found = {k: item for k, item in vars(self).items() if isinstance(item, Param | State)}
        for key, layer in self.sublayers().items():
            found |= {f"{key}/{path}": item for path, item in layer.tensors().items()}
        return found

    def params(self):
        """Dict from path to every Param in and below this layer."""
        return {path: t for path, t in self.tensors().items() if isinstance(t, Param)}

    def trainable_params(self):
        """Dict from path to the params that an optimizer may change."""
        if not self.trainable:
            return {}
        own = {k: p for k, p in vars(self).items() if isinstance(p, Param) and p.trainable}
        for key, layer in self.sublayers().items():
            own |= {f"{key}/{path}": p for path, p in layer.trainable_params().items()}
        return own

    def get_config(self):
        """Return arguments, as plain data, that make this layer again, as it is called now."""
        config = {k: v for k, v in super().get_config().items() if k not in ("name", "trainable")}
        if self.name != snake_case(type(self).__name__):
            config["name"] = self.name
        return config if self.trainable else config | {"trainable": False}

    def get_weights(self):
        """Return a list of copies of every parameter and state in and below this layer."""
        return [tensor.value.copy() for tensor in self.weights]

    def set_weights(self, weights):
        """Set every parameter and state from such a list; nothing changes if one does not fit."""
        tensors = self.tensors()
        if len(weights) != len(tensors):
            raise ValueError(
                f"{self.name!r} has {len(tensors)} arrays of weights; got {len(weights)}"
            )
        saving.assign(tensors, dict(zip(tensors, map(np.asarray, weights))))

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

    @property
    def trainable(self):
        """Whether an optimizer may change this layer; setting it sets every layer inside too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for layer in self.sublayers().values():
            layer.trainable = value

    def zero_grad(self):
        """Set every gradient to 0: `backward` adds to what is there."""
        for param in self.params().values():
            param.grad.fill(0)

    def count_params(self):
        """How many numbers the parameters and states hold."""
        return sum(t.value.size for t in self.tensors().values())

    def astype(self, dtype):
        """Convert every parameter, gradient and state in place; return the layer."""
        for tensor in self.tensors().values():
            tensor.value = tensor.value.astype(dtype)
            if isinstance(tensor, Param):
                tensor.grad = tensor.grad.astype(dtype)
        return self

    def use(self, ops):
        """Run on these kernels from now on, this layer and every one inside it."""
        self.ops = ops
        for layer in self.sublayers().values():
            layer.use(ops)

    def split_activation(self):
        """Return (this layer without its last activation, that activation or None).

        The first is a shallow copy: it shares every parameter with this layer. A loss that
        takes logits trains through it, while `predict` keeps the activation.
        """
        activation = getattr(self, "activation", None)
        if activation is None:
            return self, None
        bare = copy.copy(self)
        bare.activation, last = activation.split_activation()
        return bare, last

    def __repr__(self):
        return f"<{type(self).__name__} {self.name!r} {self.input_shape} -> {self.output_shape}>"


def snake_case(name):
    """MaxPooling2D -> max_pooling2d, SimpleRNN -> simple_rnn, ReLU -> relu."""
    return re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z]{2})(?=[A-Z])", "_", name).lower()
