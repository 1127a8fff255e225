"""What chapter 06 draws: walkers in a valley, the map of momentum, eight optimizers."""

from collections import defaultdict

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from minidl import gradcheck, plots
from minidl.layers import Param
from minidl.optimizers import SGD, Adam, RMSprop
from minidl.plots.common import BLUE, GREEN, ORANGE, PURPLE, VERMILLION, tint
from minidl_course.chapters.common import walk

CURVATURE = np.array([1.0, 50.0])  # of the floor, and of the walls
START, GOAL, LIMITS = (-3, 0.6), (0, 0), ((-3.4, 1.0), (-0.85, 0.85))
HEIGHTS = (0.5, 2, 5, 10, 15)  # of the lines that carry their L
SHADES = LinearSegmentedColormap.from_list("valley", [tint("data", 0.8), "white"])
TURN = np.array([[1, -1], [1, 1]]) / np.sqrt(2)  # (2, 2), by 45 degrees
BESIDE = {"loc": "upper left", "bbox_to_anchor": (1, 1), "fontsize": 8}  # a legend


def ravine(w):
    """L of the valley, and its gradient (..., 2), at w (..., 2)."""
    return 0.5 * np.sum(CURVATURE * w**2, axis=-1), CURVATURE * w


def slope(w):
    """The gradient of the valley (..., 2) at w (..., 2)."""
    return ravine(w)[1]


def turned(w):
    """L of the valley turned by 45 degrees, and its gradient."""
    H = TURN @ np.diag(CURVATURE) @ TURN.T
    return 0.5 * np.sum(w @ H * w, axis=-1), w @ H


def saddle(w):
    """L of the saddle, and its gradient."""
    a, b = w[..., 0], w[..., 1]
    return a**2 / 2 + b**4 / 4 - b**2 / 2, np.stack([a, b**3 - b], axis=-1)


LANDSCAPES = {  # title: w -> L and its gradient, what is drawn, the start, a minimum
    "ravine": (ravine, LIMITS, START, GOAL),
    "turned ravine": (turned, ((-3, 0.8), (-2.7, 1.1)), TURN @ START, GOAL),
    "saddle": (saddle, ((-1.7, 1.1), (-0.7, 1.5)), (-1.5, 0.001), (0, 1)),
}


def settled(landscape, path, goal):
    """The step from which on L stays within 0.01 of its minimum; inf if the path ends outside."""
    outside = np.flatnonzero(landscape(path)[0] - landscape(np.array(goal))[0] >= 0.01)
    return outside[-1] + 1 if outside[-1] < len(path) - 1 else np.inf


def draw_valley(ax, landscape=ravine, limits=LIMITS, start=START, goal=GOAL, heights=()):
    """A landscape from above: the darker, the deeper; the start, a minimum, lines at `heights`."""
    (left, right), (low, high) = limits
    w1, w2 = np.meshgrid(np.linspace(left, right, 160), np.linspace(low, high, 80))
    L, _ = landscape(np.stack([w1, w2], axis=-1))  # (80, 160)
    levels = L.min() + np.ptp(L) * np.linspace(0, 1, 13) ** 2
    ax.contourf(w1, w2, L, levels, cmap=SHADES)
    if heights:
        lines = ax.contour(w1, w2, L, heights, colors="0.35", linewidths=0.6)
        ax.clabel(lines, fmt="%g", fontsize=8, colors="black")
    ax.plot(*start, "ko", ms=5)
    ax.plot(*goal, "k*", ms=10, zorder=5)
    ax.set(xlim=(left, right), ylim=(low, high), aspect="equal", xticks=(), yticks=())


def race(walkers, frames, alt):
    """A movie of the same step of each walker, (title, path), in the valley."""

    def draw(step, *axes):
        for ax, (title, path) in zip(axes, walkers):
            draw_valley(ax)
            ax.plot(*path[: step + 1].T, "o-", color=ORANGE, ms=2.5, lw=1.2)
            ax.plot(*path[step], "o", color=ORANGE, ms=9, mec="black", zorder=6)
            height = f"step {step}: {ravine(path[step])[0]:.3f} above the star"
            ax.set_title(f"{title}, {height}", fontsize=10)

    return plots.movie(draw, frames, alt, size=(7.2, 5.8), rows=2, seconds=0.7, loop=False)


