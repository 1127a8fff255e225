"""How far one sequence is from another: in words, the error rate of speech and of translation."""

import numpy as np


def edit_distance(found, expected):
    """Return the fewest insertions, deletions and exchanges that make `found` of `expected`.

    Both are sequences of anything that can be compared. A table d (len(expected) + 1, len(found) +
    1) is filled row by row, of which only two are kept:

        d_ij = min(d_{i-1,j} + 1, d_{i,j-1} + 1, d_{i-1,j-1} + [expected_i is not found_j])

    Reference: Levenshtein (1966); Wagner and Fischer (1974), "The string-to-string correction
    problem".
    """
    _require_sequences(found, expected)
    row = list(range(len(found) + 1))
    for i, word in enumerate(expected, 1):
        before, row = row, [i]
        for j, other in enumerate(found, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (word != other)))
    return row[-1]


def word_error_rate(found, expected):
    """Return the edits that a list of N sequences needs, divided by the words expected in all.

    0 is perfect; more than 1 is possible, if too much was found. Raises `ValueError` for lists of
    different lengths, and if no words are expected at all.
    """
    _require_sequences(found, expected)
    if len(found) != len(expected):
        raise ValueError(f"{len(found)} sequences were found, and {len(expected)} are expected")
    _require_sequences(*found, *expected)
    words = sum(map(len, expected))
    if words == 0:
        raise ValueError("no words are expected: an error rate is a share of those")
    found, expected = ([np.asarray(one).tolist() for one in all_] for all_ in (found, expected))
    return sum(map(edit_distance, found, expected)) / words


def _require_sequences(*given):
    for one in given:
        try:
            len(one)
        except TypeError:
            raise TypeError(
                f"found and expected must be sequences, such as lists of words; got {one!r}"
            ) from None
