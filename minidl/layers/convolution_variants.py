"""Convolutions that differ from `Conv2D` in one point each; the rest is in `convolution`.

Conv1D             sequences: an image of height 1
DepthwiseConv2D    every channel has kernels of its own, and channels are never mixed
Conv2DTranspose    forward and backward change places: small images become large ones
"""

from minidl.base import checks
from minidl.layers.convolution import Convolution
from minidl.layers.spatial import place


class Conv1D(Convolution):
    """Convolution of sequences: x (N, T, C), w (S, C/G, M), b (M,), y (N, Q, M).

        z[n, q, m] = b[m] + sum over s, c  of  x[n, q stride + s dilation - left, c] w[s, c, m]

    Computed as a convolution of images of height 1.

    Args: those of `Conv2D`, with one number each, and one more padding: "causal" puts all zeros
    before the sequence, so that with a stride of 1 output q sees inputs up to time q only.

    Reference: van den Oord et al. (2016), "WaveNet: a generative model for raw audio", section 2.1
    (causal, dilated).
    """

    axes = ("T", "C")
    paddings = ("valid", "same", "causal")  # causal is for what has a direction

    def conv2d_kernel(self):
        """w (S, ...) -> (1, S, ...)."""
        return self.w.value[None]

    def convolve(self, x):
        """x (N, T, C) -> z (N, Q, M)."""
        return super().convolve(x[:, None])[:, 0]

    def input_gradient(self, dz, x):
        """dz (N, Q, M), x (N, T, C) -> dx (N, T, C)."""
        return super().input_gradient(dz[:, None], x[:, None])[:, 0]

    def kernel_gradient(self, x, dz):
        """x (N, T, C), dz (N, Q, M) -> dw."""
        return super().kernel_gradient(x[:, None], dz[:, None])

    def output_size(self, size):
        """The same for an image of size (1, T)."""
        return (1, *super().output_size(size[1:]))

    def geometry(self, size):
        """The same for an image of size (1, T)."""
        (stride,), (around,), (dilation,), groups = super().geometry(size[1:])
        return (1, stride), ((0, 0), around), (1, dilation), groups


class DepthwiseConv2D(Convolution):
    """Convolution of each channel by itself: x (N, H, W, C), w (R, S, C, D), y (N, P, Q, C D).

        z[n, p, q, c D + d] = b[c D + d] + sum over r, s  of  x[n, i, j, c] w[r, s, c, d]

    with i and j as in `convolution`. It is a convolution of C groups. A `Conv2D(M, 1)` after it
    mixes the channels; together they have R S C D + C D M weights, a full kernel R S C M.

    Args:
        depth_multiplier: D, how many kernels each channel has.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: for w. As in Keras, the
            initializer counts all C channels as inputs, though each output sees one.
        Others: see `Convolution`; there are no `filters` and no `groups`.

    Reference: Howard et al. (2017), "MobileNets", section 3.1, equations 3 to 5.
    """

    called = {"kernel": "depthwise"}  # in the arguments
    settled = ("groups",)

    def __init__(self, kernel_size, strides=1, padding="valid", depth_multiplier=1, **options):
        # One filter, until `build` knows C.
        super().__init__(1, kernel_size, strides, padding, groups=1, **options)
        self.depth_multiplier = checks.positive_integer("depth_multiplier", depth_multiplier)

    def build(self, shape, rng):
        """Create w (R, S, C, D) and b (C D,)."""
        self.check_sample(shape)
        self.groups, self.filters = shape[-1], shape[-1] * self.depth_multiplier
        return super().build(shape, rng)

    def kernel_shape(self, C):
        """Shape of w."""
        return (*self.kernel_size, C, self.depth_multiplier)

    def conv2d_kernel(self):
        """w (R, S, C, D) -> (R, S, 1, C D), as a convolution of C groups has it."""
        return self.w.value.reshape(*self.kernel_size, 1, self.filters)


class Conv2DTranspose(Convolution):
    """Transposed convolution: x (N, H, W, C), w (R, S, M/G, C), b (M,), y (N, P, Q, M).

    Every input paints the kernel, weighed by itself, onto a larger image; where paintings overlap
    they add up:

        z[n, i, j, m] = b[m] + sum over c and all p, r, q, s that give i, j  of
                               x[n, p, q, c] w[r, s, m, c]
        with  i = p sh + r dh - top   and   j = q sw + s dw - left

    This is dx of a `Conv2D` from M to C channels with the same arguments (its x is our y), so
    forward and backward change places: dx here is forward there. With the same w and without bias
    and activation, sum(y' * Conv2D(x')) = sum(Conv2DTranspose(y') * x'): each is the other's
    transpose.

    A stride sh maps sh different image heights to the same P. Going back, one must be chosen:

        "valid"    P = (H - 1) sh + max(span, sh)       span = (R - 1) dh + 1
        "same"     P = H sh
        with output_padding a:   "valid"  (H - 1) sh + span + a,   "same"  (H - 1) sh + span % 2 + a

    Args:
        output_padding: a, one integer or one for each axis, below the stride; None for the first
            two rules, which are those of Keras.
        Others: see `Convolution`.

    Reference: Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep learning",
    section 4.2 and relationship 14.
    """

    def __init__(
        self, filters, kernel_size, strides=1, padding="valid", output_padding=None, **options
    ):
        super().__init__(filters, kernel_size, strides, padding, **options)
        if output_padding is not None:
            output_padding = self.per_axis("output_padding", output_padding, at_least=0)
        self.output_padding = output_padding

    def kernel_shape(self, C):
        """Shape of w: that of a convolution from M to C channels."""
        return (*self.kernel_size, self.filters // self.groups, C)

    def place(self, axis, H, R):
        """Return (P, (before, after)): the length of y, and the padding of the `Conv2D` on y."""
        if H is None:
            return None, None
        stride, same = self.strides[axis], self.padding == "same"
        if self.output_padding is None:
            P = H * stride if same else (H - 1) * stride + max(R, stride)
        else:
            P = (H - 1) * stride + (R % 2 if same else R) + self.output_padding[axis]
        back, around = place(P, R, stride, self.padding)
        if back != H:
            raise ValueError(
                f"layer {self.name!r}: output_padding={self.output_padding} does not fit: from an "
                f"output of length {P}, windows of {R} at a stride of {stride} lead back to a "
                f"length of {back} and not {H}. It must be below the stride"
                + (", and above 0 for an even kernel with same padding" if same else "")
            )
        return P, around

    def convolve(self, x):
        """x (N, H, W, C) -> z (N, P, Q, M), without the bias."""
        size, geometry = self.output_size(x.shape[1:3]), self.geometry(x.shape[1:3])
        return self.ops.conv2d.input_gradient(x, self.conv2d_kernel(), size, *geometry)

    def input_gradient(self, dz, x):
        """dz (N, P, Q, M), x (N, H, W, C), of which only the size counts -> dx (N, H, W, C)."""
        return self.ops.conv2d.forward(dz, self.conv2d_kernel(), *self.geometry(x.shape[1:3]))

    def kernel_gradient(self, x, dz):
        """x (N, H, W, C), dz (N, P, Q, M) -> dw (R, S, M/G, C)."""
        return super().kernel_gradient(dz, x)
