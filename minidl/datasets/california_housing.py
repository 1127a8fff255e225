"""California housing: prices in 20,640 districts, from the census of 1990.

Pace and Barry, "Sparse spatial autoregressions", Statistics and Probability Letters 33, 1997. The
eight columns: income, age of the houses, rooms and bedrooms a household, population, people a
household, latitude, longitude. Prices above 500,000 dollars were cut off there.
"""

from minidl.datasets.files import fetch
from minidl.datasets.published import arrays, cut, keras_file, keras_orders

FILE = keras_file(
    folder="california_housing",
    name="california_housing.npz",
    size=743_530,
    sha256="1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
    offline="timeseries.load_co2(), numbers to predict that ship with statsmodels",
)
SMALL = 600


def load_data(version="large", path="california_housing.npz", test_split=0.2, seed=113):
    """Return `(x_train, y_train), (x_test, y_test)`, as Keras does.

    x_train (16512, 8), x_test (4128, 8), y_train (16512,), y_test (4128,); y is the median price of
    a district's houses in dollars.

    Args:
        version: "large", or "small": the first 600 districts alone, 480 and 120.
        path: what the file is called in `$MINIDL_DATA/california_housing` and in the cache, or its
            whole path.
        test_split: share that is for testing, at least 0 and below 1.
        seed: of the order.

    The first call downloads 0.7 MB. Raises `DataNotFoundError`, `CorruptDataError` (see `files`),
    and `ValueError` for another version or a test_split out of range.
    """
    if version not in ("small", "large"):
        raise ValueError(f'version must be "small" or "large"; got {version!r}')
    x, y = arrays(fetch(FILE, path), "x", "y")
    if version == "small":
        x, y = x[:SMALL], y[:SMALL]
    (order,) = keras_orders(seed, len(x))
    return cut(x[order], y[order], test_split)