def hook():
    """A movie: two walkers in a long valley, of which one remembers something."""
    forgets = walk(SGD(0.036), slope, START, 300)
    remembers = walk(SGD(0.03, momentum=0.8), slope, START, 300)
    assert ravine(remembers[40])[0] < 0.01 < ravine(forgets[40])[0]
    return race(
        (("Walker A", forgets), ("Walker B", remembers)),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 36, 40],
        "Two walkers in a long valley. A jumps from wall to wall and is still on its way after 40 "
        "steps; B rolls past the lowest point, comes back and rests there.",
    )


def valley():
    """The valley as a surface, and from above with arrows that point downhill."""
    (left, right), (low, high) = LIMITS
    w1, w2 = np.meshgrid(np.linspace(left, right, 90), np.linspace(low, high, 90))
    L, _ = ravine(np.stack([w1, w2], axis=-1))
    fig = plt.figure(figsize=(7.6, 3))
    solid = fig.add_axes((-0.04, -0.14, 0.5, 1.1), projection="3d")
    above = fig.add_axes((0.46, 0.12, 0.53, 0.7))
    shade = SHADES(np.sqrt(L / L.max()))
    solid.plot_surface(w1, w2, L, facecolors=shade, rstride=2, cstride=2, shade=False)
    solid.view_init(elev=32, azim=-28)
    solid.set_box_aspect((2.2, 1.3, 0.9), zoom=1.15)
    solid.set(xlabel="$w_1$", ylabel="$w_2$", xticks=(-3, 0), yticks=(-0.5, 0.5))
    solid.set_zticks((0, 10, 20))
    solid.set_zticklabels(())  # the lines on the right have the heights
    solid.set_title("A valley with steep walls", fontsize=10, y=1.0)
    draw_valley(above, heights=HEIGHTS)
    arrow = {"arrowstyle": "-|>", "color": VERMILLION, "lw": 2, "mutation_scale": 14}
    for w in ((-3, 0.6), (-2.2, -0.35), (-0.7, 0.45), (0.6, -0.5)):
        down = -slope(np.array(w)) * 0.017
        above.annotate("", np.add(w, down), w, arrowprops=arrow)
    above.set_title("From above: downhill is not towards the star", fontsize=10)
    plots.show(
        "The valley as a surface, and from above with lines of equal height and four arrows that "
        "point downhill. They point across the valley, hardly along it."
    )


def three_rates(paths):
    """Three walks of gradient descent in the valley; `paths` has a rate for each."""
    _, axes = plt.subplots(3, 1, figsize=(6, 7), layout="compressed")
    words = ("quiet, and nearly standing still", "zigzags across, creeps along")
    for ax, (rate, path), title in zip(axes, paths.items(), (*words, "climbs the walls")):
        draw_valley(ax, heights=HEIGHTS)
        ax.plot(*path.T, "o-", color=ORANGE, ms=3, lw=1)
        ax.set_title(f"Rate {rate}: {title}", fontsize=10)
    plots.show(
        "Gradient descent in the valley at three rates: it creeps, it zigzags towards the star, "
        "or it climbs the walls."
    )


def adaptive():
    """A movie: RMSprop and Adam in the valley."""
    rms, adam = (walk(optimizer, slope, START, 300) for optimizer in (RMSprop(0.1), Adam(0.2)))
    assert ravine(adam[280:])[0].max() < 0.01 < ravine(rms[280:])[0].max()
    longer = walk(RMSprop(0.1, 0.999), slope, START, 300)
    assert ravine(longer[30:])[0].max() < 0.01
    return race(
        (("RMSprop", rms), ("Adam", adam)),
        [0, 2, 4, 7, 10, 15, 20, 25, 30, 36, 42, 48, 54, 59, 61, 63, 65, 70, 78, 86],
        "RMSprop and Adam in the valley. Both begin with a diagonal step, equally far in both "
        "directions. RMSprop arrives first and is then thrown off; Adam passes the star and "
        "returns.",
    )


def four_walks(methods):
    """A table of when each method has settled on each landscape; the paths, and those numbers.

    Returns paths[landscape, method] (301, 2) and steps[landscape, method].
    """
    paths, steps = {}, {}
    print("settled at", *(f"{name:>16}" for name in methods))
    for title, (landscape, _, start, goal) in LANDSCAPES.items():
        for name, make in methods.items():
            path = walk(make(), lambda w, at=landscape: at(w)[1], start, 300)
            paths[title, name], steps[title, name] = path, settled(landscape, path, goal)
        print(f"{title:13}", *(f"{steps[title, name]:16.0f}" for name in methods), sep="")
    return paths, steps


