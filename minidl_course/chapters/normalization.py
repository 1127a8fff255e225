"""Pictures of the chapter on normalization, its network, and what is measured while it trains."""

import functools

import matplotlib.pyplot as plt
import numpy as np

from minidl import losses, plots
from minidl.callbacks import progress_bar
from minidl.layers import Activation, BatchNormalization, Dense, LayerNormalization
from minidl.models import Sequential
from minidl.optimizers import SGD
from minidl.plots.common import BLUE, GREEN, ORANGE, VERMILLION
from minidl_course.chapters.common import load_digits

PLAIN, NORMAL, OTHER = VERMILLION, BLUE, ORANGE  # one colour for each network, on all of the page
FRAMES = (0, 1, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60, 80, 100, 125, 149)
RATES, DISTANCES = np.linspace(0.05, 0.4, 8), np.linspace(0.1, 0.8, 8)  # of the walks

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


def trained(norm, seed, rate, batch_size=64, epochs=2, samples=4000):
    """Train a new network; return the last epoch's loss and the share of test digits it reads."""
    (images, digits), (test_images, test_digits) = sample()
    model = network(norm, seed)
    model.compile(SGD(rate), "sparse_categorical_crossentropy")
    with np.errstate(all="ignore"):  # some of these runs explode, on purpose
        history = model.fit(images[:samples], digits[:samples], batch_size, epochs, verbose=0)
    loss = np.nan_to_num(history.history["loss"][-1], nan=np.inf)
    return loss, np.mean(model.predict(test_images).argmax(axis=1) == test_digits)


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
        print(f"{name}: mean up to {far[name]:.2f} from 0,", end=" ")
        print(f"standard deviation {wide[name].min():.2f} to {wide[name].max():.2f}")
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


# -------------------------------------------------------------------------- how large a step?


def weights_before(model):
    """The weights (D, M) of each dense layer that stands before a normalization."""
    return [layer.W for layer in model.layers if isinstance(layer, Dense)][:-1]


def growing_weights():
    """How long the weights become, and what Pythagoras says from the gradients alone."""
    _, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for rate, colour, style in ((3, VERMILLION, "-"), (1, BLUE, "--"), (0.3, GREEN, ":")):
        grown = []  # (3 seeds, 2, 151): measured, and from (16)
        for seed in range(3):
            squares, steps = [], [0.0]
            for step, model, _, _ in steps_of(batch_norm, seed, rate, steps=151):
                W = weights_before(model)
                if step:  # grad is still that of the step before
                    steps.append((rate * length([w.grad for w in W])) ** 2)
                squares.append(length([w.value for w in W]) ** 2)
            grown.append(np.sqrt([squares, squares[0] + np.cumsum(steps)]) / np.sqrt(squares[0]))
        measured, expected = np.moveaxis(grown, 1, 0)
        ax.plot(measured[0], style, color=colour, label=rf"$\eta$ = {rate}")
        ax.plot(range(0, 151, 15), expected[0, ::15], "o", color=colour, ms=4)
        ends = ", ".join(f"{end:.3f}" for end in measured[:, -1])
        print(f"rate {rate}: {ends} times as long;", end=" ")
        print("by (16)", ", ".join(f"{end:.3f}" for end in expected[:, -1]))
        assert np.all(np.diff(measured) > -1e-6) and np.allclose(measured, expected, atol=2e-3)
    ax.set(xlabel="step", ylabel="length of the weights\n(at the start: 1)")
    ax.set_title("Every step makes the weights longer. Dots: Pythagoras")
    ax.legend(frameon=False)
    plots.show(
        "The length of the weights over 150 steps at three rates. All curves rise all the time; "
        "at a rate of 3 to 1.37 times the start, at 1 to 1.08 and at 0.3 to 1.01 times. Dots that "
        "were computed from the gradients lie on the curves."
    )


def sweep(nets, rates):
    """The losses of three seeds after training: {(network, rate): (3,)}."""
    found = {}
    with progress_bar(len(nets) * len(rates), "sweep") as bar:
        for name, (norm, epochs) in nets.items():
            for rate in rates:
                runs = [trained(norm, seed, rate, epochs=epochs)[0] for seed in range(3)]
                found[name, rate] = np.array(runs)  # (3,)
                bar.update()
    return found


