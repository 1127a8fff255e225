"""What chapter 10 draws: windows that slide, blocks and strides, the matrix, moved digits."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import PolyCollection

from minidl import inspection, plots
from minidl.callbacks import progress_bar
from minidl.kernels.conv2d import reference as conv2d
from minidl.layers import Conv2D, Dense, Flatten, MaxPooling2D
from minidl.models import Sequential
from minidl.optimizers import Adam
from minidl.plots.common import BLUE, GREEN, ORANGE, VERMILLION, YELLOW, colour_map
from minidl_course.chapters.common import band, bare, load_digits

SIGNED = colour_map(BLUE, "white", VERMILLION, bad="0.85")  # blue < 0 < orange
TINTS = [colour_map("white", colour, bad="1") for colour in ("#D40000", "#008A00", "#0030D0")]
PLAIN = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
AS_THEY_ARE, SHUFFLED = "as they are", "shuffled"
SHIFTS = range(5)
CASES = {
    "6, no padding": (6, 3, 1, 1, 0),
    "4, padding 1": (4, 3, 1, 1, 1),
    "9, stride 2": (9, 3, 2, 1, 0),
    "8, dilation 2": (8, 3, 1, 2, 0),
}  # pixels on a side, window, stride, dilation, padding on either side


def shuffle(x):
    """The pixels of each image moved to other places, in all images in the same way."""
    order = np.random.default_rng(0).permutation(784)
    return x.reshape(-1, 784)[:, order].reshape(x.shape)


def _minus(text):
    # The sign as it is printed in books.
    return text.replace("-", "−")


def _written(ax, numbers, form="{:.0f}", **look):
    # Each number of a matrix on its square.
    for (i, j), number in np.ndenumerate(numbers):
        ax.text(j, i, _minus(form.format(number + 0.0)), ha="center", va="center", **look)


def hook():
    """Five digits as they are, and with their pixels shuffled."""
    _, (test_images, test_digits) = load_digits(28, 28, 1)
    five_of_them = [np.flatnonzero(test_digits == digit)[1] for digit in (3, 7, 0, 5, 4)]
    _, axes = plt.subplots(2, 5, figsize=(6.4, 2.7), layout="compressed")
    for row, x, name in zip(axes, (test_images, shuffle(test_images)), (AS_THEY_ARE, SHUFFLED)):
        for ax, n in zip(row, five_of_them):
            ax.imshow(x[n, ..., 0], cmap="gray_r")
        row[0].set_ylabel(name)
    bare(axes)
    plots.show(
        "Five digits, 3, 7, 0, 5 and 4, and below them the same five with their pixels shuffled: "
        "grey and black dots without any form."
    )


def reader(hidden, seed, x, digits):
    """A network with these hidden layers that has learned the digits in the images x."""
    model = Sequential([*hidden, Dense(10, "softmax")], seed=seed)
    model.compile(Adam(3e-3), "sparse_categorical_crossentropy", ["accuracy"])
    model.fit(x, digits, batch_size=64, epochs=6, verbose=0)
    return model


def read_twice():
    """Both networks on digits as they are and shuffled, three seeds each.

    Returns {(network, digits): three models} and {(network, digits): three accuracies}.
    """
    (images, digits), (test_images, test_digits) = load_digits(28, 28, 1)
    nets = {
        "dense": lambda: [Flatten(), Dense(128, "relu")],
        "convolution": lambda: [Conv2D(8, 5, activation="relu"), MaxPooling2D(2), Flatten()],
    }
    readers, score = {}, {}
    with progress_bar(12, "training") as bar:
        for name, hidden in nets.items():
            for what, change in ((AS_THEY_ARE, np.asarray), (SHUFFLED, shuffle)):
                runs = [reader(hidden(), seed, change(images), digits) for seed in range(3)]
                readers[name, what] = runs
                tested = change(test_images), test_digits
                answers = [model.evaluate(*tested, verbose=0)[1] for model in runs]
                score[name, what] = np.array(answers)  # (3,)
                bar.update(3)
    return readers, score


def told_twice(score):
    """Print what `read_twice` measured, and check what the page says of it."""
    print("right, of 1,000 test digits, mean of three seeds (from least to most):")
    for (name, what), s in score.items():
        print(f"{name:12} {what:12} {s.mean():.1%} ({s.min():.1%} to {s.max():.1%})")
    mean = {key: s.mean() for key, s in score.items()}
    whole, torn = (mean["dense", what] for what in (AS_THEY_ARE, SHUFFLED))
    assert abs(whole - torn) < 0.012
    assert mean["convolution", AS_THEY_ARE] > mean["convolution", SHUFFLED] + 0.02
    assert mean["convolution", SHUFFLED] < torn - 0.005


def slide_film(five, sobel, upright):
    """A film of a window that slides over a digit, its nine products and their sums."""
    places = [(p, q) for p in (3, 8, 13, 19) for q in (6, 10, 14, 18)]

    def one_window(place, *axes):
        p, q = place
        patch = np.round(five[p : p + 3, q : q + 3], 1)
        done = np.arange(26 * 26).reshape(26, 26) <= p * 26 + q
        frame = {"fill": False, "ec": plots.COLOURS["weight"], "lw": 2}
        axes[0].imshow(five, cmap="gray_r")
        axes[0].add_patch(plt.Rectangle((q - 0.5, p - 0.5), 3, 3, **frame))
        axes[1].imshow(patch * sobel, cmap=SIGNED, vmin=-4, vmax=4)
        for r, s in np.ndindex(3, 3):
            product = _minus(f"{patch[r, s]:.1f}\n× {sobel[r, s]:.0f}")
            axes[1].text(s, r, product, ha="center", va="center", size=8)
        axes[2].imshow(np.where(done, upright, np.nan), cmap=SIGNED, vmin=-4, vmax=4)
        axes[2].add_patch(plt.Rectangle((q - 0.5, p - 0.5), 1, 1, fill=False, ec="k", lw=1.5))
        axes[0].set_title("image $x$, 28 × 28")
        axes[1].set_title("pixel × weight")
        axes[2].set_title(_minus(f"their sum: {np.sum(patch * sobel):.1f}"))
        bare(axes)

    return plots.movie(
        one_window,
        places,
        "A window of 3 × 3 pixels slides over a 5. Beside it stand the nine products of pixel and "
        "weight, and the output so far, which shows the edges of the strokes.",
        size=(7.2, 2.7),
        columns=3,
        still=int(np.argmax([upright[place] for place in places])),
    )


def edges(five, sobel, upright, level):
    """A digit, Sobel's kernel, its upright edges and its level ones."""
    fig, axes = plt.subplots(1, 4, figsize=(7.4, 2.3), layout="compressed")
    axes[0].imshow(five, cmap="gray_r")
    axes[1].imshow(sobel, vmin=-4, vmax=4, cmap=SIGNED)
    _written(axes[1], sobel)
    axes[2].imshow(upright, vmin=-4, vmax=4, cmap=SIGNED)
    seen = axes[3].imshow(level, vmin=-4, vmax=4, cmap=SIGNED)
    titles = ("image $x$, 28 × 28", "kernel $w$, 3 × 3", "$y$, 26 × 26", "$y$ with $w$ transposed")
    for ax, title in zip(axes, titles):
        ax.set_title(title, size=10)
    bare(axes)
    fig.colorbar(seen, ax=axes, shrink=0.7)
    plots.show(
        "A 5, Sobel's kernel, and two outputs: the left and right edges of its strokes in orange "
        "and blue, and with the transposed kernel the upper and lower edges."
    )


