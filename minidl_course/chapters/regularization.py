"""Pictures of the chapter on regularization, and its experiment with random hidden neurons.

What the page trains is in regularization_trials.py.
"""

import functools
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.datasets import mnist
from minidl.layers import RandomRotation, RandomTranslation
from minidl.plots.common import BLUE, COLOURS, GREEN, VERMILLION
from minidl_course.chapters.common import band
from minidl_course.frames import stop_at

SIZES = [10, 20, 35, 50, 75, 100, 150, 200, 250, 280, 300]
SIZES += [320, 350, 400, 500, 700, 1000, 2000, 4000]
PRICES = [0.0, 1e-3, 1e-2, 1e-1, 1.0, 10.0]  # 0 is the least-squares solution with least weights
LADDER = [*PRICES, 1e2, 1e3, 1e4]  # for 300 neurons
COUNTS = [1, 2, 3, 4, 6, 8, 10, 12, 14, 17, 20, 30, 60, 200, 1000]
EVERYWHERE = np.linspace(-1, 1, 300)


@functools.cache
def three_sets():
    """1,000 training, 1,000 validation and 3,000 test digits: pairs of (N, 14, 14) and (N,)."""
    (images, digits), (more_images, more_digits) = mnist.load_sample()  # 4,000 and 1,000
    images, digits = np.concatenate([images, more_images]), np.concatenate([digits, more_digits])
    # The mean of four pixels, from 0 to 1.
    halved = images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4), dtype="float32") / 255
    parts = slice(1000), slice(1000, 2000), slice(2000, None)
    return tuple((halved[part], digits[part]) for part in parts)


# ------------------------------------------------------- random neurons, and a fitted last layer


class Descents(NamedTuple):
    """What networks of random neurons misread, in per cent, and how long their weights are."""

    misread: np.ndarray  # (runs, SIZES, PRICES, training / validation / test)
    ladders: np.ndarray  # (runs, LADDER, training / validation / test), for 300 neurons
    lengths: dict  # neurons: a length for each run


def hidden(x, W):
    """What the hidden neurons answer: ReLU of random sums, (N, 14, 14) -> (N, M)."""
    return np.maximum(x.reshape(len(x), 196).astype(float) @ W, 0)


def last_layers(h, targets, prices):
    """Weights (M, 10) of least error + price * squares; for price 0 the smallest that fit best."""
    U, s, Vt = np.linalg.svd(h, full_matrices=False)
    seen = s > 1e-10 * s[0]
    U, s, Vt = U[:, seen], s[seen], Vt[seen]
    return [Vt.T * (s / (s**2 + price)) @ (U.T @ targets) for price in prices]


def shares_of(sets, M, prices):
    """Misread shares (prices, 3) of M neurons, and the length of their weights.

    The three `sets`, training, validation and test, are (what the hidden neurons answer,
    classes). The weights are fitted to the first; the length is that for the first price.
    """
    (h, classes), *_ = sets
    found = last_layers(h[:, :M], np.eye(10)[classes], prices)
    every = np.concatenate(found, axis=1)  # (M, prices * 10): one product for all prices
    shares = []
    for h, classes in sets:
        read = (h[:, :M] @ every).reshape(len(h), len(prices), 10).argmax(axis=2)
        shares.append(np.mean(read != classes[:, None], axis=0))
    return np.transpose(shares), np.linalg.norm(found[0])


def double_descent():
    """Networks of all SIZES with all PRICES, fitted to 300 digits, in three runs."""
    (x, t), *others = three_sets()
    misread, ladders, lengths = [], [], {300: [], 4000: []}
    for seed in range(3):
        rng = np.random.default_rng(seed)
        W = rng.normal(size=(196, SIZES[-1])) / 14
        rows = rng.permutation(1000)[:300]
        sets = [(x[rows], t[rows]), *others]
        sets = [(hidden(inputs, W), classes) for inputs, classes in sets]
        ladders.append(shares_of(sets, 300, LADDER)[0])
        found = {M: shares_of(sets, M, PRICES) for M in SIZES}
        misread.append([shares for shares, _ in found.values()])
        for M, all_lengths in lengths.items():
            all_lengths.append(found[M][1])
    return Descents(100 * np.array(misread), 100 * np.array(ladders), lengths)


