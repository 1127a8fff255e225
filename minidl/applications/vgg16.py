"""VGG16: convolutions of 3x3, and nothing else until the top.

Two 3x3 convolutions in a row see a window of 5x5, three of 7x7, with fewer weights than one large
kernel has, and with a ReLU between them. Five blocks each end in a pooling that halves the image;
the filters double from 64 to 512.

Reference: Simonyan and Zisserman (2015), "Very deep convolutional networks for large-scale image
recognition", table 1, column D.
"""

from minidl.applications.building import network, published
from minidl.applications.imagenet_utils import decode_predictions, preprocess_input
from minidl.layers import Conv2D, Dense, Flatten, MaxPooling2D

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]

BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))  # convolutions, filters
OLDER = "https://github.com/fchollet/deep-learning-models/releases/download/v0.1/"
FILES = (
    published("vgg16", "", 553_467_096, "64373286793e3c8b2b4e3219cbf3544b", OLDER),
    published("vgg16", "_notop", 58_889_256, "6d6bbae143d832006294945121d1f1fc", OLDER),
)


def VGG16(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="vgg16",
):
    """Return the network of 16 layers with weights, as a Model; layers are called as in Keras.

    Args:
        include_top: with the three Dense layers that tell classes apart: 138 million parameters,
            without them 15 million.
        weights: "imagenet" for those that Keras publishes; None for random ones; or the path of a
            file that Keras wrote, or `save_weights` here.
        input_tensor: what it begins with, if that is not an `Input` of its own: a Value.
        input_shape: of one image, (H, W, 3). Without the top any size from 32 x 32, also None; with
            it 224 x 224, unless the weights are others.
        pooling: without the top: "avg" or "max" over all places makes a vector of 512 numbers of
            an image; None returns the last block's (H / 32, W / 32, 512).
        classes: how many the top tells apart; with "imagenet" 1000.
        classifier_activation: of the last layer; None for what goes into a softmax.
        name: of the model.

    Give it images that went through `preprocess_input`.

    Raises:
        ValueError: arguments that contradict each other; a file that is damaged, or (MisfitError)
            of another network.
        DataNotFoundError: weights="imagenet", and the file is not on this machine and out of reach.
        ImportError: a file of Keras's, and h5py is not installed.
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
    )


def _body(x, include_top):
    for b, (convolutions, filters) in enumerate(BLOCKS, 1):
        for k in range(1, convolutions + 1):
            name = f"block{b}_conv{k}"
            x = Conv2D(filters, (3, 3), activation="relu", padding="same", name=name)(x)
        x = MaxPooling2D((2, 2), strides=(2, 2), name=f"block{b}_pool")(x)
    if include_top:
        x = Flatten(name="flatten")(x)
        x = Dense(4096, "relu", name="fc1")(x)
        x = Dense(4096, "relu", name="fc2")(x)
    return x