def sweep_drawn(found, nets, rates):
    """Training loss over the learning rate; return the rates {network: [...]} that train."""
    _, ax = plt.subplots(figsize=(7.4, 3.3), layout="constrained")
    for name, style, colour in zip(nets, ("s--", "^:", "o-"), (PLAIN, OTHER, NORMAL)):
        final = np.minimum([found[name, rate] for rate in rates], 3)  # (8, 3)
        ax.loglog(rates, np.median(final, axis=1), style, color=colour, ms=4, label=name)
        low, high = final.min(axis=1), final.max(axis=1)
        ax.fill_between(rates, low, high, color=colour, alpha=0.2, lw=0)
    ax.axhline(np.log(10), color="0.6", ls=":", label="guessing: log 10")
    ax.set(xlabel=r"learning rate $\eta$", ylabel="training loss at the end\n(cut off at 3)")
    ax.set_yticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"], minor=False)
    ax.set_title("Batch normalization survives larger steps")
    ax.set_xticks(rates, [str(rate) for rate in rates], minor=False)
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    plots.show(
        "Training loss over the learning rate, median and spread of three seeds. All networks "
        "come down from small rates on; the plain ones jump up to guessing at a rate of 1, batch "
        "normalization only at 10."
    )
    good = {name: [r for r in rates if found[name, r].max() < 1] for name in nets}
    for name in nets:
        rate = min(rates, key=lambda r: found[name, r].max())
        low, high = found[name, rate].min(), found[name, rate].max()
        print(f"{name:20} below 1 at rates {good[name][0]} to {good[name][-1]};", end=" ")
        print(f"best at {rate}: {low:.2f} to {high:.2f}")
    plain, slow, normal = (good[name] for name in nets)
    assert plain == [0.03, 0.1, 0.3] and slow == [0.01, *plain] and normal == [*plain, 1, 3]
    plain, slow, normal = (min(found[name, rate].max() for rate in rates) for name in nets)
    assert slow < normal < 0.7 * plain
    return good


def _longer(seed, hold, steps=126):
    # Two epochs at a rate of 3: how much longer the weights become, and the last ten losses.
    first, last = None, []
    for step, model, x, y in steps_of(batch_norm, seed, 3, steps, samples=64):
        W = weights_before(model)
        first = first or [length([w.value]) for w in W]
        for w, size in zip(W, first):
            w.value *= size / length([w.value]) if hold else 1
        if step >= steps - 10:
            last.append(cross_entropy(y, model.forward(x, training=True)[0])[0])
    return length([w.value for w in W]) / np.hypot.reduce(first), np.mean(last)


def longer_weights():
    """Does it train at a rate of 3 because its weights grow? With and without holding them."""
    for hold in (False, True):
        longer, last = np.transpose([_longer(seed, hold) for seed in range(3)])
        print(f"rate 3, weights {longer.mean():.1f} times as long,", end=" ")
        print(f"loss {min(last):.2f} to {max(last):.2f}")
        assert max(last) < 1 and (longer.mean() > 1.2) == (not hold)


# ---------------------------------------------------------------------------- the landscape


