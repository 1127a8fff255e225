"""The networks of `scenes.py`: a detector by centres, a U-Net with Dice and votes, LeNet for blobs.

They are those of chapters 15 and 16.
"""

import numpy as np
from scipy import ndimage

from minidl import Input, Model, Sequential, losses, utils
from minidl.datasets import mnist
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
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course import detection
from minidl_course.chapters.common import lenet_layers

INK = 96  # from this grey on a pixel is ink


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


def crop(image, box):
    """What is in the box, stretched to 28 x 28, from 0 to 1."""
    x0, y0, x1, y1 = np.asarray(box, int)
    rows, columns = np.linspace(y0, y1 - 1, 28), np.linspace(x0, x1 - 1, 28)
    grid = np.meshgrid(rows, columns, indexing="ij")
    return ndimage.map_coordinates(image / 255.0, grid, order=1)


def around(digit):
    """The box around all ink of one digit."""
    y, x = np.nonzero(digit >= INK)
    return x.min(), y.min(), x.max() + 1, y.max() + 1


def blobs(image):
    """Boxes (M, 4) of connected ink, and the labels (H, W) of its pixels."""
    labels, _ = ndimage.label(image[..., 0] >= INK, np.ones((3, 3)))
    found = ndimage.find_objects(labels)
    corners = [(x.start, y.start, x.stop, y.stop) for y, x in found]
    return np.array(corners, float).reshape(-1, 4), labels


def crops(data):
    """Boxes of the blobs of every page, and what is in each of them (M, 28, 28, 1) of all."""
    found = [blobs(image)[0] for image in data.images]
    pictures = [crop(image[..., 0], b) for image, page in zip(data.images, found) for b in page]
    return found, np.array(pictures, "float32")[..., None]


def reader(data, seed, epochs=6, C=10, pages=500):
    """LeNet for digits, cut out as blobs are, and for class C: blobs that are no single digit."""
    found, pictures = crops(data._replace(images=data.images[:pages]))
    agree = [
        detection.iou(b, truth[classes >= 0]).max(axis=1)
        for b, truth, classes in zip(found, data.boxes, data.classes)
    ]
    scraps = pictures[np.concatenate(agree) < 0.5]
    (digits, labels), _ = mnist.load_sample()
    whole = [crop(d, around(d)) for d in digits]
    pictures = np.concatenate([np.array(whole, "float32")[..., None], scraps])
    labels = np.concatenate([labels, np.full(len(scraps), C)])
    utils.set_random_seed(seed)
    model = Sequential(lenet_layers(C + 1))
    steps = epochs * -(-len(labels) // 32)
    model.compile(Adam(CosineDecay(4e-3, steps)), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, 32, epochs, verbose=0)
    return model


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
