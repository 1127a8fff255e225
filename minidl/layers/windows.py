"""Where the windows of convolution and pooling stand.

Along one axis of length H, windows of length R stand at the multiples of a stride, and there are
P of them. Places outside the input are padding.

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

from minidl.base.checks import is_integer


def per_axis(name, value, axes, at_least=1):
    """Return `value`, an integer or one for each axis, as a tuple.

    Args:
        name: what the user calls it: "strides".
        value: an integer, or a sequence of `axes` integers.
        axes: how many axes a sample has besides the channels: 2 for images, 1 for sequences.
        at_least: the smallest integer that makes sense: 0 for paddings.
    """
    several = tuple(value) if isinstance(value, tuple | list | np.ndarray) else (value,) * axes
    if len(several) != axes or not all(is_integer(v) and v >= at_least for v in several):
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
