"""Which digit is each pixel? Eleven classes, of which paper has nine tenths of the pixels.

    python benchmarks/scenes_classes.py             three seeds, 800 batches each
    python benchmarks/scenes_classes.py --seeds 1

The pages and the U-Net are those of `scenes.py`, with eleven numbers a pixel: paper, and the digits
0 to 9. The losses are plain cross-entropy, cross-entropy with every class weighted by one over its
share of the pixels, and Dice, the mean over the classes of a batch. Prints the mean IoU of the
eleven classes on 500 test pages and the share of pixels that are said to be ink: the mean over
seeds, the worst and the best seed.
"""

import argparse

import numpy as np
from scenes import Bench, fit
from scenes_networks import unet
from train_step import markdown

from minidl import losses, metrics, utils

C = 11


def named(data):
    """The class of each pixel (N, H, W): 0 for paper, 1 + the digit for its ink."""
    of_mask = np.pad(data.classes + 1, ((0, 0), (1, 0)))  # mask 0 is paper
    return of_mask[np.arange(len(of_mask))[:, None, None], data.masks]


class OfPixels(losses.Loss):
    """Cross-entropy of t (N, H, W, C) of 0 and 1 and z before its softmax, with weights (C,)."""

    def __init__(self, weights):
        super().__init__()
        self.weights = weights.astype("float32")

    def each(self, t, z, ops):
        """Return (loss (N, 1), dz)."""
        z = z - z.max(axis=-1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
        w = (t * self.weights).sum(axis=-1, keepdims=True) / t[0, ..., 0].size
        loss = -(w * t * log_p).sum(axis=(1, 2, 3))
        return loss[:, None], w * (np.exp(log_p) - t)


class DiceOfClasses(losses.Loss):
    """1 - Dice, the mean over the classes, each of a whole batch."""

    def each(self, t, z, ops):
        """Return (loss (N, 1), dz)."""
        p = np.exp(z - z.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        shared, area = (p * t).sum(axis=(0, 1, 2)), (p + t).sum(axis=(0, 1, 2)) + 1e-7
        D = 2 * shared / area
        dp = (D - 2 * t) / area * len(t) / C  # the mean over N comes later
        dz = p * (dp - (p * dp).sum(axis=-1, keepdims=True))
        return np.full((len(t), 1), 1 - D.mean()), dz


def run(bench, seed, steps, rate):
    """Rows {way: (mean IoU of the eleven classes, share of the pixels said to be ink)}."""
    truth, y = named(bench.test), np.eye(C, dtype="float32")[named(bench.train)]
    share = y.mean(axis=(0, 1, 2))
    ways = {
        "cross-entropy": OfPixels(np.ones(C)),
        "cross-entropy, classes weighted": OfPixels(1 / share / C),
        "Dice": DiceOfClasses(),
    }
    rows = {}
    for name, loss in ways.items():
        utils.set_random_seed(seed)
        model = unet(says=(C,))
        fit(model, loss, bench.x, y, steps, seed, None, rate=rate, batch=8)
        said = np.asarray(model.predict(bench.x_test, verbose=0)).argmax(axis=-1)
        metric = metrics.MeanIoU(C)
        metric.update_state(truth, said.reshape(truth.shape))
        rows[name] = metric.result(), float((said > 0).mean())
    return rows


def check(runs):
    """Hold what chapter 16 says of these results."""
    best = {way: max(run[way][0] for run in runs) for way in runs[0]}
    worst = {way: min(run[way][0] for run in runs) for way in runs[0]}
    assert worst["Dice"] > best["cross-entropy, classes weighted"] + 0.02
    assert worst["Dice"] > np.mean([run["cross-entropy"][0] for run in runs]) + 0.1


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--steps", type=int, default=800, help="batches")
    parser.add_argument("--rate", type=float, default=1e-2, help="of Adam at the start")
    options = parser.parse_args()
    bench = Bench({})
    print(f"ink: {(bench.test.masks > 0).mean():.3f} of the pixels")
    runs = [run(bench, seed, options.steps, options.rate) for seed in range(options.seeds)]
    rows = []
    for way in runs[0]:
        columns = zip(*(each[way] for each in runs))
        rows.append([way, *(f"{np.mean(v):.3f} ({min(v):.3f} to {max(v):.3f})" for v in columns)])
    print(markdown(["way", "mIoU of 11 classes", "pixels said to be ink"], rows), flush=True)
    check(runs)


if __name__ == "__main__":
    main()