def sharing():
    """A dense layer, one that sees neighbours only, and one that shares its weights."""
    _, axes = plt.subplots(1, 3, figsize=(7.4, 2.3), layout="compressed")
    titles = ("dense: 35 weights", "neighbours only: 15 weights", "shared: 3 weights")
    for ax, title, kind in zip(axes, titles, ("all", "near", "shared")):
        count = 0
        for o in range(5):
            for i in range(7):
                near = o <= i < o + 3
                if kind == "all" or near:
                    colour = (BLUE, ORANGE, GREEN)[i - o] if kind == "shared" else "0.55"
                    width = 2 if kind == "shared" else 0.9
                    ax.plot((i, o + 1), (0, 1), color=colour, lw=width, zorder=1)
                    count += 1
        ax.scatter(range(7), [0] * 7, s=70, c="white", ec="0.2", zorder=2)
        ax.scatter(range(1, 6), [1] * 5, s=70, c="white", ec="0.2", zorder=2)
        ax.set_title(title, size=10)
        ax.set(xlim=(-2.6 if kind == "all" else -0.6, 6.6), ylim=(-0.25, 1.25))
        ax.axis("off")
        assert count == {"all": 35, "near": 15, "shared": 15}[kind]
    axes[0].text(-0.6, 0, "pixels", size=9, ha="right", va="center")
    axes[0].text(-0.6, 1, "outputs", size=9, ha="right", va="center")
    plots.show(
        "Three layers from seven pixels to five outputs: all joined with all; each output joined "
        "with three neighbours; the same, with lines in three colours, one for each shared weight."
    )


