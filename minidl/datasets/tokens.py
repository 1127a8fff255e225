"""Texts as lists of word numbers, prepared as Keras prepares IMDB and Reuters.

Words are numbered by how often they occur: 1 is the most frequent. `prepare` moves these numbers
up to make room for three signs, 0 for padding, 1 for the start, 2 for words that are left out.
"""

import numpy as np


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
