"""Films and pictures of the chapter on GANs; the game and most cures stand on the page.

Its forgers of digits are in gans_digits.py.
"""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import trapezoid

from minidl import gradcheck, plots
from minidl.layers import Dense, Input, LeakyReLU
from minidl.losses import BinaryCrossentropy
from minidl.models import Sequential
from minidl.optimizers import Adam

COLOURS = plots.COLOURS
MODES = 2 * np.array([(np.cos(a), np.sin(a)) for a in np.arange(8) * np.pi / 4])
SPREAD = 0.1
LINE = np.linspace(-6, 14, 2001)  # where the bell curves are drawn
APART = np.linspace(0, 9, 60)  # distances of two bell curves
WATCHED = [1, 11]  # of the four games: the second seed of the quiet one, and of the third
PLANE = {"xlim": (-3, 3), "ylim": (-3, 3), "xticks": [], "yticks": [], "aspect": "equal"}
EXTENT = (-3, 3, -3, 3)


def probability(logits):
    """Of scores."""
    return 1 / (1 + np.exp(-logits))


# The ring, and what a perfect detective says


def ring(rng, *shape):
    """Points (*shape, 2), each from one of eight spots with a standard deviation of 0.1."""
    spots = MODES[rng.integers(0, 8, shape)]
    return (spots + SPREAD * rng.standard_normal((*shape, 2))).astype("float32")


def _grid():
    """Places all over the plane, (1600, 2)."""
    side = np.linspace(-3, 3, 40)
    return np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2).astype("float32")


def idea():
    """Three panels: forged points without a detective, with its map, and with its slope."""
    rng = np.random.default_rng(0)
    real = ring(rng, 2000)
    z = rng.standard_normal((2000, 4)).astype("float32")
    without = Sequential([Input((4,)), Dense(48, "relu"), Dense(2)], seed=0)
    without.compile(Adam(1e-3), "mse")
    without.fit(z, real, 50, 10, verbose=0)
    in_the_middle = without.predict(z[:300], verbose=0)
    forged = np.array([-0.7, 0.4]) + 0.5 * rng.standard_normal((2000, 2))
    forged = forged.astype("float32")
    critic = Sequential([Input((2,)), Dense(48, "tanh"), Dense(48, "tanh"), Dense(1)], seed=1)
    critic.compile(Adam(3e-3), BinaryCrossentropy(from_logits=True))
    truth = np.repeat([[1.0], [0.0]], 2000, axis=0).astype("float32")
    critic.fit(np.concatenate([real, forged]), truth, 50, 4, verbose=0)
    few = forged[:24]
    _, slope = critic.loss_and_gradient(few, np.ones((24, 1), "float32"))
    uphill = -slope / np.linalg.norm(slope, axis=1, keepdims=True)
    believed = probability(critic.predict(_grid(), verbose=0)).reshape(40, 40)

    _, axes = plt.subplots(1, 3, figsize=(7.2, 2.7), layout="constrained")
    names = ("no detective: the mean", "+ a detective: its map", "+ its slope: a way to go")
    for n, (ax, name) in enumerate(zip(axes, names)):
        if n:
            ax.imshow(believed, extent=EXTENT, origin="lower", cmap="Greens", alpha=0.6, vmin=0)
        ax.plot(*real[:300].T, ".", color=COLOURS["truth"], ms=3)
        ax.plot(*(forged[:300] if n else in_the_middle).T, ".", color=COLOURS["output"], ms=3)
        ax.set(**PLANE)
        ax.set_title(name, fontsize=10)
    axes[0].text(0, 1.2, "real", ha="center", color=COLOURS["truth"])
    axes[0].text(0, -0.8, "forged", ha="center", color=COLOURS["output"])
    axes[2].quiver(*few.T, *uphill.T, color=COLOURS["gradient"], scale=9, width=0.009)
    plots.show(
        "Three panels with eight spots on a ring. Without a detective all forged points sit in the "
        "middle. With one, a map is high on the ring and low at the forgeries; arrows lead uphill."
    )
    assert np.abs(in_the_middle).mean() < 0.4
    later = critic.predict((few + 0.05 * uphill).astype("float32"), verbose=0)
    assert np.mean(later > critic.predict(few, verbose=0)) > 0.9