def turned():
    """A gradient here and there, three times: changed by 0.3, 1 and 5.8 of its length."""
    _, ax = plt.subplots(figsize=(7.4, 2.2), layout="constrained")
    for x, change, angle in ((-1.7, 0.3, 110), (1.1, 1, 125), (8.6, 5.8, 165)):
        foot, g = np.array([x, 0]), np.array([1, 0])
        new = g + change * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
        for end, colour, name in ((g, BLUE, "$g$"), (new, VERMILLION, "$g'$")):
            arrow = {"arrowstyle": "-|>", "color": colour, "lw": 2, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", foot + end, foot, arrowprops=arrow)
            ax.text(*(foot + 1.06 * end + [0.05, 0.1]), name, color=colour, size=12)
        ax.plot(*np.transpose([foot + g, foot + new]), ":", color="0.4")
        ax.text(x + 0.1, -0.55, f"$|g' - g| = {change}\\,|g|$", ha="center", size=11)
    ax.set(xlim=(-2.7, 10.6), ylim=(-0.9, 2), aspect="equal")
    ax.set_axis_off()
    plots.show(
        "Three pairs of arrows from a common foot, the old gradient and the new one. Changed by "
        "0.3 of its length it points nearly the same way; changed by its own length it points "
        "elsewhere; changed by 5.8 lengths it is several times as long and points back."
    )


def _walks(walk):
    # Both walks at 45 moments: {(network, kind): (3 seeds, 15 moments, 8 ways, 2)}.
    return {
        (name, kind): np.array(
            [
                [
                    walk(model, x, y, ways, kind == "distance")
                    for step, model, x, y in steps_of(norm, seed)
                    if step % 10 == 0
                ]
                for seed in range(3)
            ]
        )
        for name, norm in NETWORKS.items()
        for kind, ways in (("rate", RATES), ("distance", DISTANCES))
    }


def smoothness(walk):
    """Loss and gradient along the gradient, by rate and by distance."""
    walks = _walks(walk)
    _, axes = plt.subplots(2, 2, figsize=(7.4, 4.8), layout="constrained", sharex="col")
    for column, (kind, ways) in enumerate((("rate", RATES), ("distance", DISTANCES))):
        for name, colour in zip(NETWORKS, (PLAIN, NORMAL)):
            for row in range(2):
                runs = walks[name, kind][..., row].reshape(45, 8)
                low, middle, high = np.quantile(runs, (0.1, 0.5, 0.9), axis=0)
                axes[row, column].plot(ways, middle, color=colour, label=name)
                axes[row, column].fill_between(ways, low, high, color=colour, alpha=0.2, lw=0)
        axes[0, column].axhline(0, color="0.4", lw=0.8)
        axes[1, column].axhline(1, color="0.4", lw=0.8, ls=":")
        axes[0, column].set_ylim(-1.2, 4)
        axes[1, column].set_ylim(0, 8)
    axes[0, 0].set_title("At the same rate only plain's loss rises,", size=10)
    axes[0, 1].set_title("and at the same distance too", size=10)
    axes[0, 0].set_ylabel("change of the loss\n(cut off at 4)")
    axes[1, 0].set(
        xlabel=r"rate $\eta$", ylabel="change of the gradient\n(in lengths; cut off at 8)"
    )
    axes[1, 1].set_xlabel("distance")
    axes[0, 0].legend(loc="upper left", frameon=False, fontsize=8)
    plots.show(
        "Change of the loss and of the gradient along the gradient, over the rate and over the "
        "distance, median and the middle four fifths of 45 moments. For the plain network both "
        "rise steeply; with batch normalization the loss falls all the way."
    )
    weights = []
    for name, norm in NETWORKS.items():
        print(name)
        for kind, last in (("rate", RATES[-1]), ("distance", DISTANCES[-1])):
            change, turned = np.moveaxis(walks[name, kind][:, :, -1], -1, 0)  # (3, 15) each
            rose = (change > 0).sum(axis=1)
            print(f"  {kind} {last:.1f}: loss rose at {rose.sum()} of 45", end=" ")
            seeds = ", ".join(map(str, rose))
            print(f"({seeds}), gradient changed by {np.median(turned):.1f}")
        ends = [[*steps_of(norm, seed)][-1][1].params().values() for seed in range(3)]
        size = np.mean([length([param.value for param in end]) for end in ends])
        weights.append(f"{name} {size:.0f}")
    print("length of all weights after training:", ", ".join(weights))
    rose = {key: (runs[:, :, -1, 0] > 0).mean() for key, runs in walks.items()}
    assert rose["plain", "rate"] > 0.7 and rose["plain", "distance"] > 0.8
    assert rose["batch normalization", "rate"] < 0.05 > rose["batch normalization", "distance"]
    turned = {key: np.median(runs[:, :, -1, 1]) for key, runs in walks.items()}
    for kind in ("rate", "distance"):
        assert turned["plain", kind] > 2.5 * turned["batch normalization", kind]


# --------------------------------------------------------------------------------- the shift


def _shift_and_result(norm, seed, rate):
    # How far the layers' inputs move in five steps, and the share of test digits read.
    (images, _), (test_images, test_digits) = sample()
    old, moved = None, []
    with np.errstate(all="ignore"):
        for step, model, _, _ in steps_of(norm, seed, rate, steps=201):
            if step % 5:
                continue
            h, now = images[:256], []
            for layer in model.layers[:-1]:
                h, _ = layer.forward(h, training=True)
                if isinstance(layer, Activation):
                    now.append((h.mean(axis=0), h.std(axis=0).mean() + 1e-6))
            if old:
                moved.append([np.abs(a - b).mean() / s for (a, _), (b, s) in zip(now, old)])
            old = now
        p = model.predict(test_images, verbose=0)
    return np.mean(moved), np.mean(p.argmax(axis=1) == test_digits)


def jitter_measured(jitter):
    """Shift and accuracy of three networks; jitter(seed) is the layer that brings the shift."""

    def normal_and_jitter():
        count = iter(range(100))
        return lambda: Sequential([batch_norm(), jitter(next(count))])

    kinds = {
        "plain": lambda: None,
        "batch norm.": lambda: batch_norm,
        "batch norm. + jitter": normal_and_jitter,
    }
    outcome = {
        (name, rate): np.array([_shift_and_result(kind(), seed, rate) for seed in range(3)])
        for name, kind in kinds.items()
        for rate in (0.1, 1)
    }  # (3, 2): shift, accuracy
    _, axes = plt.subplots(1, 3, figsize=(7.4, 2.7), layout="constrained")
    panels = (
        (0.1, 0, "rate 0.1: jitter shifts most,"),
        (0.1, 1, "reads as well as plain,"),
        (1, 1, "rate 1: and does not fail"),
    )
    for ax, (rate, which, title) in zip(axes, panels):
        for k, (name, colour) in enumerate(zip(kinds, (PLAIN, NORMAL, GREEN))):
            runs = outcome[name, rate][:, which]
            bar = ax.bar(k, runs.mean(), 0.7, color=colour, label=name, alpha=0.8)
            ax.plot([k] * 3, runs, "k.", ms=4)
            text = f"{runs.mean():.3f}" if which == 0 else f"{runs.mean():.0%}"
            ax.bar_label(bar, [text], padding=3)
        ax.set_title(title, size=10, pad=14)
        ax.set(xticks=[], ylim=(0, 1), ylabel=("test accuracy", "shift")[which == 0])
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].legend(loc="upper left", frameon=False, fontsize=8)
    plots.show(
        "Three bars each for the plain network, batch normalization, and batch normalization with "
        "jitter. The shift is smallest with batch normalization and largest with jitter; accuracy "
        "at rate 0.1 is alike for all; at rate 1 only the plain network fails."
    )
    for (name, rate), runs in outcome.items():
        accuracies = ", ".join(f"{a:.1%}" for a in runs[:, 1])
        moved = f"shift {runs[:, 0].mean():.3f}, " if np.isfinite(runs).all() else ""
        print(f"{name:20} rate {rate}: {moved}test accuracy {accuracies}")
    shift = {key: runs[:, 0].mean() for key, runs in outcome.items()}
    right = {key: runs[:, 1] for key, runs in outcome.items()}
    plain, normal, jittered = kinds
    assert shift[jittered, 0.1] > 1.5 * shift[plain, 0.1] > 3 * shift[normal, 0.1]
    assert right[jittered, 0.1].mean() > right[plain, 0.1].mean() - 0.04
    assert right[jittered, 1].min() > 0.8 > 0.6 > right[plain, 1].max()


