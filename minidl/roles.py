"""The roles of a layer's parameters: kernel, bias, and what else Keras gives a name.

For each role three arguments of the layer say how the parameter starts, what it costs, and what
it must fulfil: `kernel_initializer`, `kernel_regularizer`, `kernel_constraint`. A class names its
roles once, in `roles`, and takes these arguments among its options. In the formulas the kernel is
called W or w and the bias b; Keras's `layer.kernel` and `layer.bias` find them too.
"""

import contextlib
import contextvars
import math

import numpy as np

from minidl import constraints, initializers, regularizers
from minidl.forms import parts
from minidl.weights import Param, Weights

KINDS = ("initializer", "regularizer", "constraint")
MOST = 2**28  # numbers of a model that is made from a description alone: twice those of VGG16
_left = contextvars.ContextVar("numbers that layers may still start, and whose", default=None)


@contextlib.contextmanager
def room_for(numbers, of="the file. It is damaged, or holds another model's weights"):
    """In the block, layers start no more than so many numbers: those that a file has for them.

    `of` ends the error: "more numbers than the file. It is damaged, ...".
    """
    before = _left.set([numbers, of])
    try:
        yield
    finally:
        _left.reset(before)


def room_for_description():
    """Return `room_for` of MOST numbers, or of those that are left where a block is around it."""
    of = f"the {MOST:,} that a description alone may ask for. Make such a model layer by layer"
    return contextlib.nullcontext() if _left.get() else room_for(MOST, of)


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
            ValueError: within `room_for`: there is no room for it; nothing was drawn. Or an
                initializer of yours returns another shape.
            TypeError: it returns no numbers.
        """
        if (left := _left.get()) is not None:
            left[0] -= math.prod(parts(shape))
            if left[0] < 0:
                raise ValueError(
                    f"layer {self.name!r:.80} has an array {shape}: with it the layers have more "
                    f"numbers than {left[1]}"
                )
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
