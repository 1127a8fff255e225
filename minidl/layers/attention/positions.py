"""Where a step stands: attention gives the same answer in any order, if nothing tells it.

A table of vectors that are added to the steps, learned (`PositionEmbedding`) or made of waves
(`SinePositionEncoding`); or a rotation of queries and keys by an angle that grows with the step
(`RotaryEmbedding`), after which their product depends on the distance alone.

Waves: feature pair i of D has the angle t / max_wavelength^(2 i / D) at step t, from fast to slow.
"""

import numpy as np

from minidl.base import checks
from minidl.layers.layer import Layer


class Positions(Layer):
    """Base: x (N, T, .., D) -> y of the same shape."""

    first_step = 0  # the number of the first step; `generate` goes on where it ended before

    def build(self, shape, rng):
        """Check the number of axes; any T may come."""
        _check_steps(self, shape)
        self.input_shape = (None, *shape[1:])
        return shape


class Waves(Positions):
    """Base of positions that are angles.

    Args:
        max_wavelength: 2 pi times this is the slowest wave.
    """

    def __init__(self, max_wavelength=10000, **options):
        super().__init__(**options)
        self.max_wavelength = checks.finite_number("max_wavelength", max_wavelength, above=0)

    def angles(self, first, T, D):
        """Return the angle (T, D / 2) of every step and pair."""
        t, i = np.arange(first, first + T), np.arange(0, D, 2)
        return t[:, None] / self.max_wavelength ** (i / D)


class PositionEmbedding(Positions):
    """y = x + P: every step adds a vector of its own, which is learned.

        x (N, T, D)    P (L, D)    y (N, T, D)    T at most L

    KerasHub's layer of this name returns P alone; this one stands in a row.

    Args:
        sequence_length: L, the longest sequence.
        initializer: how P starts.
        options: `name`, `trainable` (see `Layer`).

    Reference: Gehring et al. (2017), "Convolutional sequence to sequence learning", section 3.1.
    """

    def __init__(self, sequence_length, initializer="glorot_uniform", **options):
        super().__init__(**options)
        self.sequence_length = checks.positive_integer("sequence_length", sequence_length)
        self.set_roles(embeddings=(initializer, None, None))

    def build(self, shape, rng):
        """Create P (L, D)."""
        _check_positions(self, shape[0] or 1, self.sequence_length)
        self.P = self.param("embeddings", (self.sequence_length, *shape[1:]), rng)
        return super().build(shape, rng)

    def forward(self, x, training=False):
        """x (N, T, D) -> y (N, T, D)."""
        t, T = self.first_step, x.shape[1]
        _check_positions(self, t + T, self.sequence_length)
        return x + self.P.value[t : t + T], t

    def backward(self, dy, t):
        """dx = dy; dP_t = sum of dy_t over the batch."""
        self.P.grad[t : t + dy.shape[1]] += dy.sum(axis=0)
        return dy


class SinePositionEncoding(Waves):
    """y = x + P: every step adds waves, fast ones to the first features and slow ones to the last.

        P_t,2i = sin(t / max_wavelength^(2i / D))    P_t,2i+1 = cos(the same)    x, y (N, T, D)

    Nothing is learned, and T has no limit. KerasHub's layer of this name returns P alone.

    Args: see `Waves`.

    Reference: Vaswani et al. (2017), "Attention is all you need", section 3.5.
    """

    def forward(self, x, training=False):
        """x (N, T, D) -> y (N, T, D)."""
        T, D = x.shape[1:]
        angles = self.angles(self.first_step, T, D)  # (T, D / 2)
        P = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(T, -1)[:, :D]
        return x + self.ops.xp.asarray(P, x.dtype), None

    def backward(self, dy, _):
        """dx = dy."""
        return dy


class RotaryEmbedding(Waves):
    """Step t is rotated by angles that grow with t: y_t y_s then depends on t - s alone.

    Features i and i + D / 2 are a point (a, b) of a plane, rotated by t / max_wavelength^(2i / D):

        a' = a cos - b sin        b' = b cos + a sin        x, y (N, T, D) or (N, T, H, D)

    `MultiHeadAttention(rotary=True)` rotates its queries and keys. The kernel `attention` does it.

    Args: see `Waves`.

    Reference: Su et al. (2021), "RoFormer: enhanced transformer with rotary position embedding",
    equation 34.
    """

    def build(self, shape, rng):
        """Check that the features come in pairs."""
        if shape[-1] and shape[-1] % 2:
            raise ValueError(f"layer {self.name!r} rotates pairs of features; got {shape[-1]}")
        return super().build(shape, rng)

    def forward(self, x, training=False):
        """x (N, T, .., D) -> y of its shape."""
        return self.rotate(x, self.first_step), self.first_step

    def backward(self, dy, first):
        """dx: dy rotated back."""
        return self.rotate(dy, first, -1)

    def rotate(self, x, first, direction=1):
        """Return x (N, T, .., D), each step rotated by its angles, or by their opposite."""
        N, T, *rest, D = x.shape
        angles = direction * self.angles(first, T, D)  # (T, D / 2)
        cos, sin = (self.ops.xp.asarray(f(angles), x.dtype) for f in (np.cos, np.sin))
        rows = x.reshape(N, T, int(np.prod(rest)), D)
        return self.ops.attention.rotate(rows, cos, sin).reshape(x.shape)


def _check_steps(layer, shape):
    """Refuse samples without an axis of time and one of features: (T, D) or (T, .., D)."""
    if len(shape) < 2 or shape[-1] is None:
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) numbers the steps of samples of shape "
            f"(T, D); got {shape}. Tokens need an Embedding first"
        )


def _check_positions(layer, T, longest):
    """Refuse more steps than the layer has positions for."""
    if longest < T:
        raise ValueError(
            f"layer {layer.name!r} has {longest} positions and got {T} steps: cut the sequences, "
            "or make it with a larger sequence_length"
        )