def misread(digits_seen, M, seed):
    """The share of test digits misread by M random neurons fitted to so many digits."""
    (x, t), _, (x_test, t_test) = three_sets()
    W = np.random.default_rng(seed).normal(size=(196, M)) / 14
    h, targets = hidden(x[:digits_seen], W), np.eye(10)[t[:digits_seen]]
    (found,) = last_layers(h, targets, [0.0])
    return np.mean((hidden(x_test, W) @ found).argmax(axis=1) != t_test)


def _descent(ax, runs, sizes):
    # The share of misread test digits without a price, over the number of neurons.
    band(ax, runs.misread[:, : len(sizes), 0, 2], VERMILLION, "o-", x=sizes, ms=4)
    ax.set(xscale="log", ylim=(0, 100), xlabel="hidden neurons", ylabel="digits misread (%)")
    ax.set(xlim=(8, 5000))
    ax.set_xticks([10, 100, 1000], ["10", "100", "1,000"])


def hook(runs):
    """The error on test digits up to 300 neurons, and a question mark."""
    sizes = SIZES[: SIZES.index(300) + 1]
    _, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
    _descent(ax, runs, sizes)
    fitted = runs.misread[:, : len(sizes), 0, 0]
    ax.plot(sizes, fitted.mean(axis=0), "s--", color="0.5", ms=4)
    ax.text(10, 17, "the 300 digits\nit was fitted to", color="0.4", ha="left", va="top")
    ax.text(130, 45, "3,000 test digits", color=VERMILLION, ha="right")
    worst = runs.misread[:, len(sizes) - 1, 0, 2].mean()
    ax.text(270, worst, f"{worst:.0f} %", color=VERMILLION, ha="right", va="center")
    ax.text(1150, 50, "?", size=40, ha="center", va="center", color="0.4")
    ax.axvspan(320, 5000, color="0.95")
    ax.set_title("First better, then worse: how does it go on?")
    plots.show(
        "The share of test digits that are misread, over the number of hidden neurons: it falls "
        "from 61 to 27 per cent at 100 neurons and climbs to 83 at 300. The share of the fitted "
        "digits falls to 0. To the right of 300 stands a question mark."
    )


def second_descent(runs):
    """The whole curve, without and with the best price."""
    chosen = runs.misread[..., 1].argmin(axis=2)  # (3, sizes), the price best on validation digits
    priced = np.take_along_axis(runs.misread[..., 2], chosen[..., None], axis=2)[..., 0]
    _, ax = plt.subplots(figsize=(7.4, 3.8), layout="constrained")
    _descent(ax, runs, SIZES)
    band(ax, priced, BLUE, "s-", x=SIZES, ms=4)
    ax.axvline(300, color="0.6", ls=":")
    ax.text(320, 93, "as many neurons as digits", color="0.4")
    ax.text(500, 40, "no price", color=VERMILLION)
    ax.text(32, 7, "with a price on large weights", color=BLUE)
    ax.set_title("The error on test digits comes down twice")
    plots.show(
        "The whole curve: without a price it falls to 27 per cent, climbs to a peak of 83 at "
        "300 neurons, as many as there are digits, and falls again to 14 per cent at 4,000. With "
        "a price on large weights there is no peak: the mean falls all the way."
    )
    no_price, lengths = runs.misread[:, :, 0, 2], runs.lengths
    mean, paid = (dict(zip(SIZES, shares.mean(axis=0))) for shares in (no_price, priced))
    for M in (100, 300, 4000):
        print(f"{M:5} neurons: {mean[M]:.0f} % misread, with a price {paid[M]:.0f} %")
    told = [f"{M} neurons {np.median(length):.1f}" for M, length in lengths.items()]
    print("length of the weights:", ", ".join(told))
    at_300, at_100 = (no_price[:, SIZES.index(M)] for M in (300, 100))
    assert at_300.min() > 60 and at_100.max() < 35 and no_price[:, -1].max() < 18
    assert np.all(priced[:, SIZES.index(300)] < 35) and priced[:, -1].max() < 18
    without_mistake = runs.misread[:, SIZES.index(200) :, 0, 0]  # fitted, from 200 neurons on
    assert np.all(without_mistake == 0)
    assert min(lengths[300]) > 10 * max(lengths[4000])


