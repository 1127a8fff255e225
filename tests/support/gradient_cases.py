"""What a row of the gradient table is."""

from typing import NamedTuple

from minidl import gradcheck


class LayerCase(NamedTuple):
    """A layer to check: `make` returns a new one."""

    make: callable
    shape: tuple  # of a batch of inputs, or a tuple of shapes
    training: bool = False
    draw: callable = None  # rng -> inputs that have no gradient, such as tokens; else N(0, 1)

    def inputs(self, rng):
        """Return a batch of inputs."""
        return self.draw(rng) if self.draw else gradcheck.drawn(self.shape, rng)

    def sample_shape(self):
        """Shape of one sample, or a tuple of them."""
        alone = all(isinstance(n, int) for n in self.shape)
        return self.shape[1:] if alone else tuple(shape[1:] for shape in self.shape)


class LossCase(NamedTuple):
    """A loss to check, on what `draw` returns."""

    make: callable
    draw: callable  # rng -> (y_true, y_pred)
