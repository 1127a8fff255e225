"""What chapter 01 draws: a line between ones and sevens, the cost of an answer, three walks."""

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.layers import Dense
from minidl.layers.activations import sigmoid
from minidl.models import Sequential
from minidl.optimizers import SGD
from minidl.plots.common import BLUE, COLOURS, GREEN, ORANGE, VERMILLION, colour_map
from minidl_course.chapters.common import load_digits
from minidl_course.frames import stop_at

PALE = colour_map("#9fcbe6", "white", "#f3cf8f", bad="white")
AXIS = np.linspace(-2.6, 4.2, 120)
PLANE = np.stack(np.meshgrid(AXIS, AXIS), axis=-1)  # (120, 120, 2)
STEPS = (0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 30, 50, 100, 250, 600)  # the pictures of the film
TRAIL = (0, 1, 2, 4, 8)  # steps whose line stays in the picture: the last one tells the film


def ink_and_middle(images):
    """How much ink is on each page, and how much in its middle: (N, 28, 28) -> (N, 2)."""
    middle = images[:, 11:17, 11:17]
    return np.stack([a.mean(axis=(1, 2), dtype=float) for a in (images, middle)], axis=1)


def ones_and_sevens():
    """All ones and sevens of the training digits: images (800, 28, 28), inputs (800, 2), t (800,).

    The inputs are ink and ink in the middle, in standard deviations from their mean.
    """
    (images, digits), _ = load_digits(28, 28)
    images = images[np.isin(digits, (1, 7))]
    inputs = ink_and_middle(images)
    inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    return images, inputs, (digits[np.isin(digits, (1, 7))] == 7).astype(float)


def is_it_an_eight(images, digits):
    """Of the 1s, 7s and 8s: the ink x, in standard deviations, and t, 1 for an 8; (N,) each."""
    kept = np.isin(digits, (1, 7, 8))
    ink = ink_and_middle(images[kept])[:, 0]
    return (ink - ink.mean()) / ink.std(), (digits[kept] == 8).astype(float)


def learns(x, t, steps=601, w=(-1.5, -1.0), b=0.5, rate=1.0):
    """The neuron before each step of gradient descent: (w, b, loss, share that is right)."""
    w, course = np.array(w), []
    for _ in range(steps):
        z = x @ w + b
        p = 1 / (1 + np.exp(-z))
        course.append((w, b, np.mean(np.logaddexp(0, z) - t * z), np.mean((p > 0.5) == t)))
        w, b = w - rate * x.T @ (p - t) / len(t), b - rate * np.mean(p - t)
    return course


def best_threshold(column, t):
    """The share that one number gets right, with the best threshold and the better side."""
    above = np.array([np.mean((column > cut) == t) for cut in np.sort(column)])
    return max(*above, *(1 - above))


def alone_and_together(x, t):
    """What one number gets right, and what a neuron does with both: (shares, course), printed."""
    shares, course = [best_threshold(column, t) for column in x.T], learns(x, t)
    print(f"one number, best threshold: ink {shares[0]:.0%}, middle {shares[1]:.0%}")
    print(f"both: {course[0][3]:.0%} at the start, {course[-1][3]:.0%} in the end")
    return shares, course


def rather_sure(x, t, w, b):
    """The index of a seven to which the neuron gives a probability near 0.93."""
    return int(np.argmin(np.abs(sigmoid(x @ w + b) * t - 0.93)))


def draw_plane(ax, x, t, w, b):
    """The answers of a neuron on the plane, its line, and the digits."""
    p = 1 / (1 + np.exp(-(PLANE @ w + b)))  # (120, 120)
    ax.contourf(AXIS, AXIS, p, np.linspace(0, 1, 9), cmap=PALE, vmin=0, vmax=1)
    ax.contour(AXIS, AXIS, p, [0.5], colors="black", linewidths=2)
    for target, colour, marker in ((0, BLUE, "$1$"), (1, ORANGE, "$7$")):
        ax.scatter(*x[t == target][:150].T, 26, color=colour, marker=marker, lw=0.3)
    ax.set(xlim=(-2.6, 4.2), ylim=(-2.6, 3.2), xlabel="ink", ylabel="ink in the middle")


