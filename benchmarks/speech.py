"""Spoken digits, one by one and in strings, by voices that were heard in training and by others.

    python benchmarks/speech.py                       all parts, three seeds, half an hour
    python benchmarks/speech.py --parts digits --seeds 1
    python benchmarks/speech.py --at-most 0.02        fails if CTC misreads more words

digits   Which of ten words is a recording of `fsdd`? Share that is wrong, on the official split
         (voices heard in training), and for each of six speakers after training on the other five.
         "Shift", "noise", "SpecAugment" and "another mouth" (all bands up or down by as many as
         two) change the training sounds, anew in each epoch.
strings  Three to seven digits with pauses and noise (`fsdd.load_strings`), word error rate: voices
         heard in training, the same without any pause, ten digits, and six speakers never heard.
simple   The same strings, cut where they are quiet; each piece goes to a network for single words.
         It learns as many epochs, from the strings that come apart into the right number of pieces.
         How loud, how long and how far apart pieces are is chosen on all training strings. Pieces
         come as they are cut, and with a margin of 64 ms on either side.

The networks are those of chapter 28. Prints the mean, the lowest and the highest seed, and
processor seconds of training (set NUMBA_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1).
"""

import argparse

import numpy as np
from speech_strings import MARGINS, simple, strings
from speech_words import digits
from train_step import markdown

from minidl.datasets import fsdd

PARTS = {"digits": digits, "strings": strings, "simple": simple}
ENDS = ["six voices never heard", "easiest and hardest", "CPU-s"]
HEADS = {"digits": ["way", "voices heard", *ENDS]}
HEADS["strings"] = HEADS["simple"] = ["way", "voices heard", "no pauses", "ten digits", *ENDS]


def spread(values):
    """Mean (lowest to highest seed) of shares, in percent."""
    low, mean, high = (f"{100 * f(values):.1f}" for f in (min, np.mean, max))
    text = mean if len(values) == 1 else f"{mean} ({low} to {high})"
    return "" if np.isnan(values).any() else text


def rows(found):
    """Rows of a table of what `digits` or `strings` found."""
    for way, runs in found.items():
        *shares, unheard, seconds = zip(*runs)
        speakers = dict(zip(fsdd.SPEAKERS, np.transpose(unheard)))
        order = sorted(speakers, key=lambda one: speakers[one].mean())
        ends = [f"{one} {100 * speakers[one].mean():.1f}" for one in order[:: len(order) - 1 or 1]]
        mean = [spread([np.mean(run) for run in unheard])] if speakers else [""]
        yield [way, *map(spread, shares), *mean, ", ".join(ends), f"{np.mean(seconds):.1f}"]


def check(found, at_most):
    """Hold what chapter 28 says of these results, {way: runs} of the parts that were run."""
    heard = {way: np.mean([run[0] for run in runs]) for way, runs in found.items()}
    new = {way: np.mean([run[-2] for run in runs]) for way, runs in found.items() if runs[0][-2]}
    words, ctc = "convolutions, as recorded", "CTC, as recorded"
    bare, margin = MARGINS
    if words in found:
        assert heard[words] < 0.03 and heard[words] < heard["nearest neighbour"]
        assert 5 * heard[words] < new[words] < new["nearest neighbour"]
    if ctc in found:
        assert heard[ctc] <= at_most, f"{heard[ctc]:.4f} of the words are wrong"
        assert new[ctc] > 5 * heard[ctc]
    if margin in found:
        assert heard[margin] < heard[bare]
    if ctc in found and margin in found:
        assert heard[ctc] < heard[bare]
        assert np.mean([run[1] for run in found[margin]]) < np.mean([run[1] for run in found[ctc]])


def main():
    """Print a table for each part."""
    parser = argparse.ArgumentParser(description="Spoken digits and strings of them.")
    parser.add_argument("--parts", default=",".join(PARTS), help="names, with commas")
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--at-most", type=float, default=0.03, help="word error rate of CTC")
    options = parser.parse_args()
    everything = {}
    for part in options.parts.split(","):
        found = PARTS[part](range(options.seeds))
        everything |= found
        print(f"{part}: wrong, in percent\n\n{markdown(HEADS[part], rows(found))}\n", flush=True)
    check(everything, options.at_most)


if __name__ == "__main__":
    main()
