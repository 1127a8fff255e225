"""What all activations share, and the one that does nothing."""

from minidl import config, kernels
from minidl.layer import Layer


class Linear(Layer):
    """y = x: no activation."""

    takes_several = True
    takes_shape = "any"

    def forward(self, x, training=False):
        """Return x."""
        return x, None

    def backward(self, dy, _):
        """dy/dx = 1."""
        return dy


class ActivationLayer(Layer):
    """Base of all other activations: the whole layer is its own last activation.

    The arrays x, y, dy and dx of an activation have one shape, and dtype float32 or float64.
    """

    takes_shape = "any"

    @property
    def kernels(self):
        """The model's kernels, or the process's: an activation also works without being built."""
        return self.ops or kernels.load(config.backend())

    def split_activation(self):
        """Return (identity, this activation)."""
        return Linear(), self