def draw_earlier(ax, course, step):
    """The lines of earlier steps, each with its number at its right end."""
    for k in (k for k in TRAIL if k < step):
        w, b, _, _ = course[k]
        line = np.stack([AXIS, -(AXIS * w[0] + b) / w[1]], axis=1)  # (120, 2), where z = 0
        line = line[(line[:, 1] > -2.6) & (line[:, 1] < 3.2)]
        ax.plot(*line.T, "--", color="0.3", lw=1)
        look = {"size": 9, "ha": "center", "va": "center", "color": "0.2"}
        ax.text(*line[-6], k, **look, bbox={"boxstyle": "circle,pad=0.15", "fc": "white", "lw": 0})


def hook():
    """A line that turns until the ones are on one side and the sevens on the other."""
    _, x, t = ones_and_sevens()
    course = learns(x, t)

    def draw(frame, left, right):
        step = STEPS[frame]
        w, b, loss, share = course[step]
        draw_plane(left, x, t, w, b)
        draw_earlier(left, course, step)
        left.set_title(f"step {step}: {share:.0%} right", size=11)
        right.plot([place[2] for place in course[: step + 1]], color=COLOURS["truth"])
        right.plot(step, loss, "o", color=COLOURS["truth"])
        right.set_xscale("symlog", linthresh=1, linscale=0.5)  # even to 1, then logarithmic
        right.set(xlim=(-0.15, 900), ylim=(0, 1.25), xlabel="step (logarithmic)", ylabel="loss")
        right.set_xticks([0, 1, 10, 100, 600], [0, 1, 10, 100, 600])
        right.set_xticks([], minor=True)
        right.set_title(f"loss {loss:.2f}", size=11)

    return plots.movie(
        draw,
        range(len(STEPS)),
        "Ones and sevens in a plane of ink and ink in the middle, and a line that turns and moves "
        "until nearly all ones are on one side and nearly all sevens on the other. The loss falls "
        "from 1.1 to 0.1, most of it in the first ten of 600 steps: their axis is logarithmic.",
        size=(7.4, 3.5),
        columns=2,
        seconds=0.8,
        loop=False,
    )


def neuron(image, x, w, b):
    """An image on its way through a neuron: two inputs, two weights, a sum, a probability."""
    z = x @ w + b
    sheet = plots.Diagram(7.4, 2.3)
    sheet.ax.imshow(image, "gray", extent=(0.1, 1.5, 0.45, 1.85), aspect="equal", zorder=1)
    sheet.ax.set(xlim=(0, 7.4), ylim=(0, 2.3))
    first = sheet.box(2.5, 1.8, f"ink\n$x_1$ = {x[0]:.2f}", fill="data")
    second = sheet.box(2.5, 0.5, f"middle\n$x_2$ = {x[1]:.2f}", fill="data")
    sheet.arrow((1.55, 1.3), first)
    sheet.arrow((1.55, 1.0), second)
    total = sheet.gate(4.5, 1.15, "+")
    sheet.arrow(first, total, f"× {w[0]:.2f}", at=0.5)
    sheet.arrow(second, total, f"× {w[1]:.2f}", at=0.5)
    bias = sheet.box(4.5, 2.0, f"$b$ = {b:.2f}", fill="weight")
    sheet.arrow(bias, total)
    bend = sheet.box(5.75, 1.15, "sigmoid")
    sheet.arrow(total, bend, f"$z$ = {z:.2f}")
    answer = sheet.box(6.85, 1.15, f"$p$ = {sigmoid(z):.2f}", fill="output")
    sheet.arrow(bend, answer)
    plots.show(
        "An image of a 7. Its ink and its ink in the middle are multiplied by two weights and "
        "added, with a bias; the sum goes through a sigmoid and becomes a probability near 1."
    )


