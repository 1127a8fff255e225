"""The networks of `scenes.py`: a detector by centres, a U-Net with Dice and votes.

They are those of chapters 15 and 16.
"""

import numpy as np

from minidl import Input, Model, losses
from minidl.initializers import Constant
from minidl.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    MaxPooling2D,
    UpSampling2D,
    add,
    concatenate,
)


def conv(x, M, stride=1):
    """3 x 3, batch normalization, ReLU."""
    x = Conv2D(M, 3, strides=stride, padding="same", use_bias=False)(x)
    return Activation("relu")(BatchNormalization(momentum=0.9)(x))


def detector(C=10, bias=-4.0, M=16):
    """Pages (H, W, 1) -> heat (H/4, W/4, C) before its sigmoid, and four sides (H/4, W/4, 4)."""
    page = Input((None, None, 1))
    half = conv(conv(page, M, stride=2), M)
    quarter = conv(conv(half, 2 * M, stride=2), 3 * M)
    eighth = conv(conv(quarter, 4 * M, stride=2), 4 * M)
    up = UpSampling2D(2)(Conv2D(3 * M, 1)(eighth))
    last = conv(add([quarter, up]), 3 * M)
    heat = Conv2D(C, 1, bias_initializer=Constant(bias))(last)
    return Model(page, [heat, Conv2D(4, 1)(last)])


def unet(skips=True, M=8, depth=3, says=(1, 2)):
    """Pages (H, W, 1) -> ink (H, W, 1) before its sigmoid, and votes for a centre (H, W, 2)."""
    page = Input((None, None, 1))
    h, kept = page, []
    for level in range(depth):
        h = conv(h, M * 2**level)
        kept.append(h)
        h = MaxPooling2D(2)(h)
    h = conv(h, M * 2**depth)
    for level in reversed(range(depth)):
        h = UpSampling2D(2)(h)
        if skips:
            h = concatenate([kept[level], h])
        h = conv(h, M * 2**level)
    return Model(page, [Conv2D(numbers, 1)(h) for numbers in says])


class DiceOfLogits(losses.Dice):
    """Dice of each page, behind a sigmoid."""

    def __init__(self):
        super().__init__(axis=(1, 2, 3))

    def each(self, t, z, ops):
        """Return (1 - Dice (N, 1), dz)."""
        p = 1 / (1 + np.exp(-z))
        loss, dp = super().each(t, p, ops)
        return loss, dp * p * (1 - p)


def votes(data, stride):
    """From each pixel of ink to the centre of its digit, in cells; the last number marks ink."""
    size = data.images.shape[1]
    y = np.zeros((len(data.images), size, size, 3), "float32")
    at = np.indices((size, size))[::-1].transpose(1, 2, 0) + 0.5  # x, y of each pixel
    for n, k in np.argwhere(data.classes >= 0):
        mine = data.masks[n] == k + 1
        middle = (data.boxes[n, k, :2] + data.boxes[n, k, 2:]) / 2
        y[n, mine, :2] = (middle - at[mine]) / stride
        y[n, mine, 2] = 1
    return y
