"""What chapter 14 draws letters with, trains, probes and shows: cuts, depths, labels, heads."""

import functools
import itertools
import unicodedata
from pathlib import Path
from typing import NamedTuple

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ft2font import FT2Font
from scipy import ndimage

from minidl import plots
from minidl.layers import BatchNormalization, Conv2D, Dense, Flatten, Input, ReLU
from minidl.models import Model, Sequential
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course.chapters.common import bare, load_digits, softmax

COLOURS = plots.COLOURS
LOOKS = {
    "letters": (COLOURS["output"], "o"),
    "digits": (COLOURS["data"], "s"),
    "random": (COLOURS["muted"], "^"),
    "shuffled": (COLOURS["memory"], "v"),
    "nothing": (COLOURS["weight"], "D"),
}
DEPTHS = {0: "pixels", 1: "conv 1", 2: "conv 2", 3: "conv 3", 5: "dense"}  # after how many layers
ALPHABETS = ((65, 91), (97, 123), (913, 970), (1040, 1104), (1329, 1416), (4304, 4337))
FONTS = ("DejaVuSans", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSansMono", "DejaVuSerif-Italic")
GRID = np.mgrid[:28, :28] - 13.5  # rows and columns, from the middle
STRETCH = ndimage.zoom(np.eye(5), (5.6, 1), order=1)  # (28, 5): straight lines between five points


class Task(NamedTuple):
    """Images (N, 28, 28, 1) and their classes (N,), for training and for the test."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


class Letters(NamedTuple):
    """Distorted letters (N, 28, 28, 1), their classes (N,), and which letter each class is."""

    x: np.ndarray
    y: np.ndarray
    names: list


def tasks():
    """The digits 0 to 4 and the digits 5 to 9; both have the classes 0 to 4."""
    (x, y), (x_test, y_test) = load_digits(28, 28, 1)
    low, low_test = y < 5, y_test < 5
    early = Task(x[low], y[low], x_test[low_test], y_test[low_test])
    return early, Task(x[~low], y[~low] - 5, x_test[~low_test], y_test[~low_test] - 5)


def some(task, labels, seed):
    """Indices of so many images of each class, others for each seed."""
    rng = np.random.default_rng(100 + seed)
    each = [rng.permutation(np.flatnonzero(task.y == c))[:labels] for c in range(5)]
    return np.concatenate(each)


def load_fonts():
    """The five fonts, which come with Matplotlib."""
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    return [FT2Font(folder / f"{name}.ttf") for name in FONTS]


def glyph(letter, font):
    """A printed letter (28, 28), at most 20 pixels high and wide, its weight in the middle."""
    font.clear()
    font.set_size(48, 72)
    font.set_text(letter)
    font.draw_glyphs_to_bitmap()
    ink = np.asarray(font.get_image()) / 255
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink = ndimage.zoom(ink, 20 / max(ink.shape), order=1)
    i, j = (round(float(place)) + 20 for place in ndimage.center_of_mass(ink))
    return np.pad(ink, 20)[i - 14 : i + 14, j - 14 : j + 14]


def different_letters(fonts):
    """Letters of five alphabets; of those that look alike (A and the Greek Alpha) one is kept."""
    kept, looks = [], []
    for number in (n for first, end in ALPHABETS for n in range(first, end)):
        drawable = all(font.get_char_index(number) for font in fonts)
        if drawable and unicodedata.category(chr(number)).startswith("L"):
            look = ndimage.gaussian_filter(glyph(chr(number), fonts[0]), 1).ravel()
            look /= np.linalg.norm(look)
            if not looks or max(np.array(looks) @ look) < 0.93:
                kept.append(chr(number))
                looks.append(look)
    return kept


def distorted(image, rng):
    """A copy (28, 28) that is turned, sheared, stretched, moved and bent a little."""
    bend = STRETCH @ rng.normal(0, 1, (2, 5, 5)) @ STRETCH.T
    places = np.tensordot(np.eye(2) + rng.normal(0, 0.15, (2, 2)), GRID, 1) + bend
    places += 13.5 + rng.normal(0, 0.7, (2, 1, 1))
    return ndimage.map_coordinates(image, places, order=1)


@functools.cache
def letters(copies):
    """All different letters, so many distorted copies of each in random fonts, shuffled."""
    fonts, rng = load_fonts(), np.random.default_rng(0)
    names = different_letters(fonts)
    y = rng.permutation(np.repeat(np.arange(len(names)), copies))
    drawn = [[glyph(name, font) for font in fonts] for name in names]
    x = [distorted(drawn[k][rng.integers(len(fonts))], rng) for k in y]
    return Letters(np.array(x, "float32")[..., None], y, names)


def train(model, x, y, epochs, rate=3e-3, batch=50):
    """Adam, whose learning rate falls along half a cosine (chapter 07)."""
    rate = CosineDecay(rate, epochs * -(-len(x) // batch))
    model.compile(Adam(rate), "sparse_categorical_crossentropy")
    model.fit(x, y, batch, epochs, verbose=0)
    return model


def accuracy(model, task):
    """The share of a task's test images that a network reads correctly."""
    return float(np.mean(model.predict(task.x_test, 250, verbose=0).argmax(axis=1) == task.y_test))


def features(source, depth, x):
    """What layer `depth` of a network says to x: (N, D). Depth 0 is the pixels."""
    if depth == 0:
        return x.reshape(len(x), -1).astype("float64")
    cut = Model(source.input, source.layers[depth - 1].output)
    return cut.predict(x, 250, verbose=0).reshape(len(x), -1).astype("float64")


def linear_probe(F, labels, F_test, penalty=0.1):
    """Classes of F_test (M, D) by a linear head trained on F (N, D) by ridge regression."""
    mean = F.mean(axis=0)
    scale = np.sqrt(((F - mean) ** 2).sum(axis=1).mean())
    F, F_test = (F - mean) / scale, (F_test - mean) / scale
    Y = np.eye(5)[labels] - 0.2
    if len(F) <= F.shape[1]:
        A = F.T @ np.linalg.solve(F @ F.T + penalty * np.eye(len(F)), Y)  # (D, 5)
    else:  # the same A, from the smaller matrix
        A = np.linalg.solve(F.T @ F + penalty * np.eye(F.shape[1]), F.T @ Y)
    return (F_test @ A).argmax(axis=1)


def probed(source, task, depth, labels, seed, penalty=0.1):
    """The accuracy of a ridge head on layer `depth` of a network, with so many labels a class."""
    few = some(task, labels, seed)
    F, F_test = (features(source, depth, x) for x in (task.x[few], task.x_test))
    return float(np.mean(linear_probe(F, task.y[few], F_test, penalty) == task.y_test))


def hook():
    """Two rows of distorted printed letters, and below them the 25 labelled digits."""
    _, late = tasks()
    _, axes = plt.subplots(4, 13, figsize=(7, 2.5), layout="compressed")
    for ax, image in zip(axes.flat, [*letters(copies=30).x[:26], *late.x[some(late, 5, 0)]]):
        ax.imshow(image[..., 0], cmap="gray", vmin=0, vmax=1)
    bare(axes)
    axes[3, 12].axis("off")
    axes[0, 0].set_ylabel("its past", rotation=0, ha="right", va="center", fontsize=9)
    axes[2, 0].set_ylabel("25 labels", rotation=0, ha="right", va="center", fontsize=9)
    plots.show("Two rows of distorted printed letters, and two rows with 25 handwritten digits.")


def answer(sources, tuned, late):
    """Print what 25 labels give without and with a past; return what the letters gain, each way."""
    kinds = ("letters", "letters"), ("random weights", "random")
    gains = []
    print("new digits right: the mean of three seeds, and each of them")
    for way in ("the last layer alone", "all layers trained"):
        means = []
        for name, kind in kinds:
            found = []
            for seed in range(3):
                if way.startswith("all"):
                    start = None if kind == "random" else sources[kind, seed]
                    found.append(accuracy(tuned(start, 5, seed, 1e-3), late))
                else:
                    found.append(probed(sources[kind, seed], late, 3, 5, seed))
            each = ", ".join(f"{a:.1%}" for a in found)
            row = f"{way}, from {name}"
            print(f"{row:41} {np.mean(found):.0%} ({each})")
            means.append(np.mean(found))
        gains.append(means[0] - means[1])
    return gains


def cut_and_glue():
    """A source and a target network: all weights are copied but those of the last layer."""
    d = plots.Diagram(7.2, 2.7)
    words = ("conv\n16", "conv\n32", "conv\n64", "dense\n128")
    rows = (2.05, "source", "187\nletters", "muted"), (0.75, "target", "5\ndigits", "output")
    for height, name, last, fill in rows:
        before = d.box(0.75, height, f"{name}\nimages", 0.9, 0.6, fill="data")
        for k, word in enumerate(words):
            after = d.box(1.95 + 1.05 * k, height, word, 0.75, 0.6)
            d.arrow(before, after)
            before = after
        d.arrow(before, d.box(6.35, height, last, 0.8, 0.6, fill=fill))
    for k in range(4):
        d.arrow((1.95 + 1.05 * k, 1.72), (1.95 + 1.05 * k, 1.08), colour=COLOURS["weight"])
    d.text(1.05, 1.4, "copy the weights", colour=COLOURS["weight"])
    d.text(6.35, 1.4, "cut here: new head")
    d.text(3.5, 0.2, "either frozen, or fine-tuned")
    plots.show(
        "A source network and a target network. The weights of all layers but the last are copied; "
        "the last is new."
    )


def border_film():
    """Three kinds of training step: everything learns, a frozen body, features that are kept."""
    kinds = ("everything learns", "body frozen", "frozen, features kept")
    back, step = "backward, to the border", "the step: the head moves"
    frames = [(0, "forward", 2, 5), (0, "forward", 5, 5)]
    frames += [(0, "backward", 5, 3), (0, "backward", 5, 1), (0, "the step: all layers move", 5, 1)]
    frames += [(1, "forward", 2, 5), (1, "forward", 5, 5), (1, back, 5, 4), (1, step, 5, 4)]
    frames += [(2, "forward", 5, 5), (2, back, 5, 4), (2, step, 5, 4)]

    def step_of(frame, ax):
        kind, told, reach, low = frame  # how far forward, and back, this moment has come
        d = plots.Diagram(7, 2, ax)
        names = ["images", "conv 16", "conv 32", "conv 64", "new head", "loss"]
        fills = ["data", "layer", "layer", "layer", "output", "white"]
        if kind:
            fills[1:4] = ["muted"] * 3
            ax.plot([4.55, 4.55], [0.3, 1.5], "--", color="0.4", lw=1.2)
            d.text(4.55, 0.16, "border", size=8)
        if kind == 2:
            names[3], fills[0], fills[3] = "features,\nkept", "muted", "data"
        if "step" in told:
            fills[low:5] = ["weight"] * (5 - low)
        nodes = [
            d.box(x, 1.05, name, 0.82, 0.5, fill=fill)
            for x, name, fill in zip((0.5, 1.62, 2.74, 3.86, 5.24, 6.36), names, fills)
        ]
        links = list(itertools.pairwise(nodes))
        for a, b in links[3 if kind == 2 else 0 : reach]:
            d.arrow((a.x + 0.41, 1.14), (b.x - 0.41, 1.14))
        for a, b in links[low:]:
            d.arrow((b.x - 0.41, 0.94), (a.x + 0.41, 0.94), colour="gradient")
            d.arrow((a.x, 0.8), (a.x, 0.5), colour="gradient")
            d.text(a.x, 0.38, "$dW$", colour="gradient")
        d.text(0.1, 1.75, f"{kinds[kind]}: {told}", align="left", size=10)

    alt = (
        "Three kinds of training steps. If everything learns, the gradient goes from the loss back "
        "to the first layer, and each layer takes a dW. With a frozen body only the head takes "
        "one, and no gradient crosses the border; with kept features even forward starts there."
    )
    return plots.movie(step_of, frames, alt, size=(7, 2), still=7)


def both_ways(small, back_to, task):
    """The layers that back_to met on the way back, and its gradients; those of the package."""
    x, y = task.x[:20], task.y[:20]
    small.compile("adam", "sparse_categorical_crossentropy")
    scored, _ = small.split_activation()  # the layers without the softmax

    def upstream(z):
        return (softmax(z) - np.eye(5)[y]).astype("float32") / len(z)

    small.zero_grad()
    visited = back_to(scored.layers, 4, x, upstream)
    ours = [p.grad.copy() for p in small.trainable_weights]
    small.zero_grad()
    small.loss_and_gradient(x, y, input_gradient=False)
    return visited, ours, [p.grad for p in small.trainable_weights]


def cosines(source, task):
    """Print, and return, how alike inputs of the dense layer are: same class, others, the least."""
    F = features(source, 4, task.x[some(task, 100, 0)])
    F /= np.linalg.norm(F, axis=1, keepdims=True)
    alike, kin = F @ F.T, np.arange(500)[:, None] // 100 == np.arange(500) // 100
    same, others, least = alike[kin].mean(), alike[~kin].mean(), alike.min()
    print(f"cosine of two inputs of the dense layer, same digit: {same:.2f}")
    print(f"of different digits: {others:.2f}, the smallest of all {least:.2f}")
    return same, others, least


def depths(sources, late):
    """Accuracies (3, 5) of probes at five depths for each source: drawn, printed, returned."""
    kinds = ("letters", "digits", "random", "shuffled")
    by_depth = {
        kind: np.array(
            [[probed(sources[kind, s], late, d, 20, s) for d in DEPTHS] for s in range(3)]
        )
        for kind in kinds
    }
    _, ax = plt.subplots(figsize=(6.4, 3.1), layout="constrained")
    for kind, found in by_depth.items():
        colour, mark = LOOKS[kind]
        ax.plot(100 * found.mean(axis=0), mark + "-", color=colour, label=kind)
        low, high = 100 * found.min(axis=0), 100 * found.max(axis=0)
        ax.fill_between(range(5), low, high, color=colour, alpha=0.2, lw=0)
    ax.set(xticks=range(5), xticklabels=DEPTHS.values(), ylabel="right, % (bands: three seeds)")
    ax.set_title("What the dense layer loses depends on the source", fontsize=10.5)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    plots.show(
        "Accuracy of linear probes at five depths for four sources. Letters and digits rise up to "
        "the third convolution. At the dense layer the letters stay level and the other three fall."
    )
    print("with 20 labels  " + "  ".join(f"{name:>7}" for name in DEPTHS.values()))
    for kind, found in by_depth.items():
        print(f"{kind:14}  " + "  ".join(f"{a:7.1%}" for a in found.mean(axis=0)))
    return by_depth


def penalties(sources, late):
    """Print what each penalty gives; return the smallest lead of letters over random weights."""

    def mean(kind, labels, penalty):
        return np.mean([probed(sources[kind, s], late, 3, labels, s, penalty) for s in range(3)])

    ahead = []
    print("\nconv 3, with 5 and with 20 labels, by the penalty")
    for penalty in (0.01, 0.1, 1):
        each = [(mean("letters", n, penalty), mean("random", n, penalty)) for n in (5, 20)]
        print(f"{penalty:5}: " + "; ".join(f"letters {a:.1%}, random {b:.1%}" for a, b in each))
        ahead += [a - b for a, b in each]
    return min(ahead)


def flattened(source, task):
    """The plane of the class means at each depth, and the share of the spread between classes."""
    x, y = task.x_test[:300], task.y_test[:300]
    planes, apart = {}, {}
    for depth, name in DEPTHS.items():
        F = features(source, depth, x)
        middles = np.array([F[y == c].mean(axis=0) for c in range(5)])
        _, _, Vt = np.linalg.svd(middles - middles.mean(axis=0), full_matrices=False)
        flat = (F - F.mean(axis=0)) @ Vt[:2].T
        planes[name] = flat / flat.std()
        inner = sum(((F[y == c] - middles[c]) ** 2).sum() for c in range(5))
        apart[name] = 1 - inner / ((F - F.mean(axis=0)) ** 2).sum()
    told = ", ".join(f"{name} {share:.0%}" for name, share in apart.items())
    print(f"between classes: {told}")
    return planes, apart


def apart_from_each_other(spots, least):
    """The places (5, 2) of the labels, pushed away from each other where they would overlap."""
    for _ in range(40):
        gaps = spots[:, None] - spots
        far = np.hypot(gaps[..., 0], gaps[..., 1]) + 9 * np.eye(5)
        spots = spots + (0.2 * np.clip(least / far - 1, 0, 1)[..., None] * gaps).sum(axis=1)
    return spots


def depth_film(planes, apart, y):
    """Clouds of the digits y (300,) at five depths, in the plane of their means."""
    reach = 1.05 * max(abs(plane).max() for plane in planes.values())

    def at_depth(name, ax):
        middles = [np.median(planes[name][y == c], axis=0) for c in range(5)]
        labels = apart_from_each_other(np.array(middles), 0.2 * reach)
        for c in range(5):
            spots, colour = planes[name][y == c], plt.get_cmap("tab10")(c + 5)
            ax.plot(*spots.T, ".", ms=4, color=colour, alpha=0.5)
            box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75}
            where = {"ha": "center", "va": "center", "bbox": box}
            ax.text(*labels[c], c + 5, size=12, weight="bold", color=colour, **where)
        ax.set(xticks=[], yticks=[], xlim=(-reach, reach), ylim=(-reach, reach))
        share = f"{apart[name]:.0%} of the spread in all features is between classes"
        ax.set_title(f"{name}: {share}", fontsize=10)

    alt = (
        "Clouds of the digits 5 to 9 at five depths. In each the 6 lies mostly apart, and 5 and 8 "
        "overlap; little else changes."
    )
    return plots.movie(at_depth, list(DEPTHS.values()), alt, size=(4.6, 4), still=3)


