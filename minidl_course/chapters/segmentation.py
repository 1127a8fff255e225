"""What chapter 16 draws and measures: which pixel is whose, on the pages of chapter 15."""

import matplotlib.pyplot as plt
import numpy as np
from scipy import ndimage

from minidl import initializers, layers, losses, plots, utils
from minidl.datasets import scenes
from minidl.models import Model
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course import detection
from minidl_course.chapters.common import bare
from minidl_course.chapters.detection import (
    APART,
    INK,
    Diary,
    blobs,
    frame,
    paper,
    show_mask,
)

COLOURS = plots.COLOURS
BLUE, RED = (0.0, 0.45, 0.70), (0.84, 0.37, 0.0)
LEGEND = "grey: right    blue: missed    red: too much"


def hook():
    """A page with boxes, and the same page with the pixels of each digit in a colour."""
    data = scenes.load_data(1, 96, (7, 7), "test", clutter=30, seed=8)
    image, mask, boxes = data.images[0], data.masks[0], data.boxes[0]
    in_boxes = np.zeros(mask.shape, bool)
    for x0, y0, x1, y1 in boxes:
        in_boxes[y0:y1, x0:x1] = True
    share = (mask > 0)[in_boxes].mean()
    assert 0.3 < share < 0.4 and in_boxes[mask > 0].all()
    _, axes = plt.subplots(1, 2, figsize=(7.0, 3.6), layout="compressed")
    paper(axes[0], image, "boxes: where")
    for box in boxes:
        frame(axes[0], box)
    show_mask(axes[1], mask)
    axes[1].set_title("masks: which pixels, and whose", fontsize=9.5)
    plots.show(
        "A page with seven boxes around its digits, and the same page without its scraps, the "
        "pixels of each digit in a colour of its own."
    )
    return share


def pages(test):
    """Six pages, what is ink of a digit on them, and whose it is."""
    _, axes = plt.subplots(3, 6, figsize=(7.4, 3.9), layout="compressed")
    for n, (above, middle, below) in enumerate(axes.T):
        paper(above, test.images[n])
        middle.imshow(test.masks[n] > 0, cmap="Greys")
        bare(middle)
        show_mask(below, test.masks[n])
    for ax, name in zip(axes[:, 0], ("page", "ink of digits", "whose")):
        ax.set_ylabel(name)
    plots.show(
        "Six pages; below each, the pixels of its digits in black, without the scraps; and below "
        "that, the pixels of each digit in a colour of its own."
    )


