"""Reuters: 11,228 short news of 1987 as lists of word numbers, each about one of 46 topics.

From Lewis's collection Reuters-21578. Keras publishes a part of it in the form of IMDB: each word
is replaced by its rank, and lists are pickled; `ragged` reads them without unpickling.
"""

import json

from minidl.datasets.files import fetch
from minidl.datasets.published import arrays, cut, keras_file, keras_orders, leave_out, prepare
from minidl.datasets.ragged import read_lists

OFFLINE = "text.load_sample(), one long text without labels"
FILE = keras_file(
    folder="reuters",
    name="reuters.npz",
    size=2_110_848,
    sha256="d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
    offline=OFFLINE,
)
WORDS = keras_file(
    folder="reuters",
    name="reuters_word_index.json",
    size=550_378,
    md5="4d44cc38712099c9e383dc6e5f11a921",
    offline=OFFLINE,
)
LABEL_NAMES = (
    *("cocoa", "grain", "veg-oil", "earn", "acq", "wheat", "copper", "housing", "money-supply"),
    *("coffee", "sugar", "trade", "reserves", "ship", "cotton", "carcass", "crude", "nat-gas"),
    *("cpi", "money-fx", "interest", "gnp", "meal-feed", "alum", "oilseed", "gold", "tin"),
    *("strategic-metal", "livestock", "retail", "ipi", "iron-steel", "rubber", "heat", "jobs"),
    *("lei", "bop", "zinc", "orange", "pet-chem", "dlr", "gas", "silver", "wpi", "hog", "lead"),
)


def load_data(
    path="reuters.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    test_split=0.2,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
):
    """Return the news as `(x_train, y_train), (x_test, y_test)`, as Keras does.

    x_train (8982,), x_test (2246,) of lists of word numbers, of different length; y_train (8982,),
    y_test (2246,) int64, topics 0..45 in the order of `get_label_names()`.

    `test_split` is the share of the news that is for testing, at least 0 and below 1; the file is
    looked for in `$MINIDL_DATA/reuters`. All other arguments: see `imdb.load_data`.

    The first call downloads 2 MB. Raises as `imdb.load_data`, and `ValueError` for a test_split
    out of range.
    """
    contents = fetch(FILE, path)
    (y,) = arrays(contents, "y")
    (order,) = keras_orders(seed, len(y))
    rows = read_lists(contents, "x")
    rows, y = prepare([rows[i] for i in order], y[order], start_char, index_from, maxlen)
    return cut(leave_out(rows, num_words, skip_top, oov_char), y, test_split)


def get_word_index(path="reuters_word_index.json"):
    """Return a dict from word to rank; `index_from` must be added to get the numbers in the news.

    Raises as `load_data`.
    """
    return json.loads(fetch(WORDS, path))


def get_label_names():
    """Return the names of the 46 topics."""
    return LABEL_NAMES
