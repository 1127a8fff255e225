"""Pictures and sounds of the chapter on speech; `speech_trials` has what its experiments need."""

import base64
import html
import io
import itertools
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Audio, display
from matplotlib.collections import LineCollection
from PIL import Image
from scipy import signal
from scipy.io import wavfile

from minidl import plots
from minidl.datasets import audio, fsdd, vowels
from minidl.datasets.files import DataNotFoundError
from minidl.layers import SpecAugment
from minidl_course.chapters import common

COLOURS = plots.COLOURS
RATE, W, BLANK = 8000, 256, 0  # samples a second and in a window; CTC's class of nothing new
GREYS = plt.get_cmap("Greys", 9)  # few greys, few bytes
SPEAKERS = fsdd.SPEAKERS
FOUR_WORDS = 8, 1, 6, 9
MADE_UP = [3, 6, 6], "-336--66"  # a string, and what a made-up network mostly hears


class Data(NamedTuple):
    """Recordings of single words, how to get strings of them, and whether they are real."""

    sounds: list
    digits: np.ndarray
    speakers: np.ndarray
    takes: np.ndarray
    real: bool
    words: tuple
    load_strings: Callable
    mean_over: int | None  # the axis of the means that `features` takes off


class Spoken(NamedTuple):
    """A string of words: samples, labels from 1 up, and where each word begins and ends."""

    x: np.ndarray
    y: np.ndarray
    places: np.ndarray


