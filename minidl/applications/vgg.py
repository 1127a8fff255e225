"""The VGG networks: convolutions of 3x3, and nothing else until the top.

Two 3x3 convolutions in a row see a window of 5x5, three of 7x7, with fewer weights than one large
kernel has, and with a ReLU between them. Five blocks each end in a pooling that halves the image;
the filters double from 64 to 512.

Reference: Simonyan and Zisserman (2015), "Very deep convolutional networks for large-scale image
recognition", table 1, columns D (VGG16) and E (VGG19).
"""

from minidl.applications.building import published
from minidl.layers import Conv2D, Dense, Flatten, MaxPooling2D

FILTERS = (64, 128, 256, 512, 512)
OLDER = "https://github.com/fchollet/deep-learning-models/releases/download/v0.1/"


def files(name, whole, without_top):
    """Return the two files of a network; whole, without_top: (bytes, MD5)."""
    return published(name, "", *whole, OLDER), published(name, "_notop", *without_top, OLDER)


def body(convolutions):
    """Return the function of (image, include_top) for so many convolutions in each block."""

    def layers(x, include_top):
        for b, (n, filters) in enumerate(zip(convolutions, FILTERS), 1):
            for k in range(1, n + 1):
                name = f"block{b}_conv{k}"
                x = Conv2D(filters, (3, 3), activation="relu", padding="same", name=name)(x)
            x = MaxPooling2D((2, 2), strides=(2, 2), name=f"block{b}_pool")(x)
        if include_top:
            x = Flatten(name="flatten")(x)
            x = Dense(4096, "relu", name="fc1")(x)
            x = Dense(4096, "relu", name="fc2")(x)
        return x

    return layers