def by_labels(table, counts):
    """Print all means, draw seven rows; return the widest gap between seeds from 20 labels on."""
    print(f"{'labels of each class':22}" + "".join(f"{n:>8}" for n in counts))
    for name, found in table.items():
        print(f"{name:22}" + "".join(f"{a:8.1%}" for a in found.mean(axis=0)))
    spreads = [np.ptp(found, axis=0) for found in table.values()]
    widest, spread = max(s[0] for s in spreads), max(max(s[1:]) for s in spreads)
    print(f"between seeds: up to {widest:.0%} with 5 labels, up to {spread:.0%} from 20 on")
    _, axes = plt.subplots(1, 2, figsize=(7.2, 3), layout="constrained", sharey=True)
    panels = (
        ("frozen letters", "frozen random", "fine-tuned letters", "from nothing"),
        ("frozen digits", "frozen random", "frozen shuffled"),
    )
    for ax, names in zip(axes, panels):
        for name in names:
            colour, mark = LOOKS[name.split()[1]]
            dashed = "fine-tuned" in name
            style = {"ls": "--", "mfc": "white"} if dashed else {}
            found = 100 * table[name]
            x = range(found.shape[1])
            ax.plot(x, found.mean(axis=0), marker=mark, color=colour, label=name, **style)
            if not dashed:
                low, high = found.min(axis=0), found.max(axis=0)
                ax.fill_between(x, low, high, color=colour, alpha=0.1, lw=0)
        ax.set(xticks=range(4), xticklabels=counts, ylim=(63, 100))
        ax.set_xlabel("labels of each class (bands: three seeds)")
        ax.legend(loc="lower right", fontsize=8.5, frameon=False)
    axes[0].set_ylabel("new digits right, %")
    axes[0].set_title("A useful source counts while labels are few", fontsize=10)
    axes[1].set_title("Digits help; shuffled, they do not", fontsize=10)
    plots.show(
        "Accuracy against the number of labels. With five, letters, frozen or fine-tuned, are "
        "above a start from nothing and above frozen random features. With 400 all are close. "
        "Frozen digits are above random features with few labels, shuffled ones hardly anywhere. "
        "Bands: three seeds, left out of the dashed line."
    )
    return spread