def price_ladder(runs):
    """What 300 neurons misread over the price: over-fitting, a valley, under-fitting."""
    ladder = runs.ladders  # (3 runs, prices, training / validation / test)
    at_price = [1e-4, *LADDER[1:]]  # a logarithmic axis has no 0
    _, ax = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    for column, (name, colour, style) in enumerate(
        (("training", "0.5", "s--"), ("validation", GREEN, "^:"), ("test", VERMILLION, "o-"))
    ):
        band(ax, ladder[..., column], colour, style, name, at_price, alpha=0.2, ms=4)
    ax.set_xscale("log")
    ax.set_xticks([1e-4, 1e-2, 1, 100, 10000], ["0", "0.01", "1", "100", "10,000"])
    ax.minorticks_off()
    ax.set(ylim=(-3, 100), xlabel="price", ylabel="digits misread (%)")
    ax.text(3e-4, 20, "over-fitting", color="0.3")
    ax.text(1.5e3, 20, "under-fitting", color="0.3")
    ax.set_title("A price can be too small and too large")
    ax.legend(frameon=False, loc="upper center")
    plots.show(
        "The share of misread digits over the price. On training digits it is near 0 up to a "
        "price of 1 and climbs then. On validation and test digits, nearly the same curve, it "
        "falls from 83 per cent to 18 at a price of 1 and climbs to 62."
    )
    for price in (0.0, 1.0, 1e4):
        learned, _, on_test = ladder[:, LADDER.index(price)].mean(axis=0)
        print(f"price {price:6,.0f}: misread {learned:2.0f} % of training digits,", end=" ")
        print(f"{on_test:.0f} % of test digits")
    best = [LADDER[k] for k in ladder[..., 1].argmin(axis=1)]
    print("best on validation digits:", ", ".join(f"{price:g}" for price in best))
    assert np.abs(ladder[..., 1] - ladder[..., 2]).mean() < 4 and set(best) <= {0.1, 1.0, 10.0}
    mid, far = LADDER.index(1.0), LADDER.index(1e4)
    assert ladder[:, 0, 0].max() == 0 and ladder[:, far, 0].min() > 40
    assert max(ladder[:, mid, 2]) < 25 < 50 < min(ladder[:, 0, 2].min(), ladder[:, far, 2].min())


# ------------------------------------------------------------------------------- twelve points


def twelve_points():
    """Where the points are, and what was seen there."""
    rng = np.random.default_rng(3)
    at = np.linspace(-0.95, 0.95, 12) + rng.uniform(-0.03, 0.03, 12)
    return at, np.sin(3 * at) + 0.25 * rng.normal(size=12)


def tanh_units(x, M, seed):
    """M random hidden neurons, (N,) -> (N, M)."""
    rng = np.random.default_rng(seed)
    w, c = 6 * rng.normal(size=1000), rng.uniform(-6, 6, 1000)
    return np.tanh(w[:M] * x[:, None] + c[:M]) / M**0.5


def curve(M, price=0.0, seed=6):
    """The fitted network EVERYWHERE, and the length of its last layer's weights."""
    at, seen = twelve_points()
    (found,) = last_layers(tanh_units(at, M, seed), seen, [price])
    return tanh_units(EVERYWHERE, M, seed) @ found, np.linalg.norm(found)


def miss(fitted):
    """How far a fitted curve is from the dotted one: the root of the mean square."""
    return np.sqrt(np.mean((fitted - np.sin(3 * EVERYWHERE)) ** 2))