def _plane(ax, x, y, values, cmap, low, high, frame=None):
    # Squares with their lower left corner at (x, y); `frame` (row, column, size) is outlined.
    H, W = values.shape
    sides = x + np.arange(W + 1), y + np.arange(H + 1)
    ax.pcolormesh(*sides, values[::-1], cmap=cmap, vmin=low, vmax=high, ec="0.5", lw=0.6)
    if frame:
        p, q, size = frame
        ax.add_patch(plt.Rectangle((x + q, y + H - p - size), size, size, fill=False, ec="k", lw=2))


def an_orange_bar():
    """An image with an orange bar on blue (5, 5, 3), two kernels (3, 3, 3, 2), and their maps."""
    tiny = np.tile([0.1, 0.25, 0.8], (5, 5, 1))  # blue
    tiny[:, 2] = [0.95, 0.6, 0.1]  # an orange bar
    block = np.zeros((3, 3, 3, 2))  # (R, S, C, M)
    block[..., 0] = np.array([-1.0, 0, 1])[None, :, None] * np.array([1, 0.5, -0.5])
    block[..., 1] = np.array([1, 0.3, -1])[None, None, :] * 0.4
    return tiny, block, conv2d.forward(tiny[None], block, **PLAIN)[0]  # maps (3, 3, 2)


def channels_film(tiny, block, maps):
    """A film of a block of weights that slides over three channels and fills two maps."""

    def one_block(step, ax):
        m, (p, q) = step // 9, divmod(step % 9, 3)
        for c in (2, 1, 0):
            _plane(ax, 2.6 * c, 2.6 * c, tiny[..., c], TINTS[c], 0, 1, (p, q, 3))
            _plane(ax, 14 + 1.7 * c, 2.2 + 1.7 * c, block[..., c, m], SIGNED, -1.2, 1.2, (0, 0, 3))
            ax.text(2.6 * c + 5.15, 2.6 * c + 0.1, ("red", "green", "blue")[c], size=8)
        for k in (1, 0):
            done = np.arange(9).reshape(3, 3) + 9 * k <= step
            at = (p, q, 1) if k == m else None
            shown = np.where(done, maps[..., k], np.nan)
            _plane(ax, 25.5 + 3.6 * k, 2.6 + 3.6 * k, shown, SIGNED, -5, 5, at)
            ax.text(27 + 3.6 * k, 2.4 + 3.6 * k, f"map {k + 1}", size=8, va="top", ha="center")
        ax.text(12.2, 5.2, "×", size=18, ha="center")
        ax.text(22.8, 5.2, "=", size=18, ha="center")
        ax.text(5, 11.4, "3 channels of $x$", ha="center")
        ax.text(17.2, 11.4, f"kernel {m + 1} of 2", ha="center")
        ax.text(28.6, 11.4, _minus(f"27 products, one sum: {maps[p, q, m]:.1f}"), ha="center")
        ax.set(xlim=(-0.5, 34.5), ylim=(-1.3, 12.6), aspect="equal")
        ax.axis("off")

    return plots.movie(
        one_block,
        range(18),
        "A block of 3 × 3 pixels in three channels slides over a tiny image. With the first kernel "
        "it fills a first map of 3 × 3, then with the second kernel a second one.",
        size=(7.4, 3.1),
        still=4,
    )


def check_channels(tiny, block, maps):
    """What the page says of the two maps of the orange bar."""
    assert maps.shape == (3, 3, 2)
    windows = [tiny[p : p + 3, q : q + 3] for p, q in np.ndindex(3, 3)]
    by_hand = [[np.sum(window * block[..., m]) for m in (0, 1)] for window in windows]
    assert np.allclose(maps.reshape(9, 2), by_hand)
    assert np.all(maps[:, 0, 0] > 1) and np.all(maps[:, 2, 0] < -1)
    assert np.all(np.abs(maps[:, 1, 0]) < 1e-12)
    assert np.ptp(maps[..., 1]) < 1e-12  # every window of 3 columns holds the bar once


