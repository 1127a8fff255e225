"""CTC and its simple opponent of `speech.py`, on 1,000 test strings in five sets; three seeds.

    python benchmarks/speech_sets.py              four minutes of processor time
    python benchmarks/speech_sets.py --seeds 1

Test strings are few, and one set of 200 can be harder than the next. So here are five sets, with
pauses and without, and the word error rate of each way on each of them. The first set with pauses
is that of `load_strings(200, "test")`. Every seed has training strings of its own.

Cutting gives each piece as it is, or with a margin of 64 ms on either side. Its settings are
chosen on all training strings.

"One way" is CTC whose GRU reads forward only, as wide as both directions together. For both kinds
of CTC the last column says how far into its word half of the spikes come.
"""

import argparse

import numpy as np
from speech_strings import MARGINS, batches, string_network
from speech_words import BANDS, BATCH, features, word_network
from train_step import markdown

from minidl import Sequential, layers, utils
from minidl.datasets import fsdd
from minidl.losses import CTC
from minidl.metrics.edits import word_error_rate
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course import decoding
from minidl_course.chapters.speech import middles
from minidl_course.chapters.speech_trials import CutAndClassify, best_setting

SETS, SIZE, EPOCHS = 5, 200, 8


def one_way():
    """The network of `string_network`, with a GRU that reads forward only."""
    network = string_network().layers
    gru = layers.GRU(128, return_sequences=True)
    return Sequential([layers.Input((None, BANDS)), *network[:-2], gru, layers.Dense(11)])


def trained(make, data, seed):
    """A network for strings, trained as in chapter 28."""
    utils.set_random_seed(seed)
    rng, model = np.random.default_rng(seed), make()
    model.compile(Adam(CosineDecay(4e-3, EPOCHS * len(data)), global_clipnorm=5.0), CTC())
    for _ in range(EPOCHS):
        for n in rng.permutation(len(data)):
            model.train_on_batch(*data[n][:2])
    return model


def read(model, data, strings):
    """What is read in each string, and how far into its word each spike of a right one comes."""
    found, places = [None] * len(strings.sounds), []
    for X, Y, some in data:
        z = model.predict(X, verbose=0)
        at = middles(X.shape[1])
        for n, path, labels, said in zip(some, z.argmax(axis=2), decoding.best_path(z), Y):
            found[n] = labels
            if np.array_equal(labels, said[said > 0]):
                starts = at[np.flatnonzero((path > 0) & (np.diff(path, prepend=0) != 0))]
                places += [(t - b) / (e - b) for t, (b, e) in zip(starts, strings.places[n])]
    return found, np.median(places)


def rates(found, strings):
    """Word error rates of the sets, and of all of them, in percent."""
    said = [labels[labels > 0] for labels in strings.labels]
    parts = [slice(n, n + SIZE) for n in range(0, len(said), SIZE)]
    return [100 * word_error_rate(found[s], said[s]) for s in [*parts, slice(None)]]


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    options = parser.parse_args()
    tests = [fsdd.load_strings(SETS * SIZE, "test", **how) for how in ({}, {"pauses": 0})]
    data = [list(batches([features(x) for x in one.sounds], one.labels, 50)) for one in tests]
    rows, means = [], {}
    for seed in range(options.seeds):
        strings = fsdd.load_strings(1000, "train", seed=seed)
        train = list(batches([features(x) for x in strings.sounds], strings.labels, BATCH))
        models = {"CTC": string_network, "CTC, one way": one_way}
        models = {name: trained(make, train, seed) for name, make in models.items()}
        ways = {name: [read(model, *both) for both in zip(data, tests)]
                for name, model in models.items()}  # fmt: skip
        lessons = best_setting(strings)
        for name, margin in MARGINS.items():
            cut = CutAndClassify(lessons, word_network, margin, seed)
            ways[name] = [(cut.read(test), np.nan) for test in tests]
        for name, ((with_pauses, place), (without, _)) in ways.items():
            *sets, mean = rates(with_pauses, tests[0])
            tight = rates(without, tests[1])[-1]
            means.setdefault(name, []).append((*sets, mean, tight, place))
            numbers = [f"{rate:.1f}" for rate in (*sets, mean, tight)]
            place = "" if np.isnan(place) else f"{100 * place:.0f} %"
            rows.append([str(seed), name, *numbers, place])
            print(*rows[-1], flush=True)
    heads = ["seed", "way", *(f"set {n + 1}" for n in range(SETS)), "all", "no pauses", "spike at"]
    print(markdown(heads, rows))
    ctc, bare, margin = (np.array(means[name]) for name in ("CTC", *MARGINS))
    assert (ctc[:, : SETS + 1] < bare[:, : SETS + 1]).all(), "CTC is ahead of bare pieces"
    assert (margin[:, SETS:-1] < bare[:, SETS:-1]).all(), "the margin helps with each seed"
    assert (margin[:, -2] < ctc[:, -2]).all(), "without pauses CTC is behind pieces with a margin"
    late = np.array(means["CTC, one way"])
    assert (late[:, -1] > ctc[:, -1] + 0.1).all(), "who hears forward only speaks later"


if __name__ == "__main__":
    main()
