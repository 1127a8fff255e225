"""rt-polarity: 10,662 sentences and snippets from film reviews, half of them in praise.

Pang and Lee took them from Rotten Tomatoes: a snippet is positive if the review it stands for was
marked "fresh", negative if "rotten". Nobody read the snippets one by one, so a few praise in a
review that damns. All are in lower case, with blanks around punctuation marks. Reference: Pang and
Lee, "Seeing stars: Exploiting class relationships for sentiment categorization with respect to
rating scales", ACL 2005. Free for research.

There is no official split: results are published by cross-validation in ten folds, as in Kim,
"Convolutional neural networks for sentence classification", EMNLP 2014 (76.1 to 81.5 %).
"""

import numpy as np

from minidl.base.checks import positive_integer
from minidl.datasets.files import DataFile, fetch
from minidl.datasets.split import stratified_split

CLASS_NAMES = ("negative", "positive")
# The authors' archive is in Windows-1252 with a few broken characters. These are its lines in
# UTF-8, as they are used in most programs that compare themselves with Kim's.
_PATH = "cnn-text-classification-tf{}18762b459e21d9c70e5c242f8d43fc4e6db37a0d/data/rt-polaritydata/"
MIRRORS = (
    "https://raw.githubusercontent.com/dennybritz/" + _PATH.format("/"),
    "https://cdn.jsdelivr.net/gh/dennybritz/" + _PATH.format("@"),
)
OFFLINE = "tweets.load_data(), tweets instead of films"
# In the order of CLASS_NAMES.
FILES = (
    DataFile(
        folder="rt-polarity",
        name="rt-polarity.neg",
        size=612_506,
        sha256="2d11cfbc790f1cd96d78339f41ce53ced1efa83cd22d37d6788fa3fe3d17e2fd",
        mirrors=MIRRORS,
        offline=OFFLINE,
    ),
    DataFile(
        folder="rt-polarity",
        name="rt-polarity.pos",
        size=626_395,
        sha256="4134882974a28d0c7b5151256f0e33a6169984ee7372c279e673f1114f475d58",
        mirrors=MIRRORS,
        offline=OFFLINE,
    ),
)


def load_data(test_fraction=0.1, seed=0):
    """Return the sentences as `(x_train, y_train), (x_test, y_test)`.

    x_train, x_test (9596,), (1066,) of str; y_train, y_test int64, 1 for praise: numbers of
    `CLASS_NAMES`. Each class gives `test_fraction` of its sentences, rounded, to the test part;
    `seed` chooses which ones, and the order. The first call downloads 1.2 MB, unless the files
    are in `$MINIDL_DATA/rt-polarity` or in the cache.

    Raises `DataNotFoundError` with its remedies if a file is out of reach, `CorruptDataError` if
    one in `$MINIDL_DATA/rt-polarity` is damaged, and `ValueError` if the fraction is not between 0
    and 1, or leaves a part without a class.
    """
    return stratified_split(*_sentences(), test_fraction, seed)


def folds(k=10, seed=0):
    """Return the list of the k splits of a cross-validation, each in the form of `load_data`.

    Every sentence is in the test part of exactly one of them. Each fold has its share of both
    classes: their sizes differ by two at most. `seed` chooses who is in which, and the order.

    Raises as `load_data`, and `ValueError` if k is below 2 or above the sentences of a class.
    """
    x, y = _sentences()
    fewest = int(np.bincount(y).min())
    if not 2 <= positive_integer("k", k) <= fewest:
        raise ValueError(f"k={k}, but a cross-validation takes from 2 to {fewest} folds")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(y))
    fold = np.empty(len(y), np.int64)
    for c in range(len(CLASS_NAMES)):
        members = order[y[order] == c]
        fold[members] = np.arange(len(members)) % k
    splits = []
    for i in range(k):
        train, test = order[fold[order] != i], order[fold[order] == i]
        splits.append(((x[train], y[train]), (x[test], y[test])))
    return splits


def _sentences():
    """Return x (10662,) of str and y (10662,), negative ones first."""
    classes = [fetch(file).decode("utf-8").split("\n")[:-1] for file in FILES]
    x = np.array([line.strip() for lines in classes for line in lines], dtype=object)
    return x, np.repeat(np.arange(len(classes)), [len(lines) for lines in classes])