def mixed_colours(picture, mixed):
    """Three pictures, each with its two mixtures of the three channels."""
    chosen = mixed[..., 1].max(axis=(1, 2)).argsort()[[-1, 3, 0]]
    fig, axes = plt.subplots(3, 3, figsize=(4.6, 4.5), layout="compressed")
    for row, n in zip(axes, chosen):
        row[0].imshow(picture[n])
        row[1].imshow(mixed[n, ..., 0], cmap="gray", vmin=0, vmax=1)
        signed = row[2].imshow(mixed[n, ..., 1], cmap=SIGNED, vmin=-1, vmax=1)
    for ax, title in zip(axes[0], ("3 channels in", "out 1: grey", "out 2: red?")):
        ax.set_title(title, size=10)
    bare(axes)
    fig.colorbar(signed, ax=axes[:, 2], shrink=0.6, ticks=(-1, 0, 1))
    plots.show(
        "Three colour pictures of shapes; the same in grey; and a map, orange where there is more "
        "red than the mean of green and blue, blue where there is less."
    )


def _squares(ax, rows, columns, **look):
    """Squares of side 1 whose upper left corners stand in these rows and columns."""
    corners = np.stack([np.ravel(columns), np.ravel(rows)], axis=1)  # (n, 2)
    outline = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    ax.add_collection(PolyCollection(corners[:, None] + outline, lw=0.7, **look), autolim=False)


def _four_cases(step, *axes):
    i, j = divmod(step, 4)
    for top, below, (title, (H, R, stride, dilation, pad)) in zip(axes, axes[4:], CASES.items()):
        P = (H + 2 * pad - (R - 1) * dilation - 1) // stride + 1
        assert P == 4
        around = np.pad(np.ones((H, H), bool), pad)
        for inside, look in ((False, {"fc": "white", "ls": ":"}), (True, {"fc": "0.92"})):
            _squares(top, *(np.nonzero(around == inside) - np.array(pad)), ec="0.6", **look)
        taps = np.indices((R, R)) * dilation - pad
        window = taps[0] + i * stride, taps[1] + j * stride
        _squares(top, *window, fc=ORANGE, alpha=0.75, ec="0.3")
        colours = [plots.COLOURS["output"]] * step + [ORANGE] + ["white"] * (15 - step)
        _squares(below, *np.indices((4, 4)), fc=colours, alpha=0.75, ec="0.6")
        top.set_title(title, size=10)
        top.set(xlim=(-1.2, 9.2), ylim=(9.2, -1.2), aspect="equal")
        below.set(xlim=(-1.6, 5.6), ylim=(4.2, -0.2), aspect="equal")
    axes[4].set_ylabel("output")
    axes[0].set_ylabel("input")
    bare(axes)
    for ax in axes:
        ax.spines[:].set_visible(False)


def geometry_film():
    """A film of four windows, with padding, stride or dilation, that make 4 × 4 outputs each."""
    return plots.movie(
        _four_cases,
        range(16),
        "Four images with a window of nine squares on each and the 4 × 4 outputs below. Step by "
        "step the window moves, by one pixel or by two, dense or with gaps, and an output fills "
        "in.",
        size=(7.4, 3.9),
        columns=4,
        rows=2,
        still=5,
    )


def pooled(x, y, dy, dx):
    """A map, the largest number of each of its windows, and a gradient on its way back."""
    first, second = dx[0, 0, 1:3, 0]  # the first 2 of its window won
    assert first == 10 and second == 20 and dx.sum() == 100
    _, axes = plt.subplots(1, 4, figsize=(7.2, 2), layout="compressed")
    names = ("$x$", "$y$: the largest", "$dy$", "$dx$")
    fills = (BLUE, BLUE, VERMILLION, VERMILLION)
    for ax, a, title, fill in zip(axes, (x, y, dy, dx), names, fills):
        a = a[0, ..., 0]
        shown = np.where(a == 0, np.nan, a) if fill == VERMILLION else a
        shades = colour_map("white", fill, bad="1")
        ax.imshow(shown, cmap=shades, vmin=0, vmax=10 if fill == BLUE else 60)
        _written(ax, a)
        for line in range(1, len(a)):
            width = 2.5 if line % 2 == 0 or len(a) == 2 else 0.5
            ax.axhline(line - 0.5, color="k", lw=width)
            ax.axvline(line - 0.5, color="k", lw=width)
        ax.set_title(title)
    bare(axes)
    plots.show(
        "A 4 × 4 map x; the largest number of each of its four 2 × 2 windows, y; a gradient dy of "
        "10, 20, 30, 40; and dx, where each of them stands at the place of the largest, 0 "
        "elsewhere."
    )


