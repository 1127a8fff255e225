"""Boston housing: prices of 506 districts, small, old, and not harmless.

Harrison and Rubinfeld, "Hedonic housing prices and the demand for clean air", J. Environmental
Economics and Management 5, 1978. One of its 13 columns, B, was made from the share of Black
residents, on the assumption that segregation raises prices: so use the set to discuss that, and
`california_housing` for anything else.
"""

from minidl.datasets.files import fetch
from minidl.datasets.published import arrays, cut, keras_file, keras_orders

FILE = keras_file(
    folder="boston_housing",
    name="boston_housing.npz",
    size=57_026,
    sha256="f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
    offline="timeseries.load_co2(), numbers to predict that ship with statsmodels",
)


def load_data(path="boston_housing.npz", test_split=0.2, seed=113):
    """Return `(x_train, y_train), (x_test, y_test)`, as Keras does.

    x_train (404, 13), x_test (102, 13), y_train (404,), y_test (102,), all float64; y is the
    median price of a district's houses in thousands of dollars.

    Args:
        path: what the file is called in `$MINIDL_DATA/boston_housing` and in the cache, or its
            whole path.
        test_split: share that is for testing, at least 0 and below 1.
        seed: of the order.

    The first call downloads 57 kB. Raises `DataNotFoundError`, `CorruptDataError` (see `files`),
    and `ValueError` for a test_split out of range.
    """
    x, y = arrays(fetch(FILE, path), "x", "y")
    (order,) = keras_orders(seed, len(x))
    return cut(x[order], y[order], test_split)
