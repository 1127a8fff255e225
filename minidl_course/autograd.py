"""Gradients by a machine: NumPy's functions leave a tape, and the chain rule runs it backward.

    x, w = Tensor(...), Tensor(...)
    y = np.tanh(x @ w).sum()             plain NumPy; each step remembers what it was made from
    dx, dw = gradients(y, [x, w])        tensors again

A *rule* says how an operation passes a gradient on: rule(g, y, *inputs) -> a gradient for each
input, where y is the output and g = dL/dy. That is all that is known of it. What a rule computes is
itself on tensors, so a gradient can be differentiated again.

The layers of this package derive their gradients by hand, and need none of this. Chapter 37 builds
it, and uses it to check them.

Reference: Griewank and Walther (2008), "Evaluating derivatives", chapter 3 (reverse mode).
"""

import operator
import zlib

import numpy as np

UNCHANGED = (
    "a tensor does not change, since what was made from it needs it as it was. Make a new one: "
    "x = x + y, np.where(mask, new, x), or np.concatenate of parts"
)
_recording = [True]  # whether steps go on the tape


class Tensor(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that knows how it was made.

    Operators and NumPy's functions take it in the place of an array. It does not change.

    Attributes:
        value: the array, float32 or float64, which must not be changed while the tape is in use.
        inputs: the tensors that it was made from; () for one that you made.
        rule: g, a Tensor of its shape -> a gradient, or None, for each of them.
    """

    def __init__(self, value, inputs=(), rule=None):
        value = np.asarray(value)
        if value.dtype.kind not in "f":
            raise TypeError(
                f"a tensor holds floats, since it has a gradient; got {value.dtype}. Use "
                "Tensor(np.asarray(x, float)), or leave whole numbers and bools plain arrays"
            )
        self.value, self.inputs, self.rule = value, inputs, rule
        self.seen = None if inputs else _fingerprint(value)

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    dtype = property(lambda self: self.value.dtype)
    size = property(lambda self: self.value.size)
    T = property(lambda self: np.transpose(self))

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if method != "__call__" or ufunc not in RULES:
            return _refused(f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}"))
        if out is not None:
            raise TypeError(UNCHANGED)
        shapes = [getattr(x, "shape", ()) for x in inputs]
        if ufunc is np.matmul and min(map(len, shapes)) < 2:
            raise ValueError(f"@ takes matrices, or stacks of them; got the shapes {shapes}")
        if ufunc is np.power and isinstance(inputs[1], Tensor):
            return _refused("a tensor as exponent: use np.exp(n * np.log(x)), since np.power")
        return apply(ufunc, *inputs, **options)

    def __array_function__(self, function, types, inputs, options):
        if function is np.concatenate:
            tensors, *axis = inputs
            if len(axis) > 1 or options.keys() - {"axis"}:
                return _refused("np.concatenate with more than an axis")
            return apply(_joined, *tensors, axis=axis[0] if axis else options.get("axis", 0))
        if function not in RULES:
            return _refused(f"np.{function.__name__}")
        return apply(function, *inputs, **options)

    def __getitem__(self, index):
        return apply(operator.getitem, self, index)

    def __setitem__(self, index, value):
        raise TypeError(UNCHANGED)

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "NumPy asks for the plain array of a tensor, which would lose its tape. If that is "
            "meant, say x.value"
        )

    def __bool__(self):
        raise TypeError("a decision by a tensor has no gradient; if that is meant, say x.value")

    def __repr__(self):
        return f"Tensor({np.array2string(self.value, precision=4, threshold=8)})"

    def sum(self, axis=None, keepdims=False):
        """Sum over axes."""
        return np.sum(self, axis=axis, keepdims=keepdims)


def apply(function, *inputs, **options):
    """Compute function(*inputs, **options), and remember it if an input is a tensor.

    Args:
        function: one that `RULES` has a rule for.
        inputs: tensors, arrays and numbers.
        options: what has no gradient, such as `axis`.
    """
    arrays = [x.value if isinstance(x, Tensor) else x for x in inputs]
    value = function(*arrays, **options)
    if not _recording[-1]:
        return Tensor(value)
    tensors = tuple(x for x in inputs if isinstance(x, Tensor))

    def rule(g, y):
        parts = RULES[function](g, y, *inputs, **options)
        return [_summed(part, x) for part, x in zip(parts, inputs) if isinstance(x, Tensor)]

    return Tensor(value, tensors, rule)


def gradients(y, xs, dy=None, again=False):
    """Return dL/dx, a Tensor, for each x of xs; zeros where y does not depend on it.

    Args:
        y: a tensor.
        xs: list of tensors.
        dy: dL/dy, of y's shape; None is 1, for a y of one number.
        again: whether the gradients get a tape of their own, to be differentiated again.

    Raises:
        ValueError: dy is missing or has another shape, or an array was changed since it was used.
    """
    if dy is None and y.size != 1:
        raise ValueError(f"y has shape {y.shape}: pass dy of that shape, or sum y first")
    dy = dy if isinstance(dy, Tensor) else Tensor(np.ones(y.shape) if dy is None else dy)
    if dy.shape != y.shape:
        raise ValueError(f"dy must have y's shape {y.shape}; got {dy.shape}")
    found = {id(y): dy}  # dL/d(tensor), summed over all uses that were visited
    _recording.append(again)
    try:
        for tensor in reversed(_in_order(y)):
            if tensor.inputs and id(tensor) in found:
                for x, g in zip(tensor.inputs, tensor.rule(found[id(tensor)], tensor)):
                    if g is not None:
                        found[id(x)] = found[id(x)] + g if id(x) in found else g
    finally:
        _recording.pop()
    return [found[id(x)] if id(x) in found else Tensor(np.zeros_like(x.value)) for x in xs]


def _in_order(y):
    """Return the tensors that y was made from, each after its inputs, y last."""
    order, done, stack = [], set(), [(y, False)]
    while stack:  # no recursion: a long sequence is deeper than Python allows
        tensor, expanded = stack.pop()
        if expanded:
            order.append(tensor)
        elif id(tensor) not in done:
            done.add(id(tensor))
            if tensor.seen is not None and tensor.seen != _fingerprint(tensor.value):
                raise ValueError(
                    f"an array of shape {tensor.shape} was changed in place after a tensor was "
                    "made of it, so gradients would be those of other numbers: copy it first"
                )
            stack.append((tensor, True))
            stack.extend((x, False) for x in tensor.inputs)
    return order


def _fingerprint(array):
    return zlib.crc32(np.ascontiguousarray(array))


def _refused(name):
    known = ", ".join(sorted(f.__name__ for f in RULES if not f.__name__.startswith("_")))
    raise TypeError(f"no rule says how {name} passes a gradient on. There are rules for {known}")


def _summed(g, x):
    """Return a gradient in the shape of x, which broadcasting had made larger."""
    if g is None or g.shape == x.shape:
        return g
    extra = g.ndim - x.ndim
    ones = tuple(extra + i for i, n in enumerate(x.shape) if n == 1 and g.shape[extra + i] != 1)
    return np.reshape(np.sum(g, axis=(*range(extra), *ones)), x.shape)


def _back(axes, ndim):
    """Return the axes that undo a transposition; -1 is the last axis, and None reverses all."""
    return axes and tuple(np.argsort([axis % ndim for axis in axes]))


def _spread(g, a, axis=None, keepdims=False):
    """Return g, which a sum over axes of a has left, in the shape of a."""
    if axis is not None and not keepdims:
        g = np.reshape(g, np.expand_dims(np.empty(g.shape, bool), axis).shape)
    return np.broadcast_to(g, a.shape)


def _swapped(a):
    return np.transpose(a, (*range(a.ndim - 2), a.ndim - 1, a.ndim - 2))


def _put(a, index, shape):
    y = np.zeros(shape, a.dtype)
    np.add.at(y, index, a)  # an entry that was taken twice gets both gradients
    return y


def _joined(*arrays, axis):
    return np.concatenate(arrays, axis)


def _parted(g, *arrays, axis):
    ends = np.cumsum([a.shape[axis] for a in arrays])
    before = (slice(None),) * (axis % g.ndim)
    return [g[(*before, slice(e - a.shape[axis], e))] for e, a in zip(ends, arrays)]


def _larger(a, b):
    a, b = (x.value if isinstance(x, Tensor) else x for x in (a, b))
    return ((a > b) + 0.5 * (a == b)).astype(np.result_type(a, b))  # equals get a half each


def _ties(g, y, a, axis=None, keepdims=False):
    there = a.value == _spread(y, a, axis, keepdims).value
    shared = there / there.sum(axis=axis, keepdims=True, dtype=a.dtype)
    return (_spread(g, a, axis, keepdims) * shared,)


# rule(g, y, *inputs, **options) -> a gradient for each input; None where nothing depends on it
RULES = {
    np.add: lambda g, y, a, b: (g, g),
    np.subtract: lambda g, y, a, b: (g, -g),
    np.multiply: lambda g, y, a, b: (g * b, g * a),
    np.divide: lambda g, y, a, b: (g / b, -g * y / b),
    np.negative: lambda g, y, a: (-g,),
    np.power: lambda g, y, a, n: (g * n * a ** (n - 1), None),
    np.exp: lambda g, y, a: (g * y,),
    np.log: lambda g, y, a: (g / a,),
    np.sqrt: lambda g, y, a: (g / (2 * y),),
    np.tanh: lambda g, y, a: (g * (1 - y * y),),
    np.maximum: lambda g, y, a, b: (g * _larger(a, b), g * _larger(b, a)),
    np.matmul: lambda g, y, a, b: (g @ _swapped(b), _swapped(a) @ g),
    np.sum: lambda g, y, a, axis=None, keepdims=False: (_spread(g, a, axis, keepdims),),
    np.mean: lambda g, y, a, *at, **how: (_spread(g * (y.size / a.size), a, *at, **how),),
    np.max: _ties,
    np.reshape: lambda g, y, a, shape: (np.reshape(g, a.shape),),
    np.transpose: lambda g, y, a, axes=None: (np.transpose(g, _back(axes, a.ndim)),),
    np.broadcast_to: lambda g, y, a, shape: (g,),
    np.where: lambda g, y, mask, a, b: (None, g * (mask != 0), g * (mask == 0)),
    _joined: lambda g, y, *arrays, axis: _parted(g, *arrays, axis=axis),
    operator.getitem: lambda g, y, a, index: (apply(_put, g, index, a.shape),),
    _put: lambda g, y, a, index, shape: (g[index],),
}