def heads(sources, late, transferred, seeds=range(3)):
    """Print what a random head and one of zeros give with 5 labels; return the best of each way."""
    rates = (3e-4, 1e-3, 3e-3, 1e-2)

    def trained(seed, head, body, rate):
        model, few = transferred(sources["letters", seed], seed, head), some(late, 5, seed)
        x, y = late.x[few], late.y[few]
        for layer in model.layers[:-1]:
            layer.trainable = body == "learns"
        if body == "first the head":
            train(model, x, y, 150, 1e-2, 25)
            for layer in model.layers[:-1]:
                layer.trainable = True
        return accuracy(train(model, x, y, 150, rate, 25), late)

    best = {}
    print("5 labels, from letters; rate".ljust(33) + "".join(f"{rate:>8g}" for rate in rates))
    ways = [(body, head) for body in ("frozen", "learns") for head in ("random", "zeros")]
    for body, head in [*ways, ("first the head", "random")]:
        means = [np.mean([trained(s, head, body, rate) for s in seeds]) for rate in rates]
        best[body, head] = max(means)
        row = f"body {body}, head {head}"
        print(f"{row:33}" + "".join(f"{a:8.1%}" for a in means))
    return best


def costs(seconds, epochs=5):
    """Print what three ways of training cost by the clock, and by formula (2)."""
    body = 14 * 14 * 9 * 16 + 7 * 7 * 9 * 16 * 32 + 4 * 4 * 9 * 32 * 64
    head = 1024 * 5
    counted = [3 * epochs * (body + head), epochs * (body + 2 * head), body + 2 * epochs * head]
    widths = (10, 8, 15)
    rows = {
        "seconds": [f"{s:.2f}" for s in seconds],
        "times the last": [f"{s / seconds[-1]:.1f}" for s in seconds],
        "by formula (2)": [f"{n / counted[-1]:.1f}" for n in counted],
    }
    print("processor time    all learns   frozen   features kept")
    for name, row in rows.items():
        print(f"{name:17} " + " ".join(f"{a:>{width}}" for a, width in zip(row, widths)))


