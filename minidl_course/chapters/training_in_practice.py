"""What chapter 07 draws: swarms on noisy ground, batches, rates, schedules, a cliff."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from minidl import plots
from minidl.plots.common import BLUE, GREEN, ORANGE, PURPLE, VERMILLION, tint

CURVATURE = np.array([1.0, 8.0])  # of the swarms' valley: of its floor, and of its walls
START, STEPS = (-3, 0.9), 114
BESIDE = {"loc": "upper left", "bbox_to_anchor": (1, 1), "fontsize": 8}  # a legend


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
    shades = LinearSegmentedColormap.from_list("valley", [tint("data", 0.8), "white"])
    w1, w2 = np.meshgrid(np.linspace(-3.5, 1.6, 100), np.linspace(-1.4, 1.4, 60))
    L = np.sum(CURVATURE * np.stack([w1, w2], axis=-1) ** 2, axis=-1) / 2
    levels = L.max() * np.linspace(0, 1, 13) ** 2

    def draw(step, *axes):
        for ax, (name, paths) in zip(axes, swarms.items()):
            ax.contourf(w1, w2, L, levels, cmap=shades)
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
        "The error of a batch's gradient falls with the root of the batch size, on a straight "
        "line. It crosses the length of the gradient itself between 64 and 1024 examples."
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
        "takes four times as long."
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
    """The rate over the steps, and the training loss over the epochs with it."""
    looks = {"constant": (BLUE, "o-"), "constant, a third": ("0.5", "d-")}
    looks |= {"exponential": (ORANGE, "^--")}
    looks |= {"cosine, no rise": (VERMILLION, "x--")}
    looks |= {"cosine": (GREEN, "s:"), "one-cycle": (PURPLE, "v-.")}
    _, axes = plt.subplots(1, 2, figsize=(8.4, 3), layout="compressed")
    for name, plan in plans.items():
        colour, style = looks[name]
        rate = [plan(step) if callable(plan) else plan for step in range(steps)]
        axes[0].plot(rate, style[1:], color=colour)
        losses, epochs = curves[name], range(1, curves[name].shape[1] + 1)
        mean = losses.mean(axis=0)
        bars = np.abs([losses.min(axis=0), losses.max(axis=0)] - mean)  # (2, epochs)
        axes[1].errorbar(epochs, mean, bars, fmt=style, color=colour, ms=4, capsize=2, label=name)
    axes[1].set_yscale("log")
    axes[0].set(title="The rate", xlabel="step", ylabel=r"learning rate $\eta$")
    axes[1].set(xlabel="epoch", ylabel="training loss")
    axes[1].set_title("A rise, then a long fall, wins in the end")
    axes[1].legend(**BESIDE)
    plots.show(
        "Left: four schedules and two constant rates. Right: Adam with each of them; cosine and "
        "one-cycle are behind in the first epoch and far ahead after six."
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