def two_landscapes(paths, steps):
    """Four methods on the turned ravine and on the saddle; paths[landscape, method] (T, 2).

    steps[landscape, method] is when it has settled.
    """
    for landscape, _, start, _ in LANDSCAPES.values():
        w = np.array(start, float)
        numeric = gradcheck.numeric(lambda: float(landscape(w)[0]), w)  # noqa: B023
        assert np.abs(numeric - landscape(w)[1]).max() < 1e-6
    for name in ("gradient descent", "momentum"):
        assert np.allclose(paths["turned ravine", name], paths["ravine", name] @ TURN.T)
    for name in ("RMSprop", "Adam"):
        apart = paths["turned ravine", name] - paths["ravine", name] @ TURN.T
        assert np.abs(apart).max() > 0.2
        late = paths["saddle", "gradient descent"][40, 1]
        assert paths["saddle", name][20, 1] > 0.5 > 0.1 > late
    assert steps["ravine", "momentum"] < 0.5 * steps["ravine", "gradient descent"]
    assert steps["ravine", "RMSprop"] == steps["turned ravine", "RMSprop"] == np.inf
    names = list(dict.fromkeys(name for _, name in paths))
    _, axes = plt.subplots(2, 4, figsize=(9, 4.6), layout="compressed")
    for row, title in zip(axes, list(LANDSCAPES)[1:]):
        landscape, limits, start, goal = LANDSCAPES[title]
        for ax, name in zip(row, names):
            draw_valley(ax, landscape, limits, start, goal)
            ax.plot(*paths[title, name][:41].T, "o-", color=ORANGE, ms=2.5, lw=1)
            ax.set_title(f"{name}\n{title}", fontsize=9)
    plots.show(
        "Four methods on the turned ravine and on the saddle, 40 steps each. Gradient descent and "
        "momentum hardly leave the ridge of the saddle; RMSprop and Adam leave it at once."
    )


def momentum_map(slower_root, first, best):
    """The factor a step over rate times curvature and momentum, with two ravines as lines.

    slower_root(curvature, mu) is that factor; the better ravine begins at `first`, with mu `best`.
    """
    curvature, mus = np.meshgrid(np.geomspace(0.004, 6, 500), np.linspace(0, 0.99, 300))
    factor = slower_root(curvature, mus)
    fig, ax = plt.subplots(figsize=(7.6, 4.4), layout="compressed")
    seen = np.where(factor <= 1, factor, np.nan)
    shown = ax.pcolormesh(curvature, mus, seen, cmap="cividis", vmin=0, vmax=1)
    ax.set_facecolor("0.8")
    fig.colorbar(shown, label="factor a step (dark: fast)")
    mu = np.linspace(0.0001, 0.99, 300)
    for edge in ((1 - np.sqrt(mu)) ** 2, (1 + np.sqrt(mu)) ** 2):
        ax.plot(edge, mu, color="white", lw=1.5)
    for floor, height, words in (
        (2 / 51, 0.0, "gradient descent, best rate"),
        (first, best, "momentum, best of all"),
    ):
        line = {"color": ORANGE, "mec": "black", "lw": 2.5, "clip_on": False}
        ax.plot([floor, 50 * floor], [height] * 2, "o-", **line)
        ax.text(np.sqrt(50) * floor, height + 0.025, words, color="white", ha="center", size=9)
    for x, y, words in ((0.0055, 0.35, "creeps"), (0.22, 0.86, "swings, factor $\\sqrt{\\mu}$")):
        ax.text(x, y, words, size=11)
    ax.text(4.02, 0.2, "flies\noff", size=9)
    ax.set(xscale="log", xlim=(0.004, 6), ylim=(0, 0.99), ylabel=r"momentum $\mu$")
    ax.set_xlabel(r"$\eta\lambda$: rate times curvature")
    ax.set_title("A ravine is a line. Momentum lifts both its ends out of the bright part")
    plots.show(
        "A map of the factor a step over rate times curvature and momentum. White curves bound "
        "the region in which the ball swings. The ravine of gradient descent lies on the bottom "
        "edge, where both ends are bright and the middle is dark; that of momentum fits exactly "
        "between the white curves, and all of it has one colour."
    )