def normalized_body(seed):
    """Three convolutions that halve the image, each with batch normalization."""
    layers = [Input((28, 28, 1))]
    for maps in (16, 32, 64):
        layers += [Conv2D(maps, 3, strides=2, padding="same", use_bias=False)]
        layers += [BatchNormalization(momentum=0.9), ReLU()]
    return Sequential([*layers, Flatten()], seed=seed)


def drift(new_head, early, negatives):
    """How old digits are read before and after a new head: printed, and returned (3, 5).

    A row is a seed: the old task before; then the new and the old task, really frozen; then both
    with statistics that drift. That no weight has changed is checked.
    """
    rows = []
    for seed in range(3):
        body = normalized_body(seed)
        old = Sequential([body, Dense(5, "softmax")], seed=seed)
        row = [accuracy(train(old, early.x, early.y, epochs=4), early)]
        kept = [w.copy() for w in body.get_weights()]
        weights = list(body.params().values())
        for really_frozen in (True, False):
            body.set_weights(kept)
            values = [p.value.copy() for p in weights]
            new = new_head(body, seed, really_frozen)
            assert all(np.array_equal(a, p.value) for a, p in zip(values, weights))
            row += [accuracy(new, negatives), accuracy(old, early)]
        rows.append(row)
    rows = np.array(rows)
    print("                      negatives of 5 to 9    0 to 4, old head")
    print(f"before                                  {rows[:, 0].mean():18.1%}")
    for name, k in (("really frozen", 1), ("statistics drift", 3)):
        low, high = rows[:, k + 1].min(), rows[:, k + 1].max()
        means = f"{rows[:, k].mean():18.1%} {rows[:, k + 1].mean():18.1%}"
        print(f"{name:20} {means}   ({low:.0%} to {high:.0%})")
    return rows


