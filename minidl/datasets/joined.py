"""Words said one after the other: single recordings joined into strings, with pauses and noise.

Nobody has to mark by hand where a word begins: whoever joins recordings knows. Loaders:
`fsdd.load_strings` and `vowels.load_strings`.
"""

from typing import NamedTuple

import numpy as np

from minidl.base import checks
from minidl.datasets import audio


class Strings(NamedTuple):
    """Three arrays, which unpack in this order.

    sounds (N,) of float32 arrays (samples,).
    labels (N, K) int64: class + 1 of each word, then 0 to the end of the row, as `CTC` wants them.
    places (N, K, 2) int64: word k of string n is sounds[n][begin:end]; 0, 0 where there is none.
    """

    sounds: np.ndarray
    labels: np.ndarray
    places: np.ndarray


def join(draw, n, words, pauses, snr, rate, rng):
    """Return n `Strings`.

    Args:
        draw: draw(k, rng) returns k words as [(samples, class), ...], in one voice.
        n: N, how many strings.
        words: how many words each has; or (least, most), both included. K is the most.
        pauses: seconds before, between and behind the words, one draw for each: a number, or
            (least, most).
        snr: decibels of the words above the noise, likewise, one draw for each string; None: no
            noise.
        rate: samples a second.
        rng: a numpy Generator.

    Raises:
        ValueError: numbers that cannot be: negative pauses, least above most, no words.
    """
    N, (least, K) = checks.positive_integer("n", n), _pair("words", words)
    least, K = (checks.positive_integer("words", number) for number in (least, K))
    shortest, longest = (
        checks.finite_number("pauses", number, at_least=0) for number in _pair("pauses", pauses)
    )
    low, high = (0, 0) if snr is None else _pair("snr", snr)
    low, high = (checks.finite_number("snr", number) for number in (low, high))
    strings = Strings(np.empty(N, object), np.zeros((N, K), np.int64), np.zeros((N, K, 2), int))
    for i in range(N):
        said = draw(rng.integers(least, K + 1), rng)
        gaps = np.rint(rng.uniform(shortest, longest, len(said) + 1) * rate).astype(int)
        pieces, at = [np.zeros(gaps[0], np.float32)], gaps[0]
        for k, ((word, c), gap) in enumerate(zip(said, gaps[1:])):
            strings.labels[i, k], strings.places[i, k] = c + 1, (at, at + len(word))
            pieces += [word, np.zeros(gap, np.float32)]
            at += len(word) + gap
        x = np.concatenate(pieces)
        if snr is not None:
            x = audio.add_noise(x, rng.standard_normal(len(x)), rng.uniform(low, high))
        strings.sounds[i] = x.astype(np.float32)
    return strings


def _pair(name, limits):
    """Return (least, most) of a number or such a pair."""
    pair = tuple(limits) if isinstance(limits, tuple | list) else (limits, limits)
    if len(pair) != 2 or not pair[0] <= pair[1]:
        raise ValueError(f"{name} must be a number or a pair (least, most); got {limits!r}")
    return pair
