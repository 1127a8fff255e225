"""Files that Keras publishes, and how its loaders shuffle, cut and prepare what is in them.

IMDB and Reuters are texts as lists of word numbers, by how often a word occurs: 1 is the most
frequent. `prepare` moves these numbers up to make room for three signs, 0 for padding, 1 for the
start, 2 for words that are left out.
"""

import io

import numpy as np

from minidl.datasets.files import DataFile

MIRRORS = ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/",)


def keras_file(folder, name, size, offline, sha256="", md5=""):
    """Describe a file by the checksum that Keras's own loader expects."""
    return DataFile(folder, name, size, sha256, MIRRORS, offline, packed=True, md5=md5)


def arrays(contents, *keys):
    """Return arrays of numbers from the contents of an .npz file."""
    with np.load(io.BytesIO(contents), allow_pickle=False) as file:
        return tuple(file[key] for key in keys)


def keras_orders(seed, *lengths):
    """Return for each length n the numbers below n, shuffled one after the other as in Keras."""
    generator = np.random.RandomState(seed)
    orders = [np.arange(n) for n in lengths]
    for order in orders:
        generator.shuffle(order)
    return orders


def cut(x, y, test_split):
    """Return (x_train, y_train), (x_test, y_test): the last part of both is for testing.

    Raises:
        ValueError: test_split is below 0, or not below 1.
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split must be at least 0 and below 1; got {test_split}")
    n = int(len(x) * (1 - test_split))
    return (x[:n], y[:n]), (x[n:], y[n:])


def prepare(rows, labels, start_char, index_from, maxlen):
    """Return (rows, labels): numbers moved up, the start marked, long rows left out.

    Args:
        rows: list of arrays (n_i,) of word numbers.
        labels: array (N,).
        start_char: number that is put before each row; None for none.
        index_from: how much is added to each word's number.
        maxlen: only rows shorter than that are kept, the start counted; None keeps all.

    Raises:
        ValueError: maxlen leaves no row.
    """
    rows = [row + (index_from or 0) for row in rows]
    if start_char is not None:
        rows = [np.concatenate([[start_char], row]) for row in rows]
    if maxlen:
        kept = [i for i, row in enumerate(rows) if len(row) < maxlen]
        if not kept:
            raise ValueError(
                f"no row is shorter than maxlen={maxlen}; the shortest has {min(map(len, rows))} "
                "numbers. Increase maxlen"
            )
        rows, labels = [rows[i] for i in kept], labels[kept]
    return rows, labels


def leave_out(rows, num_words, skip_top, oov_char):
    """Return an array (N,) of lists, with the words at both ends of the ranking left out.

    Args:
        rows: list of arrays (n_i,).
        num_words: numbers from here on are left out. None stands for the largest number that
            occurs, so that in Keras, and here, the rarest word is always left out.
        skip_top: numbers below are left out.
        oov_char: what stands for what is left out; None removes it.
    """
    num_words = num_words or max(row.max(initial=0) for row in rows)
    found = np.empty(len(rows), object)
    for i, row in enumerate(rows):
        kept = (skip_top <= row) & (row < num_words)
        found[i] = (row[kept] if oov_char is None else np.where(kept, row, oov_char)).tolist()
    return found
