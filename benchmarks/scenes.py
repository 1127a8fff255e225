"""Pages of scattered digits: find them, mark their ink, tell them apart. Three seeds.

    python benchmarks/scenes.py                           all three parts
    python benchmarks/scenes.py --parts find --seeds 1
    python benchmarks/scenes.py --at-least 0.8            fail if the detector finds less

find     Boxes: centres by a heat map, with and without the focal loss; connected ink and LeNet.
mark     Ink of digits: a U-Net with and without skips, with Dice; large blobs of ink.
whose    Masks of single digits: both networks together; blobs.

Pages are of 48 x 48 pixels with one to three digits; test pages hold digits that no training page
has. Prints a table for each part: the mean over seeds, the worst and the best seed, and processor
seconds of training (set NUMBA_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1).
"""

import argparse
import time

import numpy as np
from scenes_measures import C, given_to, mean_ap, mean_iou, shares_found, suppressed
from scenes_networks import DiceOfLogits, detector, unet, votes
from train_step import markdown

from minidl import losses, utils
from minidl.datasets import scenes
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course import detection
from minidl_course.chapters.detection import blobs, read_blobs, reader
from minidl_course.chapters.segmentation import blob_masks

SIZE, STRIDE, SPREAD = 48, 4, 0.15
LIMITS = (0.5, 0.75)
STEPS = {"find": 1500, "mark": 800}


def entropy():
    """Cross-entropy of each pixel."""
    return losses.BinaryCrossentropy(from_logits=True)


PAINTERS = {
    "skips, cross-entropy": (True, entropy),
    "no skips, cross-entropy": (False, entropy),
    "skips, Dice": (True, DiceOfLogits),
}


def pixels(data):
    """Images from 0 to 1, float32."""
    return (data.images / 255).astype("float32")


def fit(model, loss, x, y, steps, seed, weights, rate=5e-3, batch=16):
    """Train on random batches; return processor seconds."""
    model.compile(Adam(CosineDecay(rate, steps)), loss, loss_weights=weights)
    rng, start = np.random.default_rng(seed), time.process_time()
    for _ in range(steps):
        n = rng.integers(0, len(x), batch)
        model.train_on_batch(x[n], [a[n] for a in y] if isinstance(y, (list, tuple)) else y[n])
    return time.process_time() - start


def decoded(model, x):
    """What the detector finds, down to a score of 0.01."""
    z, sides = model.predict(x, verbose=0)
    return detection.decode(1 / (1 + np.exp(-z)), sides, STRIDE, threshold=0.01)


class Bench:
    """The pages, and what is trained on them for one seed."""

    def __init__(self, steps):
        self.steps = steps
        self.train = scenes.load_data(4000, SIZE, (1, 3), seed=1)
        self.test = scenes.load_data(500, SIZE, (1, 3), "test", seed=2)
        self.x, self.x_test = pixels(self.train), pixels(self.test)
        given = self.train.boxes, self.train.classes, (SIZE, SIZE), C, STRIDE, SPREAD
        self.y = detection.targets(*given)
        self.kept = {}

    def eye(self, seed, gamma=2.0):
        """A trained detector and its processor seconds; each is trained once."""
        if (seed, gamma) not in self.kept:
            utils.set_random_seed(seed)
            model = detector()
            heat = losses.PenaltyReducedFocal(alpha=gamma, from_logits=True)
            loss = [heat, detection.AtCenters()]
            seconds = fit(model, loss, self.x, self.y, self.steps["find"], seed, [1, 2])
            self.kept[seed, gamma] = model, seconds
        return self.kept[seed, gamma]

    def letters(self, seed):
        """LeNet on blobs, and its processor seconds."""
        if ("blobs", seed) not in self.kept:
            start = time.process_time()
            model = reader(self.train, epochs=6, seed=seed)
            self.kept["blobs", seed] = model, time.process_time() - start
        return self.kept["blobs", seed]

    def find(self, seed):
        """Rows {way: (mAP@.5, mAP@.75, seconds)}."""
        rows = {}
        for gamma in (2.0, 0.0):
            model, seconds = self.eye(seed, gamma)
            found = decoded(model, self.x_test)
            ways = {f"centres, gamma {gamma:g}": found}
            if gamma == 2:
                ways["the same, suppressed"] = suppressed(found)
            for name, what in ways.items():
                rows[name] = (*(mean_ap(what, self.test, at) for at in LIMITS), seconds)
        model, seconds = self.letters(seed)
        found = [detection.Found(b, k, s) for b, s, k in read_blobs(model, self.test)]
        rows["connected ink, LeNet"] = (*(mean_ap(found, self.test, at) for at in LIMITS), seconds)
        return rows

    def painter(self, seed, name="skips, cross-entropy"):
        """A trained U-Net and its processor seconds."""
        if (name, seed) not in self.kept:
            ink = (self.train.masks > 0)[..., None].astype("float32")
            loss = [PAINTERS[name][1](), detection.AtCenters()]
            utils.set_random_seed(seed)
            model = unet(PAINTERS[name][0])
            y = [ink, votes(self.train, STRIDE)]
            given = model, loss, self.x, y, self.steps["mark"], seed, [1, 0.1]
            self.kept[name, seed] = model, fit(*given, rate=1e-2, batch=8)
        return self.kept[name, seed]

    def mark(self, seed):
        """Rows {way: (mIoU, seconds)}."""
        truth = (self.test.masks > 0).astype(int)
        rows = {}
        for name in PAINTERS:
            model, seconds = self.painter(seed, name)
            said = model.predict(self.x_test, verbose=0)[0][..., 0] > 0
            rows[name] = mean_iou(truth, said), seconds
        for least in (1, 60):
            large = []
            for image in self.test.images:
                _, labels = blobs(image)
                enough = np.bincount(labels.ravel()) >= least
                enough[0] = False
                large.append(enough[labels])
            rows[f"ink, blobs of {least} pixels or more"] = mean_iou(truth, np.array(large)), 0.0
        return rows

    def whose(self, seed):
        """Rows {way: (share of digits with mask and class right, mask alone, seconds)}."""
        eye, a = self.eye(seed)
        painter, b = self.painter(seed)
        letters, c = self.letters(seed)
        ink, vote = painter.predict(self.x_test, verbose=0)
        found = decoded(eye, self.x_test)
        rows = {}
        single = suppressed(found, across=True)
        for name, names, share in (
            ("nearest centre", single, 0),
            ("nearest centre, by votes", single, STRIDE),
            ("the same, several names a digit", found, STRIDE),
        ):
            masks = [given_to(f, i[..., 0] > 0, share * v) for f, i, v in zip(names, ink, vote)]
            rows[name] = (*shares_found(masks, self.test), a + b)
        ink_and_names = [*zip(self.test.images, read_blobs(letters, self.test))]
        for name, least in (("connected ink, LeNet", 0.3), ("the same, every blob", 0)):
            masks = [blob_masks(*page, least) for page in ink_and_names]
            rows[name] = (*shares_found(masks, self.test), c)
        return rows


