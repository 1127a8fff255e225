"""What layers of images and of sequences share: the axes of a sample, of which the last has C."""

from minidl.base import checks, naming
from minidl.layers import windows
from minidl.layers.layer import Layer


class Spatial(Layer):
    """Base of layers of images (N, H, W, C); one of sequences says axes = ("T", "C").

    Args:
        data_format: None or "channels_last", which is the same.
        options: of `Layer`.
    """

    axes = ("H", "W", "C")  # of one sample

    def __init__(self, *, data_format=None, **options):
        super().__init__(**options)
        windows.check_data_format(data_format)

    def per_axis(self, name, value, at_least=1):
        """Return `value`, an integer or one for each axis of places, as a tuple."""
        return windows.per_axis(name, value, len(self.axes) - 1, at_least)

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
        padding: one of `paddings`; `minidl.layers.windows` has the formulas.
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
        return windows.place(H, R, self.strides[axis], self.padding)


def _times(lengths):
    return " x ".join(map(str, lengths))
