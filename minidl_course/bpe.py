"""Byte-pair encoding: tokens that are longer the more often they occur.

At first every byte is a token, 0 to 255. The two neighbours that stand side by side most often
become a token of their own, 256; then it is counted anew, and so on. What is learned are the pairs
in their order, and a text is encoded by merging them in that order. Any text has an encoding, since
any text is bytes, and joining the bytes of its tokens gives it back.

No token reaches beyond a word: a text is cut into pieces first, a word with the blank in front of
it, a number, signs, or blanks. So it is enough to count the pairs in each different piece once,
times how often the piece occurs, and after a merge to count anew in those pieces that changed.

    merges = learn(text, 512)
    tokens = BytePairs(merges)
    tokens.decode(tokens.encode("To be")) == "To be"

References: Sennrich, Haddow and Birch (2016), "Neural machine translation of rare words with
subword units", section 3.2 and algorithm 1; Radford et al. (2019), "Language models are
unsupervised multitask learners", section 2.2 (bytes, and pieces).
"""

import re
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np

from minidl.base import checks

BYTES = 256
_LETTER, _DIGIT = rb"A-Za-z\x80-\xff", rb"0-9"  # a letter beyond ASCII has bytes from 128 on
PIECE = re.compile(
    rb" ?[%b]+| ?[%b]+| ?[^\s%b%b]+|\s+(?!\S)|\s+" % (_LETTER, _DIGIT, _LETTER, _DIGIT)
)


def learn(text, size):
    """Return the pairs (a, b) that become the tokens 256, 257, ..., in this order.

    Args:
        text: str or bytes.
        size: how many tokens there will be, at least 256. There are fewer if before that no pair
            occurs twice. Of pairs that occur equally often the one with the smaller numbers wins.
    """
    checks.positive_integer("size", size, least=BYTES)
    pieces = Counter(PIECE.findall(_as_bytes(text)))
    words, times = [list(piece) for piece in pieces], list(pieces.values())
    counts, where = Counter(), defaultdict(set)  # of each pair; in which words it is
    for i, word in enumerate(words):
        for pair in pairwise(word):
            counts[pair] += times[i]
            where[pair].add(i)
    merges = []
    while len(merges) < size - BYTES and counts:
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        if counts[best] < 2:
            break
        for i in where.pop(best):
            for pair in pairwise(words[i]):
                counts[pair] -= times[i]
            words[i] = merged(words[i], best, BYTES + len(merges))
            for pair in pairwise(words[i]):
                counts[pair] += times[i]
                where[pair].add(i)
        counts = +counts  # without those of which none is left
        merges.append(best)
    return merges


def merged(ids, pair, new):
    """Return the list `ids` with `new` in the place of each pair, from left to right."""
    out, i = [], 0
    while i < len(ids):
        found = tuple(ids[i : i + 2]) == pair
        out.append(new if found else ids[i])
        i += 2 if found else 1
    return out


class BytePairs:
    """The tokens that `learn` found: text -> ids and back.

    Args:
        merges: list of pairs (a, b); pair number i is token 256 + i, made of earlier tokens.

    Attributes:
        tokens: list of bytes, each at its number.
    """

    def __init__(self, merges):
        self.tokens = [bytes([i]) for i in range(BYTES)]
        self.numbers, self._known = {}, {}
        for a, b in merges:
            self.numbers[a, b] = len(self.tokens)
            self.tokens.append(self.tokens[a] + self.tokens[b])

    def encode(self, text):
        """Return the ids of a text, str or bytes: (T,) int64."""
        ids = [i for piece in PIECE.findall(_as_bytes(text)) for i in self.merge(piece)]
        return np.array(ids, np.int64)

    def merge(self, piece):
        """Return the ids of a piece, bytes; the pair that was learned first is merged first."""
        if piece not in self._known:
            ids = list(piece)
            while known := set(pairwise(ids)) & self.numbers.keys():
                first = min(known, key=self.numbers.get)
                ids = merged(ids, first, self.numbers[first])
            self._known[piece] = ids
        return self._known[piece]

    def as_bytes(self, ids):
        """Return the bytes that ids (T,) stand for; ValueError if one is no token."""
        ids = np.asarray(ids)
        if ids.ndim != 1 or (ids.size and not (ids.dtype.kind in "iu" and ids.min() >= 0)):
            raise ValueError(f"ids are integers from 0 on, shape (T,); got {ids!r:.80}")
        if ids.size and ids.max() >= len(self):
            raise ValueError(f"there are {len(self)} tokens; got the id {ids.max()}")
        return b"".join(self.tokens[i] for i in ids.tolist())

    def decode(self, ids):
        """Return the text that ids (T,) stand for; where a letter is cut through, U+FFFD."""
        return self.as_bytes(ids).decode("utf-8", "replace")

    def __len__(self):
        """How many tokens there are: the width of the model's last layer."""
        return len(self.tokens)


def _as_bytes(text):
    if not isinstance(text, str | bytes):
        raise TypeError(f"a text is str or bytes; got {type(text).__name__}")
    return text.encode("utf-8") if isinstance(text, str) else text
