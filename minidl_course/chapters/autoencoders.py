"""Pictures, films and opponents of the chapter on autoencoders.

Its alarms are in autoencoders_alarms.py, the variational ones in autoencoders_variational.py.
"""

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from scipy import ndimage

from minidl import gradcheck, plots
from minidl.layers import Conv2D, Conv2DTranspose, Dense
from minidl.losses import BinaryCrossentropy
from minidl.models import Model
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl.plots.canvas import tile
from minidl_course.chapters.common import bare, load_digits
from minidl_course.play import train_latent

COLOURS = plots.COLOURS
GREYS = {"cmap": "gray", "vmin": 0, "vmax": 1}


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