def knobs(x, t):
    """The plane of ones and sevens with a line that three sliders move."""

    def draw(weight_of_ink, weight_of_middle, bias):
        w = np.array([weight_of_ink, weight_of_middle])
        z = x @ w + bias
        loss = np.mean(np.logaddexp(0, z) - t * z)
        _, ax = plt.subplots(figsize=(4.8, 3.8), layout="compressed")
        draw_plane(ax, x, t, w, bias)
        ax.set_title(f"{np.mean((z > 0) == t):.0%} right, loss {loss:.2f}", size=11)

    sliders = plots.sliders(
        draw,
        "The plane of ones and sevens with a line that fits badly: the weights are 1 and 0.5.",
        weight_of_ink=(-8.0, 8.0, 0.5, 1.0),
        weight_of_middle=(-8.0, 8.0, 0.5, 0.5),
        bias=(-4.0, 4.0, 0.25, 0.0),
    )
    weights = {"weight_of_ink": (-4, -2, 1, 2, 4), "weight_of_middle": (-4, -2, 0.5, 2, 4)}
    return stop_at(sliders, **weights, bias=(-1.5, 0, 1.5))


def line_and_sigmoid(x, t):
    """Two answers to "is it an 8?", from ink alone: a line, and a line through a sigmoid."""
    grid = np.linspace(-2.5, 4, 200)
    _, axes = plt.subplots(1, 2, figsize=(7.4, 3.1), layout="constrained", sharey=True)
    for ax, title, activation, loss in (
        (axes[0], "A line: $z$ itself", None, "mse"),
        (axes[1], "Logistic: sigmoid of $z$", "sigmoid", "binary_crossentropy"),
    ):
        model = Sequential([Dense(1, activation=activation)], seed=0)
        model.compile(SGD(0.2), loss)
        model.fit(x[:, None], t, epochs=40, verbose=0)
        y = model.predict(grid[:, None])  # (200, 1)
        ax.axhspan(0, 1, color="0.93")
        ax.plot(x, t, "|", color="0.6", ms=12, alpha=0.4)
        ax.plot(grid, y, lw=2, color=BLUE, label="an 8")
        ax.set(xlabel="ink $x$ (standard deviations)", ylim=(-0.6, 1.9))
        ax.set_title(title, size=10)
        ax.legend(loc="upper left")
        assert (y.min() < -0.2 and y.max() > 1.4) == (activation is None)
    axes[0].set_ylabel("answer")
    plots.show(
        "Two panels over ink. A straight line that leaves the band from 0 to 1 on both sides, and "
        "a sigmoid that stays in it."
    )


def best_line(x, t, w, b):
    """Measurements with the line that fits them best, and what it misses: returned, (N,)."""
    years, misses = 1980 + 10 * x, t - (x * w + b)
    early, middle, late = (third.mean() for third in np.array_split(misses, 3))
    assert early > 0.5 and middle < -1.5 and late > 0.5  # the bend
    _, axes = plt.subplots(1, 2, figsize=(7.4, 2.9), layout="constrained")
    axes[0].plot(years, t, color=COLOURS["data"], lw=0.8)
    axes[0].plot(years, x * w + b, color=COLOURS["output"], lw=2)
    axes[0].set(xlabel="year", ylabel="carbon dioxide (ppm)")
    axes[0].set_title(f"The best line: {w:.1f} ppm a decade", size=10)
    axes[1].axhline(0, color=COLOURS["output"], lw=2)
    axes[1].plot(years, misses, color=COLOURS["data"], lw=0.8)
    axes[1].set(xlabel="year", ylabel="measured minus line (ppm)")
    axes[1].set_title("What it misses: seasons, and a bend", size=10)
    plots.show(
        "Left: carbon dioxide in the air, 1958 to 2001, a curve that rises in yearly waves, and "
        "the straight line through it. Right: what was measured minus the line, yearly waves on a "
        "curve that is above zero at both ends and below it in the middle."
    )
    print(f"root mean square of the misses: {np.sqrt(np.mean(misses**2)):.2f} ppm")
    return misses


def learns_from_one(pull, p=0.01, steps=80):
    """What a neuron says after each step, if its logit moves by `pull(p)` a step; (steps + 1,)."""
    z, said = np.log(p / (1 - p)), []
    for _ in range(steps + 1):
        said.append(sigmoid(z))
        z = z + pull(said[-1])
    return np.array(said)


