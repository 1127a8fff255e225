"""Small files in the layout of those that Keras publishes."""

import io

import numpy as np

from minidl.datasets import boston_housing, california_housing, imdb, reuters


def rows(n, seed=0):
    """An array of n lists of word numbers, of 0 to 1500 words, some above 2^16."""
    rng = np.random.default_rng(seed)
    found = np.empty(n, object)
    for i in range(n):
        found[i] = (rng.geometric(0.001, rng.integers(1, 40)) ** 2 % 90_000 + 1).tolist()
    found[n // 2] = rng.integers(1, 300, 2100).tolist()  # NumPy pickles it in three pieces
    found[n // 3] = [70_000]
    return found


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


CONTENTS = {
    imdb: npz(
        x_train=rows(30),
        y_train=np.arange(30) % 2,
        x_test=rows(20, 1),
        y_test=np.arange(20) % 2,
    ),
    reuters: npz(x=rows(25), y=np.arange(25) % 46),
    boston_housing: npz(x=np.arange(99.0).reshape(33, 3), y=np.arange(33.0)),
    california_housing: npz(x=np.arange(2800.0).reshape(700, 4), y=np.arange(700.0)),
}
