"""VGG19: see `vgg`."""

from minidl.applications import vgg
from minidl.applications.building import network
from minidl.applications.imagenet_utils import decode_predictions, preprocess_input

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]

FILES = vgg.files(
    "vgg19",
    whole=(574_710_816, "cbe5617147190e668d6c5d5026f83318"),
    without_top=(80_134_624, "253f8cb515780f3b799900260a226db6"),
)


def VGG19(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="vgg19",
):
    """Return the network of 19 layers with weights, as a Model; for the arguments see `VGG16`."""
    return network(
        vgg.body((2, 2, 4, 4, 4)),
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