def _draw_curve(ax, fitted, wild=None, said=""):
    # `wild` is a second curve to compare with, thin, and `said` its name.
    ax.plot(EVERYWHERE, np.sin(3 * EVERYWHERE), ":", color="0.5")
    if wild is not None:
        ax.plot(EVERYWHERE, wild, color="0.6", lw=1)
        ax.text(0.62, -2.4, said, size=9, color="0.4", ha="right")
    ax.plot(EVERYWHERE, fitted, color=COLOURS["output"], lw=2)
    ax.plot(*twelve_points(), "o", color=COLOURS["truth"])
    ax.set(xlim=(-1, 1), ylim=(-2.6, 2.6), xticks=[], yticks=[])


def growth_film():
    """A curve through twelve points, with more and more neurons."""
    misses = [miss(curve(M)[0]) for M in COUNTS]
    median = np.median([[miss(curve(M, 0.0, s)[0]) for M in COUNTS] for s in range(60)], axis=0)
    at_12, at_4 = COUNTS.index(12), COUNTS.index(4)
    assert misses[at_12] > 3 * max(misses[at_4], misses[-1]) and misses[-1] < 0.25
    assert median[at_12] > 1.5 * max(median[at_4], median[-1])

    def draw(frame, left, right):
        beside = (curve(12)[0], "thin: 12 neurons") if frame > at_12 else ()
        _draw_curve(left, curve(COUNTS[frame])[0], *beside)
        left.set_title(f"{COUNTS[frame]} neuron{'s' * (frame > 0)}", size=11)
        right.loglog(COUNTS[: frame + 1], misses[: frame + 1], "o-", color=VERMILLION, ms=4)
        right.loglog(COUNTS, median, color="0.75", lw=2, zorder=1)
        right.axvline(12, color="0.6", ls=":")
        right.text(12.6, 3.8, "as many as points", size=8.5, color="0.4")
        right.set(xlim=(0.8, 1300), ylim=(0.1, 5), xlabel="neurons")
        right.set_yticks([0.1, 0.2, 0.5, 1, 2, 5], ["0.1", "0.2", "0.5", "1", "2", "5"])
        right.set_yticks([], minor=True)
        right.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
        right.set_xticks([], minor=True)
        right.set_title("distance from the dotted curve", size=11)

    return plots.movie(
        draw,
        range(len(COUNTS)),
        "Twelve points and a curve through them, for 1 to 1000 neurons. With few neurons the "
        "curve is too stiff, with 12 it runs through all the points and swings wildly between "
        "those at the right, with 1000 it runs through all points and is calm. The error has its "
        "peak at 12 and is low at 1000.",
        size=(7.2, 2.9),
        columns=2,
        seconds=0.9,
        loop=False,
    )


def bias_and_variance():
    """Print the two parts of the squared error over all draws of the twelve points.

    A fitted curve is linear in what was seen, so both are exact. Medians of 60 random first layers.
    """
    at, _ = twelve_points()
    print("the twelve points, over all draws     bias squared   variance")
    medians = {}
    for M, price, name in (
        (1, 0.0, "1 neuron"),
        (4, 0.0, "4 neurons"),
        (12, 0.0, "12 neurons"),
        (12, 1e-3, "12 neurons, price 0.001"),
        (1000, 0.0, "1,000 neurons"),
    ):
        parts = []
        for seed in range(60):
            (last,) = last_layers(tanh_units(at, M, seed), np.eye(12), [price])  # (M, 12)
            curves = tanh_units(EVERYWHERE, M, seed) @ last  # (300, 12): from what is seen
            mean = curves @ np.sin(3 * at)  # (300,), since the mean of what is seen is the truth
            parts.append((miss(mean) ** 2, 0.25**2 * np.mean(np.sum(curves**2, axis=1))))
        bias, variance = medians[name] = np.median(parts, axis=0)
        print(f"{name:38}{bias:9.3f}{variance:14.3f}")
    wild, held, many = list(medians.values())[2:]
    assert medians["1 neuron"][0] > 20 * medians["1 neuron"][1]
    assert wild[1] > 10 * wild[0] and wild[1] > 20 * max(held[1], many[1])
    assert max(held[0], many[0]) < 0.05


