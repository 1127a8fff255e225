"""What keeps the background of a heat map from winning? From plain cross-entropy to the focal loss.

    python benchmarks/scenes_background.py             three seeds, 100 batches each
    python benchmarks/scenes_background.py --seeds 1

Each of the first five rows adds one change to the row above it; the last three take single changes
alone, or leave one out. The pages, the network and the boxes are those of
`scenes.py`; only the loss of the heat map, its targets and its first biases differ. Prints the mean
heat at true centres and mAP@.5 on 500 test pages: the mean over seeds, the worst and the best seed.
"""

import argparse

import numpy as np
from scenes import STRIDE, Bench, fit
from scenes_measures import mean_ap
from scenes_networks import detector
from train_step import markdown

from minidl import losses, utils
from minidl_course import detection

# name: gamma (None: the mean over all cells), bias at the start, neighbours forgiven
WAYS = {
    "cross-entropy, mean over all cells": (None, 0.0, False),
    "divided by the number of digits": (0.0, 0.0, False),
    "biases start at -4": (0.0, -4.0, False),
    "neighbours forgiven": (0.0, -4.0, True),
    "focal, gamma 2": (2.0, -4.0, True),
    "only biases at -4, mean over all cells": (None, -4.0, False),
    "all but the biases": (2.0, 0.0, True),
    "all but the neighbours": (2.0, -4.0, False),
}


def run(bench, seed, steps):
    """Rows {way: (heat at true centres, mAP@.5)}."""
    soft, sides = bench.y
    hard = (soft == 1).astype("float32")
    there = detection.targets(bench.test.boxes, bench.test.classes, (48, 48), 10, STRIDE)[0] == 1
    rows = {}
    for name, (gamma, bias, forgiven) in WAYS.items():
        utils.set_random_seed(seed)
        model = detector(bias=bias)
        heat = losses.PenaltyReducedFocal(alpha=gamma or 0.0, from_logits=True)
        if gamma is None:
            heat = losses.BinaryCrossentropy(from_logits=True)
        loss = [heat, detection.AtCenters()]
        fit(model, loss, bench.x, [soft if forgiven else hard, sides], steps, seed, [1, 2])
        z, said = model.predict(bench.x_test, verbose=0)
        p = 1 / (1 + np.exp(-z))
        found = detection.decode(p, said, STRIDE, threshold=0.01)
        rows[name] = float(p[there].mean()), mean_ap(found, bench.test, 0.5)
    return rows


def check(runs):
    """Hold what chapter 15 says of these results."""
    ways = (np.array([run[way] for run in runs]).T for way in WAYS)
    plain, shared, low, _, focal, alone, unbiased, _ = ways
    assert plain[0].max() < 0.06 and plain[1].max() < 0.02  # heat, and mAP@.5
    assert low[1].min() > shared[1].max() + 0.05
    assert focal[1].min() > low[1].max() and focal[0].min() > 0.1
    assert max(alone[1].max(), unbiased[1].max()) < low[1].min() - 0.03  # neither is enough


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--steps", type=int, default=100, help="batches")
    options = parser.parse_args()
    bench = Bench({})
    runs = [run(bench, seed, options.steps) for seed in range(options.seeds)]
    rows = []
    for way in WAYS:
        columns = zip(*(each[way] for each in runs))
        spread = [f"{np.mean(v):.3f} ({min(v):.3f} to {max(v):.3f})" for v in columns]
        rows.append([way, *spread])
    print(markdown(["way", "heat at true centres", "mAP@.5"], rows), flush=True)
    check(runs)


if __name__ == "__main__":
    main()
