"""Pictures of the chapter on normalization, and its network.

What is measured while it trains is in normalization_trials.py.
"""

import functools

import matplotlib.pyplot as plt
import numpy as np

from minidl import losses, plots
from minidl.layers import Activation, BatchNormalization, Dense
from minidl.models import Sequential
from minidl.optimizers import SGD
from minidl.plots.common import BLUE, ORANGE, VERMILLION
from minidl_course.chapters.common import load_digits

PLAIN, NORMAL, OTHER = VERMILLION, BLUE, ORANGE  # one colour for each network, on all of the page
FRAMES = (0, 1, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60, 80, 100, 125, 149)

cross_entropy = losses.SparseCategoricalCrossentropy()


@functools.cache
def sample():
    """4,000 digits to learn from and 1,000 to test: images (N, 784) from 0 to 1, and digits."""
    return load_digits(784)


def batch_norm(momentum=0.9):
    """A new batch normalization, with a shorter memory than the default."""
    return BatchNormalization(momentum=momentum)


NETWORKS = {"plain": None, "batch normalization": batch_norm}


def network(norm, seed):
    """Four hidden layers of 64 ReLUs; norm() makes what stands before each ReLU, if anything."""
    layers = []
    for _ in range(4):
        dense = Dense(64, use_bias=not norm, kernel_initializer="he_normal")
        layers += [dense, *([norm()] if norm else []), Activation("relu")]
    return Sequential([*layers, Dense(10, activation="softmax")], seed=seed)


def steps_of(norm, seed, rate=0.1, steps=150, samples=128):
    """Train; give (step, model, the batch's images and digits) before every step."""
    (images, digits), _ = sample()
    model, order = network(norm, seed), np.random.default_rng(seed)
    model.prepare((784,))
    model.compile(SGD(rate), "sparse_categorical_crossentropy")
    for step in range(steps):
        rows = order.integers(0, 4000, samples)
        yield step, model, images[rows], digits[rows]
        model.train_on_batch(images[rows], digits[rows])


def trained(norm, seed, rate, batch_size=64, epochs=2, samples=4000, centred=False):
    """Train a new network; return the loss of each epoch and the share of test digits it reads."""
    (images, digits), (test_images, test_digits) = sample()
    if centred:
        mean = images.mean(axis=0)
        images, test_images = images - mean, test_images - mean
    model = network(norm, seed)
    model.compile(SGD(rate), "sparse_categorical_crossentropy")
    with np.errstate(all="ignore"):  # some of these runs explode, on purpose
        history = model.fit(images[:samples], digits[:samples], batch_size, epochs, verbose=0)
    losses_seen = np.nan_to_num(history.history["loss"], nan=np.inf)
    return losses_seen, np.mean(model.predict(test_images).argmax(axis=1) == test_digits)


def gradient(model, x, y):
    """The loss on a batch, and its gradient: one array for each parameter."""
    model.zero_grad()
    p, cache = model.forward(x, training=True)
    value, dp = cross_entropy(y, p)
    model.backward(dp, cache)
    return value, [param.grad.copy() for param in model.params().values()]


def length(arrays):
    """The length of all arrays read as one vector."""
    return np.sqrt(sum((a.astype(float) ** 2).sum() for a in arrays))


def ready(layer, shape, rng=None):
    """The layer, built for samples of this shape, in float64."""
    layer.prepare(shape, rng=rng)
    return layer.astype("float64")


def check_same(layer, x, dy, y, dx, *dparams):
    """The package's layer gives the same output and the same gradients as code by hand."""
    theirs, cache = layer.forward(x, training=True)
    pairs = [(theirs, y), (layer.backward(dy, cache), dx)]
    pairs += zip((param.grad for param in layer.params().values()), dparams, strict=True)
    assert all(np.abs(a - b).max() < 1e-13 for a, b in pairs)


# ------------------------------------------------------------------------- the idea in pictures


def landscape(model, x, y, reach, places=25):
    """The loss along the gradients of both halves of a batch, up to `reach` from where we are."""
    half = len(x) // 2
    _, a = gradient(model, x[:half], y[:half])
    _, b = gradient(model, x[half:], y[half:])
    a = [part / length(a) for part in a]
    along = sum((p.astype(float) * q).sum() for p, q in zip(a, b))
    b = [q - along * p for p, q in zip(a, b)]  # at a right angle to the first
    b = [part / length(b) for part in b]
    kept = [(param, param.value.copy()) for param in model.params().values()]
    ways = np.linspace(-reach, reach, places)
    height = np.zeros((places, places))
    for i, j in np.ndindex(places, places):
        for (param, value), p, q in zip(kept, a, b):
            param.value[...] = value - ways[i] * p - ways[j] * q
        height[i, j] = cross_entropy(y, model.forward(x, training=True)[0])[0]
    for param, value in kept:
        param.value[...] = value
    return ways, height


