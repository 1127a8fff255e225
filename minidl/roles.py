"""The roles of a layer's parameters: kernel, bias, and what else Keras gives a name.

For each role three arguments of the layer say how the parameter starts, what it costs, and what
it must fulfil: `kernel_initializer`, `kernel_regularizer`, `kernel_constraint`. In the formulas
the kernel is called W or w and the bias b; Keras's `layer.kernel` and `layer.bias` find them too.
"""

from minidl import constraints, initializers, regularizers
from minidl.weights import Param, Weights


class Roles(Weights):
    """The part of a layer that makes its parameters."""

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
            getattr(self, f"{role}_initializer")(shape, rng),
            regularizer=getattr(self, f"{role}_regularizer"),
            constraint=getattr(self, f"{role}_constraint"),
        )
        param.role = role
        return param

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
