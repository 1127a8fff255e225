"""Single spoken digits for `speech.py`: their pictures, the network, and its opponents."""

import itertools
import sys
import time

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from minidl import Sequential, layers, utils
from minidl.datasets import audio, fsdd
from minidl.losses import SparseCategoricalCrossentropy
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course.chapters.speech_trials import fixed, stretched

FRAMES, BANDS, BATCH = 64, 40, 32


def features(x):
    """Samples (n,) -> log-mel (T, 40), the mean of each band taken off."""
    m = audio.log_mel(x, fsdd.RATE, BANDS)
    return (m - m.mean(axis=0)) / 3


def higher(m, bands):
    """Move everything up by some bands, as a shorter mouth does."""
    return np.roll(m, bands, axis=1)


CHANGES = {  # (of the sound, of its picture), as functions of what they change and of rng
    "shift": (lambda x, rng: audio.shift(x, int(rng.integers(-800, 801))), None),
    "noise": (lambda x, rng: audio.add_noise(x, rng.standard_normal(len(x)), rng.uniform(5, 40)),
              None),
    "another mouth": (None, lambda m, rng: higher(m, rng.integers(-2, 3))),
}  # fmt: skip


def heard(sounds, plain, change, rng):
    """The pictures of sounds, changed anew."""
    of_sound, of_picture = CHANGES.get(change, (None, None))
    if of_sound:
        return [features(of_sound(x, rng)) for x in sounds]
    return [of_picture(m, rng) for m in plain] if of_picture else plain


def word_network(*augment):
    """Three convolutions over time, then the mean over time."""
    pools = layers.MaxPooling1D(2), layers.MaxPooling1D(2), layers.GlobalAveragePooling1D()
    network = [layers.Input((FRAMES, BANDS)), *augment]
    for M, width, pool in zip((64, 64, 128), (5, 5, 3), pools):
        network += [
            layers.Conv1D(M, width, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            pool,
        ]
    return Sequential([*network, layers.Dropout(0.3), layers.Dense(10)])


def train_words(sounds, plain, y, seed, change=None, epochs=4):
    """A network for single words, and processor seconds."""
    utils.set_random_seed(seed)
    rng, start = np.random.default_rng(seed), time.process_time()
    model = word_network(*[layers.SpecAugment(1, 8, 1, 8)] * (change == "SpecAugment"))
    steps = epochs * -(-len(y) // BATCH)
    model.compile(Adam(CosineDecay(3e-3, steps)), SparseCategoricalCrossentropy(from_logits=True))
    for _ in range(epochs):
        X = np.stack([fixed(m) for m in heard(sounds, plain, change, rng)])
        model.fit(X, y, BATCH, 1, verbose=0)
    return model, time.process_time() - start


def digits(seeds):
    """{way: [(wrong, wrong of each of six speakers, seconds) of each seed]}."""
    x, y, speakers, takes = fsdd.load_recordings()
    plain = np.empty(len(x), object)
    plain[:] = [features(one) for one in x]
    splits = [np.isin(takes, fsdd.TEST_INDICES), *(speakers == one for one in fsdd.SPEAKERS)]
    flat = np.stack([stretched(m) for m in plain])
    found = {}
    for name, make in (
        ("logistic regression", lambda: LogisticRegression(C=0.01, max_iter=200)),
        ("nearest neighbour", lambda: KNeighborsClassifier(1)),
    ):
        runs = []
        for test in splits:
            scale, start = StandardScaler().fit(flat[~test]), time.process_time()
            model = make().fit(scale.transform(flat[~test]), y[~test])
            runs.append(np.mean(model.predict(scale.transform(flat[test])) != y[test]))
        found[name] = [(runs[0], runs[1:], time.process_time() - start)]
    for seed, change in itertools.product(seeds, ("as recorded", *CHANGES, "SpecAugment")):
        runs = []
        for test in splits:
            model, seconds = train_words(x[~test], plain[~test], y[~test], seed, change)
            z = model.predict(np.stack([fixed(m) for m in plain[test]]))
            runs.append(np.mean(z.argmax(axis=1) != y[test]))
        found.setdefault(f"convolutions, {change}", []).append((runs[0], runs[1:], seconds))
        print(f"seed {seed}, {change}: {np.round(runs, 4)}", file=sys.stderr, flush=True)
    return found
