"""What a row of the gradient table is."""

from typing import NamedTuple


class LayerCase(NamedTuple):
    """A layer to check: `make` returns a new one."""

    make: callable
    shape: tuple  # of a batch of inputs
    training: bool = False


class LossCase(NamedTuple):
    """A loss to check, on what `draw` returns."""

    make: callable
    draw: callable  # rng -> (y_true, y_pred)