def load():
    """Spoken digits; vowels made by a formula where there is no copy of them and no connection."""
    try:
        return Data(*fsdd.load_recordings(), True, fsdd.CLASS_NAMES, fsdd.load_strings, 0)
    except DataNotFoundError:
        (sounds, digits), _ = vowels.load_data(3000, 10)
        voice = np.arange(3000) // 10
        who = np.array(fsdd.SPEAKERS)[voice % 6]
        # A level vowel is nothing but the means of its bands: they stay.
        made = False, vowels.CLASS_NAMES, vowels.load_strings, None
        return Data(sounds, digits, who, voice // 6, *made)


def recording(data, word, speaker="lucas", take=2):
    """One recording (n,), as loud as possible, without the silence around it."""
    found = (data.digits == word) & (data.speakers == speaker) & (data.takes == take)
    (n,) = np.flatnonzero(found)
    x = data.sounds[n] / np.abs(data.sounds[n]).max()
    loud = np.flatnonzero(np.abs(x) > 0.03)
    return x[max(0, loud[0] - 300) : loud[-1] + 300]


def names_of(data, labels):
    """Labels as words."""
    return " ".join(data.words[label - 1] for label in labels) or "(nothing)"


def spectrogram(x, size=W, hop=32):
    """Decibels (frequencies, T) for pictures: 45 from white to black, the treble turned up."""
    raised = np.append(x[:1], x[1:] - 0.9 * x[:-1])
    power = np.abs(audio.stft(raised, size, hop).T) ** 2
    return np.maximum(10 * np.log10(power / power.max() + 1e-12), -45)


def _show_spectrogram(ax, x, size=W, hop=32):
    ends = (0, len(x) / RATE, 0, RATE / 2000)
    look = {"origin": "lower", "aspect": "auto", "extent": ends, "cmap": GREYS}
    ax.imshow(spectrogram(x, size, hop), interpolation="nearest", **look)


class Player:
    """A sound above its picture, in which a line moves along while it plays."""

    def __init__(self, x, draw, alt, size=(7.2, 1.9)):
        fig = plt.figure(figsize=size)
        ax = fig.add_axes((0.08, 0.22, 0.9, 0.63))
        draw(ax)
        ax.set(xlim=(0, len(x) / RATE), xlabel="seconds")
        file = io.BytesIO()
        fig.savefig(file, format="png", dpi=110)
        plt.close(fig)
        self.alt, drawn = alt, Image.open(file).convert("RGB")
        picture = base64.b64encode(plots.showing.with_palette([drawn], 14)[0]).decode("ascii")
        step = (
            "(function f(a){var l=a.parentNode.querySelector('div>div');"
            "l.style.left=(8+90*a.currentTime/a.duration)+'%';l.style.opacity=1;"
            "if(!a.paused)requestAnimationFrame(function(){f(a)})})(this)"
        )
        self.html = (
            '<div><div style="position:relative;max-width:792px">'
            f'<img style="width:100%" alt="{html.escape(alt)}" '
            f'src="data:image/png;base64,{picture}">'
            '<div style="position:absolute;left:8%;top:15%;height:63%;width:2px;'
            f'opacity:0;background:{COLOURS["highlight"]}"></div></div>'
            f'<audio controls onplay="{step}" onseeked="{step}" '
            f'src="{Audio(x, rate=RATE).src_attr()}"></audio></div>'
        )

    def _repr_html_(self):
        return self.html

    def __repr__(self):
        return f"<Player: {self.alt}>"


def hook():
    """Four words of one man as spectrograms, numbered; says which data they are from."""
    data = load()
    if data.real:
        print(f"Data: fsdd, {len(data.sounds):,} recordings of spoken digits by six people.")
    else:
        print("Data: vowels made by a formula, since fsdd is out of reach. The text, and its")
        print("numbers, speak of digits: read 'heed' for zero, 'hid' for one, and so on.")
        print("Nobody says six here.")
    _, axes = plt.subplots(1, 4, figsize=(6.8, 2.0), layout="compressed", sharey=True)
    for number, (ax, word) in enumerate(zip(axes, FOUR_WORDS), start=1):
        _show_spectrogram(ax, recording(data, word))
        ax.set_title(f"{number}", fontsize=11)
        ax.set(xlim=(0, 0.45), xticks=[0, 0.2, 0.4])
    axes[0].set_ylabel("kHz: hum below,\nhiss above", fontsize=9)
    axes[0].figure.supxlabel("seconds", fontsize=9)
    plots.show(
        "Four spectrograms. The first has stripes below and above, and a short faint burst after a "
        "gap; the second and the fourth have stripes that move; the third is dark at the top left, "
        "then has stripes below, then a gap, then is dark at the top right."
    )


def play_four_words(data):
    """The four words of `hook` in a row, to hear and to see."""
    said = [recording(data, word) for word in FOUR_WORDS]
    pause = np.zeros(int(0.15 * RATE), np.float32)
    spoken = np.concatenate([part for x in said for part in (x, pause)])

    def draw(ax):
        _show_spectrogram(ax, spoken)
        ax.set_ylabel("kHz")
        at = 0
        for number, x in enumerate(said, start=1):
            ax.text((at + len(x) / 2) / RATE, 4.15, f"{number}", ha="center")
            at += len(x) + len(pause)

    return Player(spoken, draw, "The four pictures in a row, with the sound to play.")


def play_whistle(whistle):
    """A whistle that was to rise to 8 kHz: the spectrogram turns round at 4 kHz."""

    def draw(ax):
        ax.axhspan(4, 8, color=COLOURS["layer"])
        _show_spectrogram(ax, whistle)
        ax.plot([0, 1], [0, 8], "--", color=COLOURS["truth"], lw=1)
        ax.text(0.66, 6.0, "what was whistled", ha="right", fontsize=9)
        ax.text(0.77, 2.4, "what was written down", fontsize=9)
        ax.set(ylabel="kHz", ylim=(0, 8), yticks=[0, 4, 8])

    alt = (
        "A dashed line rises evenly from 0 to 8 kHz: what was whistled. The dark line of the "
        "spectrogram follows it up to 4 kHz, at the middle, and then falls to 0 again."
    )
    display(Player(whistle, draw, alt, size=(7.2, 2.3)))
    loudest = spectrogram(whistle).argmax(axis=0) * RATE / W
    assert loudest.max() > 3900 and loudest[-5:].max() < 500 and loudest[:5].max() < 500
    n = np.arange(50)
    low, high = (np.sin(2 * np.pi * f * n / RATE) for f in (1000, RATE - 1000))
    np.testing.assert_allclose(high, -low, atol=1e-10)
    print(f"tones of 1,000 and 7,000 Hz, {RATE:,} numbers a second: equal but for the sign")


def _sliding(place, axes, x, decibels):
    wave, through, picture, spectrum = axes
    start = place * 64
    wave.plot(np.arange(len(x))[::6] / RATE, x[::6], color=COLOURS["muted"], lw=0.5)
    inside = slice(start, start + W)
    at = np.arange(len(x))[inside] / RATE
    wave.plot(at, x[inside], color=COLOURS["data"], lw=0.8)
    wave.plot(at, audio.hann(W), color=COLOURS["weight"], lw=1.5)
    wave.set(xlim=(0, len(x) / RATE), ylim=(-1.05, 1.05), yticks=[], xticks=[])
    wave.set_title("the window slides over the pressure", fontsize=9)
    let_through = x[inside] * audio.hann(W)
    through.plot(let_through / max(np.abs(let_through).max(), 0.02), color=COLOURS["data"], lw=0.8)
    through.set(ylim=(-1.05, 1.05), xticks=[], yticks=[])
    through.set_title("what it lets through, enlarged", fontsize=9)
    spectrum.plot(decibels[place], np.linspace(0, 4, W // 2 + 1), color=COLOURS["data"], lw=1)
    spectrum.set(xlim=(-47, 3), ylim=(0, 4), xlabel="decibels", yticks=[])
    spectrum.set_title("frequencies in it, kHz", fontsize=9)
    shown = np.where(np.arange(len(decibels))[:, None] <= place, decibels, np.nan).T
    ends = (0, len(x) / RATE, 0, 4)
    look = {"cmap": GREYS, "vmin": -45, "extent": ends, "interpolation": "nearest"}
    picture.imshow(shown, origin="lower", aspect="auto", **look)
    picture.set(xlabel="seconds", ylabel="kHz")
    picture.set_title("each becomes a column", fontsize=9)


def window_slides(six, stft):
    """A film of the window over a word; checks stft(x) against SciPy's and the package's."""
    ours = stft(six)
    _, _, theirs = signal.stft(six, window="hann", nperseg=W, boundary=None, padded=False)
    np.testing.assert_allclose(ours, theirs.T * signal.get_window("hann", W).sum(), atol=1e-4)
    np.testing.assert_allclose(ours, audio.stft(six), atol=1e-4)
    print(f"six: {len(six):,} samples -> {ours.shape}; equal to SciPy's and the package's")
    decibels = spectrogram(six, W, 64).T  # (T, W / 2 + 1)
    return plots.movie(
        lambda place, *axes: _sliding(place, axes, six, decibels),
        np.linspace(0, len(decibels) - 1, 8).astype(int),
        "A window slides over the wave of the word six. What it sees becomes a spectrum, and the "
        "spectrum a column of the picture, which fills from left to right: hiss, vowel, gap, hiss.",
        size=(5.2, 2.8),
        columns=2,
        rows=2,
        still=4,
        seconds=0.6,
    )


def three_windows(data):
    """Nine with a short, a middle and a long window: when, or how high."""
    nine = np.pad(recording(data, 9), 512)
    _, axes = plt.subplots(1, 3, figsize=(6.0, 2.0), layout="compressed", sharey=True)
    findings = "when, but not how high", "some of both", "how high, but not when"
    for ax, size, finding in zip(axes, (64, 256, 1024), findings):
        _show_spectrogram(ax, nine, size, 16)
        ax.set_title(f"{size} samples, {1000 * size / RATE:.0f} ms:\n{finding}", fontsize=9)
        ax.set(xlabel="seconds", ylim=(0, 2), yticks=[0, 1, 2])
    axes[0].set_ylabel("kHz")
    plots.show(
        "Nine with three windows, up to 2 kHz. The shortest shows broad dark bars cut by upright "
        "stripes, the longest thin lines, one above the other, and it smears both ends."
    )


def as_an_ear_hears(six, log_mel, mel_filters):
    """Some mel bands, and a word in them; checks both functions; returns the package's, folded."""
    M, filters = log_mel(six), mel_filters()
    np.testing.assert_allclose(M, audio.log_mel(six, RATE), atol=1e-3)
    np.testing.assert_allclose(filters, audio.mel_filters(40, W, RATE), atol=1e-12)
    assert M.shape[1] == 40
    print(f"six: {len(six):,} samples -> {M.shape}, {M.size:,} numbers; the package says the same")
    _, axes = plt.subplots(1, 2, figsize=(7.2, 2.3), layout="compressed")
    hertz = np.arange(W // 2 + 1) * RATE / W
    axes[0].plot(hertz, filters[:, ::3], color=COLOURS["weight"], lw=1)
    axes[0].set(xlabel="Hz", ylabel="weight", xlim=(0, RATE / 2))
    axes[0].set_title("Every third band: wider towards the top", fontsize=10)
    ends = (0, len(six) / RATE, 0, 40)
    axes[1].imshow(M.T, origin="lower", aspect="auto", cmap="Greys", extent=ends)
    axes[1].set(xlabel="seconds", ylabel="band")
    axes[1].set_title("six in 40 bands", fontsize=10)
    plots.show(
        "Left, triangles over frequency, narrow at the bottom and wide at the top. Right, the "
        "log-mel spectrogram of six, coarse: hiss, vowel, gap, hiss."
    )
    return common.folded(
        "The package's own", audio.stft, audio.mel_filters, audio.log_mel, audio._weights
    )


def changed(six, features, hide):
    """A word and four changes of it; `hide` hides as much as the package's layer."""
    rng = np.random.default_rng(72)
    noise = rng.standard_normal(len(six))
    shown = {
        "as recorded": features(six),
        "shifted": features(audio.shift(six, 800)),
        "noise": features(audio.add_noise(six, noise, snr=10)),
        "SpecAugment": hide(features(six), rng),
        "another mouth": np.roll(features(six), 2, axis=1),
    }
    _, axes = plt.subplots(1, 5, figsize=(7.2, 1.9), layout="compressed", sharey=True)
    for ax, (name, m) in zip(axes, shown.items()):
        ax.imshow(m.T, origin="lower", aspect="auto", cmap="Greys", vmin=-1.3, vmax=1.8)
        ax.set_title(name, fontsize=9)
        ax.set_xticks([])
    axes[0].set_ylabel("band")
    plots.show(
        "Five pictures of the same six: as recorded, moved to the right, greyed by noise, with a "
        "level and an upright bar hidden, and moved up by two bands."
    )
    layer = SpecAugment(1, 8, 1, 8, time_share=1.0, seed=0)
    layer.prepare((30, 40))
    many = layer.forward(np.ones((2000, 30, 40), np.float32), training=True)[0]
    by_hand = np.stack([hide(np.ones((30, 40)), rng) for _ in range(2000)])
    print(f"hidden on average: by hand {1 - by_hand.mean():.3f}, the layer {1 - many.mean():.3f}")
    assert abs(by_hand.mean() - many.mean()) < 0.03


def play_string(data):
    """A string of three words, to hear and to see: three six six."""
    strings = data.load_strings(300, "test", words=3, seed=20)
    asked = np.flatnonzero((strings.labels == [4, 7, 7]).all(axis=1))  # three six six
    n = asked[0] if data.real else 0
    one = Spoken(strings.sounds[n], strings.labels[n], strings.places[n])

    def draw(ax):
        _show_spectrogram(ax, one.x, W, 64)
        for label, (begin, end) in zip(one.y, one.places):
            middle = (begin + end) / 2 / RATE
            ax.text(middle, 4.15, data.words[label - 1], ha="center", fontsize=9)
        ax.set_ylabel("kHz")

    alt = "A spectrogram of a string of digits, with each word above it."
    display(Player(one.x, draw, alt))
    print("what we are told:", names_of(data, one.y))
    return one


def _classes(signs):
    return [BLANK if sign == "-" else int(sign) for sign in signs]


def five_paths(collapse):
    """Five paths of eleven steps and what collapse(path) reads in each."""
    rows = ["--336---66-", "-3---6---6-", "3333-6666-6", "---3666----", "-3-3--6-6--"]
    read = ["".join(map(str, collapse(_classes(signs)))) for signs in rows]
    assert read == ["366", "366", "366", "36", "3366"]
    _, ax = plt.subplots(figsize=(7.2, 2.3), layout="compressed")
    colours = {"-": "white", "3": "#9ecae1", "6": "#fdae6b"}
    for r, signs in enumerate(rows):
        for t, sign in enumerate(signs):
            look = {"facecolor": colours[sign], "edgecolor": "0.6"}
            ax.add_patch(plt.Rectangle((t, -r), 0.94, 0.8, **look))
            ax.text(t + 0.47, 0.4 - r, sign, ha="center", va="center", size=11)
        ax.text(11.6, 0.4 - r, "reads  " + " ".join(read[r]), va="center", size=11)
    ax.set(xlim=(-0.1, 15), ylim=(-4.2, 1))
    ax.axis("off")
    plots.show(
        "Five paths of eleven steps, made of 3, 6 and blanks. The first three read 3 6 6, the "
        "fourth 3 6, and the last 3 3 6 6."
    )


class Walk:
    """The lattice of a made-up network, as probabilities: its sound is short."""

    def __init__(self):
        self.y, signs = MADE_UP
        self.c = [k for label in self.y for k in (BLANK, label)] + [BLANK]  # (S,)
        self.z = np.zeros((len(signs), 11))
        for t, k in enumerate(_classes(signs)):
            self.z[t, k] = 2.0
            self.z[t, BLANK] += 1.0
        p = np.exp(self.z) / np.exp(self.z).sum(axis=1, keepdims=True)
        e, (T, S) = p[:, self.c], (len(signs), len(self.c))
        self.begun, self.ending = np.zeros((T, S)), np.zeros((T, S))
        self.begun[0, :2], self.ending[-1, -2:] = e[0, :2], 1
        for t in range(1, T):
            for k, s in self.steps():
                self.begun[t, s] += e[t, s] * self.begun[t - 1, k]
        for t in reversed(range(T - 1)):
            for k, s in self.steps():
                self.ending[t, k] += e[t + 1, s] * self.ending[t + 1, s]
        self.both = (self.begun * self.ending / self.begun[-1, -2:].sum()).round(12)
        np.testing.assert_allclose(self.both.sum(axis=1), 1, atol=1e-9)

    def steps(self):
        """The pairs (from, to) of places between which a path may go in a step."""
        for s, k in enumerate(self.c):
            skips = s > 2 and k != BLANK and k != self.c[s - 2]
            yield from ((s - back, s) for back in range(2 + skips) if s >= back)


def _draw_lattice(frame, ax, walk):
    (kind, now), (T, S) = frame, walk.both.shape
    values, done, colour = {
        "forward": (walk.begun, range(now + 1), "Blues"),
        "backward": (walk.ending, range(now, T), "Oranges"),
        "both": (walk.both, range(T), "Greens"),
    }[kind]
    old, fresh, shades, empty = [], [], [], (0.93, 0.93, 0.93, 1)
    for t in range(1, T):
        now_drawn = (kind == "forward" and t == now) or (kind == "backward" and t > now)
        for k, s in walk.steps():
            begins = kind == "backward" or walk.begun[t - 1, k] > 0  # or no path does
            ends = kind == "forward" or walk.ending[t, s] > 0
            if begins and ends:
                (fresh if now_drawn else old).append([(t - 1, -k), (t, -s)])
    ax.add_collection(LineCollection(old, color="0.88", lw=0.6, zorder=1))
    ax.add_collection(LineCollection(fresh, color="0.3", lw=1.0, zorder=1))
    for t, s in itertools.product(range(T), range(S)):
        share = values[t, s] / values[t].max() if t in done else 0.0
        shades.append(plt.get_cmap(colour)(0.08 + 0.8 * share) if share else empty)
        if t in done and values[t, s] > 0:
            number = f"{values[t, s]:.2f}" if kind == "both" else f"{np.log(values[t, s]):.1f}"
            dark = "white" if share > 0.65 else "black"
            ax.text(t, -s, number, ha="center", va="center", size=6.5, color=dark, zorder=3)
    at = np.array([(t, -s) for t in range(T) for s in range(S)])
    ax.scatter(*at.T, s=280, color=shades, linewidths=0, zorder=2)
    ax.set_yticks(range(0, -S, -1), ["-" if c == BLANK else str(c) for c in walk.c])
    ax.set_xticks(range(T), [f"{t + 1}" for t in range(T)])
    ax.set(xlim=(-0.5, T - 0.5), ylim=(0.4 - S, 0.6), xlabel="step", ylabel="place")
    ax.set_title(
        {
            "forward": "Forward: log probability of all beginnings, a",
            "backward": "Backward: log probability of all ends, b",
            "both": "Both, over P: the share of P that passes here, g",
        }[kind],
        fontsize=10,
    )
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    # Of 702 x 391 pixels, a step takes 80 and a place 42: whole ones, so all discs and lines are
    # of the same pixels, which takes a third off the film's bytes.
    ax.set_position((50 / 702, 58 / 391, 8 * 80 / 702, 7 * 42 / 391))


def lattice_film():
    """A film of a lattice that fills with beginnings, then with ends, then with both."""
    walk = Walk()
    T = len(walk.z)
    frames = [("forward", t) for t in range(T)]
    frames += [("backward", t) for t in (7, 5, 3, 0)] + [("both", 0)]
    return plots.movie(
        lambda frame, ax: _draw_lattice(frame, ax, walk),
        frames,
        "A lattice with a column for each of eight steps and a row for each place of the string 3 "
        "6 6 with its blanks. It fills from the left with beginnings, from the right with ends, "
        "and in the last picture with the share of the probability that passes each place: a band "
        "from the upper left to the lower right.",
        size=(5.2, 2.9),
        seconds=0.7,
    )


def middles(T):
    """Where, in samples, the middle lies of what each step of the recognizer hears, of T pieces."""
    half = math.ceil(T / 2)
    first = (T % 2 == 0) + 2 * (half % 2 == 0)  # "same" padding puts less on the left
    return (4 * np.arange(math.ceil(half / 2)) + first + 1) * W // 2


def _softmax(z):
    return np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))


def _spikes_within_words(model, strings, batches_of_them, collapse):
    # For each spike of a faultless string: is it inside its word, and at which part of it?
    inside, at_what = [], []
    for X, _, some in batches_of_them:
        for z, n in zip(model.predict(X), some):
            path, labels = z.argmax(axis=1), strings.labels[n]
            if collapse(path.tolist()) == labels[labels > 0].tolist():
                starts = np.flatnonzero((path > 0) & (np.diff(path, prepend=0) != 0))
                at = middles(X.shape[1])[starts]
                inside += [b - 512 <= t <= e + 512 for t, (b, e) in zip(at, strings.places[n])]
                at_what += [(t - b) / (e - b) for t, (b, e) in zip(at, strings.places[n])]
    return inside, at_what


def spikes(data, one, features, model, strings, test_data, collapse):
    """What a recognizer says at each step of a string; prints where in their words spikes are."""
    picture = features(one.x)[None]
    p = _softmax(model.predict(picture)[0])
    seconds = middles(picture.shape[1]) / RATE
    _, axes = plt.subplots(2, 1, figsize=(7.2, 3.2), layout="compressed", sharex=True)
    _show_spectrogram(axes[0], one.x, W, 64)
    axes[0].set_ylabel("kHz")
    for label, (begin, end) in zip(one.y, one.places):
        middle = (begin + end) / 2 / RATE
        axes[0].text(middle, 4.2, data.words[label - 1], ha="center", fontsize=9)
        axes[1].axvspan(begin / RATE, end / RATE, color="0.93")
    axes[1].plot(seconds, p[:, BLANK], color=COLOURS["muted"], lw=1, label="blank")
    for n, label in enumerate(sorted(set(one.y.tolist()))):
        axes[1].plot(seconds, p[:, label], color=f"C{n}", lw=1.5, label=data.words[label - 1])
    axes[1].set(xlabel="seconds", ylabel="probability", xlim=(0, len(one.x) / RATE))
    axes[1].legend(fontsize=8, ncol=6, loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
    title = "It says each word once, in a spike, and is silent otherwise"
    axes[0].set_title(title, fontsize=10, pad=14)
    plots.show(
        "Above, the spectrogram of the string. Below, the probabilities of the classes: the blank "
        "is near 1 nearly all the time, and each digit has one narrow spike within the time of "
        "its word."
    )
    inside, at_what = _spikes_within_words(model, strings, test_data[::5], collapse)
    print(f"spikes within their word, a step of 64 ms to spare: {100 * np.mean(inside):.0f} %")
    print(f"half of them in the first {100 * np.median(at_what):.0f} % of the word")
    assert not data.real or (np.mean(inside) > 0.95 and np.median(at_what) < 0.3)


def blank_takes_over(data, one, watch, ctc):
    """A film of a training: what the network says of a string, and the occupancy of classes."""

    def draw(snapshot, top, bottom):
        p = _softmax(snapshot.z)
        _, dz, _ = ctc(snapshot.z.astype(float), one.y)
        names = ["blank", *data.words]
        for ax, values, cmap in ((top, p, "Greys"), (bottom, p - dz, "Greens")):
            look = {"cmap": cmap, "vmin": 0, "vmax": 1, "interpolation": "nearest"}
            ax.imshow(values.T, aspect="auto", **look)
            ax.set_yticks(range(11), names, fontsize=6)
            ax.set_xticks([])
        heard = names_of(data, watch.best_path(snapshot.z))
        top.set_title(f"after {snapshot.n} batches it reads: {heard}", fontsize=9, loc="left")
        bottom.set_title("what the loss takes for right", fontsize=9, loc="left")

    return plots.movie(
        draw,
        watch.snapshots,
        "Two pictures with a row for each class and a column for each step. At first all classes "
        "are about equally pale, then the blank takes everything; later digits rise from it as "
        "spikes, in order.",
        size=(6.4, 4.0),
        rows=2,
        still=-1,
        seconds=0.8,
    )


def silence_then_words(data, watch):
    """Blanks and word error rate while a recognizer learns; some rows of it as numbers."""
    ns, _, blanks, errors, losses = (np.array(column) for column in zip(*watch.snapshots))
    _, ax = plt.subplots(figsize=(7.2, 2.3), layout="compressed")
    ax.plot(ns, 100 * blanks, "o-", ms=3, color=COLOURS["muted"], label="steps read as blank, %")
    ax.plot(ns, 100 * errors, "s-", ms=3, color=COLOURS["output"], label="word error rate, %")
    ax.set(xlabel="batches", ylim=(0, 105))
    ax.legend(frameon=False, fontsize=9, loc="center right")
    ax.set_title("Soon it says nothing at all, then, quite suddenly, words", fontsize=10)
    plots.show(
        "Against the number of batches: the share of blanks jumps to 100 % and later falls a "
        "little; the word error rate, untrained above the picture, stays at 100 % as long and "
        "then falls steeply to a few percent."
    )
    assert not data.real or blanks[(ns >= 8) & (ns <= 40)].max() > 0.99
    assert not data.real or (errors[-1] < 0.1 and errors[0] > 1)
    assert not data.real or losses[ns == 40][0] < 0.9 * losses[ns == 24][0]
    for n, _, blank, error, loss in watch.snapshots:
        if n in (0, 8, 24, 40, 48, 64, 96, 128, 255):
            print(f"batch {n:3}: blanks {100 * blank:5.1f} %, ", end="")
            print(f"WER {100 * error:5.1f} %, loss {loss:4.1f}")


def your_voice(data, one, features, model, best_path):
    """Prints what a recognizer hears in a WAV file of ours, and in yours if there is one."""

    def listen(path):
        x, _ = audio.read_wav(path, rate=RATE)
        x = np.pad(x, RATE // 4)  # a breath before and after
        x = audio.add_noise(x, np.random.default_rng(0).standard_normal(len(x)), snr=30)
        return names_of(data, best_path(model.predict(features(x)[None])[0]))

    with tempfile.TemporaryDirectory() as folder:  # a string as your computer would save it
        path = Path(folder) / "test.wav"
        wide = signal.resample_poly(one.x, 441, 80)
        wide = np.clip(wide / np.abs(wide).max(), -1, 1)
        stereo = np.stack([wide, wide], axis=1)
        wavfile.write(path, 44100, (30000 * stereo).astype(np.int16))
        print("a test string, saved at 44,100 Hz in stereo, is read as:", listen(path))
    own = Path("my-voice.wav")
    if own.exists():
        display(Audio(str(own)))
        print("your voice is read as:", listen(own))
    else:
        print("no my-voice.wav beside this page")
