"""Pictures, films, opponents and judges of the chapter on autoencoders."""

from types import SimpleNamespace
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Ellipse
from scipy import linalg, ndimage, stats

from minidl import gradcheck, plots
from minidl.datasets import timeseries
from minidl.layers import Conv2D, Conv2DTranspose, Dense, Sampling
from minidl.losses import BinaryCrossentropy
from minidl.models import Model
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl.plots.canvas import tile
from minidl_course.chapters.common import bare, load_digits
from minidl_course.judging import Judge
from minidl_course.play import train_latent

COLOURS = plots.COLOURS
GREYS = {"cmap": "gray", "vmin": 0, "vmax": 1}
MAP = {"xticks": [-2, 0, 2], "yticks": [-2, 0, 2], "aspect": "equal"}


class Pca:
    """Principal component analysis of X (N, D): a code of K numbers, and what it brings back."""

    def __init__(self, X):
        self.mean = X.mean(axis=0)
        _, self.singular, self.Vt = np.linalg.svd(X - self.mean, full_matrices=False)

    def code(self, x, K):
        return (x - self.mean) @ self.Vt[:K].T  # (N, K)

    def rebuilt(self, x, K):
        return self.mean + self.code(x, K) @ self.Vt[:K]  # (N, D)


class Data(NamedTuple):
    """Digits as rows of 784 numbers, their labels, one test digit of each class, and their PCA."""

    X: np.ndarray
    digits: np.ndarray
    X_test: np.ndarray
    test_digits: np.ndarray
    first: np.ndarray
    pca: Pca


def load():
    """4,000 digits to train on and 1,000 to test."""
    (X, digits), (X_test, test_digits) = load_digits(784)
    first = np.array([np.flatnonzero(test_digits == c)[4] for c in range(10)])
    return Data(X, digits, X_test, test_digits, first, Pca(X))


