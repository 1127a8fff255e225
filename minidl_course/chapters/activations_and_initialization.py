"""What chapter 05 draws: signals and gradients on their way through twenty layers, dead units."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import brentq

from minidl import plots
from minidl.layers import activations
from minidl.optimizers import Adam
from minidl.plots.common import BLUE, GREEN, ORANGE, PURPLE, VERMILLION, tint
from minidl_course.frames import stop_at

LOOK = {"cmap": "cividis", "aspect": "auto", "interpolation": "none"}  # of an image with a scale


def size(a):
    """The root of the mean square."""
    return np.sqrt(np.mean(np.square(a, dtype=float)))


def plain(a):
    """One digit of a number, as people write it in a title: 0.2, 900, or times a power of ten."""
    digit, exponent = f"{a:.0e}".split("e")
    if -5 < int(exponent) < 4:
        return np.format_float_positional(float(f"{a:.0e}"), trim="-")
    return rf"${digit}\cdot10^{{{int(exponent)}}}$"


def hook():
    """One input on its way through three networks of twenty layers, with weights of three sizes."""
    rng = np.random.default_rng(0)
    x, matrices, ends = rng.normal(size=100), rng.normal(size=(20, 100, 100)), []  # (D,), (K, D, M)
    fig, axes = plt.subplots(1, 3, figsize=(9, 3), layout="compressed", sharey=True)
    for ax, std in zip(axes, (0.1, 0.1 * 2**0.5, 0.2)):
        y, columns = x, []
        for W in std * matrices:
            y = np.maximum(y @ W, 0)  # (100,)
            columns.append(y)
        ends.append(size(y))
        image = ax.imshow(np.transpose(columns), vmax=2, extent=(0.5, 20.5, 100.5, 0.5), **LOOK)
        ax.set(xlabel="layer", ylabel="unit", xticks=(1, 10, 20), yticks=(1, 50, 100))
        ax.set_title(f"times {std:.4g}:\nends at size {plain(size(y))}", fontsize=11)
        ax.label_outer()
    fig.colorbar(image, ax=axes, label="output", extend="max")
    plots.show(
        "Three networks with the same random weights. On the left all outputs fade to nothing "
        "within some ten layers, on the right they outgrow the scale, in the middle they keep "
        "about their size."
    )
    assert np.allclose(ends[1:] / ends[0], [2**10, 2**20]) and 0.5 < ends[1] < 2


def activations_drawn(z, drawn):
    """Ten activations, solid, and their slopes, dashed; drawn is {name: (f(z), f'(z))}."""
    shared = {"sharex": True, "sharey": True}
    fig, axes = plt.subplots(2, 5, figsize=(9.2, 3.9), layout="compressed", **shared)
    fig.suptitle("Squashers level off on both sides, rectifiers rise on the right", fontsize=11)
    for ax, (name, (y, slope)) in zip(axes.flat, drawn.items()):
        ax.axhline(0, color="0.85", lw=0.8)
        ax.plot(z, y, color=BLUE)
        ax.plot(z, slope, "--", color=VERMILLION)
        ax.set(xlabel="$z$", ylim=(-2, 3), yticks=(-1, 0, 1, 2))
        ax.set_title(name, fontsize=10)
        ax.label_outer()
    axes[0, 0].text(-4.6, 2.2, "$f(z)$", color=BLUE)
    axes[0, 0].text(-4.6, 1.4, "$f'(z)$, dashed", color=VERMILLION, size=8)
    plots.show(
        "Ten activations and their slopes. Sigmoid, hard sigmoid and tanh level off on both sides; "
        "the others rise on the right; far on the left all but leaky ReLU are nearly flat."
    )
    slopes = {name: slope for name, (_, slope) in drawn.items()}
    assert slopes["sigmoid"].max() == 0.25
    assert set(slopes["relu"]) == {0, 1} and set(slopes["leaky_relu"]) == {0.2, 1}


def ride(rides):
    """Up with the signal, down with the gradient; rides is {std: what sweep returns}, three."""
    small, good, large = rides.values()
    assert size(small[1][-1]) < 1e-6 and size(good[1][-1]) > 0.1 and size(large[1][-1]) > 0.85
    assert size(small[3][0]) < 1e-6 and 0.1 < size(good[3][0]) < 1 and size(large[3][0]) > 100
    bins, K = (np.linspace(-1, 1, 41), np.linspace(-10, 5, 61)), len(small[3])

    def one_layer(step, *axes):
        down = K + 1 - step
        for row, (std, (_, ys, _, dzs)) in enumerate(rides.items()):
            left, right = axes[2 * row : 2 * row + 2]
            y, dz = ys[step], dzs[down - 1]
            left.hist(y.ravel(), bins[0], histtype="stepfilled", color=tint("data", 0.6))
            magnitudes = np.log10(np.abs(dz[dz != 0]))
            right.hist(magnitudes, bins[1], histtype="stepfilled", color=tint("gradient", 0.6))
            left.set(xlim=(-1.02, 1.02), yticks=(), xticks=(-1, 0, 1))
            right.set(xlim=(-10, 5), yticks=(), xticks=(-9, -6, -3, 0, 3))
            last = row == len(rides) - 1  # only the lowest row says what the ticks are
            left.set_xticklabels(["−1", "0", "1"] if last else [])
            powers = ["$10^{-9}$", "$10^{-6}$", "$10^{-3}$", "1", "$10^3$"]
            right.set_xticklabels(powers if last else [])
            left.set_title(f"std {std}, layer {step}: outputs of size {plain(size(y))}", fontsize=9)
            right.set_title(f"layer {down}: gradients of size {plain(size(dz))}", fontsize=9)
            left.tick_params(labelsize=8)
            right.tick_params(labelsize=8)

    return plots.movie(
        one_layer,
        range(1, 21),
        "Histograms of outputs and gradients, layer by layer. With std 0.02 both shrink to "
        "nothing. With 0.05 both arrive. With 0.2 the outputs pile up at -1 and 1 and the "
        "gradients explode.",
        size=(6.4, 4.6),
        columns=2,
        rows=3,
        seconds=0.7,
        loop=False,
    )


def tuned(std, slope_on_the_left):
    """The sizes of y and of dz in twenty layers of 100 units."""
    draws = np.random.default_rng(0).normal(size=(22, 100, 100))  # y, dy, and twenty matrices
    y, dy, slopes, up, down = *draws[:2], [], [], []
    Ws = std * draws[2:]
    for W in Ws:
        z = y @ W  # (N, D)
        slopes.append(np.where(z > 0, 1, slope_on_the_left))
        y = z * slopes[-1]
        up.append(size(y))
    for W, slope in zip(Ws[::-1], slopes[::-1]):
        dz = dy * slope
        down.insert(0, size(dz))
        dy = dz @ W.T
    return up, down


def draw_tuned(std, slope_on_the_left):
    """The sizes of the signal and of the gradient, layer by layer."""
    up, down = tuned(std, slope_on_the_left)
    titles = (f"signal: {plain(up[-1])} of it at the top",)
    titles += (f"gradient: {plain(down[0])} of it at the bottom",)
    fig, axes = plt.subplots(1, 2, figsize=(8, 2.9), layout="compressed", sharey=True)
    fig.suptitle(f"std {std:.3f}, slope {slope_on_the_left:.1f} on the left of 0", fontsize=11)
    for ax, sizes, what, title in zip(axes, (up, down), ("data", "gradient"), titles):
        ax.semilogy(range(1, 21), sizes, "o-", color=plots.COLOURS[what], ms=4)
        ax.axhline(1, color="black", lw=0.8)
        ax.set(xlabel="layer", ylim=(1e-7, 1e7), xticks=(1, 10, 20), title=title)
    axes[0].set_ylabel("size")


def tune():
    """Twenty layers with a std and a slope of one's choice."""
    sliders = plots.sliders(
        draw_tuned,
        "With std 0.08 and slope 0 both lines are steep: the signal falls to about a "
        "hundred-thousandth on its way up, and the gradient on its way down.",
        std=(0.05, 0.2, 0.005, 0.08),
        slope_on_the_left=(0.0, 1.0, 0.1, 0.0),
    )
    return stop_at(sliders, std=[n / 100 for n in range(5, 21)], slope_on_the_left=(0, 0.5, 1))


def check_tuned():
    """What the page says of the sliders."""
    for std, slope in ((0.14, 0.0), (0.1, 1.0)):
        up, down = tuned(std, slope)
        assert 0.3 < up[-1] < 3 and 0.2 < down[0] < 3
    up, down = tuned(0.08, 0.0)
    assert 1e-6 < up[-1] < 1e-4 and 1e-6 < down[0] < 1e-4


def histograms(sweep, starts, names):
    """Each layer's outputs where they teach something; return {(name, start): (2, K) sizes}."""
    sizes, shares, bins = {}, {}, np.linspace(-2, 2, 62)
    for name in names:
        for start, std in starts.items():
            _, ys, zs, dzs = sweep(name, std)
            both = [[size(a) for a in arrays] for arrays in (zs, dzs)]
            sizes[name, start] = np.array(both)  # (2, K)
            counts = np.array([np.histogram(y[y != 0], bins)[0] for y in ys[1:]])  # (K, 61)
            shares[name, start] = counts / np.maximum(counts.max(axis=1), 1)[:, None]
            alike = zs[-1].std(axis=0).max() < 1e-6  # all examples
            assert alike == (name == "sigmoid" or start == "normal(0.01)")
    shown = {
        ("tanh", "normal(0.01)"): "dies",
        ("tanh", "Glorot, LeCun"): "narrows slowly",
        ("tanh", "He"): "fills its range",
        ("tanh", "normal(0.1)"): "saturates",
        ("sigmoid", "Glorot, LeCun"): "grainy: all alike",
        ("relu", "Glorot, LeCun"): "narrows fast",
        ("relu", "He"): "keeps its shape",
        ("relu", "normal(0.1)"): "leaves the picture",
        ("selu", "Glorot, LeCun"): "keeps its shape",
        ("selu", "He"): "driven to its limit",
    }
    shared = {"sharex": True, "sharey": True}
    _, axes = plt.subplots(2, 5, figsize=(9.2, 4.1), layout="compressed", **shared)
    for ax, ((name, start), finding) in zip(axes.flat, shown.items()):
        ax.imshow(shares[name, start], extent=(-2, 2, 20.5, 0.5), **LOOK)
        ax.set(yticks=(1, 10, 20), xticks=(-2, 0, 2), xlabel="output", ylabel="layer")
        ax.set_title(f"{name}, {start}\n{finding}", fontsize=9)
        ax.label_outer()
    plots.show(
        "Ten panels of histograms, layer by layer. Tanh shrinks to a needle at 0 with normal(0.01) "
        "and piles up at -1 and 1 with normal(0.1). ReLU keeps its shape with He's start, SELU "
        "with LeCun's. The sigmoid is a grainy band around 0.5."
    )
    return sizes


def lines_and_points(theory, starts, sizes):
    """The derived sizes as lines and the measured ones as points; print the factors per layer."""
    names = list(dict.fromkeys(name for name, _ in sizes))
    colours = (BLUE, GREEN, ORANGE, PURPLE)
    shared = {"sharex": True, "sharey": True}
    fig, axes = plt.subplots(2, 4, figsize=(9, 4.7), layout="compressed", **shared)
    fig.suptitle("The measured points lie on the derived lines", fontsize=11)
    apart = []
    print(f"{'':25}forward derived, measured  backward derived, measured")
    for name, column in zip(names, axes.T):
        for (start, std), colour, marker in zip(starts.items(), colours, "vos^"):
            pair = np.stack([theory(name, std), sizes[name, start]])  # (2, 2, K)
            K = pair.shape[-1]
            for ax, (line, points), what in zip(column, pair.swapaxes(0, 1), ("z", "dz")):
                layer = np.arange(1, K + 1)
                ax.semilogy(layer, line, color=colour, lw=1)
                ax.semilogy(layer, points, marker, color=colour, ms=3.5, label=start)
                ax.set(xlabel="layer", ylabel="size", ylim=(1e-6, 1e4), xticks=(1, 10, 20))
                ax.set_title(f"{name}: ${what}$", fontsize=10)
                ax.label_outer()
            total = pair[:, :, -1] / pair[:, :, 0]  # (2, 2): rows derived, measured; columns z, dz
            factors = total ** [1 / (K - 1), -1 / (K - 1)]  # per layer: forward, backward
            print(f"{name:8}{start:14}", *(f"{factor:13.3f}" for factor in factors.T.flat))
            apart.append(abs(factors[1] / factors[0] - 1).max())
    print(f"measured and derived factors differ by at most {max(apart):.1%}")
    assert max(apart) < 0.03
    axes[0, 3].legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    plots.show(
        "Sizes of z and dz against the layer for four activations and four starts. All measured "
        "points lie close to the derived lines; for ReLU the lines are straight."
    )
    assert 0.15 < sizes["tanh", "Glorot, LeCun"][0, -1] < 0.17
    assert sizes["sigmoid", "Glorot, LeCun"][1, 0] < 1e-11


def sizes_through_gates(gated):
    """Print the size of a signal behind four and eight layers of ReLU and of gates.

    The weights are such that the derived size stays 1 where it starts at 1.
    """
    u = np.linspace(-8, 8, 4001)
    share = np.exp(-(u**2) / 2) / np.exp(-(u**2) / 2).sum()
    draws = np.random.default_rng(0).normal(size=(8, 2, 400, 400))  # W and V of eight layers
    found = {}
    starts = (0.8, 1.0, 1.25)
    print(f"{'size at first':13}", *(f"{start:17g}" for start in starts))
    print(f"{'behind layer':13}", *[f"{k:8}" for k in (4, 8)] * 3)
    for name, kind in (("relu", "ReLU"), ("sigmoid", "GLU"), ("silu", "SwiGLU")):
        f = activations.get(name).forward

        def gain(q, f=f, gate=name != "relu"):  # the mean square behind a layer with Var[z] = q
            return share @ f(np.sqrt(q) * u)[0] ** 2 * (q if gate else 1)

        std = np.sqrt(brentq(lambda q, gain=gain: gain(q) - 1, 0.01, 10) / 400)
        for start in starts:
            y, sizes = start * np.random.default_rng(1).normal(size=(100, 400)), []
            for W, V in std * draws:
                y = f(y @ W)[0] if name == "relu" else gated(name, y, W, V)[0]
                sizes.append(size(y))
            found[name, start] = sizes
        ends = [f"{sizes[3]:8.2g} {sizes[7]:8.2g}" for sizes in list(found.values())[-3:]]
        print(f"{kind:13}", *ends)
    assert found["silu", 0.8][-1] < 1e-9 and found["silu", 1.25][-1] > 1e30
    assert all(0.4 < sizes[-1] < 2.5 for (name, _), sizes in found.items() if name != "silu")


def learning_curves(curves, gradients):
    """The first gradient in each layer, and the test accuracy over the epochs, by recipe."""
    _, axes = plt.subplots(1, 2, figsize=(9, 3.3), layout="compressed")
    looks = [(BLUE, "-"), (ORANGE, "-"), (GREEN, "--"), (PURPLE, ":"), (VERMILLION, "-.")]
    names_at = (0.94, 0.8, 0.2, 0.1, 0.02)  # the heights of the names, beside the ends of the lines
    for (recipe, runs), (colour, dash), height in zip(curves.items(), looks, names_at):
        axes[0].semilogy(np.arange(1, 21), gradients[recipe], dash, color=colour)
        axes[1].plot(range(1, 8), np.transpose(runs), dash, color=colour)
        axes[1].text(7.4, height, recipe, color=colour, size=9, va="center")
    axes[0].set(title="The first gradient: hundredths, or less", xlabel="layer")
    axes[0].set(ylabel="size of the first $dW$", xticks=(1, 10, 20))
    axes[1].set(title="Two of five learn in time", xlabel="epoch", ylabel="test accuracy")
    axes[1].set(xlim=(0.7, 7.3), ylim=(0, 1))
    for ax in axes:
        ax.title.set_fontsize(11)
    plots.show(
        "Left: the size of the first gradient in each of 20 layers. Right: test accuracy over "
        "seven epochs, three seeds each. SELU and ReLU with He's start learn; ReLU with Glorot's "
        "hardly begins; the other two stay at guessing."
    )
    print(f"{'size of the first dW':22}", *(f"layer {k:2}  " for k in (1, 5, 10, 15, 20)))
    for recipe, first in gradients.items():
        print(f"{recipe:22}", *(f"{first[k - 1]:.0e}     " for k in (1, 5, 10, 15, 20)))
    first, *_, last = gradients["sigmoid, Glorot"]
    assert first < 1e-9 * last and max(gradients["ReLU, normal(0.01)"]) < 1e-20
    assert np.min(gradients["ReLU, He"]) > 100 * np.max(gradients["ReLU, Glorot"])


def accuracies(curves, faster):
    """Print the test accuracies of the three seeds; faster is Glorot's with a larger rate."""
    print("% of 1,000 test digits   after 1 epoch         after 7 epochs")
    for recipe, runs in curves.items():
        three = 100 * np.sort(np.array(runs)[:, [0, -1]], axis=0)  # (3 seeds, first and last epoch)
        one, seven = (" ".join(f"{a:5.1f}" for a in column) for column in three.T)
        print(f"{recipe:22}{one:>20}{seven:>22}")
    print(f"{'ReLU, Glorot, rate 0.1':42}", *(f"{share:5.1f}" for share in sorted(faster)))


def with_adam(learned, recipes, rate=0.001):
    """Print what Adam makes of the same recipes in seven epochs, three seeds each."""
    right = {
        name: 100 * np.sort([learned(*recipe, rate, seed, Adam)[0][-1] for seed in range(3)])
        for name, recipe in recipes.items()
    }
    print(f"with Adam, rate {rate}                       after 7 epochs")
    for name, three in right.items():
        print(f"{name:42}", *(f"{share:5.1f}" for share in three))
    he, glorot = (right[name].mean() for name in ("ReLU, He", "ReLU, Glorot"))
    assert 80 < glorot < he + 2 and he > 80
    assert max(*right["ReLU, normal(0.01)"], *right["sigmoid, Glorot"]) < 12


def check_learned(curves):
    """What the page says of the five recipes, with room for other machines."""
    final = {recipe: 100 * np.array(runs)[:, -1] for recipe, runs in curves.items()}
    for three in (final["ReLU, He"], final["SELU, LeCun"]):
        assert np.median(three) > 75 and three.min() > 50  # a curve may dip in its last epoch
    assert final["ReLU, Glorot"].max() < 35
    selu, he = ([run[0] for run in curves[name]] for name in ("SELU, LeCun", "ReLU, He"))
    assert min(selu) > max(he)  # after one epoch
    assert max(*final["ReLU, normal(0.01)"], *final["sigmoid, Glorot"]) < 12


def dead_units(digits):
    """Which units of twenty fresh ReLU layers are on for which digits (100, 784), as a film."""
    rng = np.random.default_rng(0)
    signal, on = digits, []
    for _ in range(20):
        width = signal.shape[1]
        signal = np.maximum(signal @ rng.normal(0, np.sqrt(2 / width), (width, 100)), 0)
        on.append((signal > 0).T)  # (units, examples)
    never = np.array([(~a).all(axis=1).sum() for a in on])
    always = np.array([a.all(axis=1).sum() for a in on])
    blue = plt.matplotlib.colors.ListedColormap(["white", tint("data", 0.7)])

    def one_layer(k, ax, right):
        order = np.argsort(-on[k].sum(axis=1), kind="stable")
        ax.imshow(on[k][order], cmap=blue, aspect="auto", interpolation="none", vmin=0, vmax=1)
        ax.set(xlabel="digit", ylabel="unit, sorted", xticks=(), yticks=())
        ax.set_title(f"layer {k + 1}: {always[k]} always on, {never[k]} never on", fontsize=10)
        right.stackplot(
            np.arange(1, 21)[: k + 1],
            always[: k + 1],
            (100 - never - always)[: k + 1],
            never[: k + 1],
            colors=[tint("data", 0.7), tint("data", 0.3), "0.9"],
        )
        right.set(xlim=(1, 20), ylim=(0, 100), xlabel="layer", ylabel="units", xticks=(1, 10, 20))
        right.set_title("from below: always, sometimes, never", fontsize=9)

    print(f"never on: {never[0]} in layer 1, {never[9]} in layer 10, {never[19]} in layer 20")
    print(f"always on: {always[0]} in layer 1, {always[9]} in layer 10, {always[19]} in layer 20")
    assert never[0] < 10 < never[19] and always[0] < 5 < always[19]
    return plots.movie(
        one_layer,
        range(20),
        "Which of 100 units are on for which of 100 digits, layer by layer. In the first layer the "
        "pattern is mixed; with depth stripes appear, of units that are always on or never.",
        size=(6.4, 2.9),
        columns=2,
        seconds=0.7,
        loop=False,
    )


def after_the_bad_epoch(read, silent):
    """Units that are never on, and the test accuracy, with the mean of the last four epochs."""
    read = {name: np.array(runs) for name, runs in read.items()}  # (3, 8) each
    _, axes = plt.subplots(1, 2, figsize=(9, 3), layout="compressed")
    looks = [(VERMILLION, "s--"), (BLUE, "o-"), (PURPLE, "v-."), (GREEN, "^:")]
    for (name, runs), (colour, style) in zip(read.items(), looks):
        for k, run in enumerate(runs):
            axes[1].plot(range(1, 9), run, style, color=colour, ms=4, label=None if k else name)
        if name in ("relu", "leaky_relu"):
            axes[0].plot(np.transpose(silent[name]), style, color=colour, ms=4)
    axes[0].set(title="Only a leak turns units on again", xlabel="sane epochs")
    axes[0].set(ylim=(0, 100), ylabel="never on, of 100 units")
    axes[1].set(
        title="With ReLU the network stays behind", xlabel="sane epochs", ylabel="test accuracy"
    )
    axes[1].set_ylim(0, 1)
    axes[1].legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    plots.show(
        "Left: dead units stay dead with ReLU and partly come back with leaky ReLU. Right: a fresh "
        "network reads best, leaky ReLU next, with or without the dead units, and ReLU worst."
    )
    late = {name: runs[:, -4:].mean(axis=1) for name, runs in read.items()}  # (3,) each
    for name, three in late.items():
        print(f"{name:26}", " ".join(f"{a:.1%}" for a in three), "(mean of the last four epochs)")
    assert late["relu, fresh, as few units"].min() > 0.89 and late["leaky_relu"].min() > 0.78
    assert np.all(late["leaky_relu"] > late["relu"])
    assert abs(np.mean(late["leaky, without the dead"] - late["leaky_relu"])) < 0.03
    assert all(run[-1] < 0.6 * run[0] for run in silent["leaky_relu"])