def _turn(d, y, title, frozen, label):
    """The boxes of one turn, and what goes forward."""
    d.panel(0.03, y - 0.62, 7.14, 1.62, title)
    fill = {name: "muted" if name == frozen else "layer" for name in ("forger", "detective")}
    noise = d.box(0.5, y, "noise", 0.7, fill="white")
    forger = d.box(1.85, y, "forger", 0.95, fill=fill["forger"])
    made = d.box(3.3, y, "forged\npoints", 0.8, fill="output")
    detective = d.box(4.85, y, "detective", 0.95, fill=fill["detective"])
    boxes = [noise, forger, made, detective, d.box(6.4, y, label, 1.2, fill="highlight")]
    for a, b in pairwise(boxes):
        d.arrow(a, b)
    return boxes


def _back(d, *boxes):
    """The gradient's way through these boxes."""
    for a, b in pairwise(boxes):
        d.arrow(a, b, colour="gradient", sides=("bottom", "bottom"), bend=0.2)


def two_turns():
    """What goes forward and back on the detective's turn, and on the forger's."""
    d = plots.Diagram(7.2, 3.5)
    *_, detective, answer = _turn(
        d, 2.45, "the detective's turn", "forger", "label: real 1,\nforged 0"
    )
    real = d.box(3.3, 3.12, "real points", 0.95, fill="data")
    d.arrow(real, detective, sides=("right", "top"))
    _back(d, answer, detective)
    d.text(4.72, 2.16, "learns", "gradient", align="right")
    d.text(1.85, 2.16, "stands still", "0.4")
    _, forger, made, detective, answer = _turn(
        d, 0.68, "the forger's turn", "detective", 'label: "real", 1'
    )
    _back(d, answer, detective, made, forger)
    d.text(4.08, 0.19, "slope", "gradient")
    d.text(1.72, 0.38, "learns", "gradient", align="right")
    d.text(4.85, 0.98, "stands still", "0.4")
    plots.show(
        "Two panels. On the detective's turn, real and forged points go through it with labels 1 "
        "and 0, and the gradient ends there. On the forger's turn, forged points get the label "
        "real, and the gradient passes through the frozen detective to the forger."
    )


def _bell(middle):
    return np.exp(-0.5 * (LINE - middle) ** 2) / np.sqrt(2 * np.pi)


def _jensen_shannon(p, q):
    both = (p + q) / 2
    parts = [a * (np.log(a + 1e-300) - np.log(both + 1e-300)) for a in (p, q)]
    return 0.5 * sum(trapezoid(part, LINE) for part in parts)


