"""What chapter 15 draws and measures: boxes on pages of digits, and an opponent that reads ink.

Chapter 16 shows the same pages, and takes how they are drawn and the opponent from here.
"""

import itertools

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from scipy import ndimage

from minidl import losses, plots, utils
from minidl.datasets import mnist, scenes
from minidl.layers import Activation, BatchNormalization, Conv2D, Dense, Flatten
from minidl.models import Sequential
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course import detection
from minidl_course.chapters.common import bare, lenet_layers

COLOURS = plots.COLOURS
HEAT = LinearSegmentedColormap.from_list("heat", ["white", "#CC79A7", "#5C1846"])
INK = 96  # from this grey on a pixel is ink
APART = 192  # from this grey on blobs are cut out to be read: best on 300 other training pages
FIVE, LEAST = (128, 160, 192, 208, 224), 10  # five such greys, and the lowest blob there, in pixels
CELL = {"fc": COLOURS["highlight"], "ec": "0.3", "lw": 0.8}


def pixels(data):
    """Images from 0 to 1, (N, S, S, 1) float32."""
    return (data.images / 255).astype("float32")


def paper(ax, image, title=""):
    """A page in grey on white, so that boxes stand out."""
    ax.imshow(np.squeeze(image), cmap="Greys", vmin=0, vmax=420)
    height, width = image.shape[:2]
    ax.set(xticks=[], yticks=[], xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    ax.set_title(title, fontsize=9.5)


def frame(ax, box, colour="truth", label="", style="-", width=1.5):
    """A box x0, y0, x1, y1 on an image whose pixel 0 goes from -0.5 to 0.5."""
    x0, y0, x1, y1 = np.asarray(box, float)
    look = {"fill": False, "ec": COLOURS[colour], "ls": style, "lw": width}
    ax.add_patch(Rectangle((x0 - 0.5, y0 - 0.5), x1 - x0, y1 - y0, **look))
    if label != "":
        paint = {"fc": "white", "ec": "none", "alpha": 0.75, "pad": 0.8}
        place = {"va": "top", "ha": "left", "size": 8, "clip_on": True, "bbox": paint}
        ax.text(x0, y0, label, color=COLOURS[colour], weight="bold", **place)


def show_mask(ax, mask):
    """The pixels of each thing in a colour of its own, on white."""
    ax.imshow(mask, cmap="tab10", vmin=0, vmax=9, alpha=(mask > 0) * 1.0)
    bare(ax)


def hook():
    """A dark page, twice as wide as those of the training, and what is on it."""
    puzzle = scenes.load_data(1, 96, (7, 7), "test", clutter=30, seed=8)
    _, ax = plt.subplots(figsize=(4.2, 4.2), layout="compressed")
    ax.imshow(puzzle.images[0, ..., 0], cmap="gray")
    bare(ax)
    plots.show(
        "A dark page with bright handwritten digits, some of which overlap, and small scraps."
    )
    assert sorted(puzzle.classes[0]) == [0, 0, 3, 3, 7, 8, 8]
    return puzzle


def pages(test):
    """Six pages with their boxes, and their masks below."""
    share, several = (test.masks > 0).mean(), (test.classes >= 0).sum(axis=1).mean()
    assert 0.05 < share < 0.2
    print(f"digits on a page: {several:.2f}; their ink: {share:.1%} of the pixels")
    _, axes = plt.subplots(2, 6, figsize=(7.4, 2.7), layout="compressed")
    for n, (above, below) in enumerate(axes.T):
        paper(above, test.images[n])
        for box, c in zip(test.boxes[n], test.classes[n]):
            if c >= 0:
                frame(above, box, label=c)
        show_mask(below, test.masks[n])
    axes[0, 0].set_ylabel("boxes")
    axes[1, 0].set_ylabel("masks")
    plots.show(
        "Six pages with boxes around their digits, and below the pixels of each digit in colour."
    )


# The opponent: connected ink, and LeNet.


def blobs(image, ink=INK):
    """Boxes (M, 4) around connected ink, and the labels (S, S) of its pixels."""
    labels, _ = ndimage.label(image[..., 0] >= ink, np.ones((3, 3)))
    slices = ndimage.find_objects(labels)
    found = [(x.start, y.start, x.stop, y.stop) for y, x in slices]
    return np.array(found, float).reshape(-1, 4), labels


def pieces(image, greys=FIVE, least=LEAST):
    """The boxes (M, 4) of the blobs at several greys, and their masks, each once."""
    found = {}
    for grey in greys:
        boxes, labels = blobs(image, grey)
        for m, box in enumerate(boxes):
            if box[3] - box[1] >= least:
                found.setdefault(tuple(box), labels == m + 1)
    return np.array([*found]).reshape(-1, 4), [*found.values()]


def crop(image, box):
    """What is in the box, stretched to LeNet's 28 x 28."""
    x0, y0, x1, y1 = box.astype(int)
    rows, columns = np.linspace(y0, y1 - 1, 28), np.linspace(x0, x1 - 1, 28)
    grid = np.meshgrid(rows, columns, indexing="ij")
    return ndimage.map_coordinates(image[..., 0] / 255.0, grid, order=1)


def crops(data, boxes_of=lambda image: blobs(image, APART)[0]):
    """Boxes of the blobs of every page, and what is in each of them (M, 28, 28, 1) of all."""
    found = [boxes_of(image) for image in data.images]
    pictures = [crop(image, b) for image, page in zip(data.images, found) for b in page]
    return found, np.array(pictures, "float32")[..., None]


def names_of(boxes, truth, classes, C):
    """The class of the digit with which each box agrees; C if it agrees with none."""
    agree = detection.iou(boxes, truth[classes >= 0])
    return np.where(agree.max(axis=1) >= 0.5, classes[agree.argmax(axis=1)], C)


def cut_at_five(data):
    """`crops` of the blobs at five greys."""
    return crops(data, lambda image: pieces(image)[0])


def detector_layers(classes, M=16):
    """New convolutions as the detector's, down to its coarsest grid, and a softmax."""
    steps = [(M, 2), (M, 1), (2 * M, 2), (3 * M, 1), (4 * M, 2), (4 * M, 1)]
    layers = []
    for maps, stride in steps:
        layers.append(Conv2D(maps, 3, stride, padding="same", use_bias=False))
        layers += [BatchNormalization(momentum=0.9), Activation("relu")]
    return [*layers, Flatten(), Dense(classes, "softmax")]


def reader(train, C=10, epochs=3, seed=0, cut=crops, make=lenet_layers):
    """A network for digits, cut out as blobs are, and for blobs; class C is no single digit."""
    found, pictures = cut(train)
    blob_names = [names_of(*page, C) for page in zip(found, train.boxes, train.classes)]
    (digits, labels), _ = mnist.load_sample()
    inked = [np.nonzero(d >= APART) for d in digits]
    around = [np.array([x.min(), y.min(), x.max() + 1, y.max() + 1]) for y, x in inked]
    whole = np.array([crop(d[..., None], b) for d, b in zip(digits, around)], "float32")
    pictures = np.concatenate([whole[..., None], pictures])
    labels = np.concatenate([labels, *blob_names])
    utils.set_random_seed(seed)
    model = Sequential(make(C + 1))
    steps = epochs * -(-len(labels) // 32)
    model.compile(Adam(CosineDecay(4e-3, steps)), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, 32, epochs, verbose=0)
    return model


def read_blobs(model, data, cut=crops):
    """Boxes, scores and classes of every page, by connected ink and a reader: a blob as all ten."""
    found, pictures = cut(data)
    p = model.predict(pictures, 500, verbose=0)[:, :-1]  # all but "scrap"
    ten = np.arange(p.shape[1])
    p = np.split(p, np.cumsum([len(page) for page in found])[:-1])
    return [(b.repeat(len(ten), 0), s.ravel(), np.tile(ten, len(b))) for b, s in zip(found, p)]


def better_ink(train, test):
    """What connected ink finds, cut at five greys and read by the detector's convolutions."""
    # two epochs take about as long as the detector's 900 batches
    model = reader(train, epochs=2, cut=cut_at_five, make=detector_layers)
    return thinned(read_blobs(model, test, cut_at_five))


def right_boxes(one, truth, classes, threshold):
    """How many of a page's boxes, scores and classes with this score are right, and how many."""
    found, s, k = one
    right, said = 0, 0
    for c in np.unique(k):
        mine = (s >= threshold) & (k == c)
        right += detection.match(found[mine], s[mine], truth[classes == c]).sum()
        said += mine.sum()
    return int(right), int(said)


def rates(found, data, threshold, name=""):
    """Precision and recall of what is said with at least this score; printed if it has a name."""
    pages = zip(found, data.boxes, data.classes)
    right, said = np.sum([right_boxes(*page, threshold) for page in pages], axis=0)
    precision, recall = right / max(said, 1), right / np.sum(data.classes >= 0)
    if name:
        print(f"threshold {threshold}, {name}: precision {precision:.0%}, recall {recall:.0%}")
    return precision, recall


def blobs_shown(by_blobs, test, threshold=0.5):
    """Four pages, with the boxes that connected ink and LeNet find; the share of right ones."""
    right = [right_boxes(*page, threshold)[0] for page in zip(by_blobs, test.boxes, test.classes)]
    there = (test.classes >= 0).sum(axis=1)
    _, axes = plt.subplots(1, 4, figsize=(7.4, 2.1), layout="compressed")
    for n, ax in enumerate(axes):
        paper(ax, test.images[n], f"right: {right[n]} of {there[n]}")
        for box, score, c in zip(*by_blobs[n]):
            if score > threshold:
                frame(ax, box, "output", f"{c}")
    share = sum(right) / there.sum()
    print("digits found by connected ink, with box and class right: ", end="")
    print(f"{sum(right)} of {there.sum()}, {share:.0%}")
    plots.show("Four pages, with the boxes that connected ink and LeNet find.")
    return share


# Measures of boxes.


def differs(iou, rng):
    """How far `iou` is from the package's for 200 pairs of boxes, some of which do not meet."""
    corners = rng.integers(0, 20, (200, 2, 2))
    pairs = np.concatenate([corners, corners + rng.integers(1, 15, (200, 2, 2))], axis=2)
    ours = np.array([iou(a, b) for a, b in pairs])
    theirs = np.array([detection.iou([a], [b])[0, 0] for a, b in pairs])
    assert theirs.min() == 0
    return np.abs(ours - theirs).max()


def sliding(test, iou, n=1, digit=0):
    """A box slides off another of the same size: IoU, and the generalized IoU, over the shift."""
    size = test.images.shape[1]
    truth = test.boxes[n, int(np.argmax(test.classes[n] == digit))].astype(float)
    wide = truth[2] - truth[0]
    shifts = np.array([0, 0.1, 0.2, 1 / 3, 0.5, 0.7, 0.9, 1, 1.3, 1.7, 2])
    boxes = [truth + np.array([s * wide, 0, s * wide, 0]) for s in shifts]
    curve = [iou(truth, box) for box in boxes]
    general = [1 - losses.GeneralizedIoU()(truth[None], box[None])[0] for box in boxes]
    assert np.allclose(general[:8], curve[:8]) and max(curve[7:]) < 1e-9
    assert np.isclose(general[-1], -1 / 3)
    print(f"shifted by a third of its width: IoU {curve[3]:.2f}")

    def draw(moment, left, right):
        moved = boxes[moment]
        left.imshow(test.images[n, ..., 0], cmap="Greys", vmin=0, vmax=420)
        (x0, y0), (x1, y1) = np.maximum(truth, moved)[:2], np.minimum(truth, moved)[2:]
        if x1 > x0:
            look = {"fc": COLOURS["highlight"], "alpha": 0.5}
            left.add_patch(Rectangle((x0 - 0.5, y0 - 0.5), x1 - x0, y1 - y0, **look))
        frame(left, truth, "truth", "truth")
        frame(left, moved, "output")
        bare(left)
        left.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
        right.plot(shifts, general, "--", color=COLOURS["gradient"], label="generalized IoU")
        right.plot(shifts, curve, color=COLOURS["output"], label="IoU")
        right.plot(shifts[moment], curve[moment], "o", color=COLOURS["output"])
        right.axhline(0.5, color="0.8", lw=1, ls=":")
        right.set(xlabel="shift, in widths of the box", ylim=(-0.4, 1.05))
        right.legend(fontsize=8, loc="upper right")
        right.set_title(f"IoU {curve[moment]:.2f}", fontsize=10)

    alt = (
        "A box slides off another of the same size; the shared area shrinks, and IoU falls fast "
        "to 0, where it stays. The generalized IoU goes on falling."
    )
    return plots.movie(draw, range(11), alt, size=(5.2, 2.4), columns=2, still=3, seconds=0.4)


def shaken(test, n):
    """The true boxes of a page, shaken five times (M, 4), and scores (M,) by how close they are."""
    things = test.boxes[n][test.classes[n] >= 0].astype(float)
    jitter = np.random.default_rng(2)
    many = np.repeat(things, 5, axis=0) + jitter.normal(0, 1.6, (5 * len(things), 4))
    closeness = detection.iou(many, things).max(axis=1)
    return many, np.round(0.95 * closeness + 0.05 * jitter.random(len(many)), 2)


def kept_by(suppress, many, scores):
    """What `suppress` keeps at a threshold of 0.5; at four, the same as the package."""
    kept = {limit: suppress(many, scores, limit) for limit in (0.1, 0.3, 0.5, 0.7)}
    for limit, ours in kept.items():
        assert ours == list(detection.non_maximum_suppression(many, scores, limit))
    counts = [len(ours) for ours in kept.values()]
    assert counts == sorted(counts) and counts[2] == 4
    print(f"{len(many)} boxes, {len(kept[0.5])} kept; their scores: {scores[kept[0.5]]}")
    return kept[0.5]


def cleaning(image, many, scores, kept):
    """Suppression, box by box: keep the best, drop what agrees with it."""
    moments = [(0, "before")]
    for m in range(len(kept)):
        moments += [(m, "keep"), (m, "drop")][: 1 + (m < len(kept) - 1)]  # at the end none is left
    agree = detection.iou(many, many)
    words = {
        "before": "all boxes",
        "keep": "keep the best left",
        "drop": "drop what agrees with it",
    }

    def draw(moment, ax):
        m, what = moment
        paper(ax, image)
        done = [] if what == "before" else kept[: m + 1]
        judges = done if what == "drop" else done[:-1]
        gone = {i for b in judges for i in range(len(many)) if i != b and agree[b, i] > 0.5}
        for i, box in enumerate(many):
            if i not in gone and i not in done:
                frame(ax, box, "muted", width=0.9)
        for i in done:
            frame(ax, many[i], "output", f"{scores[i]:.2f}", width=2)
        ax.set_title(f"{words[what]}: {len(many) - len(gone) - len(done)} waiting", fontsize=9.5)

    alt = (
        "Many boxes around three digits. The best stays, those that agree with it go, and so on. "
        "Of the 1 two boxes stay."
    )
    return plots.movie(draw, moments, alt, size=(6.4, 3.6), still=2, seconds=0.9)


def growing(right, recall, precision, best_from_here, area):
    """Seven boxes, one after the other, and the curve of precision and recall."""

    def draw(k, left, ax):
        for i in range(7):
            known = i <= k
            said = COLOURS["memory"] if right[i] else COLOURS["gradient"]
            colour = said if known else "white"
            left.add_patch(Rectangle((0.1, 6 - i), 0.8, 0.8, fc=colour, ec="0.5"))
            words = "" if not known else "right" if right[i] else "wrong"
            left.text(1.1, 6.4 - i, words, va="center", size=9)
            left.text(-0.1, 6.4 - i, f"{i + 1}", va="center", ha="right", size=9)
        left.set(xlim=(-0.5, 2.4), ylim=(-0.2, 7.1))
        left.axis("off")
        ax.plot(recall[: k + 1], precision[: k + 1], "o-", color=COLOURS["output"], ms=5, lw=1)
        if k == 6:
            before = 0.0
            for i in np.flatnonzero(right):
                look = {"fc": COLOURS["highlight"], "alpha": 0.5, "ec": "none"}
                corner, wide = (before, 0), recall[i] - before
                ax.add_patch(Rectangle(corner, wide, best_from_here[i], **look))
                before = recall[i]
        ax.set(xlim=(0, 1.03), ylim=(0, 1.08), xlabel="recall", ylabel="precision")
        ax.set_title(f"{k + 1} of 7 boxes" + (f": area {area:.3f}" if k == 6 else ""), fontsize=10)

    alt = "Seven boxes, one after the other, right or wrong, and the curve of precision and recall."
    return plots.movie(draw, range(7), alt, size=(5.6, 2.6), columns=2, seconds=0.8)


def by_cutting(right, scores, expected):
    """Average precision a second way: for every number of digits, the purest cut that finds it."""
    cuts = [scores >= limit for limit in np.unique(scores)]
    points = [(right[cut].sum(), right[cut].mean()) for cut in cuts]
    pure = [[p for hits, p in points if hits >= n] for n in range(1, expected + 1)]
    return sum(max(ps) if ps else 0.0 for ps in pure) / expected


def three_ways(average_precision, rng):
    """The areas (100, 3) of random lists: by the page, by cutting, by the package."""
    ways = average_precision, by_cutting, detection.average_precision
    lists = [(rng.random(30) < 0.6, rng.permutation(30) / 30.0, 30) for _ in range(100)]
    return np.array([[way(*one) for way in ways] for one in lists])


def thinned(found):
    """Non-maximum suppression within each class."""
    out = []
    for b, s, k in found:
        keep = [
            np.flatnonzero(k == c)[detection.non_maximum_suppression(b[k == c], s[k == c])]
            for c in range(10)
        ]
        keep = np.concatenate(keep)
        out.append((b[keep], s[keep], k[keep]))
    return out


# Anchors and centres.


def anchors(test, size=48, stride=4):
    """Nine anchors at one cell, and those of all cells that are of use."""
    cells = (np.arange(size // stride) + 0.5) * stride
    shapes = [(h * r, h) for h in (15, 20, 25) for r in (0.4, 0.65, 0.9)]  # width, height
    every = [
        (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        for y in cells
        for x in cells
        for w, h in shapes
    ]
    agree = [detection.iou(every, t[c >= 0]) for t, c in zip(test.boxes, test.classes)]
    useful = np.mean([(a >= 0.5).any(axis=1).mean() for a in agree])
    best = np.concatenate([a.max(axis=0) for a in agree])
    ssd = sum(side**2 * k for side, k in [(38, 4), (19, 6), (10, 6), (5, 6), (3, 4), (1, 4)])
    print(f"anchors on a page: {len(every):,}; with IoU >= 0.5 to a digit: {useful:.1%}")
    print(f"IoU of the best anchor of a digit: mean {best.mean():.2f}")
    print(f"SSD on 300 x 300 pixels: {ssd:,}")
    assert ssd == 8732 and useful < 0.06 and 0.65 < best.mean() < 0.9
    _, axes = plt.subplots(1, 2, figsize=(5.6, 2.8), layout="compressed")
    for ax, title in zip(axes, ("nine anchors at one cell", "those with IoU ≥ 0.5")):
        paper(ax, test.images[1], title)
    for box in every[(6 * 12 + 6) * 9 :][:9]:
        frame(axes[0], box, "data", width=1)
    for box in np.array(every)[(agree[1] >= 0.5).any(axis=1)]:
        frame(axes[1], box, "data", width=0.8)
    plots.show(
        "Left, nine boxes of three heights and shapes around one cell; right, all good ones."
    )


def encoded(test, n=1, digit=6, stride=4):
    """What a page's cells should say: the cell of each centre, its offset, the heat map (shown)."""
    size = test.images.shape[1]
    given = test.boxes, test.classes, (size, size), 10, stride
    heat, _ = detection.targets(*given, spread=0.15)
    boxes = test.boxes[n][test.classes[n] >= 0].astype(float)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    k = int(np.argmax(test.classes[n] == digit))
    (cx, cy), (x0, y0, x1, y1) = middles[k], boxes[k]
    i, j = int(cy // stride), int(cx // stride)
    assert (i, j) == (8, 7) and (cx, cy) == (30, 34.5)
    assert (heat[n] == 1).sum() == len(boxes) and heat[n, i, j, digit] == 1
    print(f"the {digit} has its centre at ({cx}, {cy}) pixels: cell in row {i}, column {j}")
    print(f"width {(x1 - x0) / stride}, height {(y1 - y0) / stride}, ", end="")
    print(f"offset ({cx / stride - j}, {cy / stride - i}) cells")

    _, axes = plt.subplots(1, 3, figsize=(7.4, 2.8), layout="compressed")
    for ax in axes[:2]:
        paper(ax, test.images[n])
        for at in range(0, size + 1, stride):
            ax.axvline(at - 0.5, color="0.8", lw=0.5)
            ax.axhline(at - 0.5, color="0.8", lw=0.5)
    for box, (x, y) in zip(boxes, middles):
        frame(axes[0], box)
        corner = x // stride * stride - 0.5, y // stride * stride - 0.5
        axes[0].add_patch(Rectangle(corner, stride, stride, alpha=0.8, **CELL))
    axes[0].set_title("one cell a digit: that of its centre", fontsize=9.5)
    corner = j * stride - 0.5, i * stride - 0.5
    axes[1].add_patch(Rectangle(corner, stride, stride, alpha=0.6, **CELL))
    axes[1].plot(cx - 0.5, cy - 0.5, "o", color="black", ms=5)
    arrow = {"arrowstyle": "-|>", "color": COLOURS["output"], "lw": 1.5, "shrinkA": 0, "shrinkB": 3}
    axes[1].annotate("", (cx - 0.5, cy - 0.5), corner, arrowprops=arrow)
    axes[1].set(xlim=(corner[0] - 6, corner[0] + 10), ylim=(corner[1] + 10, corner[1] - 6))
    axes[1].set_title(f"close up: the offset of the {digit}", fontsize=9.5)
    axes[2].imshow(heat[n].max(axis=-1), cmap=HEAT, vmin=0, vmax=1)
    bare(axes[2])
    axes[2].set_title("the heat map it should paint", fontsize=9.5)
    plots.show(
        "A page with a grid of cells, the three cells with a centre in yellow; one of them close "
        "up with an arrow from its corner to the centre; and a heat map with three bright spots."
    )
    return heat


def network():
    """The detector as a diagram: 48, 24, 12, a detour through 6, and two outputs."""
    d = plots.Diagram(7.4, 2.6)
    page = d.volume(0.7, 1.35, (48, 48, 1), "page", scale=0.018)
    half = d.volume(2.0, 1.35, (24, 24, 16), "", fill="layer", scale=0.018)
    quarter = d.volume(3.2, 1.75, (12, 12, 48), "", fill="layer", scale=0.022)
    eighth = d.volume(3.9, 0.55, (6, 6, 64), "", fill="layer", scale=0.03)
    plus = d.gate(4.65, 1.75, "+", fill="white")
    last = d.volume(5.35, 1.75, (12, 12, 48), "", fill="layer", scale=0.022)
    heat = d.box(6.75, 2.3, "heat\n12 × 12 × 10", 1.05, fill="output")
    rest = d.box(6.75, 1.2, "size, offset\n12 × 12 × 4", 1.05, fill="output")
    row = [page, half, quarter, plus, last]
    for a, b in [*itertools.pairwise(row), (last, heat), (last, rest)]:
        d.arrow(a, b)
    d.arrow((3.9, 1.75), eighth)
    d.arrow(eighth, plus, "up", sides=("right", "bottom"))
    plots.show(
        "A page of 48 by 48 pixels goes through convolutions to a grid of 12 by 12, with a detour "
        "through 6 by 6; from it come a heat map for ten classes, and sizes and offsets."
    )


def pull(q, gamma):
    """|d l / d z| of the focal loss."""
    return np.abs((1 - q) ** gamma * (gamma * q * np.log(q) - (1 - q)))


def focal():
    """Loss and gradient over q, for three gammas, and how hard many easy noes pull with them."""
    for gamma in (0, 1, 2):
        nos, yes = 1438 * pull(0.99, gamma), 2 * pull(0.01, gamma)
        print(f"gamma {gamma}: 1,438 easy noes pull with {nos:7.4f}, two hard yeses {yes:.2f}")
    rate = 2 / 1440  # what every answer would say that knows nothing but how rare a yes is
    nos, yes = 1438 * pull(1 - rate, 0), 2 * pull(rate, 0)
    print(f"gamma 0, all at {rate:.4f}: 1,438 noes pull with {nos:.2f}, two yeses {yes:.2f}")
    assert np.isclose(nos, yes)
    assert 1438 * pull(0.99, 0) > 7 * 2 * pull(0.01, 0) and 1438 * pull(0.99, 2) < 0.01
    q = np.linspace(0.005, 0.999, 200)
    _, axes = plt.subplots(1, 2, figsize=(7.0, 2.6), layout="compressed")
    for gamma, style in ((0, "-"), (1, "--"), (2, ":")):
        name = f"γ = {gamma}" + (" (cross-entropy)" if gamma == 0 else "")
        loss = -((1 - q) ** gamma) * np.log(q)
        axes[0].plot(q, loss, style, color=COLOURS["output"], label=name)
        axes[1].plot(q, pull(q, gamma), style, color=COLOURS["gradient"], label=name)
    axes[0].set(xlabel="q, probability of the right answer", ylabel="loss", ylim=(0, 4))
    axes[1].set(xlabel="q, probability of the right answer", ylabel="pull on z")
    axes[0].legend(fontsize=8)
    plots.show("Loss and gradient over q: the larger gamma, the flatter both are near q = 1.")


# What the network says.


class Diary:
    """What a network says of some pages after so many batches: {step: outputs}."""

    def __init__(self, x, steps=(0, 50, 100, 200, 300, 400, 600, 900)):
        self.x, self.steps, self.said = x, steps, {}

    def __call__(self, model, step):
        """Note what the model says, if this is a step to look at."""
        if step in self.steps:
            self.said[step] = model.predict(self.x, verbose=0)


def rows(ways, test, mean_ap):
    """A line with mAP@.5 and mAP@.75 for each way to find boxes; returns both (ways, 2)."""
    table = [[mean_ap(found, test, limit) for limit in (0.5, 0.75)] for found in ways.values()]
    for name, (loose, strict) in zip(ways, table):
        print(f"{name:34} mAP@.5 {loose:.2f}   mAP@.75 {strict:.2f}")
    return np.array(table)


def with_truth(says, truth, part):
    """The outputs for boxes, with one part as it really is in the cells with a centre."""
    says, there = says.copy(), truth[..., 4] == 1
    says[..., part][there] = truth[..., part][there]
    return says


def learning(diary, test, decode):
    """Heat maps and boxes of three pages after so many batches, as the diary has them."""

    def draw(step, *axes):
        heat, box = diary.said[step]
        for n in range(3):
            above, below = axes[n], axes[3 + n]
            above.imshow((1 / (1 + np.exp(-heat[n]))).max(axis=-1), cmap=HEAT, vmin=0, vmax=1)
            bare(above)
            paper(below, test.images[1 + n])
            for b, _, c in zip(*decode(heat[n : n + 1], box[n : n + 1], 0.3)[0]):
                frame(below, b, "output", c)
        axes[0].set_title(f"after {step} batches", fontsize=10, loc="left")

    alt = (
        "Heat maps and boxes of three pages while the network learns: blank at first, then a faint "
        "cloud over the ink, then peaks at most of the digits."
    )
    size = {"size": (5.2, 3.6), "columns": 3, "rows": 2}
    return plots.movie(draw, list(diary.said), alt, seconds=0.8, **size)


def thresholds(found, test):
    """A slider: what is said above a threshold, and precision and recall of it."""

    def cut(threshold):
        _, axes = plt.subplots(1, 4, figsize=(7.4, 2.3), layout="compressed")
        for n, ax in zip((5, 6, 7), axes):
            paper(ax, test.images[n])
            for b, score, c in zip(*found[n]):
                if score >= threshold:
                    frame(ax, b, "output", c)
        axes[3].bar([0, 1], rates(found, test, threshold), color=COLOURS["output"])
        axes[3].set_xticks([0, 1], ["precision", "recall"])
        axes[3].set(ylim=(0, 1))
        axes[3].set_title(f"threshold {threshold:.2f}", fontsize=9.5)

    alt = "Three pages with boxes above a threshold, and precision and recall on all test pages."
    return plots.sliders(cut, alt, threshold=(0.05, 0.9, 0.05, 0.3))


def solved(puzzle, found):
    """The page of the hook with the true boxes, and with those of the network."""
    _, axes = plt.subplots(1, 2, figsize=(6.8, 3.4), layout="compressed")
    paper(axes[0], puzzle.images[0], "the truth")
    paper(axes[1], puzzle.images[0], "the network, threshold 0.3")
    for box, c in zip(puzzle.boxes[0], puzzle.classes[0]):
        frame(axes[0], box, "truth", c)
    for b, _, c in zip(*found):
        frame(axes[1], b, "output", c)
    seen, said = right_boxes(found, puzzle.boxes[0], puzzle.classes[0], 0)
    print(f"the page of the hook: {said} boxes, {seen} of 7 digits right")
    plots.show("The page of the hook twice, with the true boxes and with those of the network.")
    return seen


def background(test, results, centres, scores):
    """A page and its heat maps by five ways to train; the heat at the true centres, of each."""
    _, axes = plt.subplots(1, 6, figsize=(7.4, 1.9), layout="compressed")
    paper(axes[0], test.images[6])
    axes[0].set_title("page\n\n", fontsize=9)
    hot = []
    for ax, (name, (z, _)), score in zip(axes[1:], results.items(), scores):
        p, words = 1 / (1 + np.exp(-z)), name.replace("\n", " ")
        hot.append(p[centres].mean())
        print(f"{words:20} heat at true centres {hot[-1]:.2f}, mAP@.5 {score:.2f}")
        ax.imshow(p[6].max(axis=-1), cmap=HEAT, vmin=0, vmax=0.5)
        bare(ax)
        ax.set_title(f"{name}\nmAP {score:.2f}", fontsize=9)
    plots.show(
        "A page and five heat maps after 100 batches. The first is faintly warm at the border, the "
        "next three are nearly blank, and the last is warm around the digits."
    )
    return hot


def half_a_stride(test, moved, n=6):
    """A page with the network's boxes, and with all of them half a stride too far."""
    _, axes = plt.subplots(1, 2, figsize=(4.6, 2.5), layout="compressed")
    for ax, (name, f) in zip(axes, moved.items()):
        paper(ax, test.images[n], name)
        for box in test.boxes[n][test.classes[n] >= 0]:
            frame(ax, box, "truth", style=":")
        for b, s, c in zip(*f[n]):
            if s > 0.3:
                frame(ax, b, "output", c)
    plots.show(
        "The same page twice, with dotted true boxes. Left, the boxes of the network; right, all "
        "of them 2 pixels too far."
    )
