"""Activity regularization: a penalty on what a layer puts out, not on its weights.

The penalty of a batch y (N, ...) is the regularizer's sum over all outputs, divided by N, so
that it does not depend on the size of the batch. It is a second path from y to the loss, and
the gradients of two paths add up:

    L = data loss(y) + penalty(y) / N        so        dL/dy = dy + gradient(y) / N
"""

from minidl import regularizers
from minidl.layers import activations
from minidl.layers.layer import Layer, Penalty


class Regularized(Layer):
    """An activation whose outputs cost something.

    No loss absorbs it: a split would not have the activation's output, which the penalty is on.

    Args:
        activation: a name ("relu") or an activation layer.
        regularizer: a name ("l1") or an object of `minidl.regularizers`.
    """

    def __init__(self, activation, regularizer, **options):
        super().__init__(**options)
        self.activation = activations.get(activation)
        self.regularizer = regularizers.get(regularizer)

    def build(self, shape, rng):
        """Build the activation inside."""
        return self.activation.prepare(shape, self.ops, rng)

    def forward(self, x, training=False):
        """x (N, ...) -> y (N, ...)."""
        y, f_cache = self.activation.forward(x, training)
        return y, (Penalty(self.regularizer.penalty(y) / len(y)), y, f_cache)

    def backward(self, dy, cache):
        """dx = f'(x) (dy + gradient(y) / N)."""
        _, y, f_cache = cache
        return self.activation.backward(dy + self.regularizer.gradient(y) / len(y), f_cache)


def regularized(activation, regularizer):
    """Return the activation layer that `activation` stands for, with its penalty if it has one."""
    activation = activations.get(activation)
    return activation if regularizer is None else Regularized(activation, regularizer)
