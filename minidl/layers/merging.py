"""Several arrays become one: where paths of a graph meet.

Each layer takes a tuple of arrays and returns one, and its backward returns a gradient for each.
An axis of length 1 is repeated where another array is longer; its gradient is summed there.

A step that is masked in all of the arrays is masked in what they become.
"""

import functools

import numpy as np

from minidl.base import checks
from minidl.base.structure import several
from minidl.layers.calls import Value
from minidl.layers.layer import Layer


class Merge(Layer):
    """Base of these layers: two or more arrays x_i (N, ...) become one y (N, ...)."""

    takes_several = True

    def build(self, shape, rng):
        """Return the common shape; None, any length, fits a 1 and itself."""
        self.check_several(shape)
        longest = [set(lengths) - {1} or {1} for lengths in zip(*shape)]  # along each axis
        if len(set(map(len, shape))) > 1 or any(len(lengths) > 1 for lengths in longest):
            raise ValueError(
                f"layer {self.name!r} ({type(self).__name__}) needs samples of one shape, lengths "
                f"of 1 excepted; got {', '.join(map(str, shape))}"
            )
        return tuple(length for (length,) in longest)

    def check_several(self, shape):
        """Refuse a lone array."""
        if not several(shape) or len(shape) < 2:
            raise ValueError(
                f"layer {self.name!r} ({type(self).__name__}) takes two arrays or more: call it on "
                f"a list of them; got one, of shape {shape}"
            )

    def compute_mask(self, x, mask):
        """Return where any of the masks is True; None if one of x has none."""
        if not isinstance(mask, tuple) or any(m is None for m in mask):
            return None
        return functools.reduce(np.logical_or, mask)


class Add(Merge):
    """y = x_1 + x_2 + ...; each gets dy."""

    def forward(self, x, training=False):
        """x, a tuple of (N, ...) -> y (N, ...)."""
        return functools.reduce(np.add, x), [part.shape for part in x]

    def backward(self, dy, shapes):
        """dx_i = dy."""
        return tuple(summed(dy, shape) for shape in shapes)


class Average(Add):
    """y = (x_1 + ... + x_K) / K; each gets dy / K."""

    def forward(self, x, training=False):
        """x, a tuple of (N, ...) -> y (N, ...)."""
        y, shapes = super().forward(x)
        return y / len(x), shapes

    def backward(self, dy, shapes):
        """dx_i = dy / K."""
        return super().backward(dy / len(shapes), shapes)


class Subtract(Merge):
    """y = x_1 - x_2; one gets dy, the other -dy."""

    def check_several(self, shape):
        """Refuse any number but two."""
        super().check_several(shape)
        if len(shape) > 2:
            raise ValueError(f"layer {self.name!r} (Subtract) takes two arrays; got {len(shape)}")

    def forward(self, x, training=False):
        """x, two of (N, ...) -> y (N, ...)."""
        return x[0] - x[1], [part.shape for part in x]

    def backward(self, dy, shapes):
        """dx_1 = dy, dx_2 = -dy."""
        return summed(dy, shapes[0]), summed(-dy, shapes[1])


class Multiply(Merge):
    """y = x_1 * x_2 * ..., element by element; each gets dy times the product of the others."""

    def forward(self, x, training=False):
        """x, a tuple of (N, ...) -> y (N, ...)."""
        return functools.reduce(np.multiply, x), x

    def backward(self, dy, x):
        """dx_i = dy * product of all x_j but x_i. Dividing y by x_i would fail where it is 0."""
        others = (functools.reduce(np.multiply, x[:i] + x[i + 1 :]) for i in range(len(x)))
        return tuple(summed(dy * other, part.shape) for part, other in zip(x, others))


class Maximum(Merge):
    """y = the largest of x_1, x_2, ..., element by element; it gets dy, equal ones share it."""

    def forward(self, x, training=False):
        """x, a tuple of (N, ...) -> y (N, ...)."""
        y = functools.reduce(np.maximum, x)
        return y, (x, y)

    def backward(self, dy, cache):
        """dx_i = dy / how many are equal to y, where x_i is one of them, else 0."""
        x, y = cache
        chosen = [part == y for part in x]
        share = dy / np.maximum(sum(c.astype(dy.dtype) for c in chosen), 1)  # 1: where y is NaN
        return tuple(summed(c * share, part.shape) for c, part in zip(chosen, x))


class Concatenate(Merge):
    """y = the x_i one after the other along an axis; each gets its part of dy.

    Args:
        axis: which: -1 is the last; 0, that of the batch, cannot be.
    """

    def __init__(self, axis=-1, **options):
        super().__init__(**options)
        self.axis = checks.nonzero_axis("axis", axis)

    def build(self, shape, rng):
        """Return the shape with the lengths of that axis added up."""
        self.check_several(shape)
        rank = len(shape[0])
        axis = self.axis - 1 if self.axis > 0 else self.axis + rank  # of a sample
        rests = {(*one[:axis], *one[axis + 1 :]) for one in shape}
        if not 0 <= axis < rank or len(rests) > 1 or any(len(one) != rank for one in shape):
            raise ValueError(
                f"layer {self.name!r} joins arrays along axis {self.axis}, whose other lengths are "
                f"the same; got samples of shapes {', '.join(map(str, shape))}"
            )
        lengths = [one[axis] for one in shape]
        whole = None if None in lengths else sum(lengths)
        return (*shape[0][:axis], whole, *shape[0][axis + 1 :])

    def forward(self, x, training=False):
        """x, a tuple of (N, ...) -> y (N, ...)."""
        lengths = [part.shape[self.axis] for part in x]
        return np.concatenate(x, axis=self.axis), np.cumsum(lengths)[:-1].tolist()

    def backward(self, dy, ends):
        """dx_i = its part of dy."""
        return tuple(np.split(dy, ends, axis=self.axis))

    def compute_mask(self, x, mask):
        """As in the others; along the axis of time, the masks one after the other."""
        of_time = x[0].ndim > 2 and self.axis in (1, 1 - x[0].ndim)
        if of_time and isinstance(mask, tuple) and any(m is not None for m in mask):
            steps = [np.ones_like(p[..., 0], bool) if m is None else m for p, m in zip(x, mask)]
            return np.concatenate(steps, axis=1)
        return super().compute_mask(x, mask)


def summed(dy, shape):
    """Return dy summed over the axes along which an array of `shape` was repeated."""
    axes = tuple(i for i, (m, n) in enumerate(zip(dy.shape, shape)) if m != n)
    return dy.sum(axis=axes, keepdims=True) if axes else dy


def _function(layer):
    def merge(inputs, **options):
        return layer(**options)(inputs)

    merge.__doc__ = f"Return what `{layer.__name__}(**options)` makes of a list of inputs."
    merge.__name__ = layer.__name__.lower()
    return merge


add, subtract, multiply, average = map(_function, (Add, Subtract, Multiply, Average))
maximum, concatenate = map(_function, (Maximum, Concatenate))

Value.__add__ = Value.__radd__ = lambda a, b: add([a, b])
Value.__mul__ = Value.__rmul__ = lambda a, b: multiply([a, b])
Value.__sub__ = lambda a, b: subtract([a, b])
