"""What every `backward` is given is looked at first, also where a reader calls it directly."""

import functools

import numpy as np

from minidl.base import config, structure
from minidl.base.arrays import is_masked


def looking_at_dy(backward):
    """Return `backward`, which refuses a dy that cannot be the gradient of one of its outputs.

    NumPy would broadcast many a wrong shape, and whole numbers would round the gradient.
    """

    @functools.wraps(backward)
    def checked(self, dy, cache, *rest):
        if not isinstance(dy, tuple) and dy is not None:
            _require_gradient(self, dy)
        return backward(self, dy, cache, *rest)

    return checked


def _require_gradient(layer, dy):
    kind = getattr(dy, "dtype", None)
    if kind is None or kind.kind != "f":
        got = type(dy).__name__ if kind is None else kind
        raise TypeError(f"layer {layer.name!r}: dy must be an array of floats; got {got}")
    shape = layer.output_shape
    if not shape or structure.several(shape):
        return  # not built, or several outputs
    if dy.ndim != 1 + len(shape) or shape[-1] not in (None, dy.shape[-1]):
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) returned y of shape "
            f"{('N', *shape)}, and dy must have that; got {dy.shape}"
        )


def looking_at_x(forward):
    """Return `forward` of a layer, which says what is wrong with an x that it cannot take.

    Whole numbers become floats, as in `layer(x)`. What an x has too much or too little would else
    be broadcast, or be an error of NumPy's, or of a loop's, layers below.
    """

    @functools.wraps(forward)
    def checked(self, x, *rest, **options):
        if type(x) is not np.ndarray or x.dtype.kind != "f" or not (x.size and x.ndim):
            each = functools.partial(_input, self)
            x = each(x) if x is None else structure.mapped(each, x)
        shape = self.input_shape
        if shape is None:
            return _before_it_is_built(self, forward, x, rest, options)
        if type(x) is np.ndarray and self.takes_shape != "any":
            other = x.ndim != 1 + len(shape) and self.takes_shape != "wide"
            wide = shape and self.takes_shape != "rank" and shape[-1] not in (None, x.shape[-1])
            if other or wide:
                _refuse_shape(self, x, shape)
        return forward(self, x, *rest, **options)

    return checked


def _input(layer, x):
    """Return one array of x as floats; complain of what is no array of numbers."""
    where = f"layer {layer.name!r}: x"
    kind = getattr(getattr(x, "dtype", None), "kind", None)
    if kind is None or kind not in "biuf" or is_masked(x):
        got = f"an array of {x.dtype}" if kind else type(x).__name__
        raise TypeError(
            f"{where} must be an array of numbers; got {got}. Calling the layer, layer(x), takes "
            "lists too; text is encoded as integers first"
        )
    if not (x.size and x.ndim):
        raise ValueError(f"{where} is empty: got shape {x.shape}, expected (N, ...) with N >= 1")
    return x if kind == "f" or layer.takes_integers else x.astype(config.floatx())


def _refuse_shape(layer, x, shape):
    if structure.several(shape):
        raise ValueError(f"layer {layer.name!r} takes {len(shape)} arrays, as a tuple; got one")
    raise ValueError(
        f"layer {layer.name!r} ({type(layer).__name__}) was built for x of shape "
        f"{('N', *shape)}; got {x.shape}"
    )


def _before_it_is_built(layer, forward, x, rest, options):
    """Run a layer that was not built: some need nothing of what is made there."""
    try:
        return forward(layer, x, *rest, **options)
    except AttributeError as error:
        if layer.built or (error.obj is not layer and error.obj is not None):
            raise
        raise RuntimeError(
            f"layer {layer.name!r} is not built, so it has no {error.name!r}: call it once, "
            "layer(x), or layer.prepare(x.shape[1:])"
        ) from None
