"""What goes into a network that learned on ImageNet, and what comes out: pixels, and classes."""

import json
import warnings

import numpy as np

from minidl.base import checks, config
from minidl.datasets.files import DataFile, fetch
from minidl.layers.calls import is_symbolic
from minidl.layers.layer import Layer
from minidl.layers.spatial import check_data_format

MEAN = (103.939, 116.779, 123.68)  # of blue, green and red, over the training images
CLASSES = DataFile(
    folder="models",
    name="imagenet_class_index.json",
    size=35_363,
    sha256="",
    md5="c2c37ea517e94d9795004a39431a14cb",
    mirrors=("https://storage.googleapis.com/download.tensorflow.org/data/",),
    offline="the numbers of the classes: preds.argmax(axis=1)",
    packed=True,
)


class CaffeInput(Layer):
    """Images (N, H, W, 3), red first, 0 to 255 -> blue first, each channel less its `MEAN`.

    VGG16 was trained with the library Caffe.
    """

    def build(self, shape, rng):
        """Check that a sample (H, W, 3) has three channels."""
        checks.axes(self, shape, ("H", "W", "C"))
        _check_channels(shape)
        return shape

    def forward(self, x, training=False):
        """y[..., c] = x[..., 2 - c] - MEAN[c]."""
        return x[..., ::-1] - self.ops.xp.asarray(MEAN, x.dtype), None

    def backward(self, dy, cache):
        """dx[..., c] = dy[..., 2 - c]."""
        return self.ops.xp.ascontiguousarray(dy[..., ::-1])


def preprocess_input(x, data_format=None):
    """Return images as VGG16 wants them: blue first, each channel less its mean.

    Args:
        x: images (N, H, W, 3), or one (H, W, 3), of any numbers from 0 to 255, red first. Or what
            `Input` or a layer returned: then this becomes a layer of that graph.
        data_format: None or "channels_last".

    Returns:
        A new array of that shape, in the dtype of x if it is a float, else `config.floatx()`.
        Keras writes into a float x; here x stays as it is.

    Warns if the numbers are not in 0..255, but in 0..1, say: the network would see black images.

    Raises:
        ValueError: other shapes, or the channels first.
    """
    check_data_format(data_format)
    if is_symbolic(x):
        return CaffeInput(name="preprocess_input")(x)
    x = checks.numeric("x", x)
    if x.ndim not in (3, 4):
        raise ValueError(f"expected images (N, H, W, 3), or one (H, W, 3); got shape {x.shape}")
    _check_channels(x.shape)
    _check_range(float(x.min()), float(x.max()))
    x = x.astype(x.dtype if x.dtype.kind == "f" else config.floatx(), copy=False)
    return x[..., ::-1] - np.array(MEAN, x.dtype)


def decode_predictions(preds, top=5):
    """Return the likeliest classes of each image, as a list of (WordNet's id, name, probability).

    Args:
        preds: outputs (N, 1000) of a network with its top, of 1,000 classes.
        top: how many, the likeliest first.

    The first call downloads their names, 35 kB.

    Raises:
        ValueError: another shape.
        DataNotFoundError: the names are not on this machine, and out of reach.
    """
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "decode_predictions knows the 1,000 classes of ImageNet, and expects outputs of shape "
            f"(N, 1000); got {preds.shape}. A network with classes of its own has names of its own"
        )
    checks.positive_integer("top", top)
    names = json.loads(fetch(CLASSES))
    best = preds.argsort(axis=1)[:, : -top - 1 : -1]  # (N, top)
    return [[(*names[str(k)], row[k]) for k in classes] for row, classes in zip(preds, best)]


def _check_channels(shape):
    if shape[-1] != 3:
        raise ValueError(
            f"expected images of three channels, red, green and blue; got shape {tuple(shape)}. "
            "Of a grey one (H, W) make np.repeat(x[..., None], 3, axis=-1)"
        )


def _check_range(low, high):
    """Warn of images that were scaled or preprocessed before."""
    told = (
        f"preprocess_input expects pixels from 0 to 255; got numbers from {low:.3g} to {high:.3g}"
    )
    if low < 0:
        warnings.warn(f"{told}: were they scaled or preprocessed already?", stacklevel=3)
    elif 0 < high <= 1:
        warnings.warn(f"{told}: multiply them by 255 first", stacklevel=3)