def as_matrix(A):
    """The matrix of a convolution, and its transpose."""
    assert (A != 0).sum() == 20 * 9
    fig, axes = plt.subplots(1, 2, figsize=(7.4, 3.3), layout="constrained", width_ratios=(2, 1))
    for ax, matrix, title, labels in (
        (axes[0], A, "$A$: 20 outputs, 42 pixels", ("pixel of $x$", "pixel of $y$")),
        (axes[1], A.T, "$A^T$, for the way back", ("pixel of $dy$", "pixel of $dx$")),
    ):
        shown = ax.imshow(np.where(matrix == 0, np.nan, matrix), cmap="viridis_r")
        ax.set(title=title, xlabel=labels[0], ylabel=labels[1])
        ax.locator_params(integer=True)
    fig.colorbar(shown, ax=axes, shrink=0.7, label="weight", ticks=(1, 3, 5, 7, 9))
    plots.show(
        "The matrix of a convolution: in each of 20 rows three runs of three numbers, which move "
        "to the right from row to row; all else is empty. Beside it its transpose."
    )


def copied_windows():
    """An image of 4 × 4, and the matrix whose rows are its nine windows."""
    small = np.arange(1, 17).reshape(4, 4)
    view = np.lib.stride_tricks.sliding_window_view(small, (2, 2)).reshape(9, 4)
    assert view[4].tolist() == [6, 7, 10, 11]
    _, axes = plt.subplots(1, 3, figsize=(6.4, 3.3), layout="compressed", width_ratios=(4, 4, 1.2))
    for ax, a in zip(axes, (small, view)):
        ax.imshow(np.full(a.shape, np.nan), cmap=colour_map("white", "white", bad="0.97"))
        _written(ax, a, size=9)
    for (p, q), colour in {(0, 0): BLUE, (1, 1): VERMILLION, (2, 2): GREEN}.items():
        look = {"fill": False, "ec": colour, "lw": 2.5}
        axes[0].add_patch(plt.Rectangle((q - 0.44, p - 0.44), 1.88, 1.88, **look))
        axes[1].add_patch(plt.Rectangle((-0.46, 3 * p + q - 0.46), 3.92, 0.92, **look))
    axes[2].imshow(np.full((4, 1), np.nan), cmap=colour_map("white", "white", bad=YELLOW))
    for k, name in enumerate(("00", "01", "10", "11")):
        axes[2].text(0, k, f"$w_{{{name}}}$", ha="center", va="center", size=10)
    for ax, title in zip(axes, ("image, 4 × 4", "9 windows, a row each", "kernel")):
        ax.set_title(title, size=10)
    bare(axes)
    plots.show(
        "An image with the numbers 1 to 16 and three marked windows; the matrix whose nine rows "
        "are the nine windows, the same three marked; and the kernel as a column of four weights."
    )


def kernel_learned(stages, sobel):
    """Five stages of a kernel on its way to Sobel's; print how far it still is, and return that."""
    _, axes = plt.subplots(1, 6, figsize=(7.4, 1.7), layout="compressed")
    for ax, (title, kernel) in zip(axes, [*stages.items(), ("Sobel's", sobel)]):
        ax.imshow(kernel, vmin=-2.5, vmax=2.5, cmap=SIGNED)
        for (r, s), value in np.ndenumerate(kernel):
            shown = _minus(f"{value:.1f}".replace("-0.0", "0.0"))
            ax.text(s, r, shown, ha="center", va="center", size=8)
        ax.set_title(title if title == "Sobel's" else f"{title} steps", size=10)
    bare(axes)
    plots.show(
        "Five stages of a 3 × 3 kernel that is learned, from random numbers to those of Sobel's "
        "kernel, which stands at the right."
    )
    distance = {steps: np.abs(kernel - sobel).max() for steps, kernel in stages.items()}
    print("furthest from Sobel's after")
    print(", ".join(f"{k} steps: {d:.2f}" for k, d in distance.items()))
    return distance