HEADS = {
    "find": ["way", "mAP@.5 (worst to best seed)", "mAP@.75", "CPU-s"],
    "mark": ["way", "mIoU (worst to best seed)", "CPU-s"],
    "whose": ["way", "mask and class right (worst to best seed)", "mask alone", "CPU-s"],
}


def table(runs):
    """Rows of a table of [{way: (score, ..., seconds)} of each seed]."""
    rows = []
    for way in runs[0]:
        first, *others, seconds = zip(*(run[way] for run in runs))
        spread = f"{np.mean(first):.3f} ({min(first):.3f} to {max(first):.3f})"
        rest = [f"{np.mean(values):.3f}" for values in others]
        rows.append([way, spread, *rest, f"{np.mean(seconds):.0f}"])
    return rows


def check(part, runs, at_least):
    """Hold what chapters 15 and 16 say of these results."""
    worst = {way: min(run[way][0] for run in runs) for way in runs[0]}
    best = {way: max(run[way][0] for run in runs) for way in runs[0]}
    if part == "find":
        assert worst["centres, gamma 2"] >= at_least, worst
        assert worst["centres, gamma 2"] > best["connected ink, LeNet"] + 0.1
        low, high = ([run[f"centres, gamma {g}"] for run in runs] for g in (0, 2))
        assert np.mean(low, axis=0)[0] > np.mean(high, axis=0)[0] - 0.01  # cross-entropy at .5
        assert np.mean(high, axis=0)[1] > np.mean(low, axis=0)[1] - 0.01  # focal loss at .75
    elif part == "mark":
        assert worst["skips, cross-entropy"] > best["no skips, cross-entropy"] + 0.05
        assert worst["skips, cross-entropy"] > best["ink, blobs of 60 pixels or more"]
    else:
        assert worst["nearest centre, by votes"] > best["connected ink, LeNet"] + 0.1
        assert worst["nearest centre, by votes"] > best["the same, several names a digit"]


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default=",".join(HEADS), help="names, with commas")
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--steps", type=float, default=1.0, help="times as many batches")
    parser.add_argument("--at-least", type=float, default=0.0, help="mAP@.5 of the worst seed")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := set(parts) - set(HEADS):
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(HEADS)}")
    bench = Bench({name: int(n * options.steps) for name, n in STEPS.items()})
    results = {}
    for part in parts:
        runs = results[part] = [getattr(bench, part)(seed) for seed in range(options.seeds)]
        print(markdown(HEADS[part], table(runs)), "", sep="\n", flush=True)
    for part, runs in results.items():
        check(part, runs, options.at_least)


if __name__ == "__main__":
    main()