def cost_of_an_answer():
    """The surprise and the squared miss: how high, how hard they pull, how a neuron learns.

    Returns: how many steps a neuron that says 0.01 needs until it says one half, with the
    surprise, with the squared miss, and with its pull scaled to be as hard at most; printed.
    """
    looks = {"surprise": (COLOURS["gradient"], "-"), "squared miss": ("0.4", "--")}
    costs = lambda p: -np.log(p), lambda p: (1 - p) ** 2
    pulls = lambda p: 1 - p, lambda p: 2 * (1 - p) * p * (1 - p)
    p, logit = np.linspace(0.005, 1, 300), np.linspace(-8, 8, 300)
    _, axes = plt.subplots(1, 3, figsize=(8.4, 2.9), layout="constrained")
    for (name, (colour, style)), cost, pull in zip(looks.items(), costs, pulls):
        look = {"color": colour, "ls": style, "label": name}
        axes[0].plot(p, cost(p), **look)
        axes[1].plot(logit, pull(sigmoid(logit)), **look)
        axes[2].plot(learns_from_one(pull), **look)
    axes[0].set(xlabel="probability of what happened", ylabel="cost")
    axes[0].set_title("The cost of an answer", size=11)
    axes[0].legend()
    axes[1].set(xlabel="logit (negative: wrong)", ylabel="pull")
    axes[1].set_title("How hard it pulls", size=11)
    axes[2].set(xlabel="step", ylabel="probability of what happened", ylim=(0, 1.02))
    axes[2].set_title("A neuron that begins at 0.01", size=11)
    plots.show(
        "Left: the surprise grows without limit as the probability of what happened goes to 0, "
        "the squared miss stops at 1. Middle: the surprise pulls hardest on the worst answers, the "
        "squared miss hardly pulls on them. Right: a neuron that begins at 0.01 rises at once with "
        "the surprise; with the squared miss it hardly rises in the first 40 of 80 steps."
    )
    hardest = pulls[1](1 / 3)
    tried = (*pulls, lambda p: pulls[1](p) / hardest)
    steps = [int(np.argmax(learns_from_one(pull) > 0.5)) for pull in tried]
    print("from 0.01 to one half: {} steps; squared miss {}, scaled {}".format(*steps))
    return steps


def longest_step(x, w, b):
    """2 / lambda, where lambda is the largest curvature of the loss at (w, b); x is (N,)."""
    X = np.stack([x, np.ones_like(x)], axis=1)  # (N, 2)
    p = sigmoid(x * w + b)  # (N,)
    return 2 / np.linalg.eigvalsh(X.T * (p * (1 - p)) @ X / len(x))[-1]


def longest_steps(x, minimum, start):
    """2 / lambda at the minimum (w, b) and at the start of a walk, printed."""
    limit, early = longest_step(x, *minimum), longest_step(x, *start)
    print(f"2 / λ at the minimum: {limit:.1f}, at the start: {early:.0f}")
    return limit, early


def three_walks(descend, loss_and_gradient, rates, minimum):
    """Three walks on the contour lines of the loss, and how far each is above the minimum.

    Args: `descend(w, b, rate, steps)` and `loss_and_gradient(w, b)` as on the page, some rates, and
    the minimum (w, b, L).
    Returns: the loss above its minimum after each step, an array for each rate.
    """
    ws, bs = np.linspace(0.8, 4.4, 60), np.linspace(-2.5, 1.1, 60)
    surface = [[loss_and_gradient(w, b)[0] for w in ws] for b in bs]  # (60, 60)
    _, axes = plt.subplots(1, 2, figsize=(8.4, 3.5), layout="constrained")
    axes[0].contour(ws, bs, surface, np.geomspace(0.418, 1, 14), colors="0.75", linewidths=0.8)
    above = []
    looks = zip(rates, ("o-", "^-", "s--"), (BLUE, GREEN, VERMILLION), (2, 3, 1))
    for rate, style, colour, layer in looks:
        path = descend(w=4, b=1, rate=rate, steps=50)
        above.append(path[:, 2] - minimum[2])
        axes[0].plot(path[:, 0], path[:, 1], style, color=colour, ms=3, lw=1, zorder=layer)
        axes[1].semilogy(above[-1], style, color=colour, ms=3, label=rf"$\eta$ = {rate:.1f}")
    axes[0].plot(*minimum[:2], "k*", ms=12, zorder=4, label="the minimum")
    axes[0].set(xlabel="$w$", ylabel="$b$", title="Three walks in one valley", aspect="equal")
    axes[0].legend(loc="upper left", handletextpad=0.2)
    axes[1].set(xlabel="step", ylabel="loss above its minimum")
    axes[1].set_title("The same walks, step by step")
    axes[1].legend()
    plots.show(
        "Left: three walks on the contour lines of the loss. Blue walks to the star in a curve, "
        "green jumps to the valley floor and follows it, red jumps from wall to wall. Right: on a "
        "logarithmic scale blue and green fall, green faster; red falls, rises and stays up."
    )
    return above


