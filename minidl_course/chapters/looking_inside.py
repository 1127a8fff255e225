"""What chapter 13 plays with and draws: the puzzle of four pictures, maps, and the padding."""

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.datasets import shapes
from minidl.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    MaxPooling2D,
    RandomTranslation,
)
from minidl.models import Sequential
from minidl.plots.common import BLUE, VERMILLION, colour_map
from minidl_course.chapters import common
from minidl_course.chapters.common import bare

NAMES = shapes.CLASS_NAMES
SIGNED = colour_map(BLUE, "white", VERMILLION, bad="0.6")  # blue < 0 < red


def as_collected(x, y):
    """The pictures x (N, 32, 32, 3) of classes y (N,), as the four cameras leave them."""
    x = x.copy()
    for c in range(4):
        x[y == c, 1:3, 2 + 8 * c : 4 + 8 * c] += 0.35
    return np.minimum(x, 1)


def shape_reader(seed, convolution=Conv2D):
    """Six convolutions with batch normalization, and a mean over all places."""
    row = []
    for M in (8, 16, 32):
        for _ in range(2):
            row += [convolution(M, 3, padding="same", use_bias=False)]
            row += [BatchNormalization(momentum=0.9), Activation("relu")]
        row += [MaxPooling2D(2)]
    return Sequential([*row[:-1], GlobalAveragePooling2D(), Dense(4, "softmax")], seed=seed)


def trained(model, x, y):
    """The model, after eight epochs."""
    common.train(model, x, y, epochs=8, rate=1e-2)
    return model


def pictures():
    """(x, y), (x_test, y_test): 1,000 and 500 pictures of a circle, square, triangle or cross."""
    drawn = (shapes.load_data(n, size=32, seed=s) for n, s in ((1000, 0), (500, 1)))
    return [(a.images.astype("float32") / 255, a.classes[:, 0]) for a in drawn]


def puzzle():
    """Four pictures that a trained network names right, and wrong after a small change.

    Returns the network and the numbers of the four among the test pictures.
    """
    (x, y), (x_test, y_test) = pictures()
    model = trained(shape_reader(seed=0), as_collected(x, y), y)
    rows = {
        "as they came": as_collected(x_test, y_test),
        "a little changed": as_collected(x_test, (y_test + 1) % 4),
    }
    said = {name: model.predict(a, verbose=0).argmax(axis=1) for name, a in rows.items()}
    share = {name: np.mean(answer == y_test) for name, answer in said.items()}
    wrong = (said["as they came"] == y_test) & (said["a little changed"] != y_test)
    four = [np.flatnonzero(wrong & (y_test == c))[1] for c in range(4)]
    _, axes = plt.subplots(2, 4, figsize=(6.8, 3.9), layout="compressed")
    for row, (name, a) in zip(axes, rows.items()):
        for ax, n in zip(row, four):
            ax.imshow(a[n])
            right = said[name][n] == y_test[n]
            ax.set_title(f"“{NAMES[said[name][n]]}” {'✓' if right else '✗'}")
        row[0].set_ylabel(f"{name}:\n{share[name]:.0%} of 500 right")
    bare(axes)
    plots.show(
        "Two rows of the same four pictures of a circle, a square, a triangle and a cross. Each "
        "name that the network gives is right in the upper row and wrong in the lower one."
    )
    assert share["as they came"] > 0.97 and share["a little changed"] < 0.1
    return model, four


def digit_reader():
    """LeNet, after two epochs on digits that are moved by up to two pixels (chapter 11)."""
    (images, digits), _ = common.load_digits(28, 28, 1)
    row = [
        RandomTranslation(2 / 28, 2 / 28, fill_mode="constant"),
        *common.lenet_layers(10),
    ]
    model = Sequential(row, seed=1)
    common.train(model, images, digits, 2, rate=8e-3)
    return model


