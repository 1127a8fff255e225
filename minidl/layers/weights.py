"""What a layer learns: its parameters, their gradients, and where to find them.

Every `Param` and `State` that is an attribute of a layer, or of a layer inside it, has a path:
"dense/W". The paths are the keys of weight files. A list or a tuple of them may be an attribute,
too: "parts/0/W".
"""

import numpy as np

from minidl import constraints, initializers, kernels, regularizers
from minidl.base import npz
from minidl.base.arrays import is_masked, moved, on_gpu, to_numpy
from minidl.base.configurable import Configurable
from minidl.base.structure import parts

_ROWS = (list, tuple)  # `list | tuple` would be made anew for each attribute, in every step
_NAMES = {"recurrent": "recurrent_kernel", "depthwise": "depthwise_kernel"}


class Tensor:
    """An array of a layer: it may be on a GPU, and is given and taken as one of NumPy's."""

    role = None  # "kernel", "bias", ...: see `minidl.layers.weights`

    @property
    def shape(self):
        """The lengths of its axes."""
        return self.value.shape

    @property
    def name(self):
        """What Keras calls it in its layer: "kernel", "recurrent_kernel"; "" if it has no name."""
        return _NAMES.get(self.role, self.role or "")

    @property
    def dtype(self):
        """The type of its numbers."""
        return self.value.dtype

    def numpy(self):
        """Return a copy as an array of NumPy's."""
        return to_numpy(self.value).copy()

    def assign(self, array):
        """Take the numbers of an array of the same shape, wherever it is."""
        if on_gpu(self.value) and not on_gpu(array):
            self.value.set(np.ascontiguousarray(array, self.value.dtype))
        else:
            self.value[...] = array

    def move(self, xp):
        """Move it into the memory of `xp`, the module numpy or cupy."""
        self.value = moved(self.value, xp)


class Param(Tensor):
    """An array that is trained, and the gradient of the loss with respect to it.

    Args:
        value: array of any shape.
        trainable: False freezes this array alone; `layer.trainable` freezes a whole layer.
        regularizer: from `minidl.regularizers`: a penalty on the value, added to the loss.
        constraint: from `minidl.constraints`: applied to the value after every step.
    """

    def __init__(self, value, trainable=True, regularizer=None, constraint=None):
        self.value = np.asarray(value, order="C")  # kernels write into it as one row of numbers
        self.grad = np.zeros(self.value.shape, self.value.dtype)
        self.trainable = trainable
        self.regularizer, self.constraint = regularizer, constraint

    def move(self, xp):
        """Move the value and its gradient into the memory of `xp`, the module numpy or cupy."""
        super().move(xp)
        self.grad = moved(self.grad, xp)


class State(Tensor):
    """An array that is saved with the weights but not trained: a running mean, say."""

    def __init__(self, value):
        self.value = value


class Weights(Configurable):
    """The part of a layer that knows its arrays, and those of the layers inside it."""

    memory = None  # what a stateful layer carries from batch to batch: a tuple of arrays

    def attributes_of(self, kind):
        """Dict from path to what is of this kind among the attributes, and in lists of them."""
        found = {}
        for key, item in vars(self).items():
            if isinstance(item, kind):
                found[key] = item
            elif isinstance(item, _ROWS):
                for i, part in enumerate(item):
                    if isinstance(part, kind):
                        found[f"{key}/{i}"] = part
        return found

    def sublayers(self):
        """Dict from path to the layers directly inside this one."""
        return self.attributes_of(Weights)

    def walk(self, path="", enter=lambda layer: True):
        """Yield (path, layer) for this layer and every one below it, a shared one more than once.

        Args:
            path: of this layer; the others' are "dense", "block/dense".
            enter: a function of a layer: False leaves it out, with all that is below it.
        """
        if enter(self):
            yield path, self
            for key, layer in self.sublayers().items():
                yield from layer.walk(f"{path}/{key}" if path else key, enter)

    def tensor_paths(self, kind=Tensor, enter=lambda layer: True):
        """List of (path, Param or State), in and below this layer: a shared one more than once."""
        return [
            (f"{path}/{key}" if path else key, item)
            for path, layer in self.walk(enter=enter)
            for key, item in layer.attributes_of(kind).items()
        ]

    def tensors(self):
        """Dict from path to every Param and State in and below this layer: "dense/W"."""
        return _once(self.tensor_paths())

    def params(self):
        """Dict from path to every Param in and below this layer."""
        return _once(self.tensor_paths(Param))

    def trainable_params(self, flags=None):
        """Dict from path to the params that an optimizer may change.

        Args:
            flags: dict from layer to what its `trainable` was; a layer that is not in it is asked.
        """
        flags = flags or {}
        found = self.tensor_paths(Param, enter=lambda layer: flags.get(layer, layer.trainable))
        return _once((path, param) for path, param in found if param.trainable)

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
        npz.assign(tensors, dict(zip(tensors, map(np.asarray, weights))))

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


def _once(items):
    """Dict of (path, item), each item under the first of its paths."""
    first = {}
    for path, item in items:
        first.setdefault(id(item), (path, item))
    return dict(first.values())


KINDS = ("initializer", "regularizer", "constraint")


class Roles(Weights):
    """The part of a layer that makes its parameters."""

    roles = {}  # of a class: from each role to how its parameter starts if no argument says it
    called = {}  # from a role to what arguments call it instead: {"kernel": "depthwise"}
    handed_on = ()  # roles that arguments speak of, and that are those of layers inside

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
            for role, start in (dict.fromkeys(cls.handed_on) | starts).items()
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
            self._check_start(array, tuple(parts(shape)), initializer)
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


def of_roles(options, *roles, **renamed):
    """Take from the dict `options` what it says about these roles, and return it as a dict.

    renamed: more of them, each with the role it becomes: depthwise="kernel".
    """
    names = zip(arguments_of(*roles, *renamed), arguments_of(*roles, *renamed.values()))
    return {new: options.pop(name) for name, new in names if name in options}


def arguments_of(*roles):
    """Return the names of the arguments that these roles have."""
    return [f"{role}_{kind}" for role in roles for kind in KINDS]