def smaller(mask, by):
    """The share of ink in every cell of `by` x `by` pixels, (N, S / by, S / by)."""
    N, S, _ = mask.shape
    return mask.reshape(N, S // by, by, S // by, by).mean(axis=(2, 4))


def larger(grid, by):
    """Every cell repeated, `by` pixels wide and high."""
    return grid.repeat(by, axis=1).repeat(by, axis=2)


def coarse(truth, miou, n=2):
    """A mask on coarser and coarser grids, and enlarged again; the mIoU of all of them by grid."""
    S = truth.shape[1]
    grids = {S // by: smaller(truth, by) for by in (1, 2, 4, 8)}
    back = {side: larger(grid, S // side) > 0.5 for side, grid in grids.items()}
    scores = {side: float(miou(mark, truth)) for side, mark in back.items()}

    def draw(side, left, right):
        left.imshow(grids[side][n], cmap="Greys", vmin=0, vmax=1)
        left.set_title(f"share of ink, {side} × {side} cells", fontsize=10)
        compare(right, back[side][n], truth[n])
        right.set_title(f"enlarged again: mIoU {scores[side]:.2f}", fontsize=10)
        right.set_xlabel(LEGEND, fontsize=9)
        bare((left, right))

    alt = (
        "The ink of a page on grids of 48, 24, 12 and 6 cells a side, and enlarged again: the "
        "coarser the grid, the more of the outline is missed or too much."
    )
    film = plots.movie(draw, list(grids), alt, size=(6.4, 3.3), columns=2, still=2, seconds=1.2)
    return film, scores


def compare(ax, mark, truth):
    """Grey where both are ink, blue what was missed, red what is too much."""
    shown = np.ones((*truth.shape, 3))
    shown[mark & truth] = 0.72
    shown[truth & ~mark], shown[mark & ~truth] = BLUE, RED
    ax.imshow(shown)
    bare(ax)


def network():
    """The U-Net as a diagram: down to 6 x 6, up again, and three skips straight across."""
    d = plots.Diagram(7.4, 3.1)
    places = [(0.7, 2.35, 48, 8), (1.6, 1.65, 24, 16), (2.55, 1.05, 12, 32), (3.7, 0.45, 6, 64)]
    ups = [(4.85, 1.05, 12, 32), (5.8, 1.65, 24, 16), (6.7, 2.35, 48, 8)]
    steps = [
        d.volume(x, y, (n, n, m), fill=fill, scale=0.017 if n > 12 else 0.022)
        for part, fill in ((places, "data"), (ups, "layer"))
        for x, y, n, m in part
    ]
    for n in range(len(steps) - 1):
        d.arrow(steps[n], steps[n + 1])
    for n in range(3):
        d.arrow(steps[n], steps[-1 - n], "" if n else "skip", colour="memory")
    plots.show(
        "A U: on the left the grids get smaller, 48, 24, 12, 6; on the right they grow again; "
        "three arrows, the skips, lead straight across."
    )


def diary(x):
    """What a network says of a page, at some of 160 batches."""
    return Diary(x, steps=(0, 10, 20, 40, 80, 120, 160))


def table(marks, truth, miou):
    """A line with mIoU, precision and recall of ink for each way to mark it."""
    rows = {}
    for name, mark in marks.items():
        hit = (mark & truth).sum()
        rows[name] = miou(mark, truth), hit / mark.sum(), hit / truth.sum()
        score, precision, recall = rows[name]
        print(f"{name:24} mIoU {score:.3f}  precision {precision:.2f}  recall {recall:.2f}")
    return rows


def learning(diaries, test, n=2):
    """What two networks mark after so many batches: {name: diary}."""
    truth = test.masks[n] > 0

    def draw(step, *axes):
        paper(axes[0], test.images[n], f"after {step} batches")
        for ax, (name, diary) in zip(axes[1:], diaries.items()):
            compare(ax, diary.said[step][0][0, ..., 0] > 0, truth)
            ax.set_title(name, fontsize=9.5)

    alt = (
        "A page, and what two U-Nets mark as ink while they learn. With skips the outline gets "
        "sharp; without them it stays a blurred smear, red in the holes, blue at the ends."
    )
    steps = list(next(iter(diaries.values())).said)
    return plots.movie(draw, steps, alt, size=(7.2, 2.7), columns=3, seconds=0.8)


def marked(test, truth, marks):
    """Three pages, and what each way marks as ink: right, missed, too much."""
    _, axes = plt.subplots(3, 1 + len(marks), figsize=(7.4, 4.0), layout="compressed")
    for line, n in zip(axes, (2, 5, 10)):
        paper(line[0], test.images[n])
        for ax, mark in zip(line[1:], marks.values()):
            compare(ax, mark[n], truth[n])
    for ax, name in zip(axes[0], ("page", *(name.replace(", ", "\n") for name in marks))):
        ax.set_title(name, fontsize=9)
    axes[0, 0].figure.supxlabel(LEGEND, fontsize=9)
    alt = "Three pages, and what five ways mark as ink: grey right, blue missed, red too much."
    plots.show(alt)


# Whose ink: the detector of chapter 15, with what the package has.


def conv(x, M, stride=1):
    """3 x 3, batch normalization, ReLU."""
    x = layers.Conv2D(M, 3, strides=stride, padding="same", use_bias=False)(x)
    return layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))


def detector(train, steps=600, M=16):
    """The detector of chapter 15, with fewer batches: a heat map of ten classes, and four sides."""
    utils.set_random_seed(0)
    image = layers.Input((None, None, 1))
    half = conv(conv(image, M, 2), M)
    quarter = conv(conv(half, 2 * M, 2), 3 * M)
    eighth = conv(conv(quarter, 4 * M, 2), 4 * M)
    up = layers.UpSampling2D(2)(layers.Conv2D(3 * M, 1)(eighth))
    last = conv(layers.add([quarter, up]), 3 * M)
    heat = layers.Conv2D(10, 1, bias_initializer=initializers.Constant(-4))(last)
    model = Model(image, [heat, layers.Conv2D(4, 1)(last)])
    loss = [losses.PenaltyReducedFocal(from_logits=True), detection.AtCenters()]
    model.compile(Adam(CosineDecay(5e-3, steps)), loss, loss_weights=[1, 2])
    x, size = (train.images / 255).astype("float32"), train.images.shape[1:3]
    heat, sides = detection.targets(train.boxes, train.classes, size, 10, 4, spread=0.15)
    draw = np.random.default_rng(0)
    for _ in range(steps):
        n = draw.integers(0, len(x), 16)
        model.train_on_batch(x[n], [heat[n], sides[n]])
    return model


def finds(model, x, least=0.05):
    """Boxes, scores and classes of every page."""
    heat, sides = model.predict(x, verbose=0)
    found = detection.decode(1 / (1 + np.exp(-heat)), sides, threshold=least)
    return [(f.boxes, f.scores, f.classes) for f in found]


def one_name(found):
    """Suppression across classes: each digit keeps its best name."""
    kept = [detection.non_maximum_suppression(b, s) for b, s, _ in found]
    return [(b[k], s[k], c[k]) for (b, s, c), k in zip(found, kept)]


def with_fainter_ink(labels, image, reach=2):
    """Labels (S, S), 0 for none, also at all ink less than `reach` pixels away from a label."""
    far, (i, j) = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    return labels[i, j] * ((image[..., 0] >= INK) & (far < reach))


def blob_masks(image, one, least):
    """Masks and classes of a page's blobs, each by its best name, with fainter ink that touches."""
    _, labels = blobs(image, APART)
    grown = with_fainter_ink(labels, image)
    scores, classes = (part.reshape(-1, 10) for part in one[1:])
    sure = np.flatnonzero(scores.max(axis=1) >= least)
    return [grown == m + 1 for m in sure], classes[sure, scores[sure].argmax(axis=1)]


def shares_found(answers, data, limit=0.5):
    """Share of the digits that have a mask with IoU >= limit, and those with the right class."""
    good, right, total = 0, 0, 0
    for (masks, classes), truth, expected in zip(answers, data.masks, data.classes):
        for j, c in enumerate(expected):
            if c >= 0:
                mine = truth == j + 1
                each = [(m & mine).sum() / max((m | mine).sum(), 1) for m in masks]
                best = int(np.argmax(each)) if each else -1
                hit = best >= 0 and each[best] >= limit
                good, total = good + hit, total + 1
                right += hit and classes[best] == c
    return good / total, right / total


def masks_of(instances, ink, vote, found, **options):
    """Masks and classes of every page, by the page's function `instances`."""
    for i, v, one in zip(ink, vote, found):
        labels, sure = instances(i, v, one, **options)
        yield [labels == m + 1 for m in range(len(sure))], one[2][sure]


def whose(ways, data):
    """A line for each way to find masks: how many are found, and how many have the right class."""
    found = {name: shares_found(answers, data) for name, answers in ways.items()}
    for name, (good, right) in found.items():
        print(f"{name:27} masks found {good:.0%}, with the right class {right:.0%}")
    return found


def ways(instances, ink, vote, single, several, by_blobs, test):
    """Masks and classes of every page, by connected ink and by what the two networks say."""
    pages = [*zip(test.images, by_blobs)]
    given = instances, ink, vote
    return {
        "connected ink": [blob_masks(*one, 0.3) for one in pages],
        "connected ink, every blob": [blob_masks(*one, 0) for one in pages],
        "nearest centre": masks_of(*given, single, use_votes=False),
        "nearest centre, by votes": masks_of(*given, single),
        "several names a digit": masks_of(*given, several),
    }


def strictly(instances, ink, vote, single, test, limit=0.75):
    """The share of masks found with an IoU of 0.75: to the nearest centre, and by votes."""
    given = instances, ink, vote, single
    ways = [masks_of(*given, use_votes=use) for use in (False, True)]
    shares = [shares_found(answers, test, limit)[0] for answers in ways]
    print("with IoU >= {}: nearest centre {:.0%}, by votes {:.0%}".format(limit, *shares))
    return shares


def astray(data):
    """The share of ink nearer to another digit's true centre, on pages with several digits."""
    wrong, pixels = 0, 0
    for n in np.flatnonzero((data.classes >= 0).sum(axis=1) > 1):
        boxes = data.boxes[n][data.classes[n] >= 0]
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        rows, columns = np.nonzero(data.masks[n])
        there = np.stack([columns + 0.5, rows + 0.5], axis=1)
        nearest = ((there[:, None] - centres) ** 2).sum(axis=-1).argmin(axis=1)
        wrong += (nearest + 1 != data.masks[n][rows, columns]).sum()
        pixels += len(rows)
    share = wrong / pixels
    print(f"several on a page: {share:.1%} of the ink is nearer to another digit's centre")
    return share


def votes_shown(test, ink, vote, found, instances, stride=4):
    """Above, where pixels of ink point; below, whose they are."""
    _, axes = plt.subplots(2, 4, figsize=(7.4, 3.8), layout="compressed")
    for (above, below), n in zip(axes.T, (1, 14, 11, 2)):
        paper(above, test.images[n] * 0.5)
        rows, columns = (at[::7] for at in np.nonzero(ink[n, ..., 0] > 0))
        dx, dy = stride * vote[n, rows, columns].T
        look = {"scale_units": "xy", "scale": 1, "width": 0.01, "color": COLOURS["output"]}
        above.quiver(columns, rows, dx, dy, angles="xy", **look)
        labels, sure = instances(ink[n], vote[n], found[n])
        show_mask(below, labels)
        boxes, _, names = (part[sure] for part in found[n])
        for k, m in enumerate(boxes[:, 0].argsort()):  # from left to right
            look = {"color": plt.get_cmap("tab10")(m + 1), "weight": "bold", "size": 12}
            below.text(6 * k, -1.5, names[m], **look)
    axes[0, 0].set_ylabel("votes")
    axes[1, 0].set_ylabel("digits")
    plots.show(
        "Above, arrows from pixels of ink to the centre they vote for. Below, digits in colour, "
        "each with its name in the same colour over the page."
    )


def shifted(truth, scores, n=2):
    """The true mask of a page moved by 0, 1 and 2 pixels to the right, over the true one."""
    _, axes = plt.subplots(1, len(scores), figsize=(7.0, 2.6), layout="compressed")
    for ax, (by, score) in zip(axes, scores.items()):
        compare(ax, np.roll(truth[n], by, axis=1), truth[n])
        ax.set_title(f"moved by {by}: mIoU {score:.2f}", fontsize=9.5)
    plots.show(
        "The same mask three times. Moved by one pixel it has a blue rim on the left and a red "
        "one on the right; by two, the rims are twice as wide."
    )