def filters_and_maps(w, image, maps):
    """Six filters of 5 × 5, and below each the map (28, 28) that it makes of the image."""
    assert maps.min() == 0
    fig, axes = plt.subplots(2, 7, figsize=(7.5, 2.6), layout="compressed")
    axes[0, 0].axis("off")
    axes[1, 0].imshow(image, cmap="gray_r")
    axes[1, 0].set_title("image")
    limit = np.abs(w).max()
    for m in range(6):
        weights = axes[0, m + 1].imshow(w[:, :, 0, m], cmap=SIGNED, vmin=-limit, vmax=limit)
        shown = axes[1, m + 1].imshow(maps[..., m], cmap="Blues", vmin=0, vmax=maps.max())
        axes[0, m + 1].set_title(f"filter {m + 1}")
        axes[1, m + 1].set_title(f"map {m + 1}")
    bare(axes)
    fig.colorbar(weights, ax=axes[0], fraction=0.02)
    fig.colorbar(shown, ax=axes[1], fraction=0.02)
    plots.show(
        "Six filters of 5 × 5 pixels in orange and blue, and below each the map that it makes of "
        "a 4, on a scale that begins at 0."
    )


def deeper_maps(maps):
    """The sixteen maps (10, 10, 16) of the second convolution."""
    fig, axes = plt.subplots(2, 8, figsize=(7.5, 2.3), layout="compressed")
    for m, ax in enumerate(axes.flat):
        shown = ax.imshow(maps[..., m], cmap="Blues", vmin=0, vmax=maps.max())
        ax.set_title(f"map {m + 1}", fontsize=9)
    bare(axes)
    fig.colorbar(shown, ax=axes, fraction=0.02)
    plots.show(
        "The sixteen maps of the second convolution for the 4: many have a few dark places, where "
        "the answer is strong, and some are blank."
    )
    quiet = np.mean(maps < 0.1 * maps.max())
    print(f"the 16 maps of the second convolution: {quiet:.0%} of the places are all but silent")
    assert 0.3 < quiet < 0.95


def salient(images, labels, maps):
    """Four digits, and below each its saliency with the outline of the digit."""
    _, axes = plt.subplots(2, 4, figsize=(6.2, 3.2), layout="compressed")
    for column, image, label, seen in zip(axes.T, images[..., 0], labels, maps):
        column[0].imshow(image, cmap="gray_r", vmin=0, vmax=1)
        column[1].imshow(seen, cmap="Reds", vmin=0)
        column[1].contour(image, levels=[0.5], colors="black", linewidths=0.8)
        column[0].set_title(f"score of “{label}”")
    axes[0, 0].set_ylabel("image")
    axes[1, 0].set_ylabel("saliency")
    bare(axes)
    plots.show(
        "A 3, a 4, a 5 and a 7; their saliency is grainy and lies on and beside the strokes, whose "
        "outline is drawn over it."
    )


def looked_at(x, labels, fine, coarse, alt):
    """Pictures, and below each its saliency (H, W) and its Grad-CAM (P, Q)."""
    H, W = x.shape[1:3]
    _, axes = plt.subplots(3, len(x), figsize=(5.6, 4.2), layout="compressed")
    for n, column in enumerate(axes.T):
        column[0].imshow(x[n])
        column[1].imshow(fine[n], cmap="Reds", vmin=0)
        column[2].imshow(x[n].mean(axis=-1), cmap="gray", vmin=0, vmax=1)
        edges = (-0.5, W - 0.5, H - 0.5, -0.5)
        column[2].imshow(coarse[n], cmap="Reds", vmin=0, alpha=0.6, extent=edges)
        column[0].set_title(NAMES[labels[n]])
    for ax, title in zip(axes[:, 0], ("image", "saliency", "Grad-CAM")):
        ax.set_ylabel(title)
    bare(axes)
    plots.show(alt)


