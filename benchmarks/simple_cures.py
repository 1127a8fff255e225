"""One simple thing for the loser: digits without their mean image, in the middle, or upright.

    python benchmarks/simple_cures.py                    # all parts, half a minute
    python benchmarks/simple_cures.py --parts moved

The networks, and how they are trained, are those of the pages: this script runs their functions.
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
import ast
from pathlib import Path

import nbformat
import numpy as np
from scipy.ndimage import affine_transform, center_of_mass

from minidl import Sequential, layers
from minidl.optimizers import SGD, Adam, AdamW, schedules
from minidl_course.chapters import common, many_machines_trials, regularization

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def of_the_page(chapter, *wanted, **names):
    """Return names, and with them the functions of these names that the page defines."""
    (path,) = NOTEBOOKS.glob(f"{chapter}-*.ipynb")
    names |= vars(layers) | {"np": np, "Sequential": Sequential, "schedules": schedules}
    names |= {"SGD": SGD, "Adam": Adam, "AdamW": AdamW}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and any(f"def {name}(" in cell.source for name in wanted):
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef) and node.name in wanted:
                    exec(ast.unparse(node), names)
    return names


def show(name, results):
    """Print a row: lowest and highest of each group of three."""
    print(f"  {name:50}", *(f"{min(a):.3g} to {max(a):.3g}  " for a in results))


def without_mean(x, *others):
    """Take the mean image of x off x and off the others."""
    return [(a - x.mean(axis=0)).astype(np.float32) for a in (x, *others)]


def run_schedules():
    (images, digits), _ = common.load_digits(784)
    page = of_the_page("07", "train", "with_cosine", digits=digits)
    train, cosine = page["train"], page["with_cosine"]
    plans = {
        "Adam, constant 0.01": 0.01,
        "Adam, cosine to 0.03": cosine(0.03),
        "Adam, cosine to 0.03, no rise": schedules.CosineDecay(0.03, 480),
    }
    for pixels, page["x"] in (("", images), (", without the mean", *without_mean(images))):
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
        row, col = center = np.array(center_of_mass(ink))
        slant = (ink * (i - row) * (j - col)).sum() / (ink * (i - row) ** 2).sum()
        shear = np.array([[1, 0], [slant, 1]])
        out[n] = affine_transform(ink, shear, center - shear @ middle, order=1)
    return out


def run_upright():
    (x, t), _, (x_test, t_test) = regularization.three_sets()
    network = of_the_page("08", "network")["network"]
    for pixels, prepared in (("", lambda a: a), (", upright", upright)):
        for name, shift in (("no copies", 0.0), ("shifted copies", 0.1)):
            right = []
            for seed in range(3):
                model = network(seed, shift=shift)
                model.fit(prepared(x), t, 50, epochs=40, verbose=0)
                answers = model.predict(prepared(x_test), verbose=0).argmax(axis=1)
                right.append(100 * np.mean(answers == t_test))
            show(name + pixels, [right])


def shifted(images, down, right):
    """Images (N, H, W, 1) moved by whole pixels, at most 14, with paper behind."""
    paper = np.pad(images, ((0, 0), (14, 14), (14, 14), (0, 0)))
    return np.roll(paper, (down, right), axis=(1, 2))[:, 14:-14, 14:-14]


def in_the_middle(images):
    """Each image (H, W, 1) moved by whole pixels until its ink's centre is at (14, 14)."""
    moves = [np.round(14 - np.array(center_of_mass(a[..., 0]))).astype(int) for a in images]
    return np.concatenate([shifted(a[None], *move) for a, move in zip(images, moves)])


def run_moved():
    (images, digits), (test, t_test) = common.load_digits(28, 28, 1)
    page = of_the_page("11", "lenet", "train")
    ways = {0: ((0, 0),), 2: ((2, 0), (-2, 0), (0, 2), (0, -2))}
    ways[4] = tuple((2 * down, 2 * right) for down, right in ways[2])
    models = [page["lenet"](seed) for seed in range(3)]
    for model in models:
        page["train"](model, images, digits, epochs=2)
    for pixels, prepared in (("as they lie", lambda a: a), ("put in the middle", in_the_middle)):
        sets = {d: [prepared(shifted(test, *way)) for way in ways[d]] for d in ways}
        right = [
            [
                100 * np.mean([m.predict(a, verbose=0).argmax(axis=1) == t_test for a in moved])
                for m in models
            ]
            for moved in sets.values()
        ]
        show("moved by 0, 2, 4, " + pixels, right)


def run_scaling():
    (x, y), (x_test, y_test) = common.load_digits(784)
    page = of_the_page("36", "unpacked", "gradient", "batches", "run", y=y)
    page["start"] = many_machines_trials.start
    ways = (("", x, x_test), (", without the mean", *without_mean(x, x_test)))
    for pixels, page["x"], tests in ways:
        page["accuracy"] = many_machines_trials.judge(page["unpacked"], tests, y_test)
        right = [
            [100 * page["run"](N, 0.05 * N / 32, s) for s in range(3)] for N in (512, 1024, 2048)
        ]
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
