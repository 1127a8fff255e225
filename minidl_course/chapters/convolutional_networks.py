"""What chapter 11 draws: windows, a film of two layers, fields cut from the side, curves."""

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.datasets import mnist
from minidl.layers import Conv2D
from minidl.plots.common import VERMILLION, colour_map
from minidl_course.chapters.common import bare


def hook():
    """Two digits through windows of growing size around the lowest point of their ink."""
    (images, digits), _ = mnist.load_sample()
    pair = [np.flatnonzero(digits == digit)[n] for digit, n in ((5, 3), (6, 4))]
    sizes = (3, 5, 9, 15, 28)
    wide = np.pad(images / 255, ((0, 0), (8, 8), (8, 8)))  # paper all around
    _, axes = plt.subplots(2, 5, figsize=(7.5, 3.3), layout="compressed")
    for row, n in zip(axes, pair):
        lowest, side = max(zip(*np.nonzero(wide[n] > 0.9)))  # the lowest black pixel
        for ax, R in zip(row, sizes):
            top, left = (lowest - R // 2, side - R // 2) if R < 28 else (8, 8)
            shown = wide[n, top : top + R, left : left + R]
            ax.imshow(shown, cmap="gray_r", vmin=0, vmax=1)
    for ax, R in zip(axes[0], sizes):
        ax.set_title(f"{R} × {R}")
    for ax, name in zip(axes[:, 0], "AB"):
        ax.set_ylabel(f"digit {name}", rotation=0, ha="right")
    bare(axes)
    plots.show(
        "Two digits through windows of 3, 5, 9, 15 and 28 pixels. The small windows show much the "
        "same piece of a stroke; the largest shows a 5 and a 6."
    )


def corner_kernel(corner):
    """The two 9 × 9 kernels of the corner finder, one for each map that it reads."""
    _, axes = plt.subplots(1, 2, figsize=(4.6, 2.4), layout="compressed")
    names = "for horizontal strokes", "for upright strokes"
    for ax, kernel, name in zip(axes, np.moveaxis(corner.w.value[..., 0], 2, 0), names):
        ax.imshow(kernel, cmap="Oranges", vmin=0, vmax=1.6)
        ax.add_patch(plt.Rectangle((3.5, 3.5), 1, 1, fill=False, ec="black", lw=1.5))
        ax.set_title(name)
        ax.set(xticks=np.arange(0.5, 8), yticks=np.arange(0.5, 8), xticklabels=[], yticklabels=[])
        ax.tick_params(length=0)
        ax.grid(color="0.75", lw=0.5)
    plots.show(
        "Two kernels of 9 by 9. The one for horizontal strokes has ones in a bar that runs from "
        "the left edge to the middle; the one for upright strokes in a bar from the middle down."
    )


def corner_film(eyes, image):
    """A window slides over an image and its two stroke maps; the map of corners fills up."""
    strokes, corner = eyes.layers
    middle, _ = strokes.forward(image[None])
    found = corner.forward(middle)[0][0, ..., 0]  # (28, 28)
    peak = tuple(int(k) for k in np.unravel_index(found.argmax(), found.shape))
    assert peak[0] < 14 < peak[1] and np.mean(found > 0.2 * found.max()) < 0.03
    rows, columns = sorted({3, 7, peak[0], 16, 21, 25}), sorted({4, peak[1], 24})
    paper = colour_map("white", "black", bad="#cfe6f5")

    def one_place(place, *axes):
        p, q = place
        answered = np.arange(28 * 28).reshape(28, 28) <= p * 28 + q
        panels = (
            (image[..., 0], 13, "image"),
            (middle[0, ..., 0], 9, "horizontal strokes"),
            (middle[0, ..., 1], 9, "upright strokes"),
            (np.where(answered, found, np.nan), 1, "corners"),
        )
        look = {"fill": False, "ec": plots.COLOURS["weight"], "lw": 2}
        for ax, (a, R, title) in zip(axes, panels):
            ax.imshow(a, cmap=paper, vmin=0, vmax=found.max() if R == 1 else a.max())
            ax.add_patch(plt.Rectangle((q - R / 2, p - R / 2), R, R, **look))
            ax.set(title=title, xlim=(-0.5, 27.5), ylim=(27.5, -0.5))
        bare(axes)

    return plots.movie(
        one_place,
        [peak] + [(p, q) for p in rows for q in columns],  # the corner first, then from the top
        "A window slides over a 7 and over its two stroke maps. The corner map stays empty but for "
        "one dark spot, where the bar of the 7 meets its stem.",
        size=(7.4, 2.2),
        columns=4,
        still=0,
    )


def corners_in(images, digits, maps):
    """Six digits with the answer of the corner finder drawn over them."""
    _, axes = plt.subplots(1, 6, figsize=(7.5, 1.9), layout="compressed")
    for ax, image, digit, answer in zip(axes, images, digits, maps):
        ax.imshow(image[..., 0], cmap="gray_r", vmin=0, vmax=2)
        spots = np.ma.masked_less(answer, 0.2)
        ax.imshow(spots, cmap=colour_map("white", VERMILLION, bad="#ffffff00"), vmin=0, vmax=4)
        ax.set_title(f"{digit}: strongest\nanswer {answer.max():.1f}", fontsize=10)
    bare(axes)
    plots.show(
        "Six digits with the answer of the corner finder drawn over them: a spot at the corner of "
        "the 7 and at the upper right of the second 0 and the 2, nothing on the 1, the first 0 and "
        "the 4."
    )


def most_of_a_straight_stroke(eyes):
    """The strongest answer to one straight stroke, and the sum in it before the bias."""
    strokes, corner = eyes.layers
    bars = np.zeros((14, 28, 28, 1), "float32")  # 1 to 7 pixels thick, lying and standing
    for n in range(7):
        bars[n, 10 : 11 + n, 4:24] = 1
        bars[7 + n, 4:24, 10 : 11 + n] = 1
    maps = strokes.forward(bars)[0]
    answer, bias = corner.forward(maps)[0].max(), corner.b.value.copy()
    corner.b.value[:] = 0
    total = corner.forward(maps)[0].max()
    corner.b.value[:] = bias
    return answer, total


def by_one_kernel(eyes, parts, digits):
    """The share of 7s that the two layers find as one kernel, without the ReLU between them."""
    strokes, corner = (layer.w.value for layer in eyes.layers)  # (5, 5, 1, 2) and (9, 9, 2, 1)
    single = Conv2D(1, 13, padding="same", kernel_initializer="zeros")
    single.prepare(parts[0].shape[1:])
    kernel = single.w.value
    for i, j in np.ndindex(9, 9):
        kernel[i : i + 5, j : j + 5] += strokes @ corner[i, j]  # (5, 5, 1, 1)
    strongest = np.concatenate([single.forward(part)[0].max(axis=(1, 2, 3)) for part in parts])
    bar = np.quantile(strongest[digits == 1], 0.99)  # as few 1s as with two layers
    shares = [np.mean(strongest[digits == digit] > bar) for digit in (7, 1, 0)]
    print("one kernel of 13: {:.0%} of all 7s, {:.0%} of all 1s, {:.0%} of all 0s".format(*shares))
    return shares[0]


def pyramids():
    """Three networks cut from the side: all that one place at the top sees is marked."""
    stacks = {
        "one kernel of 5": [(5, 1)],
        "two kernels of 3": [(3, 1), (3, 1)],
        "3, pooling by 2, 3": [(3, 1), (2, 2), (3, 1)],
    }  # (size, stride), from the image upwards
    shares = {"height_ratios": (2, 3, 4)}
    _, axes = plt.subplots(3, 1, figsize=(7.2, 4.6), layout="constrained", **shares)
    for ax, (title, stack) in zip(axes, stacks.items()):
        lengths = [12]
        for R, stride in stack:
            lengths.append((lengths[-1] - R) // stride + 1)
        seen = {lengths[-1] // 2}
        for level in range(len(stack), -1, -1):
            jump = np.prod([stride for _, stride in stack[:level]])
            centre = (lengths[0] - 1 - (lengths[level] - 1) * jump) / 2
            for k in range(lengths[level]):
                colour = plots.COLOURS["data"] if k in seen else "0.92"
                square = plt.Rectangle((centre + k * jump, level), 0.9, 0.7, fc=colour, ec="0.5")
                ax.add_patch(square)
            if level:
                R, stride = stack[level - 1]
                words = f"{R} wide" + f", stride {stride}" * (stride > 1)
                ax.text(12.3, level - 0.15, words, va="center", fontsize=9)
                seen = {k * stride + r for k in seen for r in range(R)}
        text = f"{title}:\nsees {len(seen)}"
        ax.text(-0.4, len(stack) / 2 + 0.35, text, ha="right", va="center")
        ax.set(xlim=(-5.2, 15.6), ylim=(-0.1, len(stack) + 0.8), aspect="equal")
        ax.axis("off")
        assert len(seen) == {1: 5, 2: 5, 3: 8}[len(stack)]
    plots.show(
        "Three networks cut from the side. One kernel of 5 sees five pixels, two kernels of 3 see "
        "five as well, and two kernels of 3 with a pooling between them see eight."
    )


def lenet_drawn():
    """LeNet as a row of shapes."""
    plots.layers_in_a_row(
        [
            ("image", (28, 28, 1)),
            ("Conv2D\n5 × 5,\nReLU", (28, 28, 6)),
            ("Max-\nPooling", (14, 14, 6)),
            ("Conv2D\n5 × 5,\nReLU", (10, 10, 16)),
            ("Max-\nPooling", (5, 5, 16)),
            ("Dense,\nReLU", (120,)),
            ("Dense,\nReLU", (84,)),
            ("Dense,\nsoftmax", (10,)),
        ]
    )
    plots.show(
        "LeNet as a row of shapes: an image of 28 × 28, maps of 28 × 28 × 6, 14 × 14 × 6, "
        "10 × 10 × 16 and 5 × 5 × 16, then columns of 120, 84 and 10 numbers."
    )


def listened(heard):
    """How much one place listens to each of 17 × 17 pixels; a frame marks its field of 13 × 13."""
    _, ax = plt.subplots(figsize=(3.4, 3.2), layout="compressed")
    ax.imshow(heard, cmap="Blues", vmin=0)
    frame = {"fill": False, "ec": plots.COLOURS["highlight"], "lw": 2}
    ax.add_patch(plt.Rectangle((1.5, 1.5), 13, 13, **frame))
    ax.set_title("Most of it is in the middle")
    bare(ax)
    plots.show(
        "How much one place listens to each pixel: strongly to those in the middle of its field of "
        "13 by 13, which a frame marks, and next to nothing at its corners."
    )


def moved_curves(curves, distances):
    """Test accuracy against how far the digits are moved, {network: (seeds, distances)}."""
    _, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    looks = ("muted", "s--"), ("output", "o-"), ("weight", "d:")
    for (name, runs), (role, style) in zip(curves.items(), looks):
        colour, runs = plots.COLOURS[role], np.array(runs)
        ax.plot(distances, runs.mean(axis=0), style, color=colour, ms=5)
        ax.plot(distances, runs.T, ".", color=colour, ms=4)
        ax.text(4.1, runs[:, 2].mean(), name.replace(" in ", "\nin "), va="center", color=colour)
        low, high = runs[:, 2].min(), runs[:, 2].max()
        print(f"{name:22} at four pixels {low:.1%} to {high:.1%}")
    ax.set(xlabel="test digits moved by (pixels)", ylabel="test accuracy", ylim=(0, 1.05))
    ax.set(xticks=distances, xlim=(-0.2, 5.6), title="What LeNet loses when digits are moved")
    plots.show(
        "Test accuracy against how far the digits are moved, three seeds. All start at 97 %. The "
        "plain network falls to less than half at four pixels, the one trained on moved digits to "
        "about 70 %; with the ink centred first, next to nothing is lost."
    )


def read_by_field(right, fields):
    """Test accuracy of networks of one size, whose places see little or much of the digit."""
    _, ax = plt.subplots(figsize=(6.8, 2.3), layout="constrained")
    for k, (name, runs) in enumerate(right.items()):
        print(f"{name:8} sees {fields[name]:2} pixels, reads {np.mean(runs):.0%} ", end="")
        print(f"({min(runs):.0%} to {max(runs):.0%})")
        colour = plots.COLOURS["output" if k else "muted"]
        ax.plot(runs, [-k] * len(runs), "o", color=colour, ms=7, alpha=0.7)
    ax.set(xlim=(0.5, 1), ylim=(-len(right) + 0.5, 0.5), xlabel="test accuracy")
    labels = [f"{name}: sees {fields[name]} pixels" for name in right]
    ax.set(yticks=-np.arange(len(right)), yticklabels=labels)
    ax.set_title("As many weights: the shortest sight reads worst")
    plots.show(
        "Test accuracy of three networks with the same number of parameters, three seeds each. The "
        "one whose places see 7 pixels reads about 67 %, the two that see 18 and 15 about 95 %."
    )