def _check_correction(averages, hats, too_far):
    """What (13) says of averages is true of random gradients, and of Adam without correction."""
    worst = int(too_far.argmax()) + 1
    for step, expected in ((1, 10**0.5), (worst, 6.57)):
        m, s = 0.0, 0.0
        for _ in range(step):  # on a constant gradient of 5
            m, s = 0.9 * m + 0.1 * 5, 0.999 * s + 0.001 * 25
        length = m / np.sqrt(s)
        assert np.isclose(length, too_far[step - 1]) and abs(length - expected) < 0.01
    assert np.abs(hats[30:, 0] - 1).mean() < 0.25
    assert np.abs(hats[500:, 1] / 1.64 - 1).max() < 0.2
    assert averages[39, 1] < 0.1 < 0.8 < averages[39, 0]
    m = np.zeros(20_000)  # (13): 20,000 weights with random gradients of mean 1
    for step in range(1, 31):
        m = 0.9 * m + 0.1 * np.random.default_rng(step).normal(1, 2, 20_000)
        assert abs(m.mean() / (1 - 0.9**step) - 1) < 0.06


def bias_correction(noisy, averages, hats, too_far):
    """Averages that start at 0, with and without their correction, and the steps they make.

    noisy (T,) are gradients, averages and hats (T, 2) those of g and of its square, too_far (T,)
    the length of an uncorrected step where the gradient is constant.
    """
    _check_correction(averages, hats, too_far)
    t, colours = np.arange(1, len(noisy) + 1), plots.COLOURS
    _, axes = plt.subplots(1, 3, figsize=(9.4, 3), layout="compressed")
    panels = (("m", "g", noisy, 1, 40), ("s", "g^2", noisy**2, 1 + 0.8**2, 3000))
    for k, (name, what, dots, mean, upto) in enumerate(panels):
        ax, shown = axes[k], slice(0, upto)
        every = slice(0, 40) if k == 0 else np.unique(np.geomspace(1, 3000, 60).astype(int)) - 1
        ax.plot(t[every], dots[every], ".", color=colours["gradient"], ms=4, label=f"${what}$")
        ax.plot(t[shown], averages[shown, k], "--", color=colours["muted"], label=f"${name}$")
        corrected = rf"$\hat {name}$, corrected"
        ax.plot(t[shown], hats[shown, k], color=colours["memory"], label=corrected)
        ax.axhline(mean, color="black", lw=0.8)
        ax.set_xlabel("step")
    axes[0].set(ylim=(-0.9, 3.6))
    axes[1].set(xscale="log", ylim=(-0.3, 6.5))
    axes[0].set_title("The average of $g$: 88 % after 20 steps", fontsize=10)
    axes[1].set_title("Of its square: 88 % after 2,100", fontsize=10)
    axes[2].set_title("Uncorrected steps are too long", fontsize=10)
    axes[2].semilogx(t, too_far, "--", color=colours["muted"], label="uncorrected")
    axes[2].semilogx(t, np.ones(len(t)), color=colours["memory"], label="corrected")
    axes[2].set(xlabel="step", ylabel=r"length of a step, in units of $\eta$", ylim=(0, 8.5))
    for ax in axes:
        ax.legend(fontsize=8, loc="upper center", ncols=3, handlelength=1.2, columnspacing=0.8)
    plots.show(
        "Left: an average that starts at 0 creeps up to the mean of 1 in some twenty steps; the "
        "corrected one is near it from the start. Middle: that of the squares needs thousands. "
        "Right: uncorrected steps are up to 6.6 times too long."
    )
    worst = int(too_far.argmax()) + 1
    for step in (1, worst, 1000):
        of_m, of_s = 1 - 0.9**step, 1 - 0.999**step
        print(f"step {step:4}: m has {of_m:4.0%} of its value, s {of_s:5.1%};")
        print(f"{'':10} the step is {too_far[step - 1]:.2f} times too long")


def largest_difference(pairs, tiers):
    """Of weights by hand and of the package after 300 steps; pairs are (function, options, maker).

    The gradients (3, 4) are random, in float64, and differ in scale by up to a million.
    """
    scales, apart = np.geomspace(1e-3, 1e3, 12).reshape(3, 4), 0.0
    for by_hand, options, package in pairs:
        rng, memory, w = np.random.default_rng(0), defaultdict(float), np.ones((3, 4))
        twins = [(package(), Param(w.copy()), tier) for tier in tiers]
        for t in range(1, 301):
            g = scales * rng.normal(0.3, 1, (3, 4))
            w = by_hand(w, g, memory, t, **options)
            for optimizer, param, tier in twins:
                param.grad[...] = g
                optimizer.step({"w": param}, tier)
                apart = max(apart, np.max(abs(param.value - w) / (1e-2 + abs(w))))
    print(f"largest difference in {len(pairs)} methods, 300 steps: {apart:.0e}")
    return apart


