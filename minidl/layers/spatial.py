"""What layers of images and of sequences share: the axes of a sample, and where windows stand.

The last axis of a sample has C channels, the others are places. Along one of length H, windows of
length R stand at the multiples of a stride, and there are P of them. Places outside the input are
padding.

    "valid"    P = floor((H - R) / stride) + 1      every window lies inside; a rest is left over
    "same"     P = ceil(H / stride)                 max((P - 1) stride + R - H, 0) places of
                                                    padding: half before, half after; an odd one
                                                    after
    "causal"   P = floor((H - 1) / stride) + 1      R - 1 places of padding, all of them before

These are the rules of Keras. A window dilated by d covers R = (taps - 1) d + 1 places.

Reference: Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep learning",
chapters 2 and 4.
"""

import numpy as np

from minidl.base import checks, naming
from minidl.layers.layer import Layer


def per_axis(name, value, axes, at_least=1):
    """Return `value`, an integer or one for each axis, as a tuple.

    Args:
        name: what the user calls it: "strides".
        value: an integer, or a sequence of `axes` integers.
        axes: how many axes a sample has besides the channels: 2 for images, 1 for sequences.
        at_least: the smallest integer that makes sense: 0 for paddings.
    """
    several = tuple(value) if isinstance(value, tuple | list | np.ndarray) else (value,) * axes
    if len(several) != axes or not all(checks.is_integer(v) and v >= at_least for v in several):
        wanted = f"an integer of at least {at_least}" + (f", or {axes} of them" * (axes > 1))
        raise ValueError(f"{name} must be {wanted}; got {value!r}")
    return tuple(int(v) for v in several)


def place(H, R, stride, padding):
    """Return (P, (before, after)): the number of windows, and the padding on either side.

    Args:
        H: length of the input, at least 1; None is any length, and then P is None too.
        R: length of a window; "valid" needs R <= H.
        stride: from one window to the next.
        padding: "valid", "same" or "causal".
    """
    if H is None:
        return None, (0, 0)
    if padding == "valid":
        return (H - R) // stride + 1, (0, 0)
    if padding == "causal":
        return (H - 1) // stride + 1, (R - 1, 0)
    P = -(-H // stride)
    total = max((P - 1) * stride + R - H, 0)
    return P, (total // 2, total - total // 2)


def check_data_format(data_format):
    """Refuse images whose channels do not come last."""
    if data_format not in (None, "channels_last"):
        raise ValueError(
            f"channels come last in minidl, (N, H, W, C); got data_format={data_format!r}. Leave "
            "it out, and move the axis of the data with np.moveaxis(x, 1, -1)"
        )


class Spatial(Layer):
    """Base of layers of images (N, H, W, C); one of sequences says axes = ("T", "C").

    Args:
        data_format: None or "channels_last", which is the same.
        options: of `Layer`.
    """

    axes = ("H", "W", "C")  # of one sample

    def __init__(self, *, data_format=None, **options):
        super().__init__(**options)
        check_data_format(data_format)

    def per_axis(self, name, value, at_least=1):
        """Return `value`, an integer or one for each axis of places, as a tuple."""
        return per_axis(name, value, len(self.axes) - 1, at_least)

    def build(self, shape, rng):
        """Check the shape of one sample (..., C); return that of its output."""
        checks.axes(self, shape, self.axes)
        return (*self.output_size(shape[:-1]), shape[-1])

    def output_size(self, size):
        """Return the lengths of y's axes between batch and channels, from those of x."""
        raise NotImplementedError(f"{type(self).__name__}.output_size")


class Windowed(Spatial):
    """Base of layers that look through windows: a subclass keeps in `spans` how long they are.

    Args:
        strides: from one window to the next: an integer, or one for each axis.
        padding: one of `paddings`; `minidl.layers.spatial` has the formulas.
        options: of `Spatial`.
    """

    paddings = ("valid", "same")

    def __init__(self, strides, padding, **options):
        super().__init__(**options)
        self.strides = self.per_axis("strides", strides)
        self.padding = naming.one_of("padding", padding, *self.paddings)

    def output_geometry(self, size):
        """Return (length of the output, (padding before, after)) for each axis, as two tuples."""
        each = enumerate(zip(size, self.spans))
        placed = [self.place(axis, H, R) for axis, (H, R) in each]
        if any(P is not None and P < 1 for P, _ in placed):
            raise ValueError(
                f"layer {self.name!r}: windows of {_times(self.spans)} do not fit into inputs of "
                f"{_times(size)} (see {self.which}): use smaller ones, larger inputs, or "
                'padding="same"'
            )
        return tuple(zip(*placed))

    def output_size(self, size):
        """As in `Spatial`."""
        return self.output_geometry(size)[0]

    def place(self, axis, H, R):
        """Return (P, (before, after)) along an axis of length H, for windows of length R."""
        return place(H, R, self.strides[axis], self.padding)


def _times(lengths):
    return " x ".join(map(str, lengths))
