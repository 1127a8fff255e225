"""What a row of the gradient table is."""

from typing import NamedTuple


class LayerCase(NamedTuple):
    """A layer to check: `make` returns a new one."""

    make: callable
    shape: tuple  # of a batch of inputs
    training: bool = False
    draw: callable = None  # rng -> inputs that have no gradient, such as tokens; else N(0, 1)

    def inputs(self, rng):
        """Return a batch of inputs."""
        return self.draw(rng) if self.draw else rng.standard_normal(self.shape)


class LossCase(NamedTuple):
    """A loss to check, on what `draw` returns."""

    make: callable
    draw: callable  # rng -> (y_true, y_pred)
