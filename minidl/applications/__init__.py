"""A network that others designed and trained: VGG16, as Keras has it.

    from minidl.applications.vgg16 import VGG16, preprocess_input, decode_predictions

    base = VGG16(weights="imagenet", include_top=False, input_shape=(96, 96, 3), pooling="avg")
    base.trainable = False
    model = Sequential([base, Dense(10, "softmax")])

It learned to tell 1,000 classes of ImageNet from 1.3 million photographs. `weights="imagenet"`
takes the files that Keras publishes, of 553 MB, or 59 MB without the top: from
`$MINIDL_DATA/models` (set it to `~/.keras`, and those that Keras downloaded are found), from the
cache, or from the network (see `datasets.files`). They are HDF5, so the package h5py is needed.
`weights=None` needs nothing and begins at random.

`preprocess_input` makes images what they were when the network learned, and `decode_predictions`
names the classes. What is returned is a `Model`: add it to a `Sequential`, call it on an `Input`,
or cut it, `Model(base.input, base.get_layer(name).output)`.
"""

from minidl.applications import imagenet_utils, vgg16
from minidl.applications.vgg16 import VGG16

__all__ = ["VGG16", "imagenet_utils", "vgg16"]
