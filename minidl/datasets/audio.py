"""Sound as numbers: from a file to samples, from samples to a picture of frequencies over time.

A sound is pressure, measured `rate` times a second: x (samples,), from -1 to 1. A network reads its
log-mel spectrogram. Frame t holds W samples from t * hop on, weighted by a Hann window h:

    (1) X_tf = sum_n h_n x_{t hop + n} exp(-2 pi i f n / W)       h_n = (1 - cos(2 pi n / W)) / 2
    (2) P_tf = |X_tf|^2 / sum_n h_n^2                             power, f = 0 .. W / 2
    (3) M_tb = sum_f P_tf F_fb                                    in bands as wide as pitches sound
    (4) log(M_tb + floor)                                         loudness is heard in ratios

The mel of a frequency in hertz, 2595 log10(1 + hz / 700), is nearly linear up to 1,000 Hz and
logarithmic above. Bands are triangles, evenly spaced in mel, each from the middle of the one before
to the middle of the next.

`join` makes strings of single recordings: nobody has to mark by hand where a word begins, since
whoever joins them knows. `fsdd.load_strings` and `vowels.load_strings` do.

Reference: Davis and Mermelstein (1980), "Comparison of parametric representations for monosyllabic
word recognition in continuously spoken sentences"; O'Shaughnessy (1987), "Speech communication",
for the mel.
"""

import functools
import io
import pathlib
import warnings
import wave
from typing import NamedTuple

import numpy as np

from minidl.base.checks import finite_number, positive_integer

CLIPPED = 0.01  # share of samples at their end from which a sound counts as clipped
RATES = 1000, 1_000_000  # samples a second that a header may claim


def read_wav(source, rate=None):
    """Return (x, rate): the samples (n,) float32, from -1 to 1, of a WAV file.

    Args:
        source: a path, or the contents of a file as bytes. PCM of 8, 16, 24 or 32 bits. Several
            channels become their mean.
        rate: samples a second to be had; the file's own if not given. Another one is computed
            (`scipy.signal.resample_poly`).

    Raises:
        ValueError: no WAV file, or none of PCM; no samples, or fewer than its header says; a header
            that claims a rate or a width that no sound has.

    Warns where a hundredth of the samples stands at the end of what the numbers hold: a sound that
    was cut off there is distorted.
    """
    where = "these bytes" if isinstance(source, bytes) else str(source)
    whole = source if isinstance(source, bytes) else pathlib.Path(source).read_bytes()
    try:
        with wave.open(io.BytesIO(whole)) as file:
            channels, width, found, frames = file.getparams()[:4]
            contents = file.readframes(frames)
    except (wave.Error, EOFError, RuntimeError) as error:  # RuntimeError: a part of a false size
        raise ValueError(
            f"{where}: no WAV file of plain PCM samples ({str(error) or 'it ends too early'}). "
            "Save the sound as WAV, 16 bit PCM"
        ) from None
    if not frames or len(contents) != frames * channels * width:
        raise ValueError(
            f"{where}: the header says {frames:,} samples of {channels * width} bytes, and "
            f"{len(contents):,} bytes are there"
        )
    if width > 4 or not RATES[0] <= found <= RATES[1]:
        raise ValueError(
            f"{where}: the header says {found:,} samples a second of {8 * width} bits; expected "
            f"{RATES[0]:,} to {RATES[1]:,} of 8, 16, 24 or 32 bits. Save the sound as WAV, 16 bit "
            "PCM"
        )
    x = _numbers(contents, width).reshape(frames, channels)
    largest = 2.0 ** (8 * width - 1)
    if np.mean((x >= largest - 1) | (x <= -largest)) > CLIPPED:
        warnings.warn(f"{where} is clipped: record it at a lower level", stacklevel=2)
    x = (x.mean(axis=1) / largest).astype(np.float32)
    if rate is None or rate == found:
        return x, found
    from scipy.signal import resample_poly

    return resample_poly(x, positive_integer("rate", rate), found).astype(np.float32), rate


