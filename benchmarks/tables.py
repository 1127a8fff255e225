"""Tables of counts for chapter 19's text, smoothed by Kneser and Ney's rule, not Witten and Bell's.

    python benchmarks/tables.py

For 0 to 8 characters before, it prints the bits a character on the held-out tenth. Nothing is
chosen there but the number of characters, as on the page. NOTES.md has what came out.
"""

import numpy as np

from minidl.datasets import text


def numbered(ids, n, V):
    """One number for each n + 1 characters that stand in a row."""
    return sum(ids[j : len(ids) - n + j] * V ** (n - j) for j in range(n + 1))


def looked_up(asked, keys, values):
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[place] == asked, values[place], 0)


def kneser_ney(train, asked, longest, V):
    """The probability of each character of `asked` from the one at `longest` on.

    Interpolated, with discounts for counts of 1, 2 and more: Chen and Goodman (1999).
    Below the longest contexts it counts not how often characters were read in a row, but how many
    different ones stood before them.
    """
    rows, p = numbered(asked, longest, V), 1 / V
    for n in range(longest + 1):
        seen = numbered(train, n, V)
        if n < longest:
            seen = np.unique(numbered(train, n + 1, V)) % V ** (n + 1)
        keys, counts = np.unique(seen, return_counts=True)
        contexts, first = np.unique(keys // V, return_index=True)
        n1, n2, n3, n4 = (max(1, np.sum(counts == k)) for k in (1, 2, 3, 4))
        y = n1 / (n1 + 2 * n2)
        discounts = 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3
        taken = np.clip(discounts, 0, (1, 2, 3))[np.minimum(counts, 3) - 1]
        now = rows % V ** (n + 1)
        total = looked_up(now // V, contexts, np.add.reduceat(counts, first))
        given = looked_up(now // V, contexts, np.add.reduceat(taken, first))
        mixed = (looked_up(now, keys, counts - taken) + given * p) / np.maximum(total, 1)
        p = np.where(total > 0, mixed, p)
    return p


def main():
    corpus = text.load_shakespeare()
    vocabulary = text.CharacterVocabulary(corpus)
    V = len(vocabulary)
    train, held_out = text.chronological_split(vocabulary.encode(corpus))
    bits = []
    for n in range(9):
        before = train[len(train) - n :]
        p = kneser_ney(train, np.concatenate([before, held_out]), n, V)
        place = np.random.default_rng(n).integers(n, len(held_out))  # all that could follow there
        could = np.concatenate([[*held_out[place - n : place], c] for c in range(V)])
        whole = kneser_ney(train, could, n, V)[:: n + 1].sum()
        assert abs(whole - 1) < 1e-9, whole
        bits.append(-np.log2(p).mean())
        print(f"{n} characters before: {bits[-1]:.3f} bits")
    assert abs(min(bits) - 2.19) < 0.02


if __name__ == "__main__":
    main()
