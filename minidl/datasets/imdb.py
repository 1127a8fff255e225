"""IMDB: 50,000 film reviews as lists of word numbers, half of them good and half bad.

Collected by Maas, Daly, Pham, Huang, Ng and Potts: "Learning word vectors for sentiment analysis",
ACL 2011. Keras publishes them with every word replaced by its rank. The lists are pickled in its
file; `ragged` reads them without unpickling.
"""

import json

from minidl.datasets.files import fetch
from minidl.datasets.published import arrays, keras_file, keras_orders, leave_out, prepare
from minidl.datasets.ragged import read_lists

OFFLINE = "text.load_sample(), one long text without labels"
FILE = keras_file(
    folder="imdb",
    name="imdb.npz",
    size=17_464_789,
    sha256="69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    offline=OFFLINE,
)
WORDS = keras_file(
    folder="imdb",
    name="imdb_word_index.json",
    size=1_641_221,
    md5="bfafd718b763782e994055a2d397834f",
    offline=OFFLINE,
)


def load_data(
    path="imdb.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
):
    """Return the reviews as `(x_train, y_train), (x_test, y_test)`, as Keras does.

    x_train, x_test (25000,) of lists of word numbers, of different length; y_train, y_test (25000,)
    int64, 1 for a good review. `utils.pad_sequences` makes an array of lists.

    Args:
        path: what the file is called in `$MINIDL_DATA/imdb` and in the cache, or its whole path.
        num_words: only the numbers below are kept, the most frequent words; None: see
            `published.leave_out`.
        skip_top: numbers below are left out, such as those of the most frequent words.
        maxlen: only reviews shorter than that are kept.
        seed: of the order of the reviews.
        start_char: number that opens each review; None for none.
        oov_char: number that stands for words left out; None removes them.
        index_from: added to each word's rank, so that 1 and 2 are free.

    The first call downloads 17 MB. Raises `DataNotFoundError`, `CorruptDataError` (see `files`),
    and `ValueError` if maxlen leaves no review.
    """
    contents = fetch(FILE, path)
    labels = arrays(contents, "y_train", "y_test")
    parts = []
    for name, y, order in zip(("x_train", "x_test"), labels, keras_orders(seed, *map(len, labels))):
        rows = read_lists(contents, name)
        rows, y = [rows[i] for i in order], y[order]
        parts.append(prepare(rows, y, start_char, index_from, maxlen))
    (train, y_train), (test, y_test) = parts
    x = leave_out(train + test, num_words, skip_top, oov_char)
    return (x[: len(train)], y_train), (x[len(train) :], y_test)


def get_word_index(path="imdb_word_index.json"):
    """Return a dict from word to rank; `index_from` must be added to get the numbers in a review.

    Raises as `load_data`.
    """
    return json.loads(fetch(WORDS, path))