def _numbers(contents, width):
    """Return the samples of a WAV file as float64: little-endian, with a sign but for 8 bits."""
    if width == 1:
        return np.frombuffer(contents, np.uint8) - 128.0
    wide = np.zeros((len(contents) // width, 4), np.uint8)
    wide[:, 4 - width :] = np.frombuffer(contents, np.uint8).reshape(-1, width)  # the high bytes
    return wide.view("<i4")[:, 0] / 2.0 ** (32 - 8 * width)


def stft(x, size=256, hop=128):
    """Return X (T, size / 2 + 1) complex, equation (1): T = 1 + (samples - size) // hop frames.

    A sound shorter than one frame is filled up with zeros to one. Raises `ValueError` for samples
    that are not finite, of more than one axis, or none.
    """
    x = _samples(x)
    size, hop = positive_integer("size", size), positive_integer("hop", hop)
    x = np.pad(x, (0, max(0, size - len(x))))
    frames = np.lib.stride_tricks.sliding_window_view(x, size)[::hop]  # (T, size)
    return np.fft.rfft(frames * hann(size))


def hann(size):
    """Return h (size,): 0 at the first sample, 1 in the middle; its copies at size / 2 add to 1."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)


def mel_filters(bands, size, rate, low=0.0, high=None):
    """Return F (size / 2 + 1, bands): equation (3), triangles of height 1 from `low` to `high` Hz.

    `high` is half the rate if not given, the highest frequency that the samples can hold. Raises
    `ValueError` for bounds beyond, and for bands so narrow that no frequency lies in one.
    """
    high = rate / 2 if high is None else high
    low, high = finite_number("low", low, at_least=0), finite_number("high", high)
    if not low < high <= rate / 2:
        raise ValueError(f"bands lie between 0 and rate / 2 = {rate / 2} Hz; got {low} to {high}")
    ends = np.linspace(mel(low), mel(high), positive_integer("bands", bands) + 2)
    left, middle, right = ends[:-2], ends[1:-1], ends[2:]
    m = mel(np.arange(size // 2 + 1) * rate / size)[:, None]
    filters = np.maximum(
        0, np.minimum((m - left) / (middle - left), (right - m) / (right - middle))
    )
    empty = np.flatnonzero(filters.sum(axis=0) == 0)
    if empty.size:
        raise ValueError(
            f"band {empty[0]} of {bands} lies between two frequencies of frames of {size} samples: "
            "take fewer bands or longer frames"
        )
    return filters


def mel(hertz):
    """Return the mel of frequencies in hertz: how high they sound."""
    return 2595 * np.log10(1 + np.asarray(hertz) / 700)


def log_mel(x, rate, bands=40, size=256, hop=128, floor=1e-6):
    """Return the log-mel spectrogram (T, bands) float32 of samples x (n,): equations (1) to (4).

    `floor` is added to the power of a band: silence must have a logarithm. Errors: those of `stft`
    and `mel_filters`.
    """
    power = np.abs(stft(x, size, hop)) ** 2
    weight, filters = _weights(bands, size, rate)
    return np.log(power / weight @ filters + floor).astype(np.float32)


@functools.lru_cache(maxsize=8)
def _weights(bands, size, rate):
    """Return sum_n h_n^2 and F, which are the same for every sound."""
    return (hann(size) ** 2).sum(), mel_filters(bands, size, rate)


def add_noise(x, noise, snr):
    """Return x + a * noise, with a such that x has `snr` decibels more power than a * noise.

    Args:
        x: samples (n,), the sound.
        noise: (n,), for instance `rng.standard_normal(len(x))`, or a recording of a street.
        snr: 10 log10 of the ratio of both powers, the means of the squares: 20 is ten times the
            pressure, 0 equally loud. A silent x gets no noise.

    Raises `ValueError` for sounds that `stft` would refuse, of different lengths, and for silent
    noise, which nothing makes loud.
    """
    x, noise = _samples(x), _samples(noise)
    if len(x) != len(noise) or not noise.any():
        raise ValueError(
            f"noise must have the {len(x):,} samples of x, not all of them 0; got {len(noise):,}"
        )
    powers = [np.mean(np.square(one, dtype=np.float64)) for one in (x, noise)]
    a = np.sqrt(powers[0] / powers[1] / 10 ** (finite_number("snr", snr) / 10))
    return (x + a * noise).astype(np.result_type(x, np.float32))


def shift(x, samples):
    """Return x (n,) heard so many samples later, earlier if negative, with silence moving in."""
    x, y = _samples(x), np.zeros_like(x)
    n = max(0, len(x) - abs(samples))
    y[max(0, samples) :][:n] = x[max(0, -samples) :][:n]
    return y


def _samples(x):
    """Return x as an array, if it is a sound."""
    x = np.asarray(x)
    if x.ndim != 1 or not x.size or not np.isfinite(x).all():
        raise ValueError(f"a sound is a row of finite samples (n,), at least one; got {x.shape}")
    return x


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
        snr: decibels of the string above the noise, likewise, one draw for each string; None: no
            noise.
        rate: samples a second.
        rng: a numpy Generator.

    Raises:
        ValueError: numbers that cannot be: negative pauses, least above most, no words.
    """
    N, (least, K) = positive_integer("n", n), _pair("words", words)
    least, K = (positive_integer("words", number) for number in (least, K))
    shortest, longest = (
        finite_number("pauses", number, at_least=0) for number in _pair("pauses", pauses)
    )
    low, high = (0, 0) if snr is None else _pair("snr", snr)
    low, high = (finite_number("snr", number) for number in (low, high))
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
            x = add_noise(x, rng.standard_normal(len(x)), rng.uniform(low, high))
        strings.sounds[i] = x.astype(np.float32)
    return strings


def _pair(name, limits):
    """Return (least, most) of a number or such a pair."""
    pair = tuple(limits) if isinstance(limits, tuple | list) else (limits, limits)
    if len(pair) != 2 or not pair[0] <= pair[1]:
        raise ValueError(f"{name} must be a number or a pair (least, most); got {limits!r}")
    return pair
