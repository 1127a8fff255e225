"""Networks that others designed and trained: VGG16, VGG19 and ResNet50, as Keras has them.

    from minidl.applications.vgg16 import VGG16, preprocess_input, decode_predictions

    base = VGG16(weights="imagenet", include_top=False, input_shape=(96, 96, 3), pooling="avg")
    base.trainable = False
    model = Sequential([base, Dense(10, "softmax")])

| module | network | weights: whole, without the top |
|---|---|---|
| `vgg16` | 13 convolutions of 3x3 in 5 blocks | 553 MB, 59 MB |
| `vgg19` | 16 convolutions | 575 MB, 80 MB |
| `resnet50` | 16 residual blocks of 3 convolutions | 103 MB, 95 MB |

They learned to tell 1,000 classes of ImageNet from 1.3 million photographs. `weights="imagenet"`
takes the files that Keras publishes: from `$MINIDL_DATA/models` (set it to `~/.keras`, and those
that Keras downloaded are found), from the cache, or from the network (see `datasets.files`). They
are HDF5, so the package h5py is needed. `weights=None` needs nothing and begins at random.

Each module has `preprocess_input`, because a network wants its images as they were when it
learned, and `decode_predictions`, which names the classes. What is returned is a `Model`: add it to
a `Sequential`, call it on an `Input`, or cut it, `Model(base.input, base.get_layer(name).output)`.

Not here: MobileNet, whose ReLU stops at 6, which ours does not, and Keras's many others.
"""

from minidl.applications import imagenet_utils, resnet50, vgg16, vgg19
from minidl.applications.resnet50 import ResNet50
from minidl.applications.vgg16 import VGG16
from minidl.applications.vgg19 import VGG19

__all__ = ["VGG16", "VGG19", "ResNet50", "imagenet_utils", "resnet50", "vgg16", "vgg19"]