def hook():
    """The loss around two networks after fifty steps, without and with batch normalization."""
    (images, digits), _ = sample()
    heights = {}
    for name, norm in (("A", None), ("B", batch_norm)):
        for step, model, _, _ in steps_of(norm, seed=0, steps=51):
            if step == 50:
                ways, heights[name] = landscape(model, images[:400], digits[:400], reach=0.8)
    _, axes = plt.subplots(
        1, 2, figsize=(7.4, 3.5), subplot_kw={"projection": "3d"}, layout="constrained"
    )
    for ax, (name, height) in zip(axes, heights.items()):
        grid = np.meshgrid(ways, ways, indexing="ij")
        look = {"cmap": "viridis", "vmin": 0, "vmax": 6, "rstride": 1, "cstride": 1, "lw": 0.2}
        ax.plot_surface(*grid, np.minimum(height, 8), edgecolor="0.3", **look)
        ax.set(zlim=(0, 8), title=name, xticks=(-0.5, 0, 0.5), yticks=(-0.5, 0, 0.5))
        ax.set_xlabel("way along one gradient", size=8)
        ax.set_ylabel("way along another", size=8)
        ax.set_zlabel("loss", size=8, labelpad=-6)
        ax.tick_params(labelsize=7, pad=-1)
        ax.view_init(28, -50)
    plots.show(
        "Two surfaces of the loss over two ways. A is a deep bowl whose walls rise steeply, at "
        "some corners to a loss of 8; B is a gentle slope, almost flat, and below 1.2 everywhere."
    )
    print(", ".join(f"{n}: from {h.min():.2f} to {h.max():.1f}" for n, h in heights.items()))
    assert heights["A"].max() > 3 * heights["B"].max()


def wandering():
    """What two units get for 200 digits: {(network, step): (200, 2)}."""
    watched = sample()[0][0][:200]
    clouds = {}
    for name, norm in NETWORKS.items():
        for step, model, _, _ in steps_of(norm, seed=0, rate=0.3):
            if step in FRAMES:
                h = watched
                for layer in model.layers[:-2]:  # up to what goes into the last ReLU
                    h = layer.forward(h, training=layer.trainable and norm is not None)[0]
                clouds[name, step] = h[:, [3, 5]]
    return clouds


def wandering_film(clouds):
    """The two clouds during training."""

    def draw(step, *axes):
        for ax, name, colour in zip(axes, NETWORKS, (PLAIN, NORMAL)):
            cloud = clouds[name, step]
            ax.scatter(*cloud.T, s=5, color=colour, alpha=0.5, lw=0)
            ax.plot(*cloud.mean(axis=0), "k+", ms=13, mew=2)
            ax.axhline(0, color="0.7", lw=0.8)
            ax.axvline(0, color="0.7", lw=0.8)
            ax.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal", xlabel="unit 1")
            ax.set_title(f"{name}, step {step}", size=10)
        axes[0].set_ylabel("unit 2")

    return plots.movie(
        draw,
        FRAMES,
        "Two clouds of 200 points during training. The one of the plain network wanders and "
        "changes its width; the one behind batch normalization stays around the origin, about as "
        "wide as high.",
        size=(6.4, 3.1),
        columns=2,
        still=5,
    )


def wandering_measured(clouds):
    """How far the clouds get from 0, and how wide they are."""
    far, wide = {}, {}
    for name in NETWORKS:
        means = [np.abs(clouds[name, step].mean(axis=0)).max() for step in FRAMES]
        far[name] = max(means)
        wide[name] = np.array([clouds[name, step].std(axis=0) for step in FRAMES])
        print(f"{name}: {len(FRAMES)} means up to {far[name]:.2f},", end=" ")
        print(f"standard deviations {wide[name].min():.2f} to {wide[name].max():.2f}")
    assert far["plain"] > 2 * far["batch normalization"]
    assert np.ptp(wide["plain"]) > np.ptp(wide["batch normalization"])


def three_steps(x, centred, xhat, y):
    """Four clouds (N, 2), each with a box of one standard deviation to each side."""
    clouds = {"$x$": x, "$x - m$": centred, r"$\hat x$": xhat, r"$\gamma\,\hat x + \beta$": y}
    _, axes = plt.subplots(2, 2, figsize=(7.2, 4.5), layout="constrained", sharex=True, sharey=True)
    for ax, (title, cloud) in zip(axes.flat, clouds.items()):
        ax.scatter(*cloud.T, s=3, color=BLUE, alpha=0.6, lw=0)
        ax.plot(*cloud.mean(axis=0), "k+", ms=12, mew=2)
        corner, wide = cloud.mean(axis=0) - cloud.std(axis=0), 2 * cloud.std(axis=0)
        ax.add_patch(plt.Rectangle(corner, *wide, fill=False, ec=VERMILLION, lw=1.5, zorder=4))
        ax.axhline(0, color="0.7", lw=0.8)
        ax.axvline(0, color="0.7", lw=0.8)
        ax.set(title=title, xlim=(-11, 16), ylim=(-7, 7), aspect="equal")
    for ax in axes[1]:
        ax.set_xlabel("feature 1")
    for ax in axes[:, 0]:
        ax.set_ylabel("feature 2")
    plots.show(
        "A slanted cloud of points far from the origin; the same moved to the origin; the same "
        "made as wide as high; and the same at a new place with a new width. A box, one standard "
        "deviation to each side of the mean, is flat at first and a square in the third panel."
    )
    assert np.abs(xhat.mean(axis=0)).max() < 1e-12
    assert np.abs(xhat.var(axis=0) - 1).max() < 0.005


