"""ResNet50: 16 blocks that add to what passes them.

A block makes its channels few by a 1x1 convolution, looks around with 3x3, and makes them many
again. Where the size changes, the way around has a 1x1 convolution, too.

Reference: He, Zhang, Ren and Sun (2016), "Deep residual learning for image recognition", table 1,
50 layers. As in Keras, a stride stands in the first 1x1 convolution of a block.
"""

from minidl.applications.building import network, published
from minidl.applications.imagenet_utils import decode_predictions, preprocess_input
from minidl.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
    ZeroPadding2D,
)

__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]

OLDER = "https://github.com/keras-team/keras-applications/releases/download/resnet/"
FILES = (
    published("resnet50", "", 102_967_424, "2cb95161c43110f7111970584f804107", OLDER),
    published("resnet50", "_notop", 94_765_736, "4d473c1dd8becc155b73f8504c6f6626", OLDER),
)
BLOCKS, FILTERS = (3, 4, 6, 3), (64, 128, 256, 512)


def ResNet50(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="resnet50",
):
    """Return the network of 50 layers, 26 million parameters, as a Model; arguments as in `VGG16`.

    Without the top, `pooling` makes a vector of 2048 numbers of an image.
    """
    return network(
        _body,
        FILES,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
        pools=("avg_pool", "max_pool"),
    )


def _body(x, include_top):
    x = ZeroPadding2D(3, name="conv1_pad")(x)
    x = _convolution(x, "conv1", 64, 7, strides=2)
    x = Activation("relu", name="conv1_relu")(x)
    x = ZeroPadding2D(1, name="pool1_pad")(x)
    x = MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, (blocks, filters) in enumerate(zip(BLOCKS, FILTERS), 2):
        for b in range(1, blocks + 1):
            first, strides = b == 1, 2 if b == 1 and stage > 2 else 1
            x = _block(x, f"conv{stage}_block{b}", filters, strides, widen=first)
    return GlobalAveragePooling2D(name="avg_pool")(x) if include_top else x


def _block(x, name, filters, strides, widen):
    around = _convolution(x, f"{name}_0", 4 * filters, 1, strides=strides) if widen else x
    x = _convolution(x, f"{name}_1", filters, 1, strides=strides)
    x = Activation("relu", name=f"{name}_1_relu")(x)
    x = _convolution(x, f"{name}_2", filters, 3, padding="same")
    x = Activation("relu", name=f"{name}_2_relu")(x)
    x = _convolution(x, f"{name}_3", 4 * filters, 1)
    x = Add(name=f"{name}_add")([around, x])
    return Activation("relu", name=f"{name}_out")(x)


def _convolution(x, name, filters, size, **options):
    """A convolution and its batch normalization."""
    x = Conv2D(filters, size, name=f"{name}_conv", **options)(x)
    return BatchNormalization(epsilon=1.001e-5, name=f"{name}_bn")(x)