def perfect_detective():
    """A film: a forged bell walks to the real one; formulas (3) and (5) are checked on bells."""
    p, q = _bell(0), _bell(1.5)
    best = p / (p + q)
    gain = trapezoid(p * np.log(best) + q * np.log(1 - best), LINE)
    assert np.isclose(gain, 2 * _jensen_shannon(p, q) - 2 * np.log(2), atol=1e-6)
    for shift in (-0.02, 0.02):  # any other detective gains less
        other = np.clip(best + shift, 1e-9, 1 - 1e-9)
        assert trapezoid(p * np.log(other) + q * np.log(1 - other), LINE) < gain
    assert _jensen_shannon(_bell(0), _bell(4.5)) > 0.94 * np.log(2)  # half of the way
    js_values = [_jensen_shannon(_bell(0), _bell(a)) for a in APART]

    def one_frame(middle, left, right):
        p, q = _bell(0), _bell(middle)
        left.plot(LINE, p, color=COLOURS["truth"])
        left.plot(LINE, q, color=COLOURS["output"])
        left.plot(LINE, p / (p + q), color="black", ls="--")
        left.text(-1.2, 0.36, "real", ha="right", color=COLOURS["truth"])
        left.text(min(middle + 1.2, 9), 0.36, "forged", color=COLOURS["output"])
        left.text(11.8, 0.9, "perfect detective", ha="right")
        left.set(xlim=(-4, 12), ylim=(-0.03, 1.05), xlabel="$x$")
        left.set_title(f"forged bell at {middle:.1f}", fontsize=10)
        right.plot(APART, js_values, color=COLOURS["output"])
        right.plot(middle, _jensen_shannon(p, q), "o", color=COLOURS["output"], ms=8)
        right.axhline(np.log(2), color="0.6", lw=1, ls=":")
        right.text(0, np.log(2) - 0.02, "log 2", va="top", color="0.35")
        right.set(xlabel="distance of the bells", ylabel="JS", ylim=(-0.03, 0.75))
        right.set_title("far away, JS is flat", fontsize=10)

    alt = (
        "Left, a forged bell curve walks to the real one; the detective's curve turns from a step "
        "into 1/2. Right, the Jensen-Shannon divergence stays near log 2 at first, then falls to 0."
    )
    return plots.movie(one_frame, np.linspace(9, 0, 13), alt, size=(7, 2.6), columns=2, still=8)


def _pulls(middle):
    """Slopes of the mean of log(1 - D) and -log D with respect to the middle of the forged bell."""
    odds = (LINE**2 - (LINE - middle) ** 2) / 2  # log(q/p), of a perfect detective
    moved = (LINE - middle) * _bell(middle)
    return trapezoid(-moved * np.logaddexp(0, -odds), LINE), trapezoid(
        moved * np.logaddexp(0, odds), LINE
    )


def slopes():
    """The slopes of the forger's two losses, for a score and for a whole bell; (6), (7) checked."""
    answer = np.linspace(0.001, 0.999, 200)
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.5), layout="constrained")
    left.plot(answer, answer, color=COLOURS["muted"])
    left.plot(answer, 1 - answer, color=COLOURS["gradient"])
    left.text(0.72, 0.86, r"$\log(1-D)$", color="0.35", ha="right")
    left.text(0.03, 0.72, r"$-\log D$", color=COLOURS["gradient"])
    left.set(xlabel="detective's answer $D$ to a forgery", ylabel="size of the slope")
    left.set_title("Where it loses, one slope is 0, the other 1", fontsize=10)
    old, new = np.array([_pulls(a) for a in APART]).T
    right.plot(APART, old, color=COLOURS["muted"])
    right.plot(APART, new, color=COLOURS["gradient"])
    right.text(6.0, 0.7, r"$\log(1-D)$", color="0.35")
    right.text(4.4, 5.2, r"$-\log D$", color=COLOURS["gradient"], ha="right")
    right.set(xlabel="distance of the forged bell", ylabel="pull on the bell")
    right.set_title("Far away, one pull is gone, one grows", fontsize=10)
    plots.show(
        "Left: the slope of log(1-D) rises from 0 to 1 with D, that of -log D falls from 1 to 0. "
        "Right: the pull on a forged bell. With log(1-D) it rises and dies, with -log D it grows."
    )
    js_slope = np.gradient([_jensen_shannon(_bell(0), _bell(a)) for a in APART], APART)
    np.testing.assert_allclose(old[1:-1], 2 * js_slope[1:-1], atol=0.01)
    np.testing.assert_allclose(new, APART - old, atol=0.02)  # KL(q, p) is APART**2 / 2
    assert old.max() > 0.4 and old[-1] < 0.1 and new[-1] > 5
    for score in (-4.0, 0.3, 2.0):
        step = 1e-6
        saturating = [np.log(1 - probability(score + a)) for a in (step, -step)]
        other = [-np.log(probability(score + a)) for a in (step, -step)]
        by_steps = (saturating[0] - saturating[1]) / 2 / step
        assert np.isclose(by_steps, -probability(score), atol=1e-6)
        assert np.isclose((other[0] - other[1]) / 2 / step, probability(score) - 1, atol=1e-6)


