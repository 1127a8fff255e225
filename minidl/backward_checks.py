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
            shape = self.output_shape
            expected = None if shape is None or forms.several(shape) else shape
            if getattr(getattr(dy, "dtype", None), "kind", "") != "f":
                got = getattr(dy, "dtype", type(dy).__name__)
                raise TypeError(f"layer {self.name!r}: dy must be an array of floats; got {got}")
            if expected and (
                dy.ndim != 1 + len(expected) or expected[-1] not in (None, dy.shape[-1])
            ):
                raise ValueError(
                    f"layer {self.name!r} ({type(self).__name__}) returned y of shape "
                    f"{('N', *expected)}, and dy must have that; got {dy.shape}"
                )
        return backward(self, dy, cache, *rest)

    return checked
