"""A convolution in two steps: first every channel by itself, then the channels of each pixel."""

from minidl.layers.containers import Chain
from minidl.layers.convolution import Conv2D
from minidl.layers.convolution_variants import DepthwiseConv2D


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
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **options,
    ):
        super().__init__(**options)
        self.depthwise = DepthwiseConv2D(
            kernel_size,
            strides,
            padding,
            depth_multiplier,
            data_format,
            dilation_rate,
            use_bias=False,
            name="depthwise",
            depthwise_initializer=depthwise_initializer,
            depthwise_regularizer=depthwise_regularizer,
            depthwise_constraint=depthwise_constraint,
        )
        self.pointwise = Conv2D(
            filters,
            1,
            name="pointwise",
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=pointwise_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=pointwise_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=pointwise_constraint,
            bias_constraint=bias_constraint,
        )
        self.layers = [self.depthwise, self.pointwise]

    def split_activation(self):
        """As in `Layer`: the last activation is that of the pointwise step."""
        return self.without_activation()
