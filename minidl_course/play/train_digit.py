"""The network of the drawing pad: two convolutions, trained on digits that are pulled about.

Every epoch sees each digit of MNIST turned, slanted, stretched, drawn thicker or thinner anew, and
then brought to the middle as the pad does it. So what the pad shows the network looks like what it
has learned from, whoever draws.
"""

import numpy as np
from scipy import ndimage

from minidl import utils
from minidl.datasets import mnist
from minidl.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from minidl.losses import SparseCategoricalCrossentropy
from minidl.models import Sequential
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course.play import weights
from minidl_course.play.centre import centred, resized

SIDE = 112  # of the pad: four of its pixels are one of the network's


def network(seed=0):
    """Images (N, 28, 28, 1) -> logits (N, 10)."""
    return Sequential(
        [
            Input((28, 28, 1)),
            Conv2D(8, 5, padding="same", activation="relu", name="conv1"),
            MaxPooling2D(2),
            Conv2D(16, 5, padding="same", activation="relu", name="conv2"),
            MaxPooling2D(2),
            Flatten(),
            Dense(48, "relu", name="hidden"),
            Dense(10, name="guess"),
        ],
        seed=seed,
    )


def pulled(image, rng):
    """Return a digit (28, 28), 0 to 1, turned, slanted, stretched, thicker or thinner; centred."""
    turn, slant = rng.uniform(-0.22, 0.22), rng.uniform(-0.25, 0.25)
    wide, high = np.exp(rng.uniform(-0.18, 0.18, 2))
    cos, sin = np.cos(turn), np.sin(turn)
    A = np.array([[cos, -sin], [sin, cos]]) @ np.array([[high, 0], [slant, wide]])
    middle = np.full(2, 13.5)
    image = ndimage.affine_transform(image, A, middle - A @ middle, order=1)
    thicker, amount = rng.random() < 0.5, rng.uniform(0, 0.9)
    around = (ndimage.maximum_filter if thicker else ndimage.minimum_filter)(image, (2, 2))
    return centred((1 - amount) * image + amount * around)


def moved(images, seed, side=SIDE):
    """Return digits as strangers draw them: each on a pad (side, side), of any size, anywhere."""
    rng = np.random.default_rng(seed)
    pads = np.zeros((len(images), side, side), np.float32)
    for pad, image in zip(pads, images):
        rows, columns = (np.flatnonzero(image.max(axis=axis) > 0.1) for axis in (1, 0))
        box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        scale = rng.uniform(0.3, 0.95) * side / max(box.shape)
        H, W = (max(1, round(n * scale)) for n in box.shape)
        r, c = rng.integers(side - H + 1), rng.integers(side - W + 1)
        large = ndimage.zoom(box, (H / box.shape[0], W / box.shape[1]), order=1)
        pad[r : r + H, c : c + W] = large[:H, :W]
    return pads


def accuracy(model, images, labels):
    """Share of images (N, 28, 28) whose largest logit is that of the label."""
    logits = model.predict(images[..., None], verbose=0)
    return float((logits.argmax(axis=1) == labels).mean())


def measured(model, images, labels, seed=1):
    """What the pad's reader may expect: shares right of the digits as they are, and moved."""
    pads = moved(images, seed)
    centres = np.array([centred(pad) for pad in pads])
    plain = np.array([resized(pad, 28, 28) for pad in pads], np.float32)
    return {
        "digits": len(images),
        "as they are": round(accuracy(model, images, labels), 4),
        "moved and resized": round(accuracy(model, centres, labels), 4),
        "moved and resized, not centred": round(accuracy(model, plain, labels), 4),
    }


def main(epochs=6, batch=64, seed=0):
    """Train on all of MNIST, measure with 8-bit weights, write weights/digit.json."""
    utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    (images, labels), (test_images, test_labels) = mnist.load_data()
    images, test_images = (a.astype(np.float32) / 255 for a in (images, test_images))
    model = network(seed)
    steps = epochs * -(-len(images) // batch)
    model.compile(Adam(CosineDecay(2e-3, steps)), SparseCategoricalCrossentropy(from_logits=True))
    for epoch in range(epochs):
        x = np.array([pulled(image, rng) for image in images])[..., None]
        model.fit(x, labels, batch, 1, verbose=0)
        print(
            f"epoch {epoch + 1}: test {accuracy(model, test_images, test_labels):.4f}", flush=True
        )
    weights.rounded(model)  # the browser's numbers are what is measured
    found = measured(model, test_images, test_labels)
    told = (
        f"Trained on 60,000 digits of MNIST. It reads {found['as they are']:.1%} of the 10,000 "
        f"test digits right, and {found['moved and resized']:.1%} when they are drawn at any "
        "size and place on this pad."
    ).replace("%", " %")
    arrays = {key: tensor.numpy() for key, tensor in model.tensors().items()}
    weights.write("digit", arrays, measured=found, told=told)
    print(found)
