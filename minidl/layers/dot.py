"""The dot product of two arrays, sample by sample."""

import numpy as np

from minidl.base import checks
from minidl.layers.merging import Merge


class Dot(Merge):
    """y = the sum of a * b along one axis of each, for every pair of the other axes.

        a (N, D)       b (N, D)       axes=1        y (N, 1)
        a (N, T, D)    b (N, S, D)    axes=2        y (N, T, S)
        a (N, T, D)    b (N, D)       axes=(2, 1)   y (N, T)

    Args:
        axes: of both arrays, or a pair; -1 is the last.
        normalize: True divides a and b by their norms along these axes first, so that y is the
            cosine of the angle between them.

    With normalize, a = u / |u| and so du = (da - a sum(a * da)) / |u|.
    """

    def __init__(self, axes, normalize=False, **options):
        super().__init__(**options)
        pair = tuple(axes) if isinstance(axes, tuple | list) else (axes, axes)
        if len(pair) != 2:
            raise ValueError(f"axes must be an axis or a pair of them; got {axes!r}")
        self.axes = tuple(checks.nonzero_axis("axes", axis) for axis in pair)
        self.normalize = normalize

    def build(self, shape, rng):
        """Return the other axes of a, then those of b."""
        self.check_several(shape)
        if len(shape) != 2 or any(len(one) > 2 for one in shape):
            raise ValueError(
                f"layer {self.name!r} (Dot) takes two arrays of samples (D,) or (T, D); got "
                f"{', '.join(map(str, shape))}"
            )
        lengths, rest = [], ()
        for one, axis in zip(shape, self.axes):
            axis = axis - 1 if axis > 0 else axis + len(one)
            lengths += one[axis : axis + 1]
            rest += (*one[:axis], *one[axis + 1 :])
        if len(lengths) != 2 or lengths[0] != lengths[1]:
            raise ValueError(
                f"layer {self.name!r} (Dot) sums along axes {self.axes}, which must have one "
                f"length; got samples of shapes {', '.join(map(str, shape))}"
            )
        return rest or (1,)

    def forward(self, x, training=False):
        """x, (N, ..) and (N, ..) -> y (N, ...)."""
        rows = [_rows(part, axis) for part, axis in zip(x, self.axes)]
        norms = [np.ones_like(r[..., :1]) for r in rows]
        if self.normalize:
            norms = [np.sqrt(np.maximum((r * r).sum(-1, keepdims=True), 1e-12)) for r in rows]
        a, b = (r / norm for r, norm in zip(rows, norms))  # (N, T, D), (N, S, D)
        y = a @ b.swapaxes(1, 2)  # (N, T, S)
        lengths = [r.shape[1] for part, r in zip(x, rows) if part.ndim == 3]
        return y.reshape(len(y), *(lengths or [1])), (a, b, norms, [part.shape for part in x])

    def backward(self, dy, cache):
        """da = dy b, db = dy^T a; then through the norms."""
        a, b, norms, shapes = cache
        dy = dy.reshape(len(dy), a.shape[1], b.shape[1])  # (N, T, S)
        gradients = dy @ b, dy.swapaxes(1, 2) @ a
        if self.normalize:
            gradients = [
                (d - u * (u * d).sum(-1, keepdims=True)) / norm
                for d, u, norm in zip(gradients, (a, b), norms)
            ]
        return tuple(
            d.reshape(shape) if len(shape) == 2 else _rows(d, axis)
            for d, shape, axis in zip(gradients, shapes, self.axes)
        )

    def compute_mask(self, x, mask):
        """Return None: y has pairs of steps."""
        return None


def _rows(x, axis):
    """x (N, D) -> (N, 1, D); (N, T, D) with the summed axis last."""
    if x.ndim == 2:
        return x[:, None]
    return x.swapaxes(1, 2) if axis in (1, -2) else x


def dot(inputs, axes, **options):
    """Return what `Dot(axes, **options)` makes of a list of two inputs."""
    return Dot(axes, **options)(inputs)