# ------------------------------------------------------------------------------ what goes wrong


def small_batches():
    """Loss and accuracy with batches of 2, 4 and 16."""
    sizes, small = (2, 4, 16), {}
    norms = {"plain": None, "batch": batch_norm, "layer": LayerNormalization}
    with progress_bar(9, "small batches") as bar:
        for name, norm in norms.items():
            for size in sizes:
                # The rate grows with the batch: each sample counts alike.
                runs = [
                    trained(norm, seed, 0.003 * size, size, 2, samples=1000) for seed in range(3)
                ]
                small[name, size] = np.array(runs)  # (3, 2): loss, accuracy
                bar.update()
    fig, axes = plt.subplots(1, 2, figsize=(7.4, 3), layout="constrained")
    for k, (name, colour) in enumerate(zip(norms, (PLAIN, NORMAL, GREEN))):
        for which, ax in enumerate(axes):
            runs = np.array([small[name, size][:, which] for size in sizes])  # (3 sizes, 3 seeds)
            at = np.arange(3) + 0.27 * (k - 1)
            ax.bar(at, runs.mean(axis=1), 0.25, color=colour, label=name, alpha=0.8)
            ax.plot(at, runs, "k.", ms=4)
    axes[0].axhline(np.log(10), color="0.6", ls=":", label="guessing: log 10")
    for ax, label, top in zip(axes, ("training loss", "test accuracy"), (2.5, 1)):
        ax.set(xlabel="samples in a batch", ylabel=label, ylim=(0, top))
        ax.set_xticks(range(3), sizes)
    handles = axes[0].get_legend_handles_labels()
    fig.legend(*handles, loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    fig.suptitle("Batch normalization needs a batch", size=11)
    plots.show(
        "Training loss and test accuracy for batches of 2, 4 and 16. Batch normalization is near "
        "guessing with 2 samples, and as good as the others with 16; layer normalization always "
        "learns."
    )
    loss, right = ({key: runs.mean(axis=0)[k] for key, runs in small.items()} for k in (0, 1))
    print("samples in a batch: training loss, test digits right")
    for name in norms:
        told = [f"{size}: {loss[name, size]:.2f}, {right[name, size]:.0%}" for size in sizes]
        print(f"{name}  {';  '.join(told)}")
    assert loss["batch", 2] > 1.9 and loss["layer", 2] < 0.7 and right["layer", 2] > 0.7
    assert right["batch", 2] < 0.45 < right["batch", 4] < right["batch", 16]
    assert right["batch", 16] > right["layer", 16] - 0.05
    assert all(loss[name, 16] > loss[name, 2] for name in ("plain", "layer"))


def lagging():
    """Test accuracy over five epochs with two momenta; return the last of the networks."""
    (images, digits), test = sample()
    _, ax = plt.subplots(figsize=(6, 2.9), layout="constrained")
    curves, losses_seen = {}, {}  # accuracy after each epoch, and the training loss
    for momentum, style, colour in ((0.99, "s--", OTHER), (0.9, "o-", NORMAL)):
        for seed in range(3):
            model = network(lambda mu=momentum: batch_norm(mu), seed)
            model.compile(SGD(0.1), "sparse_categorical_crossentropy", ["accuracy"])
            history = model.fit(images, digits, 128, 5, validation_data=test, verbose=0).history
            curves[momentum, seed] = history["val_accuracy"]
            losses_seen[momentum, seed] = history["loss"]
            label = None if seed else rf"$\mu$ = {momentum}"
            ax.plot(range(1, 6), history["val_accuracy"], style, color=colour, ms=4, label=label)
            assert history["val_accuracy"][-1] > 0.86
    ax.set(xlabel="epoch", ylabel="test accuracy", title="Same weights, other running statistics")
    ax.set_xticks(range(1, 6))
    ax.legend(frameon=False)
    plots.show(
        "Test accuracy over five epochs for two momenta, three seeds each. With 0.99 the first "
        "epochs lie below those with 0.9, then the curves meet."
    )
    first = {mu: np.mean([curves[mu, seed][0] for seed in range(3)]) for mu in (0.99, 0.9)}
    print(f"after one epoch: {first[0.99]:.0%} with 0.99, {first[0.9]:.0%} with 0.9")
    assert all(np.allclose(losses_seen[0.99, s], losses_seen[0.9, s], rtol=1e-6) for s in range(3))
    assert first[0.9] > first[0.99] + 0.03 and abs(1 - 0.99**31 - 0.27) < 0.005
    return model


def answers(model, order, size, training):
    """What the network reads if it gets the test digits in this order, `size` at a time."""
    _, (test_images, _) = sample()
    kept, found = model.get_weights(), np.zeros(1000, int)
    for rows in np.split(order, 1000 // size):
        p, _ = model.forward(test_images[rows], training=training)  # (size, 10)
        found[rows] = p.argmax(axis=1)
    model.set_weights(kept)  # asking in training mode has moved the running statistics
    return found


def check_company(model, read):
    """What other neighbours change, which statistic does it, and that the page tells the truth."""
    _, (_, test_digits) = sample()
    again = answers(model, np.random.default_rng(1).permutation(1000), 10, training=True)
    changed = np.mean(again != read["10 mixed"][1])
    print(f"9 other neighbours, training=True: another answer to {changed:.1%}")
    by_digit = test_digits.argsort(kind="stable")
    only = {name: with_statistics(model, by_digit, [name]) for name in ("mean", "variance")}
    for name, share in only.items():
        print(f"100 sorted, only the {name} of the batch: {share:.1%} right")
    assert only["mean"] < 0.3 and only["variance"] > 0.6
    neither = with_statistics(model, by_digit, [])
    assert abs(neither - np.mean(read["alone"][0] == test_digits)) < 0.002
    right = {name: np.mean(found[1] == test_digits) for name, found in read.items()}
    assert all(np.array_equal(found[0], read["alone"][0]) for found in read.values())
    assert len(np.unique(read["alone"][1])) == 1 and right["alone"] < 0.15
    assert right["10 mixed"] < right["100 mixed"] > right["100 sorted"] + 0.2
    assert right["100 mixed"] > 0.85 and 0.05 < changed < 0.5


def with_statistics(model, order, of_batch):
    """The share of test digits right, 100 at a time, if only these statistics are the batch's."""
    _, (test_images, test_digits) = sample()
    found = np.zeros(1000, int)
    for rows in np.split(order, 10):
        h = test_images[rows]
        for layer in model.layers:
            if isinstance(layer, BatchNormalization):
                m = h.mean(axis=0) if "mean" in of_batch else layer.moving_mean.value
                v = h.var(axis=0) if "variance" in of_batch else layer.moving_variance.value
                h = layer.gamma.value * (h - m) / np.sqrt(v + layer.epsilon) + layer.beta.value
            else:
                h, _ = layer.forward(h)
        found[rows] = h.argmax(axis=1)
    return np.mean(found == test_digits)


def other_statistics(model):
    """A new layer with training=False, and a trained one that meets negatives."""
    _, (test_images, _) = sample()
    fresh = BatchNormalization()
    fresh.prepare((5,))
    far = 3 * np.random.default_rng(0).standard_normal((256, 5)) + 10
    dense, norm = model.layers[:2]
    tried = {
        "new layer, training=False": (fresh, far, False),
        "new layer, training=True": (fresh, far, True),
        "trained layer, test digits": (norm, dense.forward(test_images)[0], False),
        "trained layer, negatives": (norm, dense.forward(1 - test_images)[0], False),
    }
    place = {}
    for name, (layer, x, training) in tried.items():
        y, _ = layer.forward(x, training=training)
        xhat = (y - layer.beta.value) / layer.gamma.value  # before the learned scale and place
        place[name] = np.abs(xhat.mean(axis=0)).mean(), xhat.std(axis=0).mean()
        far_off, width = place[name]
        print(f"{name:26}: means {far_off:5.2f} from 0, standard deviations {width:.2f}")
    assert np.allclose(place["new layer, training=False"], (10, 3), rtol=0.1)
    assert np.allclose(place["new layer, training=True"], (0, 1), atol=0.01)
    assert place["trained layer, test digits"][0] < 0.2
    assert abs(place["trained layer, test digits"][1] - 1) < 0.2
    assert place["trained layer, negatives"][0] > 1