def first_steps(eta, optimizers):
    """How far the first step goes while the gradient falls: printed, and returned (5, 3)."""
    print("gradient   first step of SGD     RMSprop       Adam")
    rows = []
    for c in (1e8, 1e4, 1.0, 1e-4, 1e-7):
        paths = [walk(make(eta), lambda w, c=c: c, [0.0], 1) for make in optimizers]
        rows.append([-path[1, 0] for path in paths])
        sgd, rms, adam = rows[-1]
        print(f"{c:8.0e} {sgd:19.0e} {rms:11.4f} {adam:10.4f}")
    return np.array(rows)


def steps_to_come_closer(optimizer, kappa):
    """How many steps bring a factor of e in a valley with the curvatures 1 and kappa, measured."""
    curvature = np.array([1, kappa])
    path = walk(optimizer, lambda w: curvature * w, [1, 1], 11 * kappa)
    log_distance = np.log(np.linalg.norm(path, axis=1) + 1e-300)
    late = np.flatnonzero((log_distance < -5) & (log_distance > -21))
    return -1 / np.polyfit(late, log_distance[late], 1)[0]


def speed(kappas, promised, measured):
    """Steps to come closer against the condition number, promised and measured."""
    _, ax = plt.subplots(figsize=(6.8, 3.6), layout="compressed")
    for name, colour, marker in (("gradient descent", BLUE, "o"), ("momentum", ORANGE, "s")):
        ax.loglog(kappas, promised[name], color=colour, label=f"{name}, promised")
        ax.loglog(kappas, measured[name], marker, color=colour, mec="black", label="measured")
        assert np.abs(np.array(measured[name]) / promised[name] - 1).max() < 0.15, measured
    ax.set(xlabel=r"condition number $\kappa$", ylabel="steps to come 2.7 times closer")
    ax.set_title("Ten times the ravine: ten times the steps, or three times")
    ax.grid(alpha=0.3, which="both")
    ax.legend(fontsize=8)
    plots.show(
        "Steps against the condition number, both on logarithmic axes. The dots lie on the lines, "
        "or, for momentum, just above: gradient descent rises with slope one, momentum with slope "
        "one half."
    )
    at = list(kappas).index(1000)
    for name, found in measured.items():
        print(f"{name:16} kappa = 1000: {found[at]:6.1f} steps, promised {promised[name][at]:6.1f}")


def sweeps(found, best):
    """The loss against the rate, a panel a method; found[method] is (rates, early, late).

    early and late (len(rates),) are the losses after one epoch and after four, best[method] the
    rate with the lowest late one. Returns how much more its worse neighbour costs, as factors.
    """
    beside = []
    _, axes = plt.subplots(2, 4, figsize=(9, 4.2), layout="compressed", sharex=True, sharey=True)
    for ax, (name, (rates, early, late)) in zip(axes.flat, found.items()):
        for losses in (early, late):
            assert losses[0] > 1.5 * min(losses) and losses[-1] > 1.1 * min(losses), (name, losses)
        at = rates.index(best[name])
        beside.append(max(late[at - 1], late[at + 1]) / late[at])
        ax.loglog(rates, early, "s--", color="0.55", ms=3, label="after 1 epoch")
        ax.loglog(rates, late, "o-", color=BLUE, ms=4, label="after 4")
        ax.plot(rates[early.argmin()], early.min(), "s", color="white", ms=7, mec="black")
        ax.plot(best[name], late[at], "o", color=ORANGE, ms=7, mec="black")
        ax.set(xlim=(5e-5, 8), xticks=(1e-3, 1e-1))
        ax.set_yticks((0.1, 0.3, 1), ("0.1", "0.3", "1"))
        ax.minorticks_off()
        ax.set_title(f"{name}: best {best[name]:.2g}", fontsize=10)
    for ax in axes[1]:
        ax.set_xlabel(r"rate $\eta$")
    for ax in axes[:, 0]:
        ax.set_ylabel("training loss")
    axes[0, 0].legend(fontsize=7, loc="lower left", handlelength=1.6)
    plots.show(
        "The loss after one epoch and after four against the learning rate, a panel for each of "
        "eight optimizers. Each curve is a valley; the valleys lie at rates from 0.01 to 0.3. The "
        "lowest point is at the same rate after one epoch and after four, except for Muon, where "
        "it moves down to a third."
    )
    return beside


