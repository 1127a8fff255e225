"""Strings of spoken digits for `speech.py`: the network with CTC, and its simple opponent."""

import sys
import time

import numpy as np
from speech_words import BANDS, BATCH, features, heard, word_network

from minidl import Sequential, layers, utils
from minidl.datasets import fsdd
from minidl.losses import CTC
from minidl.metrics.edits import word_error_rate
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course import decoding
from minidl_course.chapters.speech_trials import CutAndClassify, best_setting

MARGINS = {"cut and classify": 0, "cut with a margin": 4}  # steps of 16 ms on either side


def string_network(*augment):
    """Two convolutions that keep every fourth step, a GRU in both directions, 11 classes."""
    network = [layers.Input((None, BANDS)), *augment]
    for _ in range(2):
        network += [
            layers.Conv1D(64, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
        ]
    gru = layers.GRU(64, return_sequences=True)
    return Sequential([*network, layers.Bidirectional(gru), layers.Dense(11)])


def batches(pictures, labels, size=BATCH):
    """Lists of batches (X (n, T, 40), Y (n, K), numbers), strings of similar length together."""
    order = np.argsort([len(m) for m in pictures], kind="stable")
    for some in np.split(order, range(size, len(order), size)):
        T = max(len(pictures[n]) for n in some) + 24
        X = [np.pad(pictures[n], ((0, T - len(pictures[n])), (0, 0)), mode="edge") for n in some]
        yield np.stack(X), labels[some], some


def train_strings(strings, seed, change=None, epochs=8):
    """A network for strings, and processor seconds."""
    pictures = [features(x) for x in strings.sounds]
    utils.set_random_seed(seed)
    rng, start = np.random.default_rng(seed), time.process_time()
    model = string_network(*[layers.SpecAugment(1, 8, 3, 8)] * (change == "SpecAugment"))
    steps = epochs * -(-len(pictures) // BATCH)
    model.compile(Adam(CosineDecay(4e-3, steps), global_clipnorm=5.0), CTC())
    for _ in range(epochs):
        data = list(batches(heard(None, pictures, change, rng), strings.labels))
        for n in rng.permutation(len(data)):
            model.train_on_batch(*data[n][:2])
    return model, time.process_time() - start


def read(model, strings, width=0):
    """What a network for strings reads: a list of labels, greedily or by prefix search."""
    found = [None] * len(strings.sounds)
    for X, _, some in batches([features(x) for x in strings.sounds], strings.labels, 50):
        z = model.predict(X)
        best = decoding.best_path(z) if not width else [
            one[0][0] for one in decoding.prefix_search(z, width=width)]  # fmt: skip
        for n, labels in zip(some, best):
            found[n] = labels
    return found


def wrong(found, strings):
    """Word error rate of what was found in strings."""
    return word_error_rate(found, [labels[labels > 0] for labels in strings.labels])


def of_voices_heard(count):
    """Test strings: with pauses, without, and of ten digits."""
    return [
        fsdd.load_strings(count, "test", seed=99, **options)
        for options in ({}, {"pauses": 0}, {"words": 10})
    ]


def simple(seeds, n=1000, count=200):
    """{way: [...]} as `strings`, of the simple way; without voices never heard."""
    found, tests = {}, of_voices_heard(count)
    for seed in seeds:
        lessons = best_setting(fsdd.load_strings(n, "train", seed=seed))
        for name, margin in MARGINS.items():
            model = CutAndClassify(lessons, word_network, margin, seed)
            rates = [wrong(model.read(one), one) for one in tests]
            found.setdefault(name, []).append((*rates, [], model.seconds))
            print(f"seed {seed}, {name}: {np.round(rates, 4)}", file=sys.stderr, flush=True)
    return found


def strings(seeds, n=1000, count=200):
    """{way: [(heard, no pauses, ten digits, each of six speakers, seconds) of each seed]}."""
    found, tests = {}, of_voices_heard(count)
    unheard = [fsdd.load_strings(count, "test", held_out=one, seed=99) for one in fsdd.SPEAKERS]
    for seed in seeds:
        train = fsdd.load_strings(n, "train", seed=seed)
        others = [fsdd.load_strings(n, "train", held_out=one, seed=seed) for one in fsdd.SPEAKERS]
        for change in ("as recorded", "SpecAugment"):
            model, seconds = train_strings(train, seed, change)
            runs = [wrong(read(model, one), one) for one in tests]
            models = [train_strings(one, seed, change)[0] for one in others]
            new = [wrong(read(model, one), one) for model, one in zip(models, unheard)]
            found.setdefault(f"CTC, {change}", []).append((*runs, new, seconds))
            shares = np.round([*runs, *new], 4)
            print(f"seed {seed}, {change}: {shares}", file=sys.stderr, flush=True)
            if change == "as recorded":
                beams = wrong(read(model, tests[0], width=8), tests[0]), np.nan, np.nan
                found.setdefault("the same, prefix search", []).append((*beams, [], seconds))
    return found