def price_sliders():
    """The twelve points once more: sliders for the neurons and for the price."""
    assert miss(curve(12, 1e-3)[0]) < miss(curve(12)[0]) / 3

    def draw(neurons, price_ten_to_the):
        fitted, length = curve(neurons, 10.0**price_ten_to_the)
        wild, longer = curve(neurons)
        _, ax = plt.subplots(figsize=(4.8, 3.2), layout="compressed")
        _draw_curve(ax, fitted, wild, "thin: no price")
        ax.set_title(
            f"{neurons} neurons, price $10^{{{price_ten_to_the:g}}}$\n"
            f"length of the weights {length:,.1f}, without a price {longer:,.0f}",
            size=10,
        )

    sliders = plots.sliders(
        draw,
        "Twelve neurons with a price on their weights: the curve is calm and misses some of the "
        "points. A thin curve, without a price, goes through all of them and swings wildly.",
        neurons=(1, 200, 1, 12),
        price_ten_to_the=(-9.0, 1.0, 0.5, -3.0),
    )
    neurons = (1, 4, 8, 12, 20, 50, 200)
    return stop_at(sliders, neurons=neurons, price_ten_to_the=range(-9, 2))


# ------------------------------------------------------------------------------ the derivation


def overfitting(history):
    """Training and test loss part, with a star where the test loss is least."""
    _, axes = plt.subplots(1, 2, figsize=(8.4, 3.2), layout="constrained")
    for ax, metric in zip(axes, ("loss", "accuracy")):
        plots.learning_curves(history, metric, ax=ax, held_out="test")
    best = np.argmin(history["val_loss"])
    axes[0].plot(best + 1, history["val_loss"][best], "*", color=VERMILLION, ms=14)
    axes[0].set_title("The test loss turns round")
    axes[1].set_title("The test accuracy levels off")
    plots.show(
        "Loss and accuracy over 40 epochs. The training loss goes to 0; the test loss falls, "
        "turns round at a star after a few epochs and climbs. Training accuracy reaches 100 per "
        "cent, test accuracy stays at 89."
    )
    rise = history["val_loss"][-1] / history["val_loss"][best] - 1
    print(f"test loss: least {history['val_loss'][best]:.2f} at epoch {best + 1},", end=" ")
    print(f"at the end {history['val_loss'][-1]:.2f}, {rise:.0%} more")
    then, at_last = (100 * history["val_accuracy"][k] for k in (best, -1))
    print(f"test accuracy: {then:.1f} % at epoch {best + 1}, {at_last:.1f} % at the end")
    assert history["accuracy"][-1] == 1 and 0.87 < history["val_accuracy"][-1] < 0.91
    assert best < 20 and rise > 0.15 and history["loss"][-1] < 0.02


