"""What chapter 07 draws: swarms, batches, schedules, a cliff; and three networks with a fault."""

import functools

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.datasets import mnist
from minidl.layers import BatchNormalization, Dense
from minidl.losses import SparseCategoricalCrossentropy
from minidl.models import Sequential
from minidl.optimizers import SGD
from minidl.plots.common import BLUE, GREEN, ORANGE, PURPLE, VERMILLION
from minidl_course.chapters.common import load_digits, softmax
from minidl_course.chapters.optimizers import BESIDE, SHADES

CURVATURE = np.array([1.0, 8.0])  # of the swarms' valley: of its floor, and of its walls
START, STEPS = (-3, 0.9), 114


def swarm(rates, walkers=80):
    """Where walkers go that feel the slope of the valley wrongly: (steps + 1, walkers, 2)."""
    rng = np.random.default_rng(0)
    paths = [np.tile(START, (walkers, 1))]
    for rate in rates:
        slopes = CURVATURE * paths[-1] + rng.normal(0, 1.6, (walkers, 2))
        paths.append(paths[-1] - rate * slopes)
    return np.array(paths)


def height(w):
    """The mean of L over a swarm w (..., walkers, 2)."""
    return np.mean(np.sum(CURVATURE * w**2, axis=-1) / 2, axis=-1)


def hook():
    """A movie: three swarms in a valley, with a large rate, a small one, and one that falls."""
    falling = 0.2 * (1 + np.cos(np.pi * np.arange(STEPS) / STEPS)) / 2
    plans = {"A": np.full(STEPS, 0.2), "B": np.full(STEPS, 0.01), "C": falling}
    swarms = {name: swarm(plan) for name, plan in plans.items()}
    ends = {name: height(paths[-1]) for name, paths in swarms.items()}
    assert ends["C"] < 0.1 * min(ends["A"], ends["B"]), ends
    w1, w2 = np.meshgrid(np.linspace(-3.5, 1.6, 100), np.linspace(-1.4, 1.4, 60))
    L = np.sum(CURVATURE * np.stack([w1, w2], axis=-1) ** 2, axis=-1) / 2
    levels = L.max() * np.linspace(0, 1, 13) ** 2

    def draw(step, *axes):
        for ax, (name, paths) in zip(axes, swarms.items()):
            ax.contourf(w1, w2, L, levels, cmap=SHADES)
            ax.plot(*START, "ko", ms=5)
            ax.plot(*paths[step].T, ".", color=ORANGE, ms=5, mec="black", mew=0.3)
            ax.plot(0, 0, "k*", ms=9, zorder=5)
            ax.set(xlim=(-3.5, 1.6), ylim=(-1.4, 1.4), aspect="equal", xticks=(), yticks=())
            ax.set_title(f"Swarm {name}, step {step}:\n{height(paths[step]):.3f} above the star")

    return plots.movie(
        draw,
        range(0, STEPS + 1, 6),
        "Three swarms of dots leave a black dot for the star at the bottom of a valley. After 114 "
        "steps A hovers around the star as a wide cloud, B is still on its way, and C has gathered "
        "on the star.",
        size=(9, 2.5),
        columns=3,
        seconds=0.5,
        loop=False,
    )


def plane(x, dz, g):
    """Each example's gradient, seen in a plane: (N, 2), along g and along the largest error.

    The gradient of example n is x[n]^T dz[n], x (N, D), dz (N, C); g (D, C) is their mean.
    """
    along = g / np.linalg.norm(g)
    across = np.random.default_rng(0).normal(size=g.shape)
    for _ in range(20):  # power iteration, at a right angle to g
        across -= np.sum(across * along) * along
        seen = np.sum((x @ across) * dz, axis=1)  # (N,)
        across = x.T @ ((seen - seen.mean())[:, None] * dz)
        across -= np.sum(across * along) * along
        across /= np.linalg.norm(across)
    return np.stack([np.sum((x @ axis) * dz, axis=1) for axis in (along, across)], axis=1)