def forgotten(paths):
    """Print where the paths (seeds, moments, 2) end; return how much of the old task is left."""
    for rate, found in paths.items():
        (before, _), (after, new) = found.mean(axis=0)[[0, -1]]
        low, high = found[:, -1, 0].min(), found[:, -1, 0].max()
        old = f"{before:.0%} to {after:.0%} ({low:.0%} to {high:.0%})"
        print(f"rate {rate:g}: 0 to 4 from {old}, 5 to 9 at {new:.0%}")
    return [found[:, -1, 0].mean() for found in paths.values()]


def forgetting_film(paths):
    """The old task against the new one while a network is fine-tuned, for each rate."""

    def moment(frame, ax):
        styles = ("0.65", "s-"), ("0.4", "o-"), (LOOKS["digits"][0], "^-")
        for (rate, found), (colour, style) in zip(paths.items(), styles):
            way = 100 * found.mean(axis=0)[: frame + 1]
            ax.plot(way[:, 1], way[:, 0], style, color=colour, ms=4, lw=1, label=f"rate {rate:g}")
        ax.legend(loc="lower left", frameon=False)
        ax.set(xlim=(0, 100), xlabel="5 to 9, new head: right, %")
        ax.set(ylim=(0, 100), ylabel="0 to 4, old head: right, %")
        ax.set_title(f"after {4 * frame} batches of 25", fontsize=10.5)

    alt = (
        "Three paths start at a high accuracy on the old task and a low one on the new. A small "
        "rate goes right, a large one falls."
    )
    return plots.movie(moment, list(range(11)), alt, size=(4.8, 3.4), still=10)