def train(model, inputs, targets, epochs, rate=3e-3, batch=50, loss=None):
    """Adam, whose learning rate falls along half a cosine (chapter 07)."""
    rate = CosineDecay(rate, epochs * -(-len(inputs) // batch))
    model.compile(Adam(rate), loss or BinaryCrossentropy())
    model.fit(inputs, targets, batch, epochs, verbose=0)
    return model


def predict(model, x):
    """The outputs of a model, without a progress bar."""
    return model.predict(x, verbose=0)


def pixels(decoder, z):
    """What a decoder that puts out logits draws for the codes z (N, K)."""
    return 1 / (1 + np.exp(-predict(decoder, np.asarray(z, "float32"))))


def squared_error(images, y):
    """Mean squared error of a pixel, for each image."""
    return np.mean((images - y) ** 2, axis=1)


def mse(a, b):
    """Mean squared error of a pixel."""
    return float(np.mean((a - b) ** 2))


def encoder_of(network):
    """From the pixels to the layer named code."""
    return Model(network.input, network.get_layer("code").output)


def decoder_of(network):
    """From the layer named code to the pixels."""
    return Model(network.get_layer("code").output, network.output)


def nearest(codes, codes_test):
    """Index of the nearest of codes (N, K) for each of codes_test, and its squared distance."""
    squares = (codes**2).sum(axis=1) - 2 * codes_test @ codes.T
    return squares.argmin(axis=1), squares.min(axis=1) + (codes_test**2).sum(axis=1)


def digit_canvas(ax, rows):
    """Rows of digits {name: (N, 784)} under each other on one Axes, each with its name."""
    for i, name in enumerate(rows):
        ax.text(-5, 31 * i + 14, name, ha="right", va="center", fontsize=9)
    digits = np.array(list(rows.values()))  # (rows, N, 784)
    canvas = tile(digits.reshape(-1, 28, 28), digits.shape[1], gap=3, below=3, fill=np.nan)[:-3]
    ax.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.axis("off")


def digit_rows(rows, alt, title=None, scale=2):
    """A figure of rows of digits {name: (N, 784)}, each pixel `scale` wide and high."""
    high, wide = len(rows), max(len(row) for row in rows.values())
    size = scale * (31 * wide - 3) / 110, scale * (31 * high - 3) / 110  # inches at 110 dpi
    ax = plt.figure(figsize=size).add_axes((0, 0, 1, 1))
    digit_canvas(ax, rows)
    ax.set_title(title, fontsize=11)
    plots.show(alt)


# The idea, and the linear autoencoder


def hook():
    """Ten digits, and what two numbers bring back of each; return the digits and the network."""
    data = load()
    network = train(train_latent.autoencoder(), data.X, data.X, epochs=10)
    shown, flat = data.X_test[data.first], data.pca.rebuilt(data.X_test, 2)
    drawn = predict(network, data.X_test)
    digit_rows(
        {"digit": shown, "straight": flat[data.first], "network": drawn[data.first]},
        "Ten digits, and below each what two numbers bring back: grey clouds for the straight "
        "recipe, clearer strokes for the network in about half of the cases, some of another "
        "digit.",
    )
    straight, by_network = mse(flat, data.X_test), mse(drawn, data.X_test)
    print(f"mean squared error of a pixel: straight {straight:.3f}, network {by_network:.3f}")
    assert by_network < 0.93 * straight
    return data, network


def two_widths(digits):
    """An autoencoder that is wide inside, and can copy digits and noise; and one that is narrow."""
    both = np.vstack([digits, np.random.default_rng(1).random((4, 784))])
    assert np.array_equal(both @ np.eye(784), both)
    sheet = plots.Diagram(7.2, 1.9)
    for x0, width, name in ((1.2, 1.4, "784 units: room to copy"), (4.9, 0.22, "2 units: no room")):
        sheet.text(x0 + 0.75, 1.7, name)
        left = sheet.box(x0, 0.9, "784", 0.5, 1.2, fill="data")
        wide = width > 1
        inside = sheet.box(x0 + 0.75, 0.9, "784" if wide else "2", 0.5, 1.2 if wide else 0.3)
        right = sheet.box(x0 + 1.5, 0.9, "784", 0.5, 1.2, fill="output")
        sheet.arrow(left, inside)
        sheet.arrow(inside, right)
        sheet.text(x0 + 0.37, 0.15, "encoder", size=8)
        sheet.text(x0 + 1.13, 0.15, "decoder", size=8)
    plots.show(
        "Two networks. The inside of the first is as wide as its input, that of the second narrow."
    )


def room(data):
    """A film: four digits, rebuilt by PCA from more and more numbers."""
    sizes = [0, 1, 2, 4, 8, 12, 16, 24, 32, 64, 128]
    chosen = data.X_test[data.first[[2, 4, 5, 8]]]

    def with_room(K, *axes):
        for ax, image in zip(axes, data.pca.rebuilt(chosen, K)):
            ax.imshow(image.reshape(28, 28), **GREYS)
        bare(axes)
        axes[0].set_title(f"{K} numbers", loc="left")

    quality = [mse(data.pca.rebuilt(data.X_test, K), data.X_test) for K in sizes]
    assert np.all(np.diff(quality) < 0)
    alt = "Four digits, rebuilt from 0 to 128 numbers each: one grey cloud becomes a 2, a 4, a 5, "
    return plots.movie(with_room, sizes, alt + "an 8.", size=(6.4, 1.9), columns=4, still=6)


def linear_compared(by_hand, linear, X, rng):
    """Gradients by hand, the same by the package or by small steps, and how far apart they may be.

    by_hand(x, W, V) is the loss and its two gradients; `linear` is the package's network.
    """
    linear.compile("sgd", "mse")
    few = X[:20]
    results, _ = linear.loss_and_gradient(few, few)
    pair = [layer.W for layer in linear.layers if isinstance(layer, Dense)]
    loss, *gradients = by_hand(few, *(W.value for W in pair))
    yield loss, results["loss"], {"rtol": 1e-5}
    for ours, W in zip(gradients, pair):
        yield ours, W.grad, {"rtol": 1e-3, "atol": 1e-7}
    x, W, V = (rng.standard_normal(shape) for shape in ((5, 6), (6, 2), (2, 6)))
    for array, gradient in zip((W, V), by_hand(x, W, V)[1:]):
        by_steps = gradcheck.numeric(lambda: by_hand(x, W, V)[0], array)
        yield gradient, by_steps, {"rtol": 1e-6, "atol": 1e-9}


def same_subspace(linear, before, after, data):
    """Print how close a linear autoencoder of 8 numbers came to PCA; show both axes.

    Returns its test error, that of PCA, and the mean correlation of a number of its code with the
    component most like it.
    """
    X, pca = data.X - data.pca.mean, data.pca
    test = data.X_test - pca.mean
    rebuilt, by_pca = (
        mse(predict(linear, test), test),
        mse(pca.rebuilt(data.X_test, 8), data.X_test),
    )
    parts = predict(Model(linear.input, linear.layers[-2].output), X)
    similar = np.abs(np.corrcoef(parts.T, pca.code(data.X, 8).T)[:8, 8:]).max(axis=1).mean()
    print(f"largest angle: {before.max():.0f} degrees before training, {after.max():.1f} after")
    print(f"test error: linear autoencoder {rebuilt:.4f}, PCA {by_pca:.4f}")
    print(f"correlation of a code number with the component most like it: {similar:.2f} (mean)")
    rows = linear.layers[-1].W.value
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    digit_rows(
        {"components": 0.5 + 4 * pca.Vt[:8], "decoder": 0.5 + 4 * rows},
        "Eight principal components, neat patterns of rising complexity, and the eight rows of "
        "the trained decoder, which are mixtures of them.",
        title="The same subspace, in other axes",
    )
    return rebuilt, by_pca, similar


# Deep against PCA


def deep_against_pca(networks, data):
    """Errors and neighbours of networks {(K, seed): network} and of PCA, printed and drawn.

    Returns {K: (errors, shares of right neighbours, PCA's error, PCA's share)}.
    """

    def right(codes, codes_test):
        return np.mean(data.digits[nearest(codes, codes_test)[0]] == data.test_digits)

    table = {}
    for K in sorted({size for size, _ in networks}):
        several = [network for (size, _), network in networks.items() if size == K]
        found = [mse(predict(network, data.X_test), data.X_test) for network in several]
        halves = [encoder_of(network) for network in several]
        share = [right(*(predict(half, x) for x in (data.X, data.X_test))) for half in halves]
        by_pca = mse(data.pca.rebuilt(data.X_test, K), data.X_test)
        of_pca = right(data.pca.code(data.X, K), data.pca.code(data.X_test, K))
        table[K] = np.array(found), np.array(share), by_pca, of_pca
    pixels_right = right(data.X, data.X_test)
    print("code   error: PCA   network (3 seeds)     neighbours: PCA   network")
    for K, (found, share, error, of_pca) in table.items():
        print(
            f"{K:4}        {error:.4f}   {found.min():.4f} to {found.max():.4f}              "
            f"{of_pca:.0%}   {share.min():.0%} to {share.max():.0%}"
        )
    print(f"nearest of all 784 pixels: {pixels_right:.0%} right")
    assert all(found.max() < 0.95 * error for found, _, error, _ in table.values())
    assert table[2][1].min() > table[2][3] + 0.05
    assert all(abs(table[K][1].mean() - table[K][3]) < 0.04 for K in (8, 32))
    assert table[32][3] > pixels_right

    _, axes = plt.subplots(1, 2, figsize=(7, 2.6), layout="constrained")
    labels = (("error of a pixel", 1), ("neighbours right, %", 100))
    for ax, by, (label, factor) in zip(axes, (0, 1), labels):
        for n, row in enumerate(table.values()):
            ax.plot([n + 0.1] * 3, factor * row[by], "o", color=COLOURS["output"], ms=5)
            ax.plot([n - 0.1], factor * row[2 + by], "s", color=COLOURS["muted"], ms=7)
        ax.set(xticks=range(3), xticklabels=table, xlabel="size of the code", ylabel=label)
        ax.set_ylim(0, (0.062, 110)[by])
    note = {"va": "bottom", "size": 9}
    axes[0].text(0.15, 0.034, "network,\nthree seeds", color=COLOURS["output"], **note)
    axes[0].text(0.95, 0.0405, "PCA", color="0.35", ha="left", **note)
    axes[1].text(0.02, 96, "all 784 pixels", color="0.35", **note)
    axes[0].set_title("A smaller error at every size", fontsize=10.5)
    axes[1].set_title("Better neighbours at 2 only", fontsize=10.5)
    axes[1].axhline(100 * pixels_right, color="0.6", lw=1, ls=":")
    plots.show(
        "Two panels for codes of 2, 8 and 32. The network has a lower error at each size. Its "
        "neighbours are better at 2 and about the same as those of PCA at 8 and 32."
    )
    return table


def label_classes(ax, place, labels, low, high, colours=None):
    """Write the ten classes at the middles of their digits, pushed apart where they overlap.

    Returns where they stand: (10, 2), from 0 to 1 between low and high.
    """
    middles = [np.median(place[labels == c], axis=0) for c in range(10)]
    at = (np.clip(middles, low, high) - low) / (high - low)  # (10, 2)
    for _ in range(100):
        gap = at[:, None] - at  # (10, 10, 2)
        far = np.linalg.norm(gap, axis=2, keepdims=True) + np.eye(10)[..., None]
        at = at + 0.2 * (np.maximum(0.085 / far - 1, 0) * gap).sum(axis=1)
    for c, middle in enumerate(low + at * (high - low)):
        ring = {"boxstyle": "circle,pad=0.12", "fc": "white"}
        ring["ec"] = colours(c) if colours else "0.3"
        ax.text(*middle, c, ha="center", va="center", size=10, weight="bold", bbox=ring)
    return at


def maps(network, data):
    """300 test digits at the two numbers that PCA and a network make of them."""
    _, axes = plt.subplots(1, 2, figsize=(7.2, 3.7), layout="constrained")
    palette = plt.get_cmap("tab10")
    places = data.pca.code(data.X_test, 2), predict(encoder_of(network), data.X_test)
    for ax, place in zip(axes, places):
        low, high = np.percentile(place, (1, 99), axis=0)
        (left, lower), (right, upper) = low - 0.1 * (high - low), high + 0.1 * (high - low)
        ax.set(xlim=(left, right), ylim=(lower, upper), xticks=[], yticks=[])
        colours = {"c": data.test_digits[:300], "cmap": palette, "vmin": -0.5, "vmax": 9.5}
        ax.scatter(*place[:300].T, s=6, lw=0, **colours)
        spots = label_classes(ax, place, data.test_digits, low, high, palette)
        apart = np.linalg.norm(spots[:, None] - spots, axis=2) + np.eye(10)
        assert apart.min() > 0.05
    axes[0].set_title("PCA: one cloud", fontsize=10.5)
    axes[1].set_title("Network: arms, with gaps between", fontsize=10.5)
    plots.show(
        "Maps of 300 digits in two numbers: overlapping clouds for PCA, arms for the network."
    )


# Convolutions, up and down


def _row_of_pixels(ax, R):
    """Three pixels, the copies of a kernel of R that they paint, and how many reach each pixel."""
    shares = np.zeros(4 + R, int)
    for n in range(3):  # the three pixels of the small image
        middle, row = 2 * n + R / 2, 2.2 - 0.6 * n
        ax.plot([middle] * 2, [3.6, row + 0.4], color="0.5", lw=1, zorder=0)
        look = {"fc": COLOURS["data"], "ec": "white"}
        ax.add_patch(plt.Rectangle((middle - 0.5, 3.3), 1, 0.7, **look))
        for cell in range(2 * n, 2 * n + R):
            look["fc"] = COLOURS["weight"]
            ax.add_patch(plt.Rectangle((cell, row), 1, 0.45, **look))
            shares[cell] += 1
    for cell, count in enumerate(shares):
        shade = COLOURS["highlight"] if count > 1 else "0.93"
        ax.add_patch(plt.Rectangle((cell, 0), 1, 0.7, fc=shade, ec="0.6"))
        ax.text(cell + 0.5, 0.35, count, ha="center", va="center", size=9)
    heights = ((3.65, "small image"), (1.8, "copies of the kernel"), (0.35, "shares"))
    for y, name in heights if R == 3 else ():
        ax.text(-0.3, y, name, ha="right", va="center", size=8.5)
    ax.set(xlim=(-3.6 if R == 3 else -0.5, 4.2 + R), ylim=(-0.1, 4.1), aspect="equal")
    ax.axis("off")
    ax.set_title(f"kernel of {R}: shares {' '.join(map(str, shares))}", fontsize=10)
    assert (np.ptp(shares[2:-2]) == 0) == (R == 4)


def shares(painted):
    """How many copies of a kernel reach a pixel: along one row above, in the plane below.

    painted(R) is an image of ones, enlarged by a kernel of ones of R x R at stride 2.
    """
    figure = plt.figure(figsize=(7.2, 4.6), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(2.1, 2.5))
    for ax, R in zip(above.subplots(1, 2, width_ratios=(10.8, 8.7)), (3, 4)):
        _row_of_pixels(ax, R)
    for ax, R in zip(below.subplots(1, 3), (2, 3, 4)):
        counts = painted(R)[:8, :8]
        ax.imshow(counts, cmap="viridis", vmin=0, vmax=4)
        for (i, j), count in np.ndenumerate(counts):
            colour = "black" if count > 2 else "white"
            ax.text(j, i, int(count), ha="center", va="center", color=colour, size=8)
        bare(ax)
        ax.set_title(f"kernel of {R} x {R}, stride 2", fontsize=10)
    assert np.array_equal(np.unique(painted(3)[2:-2, 2:-2]), [1, 2, 4])
    assert np.all(painted(4)[2:-2, 2:-2] == 4) and np.all(painted(2) == 1)
    plots.show(
        "Above, three pixels each paint a copy of the kernel, two pixels apart. With a kernel of 3 "
        "the pixels get one share or two in turn, with a kernel of 4 all inner pixels get two. "
        "Below, how many copies reach each pixel of an image: 1 everywhere for 2 x 2, a "
        "checkerboard of 1, 2 and 4 for 3 x 3, and 4 everywhere but at the edge for 4 x 4."
    )


class Decoded(NamedTuple):
    """What was found of a decoder: error, unevenness before and after training, work."""

    error: float
    before: float
    after: float
    work: int


def unevenness(images):
    """How much the four pixels of a block of 2 x 2 differ on average over all images, in %."""
    average = images[..., 0].mean(axis=0)
    four = np.array([average[i::2, j::2].mean() for i in (0, 1) for j in (0, 1)])
    return 100 * np.ptp(four) / average.std()


def multiplications(network):
    """Of one image on its way forward: each weight is used once for each place it visits."""
    count = 0
    for layer in network.layers:
        if isinstance(layer, Dense):
            count += layer.W.value.size
        elif isinstance(layer, (Conv2D, Conv2DTranspose)):
            grows = isinstance(layer, Conv2DTranspose)
            rows, columns, _ = layer.input_shape if grows else layer.output_shape
            count += layer.w.value.size * rows * columns
    return count


def three_decoders(networks, dense, dense_error, data):
    """Train {name: network} for 800 steps, and show what each draws before and after.

    Beside them stands a dense network, which is trained already.
    """
    square, square_test = (a.reshape(-1, 28, 28, 1) for a in (data.X, data.X_test))
    found, drawn = {}, {}
    print("                    error   unevenness before, after   multiplications")
    for name, network in networks.items():
        fresh = predict(network, square_test)
        train(network, square, square, epochs=2, batch=10)
        rebuilt = predict(network, square_test)
        uneven = unevenness(fresh), unevenness(rebuilt)
        found[name] = Decoded(mse(rebuilt, square_test), *uneven, multiplications(network))
        drawn[name] = fresh[0], rebuilt[data.first[3]]
        print(
            f"{name:17}  {found[name].error:.4f}      {uneven[0]:5.1f} %  {uneven[1]:4.1f} %"
            f"{found[name].work:19,}"
        )
    print(f"dense, code of 32  {dense_error:.4f}{multiplications(dense):38,}")
    print(f"unevenness of the digits themselves: {unevenness(square_test):.1f} %")
    copies, *transposed = (found[name] for name in ("copies", "kernel of 3", "kernel of 4"))
    assert copies.work > multiplications(dense) > transposed[0].work
    assert copies.before < 30 and min(kind.before for kind in transposed) > 60
    assert max(kind.after for kind in found.values()) < 6
    assert dense_error - 0.001 < copies.error < min(kind.error for kind in transposed)
    assert copies.work - transposed[0].work == 3 * (7**2 * 9 * 16 * 8 + 14**2 * 9 * 8)

    _, axes = plt.subplots(2, 3, figsize=(6.2, 4.2), layout="compressed")
    for column, (name, (fresh, trained)) in zip(axes.T, drawn.items()):
        column[0].imshow(fresh[..., 0], cmap="gray")
        column[1].imshow(trained[..., 0], **GREYS)
        column[0].set_title(name, fontsize=10)
    bare(axes)
    axes[0, 0].set_ylabel("untrained")
    axes[1, 0].set_ylabel("trained")
    plots.show(
        "Outputs of three decoders. Untrained, the transposed convolutions show a fine grid and "
        "the copies do not. Trained, all three show a legible 3."
    )


# Cleaning


def cleaned(noisy, wiener, denoisers, data):
    """Noisy digits, cleaned in four ways and by networks: decibels, and three digits of each."""

    def decibels(images):
        return -10 * np.log10(mse(np.clip(images, 0, 1), data.X_test))

    def each_image(do, *arguments):
        return np.stack([do(a.reshape(28, 28), *arguments).ravel() for a in noisy])

    ways = {
        "noisy": noisy,
        "median": each_image(ndimage.median_filter, 3),
        "blur": each_image(ndimage.gaussian_filter, 1),
        "PCA, 64": data.pca.rebuilt(noisy, 64),
        "Wiener": wiener,
    }
    scores = {name: decibels(images) for name, images in ways.items()}
    for name, score in scores.items():
        print(f"{name:8} {score:5.1f} dB")
    by_network = [decibels(predict(network, noisy)) for network in denoisers]
    print(f"network  {min(by_network):5.1f} to {max(by_network):.1f} dB (three seeds)")
    left = mse(data.pca.rebuilt(data.X_test, 256), data.X_test)
    print(f"clean digits through 256 numbers (PCA): error {left:.4f}")
    assert scores["noisy"] < scores["median"] < scores["blur"] < scores["PCA, 64"] - 0.5
    assert scores["PCA, 64"] + 0.3 < scores["Wiener"] < min(by_network) - 0.15
    assert max(by_network) < scores["Wiener"] + 1 and left < 0.003
    ways |= {"network": predict(denoisers[0], noisy), "clean": data.X_test}
    chosen = data.first[[2, 4, 5]]
    digit_rows(
        {name: np.clip(images[chosen], 0, 1) for name, images in ways.items()},
        "Three noisy digits, cleaned by a median filter, a blur, PCA, the Wiener filter and the "
        "network. The network's background is black, that of the others has grey ripples.",
        scale=3,
    )


# Judging


def opponents(known, images):
    """How strange images look to three simple rules, which have seen the digits in `known`."""
    middle = known.mean(axis=0)
    spread = (known - middle).T @ (known - middle)
    U = linalg.eigh(spread, subset_by_index=(768, 783))[1]  # (784, 16): the largest ones
    flat = middle + (images - middle) @ U @ U.T
    return {
        "PCA": squared_error(images, flat),
        "nearest": nearest(known, images)[1],
        "least ink": -images.mean(axis=1),
    }


def alarms(found, watcher, auroc, data):
    """AUROC for each class left out, and what twelve epochs make of ones and nines never seen.

    `found` is {rule: [AUROC of each class, or of each seed of each class]}. Returns the means of
    the network and of the nearest digit.
    """
    by_seed = np.array(found["network"])  # (10, 3)
    print("left out: ", *(f"{c:5}" for c in range(10)), "   mean")
    for name, values in found.items():
        row = np.array(values).reshape(10, -1).mean(axis=1)
        print(f"{name:10}", *(f"{value:5.2f}" for value in row), f"  {row.mean():.2f}")
    print(f"largest spread between two of the three seeds: {np.ptp(by_seed, axis=1).max():.2f}")
    by_class, mean, by_nearest = by_seed.mean(axis=1), by_seed.mean(), np.array(found["nearest"])
    assert np.mean(found["PCA"]) < mean + 0.01 and mean + 0.05 < by_nearest.mean()
    assert np.all(by_class < by_nearest + 0.03)
    assert by_class.argmin() == 1 and by_class[1] < 0.5 and found["least ink"][1] > 0.85
    rows = {}
    for c in (1, 9):
        network = watcher(data.X[data.digits != c], 0, epochs=12)
        rows |= _missed(c, network, auroc, data)

    figure = plt.figure(figsize=(7, 5.2), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(2.9, 2.3))
    ax = above.subplots()
    places = np.arange(10)
    for k, values in enumerate(by_seed.T):
        label = "network, three seeds" if k == 0 else None
        ax.plot(places, values, "o", color=COLOURS["output"], ms=5, label=label)
    ax.plot(places - 0.2, found["PCA"], "s", color=COLOURS["muted"], ms=6, label="PCA")
    look = {"color": COLOURS["truth"], "ms": 6, "label": "nearest digit"}
    ax.plot(places + 0.2, found["nearest"], "D", **look)
    ax.axhline(0.5, color="0.6", lw=1, ls=":")
    ax.set(xticks=range(10), xlabel="class left out of training", ylabel="AUROC", ylim=(0.3, 1.02))
    ax.set_title("The nearest training digit is the better judge", fontsize=10.5)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=9)
    digit_canvas(below.subplots(), rows)
    plots.show(
        "Above, AUROC for each class left out: the nearest neighbour is above the autoencoder, "
        "which is above PCA for most classes. At class 1 all are near or below 0.5. Below, ones "
        "rebuilt by a network that never saw a one: thick and smeared. Nines rebuilt by a network "
        "that never saw a nine: legible in most cases."
    )
    return mean, by_nearest.mean()


def _missed(c, network, auroc, data):
    """Print how well a network that never saw class c rebuilds it; six digits, and what comes."""
    left_out = data.test_digits == c
    shown, back = data.X_test[left_out][:6], predict(network, data.X_test[left_out][:6])
    missed = squared_error(data.X_test, predict(network, data.X_test))
    ink = np.mean(data.X_test**2, axis=1)
    strange, others = missed[left_out].mean(), missed[~left_out].mean()
    share = [missed[part].mean() / ink[part].mean() for part in (left_out, ~left_out)]
    print(
        f"without {c}, 12 epochs: AUROC {auroc(missed[~left_out], missed[left_out]):.2f}; error "
        f"{strange:.4f}, others {others:.4f};\n"
        f"                      as a share of the ink {share[0]:.0%}, others {share[1]:.0%}"
    )
    assert strange < 1.25 * others
    assert (share[0] > 1.3 * share[1]) == (c == 1)
    return {f"{c}, never seen": shown, f"rebuilt without {c}": back}


def sunspots():
    """Windows of 22 years: `known` from 1850 on, `old` before, of which some are `quiet`."""
    years, spots = timeseries.load_sunspots()
    level = np.sqrt(spots)  # counts: the root makes their noise about even
    modern = years >= 1850
    level = (level - level[modern].mean()) / level[modern].std()
    cut = np.lib.stride_tricks.sliding_window_view
    known, old = (cut(level[part], 22).astype("float32") for part in (modern, ~modern))
    middle, later = (cut(years[part], 22).mean(axis=1) for part in (~modern, modern))
    quiet = (middle >= 1790) & (middle <= 1830)
    series = {"years": years, "spots": spots, "middle": middle, "later": later}
    return SimpleNamespace(known=known, old=old, quiet=quiet, **series)


def planted(windows, rng):
    """A copy of windows (N, 22) in which one year of each is wrong by 1.5 standard deviations."""
    wrong = windows.copy()
    years = rng.integers(0, 22, len(windows))
    wrong[np.arange(len(windows)), years] += rng.choice([-1.5, 1.5], len(windows))
    return wrong


def sun_watched(sun, watchers, auroc, rng):
    """Two alarms beside two simple rules, printed; the series and the error of its windows."""

    def errors_of(network, windows):
        return squared_error(windows, predict(network, windows))

    def bend(windows):
        return np.abs(np.diff(windows, 2)).max(axis=1)

    old, quiet, spiked = sun.old, sun.quiet, planted(sun.old, rng)
    error = [errors_of(network, old) for network in watchers]
    sunk = -old.mean(axis=1)
    dalton = [auroc(e[~quiet], e[quiet]) for e in error], auroc(sunk[~quiet], sunk[quiet])
    spikes = [auroc(e, errors_of(network, spiked)) for e, network in zip(error, watchers)]
    spikes = spikes, auroc(bend(old), bend(spiked))
    names = ("Dalton minimum", "low mean"), ("planted year  ", "largest bend")
    for (what, rule), (found, simple) in zip(names, (dalton, spikes)):
        print(f"{what}  autoencoder {min(found):.2f} to {max(found):.2f}   {rule} {simple:.2f}")
    parts = {
        "before 1790": sun.middle < 1790,
        "1800 to 1825": (sun.middle >= 1800) & (sun.middle <= 1825),
    }
    medians = {name: np.array([np.median(e[part]) for e in error]) for name, part in parts.items()}
    for name, values in medians.items():
        print(f"median error of windows {name:12}  {values.min():.2f} to {values.max():.2f}")
    with_height = [np.corrcoef(e, old.std(axis=1))[0, 1] for e in error]
    low, high = min(with_height), max(with_height)
    print(f"correlation of a window's error with its ups and downs: {low:.2f} to {high:.2f}")
    assert dalton[1] > max(dalton[0]) + 0.1 and min(dalton[0]) > 0.5
    assert spikes[1] > max(spikes[0]) + 0.08 and min(spikes[0]) > 0.6
    assert low > 0.2 and np.all(medians["1800 to 1825"] < 2 * medians["before 1790"])

    _, (top, bottom) = plt.subplots(2, 1, figsize=(7, 3.4), layout="constrained", sharex=True)
    top.plot(sun.years, sun.spots, color=COLOURS["data"], lw=1.2)
    top.set(ylabel="sunspots", ylim=(-5, 235))
    note = {"color": "0.35", "size": 9, "va": "top", "ha": "center"}
    top.text(1810, 228, "Dalton\nminimum", **note)
    title = "The error shows where the quiet years begin, not that they are quiet"
    top.set_title(title, fontsize=10.5)
    bottom.plot(sun.middle, error[0], color=COLOURS["output"])
    bottom.plot(sun.later, errors_of(watchers[0], sun.known), color=COLOURS["muted"])
    bottom.set(ylabel="error of window", xlabel="year (middle of the window)")
    bottom.text(1925, 0.9 * error[0].max(), "grey: the years it was trained on", **note)
    for ax in (top, bottom):
        ax.axvspan(1790, 1830, color=COLOURS["highlight"], alpha=0.35, lw=0)
    plots.show(
        "Sunspots from 1700 to 2008 with the Dalton minimum marked, and the error of each window: "
        "it is highest where the quiet years begin, and unremarkable in the middle of them."
    )


# The variational autoencoder


def random_codes(network, standard, data):
    """Ten digits decoded from real codes, ten from drawn ones; print how far real ones spread."""
    codes, decoder = predict(encoder_of(network), data.X), decoder_of(network)
    digit_rows(
        {
            "real codes": predict(decoder, codes[:10]),
            "drawn codes": predict(decoder, standard[:10]),
        },
        "Ten digits decoded from codes of training digits, legible, and ten decoded from random "
        "codes: they look much alike.",
    )
    spread = codes.std(axis=0)
    print("spread of the eight numbers in the code:", *spread.round(1))
    assert spread.min() > 2


def noise_from_the_side():
    """A variational autoencoder, with the gradients that pass the draw."""
    sheet = plots.Diagram(7.2, 2.3)
    x = sheet.box(0.45, 1.1, "$x$\n784", 0.6, fill="data")
    encoder = sheet.box(1.5, 1.1, "encoder\n128", 0.8)
    m = sheet.box(2.75, 1.6, "$m$", 0.6)
    s = sheet.box(2.75, 0.6, r"$\log s^2$", 0.6)
    times = sheet.gate(4.0, 0.6, "×")
    plus = sheet.gate(4.0, 1.6, "+")
    noise = sheet.box(5.2, 0.6, r"noise $\varepsilon$", 0.8, fill="white")
    z = sheet.box(4.9, 1.6, "$z$", 0.5, fill="highlight")
    decoder = sheet.box(5.8, 1.6, "decoder\n128", 0.8)
    y = sheet.box(6.75, 1.6, "pixels\n784", 0.7, fill="output")
    plain = (x, encoder), (encoder, m), (encoder, s), (noise, times), (decoder, y), (z, decoder)
    for a, b in plain:
        sheet.arrow(a, b)
    sheet.arrow(m, plus, back="$dm$")
    sheet.arrow(s, times, text="$s$", back=r"$d(\log s^2)$")
    sheet.arrow(times, plus)
    sheet.arrow(plus, z, back="$dz$")
    sheet.text(2.75, 2.1, "KL is paid here: on $m$ and $s$", size=8)
    plots.show(
        "The encoder puts out m and log s squared. Noise from the side is multiplied by s and "
        "added to m. The result z goes to the decoder."
    )


def sampling_compared(m, log_var, dz, divergence, draw, draw_backward):
    """What is done by hand, the same by the package or by small steps, and how close both are."""
    layer = Sampling(0.3, seed=7)
    layer.prepare(((4,), (4,)))
    z, kept = layer.forward((m, log_var), training=True)
    noise = np.random.default_rng(7).standard_normal((5, 4), np.float32).astype("float64")
    yield z, draw(m, log_var, noise), {"rtol": 1e-12}
    _, kl_dm, kl_dlog_var = divergence(m, log_var)
    dm, dlog_var = draw_backward(dz, log_var, noise)
    by_hand = dm + 0.3 / 5 * kl_dm, dlog_var + 0.3 / 5 * kl_dlog_var
    for ours, theirs in zip(by_hand, layer.backward(dz, kept)):
        yield ours, theirs, {"rtol": 1e-9, "atol": 1e-12}

    def upstream():
        return np.sum(dz * draw(m, log_var, noise)) + 0.3 * divergence(m, log_var)[0].mean()

    for array, gradient in zip((m, log_var), by_hand):
        yield gradient, gradcheck.numeric(upstream, array), {"rtol": 1e-6, "atol": 1e-9}


def without_half():
    """What the gradient check says of a `Sampling` that forgets the half of its gradient."""

    class WithoutHalf(Sampling):
        def backward(self, dz, cache):
            dm, dlog_var = super().backward(dz, cache)
            return dm, dlog_var + dz * cache[2] / 2

    try:
        gradcheck.check_layer(WithoutHalf(), ((5, 4), (5, 4)), training=True)
    except AssertionError as error:
        return str(error).split(":")[1].split(".")[0].strip()[:60]
    raise AssertionError("the check missed a wrong factor")


def by_draws(m, log_var, draw, kl, rng):
    """The divergence of (8), and the same as a mean over 100,000 draws of z: close enough?"""
    z = draw(m, log_var, rng.standard_normal((100_000, *m.shape)))
    sampled = log_density(z, m, log_var) - log_density(z)  # (100000, N)
    mean = sampled.mean(axis=0)
    print("KL by (8):      ", *(f"{value:7.3f}" for value in kl))
    print("KL by sampling: ", *(f"{value:7.3f}" for value in mean))
    assert np.abs(mean - kl).max() < 0.05
    assert np.all(np.abs(mean - kl) < 5 * sampled.std(axis=0) / 100_000**0.5)


def log_density(z, m=0.0, log_var=0.0):
    """Of independent Gaussians, summed over the last axis."""
    return -0.5 * ((z - m) ** 2 / np.exp(log_var) + log_var + np.log(2 * np.pi)).sum(axis=-1)


def bounds(bound, sizes):
    """Print the bounds, in nats a digit, of {K: [(encoder, decoder), ...]} with K = 2 and 8."""
    totals = {}
    for K, several in sizes.items():
        found = [bound(*halves) for halves in several]
        for reconstruction, price in found:
            print(
                f"code of {K}: bound {-reconstruction - price:6.1f} nats a digit "
                f"(pixels {reconstruction:.1f}, code {price:.1f})"
            )
        totals[K] = np.array([-reconstruction - price for reconstruction, price in found])
    assert np.all(np.abs(totals[2] + 175) < 7) and np.all(np.abs(totals[8] + 139) < 5)


def made_digits(plain, variational, draw, standard, data):
    """Judge 1,000 digits from each source, print the verdicts, show eight of each.

    plain and variational are lists of networks and of (encoder, decoder); `standard` are codes from
    the prior.
    """
    judge = Judge(data.X, data.digits)

    def like(codes):
        draws = np.random.default_rng(4)
        at = codes.mean(axis=0), np.cov(codes.T)
        return draws.multivariate_normal(*at, 1000).astype("float32")

    def coded(encoder):
        """One draw of z for each training digit, with the encoder's m and s."""
        m, log_var = predict(encoder, data.X)
        noise = np.random.default_rng(8).standard_normal(m.shape, np.float32)
        return draw(m, log_var, noise)

    pca = data.pca
    by_pca = pca.mean + like(pca.code(data.X, 8)) @ pca.Vt[:8]
    codes = [predict(encoder_of(network), data.X) for network in plain]
    clouds = [coded(encoder) for encoder, _ in variational]
    decoders, theirs = [decoder_of(network) for network in plain], [d for _, d in variational]
    sources = {
        "real test digits": [data.X_test],
        "plain, standard": [predict(decoder, standard) for decoder in decoders],
        "PCA, fitted": [np.clip(by_pca, 0, 1)],
        "variational": [pixels(decoder, standard) for decoder in theirs],
        "variational, fitted": [pixels(d, like(z)) for d, z in zip(theirs, clouds)],
        "plain, fitted": [predict(d, like(z)) for d, z in zip(decoders, codes)],
    }
    distance = {}
    for name, several in sources.items():
        for verdict in (verdicts := [judge(made) for made in several]):
            print(f"{name:19} {verdict}")
        distance[name] = np.array([verdict.distance for verdict in verdicts])
    spreads = np.array([z.std(axis=0) for z in clouds])
    print(f"spread of the variational codes: {spreads.min():.2f} to {spreads.max():.2f}")
    digit_rows(
        {name: several[0][:8] for name, several in list(sources.items())[1:]},
        "Eight digits from each source. Those of the plain autoencoder with a fitted Gaussian are "
        "the sharpest; those of PCA and of the variational autoencoder are blurred.",
    )
    fitted, ours = distance["plain, fitted"], distance["variational"]
    assert fitted.max() < 0.6 * ours.min() and spreads.min() > 1.1
    helped = distance["variational, fitted"]
    assert fitted.max() < helped.min() and helped.max() < 0.8 * ours.min()
    by_pca = distance["PCA, fitted"][0]
    assert ours.max() < 1.1 * by_pca < 0.6 * distance["plain, standard"].min()


def walk(halves, data):
    """A film: a point walks along a spiral through the code, and the digit changes."""
    encoder, decoder = halves
    placed, _ = predict(encoder, data.X_test)
    turn = np.linspace(0, 4 * np.pi, 13)
    path = (np.linspace(0.3, 1.8, 13) * np.stack([np.cos(turn), np.sin(turn)])).T
    walked = pixels(decoder, path)
    moves = np.abs(np.diff(walked, axis=0)).mean(axis=1)
    assert walked.shape == (13, 784) and moves.min() > 0.002

    def step(n, left, right):
        left.scatter(*placed[:200].T, color="0.65", s=5, lw=0)
        label_classes(left, placed, data.test_digits, np.full(2, -3.0), np.full(2, 3.0))
        left.plot(*path[: n + 1].T, "-", color="0.2", lw=1, zorder=4)
        left.plot(*path[n], "o", ms=9, color=COLOURS["highlight"], mec="black", zorder=5)
        left.set(xlim=(-4.6, 4.6), ylim=(-3.4, 3.4), **MAP)
        left.set_title("the code $z$", fontsize=10)
        right.imshow(walked[n].reshape(28, 28), **GREYS)
        bare(right)
        right.set_title("what the decoder draws", fontsize=10)

    alt = "A point walks in a spiral through the code, and the digit it stands for changes step by "
    return plots.movie(step, range(13), alt + "step.", size=(6.4, 2.6), columns=2, still=8)


def chart(halves, data):
    """The clouds of 1,000 test digits, and a chart of what the decoder draws at 81 places."""
    encoder, decoder = halves
    placed, log_var = predict(encoder, data.X_test)
    quantiles = stats.norm.ppf(np.linspace(0.04, 0.96, 9))
    places = np.array([(a, b) for b in quantiles[::-1] for a in quantiles])
    canvas = pixels(decoder, places).reshape(9, 9, 28, 28)
    canvas = canvas.transpose(0, 2, 1, 3).reshape(252, 252)
    _, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.3), layout="compressed")
    for middle, radius in zip(placed, np.exp(log_var / 2)):
        cloud = Ellipse(middle, *(4 * radius), color="#9ecae1", lw=0, antialiased=False)
        left.add_patch(cloud)
    left.add_patch(plt.Circle((0, 0), 2, fill=False, ls="--", ec="0.3"))
    label_classes(left, placed, data.test_digits, np.full(2, -3.0), np.full(2, 3.0))
    left.set(xlim=(-3.6, 3.6), ylim=(-3.6, 3.6), **MAP)
    left.set_title("Clouds, and a bare place", fontsize=10.5)
    right.imshow(canvas, **GREYS)
    bare(right)
    right.set_title("One digit turns into the next", fontsize=10.5)
    plots.show(
        "On the left, clouds around the codes of digits fill much of a circle of radius 2, with a "
        "bare place at the lower left, and lie outside it, too. On the right, a chart of 9 x 9 "
        "decoded digits: neighbours are alike, one digit turns into another."
    )
    drawn = np.random.default_rng(6).standard_normal((500, 2))
    m, log_var = predict(encoder, data.X)
    distance = ((drawn[:, None] - m) ** 2 / np.exp(log_var)).sum(axis=2)
    practised = (distance.min(axis=1) < 4).mean()
    print(f"draws from the prior that lie in the cloud of a training digit: {practised:.0%}")
    assert practised > 0.8


