"""What every `backward` is given is looked at first, also where a reader calls it directly."""

import functools

from minidl import forms


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
    if not shape or forms.several(shape):
        return  # not built, or several outputs
    if dy.ndim != 1 + len(shape) or shape[-1] not in (None, dy.shape[-1]):
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) returned y of shape "
            f"{('N', *shape)}, and dy must have that; got {dy.shape}"
        )