# The game


class ManyAdam:
    """Adam of chapter 06 for S games; beta_1 (S, 1, 1) may differ from game to game."""

    def __init__(self, rate, beta_1):
        self.rate, self.beta_1, self.t = rate, beta_1, 0

    def step(self, parameters, gradients):
        """Change the parameters in place."""
        if not self.t:
            self.moments = [(np.zeros_like(g), np.zeros_like(g)) for g in gradients]
        self.t += 1
        for p, (m, v), g in zip(parameters, self.moments, gradients):
            m += (1 - self.beta_1) * (g - m)
            v += np.float32(0.001) * (g * g - v)
            root = np.sqrt(v / (1 - 0.999**self.t)) + 1e-7
            p -= (self.rate * m / (1 - self.beta_1**self.t) / root).astype("float32")


def sigmoid(score):
    """Of a score of any size."""
    return 0.5 * (1 + np.tanh(0.5 * score))


def betas(*values):
    """beta_1 of five games for each value, as (S, 1, 1)."""
    return np.repeat(np.array(values, "float32"), 5)[:, None, None]


def in_doubles(game):
    """The same game in float64, with biases that are not 0: for small steps."""
    for network in (game.forger, game.detective):
        network.W = [W.astype("float64") for W in network.W]
        network.b = [b + 0.1 * np.random.default_rng(2).standard_normal(b.shape) for b in network.b]
        network.left = np.float64(network.left)
    return game


def by_small_steps(small, z, loss):
    """{number: gradient} of the forger's arrays; the largest one would take long."""

    def ahead():
        score, _ = small.detective.forward(small.forger.forward(z)[0])
        return loss(score).mean(axis=1).sum()

    arrays = small.forger.W + small.forger.b
    return {n: gradcheck.numeric(ahead, arrays[n], 1e-7) for n in (0, 2, 3, 4, 5)}


def by_the_package(small, z):
    """The forger's gradients in the first game, as minidl finds them for the same weights."""
    G = Sequential([Input((4,)), Dense(48, "relu"), Dense(48, "relu"), Dense(2)], seed=0)
    D = [Input((2,)), Dense(48), LeakyReLU(0.2), Dense(48), LeakyReLU(0.2), Dense(1)]
    D = Sequential(D, seed=0)
    D.compile(loss=BinaryCrossentropy(from_logits=True))
    D.predict(np.zeros((1, 2), "float32"), verbose=0)
    for model, network in ((G, small.forger), (D, small.detective)):
        pairs = zip(network.W, network.b)
        model.set_weights([a for W, b in pairs for a in (W[0], b[0, 0])])
    made, cache = G.forward(z[0].astype("float32"), training=True)
    D.zero_grad()
    G.zero_grad()
    _, dmade = D.loss_and_gradient(made, np.ones((len(made), 1), "float32"))
    G.backward(dmade, cache)
    gradients = [param.grad for param in G.trainable_weights]
    return gradients[::2] + gradients[1::2]  # of all W, then of all b


class Watch:
    """Keeps the points of two games, what their detectives believe, and a clump's way."""

    def __init__(self):
        self.frames, self.way = {}, []

    def __call__(self, step, game, fixed):
        if step % 5 == 0:
            self.way.append(game.forger.forward(fixed[:, :100])[0][11].mean(axis=0))
        if step in (0, 20, 50, 100, 150, 999) or (step >= 200 and step % 100 == 0):
            points = game.forger.forward(fixed)[0][WATCHED, :250]
            grid = _grid()
            map_ = np.broadcast_to(grid, (game.S, *grid.shape))
            score, _ = game.detective.forward(map_)
            self.frames[step] = points, sigmoid(score[WATCHED, :, 0])