class Outcome(NamedTuple):
    """Of one weight: nats for the pixels, nats for the code, numbers in use, change of digits."""

    pixels: float
    code: float
    used: int
    change: float


def collapsed(halves, again, bound, data):
    """What four weights of the divergence lead to, printed, and six digits that come back.

    halves is {weight: (encoder, decoder)}, `again` two more pairs with the weight 784.
    """
    rows, outcome = {"digit": data.X_test[data.first[:6]]}, {}
    print("        nats:           numbers  change between")
    print("weight  pixels    code   in use      digits      loss, epoch by epoch")
    for beta, (encoder, decoder) in halves.items():
        m, log_var = predict(encoder, data.X_test)
        each = 0.5 * (m**2 + np.exp(log_var) - 1 - log_var).mean(axis=0)  # (K,)
        back = pixels(decoder, m)
        used, change = int((each > 0.05).sum()), back.std(axis=0).mean()
        outcome[beta] = found = Outcome(*bound(encoder, decoder), used, change)
        rows[f"weight {beta}"] = back[data.first[:6]]
        losses = encoder.history.history["loss"]
        print(
            f"{beta:6}  {found.pixels:6.1f}  {found.code:6.3f} {used:8} {change:11.3f}   ",
            *(f"{loss:.3f}"[1:] for loss in losses),
        )
        assert np.all(np.diff(losses) < 0)
    others = [bound(*pair)[1] for pair in again]
    print(
        f"weight 784, two more seeds, three epochs: code {others[0]:.3f} and {others[1]:.3f} nats"
    )
    assert max(others) < 0.05
    weak, one, ten, whole = (outcome[beta] for beta in (0.1, 1, 10, 784))
    assert whole.code < 0.05 and whole.used == 0 and whole.change < 0.01
    assert weak.pixels < one.pixels < ten.pixels < whole.pixels
    assert one.used >= 6 and ten.used < one.used
    totals = {beta: -found.pixels - found.code for beta, found in outcome.items()}
    assert max(totals, key=totals.get) == 1
    digit_rows(
        rows,
        "Six digits and what comes back with weights 0.1, 1, 10 and 784: good copies, fair copies, "
        "vague ones, and six times the same grey cloud.",
    )
