"""What all initializers share."""

import numpy as np

from minidl import config
from minidl.configurable import Configurable


class Initializer(Configurable):
    """Base of all initializers: a subclass writes `__call__(shape, rng)`."""

    def __call__(self, shape, rng=None):
        """Return an array of `shape` and of dtype `config.floatx()`.

        Args:
            shape: tuple of integers.
            rng: numpy Generator; the process's seed (`config.set_random_seed`) decides without.
        """
        raise NotImplementedError(type(self).__name__)


class RandomInitializer(Initializer):
    """Base of the random ones: a subclass writes `draw(shape, rng)`.

    Args:
        seed: a non-negative integer; None to draw from the rng of the call.
    """

    def __init__(self, seed=None):
        if seed is not None and (not isinstance(seed, int | np.integer) or seed < 0):
            raise ValueError(f"seed must be a non-negative integer or None; got {seed!r}")
        self.seed = seed

    def __call__(self, shape, rng=None):
        """Return random numbers of `shape`."""
        if self.seed is not None or rng is None:
            rng = config.new_rng(self.seed)
        return self.draw(shape, rng).astype(config.floatx())

    def draw(self, shape, rng):
        """Return a float64 array of `shape`, drawn from the Generator `rng`."""
        raise NotImplementedError(f"{type(self).__name__}.draw")
