"""Strings of words: every sample comes from a word, a pause or the noise, and the places say so."""

import numpy as np
import pytest

from minidl.datasets import vowels
from minidl.datasets.audio import join

RATE = 1000


def _draw(k, rng):
    """k words, word c is 10 + c samples of c + 1."""
    return [(np.full(10 + c, c + 1, np.float32), c) for c in rng.integers(0, 4, k)]


def _joined(n=50, words=(2, 5), pauses=(0.003, 0.02), snr=None, seed=0):
    return join(_draw, n, words, pauses, snr, RATE, np.random.default_rng(seed))


def test_words_lie_where_the_places_say_and_all_else_is_silence():
    strings = _joined()
    assert strings.labels.shape == (50, 5) and strings.places.shape == (50, 5, 2)
    counts = (strings.labels > 0).sum(axis=1)
    assert set(counts) == {2, 3, 4, 5} and set(strings.labels.ravel()) == set(range(5))
    gaps = []
    for x, labels, places, K in zip(*strings, counts):
        assert x.dtype == np.float32
        assert (labels[:K] > 0).all() and not labels[K:].any() and not places[K:].any()
        rest = x.copy()
        for label, (begin, end) in zip(labels[:K], places):
            assert end - begin == 9 + label and (x[begin:end] == label).all()
            rest[begin:end] = 0
        assert not rest.any()
        gaps += np.diff([0, *places[:K].ravel(), len(x)])[::2].tolist()
    assert set(gaps) == set(range(3, 21))


def test_a_number_is_a_pair_of_equal_ones_and_no_pause_is_none():
    strings = _joined(words=3, pauses=0)
    assert (strings.labels > 0).all()
    assert all(len(x) == (9 + labels).sum() for x, labels, _ in zip(*strings))


def test_noise_is_as_loud_as_asked():
    one = {"words": 3, "pauses": 0.01, "n": 1}
    clean, noisy = (_joined(**one, snr=snr).sounds[0] for snr in (None, 12.0))
    power = [np.mean(a.astype(float) ** 2) for a in (clean, noisy - clean)]
    assert 10 * np.log10(power[0] / power[1]) == pytest.approx(12, abs=1e-3)
    loud = [_between(x, places) for x, _, places in zip(*_joined(60, snr=(5, 30)))]
    assert 10 * np.log10(max(loud) / min(loud)) == pytest.approx(25, abs=6)  # one draw a string


def _between(x, places):
    """The noise's power after the last word, as a share of that of the words."""
    words = np.concatenate([x[begin:end] for begin, end in places])
    return np.mean(x[places.max() :].astype(float) ** 2) / np.mean(words.astype(float) ** 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n must be an integer of at least 1"),
        ({"words": (0, 3)}, "words must be an integer of at least 1"),
        ({"words": (5, 3)}, r"words must be a number or a pair \(least, most\)"),
        ({"words": (1, 2, 3)}, "words must be a number or a pair"),
        ({"words": 2.5}, "words must be an integer"),
        ({"pauses": (-0.1, 0.1)}, "pauses must be a finite number of at least 0"),
        ({"pauses": (0.2, 0.1)}, "pauses must be a number or a pair"),
        ({"snr": (0, np.inf)}, "snr must be a finite number"),
    ],
)
def test_numbers_that_cannot_be_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        _joined(**options)


def test_strings_of_vowels_follow_their_seed_and_parts_differ():
    one, same, other = (vowels.load_strings(8, part) for part in ("train", "train", "test"))
    for a, b in zip(one, same):
        assert all(np.array_equal(x, y) for x, y in zip(a, b))
    assert not np.array_equal(one.labels, other.labels)
    assert set((one.labels > 0).sum(axis=1)) <= {3, 4, 5, 6, 7} and one.labels.max() <= 10
    for x, labels, places in zip(*one):
        inside = np.concatenate([x[b:e] for label, (b, e) in zip(labels, places) if label])
        assert len(inside) < len(x) and np.abs(x).max() <= 1.0
    with pytest.raises(ValueError, match='part must be "train" or "test"'):
        vowels.load_strings(3, "validation")
