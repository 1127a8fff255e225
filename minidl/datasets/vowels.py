"""Ten vowels of American English, spoken by a formula: sounds that need no file.

The throat makes pulses, F0 of them a second, which sets the pitch. The mouth is a tube that
resonates at a few frequencies, the formants F1 to F3, which make the vowel. F0 and the formants are
the means that Peterson and Barney measured on 33 men, 28 women and 15 children: "Control methods
used in a study of the vowels", Journal of the Acoustical Society of America, 1952, table II. Each
voice here moves all of its formants together, as a longer or shorter mouth does, and each sound a
little more, so that neighbours overlap.

No ear would take them for a person, and what learns from them does not understand one.
"""

import numpy as np

from minidl.base.checks import positive_integer
from minidl.datasets.audio import join

RATE = 8000  # samples a second
CLASS_NAMES = ("heed", "hid", "head", "had", "hod", "hawed", "hood", "who'd", "hud", "heard")
# F0, F1, F2, F3 in hertz: a row for each vowel, of men, women and children.
FORMANTS = np.array(
    [
        [
            *((136, 270, 2290, 3010), (135, 390, 1990, 2550), (130, 530, 1840, 2480)),
            *((127, 660, 1720, 2410), (124, 730, 1090, 2440), (129, 570, 840, 2410)),
            *((137, 440, 1020, 2240), (141, 300, 870, 2240), (130, 640, 1190, 2390)),
            (133, 490, 1350, 1690),
        ],
        [
            *((235, 310, 2790, 3310), (232, 430, 2480, 3070), (223, 610, 2330, 2990)),
            *((210, 860, 2050, 2850), (212, 850, 1220, 2810), (216, 590, 920, 2710)),
            *((232, 470, 1160, 2680), (231, 370, 950, 2670), (221, 760, 1400, 2780)),
            (218, 500, 1640, 1960),
        ],
        [
            *((272, 370, 3200, 3730), (269, 530, 2730, 3600), (260, 690, 2610, 3570)),
            *((251, 1010, 2320, 3320), (256, 1030, 1370, 3170), (263, 680, 1060, 3180)),
            *((276, 560, 1410, 3310), (274, 430, 1170, 3260), (261, 850, 1590, 3360)),
            (261, 560, 1820, 2160),
        ],
    ]
)
BANDWIDTHS = (60, 90, 150)  # of the three resonances, in hertz
VOICES, SOUNDS = 0.08, 0.06  # standard deviations of a voice and of a sound, relative


def load_data(n_train=1000, n_test=300, seed=0):
    """Return sounds as `(x_train, y_train), (x_test, y_test)`.

    x (N,) of float32 arrays (samples,) of 0.2 to 0.45 seconds, from -1 to 1; y (N,) int64, numbers
    of `CLASS_NAMES`. No voice of the test part is in the training part.
    """
    rng = np.random.default_rng(seed)
    sizes = positive_integer("n_train", n_train), positive_integer("n_test", n_test)
    return tuple(_sounds(n, rng) for n in sizes)


def load_strings(n=1000, part="train", words=(3, 7), pauses=(0.05, 0.4), snr=(10, 40), seed=0):
    """Return n strings of vowels, `Strings(sounds, labels, places)`, each in a voice of its own.

    A label is the number of the vowel in `CLASS_NAMES`, + 1: 0 fills up the rows, and is the blank
    of `CTC`. `part` is "train" or "test", which have no voice in common; n, words, pauses, snr,
    seed and errors are those of `fsdd.load_strings`.
    """
    if part not in ("train", "test"):
        raise ValueError(f'part must be "train" or "test"; got {part!r}')

    def draw(k, rng):
        voice = _voice(rng)
        said = rng.integers(len(CLASS_NAMES), size=k)
        return [(_sound(vowel, voice, rng), vowel) for vowel in said]

    rng = np.random.default_rng([seed, part == "test"])
    return join(draw, n, words, pauses, snr, RATE, rng)


def synthesise(f0, formants, seconds, rng):
    """Return a vowel (samples,) float32: pulses through a resonance after the other.

    A resonance at F hertz, B wide, has two poles at r exp(+-i w), w = 2 pi F / rate, r =
    exp(-pi B / rate):  y_n = x_n + 2 r cos(w) y_{n-1} - r^2 y_{n-2}  (Klatt 1980, equation 1).
    """
    from scipy.signal import lfilter

    n = round(seconds * RATE)
    pitch = f0 * (1 + 0.03 * np.sin(2 * np.pi * rng.uniform(3, 6) * np.arange(n) / RATE))
    turns = np.floor(np.cumsum(pitch) / RATE + rng.random())
    x = np.diff(turns, prepend=turns[0])  # a pulse where a new period begins
    x = lfilter([1.0], [1.0, -0.9], x)  # the throat's pulses are round: less power above
    x += 0.002 * rng.standard_normal(n)  # breath
    for F, B in zip(formants, BANDWIDTHS):
        r, w = np.exp(-np.pi * B / RATE), 2 * np.pi * F / RATE
        x = lfilter([1 - 2 * r * np.cos(w) + r * r], [1, -2 * r * np.cos(w), r * r], x)
    ends = np.minimum(1, np.minimum(np.arange(n), np.arange(n)[::-1]) / (0.02 * RATE))
    return (0.5 * ends * x / np.abs(x).max()).astype(np.float32)


def _sounds(n, rng):
    """Return (x, y) of n sounds: each voice says all vowels once."""
    x, y = np.empty(n, object), np.empty(n, np.int64)
    vowels = len(CLASS_NAMES)
    for i in range(n):
        if i % vowels == 0:
            voice = _voice(rng)
            order = rng.permutation(vowels)
        y[i] = order[i % vowels]
        x[i] = _sound(y[i], voice, rng)
    return x, y


def _voice(rng):
    """Return (a table of F0 to F3, how high its pitch is, how short its mouth)."""
    return FORMANTS[rng.integers(3)], *(1 + VOICES * rng.standard_normal(2))


def _sound(vowel, voice, rng):
    """Return a vowel as that voice says it once (samples,)."""
    speaker, pitch, mouth = voice
    f0, *formants = speaker[vowel]
    sound = 1 + SOUNDS * rng.standard_normal(3)
    formants = np.minimum(np.array(formants) * mouth * sound, 0.48 * RATE)
    return synthesise(f0 * pitch, formants, rng.uniform(0.2, 0.45), rng)
