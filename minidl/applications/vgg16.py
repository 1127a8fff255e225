"""VGG16: see `vgg`."""

from minidl.applications import vgg
from minidl.applications.building import network
from minidl.applications.imagenet_utils import decode_predictions, preprocess_input

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]

FILES = vgg.files(
    "vgg16",
    whole=(553_467_096, "64373286793e3c8b2b4e3219cbf3544b"),
    without_top=(58_889_256, "6d6bbae143d832006294945121d1f1fc"),
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
        vgg.body((2, 2, 3, 3, 3)),
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