def mean_of_what():
    """Which numbers of a table share a mean: a column, or a row."""
    _, axes = plt.subplots(1, 2, figsize=(6.4, 2.3), layout="compressed")
    for ax, kind in zip(axes, ("batch", "layer")):
        shade = np.zeros((6, 8))
        shade[(slice(None), 2) if kind == "batch" else (3, slice(None))] = 1
        ax.imshow(np.where(shade[..., None], [0.34, 0.71, 0.91], [0.95, 0.95, 0.95]))
        for i in range(7):
            ax.axhline(i - 0.5, color="0.6", lw=0.8)
        for j in range(9):
            ax.axvline(j - 0.5, color="0.6", lw=0.8)
        ax.set(xticks=[], yticks=[], xlabel="$D$ features", ylabel="$N$ samples")
        ax.set_title(f"{kind} normalization", size=10)
    plots.show(
        "Two tables of six samples and eight features. For batch normalization one column is "
        "marked, for layer normalization one row: these numbers share a mean."
    )


def graph():
    """Six steps forward, and the gradient that flows back to each node."""
    places = dict(zip("xmcvshy", [(0, 0), (1, 1), (2, 0), (3, 1), (4, 1), (5, 0), (6, 0)]))
    _, ax = plt.subplots(figsize=(7.4, 2.6), layout="constrained")
    for edge in ("xm", "xc", "mc", "cv", "vs", "ch", "sh", "hy"):
        a, b = (np.array(places[node]) for node in edge)
        way = (b - a) / np.hypot(*(b - a))
        arrow = {"arrowstyle": "->", "color": BLUE}
        ax.annotate("", b - 0.2 * way, a + 0.2 * way, arrowprops=arrow)
    style = {"ha": "center", "va": "center", "fontsize": 13}
    for node, (h, k) in places.items():
        box = {"boxstyle": "round,pad=0.35" if k else "circle,pad=0.35", "fc": "white", "ec": BLUE}
        ax.text(h, k, r"$\hat x$" if node == "h" else f"${node}$", bbox=box, **style)
        back = r"$g = \gamma\,dy$" if node == "h" else f"$d{node}$"
        ax.text(h, k + (0.42 if k else -0.48), back, color=VERMILLION, **style)
    ax.set(xlim=(-0.4, 6.4), ylim=(-0.75, 1.65))
    ax.set_title("Blue: forward. Orange: what flows back", size=10)
    ax.set_axis_off()
    plots.show(
        "The graph: x feeds m and c, m feeds c, c feeds v and x-hat, v feeds s, s feeds x-hat, "
        "x-hat feeds y. At every node stands the gradient that flows back to it."
    )


CUBE = {"N": (-0.8, -0.42), "C": (0.8, -0.42), "HW": (0, 0.95)}  # where a step along each leads


def _side(ax, marked, one, other, front):
    # The visible side of the cube at the far end of the axis `front`, blue where it is marked.
    for i, j in np.ndindex(4, 4):
        at = {one: i, other: j, front: 4}
        base = sum(at[name] * np.array(way) for name, way in CUBE.items())
        along, up = np.array(CUBE[one]), np.array(CUBE[other])
        corners = [base, base + along, base + along + up, base + up]
        cell = at | {front: 3}
        colour = (0.34, 0.71, 0.91) if marked[cell["N"], cell["C"], cell["HW"]] else "0.96"
        ax.add_patch(plt.Polygon(corners, fc=colour, ec="0.45", lw=0.7))


def four_norms():
    """The cube of a batch, four times: the numbers that share a mean are blue."""
    shares = {
        "batch": np.s_[:, 3, :],
        "layer": np.s_[3, :, :],
        "instance": np.s_[3, 3, :],
        "group": np.s_[3, 2:, :],
    }
    _, axes = plt.subplots(1, 4, figsize=(7.6, 2.1), layout="constrained")
    for ax, (name, share) in zip(axes, shares.items()):
        marked = np.zeros((4, 4, 4), bool)  # N, C, H W
        marked[share] = True
        _side(ax, marked, "C", "HW", front="N")
        _side(ax, marked, "N", "HW", front="C")
        _side(ax, marked, "N", "C", front="HW")
        ax.text(-2.1, -3.1, "$C$", ha="center")
        ax.text(2.1, -3.1, "$N$", ha="center")
        ax.text(-3.4, 0.2, "$H, W$", ha="right", va="center")
        ax.set(xlim=(-5.4, 3.4), ylim=(-3.6, 4), aspect="equal")
        ax.set_title(name, size=11)
        ax.set_axis_off()
    plots.show(
        "Four cubes with the axes N, C and HW. Batch normalization: a slab of one channel, all "
        "samples and all places is blue. Layer: a slab of one sample. Instance: a column, one "
        "channel of one sample. Group: a slab half as wide, two channels of one sample."
    )