def soft_threshold():
    """One weight and a parabola, with no price, L1 and L2: the minimum, and where it goes."""
    lam, a, w = 0.5, np.linspace(-2, 2, 81), np.linspace(-2, 2, 4001)  # h = 1
    soft, shrunk = np.sign(a) * np.maximum(np.abs(a) - lam, 0), a / (1 + 2 * lam)  # (81,), (81,)
    _, axes = plt.subplots(1, 2, figsize=(8.4, 3.3), layout="constrained")
    for name, price, solution, colour, style in (
        ("no penalty", 0 * w, a, "0.5", ":"),
        ("L1", lam * np.abs(w), soft, VERMILLION, "-"),
        ("L2", lam * w**2, shrunk, BLUE, "--"),
    ):
        tried = 0.5 * (w - a[:, None]) ** 2 + price  # (81, 4001)
        assert np.abs(w[tried.argmin(axis=1)] - solution).max() < 0.0011  # the grid's step
        axes[0].plot(w, tried[48], style, color=colour, label=name)  # a[48] is 0.4
        axes[0].plot(w[tried[48].argmin()], tried[48].min(), "o", color=colour)
        axes[1].plot(a, solution, style, color=colour, label=name)
    axes[0].set(xlim=(-1, 1.2), ylim=(-0.02, 1), title="$a = 0.4$: only L1 puts the minimum at 0")
    axes[0].set(xlabel="$w$", ylabel="loss + price", xticks=(-1, -0.5, 0, 0.5, 1))
    axes[1].set(xlabel="$a$: what the data want", ylabel="$w^*$: what they get")
    axes[1].set_title("L1 subtracts, L2 shrinks")
    axes[1].legend()
    plots.show(
        "Left: a parabola with its minimum at 0.4; with L2 the minimum moves to 0.2, with L1 it "
        "sits in a kink at 0. Right: what the data get over what they want: a line, a flatter "
        "line for L2, and for L1 a line that is 0 between -0.5 and 0.5."
    )
    assert np.sum(soft == 0) == 21 and np.sum(shrunk == 0) == 1


def _thinned(ax, answers, factors, total, title):
    # Four inputs, hidden neurons, one behind them; a factor of 0 crosses a neuron out.
    for height, (factor, answer) in enumerate(zip(factors, answers)):
        line = "0.6" if factor else "0.92"
        ax.plot([0, 1] * 4, np.ravel([(i + 0.5, height) for i in range(4)]), color=line, lw=0.8)
        ax.plot((1, 2), (height, 2), color=COLOURS["weight"] if factor else "0.92", lw=1.5)
        look = {"c": "white", "ec": BLUE if factor else "0.75", "lw": 1.3, "zorder": 3}
        ax.scatter(1, height, 420, **look)
        if factor:
            shown = f"{factor * answer:.1f}"
            ax.text(1, height, shown, size=9, ha="center", va="center", zorder=4)
        else:
            ax.scatter(1, height, 300, marker="x", color=VERMILLION, lw=1.8, zorder=5)
    ax.scatter([0] * 4, np.arange(4) + 0.5, 130, c="white", ec="0.4", zorder=3)
    ax.scatter(2, 2, 700, c="white", ec=COLOURS["output"], lw=1.8, zorder=3)
    ax.text(2, 2, f"{total:.1f}".replace("-", "−"), size=10, ha="center", va="center", zorder=4)
    ax.set(xlim=(-0.25, 2.4), ylim=(-0.5, 4.6))
    ax.set_title(title, size=10)
    ax.axis("off")


def dropout_film():
    """Batch after batch another thinned network, and the mean of what it adds up."""
    answers = np.array([1.2, 0.5, 0.9, 1.5, 0.3])  # what five hidden neurons answer to one digit
    weights = np.array([0.8, -1.0, 0.6, 0.5, 1.4])  # the weights of one neuron behind them
    masks = 2 * np.random.default_rng(2).integers(0, 2, (300, 5))  # r = 1/2: factors 0 or 2
    sums, whole = masks @ (answers * weights), answers @ weights  # (300,), a number
    spread = np.sqrt(np.sum(answers**2 * weights**2))  # derived on the page: r / (1 - r) is 1
    every = 2 * np.indices((2,) * 5).reshape(5, 32).T @ (answers * weights)  # all 32, (32,)
    assert np.isclose(every.mean(), whole) and np.isclose(every.std(), spread)
    assert abs(sums.mean() - whole) < 3 * spread / 300**0.5
    assert len(np.unique(masks, axis=0)) == 32
    print(f"sum of the whole network {whole:.2f}, mean of all 32 thinned ones {every.mean():.2f}")

    def draw(batch, training, inference, right):
        title = f"training, batch {batch}"
        _thinned(training, answers, masks[batch - 1], sums[batch - 1], title)
        _thinned(inference, answers, np.ones(5), whole, "inference: all present")
        seen, means = np.arange(1, batch + 1), np.cumsum(sums[:batch]) / np.arange(1, batch + 1)
        right.axhspan(whole - spread, whole + spread, color="0.94")
        right.axhline(whole, color="k", ls="--", lw=1)
        right.semilogx(seen, sums[:batch], "o", color=COLOURS["output"], ms=3, alpha=0.6)
        right.semilogx(seen, means, color=VERMILLION, lw=2)
        right.set(xlim=(0.8, 400), ylim=(-1.9, 5.6), xlabel="batch")
        right.set_xticks([1, 10, 100], ["1", "10", "100"])
        right.minorticks_off()
        right.set_title("its sums, and their mean", size=10)

    return plots.movie(
        draw,
        [*range(1, 8), 20, 60, 300],
        "A network with five hidden neurons. In training some of them are crossed out, others in "
        "each batch, and the rest send twice their answer; in inference all are there, as they "
        "are. The sums of the last neuron jump from batch to batch; their mean approaches the sum "
        "in inference.",
        size=(7.4, 2.8),
        columns=3,
        seconds=0.9,
        loop=False,
    )


