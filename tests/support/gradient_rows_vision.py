"""Rows of the gradient table: convolution, pooling and their kin, on images."""

from gradient_cases import LayerCase

from minidl import layers, regularizers

LAYERS = {}

LAYERS |= {
    "max pooling": LayerCase(lambda: layers.MaxPooling2D(), (2, 4, 6, 3)),
    "max pooling, windows that overlap": LayerCase(
        lambda: layers.MaxPooling2D((3, 2), (2, 1), "same"), (2, 5, 4, 3)
    ),
    "max pooling, a rest is left": LayerCase(lambda: layers.MaxPooling2D(2, (3, 2)), (1, 6, 5, 2)),
    "max pooling of a sequence": LayerCase(lambda: layers.MaxPooling1D(3, 2, "same"), (2, 6, 3)),
    "average pooling": LayerCase(lambda: layers.AveragePooling2D(), (2, 4, 6, 3)),
    "average pooling, windows that overlap": LayerCase(
        lambda: layers.AveragePooling2D((3, 2), (2, 1), "same"), (2, 5, 4, 3)
    ),
    "average pooling, a rest is left": LayerCase(
        lambda: layers.AveragePooling2D((2, 3), (3, 1)), (1, 6, 5, 2)
    ),
    "global max pooling": LayerCase(lambda: layers.GlobalMaxPooling2D(), (2, 3, 4, 5)),
    "global max pooling of a sequence": LayerCase(
        lambda: layers.GlobalMaxPooling1D(keepdims=True), (2, 4, 3)
    ),
    "global average pooling": LayerCase(
        lambda: layers.GlobalAveragePooling2D(keepdims=True), (2, 3, 4, 5)
    ),
    "global average pooling of a sequence": LayerCase(
        lambda: layers.GlobalAveragePooling1D(), (2, 4, 3)
    ),
}


def _conv(*arguments, kind=layers.Conv2D, shape=(2, 5, 4, 2), **options):
    return LayerCase(lambda: kind(*arguments, bias_initializer="ones", **options), shape)


_TRANSPOSED = {"kind": layers.Conv2DTranspose, "shape": (2, 3, 4, 2)}
_DEPTHWISE = {"kind": layers.DepthwiseConv2D, "shape": (2, 5, 4, 3)}
_SEQUENCE = {"kind": layers.Conv1D, "shape": (3, 7, 2)}

LAYERS |= {
    "conv": _conv(3, (3, 2)),
    "conv, same": _conv(3, (2, 3), padding="same"),
    "conv, one sample": _conv(2, 3, shape=(1, 4, 5, 3)),
    "conv, one pixel": _conv(4, 1, padding="same", shape=(3, 1, 1, 2)),
    "conv, a rest is left": _conv(2, 3, (2, 3), shape=(2, 6, 7, 1)),
    "conv, stride and same": _conv(3, (2, 3), (3, 2), "same"),
    "conv, stride above the kernel": _conv(2, (1, 2), (2, 3), shape=(2, 4, 6, 3)),
    "conv, dilation": _conv(2, (3, 2), dilation_rate=(2, 3), shape=(2, 6, 5, 3)),
    "conv, dilation, stride and same": _conv(2, 3, (2, 1), "same", dilation_rate=2),
    "conv, groups": _conv(6, 2, groups=3, shape=(2, 3, 4, 9)),
    "conv, groups of one": _conv(4, 2, groups=4, shape=(2, 3, 4, 4)),
    "conv, wide groups with stride": _conv(4, 3, 2, "same", groups=2, shape=(2, 5, 6, 6)),
    "conv, 1 x 1": _conv(5, 1),
    "conv, 1 x 1 with stride": _conv(5, 1, 2),
    "conv with tanh, three by three": _conv(3, 3, padding="same", activation="tanh"),
    "conv without bias": LayerCase(lambda: layers.Conv2D(3, 2, use_bias=False), (2, 4, 3, 2)),
    "conv with a price on its outputs": _conv(
        2, 2, activity_regularizer=regularizers.L1L2(0.3, 0.2)
    ),
    "conv of a sequence": _conv(4, 3, **_SEQUENCE),
    "conv of a sequence, all options": _conv(
        4, 3, 2, "same", dilation_rate=2, groups=2, activation="sigmoid", **_SEQUENCE
    ),
    "conv of a sequence, causal": _conv(4, 3, 2, "causal", dilation_rate=2, **_SEQUENCE),
    "depthwise conv": _conv((3, 2), **_DEPTHWISE),
    "depthwise conv, all options": _conv(
        (2, 3), (1, 2), "same", 2, dilation_rate=(2, 1), activation="tanh", **_DEPTHWISE
    ),
    "transposed conv": _conv(3, (3, 2), **_TRANSPOSED),
    "transposed conv, same": _conv(3, (3, 2), (2, 1), "same", **_TRANSPOSED),
    "transposed conv, stride above the kernel": _conv(3, (2, 1), 3, **_TRANSPOSED),
    "transposed conv, all options": _conv(
        4,
        3,
        (3, 2),
        "same",
        (2, 1),
        dilation_rate=(2, 1),
        groups=2,
        activation="tanh",
        **_TRANSPOSED,
    ),
    "upsampling": LayerCase(lambda: layers.UpSampling2D((2, 3)), (2, 3, 2, 3)),
    "upsampling, bilinear": LayerCase(
        lambda: layers.UpSampling2D((2, 3), interpolation="bilinear"), (2, 3, 4, 2)
    ),
    "zero padding": LayerCase(lambda: layers.ZeroPadding2D(((0, 2), (3, 1))), (2, 3, 2, 3)),
    "cropping": LayerCase(lambda: layers.Cropping2D(((0, 2), (1, 0))), (2, 4, 3, 2)),
    "residual": LayerCase(
        lambda: layers.Residual(
            [
                layers.Conv2D(3, 3, padding="same", activation="tanh"),
                layers.BatchNormalization(),
                layers.Conv2D(2, (1, 3), padding="same", activity_regularizer="l2"),
            ]
        ),
        (2, 3, 4, 2),
        True,
    ),
    "residual with projection": LayerCase(
        lambda: layers.Residual(
            layers.Conv2D(4, 3, 2, "same", activation="tanh"),
            layers.Conv2D(4, 1, 2, use_bias=False, activity_regularizer="l2"),
        ),
        (2, 5, 4, 3),
    ),
    "residual of dense layers": LayerCase(
        lambda: layers.Residual([layers.Dense(5, "tanh"), layers.Dense(3)]), (4, 3)
    ),
}


def _spectral(layer, shape, training=True):
    """u arrives in 99 rounds: only there the gradient with u held fixed is the whole gradient."""
    return LayerCase(
        lambda: layers.SpectralNormalization(layer(), power_iterations=99), shape, training
    )


LAYERS |= {
    "spectral normalization of dense": _spectral(lambda: layers.Dense(5, "tanh"), (4, 3)),
    "spectral normalization of steps": _spectral(lambda: layers.Dense(2), (2, 3, 4)),
    "spectral normalization of conv": _spectral(
        lambda: layers.Conv2D(3, (3, 2), 2, activation="tanh", kernel_regularizer="l2"),
        (2, 5, 4, 2),
    ),
    "spectral normalization of transposed conv": _spectral(
        lambda: layers.Conv2DTranspose(3, 2, activity_regularizer="l2"), (2, 3, 4, 2)
    ),
    "spectral normalization in inference, u as it is": _spectral(
        lambda: layers.Dense(5), (4, 3), False
    ),
}
