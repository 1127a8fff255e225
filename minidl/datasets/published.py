"""Files that Keras publishes, and the order in which it shuffles them."""

import io

import numpy as np

from minidl.datasets.files import DataFile

MIRRORS = ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/",)


def keras_file(folder, name, size, offline, sha256="", md5=""):
    """Describe a file by the checksum that Keras's own loader expects."""
    return DataFile(folder, name, size, sha256, MIRRORS, offline, packed=True, md5=md5)


def arrays(contents, *keys):
    """Return arrays of numbers from the contents of an .npz file."""
    with np.load(io.BytesIO(contents), allow_pickle=False) as file:
        return tuple(file[key] for key in keys)


def keras_orders(seed, *lengths):
    """Return for each length n the numbers below n, shuffled one after the other as in Keras."""
    generator = np.random.RandomState(seed)
    orders = [np.arange(n) for n in lengths]
    for order in orders:
        generator.shuffle(order)
    return orders


def cut(x, y, test_split):
    """Return (x_train, y_train), (x_test, y_test): the last part of both is for testing.

    Raises:
        ValueError: test_split is below 0, or not below 1.
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split must be at least 0 and below 1; got {test_split}")
    n = int(len(x) * (1 - test_split))
    return (x[:n], y[:n]), (x[n:], y[n:])