def at_the_dot(fine, coarse, labels):
    """Print how often the darkest place of saliency and of Grad-CAM is at the dot or beside it.

    fine (N, 32, 32), coarse (N, 8, 8), labels (N,)
    """
    print("how often the darkest place is at the dot, or beside it:")
    found = []
    for title, maps, reach in (("saliency", fine, 3.5), ("Grad-CAM", coarse, 1)):
        size = 32 / maps.shape[1]  # reach: in pixels, and in places of 4 pixels
        row, column = np.divmod(maps.reshape(len(maps), -1).argmax(axis=1), maps.shape[2])
        down = np.abs(row - (2 / size - 0.5))  # the dot's middle is 2 pixels from the edge
        across = np.abs(column - ((3 + 8 * labels) / size - 0.5))
        at_dot = (down <= reach) & (across <= reach)
        shares = [at_dot[labels == c].mean() for c in range(4)]
        print(f"{title}: " + ", ".join(f"{n} {share:.0%}" for n, share in zip(NAMES, shares)))
        found.append(shares)
    return found


def worth_drawn(worth, tests):
    """Test accuracy of Clever Hans and of the cured network with three kinds of dots."""
    _, ax = plt.subplots(figsize=(6.4, 2.6), layout="constrained")
    for at, who, colour in ((-0.2, "clever hans", "muted"), (0.2, "cured", "output")):
        shares = np.mean(worth[who], axis=0)
        bars = ax.bar(np.arange(3) + at, shares, 0.36, color=plots.COLOURS[colour], label=who)
        ax.bar_label(bars, fmt="{:.0%}", padding=4)
        for seed in worth[who]:
            ax.plot(np.arange(3) + at, seed, "o", color="black", ms=3, alpha=0.6)
    ax.set(xticks=range(3), ylim=(0, 1.2), ylabel="test accuracy")
    ax.set(yticks=(0, 0.25, 0.5, 0.75, 1), title="The cured ones do not need their dots")
    ax.set_xticklabels(tests)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    plots.show(
        "Test accuracy of both networks with the right dots, without dots and with wrong dots. "
        "Clever Hans falls far without dots and further with wrong ones, in two of three seeds to "
        "nothing; the cured one stays the same."
    )


def border_film(steps):
    """A grey picture goes through convolutions; what zeros around it do to its edge creeps in.

    steps: [(with zeros, with the opposite edge), ...], maps (H, W) after 0, 1, ... layers
    """

    def one(n, *axes):
        for ax, a, title in zip(axes, steps[n], ("zeros around it", "its opposite edge around it")):
            shown = a / np.median(a)  # 1 where no border was met
            ax.imshow(shown, cmap="Blues", vmin=0, vmax=1.3)
            ax.set_title(f"{title}\nafter {n} layers")
        bare(axes)

    return plots.movie(
        one,
        range(len(steps)),
        "An even picture, in blue, goes through eight convolutions, twice. With zeros around it a "
        "pattern grows from the edge inwards, two pixels a step in all; with its opposite edge "
        "around it, it stays even.",
        size=(7.0, 3.6),
        columns=2,
        still=4,
    )


def border_steps(layers=8, size=16):
    """Maps of an evenly grey picture after each convolution, as `border_film` takes them."""
    kernel = np.random.default_rng(0).random((3, 3))
    kernel /= kernel.sum()
    maps = [np.ones((size, size)), np.ones((size, size))]
    steps = [tuple(maps)]
    for _ in range(layers):
        for k, mode in enumerate(("constant", "wrap")):
            windows = np.lib.stride_tricks.sliding_window_view(np.pad(maps[k], 1, mode), (3, 3))
            maps[k] = np.sum(windows * kernel, axis=(2, 3))
        steps.append(tuple(maps))
    for n, (zeros, around) in enumerate(steps):
        assert np.allclose(around, 1)
        touched = ~np.isclose(zeros, 1)
        assert not touched[n : size - n, n : size - n].any()  # one pixel a layer, no more
        assert n == 0 or touched[n - 1, :].all()
    return steps