def dropout_noise(z_hat, mean, std):
    """What one neuron adds up under 20,000 masks, with the derived mean and deviation."""
    _, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
    ax.hist(z_hat, 60, density=True, color=BLUE, alpha=0.5)
    ax.axvline(mean, color="k")
    ax.axvline(mean - std, color=VERMILLION, ls="--")
    ax.axvline(mean + std, color=VERMILLION, ls="--")
    ax.set(xlabel=r"$\hat z$", yticks=[], title="The masks spread the sum as derived")
    plots.show(
        "A bell-shaped histogram of the sum of one neuron under dropout, with its mean and two "
        "lines one derived deviation to each side."
    )


def augmentation_film(six):
    """Six digits (6, 14, 14) as a network sees them in ten epochs."""
    black = {"fill_mode": "constant", "seed": 0}
    shift, turn = RandomTranslation(0.1, 0.1, **black), RandomRotation(0.05, **black)
    views = [six] + [turn(shift(six, training=True), training=True) for _ in range(10)]
    assert np.array_equal(shift(six), six) and np.array_equal(turn(six), six)  # inference
    assert all(np.abs(view - six).max() > 0.2 for view in views[1:])

    def draw(epoch, *axes):
        for ax, view, name in zip(axes, (six, views[epoch]), ("as they are", f"epoch {epoch}")):
            canvas = np.pad(view, ((0, 0), (1, 1), (1, 1)), constant_values=1)
            ax.imshow(np.concatenate(list(canvas), axis=1), cmap="gray", vmin=0, vmax=1)
            ax.set_title(name, size=11)
            ax.axis("off")

    return plots.movie(
        draw,
        range(1, len(views)),
        "Six digits as they are and, below, moved and turned a little, in each of ten epochs "
        "differently.",
        size=(7, 3),
        rows=2,
        seconds=0.6,
        still=3,
    )


# --------------------------------------------------------- what happened, and what goes wrong


def weights_near_zero(Ws, start, x):
    """The first layer's weights (196, 100) with no price, L2 and L1; then those of blank pixels."""
    fig, axes = plt.subplots(1, 3, figsize=(8.8, 3.2), layout="constrained", sharey=True)
    names = "plain", "L2", "L1"
    plain, l2, l1 = near = [np.mean(np.abs(W) < 0.01) for W in Ws]
    for ax, W, share, name in zip(axes, Ws, near, names):
        ax.hist(W.ravel(), np.linspace(-0.8, 0.8, 81), color=COLOURS["weight"])
        ax.set(yscale="log", xlabel="weight")
        ax.set_title(f"{name}: {share:.0%} within 0.01 of zero", size=10)
    axes[0].set_ylabel("number of weights")
    fig.suptitle("L1 puts most weights near zero, L2 makes nine in ten smaller", size=11)
    plots.show(
        "Three histograms of weights. Plain: a flat top. L2: a wide column in the middle. L1: a "
        "narrow high column around zero, and a few large weights."
    )
    near_zero = ", ".join(f"{name} {share:.0%}" for name, share in zip(names, near))
    print(f"weights within 0.01 of zero: {near_zero}")
    smaller = np.mean(np.abs(Ws[1]) < np.abs(Ws[0]))
    print(f"smaller with L2 than with no price: {smaller:.0%}")
    blank = (x.reshape(1000, 196) == 0).all(axis=0)  # (196,)
    left = np.abs(Ws[1][blank]).mean() / np.abs(start[blank]).mean()
    print(f"{blank.sum()} pixels are always blank; of their weights L2", end=" ")
    print(f"left {left:.3f}, derived {np.exp(-1.6):.3f}")
    assert plain < 0.1 < l2 < 0.4 and l1 > 0.75 and 0.85 < smaller < 0.95
    assert np.isclose(np.abs(start).max(), np.sqrt(6 / (196 + 100)), rtol=0.01)  # 0.142
    assert blank.sum() == 32 and np.array_equal(Ws[0][blank], start[blank])
    assert abs(left - np.exp(-1.6)) < 0.02