def clouds(seen, sizes, draws=200):
    """The gradients of 200 batches of each size, as dots; `seen` (N, 2) is what `plane` returns.

    Returns the share of them that point the same way as the true gradient, for each size.
    """
    rng, agree = np.random.default_rng(0), []
    _, axes = plt.subplots(1, len(sizes), figsize=(9, 3.2), layout="compressed", sharey=True)
    for ax, B in zip(axes, sizes):
        dots = seen[rng.integers(len(seen), size=(draws, B))].mean(axis=1)  # (draws, 2)
        agree.append(np.mean(dots[:, 0] > 0))
        ax.axvspan(-2, 0, color="0.93")
        ax.plot(*dots.T, ".", color=VERMILLION, alpha=0.5, ms=5)
        arrow = {"arrowstyle": "-|>", "color": "black", "lw": 2, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", seen.mean(axis=0), (0, 0), arrowprops=arrow)
        ax.set(xlim=(-0.9, 1.3), ylim=(-1.1, 1.1), aspect="equal", xlabel="along $g$")
        ax.set_title(f"Batches of {B}: {agree[-1]:.0%}\nagree with the arrow", fontsize=10)
    axes[0].set_ylabel("across")
    plots.show(
        "The gradients of 200 batches as dots around the tip of an arrow, the true gradient. For "
        "batches of 4 the cloud is far wider than the arrow is long, and many dots lie on the "
        "wrong side; for 64 it is narrower, for 1,024 it is a small heap at the arrow's tip."
    )
    return agree


def noise(sizes, off, sigma, length):
    """The error of a batch's gradient against its size, promised and measured."""
    _, ax = plt.subplots(figsize=(6.6, 3.1), layout="compressed")
    promised = r"promised, $\sigma/\sqrt{B}$"
    ax.loglog(sizes, sigma / np.sqrt(sizes), color=VERMILLION, label=promised)
    measured = "measured, 200 batches each"
    ax.loglog(sizes, off, "o", color=VERMILLION, mec="black", label=measured)
    ax.axhline(length, color="black", ls="--", label="the gradient itself, $|g|$")
    ax.set(xlabel="batch size $B$", ylabel="distance from $g$")
    ax.set_title("Small batches are mostly noise")
    ax.set_xticks(sizes, sizes)
    ax.set_yticks((0.2, 0.5, 1, 2, 4), (0.2, 0.5, 1, 2, 4))
    ax.minorticks_off()
    ax.legend(fontsize=8)
    plots.show(
        "The error of a batch's gradient falls with the root of the batch size, along a "
        "straight line. It crosses the length of the gradient itself between 64 and 1024 examples."
    )


def noise_floors(floors, noise_floor):
    """The mean squared distance of walks, floors[rate, B] (T,), and the level of each."""
    _, ax = plt.subplots(figsize=(6.6, 3.1), layout="compressed")
    looks = ((BLUE, "-"), (GREEN, "-"), (ORANGE, "--"))
    for ((rate, B), squares), (colour, style) in zip(floors.items(), looks):
        ax.semilogy(squares, style, color=colour, label=f"rate {rate}, batch {B}")
        ax.axhline(noise_floor(rate, B), color=colour, lw=0.8, ls=":")
    ax.set(xlabel="step", ylabel="mean of $d^2$, 5,000 walks", xlim=(0, 200))
    ax.set_title("Nobody arrives: each stops at its noise floor")
    ax.legend(fontsize=8)
    plots.show(
        "The mean squared distance falls and then stays on a level: at 0.11 with rate 0.2 and "
        "batch 1, at about a quarter of it with batch 4 or with rate 0.05. With the small rate it "
        "takes much longer."
    )


def sweeps(rates, found):
    """The loss after training against the rate, found[plan] (len(rates), seeds)."""
    _, ax = plt.subplots(figsize=(6.8, 3.2), layout="compressed")
    for (name, losses), (colour, style) in zip(found.items(), ((BLUE, "o-"), (GREEN, "s:"))):
        mean = losses.mean(axis=1)
        bars = np.abs([losses.min(axis=1), losses.max(axis=1)] - mean)  # (2, rates)
        ax.errorbar(rates, mean, bars, fmt=style, color=colour, ms=4, capsize=2, label=name)
        k = mean.argmin()
        ax.plot(rates[k], mean[k], "o", color=ORANGE, ms=9, mec="black", zorder=5)
    ax.set(xscale="log", yscale="log", xlabel=r"rate $\eta$, or the top of the schedule")
    ax.set(ylabel="training loss", title="The best rate belongs to its schedule")
    ax.set_xticks(rates, [f"{rate:g}" for rate in rates])
    ax.set_yticks((0.05, 0.1, 0.2, 0.5, 1), ("0.05", "0.1", "0.2", "0.5", "1"))
    ax.minorticks_off()
    ax.legend(fontsize=8)
    plots.show(
        "The training loss after six epochs against the learning rate. Both curves are valleys; "
        "that of the cosine lies at higher rates than that of the constant rate, and is deeper."
    )


def schedules(plans, curves, steps):
    """The rate over the steps; the training loss, on the pixels as they are and on centred ones.

    curves: {name: losses (2, seeds, epochs)}. Prints where they end.
    """
    looks = {"constant": (BLUE, "o-"), "constant, a third": ("0.5", "d-")}
    looks |= {"exponential": (ORANGE, "^--")}
    looks |= {"cosine, no rise": (VERMILLION, "x--")}
    looks |= {"cosine": (GREEN, "s:"), "one-cycle": (PURPLE, "v-.")}
    _, axes = plt.subplots(1, 3, figsize=(9.4, 3), layout="compressed")
    axes[1].sharey(axes[2])
    print("training loss after 6 epochs: mean, lowest and highest of three seeds")
    print(f"{'':18} pixels as they are      centred")
    for name, plan in plans.items():
        colour, style = looks[name]
        rate = [plan(step) if callable(plan) else plan for step in range(steps)]
        axes[0].plot(rate, style[1:], color=colour)
        look = {"fmt": style, "color": colour, "ms": 4, "capsize": 2, "label": name}
        for ax, losses in zip(axes[1:], curves[name]):
            mean = losses.mean(axis=0)
            bars = np.abs([losses.min(axis=0), losses.max(axis=0)] - mean)  # (2, epochs)
            ax.errorbar(range(1, len(mean) + 1), mean, bars, **look)
        ends = [(e.mean(), e.min(), e.max()) for e in curves[name][..., -1]]
        print(f"{name:18}", "    ".join("{:.3f}  {:.3f} to {:.3f}".format(*e) for e in ends))
    axes[1].set_yscale("log")
    axes[1].set_yticks((0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1))
    axes[1].set_yticklabels(("0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"))
    axes[0].set(title="The rate", xlabel="step", ylabel=r"learning rate $\eta$")
    axes[1].set(title="A rise and a long fall win", xlabel="epoch", ylabel="training loss")
    axes[2].set(title="Centred: a long fall wins", xlabel="epoch")
    for ax in axes[1:]:
        ax.minorticks_off()
    axes[2].legend(**BESIDE)
    plots.show(
        "Left: four schedules and two constant rates. Middle: Adam with each of them; cosine and "
        "one-cycle are behind in the first epoch and far ahead after six. Right: on centred pixels "
        "all but the constant top rate end lower, cosine lowest, with a rise or without."
    )


def cliff_from_above(cliff, free, clipped):
    """Lines of equal loss of a cliff, and two walks on it, (T, 2): without and with clipping."""
    w, b = at = np.meshgrid(np.linspace(0.75, 1.4, 80), np.linspace(1.1, 1.3, 80))
    _, ax = plt.subplots(figsize=(8, 2.9), layout="compressed")
    levels = (0.01, 0.1, 1, 10, 100)
    lines = ax.contour(w, b, cliff(at)[0], levels, colors="0.5", linewidths=1)
    ax.clabel(lines, fmt="%g", manual=[(place, 1.27) for place in (0.91, 0.96, 1, 1.09, 1.2)])
    ax.plot(*free.T, "--", color=VERMILLION, label="without: leaves the picture")
    ax.plot(*clipped.T, "o-", color=BLUE, ms=3, label="global_clipnorm=1")
    ax.plot(*free[0], "ko")
    ax.set(xlim=(0.75, 1.4), ylim=(1.1, 1.3), xlabel="$w$", ylabel="$b$")
    ax.set_title("A cliff, from above: clipped steps walk down")
    ax.legend(**BESIDE)
    plots.show(
        "Contour lines of a cliff. The clipped path walks down it in small steps; the free one "
        "leaves the picture in its first step."
    )


# What is wrong with whom: pixels as they come, softmax twice, labels of other images.
PATIENTS = {"healthy": "", "A": "pixels", "B": "softmax", "C": "labels"}
PATIENTS |= {"all three": " ".join(PATIENTS.values()), "zeros": "blind"}


sample = functools.cache(mnist.load_sample)  # read once: every network asks for it


@functools.lru_cache(maxsize=1)  # the rates of a sweep follow each other
def _given(name, seed):
    """What a patient gets: (x, y) for training, and (x, y) of the test."""
    faults = PATIENTS[name]
    (images, digits), (test_images, test_digits) = sample()
    order = np.random.default_rng(seed).permutation(len(images))
    most = np.inf if "blind" in faults else 1 if "pixels" in faults else 255
    x, x_test = (a.reshape(-1, 784).astype("float32") / most for a in (images[order], test_images))
    y = digits if "labels" in faults else digits[order]
    return (x, y), (x_test, test_digits)


def patient(name, seed, rate=0.1):
    """(x, y) for training, (x, y) of the test, and a function that makes the network anew."""

    def network():
        layers = [Dense(32, "relu", input_shape=(784,)), Dense(10, "softmax")]
        model = Sequential(layers, seed=seed)
        loss = SparseCategoricalCrossentropy(from_logits="softmax" in PATIENTS[name])
        model.compile(SGD(rate, 0.9), loss)
        return model

    return *_given(name, seed), network


def waiting_room(names, seed, shown=8):
    """The first images that each patient gets, with the labels that it is told."""
    _, axes = plt.subplots(len(names), shown, figsize=(8, 1.25 * len(names)), layout="compressed")
    for row, name in zip(axes, names):
        (x, y), _, _ = patient(name, seed)
        for ax, image, label in zip(row, x, y):
            ax.imshow(image.reshape(28, 28), cmap="gray")
            ax.set(xticks=(), yticks=())
            ax.set_title(f"{label}", fontsize=10)
        row[0].set_ylabel(f"{name}, {x.min():g} to {x.max():g}", fontsize=9)
    plots.show(
        "Eight images with a label above each, in a row for each patient, with the range of its "
        "pixels. A's pixels go from 0 to 255, the others' from 0 to 1. The labels of A and B name "
        "what is seen; C's do not, but for one 3."
    )


def chart(found, heads):
    """What was measured with each seed, found[name] (seeds, columns), as ranges."""
    print(f"{'':10}", *(f"{head:>16}" for head in heads))
    for name, rows in found.items():
        low, high = np.min(rows, axis=0), np.max(rows, axis=0)
        ranges = [f"{a:.2f} to {b:.2f}" for a, b in zip(low[:-1], high[:-1])]
        ranges.append(f"{low[-1]:.0%} to {high[-1]:.0%}")
        print(f"{name:10}", *(f"{text:>16}" for text in ranges))


def _half(array):
    """Rounded to float16, as an array of float32: what a chip multiplies, and what it adds in."""
    return array.astype(np.float16).astype(np.float32)


def ten_neurons_in(half, x, digits, seed):
    """The loss of ten softmax neurons after 6 epochs, all arrays in float16 if `half` says so."""
    to = _half if half else np.asarray
    rng, W, labels = np.random.default_rng(seed), np.zeros((784, 10), "float32"), np.eye(10)[digits]
    for _ in range(6):
        for rows in rng.permutation(len(x)).reshape(-1, 50):
            p = to(softmax(to(to(x[rows]) @ W)))
            dz = to((p - labels[rows].astype("float32")) / 50)
            W = to(W - 0.1 * to(to(x[rows]).T @ dz))
    return -np.mean(np.log(softmax(x @ W)[np.arange(len(x)), digits]))


def loss_and_share(model, x, digits):
    """The loss on the training digits, and the share of 1,000 test digits that are right."""
    _, test = load_digits(784)
    return model.evaluate(x, digits, verbose=0)[0], model.evaluate(*test, verbose=0)[1]


def tell_averages(found):
    """Losses and test digits of last and average weights, found[name] (seeds, 2, 2), printed."""
    print(f"{'three seeds':18}    loss: last      average   right: last      average")
    for name, runs in found.items():
        low, high = runs.min(axis=0), runs.max(axis=0)  # (2, 2)
        losses = " ".join(f"{a:.3f}-{b:.3f}" for a, b in zip(low[:, 0], high[:, 0]))
        shares = " ".join(f"{a:.1%}-{b:.1%}" for a, b in zip(low[:, 1], high[:, 1]))
        print(f"{name:18}{losses:>26}{shares:>25}")


def small_network(optimizer, seed, normalized=False):
    """784 pixels, 32 hidden neurons, ten softmax outputs, compiled."""
    hidden = Dense(32, activation="relu", input_shape=(784,))
    between = [BatchNormalization()] if normalized else []
    model = Sequential([hidden, *between, Dense(10, activation="softmax")], seed=seed)
    model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"])
    return model


def in_float64(normalized):
    """The small network in float64, with or without batch normalization."""
    model = small_network(SGD(0.1), 0, normalized)
    model.astype("float64")
    return model


def rounded(slopes, powers):
    """The shares of 2^power times slopes that are 0 and infinite in float16, printed."""
    gone, over = {}, {}
    for power in powers:
        with np.errstate(over="ignore"):
            scaled = (2.0**power * slopes).astype(np.float16)
        gone[power] = np.mean(scaled[slopes != 0] == 0)
        over[power] = np.mean(np.isinf(scaled))
        print(f"loss times 2^{power:<2}: {gone[power]:6.1%} become 0,", end=" ")
        print(f"{over[power]:6.1%} infinite")
    return gone, over


def shares(rates, found):
    """Which share of the test digits is right at each rate, found[name] (rates,), printed."""
    print(f"{'digits right':12}", *(f"{rate:>6g}" for rate in rates))
    for name, row in found.items():
        print(f"{name:12}", *(f"{share:6.0%}" for share in row))