def costs(sweeps, best, beside):
    """What the rate costs, printed: the lowest losses, and the highest over them, (2, methods)."""
    losses = np.array([found[1:] for found in sweeps.values()])  # (methods, 2, rates)
    lows, cost = losses.min(axis=2).T, (losses.max(axis=2) / losses.min(axis=2)).T
    for epochs, low, times in zip((1, 4), lows, cost):
        print(f"epoch {epochs}: lowest losses {low.min():.2f} to {low.max():.2f};", end=" ")
        print(f"the worst rate: {times.min():.1f} to {times.max():.0f} times that")
    print(f"epoch 4: the worse neighbour costs {min(beside):.1f} to {max(beside):.1f} times")
    early = {name: rates[losses.argmin()] for name, (rates, losses, _) in sweeps.items()}
    moved = [name for name in best if early[name] != best[name]]
    assert moved == ["Muon"], moved
    print(f"another best rate after epoch 1 than after 4: Muon, {early['Muon']:.2g}")
    return lows, cost


def one_more_sweep(make, rates, train, seeds):
    """The losses of an optimizer after four epochs, (rates, seeds), printed."""
    losses = np.array([[train(make(r), seed, 4)["loss"][-1] for seed in seeds] for r in rates])
    for rate, row in zip(rates, losses):
        print(f"rate {rate:6.2g}: loss {row.min():.3f}, {row.mean():.3f}, {row.max():.3f}")
    return losses


def swept_once_more(methods, sweeps, final, train, pixels, seeds):
    """Four methods at four rates each, on these pixels; checks what is left of their gaps."""

    def on_pixels(*run):
        return train(*run, pixels)

    floors = {}
    for name in ("SGD", "momentum", "Adam", "Muon"):
        print(name)
        losses = one_more_sweep(methods[name][0], sweeps[name][0][2:], on_pixels, seeds)
        floors[name] = losses.mean(axis=1).min()
        assert floors[name] < 0.8 * final[name].mean()
    assert floors["SGD"] - floors["Muon"] < 0.5 * (final["SGD"].mean() - final["Muon"].mean())


def compared(final, right, best):
    """Training losses and shares of test digits that are right: a dot a seed, a row a method."""
    _, axes = plt.subplots(1, 2, figsize=(8, 3.1), layout="compressed", sharey=True)
    titles = ("Training loss after 4 epochs", "Share of 1,000 test digits right")
    for ax, values, title in zip(axes, (final, right), titles):
        for row, three in enumerate(values.values()):
            ax.plot(three, [row] * len(three), "o", color=BLUE, alpha=0.6, ms=6)
            ax.plot(three.mean(), row, "|", color="black", ms=16, mew=2)
        ax.set_title(title, fontsize=10)
        ax.grid(alpha=0.3, axis="x")
        ax.set_ylim(len(values) - 0.4, -0.6)
    axes[0].set_yticks(range(len(final)), list(final))
    plots.show(
        "A dot for each of three seeds and a line at the mean, for eight optimizers. The training "
        "losses differ, lowest is Muon's; the shares of test digits that are right overlap for "
        "seven of them, and the mean of Muon's is the highest."
    )
    print("three seeds    loss: lowest, mean, highest     test digits right")
    for name, losses in final.items():
        low, mean, high = losses.min(), losses.mean(), losses.max()
        share = f"{right[name].min():.1%} to {right[name].max():.1%}"
        rate = f"{name:9} at {best[name]:5.2g}"
        print(f"{rate} {low:11.3f} {mean:6.3f} {high:7.3f}       {share}")


def wrong_way(paths):
    """Where Adam and its cousins go on a problem made against Adam."""
    last = {name: path[-300:] for name, path in paths.items()}
    assert min(last.pop("Adam")) > 0.95 and max(max(path) for path in last.values()) < -0.95
    _, ax = plt.subplots(figsize=(6.8, 2.7), layout="compressed")
    looks = ((VERMILLION, "-"), (GREEN, "--"), (PURPLE, "-."), (ORANGE, ":"))
    for (name, path), (colour, style) in zip(paths.items(), looks):
        ax.semilogx(np.arange(1, len(path) + 1), path, style, color=colour, label=name)
    ax.set(xlabel="step", ylabel="$x$", title="The best point is −1, the worst is 1")
    ax.legend(**BESIDE)
    plots.show("Adam ends at 1, the worst point; AMSGrad and Adam with either default end at -1.")