def moved(trained, test_images, test_digits):
    """Accuracy on digits moved by 0 to 4 pixels: {network: (3 seeds, 5 shifts)}."""
    seen = test_images, test_digits
    return {
        name: np.array(
            [[inspection.accuracy_moved(model, *seen, k) for k in SHIFTS] for model in models]
        )
        for name, models in trained.items()
    }


def moved_drawn(accuracy, parameters):
    """The curves of `moved` with their spread, and the numbers at 0, 2 and 4 pixels."""
    _, ax = plt.subplots(figsize=(7.4, 3.5), layout="constrained")
    looks = (("o-", BLUE), ("s-", VERMILLION), ("o:", BLUE), ("s--", VERMILLION), ("^:", GREEN))
    for (name, runs), (style, colour) in zip(accuracy.items(), looks):
        label = f"{name}: {parameters[name]:,}"
        band(ax, runs, colour, style, label, SHIFTS, alpha=0.15, edge=0, ms=4)
    ax.set(xlabel="test digits moved by (pixels)", ylabel="test accuracy", xticks=SHIFTS)
    ax.set_title("Of these five, the learned kernels bear a shift best")
    ax.legend(title="parameters in all", loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    plots.show(
        "Test accuracy of five networks on digits moved by 0 to 4 pixels, mean and spread of three "
        "seeds. The learned kernels stay highest; from two pixels on the random ones are second; "
        "all fall below 40 % at four pixels."
    )
    print("mean (least to most) of three seeds      as they are      moved by two pixels")
    for name, runs in accuracy.items():
        both = runs[:, 0], runs[:, 2]
        parts = [f"{r.mean():.1%} ({r.min():.1%} to {r.max():.1%})" for r in both]
        print(f"{name:18}" + "".join(f"{part:>26}" for part in parts))
    print(f"at four pixels, the best: {max(runs[:, 4].mean() for runs in accuracy.values()):.0%}")


def halves(images, digits, test_images, test_digits):
    """Kernels without the pooling, the pooling without kernels: accuracies, moved by two pixels."""
    alone = {}
    for name, make in {
        "kernels without pooling": lambda: [Conv2D(8, 5, activation="relu"), Flatten()],
        "128 dense units behind pooling": lambda: [MaxPooling2D(2), Flatten(), Dense(128, "relu")],
    }.items():
        three = [reader(make(), seed, images, digits) for seed in range(3)]
        seen = test_images, test_digits, 2
        alone[name] = runs = [inspection.accuracy_moved(model, *seen) for model in three]
        told = f"{np.mean(runs):.1%} ({min(runs):.1%} to {max(runs):.1%})"
        print(f"{name}, moved by two pixels: {told}")
    return alone


def check_moved(accuracy, alone, parameters):
    """What the page says of moved digits, with room for other machines."""
    without, behind = (np.mean(runs) for runs in alone.values())
    assert without > accuracy["128 dense units"][:, 2].mean() + 0.05
    assert behind < accuracy["8 kernels"][:, 2].mean() - 0.05
    assert parameters["8 kernels"] == 208 + 11530 and parameters["15 dense units"] == 11775 + 160
    assert 8.5 < parameters["128 dense units"] / parameters["8 kernels"] < 9


def check_read(mean):
    """Who reads best, on digits as they are and moved by two pixels: {network: (5,)}."""
    names = "8 kernels", "128 dense units", "8 random kernels", "15 dense units", "no hidden layer"
    kernel, large, frozen, small, none = (mean[name][0] for name in names)
    assert 0.935 < kernel < 0.965 and 0 < kernel - large < 0.02 and large > small + 0.015
    assert abs(small - none) < 0.015 and frozen > none
    assert kernel > max(small + 0.025, frozen + 0.02)
    kernel, large, frozen, small, none = (mean[name][2] for name in names)  # by two pixels
    assert kernel > large + 0.04 and kernel > small + 0.08 and kernel > frozen > large > small
    assert max(curve[4] for curve in mean.values()) < 0.4


def learned_kernels(layer, five):
    """Eight learned kernels, and the maps that they make of a digit."""
    maps = layer.forward(five[None, ..., None])[0][0]  # (24, 24, 8)
    w = layer.w.value
    fig, axes = plt.subplots(2, 8, figsize=(7.4, 2.2), layout="compressed")
    limit = np.abs(w).max()
    for m in range(8):
        weights = axes[0, m].imshow(w[:, :, 0, m], vmin=-limit, vmax=limit, cmap=SIGNED)
        answers = axes[1, m].imshow(maps[:, :, m], cmap="gray_r", vmin=0, vmax=maps.max())
        axes[0, m].set_title(m + 1, size=9)
    bare(axes)
    fig.colorbar(weights, ax=axes[0], label="weight")
    fig.colorbar(answers, ax=axes[1], label="answer")
    axes[0, 0].set_ylabel("kernel $w$")
    axes[1, 0].set_ylabel("map $y$")
    plots.show(
        "Eight learned kernels of 5 × 5, orange where positive and blue where negative, and below "
        "them the maps that they make of a 5: two show one flank of its level strokes, one mostly "
        "its upright strokes, three a blurred 5."
    )


def coverage():
    """How many outputs look at each pixel, for three choices of kernel and stride."""
    choices = {"kernel 3, stride 1": (3, 1), "kernel 3, stride 2": (3, 2)}
    choices |= {"kernel 2, stride 3": (2, 3)}
    _, axes = plt.subplots(1, 3, figsize=(7.4, 2.8), layout="compressed")
    for ax, (title, (R, stride)) in zip(axes, choices.items()):
        P = (12 - R) // stride + 1
        ones = np.ones((1, P, P, 1)), np.ones((R, R, 1, 1))
        step = {"stride": (stride, stride)}
        seen = conv2d.input_gradient(*ones, (12, 12), **PLAIN | step)[0, ..., 0].astype(int)
        ax.imshow(seen, cmap="YlGnBu", vmin=0, vmax=12)
        for (i, j), count in np.ndenumerate(seen):
            look = {"fontsize": 7, "color": "k" if count < 9 else "w"}
            ax.text(j, i, count, ha="center", va="center", **look)
        ax.set_title(f"{title}:\n{np.mean(seen == 0):.0%} unseen", size=10)
    bare(axes)
    plots.show(
        "How often each of 12 × 12 pixels is seen. Stride 1: nine times, fewer at the border. "
        "Stride 2: a checkerboard of 1, 2 and 4, the last row and column 0. Stride 3 with a kernel "
        "of 2: ones and zeros."
    )
    assert (seen == 0).sum() == 144 - 4 * 4 * 4  # 16 windows of four pixels


def holes(clean, noisy, results):
    """One digit, clean and spoilt, and what two networks read; print it, return both means."""
    width = {"layout": "constrained", "width_ratios": (1, 1, 1.6)}
    _, axes = plt.subplots(1, 3, figsize=(7.4, 2.5), **width)
    for ax, (image, title) in zip(axes, ((clean, "a test digit"), (noisy, "unseen pixels: noise"))):
        ax.imshow(image[..., 0], cmap="gray_r")
        ax.set_title(title, size=10)
    bare(axes[:2])
    print("read correctly:      clean                     noise")
    for R, colour, at in ((2, VERMILLION, -0.2), (3, GREEN, 0.2)):
        runs = np.array(results[R])  # (3, 2)
        label = f"kernel {R}, stride 3"
        bars = axes[2].bar(np.arange(2) + at, runs.mean(axis=0), 0.36, color=colour, label=label)
        axes[2].bar_label(bars, fmt="{:.0%}", label_type="center", color="white")
        told = [f"{r.mean():.1%} ({r.min():.1%} to {r.max():.1%})" for r in runs.T]
        print(f"{label}   " + "   ".join(told))
    axes[2].set(ylabel="test accuracy", ylim=(0, 1), yticks=(0, 0.5, 1))
    axes[2].set_xticks((0, 1), ("clean", "noise"))
    axes[2].legend(loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False)
    plots.show(
        "A test digit, the same with noise in the pixels that a kernel of 2, stride 3, does not "
        "see, and the accuracy of both networks: the one with holes is the same on both, the other "
        "falls."
    )
    return [np.mean(results[R], axis=0) for R in (2, 3)]
