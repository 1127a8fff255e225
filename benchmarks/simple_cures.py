"""One simple thing for the loser: digits without their mean image, in the middle, or upright.

    python benchmarks/simple_cures.py                    # all parts, half a minute
    python benchmarks/simple_cures.py --parts moved

The networks, and how they are trained, are those of the pages: this script runs their cells.
Each part prints a comparison as the page has it, and once more on pixels that were prepared:

    schedules   chapter 07: the rule's rate at batches of 640; Adam at a constant rate, and with a
                cosine with and without its rise. Prepared: without the mean training image
    upright     chapter 08: test digits right without and with shifted copies. Prepared: slant taken
                off, the ink's centre in the middle
    moved       chapter 11: digits moved by 0, 2 and 4 pixels. Prepared: the test digits moved by
                whole pixels until the centre of their ink is at (14, 14); the network is the same
    scaling     chapter 36: the rate in proportion to the batch. Prepared: without the mean image

Three seeds each, the pages', as lowest to highest.
"""

import argparse

import numpy as np
from language_controls import page
from scipy import ndimage

from minidl import Sequential
from minidl.inspection import accuracy_moved
from minidl.layers import Layer
from minidl.optimizers import SGD, Adam, schedules
from minidl_course.chapters import common, many_machines_trials, regularization


def show(name, results):
    """Print a row: lowest and highest of each group of three."""
    print(f"  {name:50}", *(f"{min(a):.3g} to {max(a):.3g}  " for a in results))


def without_mean(x, *others):
    """Take the mean image of x off x and off the others."""
    return [(a - x.mean(axis=0)).astype(np.float32) for a in (x, *others)]


def run_schedules():
    (images, digits), _ = common.load_digits(784)
    cosine = page("07", "setup rates-swept", until="rates = ")["with_cosine"]
    at = page("07", "setup batch-sizes", until="batches, seeds")
    train, at["digits"] = at["train"], digits
    plans = {
        "Adam, constant 0.01": 0.01,
        "Adam, cosine to 0.03": cosine(0.03),
        "Adam, cosine to 0.03, no rise": schedules.CosineDecay(0.03, 480),
    }
    for pixels, at["x"] in (("", images), (", without the mean", *without_mean(images))):
        losses = [[train(SGD(0.002 * B), s, 3, B)[-1] for s in (1, 2, 3)] for B in (160, 640)]
        show("loss at batches of 160 and 640" + pixels, losses)
        for name, plan in plans.items():
            show(name + pixels, [[train(Adam(plan), s, 6)[-1] for s in (1, 2, 3)]])


def upright(images):
    """Images (N, H, W): slant by second moments off, the ink's centre put in the middle."""
    H, W = images.shape[1:]
    middle, out = np.array([(H - 1) / 2, (W - 1) / 2]), np.empty_like(images)
    i, j = np.arange(H)[:, None], np.arange(W)
    for n, ink in enumerate(images):
        row, col = center = np.array(ndimage.center_of_mass(ink))
        slant = (ink * (i - row) * (j - col)).sum() / (ink * (i - row) ** 2).sum()
        shear = np.array([[1, 0], [slant, 1]])
        out[n] = ndimage.affine_transform(ink, shear, center - shear @ middle, order=1)
    return out


def run_upright():
    (x, t), _, (x_test, t_test) = regularization.three_sets()
    data = ("(x, t), (x_val, t_val), (x_test, t_test) = page.three_sets()", "")
    network = page("08", "setup network", [data], until="model, test = ")["network"]
    for pixels, known, new in (("", x, x_test), (", upright", upright(x), upright(x_test))):
        for name, shift in (("no copies", 0.0), ("shifted copies", 0.1)):
            right = []
            for seed in range(3):
                model = network(seed, shift=shift)
                model.fit(known, t, 50, epochs=40, verbose=0)
                answers = model.predict(new, verbose=0).argmax(axis=1)
                right.append(100 * np.mean(answers == t_test))
            show(name + pixels, [right])


class InTheMiddle(Layer):
    """Each image (H, W, 1) moved by whole pixels until its ink's centre is at (14, 14)."""

    def forward(self, x, training=False):
        moves = [np.round(14 - np.array(ndimage.center_of_mass(ink))) for ink in x[..., 0]]
        moved = [ndimage.shift(a, (*move, 0), order=0) for a, move in zip(x, moves)]
        return np.array(moved), None


def run_moved():
    (images, digits), test = common.load_digits(28, 28, 1)
    at = page("11", "setup lenet train")
    models = [at["lenet"](seed) for seed in range(3)]
    for model in models:
        at["train"](model, images, digits, epochs=2)
    centred = [Sequential([InTheMiddle(), *model.layers]) for model in models]
    for pixels, readers in (("as they lie", models), ("put in the middle", centred)):
        right = [[100 * accuracy_moved(m, *test, by) for m in readers] for by in (0, 2, 4)]
        show("moved by 0, 2, 4, " + pixels, right)


def run_scaling():
    (x, _), (x_test, y_test) = common.load_digits(784)
    folded = ('common.folded("What the first cell computes", page.around_the_ring)', "")
    at = page("36", "setup network by-hand large", [folded], until="large = ")
    ways = (("", x, x_test), (", without the mean", *without_mean(x, x_test)))
    for pixels, at["x"], tests in ways:
        at["accuracy"] = many_machines_trials.judge(at["unpacked"], tests, y_test)
        sizes = (512, 1024, 2048)
        right = [[100 * at["run"](N, 0.05 * N / 32, s) for s in range(3)] for N in sizes]
        show("batches of 512, 1,024, 2,048" + pixels, right)


PARTS = {
    "schedules": run_schedules,
    "upright": run_upright,
    "moved": run_moved,
    "scaling": run_scaling,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    for part in parser.parse_args().parts:
        print(part)
        PARTS[part]()
