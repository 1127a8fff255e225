"""One yardstick for machines that make digits, the same in every chapter that builds one."""

from typing import NamedTuple

import numpy as np
from scipy import linalg

from minidl.layers import Conv2D, Dense, Flatten, Input
from minidl.models import Model, Sequential
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay

SURE = 0.9  # a probability


class Verdict(NamedTuple):
    """What a `Judge` says of a set of images.

    Attributes:
        distance: of its features from those of real digits; 0 for the same distribution.
        sure: the share of images whose class the judge gives at least 0.9, from 0 to 1.
        classes: how many classes there are, by their entropy: 10 if all are as frequent, 1 if one
            is alone.
    """

    distance: float
    sure: float
    classes: float

    def __str__(self):
        distance, sure, classes = self
        return f"distance {distance:5.1f}   sure {sure:4.0%}   classes {classes:4.1f}"


class Judge:
    """A small convolutional network that has read real digits, and measures made ones.

    The distance of two sets of images is that of Fréchet between two Gaussians, which have the
    means and covariances of what the network's last hidden layer, of 64 units, answers to them. So
    it depends on the network: compare only numbers of the same judge, for sets of the same size.

    Args:
        images: real digits (N, 28, 28) or (N, 784), floats from 0 to 1.
        labels: their classes (N,), integers from 0 to 9.
        epochs: how long it reads them.
        seed: of the network and of the order of the digits.

    Reference: Heusel et al. (2017), "GANs trained by a two time-scale update rule", equation 6.
    """

    def __init__(self, images, labels, epochs=5, seed=0):
        row = [Conv2D(16, 5, 2, activation="relu"), Conv2D(32, 3, 2, activation="relu"), Flatten()]
        last = [Dense(64, "relu", name="features"), Dense(10, "softmax")]
        self.network = Sequential([Input((28, 28, 1)), *row, *last], seed=seed)
        steps = epochs * -(-len(images) // 50)
        self.network.compile(Adam(CosineDecay(3e-3, steps)), "sparse_categorical_crossentropy")
        self.network.fit(_as_images(images), labels, 50, epochs, verbose=0)
        features = self.network.get_layer("features").output
        self.both = Model(self.network.input, [features, self.network.output])
        self.real = _moments(self.both.predict(_as_images(images), verbose=0)[0])

    def __call__(self, images):
        """Return the `Verdict` on images (N, 28, 28) or (N, 784), floats from 0 to 1."""
        features, probabilities = self.both.predict(_as_images(images), verbose=0)
        frequencies = probabilities.mean(axis=0)
        return Verdict(
            frechet(*self.real, *_moments(features)),
            float((probabilities.max(axis=1) >= SURE).mean()),
            float(np.exp(-(frequencies * np.log(frequencies + 1e-30)).sum())),
        )

    def read(self, images):
        """Return the probabilities (N, 10) of the classes of images as above."""
        return self.both.predict(_as_images(images), verbose=0)[1]


def frechet(mean, covariance, other_mean, other_covariance):
    """Return the squared Fréchet distance of two Gaussians, means (K,), covariances (K, K).

        |m - m'|^2 + trace(C + C' - 2 (C C')^(1/2))

    Reference: Dowson and Landau (1982), "The Fréchet distance between multivariate normal
    distributions", equation 4.
    """
    # C C' has the eigenvalues of C^(1/2) C' C^(1/2), which are real and at least 0.
    eigenvalues = linalg.eigvals(covariance @ other_covariance).real
    root = np.sqrt(np.maximum(eigenvalues, 0)).sum()
    apart = np.sum((mean - other_mean) ** 2)
    return float(apart + np.trace(covariance + other_covariance) - 2 * root)


def _moments(features):
    features = features.astype(np.float64)
    return features.mean(axis=0), np.cov(features.T)


def _as_images(images):
    images = np.asarray(images, np.float32)
    if images.ndim not in (2, 3, 4) or images[:1].size != 784 or len(images) < 2:
        raise ValueError(
            f"digits are (N, 28, 28) or (N, 784), at least two of them; got {images.shape}"
        )
    if not (images.min() >= 0 and images.max() <= 1):  # not: a nan is refused, too
        raise ValueError(
            f"digits are floats from 0 (black) to 1; got {images.min():g} to {images.max():g}"
        )
    return images.reshape(-1, 28, 28, 1)
