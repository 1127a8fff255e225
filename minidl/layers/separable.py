"""A convolution in two steps: first every channel by itself, then the channels of each pixel."""

from minidl.layers.containers import Chain
from minidl.layers.convolution import Conv2D
from minidl.layers.convolution_variants import DepthwiseConv2D
from minidl.layers.regularization import regularized
from minidl.layers.weights import of_roles


class SeparableConv2D(Chain):
    """y = f(pointwise(depthwise(x))): a `DepthwiseConv2D` without bias, then a `Conv2D(M, 1)`.

        x (N, H, W, C)    depthwise w (R, S, C, D)    pointwise w (1, 1, C D, M), b (M,)
        y (N, P, Q, M)

    It has R S C D + C D M weights where a full kernel has R S C M.

    Args:
        filters: M.
        kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier: of the
            depthwise step, with D the last one.
        activation, use_bias, activity_regularizer, pointwise_* and bias_*: of the pointwise step.
        depthwise_*: of the depthwise step's kernel.
        options: `name`, `input_shape`, `trainable` (see `Layer`).

    Reference: Chollet (2017), "Xception: deep learning with depthwise separable convolutions",
    section 2.
    """

    handed_on = ("depthwise", "pointwise", "bias")
    settled = ("layers",)

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        *,
        activity_regularizer=None,
        **options,
    ):
        of_depthwise = {"data_format": data_format, "dilation_rate": dilation_rate}
        of_depthwise |= of_roles(options, "depthwise")
        of_pointwise = of_roles(options, "bias", pointwise="kernel")
        super().__init__(**options)
        places = (kernel_size, strides, padding, depth_multiplier)
        self.depthwise = DepthwiseConv2D(*places, use_bias=False, name="depthwise", **of_depthwise)
        f = regularized(activation, activity_regularizer)
        self.pointwise = Conv2D(
            filters, 1, activation=f, use_bias=use_bias, name="pointwise", **of_pointwise
        )
        self.layers = [self.depthwise, self.pointwise]
