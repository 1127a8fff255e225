"""A fifth of CIFAR-10, for machines that cannot download the whole: 10,000 + 2,000 photographs.

The pictures come from JPEG copies, so their pixels differ a little from the official ones. Results
on this subset are therefore published under its own name, never as results on CIFAR-10. The
archive travels with the development machines of this project and is not for download.
"""

from minidl.datasets import cifar10
from minidl.datasets.files import DataFile, DataNotFoundError

CLASS_NAMES = cifar10.CLASS_NAMES
ARCHIVE = DataFile(
    folder="cifar10-subset",
    name="cifar-10-subset-binary.tar.gz",
    size=34_653_847,
    sha256="10249ad25a10c0e38c3dd43fb970347d4143acf584a53ebf5d233caf345fef18",
    mirrors=(),
    offline="shapes.load_data()",
    packed=True,
)


def load_data():
    """Return the subset as `(x_train, y_train), (x_test, y_test)`, in the form of `cifar10`.

    x_train (10000, 32, 32, 3), x_test (2000, 32, 32, 3), y_train (10000, 1), y_test (2000, 1), all
    uint8; 1,000 and 200 pictures of each class of `CLASS_NAMES`.

    Raises `DataNotFoundError` if the archive is not on this machine, and `CorruptDataError` if the
    one in `$MINIDL_DATA/cifar10-subset` is damaged.
    """
    try:
        return cifar10.read(ARCHIVE)
    except DataNotFoundError:
        raise DataNotFoundError(
            f"the subset of CIFAR-10 is not on this machine, and it cannot be downloaded: it is a "
            "stand-in for machines without a network, made from JPEG copies.\n"
            "Any one of these helps:\n"
            "  1. cifar10.load_data() loads the real thing, all 60,000 photographs (170 MB);\n"
            "  2. shapes.load_data() draws colour images that need no file;\n"
            "  3. if you have the archive, set MINIDL_DATA to a folder that holds\n"
            f"     {ARCHIVE.folder}/{ARCHIVE.name}."
        ) from None