def pooling(sources, late, whole_share):
    """Print, and return, what probes on means over all places give, and on as many mixtures."""
    pooled, mixed = [], []
    for seed in range(3):
        source, few = sources["letters", seed], some(late, 20, seed)
        whole = [features(source, 3, x) for x in (late.x[few], late.x_test)]  # (N, 1024)
        means = [F.reshape(len(F), 16, 64).mean(axis=1) for F in whole]
        mix = np.random.default_rng(seed).standard_normal((1024, 64))
        for found, (F, F_test) in ((pooled, means), (mixed, [F @ mix for F in whole])):
            found.append(np.mean(linear_probe(F, late.y[few], F_test) == late.y_test))
    print(f"frozen letters, 20 labels of each digit: all places {whole_share:.1%}")
    print(f"averaged {np.mean(pooled):.1%}; 64 random mixtures of all 1,024 {np.mean(mixed):.1%}")
    return np.mean(pooled), np.mean(mixed)


def middle(path):
    """The middle of a photograph as VGG16 wants it: (1, 224, 224, 3), from 0 to 255."""
    image = plt.imread(path)[..., :3]
    image = image * (255.0 if image.max() <= 1 else 1.0)  # a PNG is read as 0 to 1
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    image = image[top : top + side, left : left + side]
    return ndimage.zoom(image, (224 / side, 224 / side, 1), order=1)[None]


def try_photograph(path, recognized):
    """Print what recognized(image) says of a photograph, or what is missing."""
    if path is None:
        print("No photograph yet: put its path into PHOTO above, and run this cell again.")
        return
    try:
        for _, name, probability in recognized(middle(path)):
            print(f"{probability:.0%} {name}")
    except OSError as error:  # offline: says where the weights may lie
        print(error)


def headline(mean):
    """Print in a line what five labels of each class give."""
    names = ("frozen letters", "frozen random", "fine-tuned letters", "from nothing")
    frozen, random, fine, nothing = (f"{mean[name][0]:.0%}" for name in names)
    trained = f"all trained: {fine}, {nothing}"
    print(f"5 labels: frozen letters {frozen}, random {random}; {trained}")