def pairs_read(found):
    """How many new digits one neuron gets right: {(one, other): (few, gap, pixels)}, printed."""
    _, ax = plt.subplots(figsize=(6.6, 2.9), layout="constrained")
    for row, shares in enumerate(found.values()):
        colours, names = (COLOURS["muted"], BLUE, ORANGE), ("ink and middle", "gap", "784 pixels")
        for seeds, colour, marker, label in zip(shares, colours, "o^s", names):
            ax.plot(seeds, [row] * len(seeds), marker, color=colour, alpha=0.7, ms=8,
                    label=None if row else label)  # fmt: skip
    ax.axvline(0.5, color="0.6", ls=":")
    ax.text(0.505, 0.55, "a coin", color="0.4", size=9)
    ax.set_yticks(range(len(found)), [f"{one} or {other}?" for one, other in found])
    ax.set(xlim=(0.4, 1.01), ylim=(len(found) - 0.4, -0.6), xlabel="share of new digits right")
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.set_title("Ink and middle read one pair, the gap another, 784 pixels all")
    ax.legend(loc="upper center")
    plots.show(
        "For each of three pairs of digits, the share of new digits that one neuron reads, a mark "
        "for each of three seeds. With all pixels all marks are beyond 90 per cent, with ink and "
        "middle ones and sevens alone; with the gap fours and nines are at 89, the others below 50."
    )
    for (one, other), shares in found.items():
        reads = (" ".join(f"{100 * share:.1f}" for share in seeds) for seeds in shares)
        print(f"{one}|{other}: ink, middle {{}}  gap {{}}  pixels {{}} %".format(*reads))


def xor_drawn(one, two, x, y):
    """The plane of XOR as one neuron and a network see it; a hollow point is a wrong answer."""
    fig, axes = plt.subplots(1, 2, figsize=(8.4, 4.6), layout="constrained")
    looks = {"class 0: signs equal": (BLUE, "o"), "class 1: signs differ": (ORANGE, "^")}
    for ax, model, title in zip(axes, (one, two), ("One neuron", "Eight hidden neurons, then one")):
        plots.decision_boundary(model, x, y, ax=ax).get_legend().remove()
        right = (model.predict(x, verbose=0)[:, 0] > 0.5) == y  # (400,)
        for c, (points, (colour, _)) in enumerate(zip(ax.collections, looks.values())):
            points.set(facecolor=np.where(right[y == c], colour, "white"), edgecolor="black")
        ax.set_title(f"{title}: {right.mean():.0%} right")
        ax.set_aspect("equal")
    looks |= {"hollow: wrong answer": ("white", "o")}
    marks = [ax.scatter([], [], color=c, marker=m, edgecolor="black") for c, m in looks.values()]
    fig.legend(marks, looks, loc="outside lower center", ncols=3, frameon=False)
    plots.show(
        "Four squares of points, two of each class, opposite each other. Left, the plane is pale "
        "all over, and about half of the points are hollow, which means wrong. Right, with hidden "
        "neurons, the classes are told apart, and only a few points near the borders are hollow."
    )