def dropout_left_on(on, missed, torn):
    """Accuracy (50,) of the mean of 1, 2, ... answers with dropout on, and that with it off.

    `missed` (3000,) says which digits are misread with dropout off, `torn` which of them got two
    answers with it on.
    """
    off, doubtful, others = np.mean(~missed), missed[torn].mean(), missed[~torn].mean()
    print(f"dropout off {off:.1%}, on {on[0]:.1%}, mean of 50 {on[-1]:.1%}")
    print(f"asked twice, it gives two answers to {torn.mean():.0%} of the digits")
    print(f"off, it misreads {doubtful:.0%} of those, {others:.0%} of the others")
    _, ax = plt.subplots(figsize=(6.4, 3), layout="constrained")
    ax.semilogx(range(1, 51), 100 * on, "o-", color=VERMILLION, ms=3)
    ax.axhline(100 * off, color=BLUE, ls="--")
    ax.text(1, 100 * off + 0.1, "dropout off, one answer", color=BLUE, va="bottom")
    ax.text(2.2, 100 * on[1] - 0.3, "dropout on", color=VERMILLION, va="top")
    ax.set(xlabel="answers averaged", ylabel="test accuracy (%)", ylim=(None, 100 * off + 0.8))
    ax.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    ax.set_title("Many noisy answers make one good one")
    plots.show(
        "Test accuracy over the number of averaged answers with dropout on. It starts five points "
        "below the dashed line, one answer with dropout off, and climbs nearly to it."
    )
    assert on[0] < off - 0.03 and abs(on[-1] - off) < 0.015 and 0.08 < torn.mean() < 0.22
    assert doubtful > 3 * others


def noise_learned(curves, shares):
    """Training accuracy over 100 epochs {kind of labels: (100,)}; then what was learned.

    `shares` is {kind of labels: (share of its labels at the end, share of test digits)}.
    """
    for name, (by_heart, right) in shares.items():
        print(f"{name:20}: {by_heart:.1%} of the 500 right, {right:.0%} of test digits")
    _, ax = plt.subplots(figsize=(6.4, 3), layout="constrained")
    looks = zip(("--", "-"), (BLUE, VERMILLION), ((13, 104), (22, 70)))
    for (name, learned), (style, colour, place) in zip(curves.items(), looks):
        ax.plot(range(1, 101), np.multiply(100, learned), style, color=colour)
        ax.text(*place, name, color=colour)
    ax.set(xlabel="epoch", ylabel="training accuracy (%)", ylim=(0, 114))
    ax.set_title("Even noise is learned in the end")
    plots.show(
        "Training accuracy over 100 epochs. With true labels it is at 100 per cent after 20, with "
        "labels drawn by lot it climbs slowly and gets there too."
    )
    for name, low, high in (("true labels", 0.84, 0.89), ("labels drawn by lot", 0.05, 0.16)):
        by_heart, right = shares[name]
        assert by_heart > 0.99 and low < right < high
