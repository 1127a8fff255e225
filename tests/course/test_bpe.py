"""Byte-pair encoding against a count from the start after every merge."""

import random
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from minidl_course.bpe import PIECE, BytePairs, learn

TEXTS = [
    "low " * 5 + "lower " * 2 + "newest " * 6 + "widest " * 3,
    "aaaa aaa aa a aaaaaaa",
    "The cat's 2026 hats -- 20 26, 2026!\n\n\tTabs  and   blanks \n",
    "\u00e9t\u00e9 \u00e9t\u00e9s \u4f60\u597d \u4f60\u597d\U0001f600\U0001f600",
    "",
]


def _naive(text, size):
    """Every piece as often as it stands there, all pairs counted anew for each merge."""
    words, merges = [list(piece) for piece in PIECE.findall(text.encode())], []
    while len(merges) < size - 256:
        counts = Counter(pair for word in words for pair in pairwise(word))
        best = min(counts, key=lambda pair: (-counts[pair], *pair), default=None)
        if best is None or counts[best] < 2:
            break
        merges.append(best)
        for word in words:
            i = 0
            while i < len(word) - 1:
                if (word[i], word[i + 1]) == best:
                    word[i : i + 2] = [255 + len(merges)]
                i += 1
    return merges, [i for word in words for i in word]


def _random_texts():
    draw = random.Random(0)
    return ["".join(draw.choices("aab bc", k=draw.randrange(2, 60))) for _ in range(50)]


@pytest.mark.parametrize("text", [*TEXTS, *_random_texts()])
def test_merges_and_ids_are_those_of_a_naive_count(text):
    merges, ids = _naive(text, 256 + 12)
    assert learn(text, 256 + 12) == merges
    np.testing.assert_array_equal(BytePairs(merges).encode(text), ids)


def test_by_hand():
    """e s stands there 9 times, as does s t; then es t; then l o, 7 times, as o w; then lo w."""
    merges = learn(TEXTS[0], 256 + 4)
    tokens = BytePairs(merges).tokens
    assert tokens[256:] == [b"es", b"est", b"lo", b"low"]
    assert BytePairs(merges).encode("lowest").tolist() == [259, 257]


@pytest.mark.parametrize("learned_from", TEXTS)
def test_any_bytes_come_back(learned_from):
    tokens, draw = BytePairs(learn(learned_from, 300)), np.random.default_rng(0)
    for _ in range(50):
        some = draw.integers(0, 256, draw.integers(0, 80)).astype("u1").tobytes()
        assert tokens.as_bytes(tokens.encode(some)) == some
    for text in TEXTS:
        assert tokens.decode(tokens.encode(text)) == text
    every = bytes(range(256)) * 2
    assert tokens.as_bytes(tokens.encode(every)) == every


def test_no_token_reaches_beyond_a_word_and_more_merges_make_fewer_tokens():
    text = " ".join(TEXTS) * 3
    lengths = []
    for size in (256, 260, 300):
        tokens = BytePairs(learn(text, size))
        lengths.append(len(tokens.encode(text)))
        assert not [
            token for token in tokens.tokens if len(token) > 1 and b" " in token[1:].strip()
        ]
    assert lengths[0] == len(text.encode()) > lengths[1] > lengths[2]


def test_a_letter_that_is_cut_through_is_shown_as_such():
    tokens = BytePairs([])
    assert tokens.decode(tokens.encode("\u00e9")[:1]) == "\ufffd" and len(tokens) == 256


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (lambda: learn("a", 255), ValueError, "size must be an integer of at least 256; got 255"),
        (lambda: learn("a", 2.5), ValueError, "size must be"),
        (lambda: learn(["a"], 256), TypeError, "a text is str or bytes; got list"),
        (lambda: BytePairs([]).encode(3), TypeError, "got int"),
        (lambda: BytePairs([]).decode([256]), ValueError, "there are 256 tokens; got the id 256"),
        (lambda: BytePairs([]).decode([-1]), ValueError, "integers from 0 on"),
        (lambda: BytePairs([]).decode([0.5]), ValueError, "integers from 0 on"),
        (lambda: BytePairs([]).decode([[1]]), ValueError, r"shape \(T,\)"),
    ],
)
def test_what_does_not_fit_is_explained(attempt, error, message):
    with pytest.raises(error, match=message):
        attempt()