def four_games(spots, good):
    """Print what became of them."""
    print("forger  detective   spots found   good points (mean, lowest, highest)")
    for (a, b), n, share in zip(((0.5, 0.5), (0.9, 0.5), (0.5, 0.9), (0.9, 0.9)), spots, good):
        spread = f"{share.mean():4.0%}  {share.min():4.0%}  {share.max():4.0%}"
        print(f"{a:6} {b:10}     {' '.join(map(str, n))}     {spread}")


def two_games(watch):
    """A film: the quiet game spreads over the ring; in the other a clump wanders."""
    frames, way = watch.frames, watch.way
    times = sorted(frames)[:20]
    middles = np.array([frames[step][0][1].mean(axis=0) for step in times if step >= 100])
    widths = [frames[step][0][1].std(axis=0).max() for step in times if step >= 200]
    assert np.linalg.norm(np.diff(middles, axis=0), axis=1).mean() > 0.5 and np.mean(widths) < 1.2

    def moment(step, *axes):
        for ax, dots, believed, name in zip(axes, *frames[step], ("0.5", "0.9")):
            shade = believed.reshape(40, 40)
            ax.imshow(shade, extent=EXTENT, origin="lower", cmap="Greens", vmin=0, vmax=1.6)
            ax.plot(*MODES.T, "o", color=COLOURS["truth"], ms=9, mfc="none")
            ax.plot(*dots.T, ".", color=COLOURS["output"], ms=3)
            ax.set(**PLANE)
            ax.set_title(rf"detective's $\beta_1$ = {name}, step {step}", fontsize=10)
        axes[1].plot(*np.array(way[: step // 5 + 1][-20:]).T, color="0.25", lw=1)

    alt = (
        "Left, the forged points spread over the eight spots of the ring. Right, with high "
        "momentum in the detective, they stay in one clump or streak; a line shows how it wandered "
        "in the last 100 steps."
    )
    return plots.movie(moment, times, alt, size=(5.6, 3.0), columns=2, still=-1)


def _walk(momentum, steps=98, rate=0.1):
    """The numbers (a, b) of both players, turn by turn; the detective's b has the momentum."""
    a, b, average, path = 0.35, 0.0, 0.0, []
    for _ in range(steps):
        average = momentum * average + (1 - momentum) * a
        b = b + rate * average
        a = a - rate * b
        path.append((a, b))
    return np.array(path)


def smallest_game():
    """Two players with one number each: a circle without momentum, spirals with it."""
    _, axes = plt.subplots(1, 3, figsize=(7.2, 2.7), layout="constrained")
    walks = {momentum: _walk(momentum) for momentum in (0.0, 0.5, 0.9)}
    names = ("a circle", "a slow spiral", "a spiral")
    for ax, (momentum, path), name in zip(axes, walks.items(), names):
        ax.plot(*path.T, ".-", color=COLOURS["output"], ms=3, lw=0.8)
        ax.plot(*path[0], "o", color=COLOURS["output"])
        ax.plot(0, 0, "+", color=COLOURS["truth"], ms=10)
        ax.set(xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), xticks=[0], yticks=[0], aspect="equal")
        ax.set(xlabel="forger's $a$", ylabel="detective's $b$")
        ax.set_title(f"momentum {momentum:g}: {name}", fontsize=10)
    plots.show(
        "The path of two players with one number each. Without momentum it is a circle around the "
        "middle. With 0.5 it is a slow spiral outwards, with 0.9 it leaves quickly."
    )
    ends = [np.linalg.norm(path[-15:], axis=1).mean() for path in walks.values()]
    assert ends[0] < 0.4 and ends[0] < ends[1] < 0.5 * ends[2]


# The cures


class DividedWeights:
    """Each W of the detective is divided by its largest singular value; the loss is a hinge."""

    def __init__(self, *beta):
        super().__init__(*beta)
        self.raw = [W.copy() for W in self.detective.W]
        rng = np.random.default_rng(3)
        self.u = [rng.standard_normal((self.S, 1, W.shape[2])).astype("float32") for W in self.raw]
        self.normalize()

    def normalize(self):
        """One step of the power iteration for each W."""
        self.v, self.size = [], []
        for n, W in enumerate(self.raw):
            v = self.u[n] @ W.swapaxes(1, 2)
            v /= np.linalg.norm(v, axis=2, keepdims=True)
            u = v @ W
            size = np.linalg.norm(u, axis=2, keepdims=True)
            self.u[n] = u / size
            self.v.append(v)
            self.size.append(size)
            self.detective.W[n] = W / size

    def learn(self, gradients):
        """A step of the weights before the division."""
        for n, W in enumerate(self.detective.W):
            along = (gradients[n] * W).sum(axis=(1, 2), keepdims=True)
            outer = self.v[n].swapaxes(1, 2) @ self.u[n]
            gradients[n] = (gradients[n] - along * outer) / self.size[n]
        self.detective_adam.step(self.raw + self.detective.b, gradients)
        self.normalize()

    def detective_slope(self, score, truth):
        """Of the hinge."""
        sign = 2 * truth - 1
        return -sign * (sign * score < 1)

    def forger_slope(self, score):
        """Of minus the score."""
        return -np.ones_like(score)


def penalty_by_steps(tiny, backward, slope_penalty):
    """For each W of a tiny network: a penalty's gradient by the page, and by small steps."""
    tiny.W = [W.astype("float64") for W in tiny.W]
    at = np.random.default_rng(5).standard_normal((1, 7, 2))

    def length_penalty():
        score, cache = tiny.forward(at)
        g, _ = backward(tiny, np.ones_like(score), cache)
        return np.sum((np.linalg.norm(g, axis=2) - 1) ** 2) + 0.5 * np.sum(g**2)

    def its_slope(g):
        length = np.linalg.norm(g, axis=2, keepdims=True)
        return 2 * (length - 1) * g / length + g

    for W, gradient in zip(tiny.W, slope_penalty(tiny, at, its_slope)):
        yield gradient, gradcheck.numeric(length_penalty, W, 1e-7)


def cures(outcome):
    """Print and draw each cure's games; return the mean share of good points, quiet and sick."""
    print("                    quiet: spots  good points      sick: spots  good points")
    for name, (found, share) in outcome.items():
        parts = [f"{' '.join(map(str, n))}  {s.mean():4.0%}" for n, s in zip(found, share)]
        print(f"{name:18}    {parts[0]:20}     {parts[1]}")
    _, axes = plt.subplots(1, 2, figsize=(7.2, 3.5), layout="constrained", sharey=True)
    for ax, n, title in zip(
        axes, (0, 1), ("quiet game: no cure is clearly better", "sick game: two cures help")
    ):
        for row, (_, share) in enumerate(outcome.values()):
            ax.plot(100 * share[n], [row] * 5, "o", color=COLOURS["output"], ms=5, alpha=0.7)
            ax.plot(100 * share[n].mean(), row, "|", color="black", ms=14)
        ax.axvline(100 * outcome["as it is"][1][n].mean(), color="0.6", lw=1, ls=":")
        ax.set(xlim=(-3, 103), xlabel="good points, %")
        ax.set_title(title, fontsize=10)
    axes[0].set(yticks=range(len(outcome)), yticklabels=outcome)
    axes[0].invert_yaxis()
    plots.show(
        "Share of good points of each cure, five seeds each. In the quiet game none is clearly "
        "better than no cure. In the sick game, two turns and two rates are far ahead."
    )
    return [{name: share[n].mean() for name, (_, share) in outcome.items()} for n in (0, 1)]
