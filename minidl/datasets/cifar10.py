"""CIFAR-10: 60,000 small colour photographs of ten kinds of things.

Collected by Alex Krizhevsky, Vinod Nair and Geoffrey Hinton; described in Krizhevsky, "Learning
multiple layers of features from tiny images", technical report, University of Toronto, 2009.

The official binary version is a tar archive of six files, five to train on and one to test with.
Each holds 10,000 records of 3,073 bytes: a label, then 32 x 32 red values row by row, then as many
green and blue ones.
"""

import io

import numpy as np

from minidl.base import archives
from minidl.datasets.files import CorruptDataError, DataFile, fetch

CLASS_NAMES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
# The archive's own length and checksum, as its authors publish them (MD5 c32a1d4a...d87530).
ARCHIVE = DataFile(
    folder="cifar10",
    name="cifar-10-binary.tar.gz",
    size=170_052_171,
    sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9dddda3db29a59bca1dd",
    mirrors=("https://www.cs.toronto.edu/~kriz/",),
    offline="mnist.load_sample(), digits instead of photographs",
    packed=True,
)
TRAIN = tuple(f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6))
TEST = ("cifar-10-batches-bin/test_batch.bin",)
RECORD = 1 + 3 * 32 * 32
UNPACKED = 200_000_000  # bytes: the archive has 184,380,000, and what it says of its files


def load_data():
    """Return CIFAR-10 as `(x_train, y_train), (x_test, y_test)`.

    x_train (50000, 32, 32, 3), x_test (10000, 32, 32, 3), red, green, blue from 0 to 255;
    y_train (50000, 1), y_test (10000, 1), classes 0..9 in the order of `CLASS_NAMES`; all uint8,
    as in Keras. The first call downloads 170 MB, unless the archive is in `$MINIDL_DATA/cifar10`
    or in the cache.

    Raises `DataNotFoundError` with its remedies if the archive is out of reach, and
    `CorruptDataError` if the one in `$MINIDL_DATA/cifar10` is damaged.
    """
    return read(ARCHIVE)


def read(file):
    """Fetch an archive in the layout of the binary version; return what `load_data` returns.

    Raises what `files.fetch` raises, and `CorruptDataError` if the archive is laid out otherwise.
    """
    try:
        held = archives.tarred(io.BytesIO(fetch(file)), {*TRAIN, *TEST}.__contains__, UNPACKED)
    except ValueError as error:
        raise CorruptDataError(
            f"{file.name} is no .tar.gz archive as it should be: {error}"
        ) from None
    return _records(held, TRAIN, file.name), _records(held, TEST, file.name)


def _records(held, names, archive_name):
    """Read the files of these names from a dict; nothing is unpacked to the disk."""
    parts = []
    for name in names:
        contents = held.get(name)
        if contents is None:
            raise CorruptDataError(f"{archive_name} holds no file {name}")
        if not contents or len(contents) % RECORD:
            raise CorruptDataError(
                f"{name} in {archive_name} has {len(contents):,} bytes; expected a multiple of "
                f"{RECORD:,}, one label and 3 x 32 x 32 colour values a record"
            )
        parts.append(np.frombuffer(contents, np.uint8).reshape(-1, RECORD))
        if (label := parts[-1][:, 0].max()) >= len(CLASS_NAMES):
            raise CorruptDataError(
                f"{name} in {archive_name} has a label {label}; the classes are numbered from 0 to "
                f"{len(CLASS_NAMES) - 1}"
            )
    records = np.concatenate(parts)  # (N, 3073)
    pixels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)  # (N, 32, 32, 3)
    return np.ascontiguousarray(pixels), records[:, :1].copy()
