"""The 8x8 digits of scikit-learn: small enough to look at the numbers.

1,797 digits written by 13 people, each scanned as a bitmap of 32x32 and counted down to 8x8: a
pixel is the number of ink dots, 0..16, in its block of 4x4. Source: Alpaydin and Kaynak, "Optical
Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998.
"""

import numpy as np

from minidl.datasets.split import stratified_split


def load_data(test_fraction=0.2, seed=0):
    """Return the digits as `(x_train, y_train), (x_test, y_test)`, without a network.

    x (N, 8, 8) float32 in 0..16, as stored (divide by 16 before you train); y (N,) int64 in 0..9.
    By default N is 1438 and 359. Each class gives `test_fraction` of its digits, rounded, to the
    test part; `seed` chooses which ones, and the order.

    Raises `ValueError` if the fraction is not between 0 and 1 or leaves a part without a class, and
    `ImportError` if scikit-learn, which ships the digits, is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(
            "digits.load_data() reads digits that ship with scikit-learn, which cannot be "
            "imported here: pip install scikit-learn"
        ) from error
    data = load_digits()
    x, y = data.images.astype(np.float32), data.target.astype(np.int64)  # (N, 8, 8), (N,)
    return stratified_split(x, y, test_fraction, seed)
