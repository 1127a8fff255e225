"""Free Spoken Digit Dataset: six people say each of the ten digits fifty times, in English.

3,000 recordings of 0.14 to 2.3 seconds, 8,000 samples a second, cut close to the sound. Collected
by Zohar Jackson and others, https://github.com/Jakobovski/free-spoken-digit-dataset, licence CC
BY-SA 4.0. Its test part are the recordings 0 to 4 of each digit and speaker: voices that training
has heard. Whether a network understands a voice that it has never heard is another question, and
`load_data(held_out="theo")` asks it.

`load_strings` joins recordings of one speaker into strings of digits, as a telephone number is read
out.
"""

import functools
import hashlib
import io
import re

import numpy as np

from minidl.base import archives
from minidl.datasets.audio import join, read_wav
from minidl.datasets.files import DataFile, fetch

RATE = 8000  # samples a second
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
CLASS_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEST_INDICES = range(5)
_NAME = re.compile(r"(?:^|/)recordings/(\d)_([a-z]+)_(\d+)\.wav$")


class _Recordings(DataFile):
    """An archive that is known by its recordings: a server packs it anew, in another folder."""

    def checksum(self, stream):
        """Return one SHA-256 of all recordings and their names."""
        try:
            return _recordings(stream.read())[1]
        except ValueError as error:
            return f"no tar archive to be read in it ({error})"


ARCHIVE = _Recordings(
    folder="fsdd",
    name="v1.0.10.tar.gz",
    size=15_560_503,
    sha256="e74524626105b8bab9b93dd1ab20a7f7c42eee9e30922bac921785e8cf933f84",
    mirrors=("https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/",),
    offline="vowels.load_data(), synthesised voices",
    packed=True,
)
UNPACKED = 100_000_000  # bytes
LOCAL_NAME = "free-spoken-digit-dataset.tar.gz"


def load_data(held_out=None):
    """Return the recordings as `(x_train, y_train), (x_test, y_test)`.

    x (N,) of float32 arrays (samples,), from -1 to 1; y (N,) int64, the digit. 2,700 and 300
    recordings, the official split; with `held_out`, a speaker of `SPEAKERS` or several, all of
    theirs are the test part. The first call downloads 16 MB, unless the archive is in
    `$MINIDL_DATA/fsdd` or in the cache.

    Raises `DataNotFoundError` with its remedies if the archive is out of reach, `CorruptDataError`
    if the one in `$MINIDL_DATA/fsdd` is damaged, and `ValueError` for an unknown speaker.
    """
    held_out = _speakers(held_out)
    x, y, speakers, indices = load_recordings()
    test = _is_test(speakers, indices, held_out)
    return (x[~test], y[~test]), (x[test], y[test])


def load_strings(
    n=1000, part="train", held_out=None, words=(3, 7), pauses=(0.05, 0.4), snr=(10, 40), seed=0
):
    """Return n strings of digits, `Strings(sounds, labels, places)`, each by one speaker.

    Every digit is as likely as any other, at each place, and so is every recording of it by that
    speaker. A label is the digit + 1: 0 fills up the rows, and is the blank of `CTC`.

    Args:
        n: how many.
        part: "train" or "test": which recordings they are made of; no test recording is ever in a
            training string.
        held_out: which are the test recordings, as in `load_data`.
        words: digits in a string, a number or (least, most).
        pauses: seconds of silence before, between and behind them, a number or (least, most).
        snr: decibels from the noise up to the string, a number or (least, most); None: no noise.
        seed: of the random numbers.

    Raises as `load_data`, and `ValueError` for numbers that cannot be.
    """
    held_out = _speakers(held_out)
    if part not in ("train", "test"):
        raise ValueError(f'part must be "train" or "test"; got {part!r}')
    x, y, speakers, indices = load_recordings()
    kept = _is_test(speakers, indices, held_out) == (part == "test")
    voices = np.unique(speakers[kept])
    recordings = {key: np.flatnonzero(kept & (speakers == key)) for key in voices}

    def draw(k, rng):
        own = recordings[rng.choice(voices)]
        digits = rng.choice(np.unique(y[own]), k)
        return [(x[rng.choice(own[y[own] == digit])], digit) for digit in digits]

    rng = np.random.default_rng([seed, part == "test"])
    return join(draw, n, words, pauses, snr, RATE, rng)


def load_recordings():
    """Return all (x, digits, speakers, indices), each (3000,); raises as `load_data`.

    x as there; speakers are str; indices 0 to 49, of the recordings of one digit by one speaker.
    """
    keys, sounds = _sounds(fetch(ARCHIVE, LOCAL_NAME))
    x = np.empty(len(sounds), object)
    x[:] = [sound.copy() for sound in sounds]
    digits, speakers, indices = zip(*keys)
    return x, np.array(digits), np.array(speakers), np.array(indices)


def _speakers(held_out):
    """Return held_out as a tuple of speakers, or None."""
    held_out = (held_out,) if isinstance(held_out, str) else held_out
    if held_out is not None and not set(held_out) < set(SPEAKERS):
        raise ValueError(f"held_out must be some of {', '.join(SPEAKERS)}; got {held_out!r}")
    return held_out


def _is_test(speakers, indices, held_out):
    """Return which recordings are in the test part."""
    return np.isin(indices, TEST_INDICES) if held_out is None else np.isin(speakers, held_out)


@functools.lru_cache(maxsize=1)
def _sounds(packed):
    """Return (keys, samples) of every recording, kept: each `load_strings` asks for them."""
    keys, contents = zip(*_recordings(packed)[0])
    return keys, [read_wav(one)[0] for one in contents]


@functools.lru_cache(maxsize=1)
def _recordings(packed):
    """Return ((digit, speaker, index), contents) of every recording in order, and a checksum."""
    held = archives.tarred(io.BytesIO(packed), _NAME.search, UNPACKED)
    named = ((_NAME.search(name), contents) for name, contents in held.items())
    found = sorted(((int(n[1]), n[2], int(n[3])), contents) for n, contents in named)
    checksum = hashlib.sha256()
    for key, contents in found:
        checksum.update(repr(key).encode() + contents)
    return found, f"SHA-256 {checksum.hexdigest()}"
