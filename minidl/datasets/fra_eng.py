"""Short sentences in English and French, written by the volunteers of Tatoeba.

Charles Kelly puts the pairs of Tatoeba (CC BY 2.0 FR) into a file for people who learn a language:
one pair a line, English, French and who wrote them, separated by tabs, the shortest English
sentences first. It grows from year to year, has 200,000 pairs and more, and no checksum. His
server turns programs away, so you fetch it with a browser, once: see `WHERE`.

A sentence often has several translations ("Go." has "Va !", "Marche.", "Bouge !"), and one of them
translates several sentences. Pairs that share a sentence, on either side, go to the same part:
what is tested was never seen, in English or in French. `references` gathers the translations of
each sentence, as BLEU wants them (Papineni et al., "BLEU: a method for automatic evaluation of
machine translation", ACL 2002).
"""

import io
import re

import numpy as np

from minidl.base import archives
from minidl.base.checks import positive_integer
from minidl.datasets.files import CorruptDataError, DataNotFoundError, own_copy

PAGE = "https://www.manythings.org/anki/"
MOST = 500_000_000  # bytes of fra.txt: today it has some 40 million
FOLDER, NAMES = "fra-eng", ("fra-eng.zip", "fra.txt")
WHERE = (
    f"  1. open {PAGE} in a browser, take fra-eng.zip (8 MB), and put it into the\n"
    f"     folder {FOLDER} inside the one that MINIDL_DATA names;"
)


def load_data(pairs=None, source="fra", test_fraction=0.1, seed=0):
    """Return the sentences as `(x_train, y_train), (x_test, y_test)`, arrays (N,) of str.

    Args:
        pairs: how many pairs, from the shortest English sentences on; all if not given.
        source: "fra": x is French and y English; "eng": the other way round.
        test_fraction: the share of the pairs in the test part, nearly.
        seed: chooses which ones, and the order.

    Reads `$MINIDL_DATA/fra-eng/fra-eng.zip`, or `fra.txt` as it is inside; likewise in the cache.

    Raises `DataNotFoundError`, which says where to get it, `CorruptDataError` if it is something
    else, and `ValueError` if the fraction leaves a part without a pair.
    """
    for name in NAMES:
        if path := own_copy(FOLDER, name):
            return split(read(path.read_bytes(), path), pairs, source, test_fraction, seed)
    raise DataNotFoundError(
        f"{FOLDER}/{NAMES[0]} is not on this machine, and its server gives it to browsers only.\n"
        f"Any one of these helps:\n{WHERE}\n"
        "  2. fra_eng_subset.load_data() has 5,000 short pairs, where these are at hand;\n"
        "  3. dates.load_data() is a translation that needs no file."
    )


def references(x, y):
    """Return (sentences, translations): each of x once, and the list of all it has in y."""
    found = {}
    for sentence, translation in zip(x, y):
        translations = found.setdefault(sentence, [])
        if translation not in translations:
            translations.append(translation)
    return list(found), list(found.values())


def read(contents, path):
    """Return [(English, French), ...] from the bytes of fra.txt, or of a zip file with it.

    Every kind of blank (French has a narrow one before "!") becomes an ordinary one.
    """
    try:
        if contents[:2] == b"PK":
            contents = archives.zipped(io.BytesIO(contents), MOST, ["fra.txt"])["fra.txt"]
        lines = contents.decode("utf-8").split("\n")
    except ValueError as error:
        raise CorruptDataError(
            f"{path}: neither fra-eng.zip nor its fra.txt ({error}). Take it anew from {PAGE}"
        ) from None
    rows = [line.split("\t")[:2] for line in lines if line.strip()]
    for number, row in enumerate(rows, start=1):
        if len(row) < 2:
            raise CorruptDataError(
                f"{path}: line {number} has no tab between English and French. Take it anew from "
                f"{PAGE}: a server may have sent a page in its place"
            )
    return [tuple(" ".join(text.split()) for text in row) for row in rows]


def split(rows, pairs, source, test_fraction, seed):
    """Divide [(English, French), ...]; the arguments and the result are those of `load_data`."""
    if source not in ("fra", "eng"):
        raise ValueError(f'source must be "fra" or "eng"; got {source!r}')
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction={test_fraction} must be between 0 and 1, such as 0.1")
    rows = rows if pairs is None else rows[: positive_integer("pairs", pairs)]
    rng = np.random.default_rng(seed)
    groups = _related(rows)
    wanted, test = round(test_fraction * len(rows)), []
    for g in rng.permutation(len(groups)):
        if len(test) + len(groups[g]) <= wanted:  # a large group would fill the test part
            test += groups[g]
    if not 0 < len(test) < len(rows):
        raise ValueError(
            f"test_fraction={test_fraction} of {len(rows)} pairs leaves a part without any"
        )
    held_out = set(test)
    train = [i for i in range(len(rows)) if i not in held_out]
    columns = [np.array(column, dtype=object) for column in zip(*rows)]
    x, y = columns[::-1] if source == "fra" else columns
    orders = rng.permutation(train), rng.permutation(test)
    return tuple((x[order], y[order]) for order in orders)


def _related(rows):
    """Return lists of numbers of rows: those that share a sentence, directly or by way of others.

    Two sentences count as the same if their words are the same: "Go!" and "Go." do.
    """
    root = {}

    def find(key):
        while root.setdefault(key, key) != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    keys = [[(i, *re.findall(r"\w+", row[i].lower())) for i in (0, 1)] for row in rows]
    for english, french in keys:
        root[find(english)] = find(french)
    groups = {}
    for i, (english, _) in enumerate(keys):
        groups.setdefault(find(english), []).append(i)
    return list(groups.values())
