"""What chapter 12 draws: a way around, all paths through four blocks, the family of networks."""

import functools
import itertools

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown

from minidl import plots
from minidl.datasets import DataNotFoundError, cifar10_subset, shapes
from minidl.layers import Conv2D, Dense, DepthwiseConv2D, Flatten, Input
from minidl.models import Model
from minidl_course.chapters.common import bare, load_digits, measured

PHOTOGRAPHS = "cifar10-subset"


def deep_maps(image, kernels, around):
    """The mean map after 0, 1, ... pairs of convolutions, with or without a way around each."""
    h = kernels[0].forward(image[None])[0]
    maps = [h[0].mean(axis=-1)]
    for first, second in zip(kernels[1::2], kernels[2::2]):
        F = second.forward(np.maximum(first.forward(np.maximum(h, 0))[0], 0))[0]
        h = h + F if around else F
        maps.append(h[0].mean(axis=-1))
    return maps


def hook():
    """A digit on its way through 32 random layers, without and with a way around each pair."""
    (images, digits), _ = load_digits(28, 28, 1)
    image = images[digits == 7][0]
    rng = np.random.default_rng(0)
    kernels = []
    for k in range(33):
        kernels.append(Conv2D(8, 3, padding="same", kernel_initializer="he_normal"))
        kernels[-1].prepare((28, 28, 8 if k else 1), rng=rng)
        if k and k % 2 == 0:
            kernels[-1].w.value[:] *= 0.2  # at 1 the lower row loses the 7, too
    after = (0, 2, 4, 8, 16, 32)
    _, axes = plt.subplots(2, len(after), figsize=(7.6, 2.9), layout="compressed")
    for row, around, name in zip(axes, (False, True), ("one by one", "with one\narrow more")):
        maps = deep_maps(image, kernels, around)
        for ax, layers in zip(row, after):
            ax.imshow(maps[layers // 2], cmap="gray_r")
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for ax, layers in zip(axes[0], after):
        ax.set_title(f"{layers} layers" if layers else "before")
    bare(axes)
    plots.show(
        "Maps of a 7 after 0, 2, 4, 8, 16 and 32 layers of random convolutions, every second one "
        "small. In the upper row it frays and is lost among noise; in the lower one it can still "
        "be seen after 32."
    )


def way_around():
    """Two layers in a row, and the same two with a way around them."""
    sheet = plots.Diagram(7.2, 3.3)
    sheet.panel(0.1, 0.1, 2.7, 3.1, "plain: two layers in a row")
    sheet.panel(3.0, 0.1, 4.1, 3.1, "residual: and a way around")
    for x0, around in ((1.3, False), (4.6, True)):
        below = sheet.box(x0, 0.5, "$h_{l-1}$", fill="data")
        first = sheet.box(x0, 1.05, "ReLU, Conv2D", 1.2)
        second = sheet.box(x0, 1.55, "ReLU, Conv2D", 1.2)
        above = sheet.box(x0, 2.65, "$h_l$", fill="data")
        sheet.arrow(below, first)
        sheet.arrow(first, second)
        sheet.text(x0 - 0.75, 1.3, "$F_l$", align="right", size=11)
        if around:
            plus = sheet.gate(x0, 2.1, "+")
            sheet.arrow(second, plus)
            sheet.arrow(plus, above)
            sheet.arrow(below, plus, sides=("right", "right"), bend=0.85, colour="data")
            sheet.text(x0 + 1.15, 1.45, "forward: $h_{l-1}$,\nuntouched", align="left")
            text = "back: the gradient,\nuntouched"
            sheet.text(x0 + 1.15, 1.0, text, "gradient", align="left")
        else:
            sheet.arrow(second, above)
    plots.show(
        "Two diagrams. On the left two convolutions in a row. On the right the same two, and an "
        "arrow that carries their input around them to a plus sign."
    )


def paths_film():
    """All sixteen ways of the gradient back through four blocks, one a picture, and their count."""
    ways = sorted(itertools.product((False, True), repeat=4), key=sum)  # around all of them first
    gradient, quiet = plots.COLOURS["gradient"], "0.82"

    def one_way(n, ax, counted):
        way = ways[n]
        ax.plot((0, 8), (0, 0), color=quiet, lw=1, zorder=0)
        for k, through in enumerate(way):
            x = 1 + 2 * k
            box = plt.Rectangle((x - 0.45, -0.35), 0.9, 0.7, fc="white", ec="0.4", zorder=3)
            ax.add_patch(box)
            ax.text(x, 0, f"$F_{k + 1}$", ha="center", va="center", zorder=4)
            t = np.linspace(0, np.pi, 30)
            arc = x - 0.8 * np.cos(t), 0.95 * np.sin(t)
            ax.plot(*arc, color=quiet if through else gradient, lw=1 if through else 3)
            inside = (x - 0.8, x - 0.45), (x + 0.45, x + 0.8)
            for part in inside:
                ax.plot(part, (0, 0), color=gradient if through else quiet, lw=3 if through else 1)
            if through:
                box.set(ec=gradient, lw=2.5)
            ax.plot((x + 0.8, x + 1.2), (0, 0), color=gradient, lw=3)
        ax.plot((-0.3, 0.2), (0, 0), color=gradient, lw=3)
        ax.annotate("", (-0.5, 0), (0.1, 0), arrowprops={"arrowstyle": "-|>", "color": gradient})
        ax.text(-0.55, 0, "$dh_0$", ha="right", va="center", color=gradient)
        ax.text(8.3, 0, "$dh_4$", ha="left", va="center", color=gradient)
        ax.set(xlim=(-1.4, 9.2), ylim=(-0.7, 1.3), aspect="equal")
        ax.axis("off")
        word = "block" if sum(way) == 1 else "blocks"
        ax.set_title(f"path {n + 1} of 16: through {sum(way)} {word}")
        counts = np.bincount([sum(w) for w in ways[: n + 1]], minlength=5)
        counted.bar(range(5), counts, color=gradient, width=0.7)
        counted.set(xlabel="blocks on the path", ylabel="paths so far", ylim=(0, 6.5))
        counted.set(xticks=range(5), yticks=(0, 2, 4, 6))

    counts = [sum(sum(way) == k for way in ways) for k in range(5)]
    assert counts == [1, 4, 6, 4, 1]
    return plots.movie(
        one_way,
        range(16),
        "Four blocks in a row, each with a way around it. One after the other all sixteen paths of "
        "the gradient light up; one meets no block, four meet one, six two, four three, one all.",
        size=(7.2, 3.6),
        rows=2,
        still=5,
    )


def back_and_right(reach, right):
    """The gradient on its way back through each version, and the test accuracy of each."""
    check_deep(reach, right)
    shares = {"width_ratios": (3, 2)}
    _, axes = plt.subplots(1, 2, figsize=(7.5, 3.3), layout="constrained", **shares)
    grey, purple = plots.COLOURS["muted"], plots.COLOURS["output"]
    looks = ((grey, ":"), (grey, "-"), (purple, "--"), (purple, "-"), ("black", ""))
    for place, ((name, runs), (colour, style)) in enumerate(zip(reach.items(), looks)):
        axes[1].plot(right[name], [-place] * len(right[name]), "o", color=colour, ms=5)
        runs = np.array(runs)  # (3, layers)
        arrives = ""
        if runs.size:  # no blocks, no depth
            back = runs[:, 0] / runs[:, -1]
            depth = np.linspace(1, 33, runs.shape[1])
            axes[0].semilogy(depth, (runs / runs[:, -1:]).T, style, color=colour, lw=1.2)
            look = {"ha": "right", "va": "center", "color": colour}
            axes[0].text(0.5, np.median(back), f"{name} ", **look)
            low, high = (f"{share:.2g}" for share in (min(back), max(back)))
            arrives = f"gradient × {low if low == high else f'{low} to {high}'}; "
        print(f"{name:16} {arrives}{np.mean(right[name]):.0%} right")
    label = "$|dh|$, 1 at the last layer"
    axes[0].set(xlabel="layer (the gradient travels to the left)", ylabel=label)
    axes[0].set(xlim=(-19, 34), ylim=(1e-7, 1e3), xticks=(1, 10, 20, 33))
    axes[0].set_title("The gradient at the start")
    axes[1].set(yticks=range(0, -5, -1), yticklabels=list(reach), ylim=(-4.5, 0.5), xlim=(0, 1))
    axes[1].set(xlabel="test accuracy", title="After one epoch")
    plots.show(
        "Left: the gradient on its way back. It shrinks in the plain networks, grows in the "
        "residual one with He initialization and stays the same in the one with zeros. Right: "
        "after one epoch that one reads the most digits; the network without blocks comes second."
    )


def check_deep(reach, right):
    """What the page says of the deep networks, with room for other machines."""
    back = {name: np.array(runs) for name, runs in reach.items()}  # (3, layers) each
    back = {name: runs[:, 0] / runs[:, -1] for name, runs in back.items() if runs.size}
    assert max(back["plain, Glorot"]) < 1e-3 and np.abs(back["residual, zeros"] - 1).max() < 1e-3
    assert min(back["plain, He"]) > 0.005 and max(back["plain, He"]) < 0.4
    assert min(back["residual, He"]) > 15
    whole, shallow = right["residual, zeros"], right["no blocks"]
    bad = [right[name] for name in ("plain, Glorot", "plain, He", "residual, He")]
    assert max(np.mean(runs) for runs in bad) < 0.35
    assert min(whole) > 0.68 and min(whole) > np.max(bad) + 0.2
    assert max(right["plain, Glorot"]) < 0.2 and np.max(bad) < 0.5
    assert np.max(bad) + 0.1 < min(shallow) and np.mean(shallow) + 0.06 < np.mean(whole)


def left_by_the_border(layers=32, size=7):
    """What zero padding alone leaves of |dh| after each layer of He's 3 × 3 kernels."""
    spread = np.ones((size, size))  # the variance of dh at each place
    kept = [1.0]
    for _ in range(layers):
        padded = np.pad(spread, 1)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
        spread = windows.mean(axis=(2, 3))  # nine places of 1/9 each, where there are nine
        kept.append(np.sqrt(spread.mean()))
    return kept


@functools.cache
def results():
    """What benchmarks/family.py measured: {data: {network: what}}."""
    found = measured("family")["results"]
    assert all(len(row["test"]) == 3 for part in found.values() for row in part.values())
    return found


def compare(*chosen):
    """Print what the benchmark measured for some networks, on photographs."""
    for name in chosen:
        row = results()[PHOTOGRAPHS][name]
        test = f"{np.mean(row['test']):.1%}"
        million = f"{row['multiply_adds'] / 1e6:.2f}"
        print(f"{name:24}{test} right {row['parameters']:>9,} parameters  {million} million")


def percent(name, part="test", data=PHOTOGRAPHS, places=1):
    """The mean over seeds, as the text rounds it."""
    return round(float(100 * np.mean(results()[data][name][part])), places)


def check_quoted():
    """What the page quotes of the family, and says of its order, is what was measured."""
    photos, digits = results()[PHOTOGRAPHS], results()["digits"]
    quoted = {"LeNet, 1998": 45.1, "+ ReLU, max pooling": 52.9, "+ dropout, augmentation": 51.4}
    quoted |= {"5 x 5 kernels": 58.7, "VGG": 58.3, "VGG, averaged": 52.8, "plain, 13 deep": 53.6}
    quoted |= {"ResNet, 13 deep": 57.2, "ResNet, dense head": 53.3, "DenseNet": 53.5}
    for name, share in quoted.items():
        assert percent(name) == share, name
    assert abs(percent("depthwise") - 45.6) < 0.11
    for name, share in (("network in network", 49), ("Inception", 49), ("VGG, averaged", 53)):
        assert percent(name, places=None) == share, name
    assert percent("+ ReLU, max pooling", "training_clean") == 64.5
    assert percent("+ dropout, augmentation", "training_clean") == 54.0
    assert percent("+ dropout, augmentation", "training", places=None) == 49
    assert abs(np.sqrt(0.58 * 0.42 / 2000) - 0.011) < 5e-4  # chance alone

    def cheaper(name, than, price):
        return round(100 * photos[name][price] / photos[than][price])

    assert cheaper("VGG", "5 x 5 kernels", "multiply_adds") == 86
    assert cheaper("network in network", "VGG, averaged", "parameters") == 57
    assert cheaper("network in network", "VGG, averaged", "multiply_adds") == 59
    assert cheaper("depthwise", "VGG, averaged", "parameters") == 25
    assert cheaper("depthwise", "VGG, averaged", "multiply_adds") == 23
    assert 8 * 8 * 24 * 64 + 64 == 98_368 and abs(1 / 24 + 1 / 9 - 0.15) < 0.005
    assert 9 * 12 * 24 + 9 * 24 * 24 == 7_776 and 25 * 12 * 24 == 7_200

    large, small = photos["5 x 5 kernels"]["test"], photos["VGG"]["test"]
    assert min(large) < max(small) and min(small) < max(large)  # the seeds overlap
    assert min(photos["ResNet, 13 deep"]["test"]) > max(photos["plain, 13 deep"]["test"])
    score = {name: np.mean(row["test"]) for name, row in photos.items()}
    ranked = sorted(score, key=score.get)  # the best is last
    assert {*ranked[-2:]} == {"VGG", "5 x 5 kernels"} and ranked[-3] == "ResNet, 13 deep"
    assert abs(score["depthwise"] - score["LeNet, 1998"]) < 0.01
    both = score["network in network"], score["Inception"]
    assert score["LeNet, 1998"] < min(both) and max(both) < score["+ ReLU, max pooling"]
    assert score["DenseNet"] < score["ResNet, 13 deep"]
    score = {name: np.mean(row["test"]) for name, row in digits.items()}
    last = {"network in network", "Inception", "depthwise"}
    assert {*sorted(score, key=score.get)[:3]} == last
    for name in ("plain, 13 deep", "ResNet, 13 deep"):
        assert percent(name, data="digits", places=None) == 97


def built_as_measured(family):
    """Build each network of the page; its parameters and its work are those that were measured."""
    built = {}
    for name, build in family.items():
        one = Input((32, 32, 3))
        model = built[name] = Model(one, build(one))
        work = 0
        for layer in model.layers:
            if isinstance(layer, Conv2D | DepthwiseConv2D | Dense):
                weights = layer.params()["W" if isinstance(layer, Dense) else "w"].value
                work += np.prod(layer.output_shape[:-1]) * weights.size
        row = results()[PHOTOGRAPHS][name]
        assert (model.count_params(), work) == (row["parameters"], row["multiply_adds"]), name
    return built


def as_met(augmented):
    """One photograph as it is, and as the network meets it in five epochs."""
    try:
        photograph = cifar10_subset.load_data()[0][0][3]
    except DataNotFoundError:  # a coloured shape stands in for it
        photograph = shapes.load_data(1, size=32, seed=0).images[0]
    photograph = photograph.astype("float32") / 255
    one = Input(photograph.shape)
    augment = Model(one, augmented(one))
    _, axes = plt.subplots(1, 6, figsize=(7.2, 1.6), layout="compressed")
    axes[0].imshow(photograph)
    axes[0].set_title("as it is", fontsize=9)
    batch = np.repeat(photograph[None] - 0.5, 5, axis=0)  # the networks get -0.5 to 0.5
    seen = augment(batch, training=True) + 0.5
    for n, ax in enumerate(axes[1:]):
        ax.imshow(np.clip(seen[n], 0, 1), interpolation="nearest")
        ax.set_title(f"epoch {n + 1}", fontsize=9)
    bare(axes)
    plots.show(
        "One picture as it is, and as the network meets it in five epochs: moved and mirrored."
    )


def in_a_row(sheet, y, texts, left, right, fills=None):
    """Draw boxes from left to right with arrows between them; return the boxes."""
    places = np.linspace(left, right, len(texts))
    fills = fills or ["layer"] * len(texts)
    boxes = [sheet.box(at, y, text, fill=fill) for at, text, fill in zip(places, texts, fills)]
    for a, b in itertools.pairwise(boxes):
        sheet.arrow(a, b)
    return boxes


def vgg_drawn():
    """A VGG block, and one convolution of 5 × 5."""
    sheet = plots.Diagram(7.2, 1.5)
    texts = ["$x$", "3 × 3, M", "BN, ReLU", "3 × 3, M", "BN, ReLU", "$y$"]
    in_a_row(sheet, 1.15, texts, 1.2, 6.9, ["data", *["layer"] * 4, "data"])
    texts = ["$x$", "5 × 5, M", "BN, ReLU", "$y$"]
    in_a_row(sheet, 0.4, texts, 1.2, 6.9, ["data", "layer", "layer", "data"])
    sheet.text(0.1, 1.15, "VGG", align="left")
    sheet.text(0.1, 0.4, "opponent", align="left")
    plots.show(
        "A VGG block: two convolutions of 3 × 3, each with batch normalization and ReLU. Below it "
        "the opponent: one convolution of 5 × 5."
    )


def nin_drawn():
    """A 1 × 1 convolution: the numbers at one place go through a Dense layer."""
    sheet = plots.Diagram(7.2, 1.55)
    stack = sheet.volume(1.1, 0.75, (16, 16, 12), "12 maps", scale=0.04)
    mixed = sheet.volume(5.9, 0.75, (16, 16, 12), "12 new maps", scale=0.04)
    pixel = sheet.box(3.5, 0.75, "Dense(12), the same\nat all 256 places", 1.8, fill="weight")
    sheet.arrow(stack, pixel, "12 numbers")
    sheet.arrow(pixel, mixed, "12 numbers")
    plots.show(
        "A 1 × 1 convolution: the 12 numbers at one place go through a Dense layer, at all places."
    )


def inception_drawn():
    """An Inception block: four paths side by side."""
    sheet = plots.Diagram(7.2, 2.3)
    start = sheet.box(0.5, 1.15, "$x$", fill="data")
    end = sheet.box(6.5, 1.15, "join the\nchannels", fill="layer", height=1.9)
    paths = [["1 × 1"], ["1 × 1", "3 × 3"], ["1 × 1", "5 × 5"], ["max pooling 3", "1 × 1"]]
    for y, texts in zip((2.0, 1.43, 0.87, 0.3), paths):
        left, right = (2.2, 4.2) if len(texts) > 1 else (3.2, 3.2)
        boxes = in_a_row(sheet, y, texts, left, right)
        sheet.arrow(start, boxes[0])
        sheet.arrow(boxes[-1], (end.left[0], y))
    plots.show("An Inception block: four paths side by side, joined into one stack of channels.")


def dense_drawn():
    """A dense block: what each convolution makes is put behind all that was there."""
    sheet = plots.Diagram(7.2, 1.5)
    sizes = [12, 18, 24, 30, 36]
    for n, M in enumerate(sizes):
        x0 = 0.7 + 1.25 * n
        for k in range(n + 1):
            height, y0 = (0.16, 0.62 + 0.17 * k) if k else (0.5, 0.35)
            fill = "data" if k == 0 else "weight" if k == n else "layer"
            sheet.box(x0, y0, "", 0.32, height, fill=fill)
        sheet.text(x0, 0.02, f"{M}", size=9)
        if n:
            sheet.arrow((x0 - 0.98, 0.35), (x0 - 0.2, 0.35), f"sees {sizes[n - 1]}")
    last = sheet.box(6.75, 0.6, "1 × 1", fill="layer")
    sheet.arrow((5.95, 0.6), last)
    sheet.text(0.7, 0.85, "12 maps", size=8)
    plots.show(
        "A dense block: 12 maps, then four times six new maps stacked upon all that were there, "
        "until 36 maps go into a 1 × 1 convolution."
    )


def depthwise_drawn():
    """A full convolution, and one that looks and mixes apart."""
    sheet = plots.Diagram(7.2, 1.9)
    for y, name in ((1.4, "full"), (0.45, "depthwise,\nthen 1 × 1")):
        sheet.text(0.1, y, name, align="left")
        start = sheet.box(1.5, y, "C maps", 0.8, fill="data")
        end = sheet.box(6.6, y, "M maps", 0.8, fill="data")
        if name == "full":
            one = sheet.box(4.0, y, "3 × 3 over all C channels, M times", 2.7, fill="weight")
            sheet.arrow(start, one)
            sheet.arrow(one, end)
        else:
            look = sheet.box(3.15, y, "3 × 3 on each\nchannel alone", 1.4, fill="weight")
            mix = sheet.box(5.0, y, "1 × 1 over all C,\nM times", 1.4, fill="weight")
            sheet.arrow(start, look)
            sheet.arrow(look, mix)
            sheet.arrow(mix, end)
    plots.show(
        "Two ways from C maps to M. Above, every one of M kernels of 3 by 3 reads all C channels. "
        "Below, each channel has one kernel of 3 by 3 to itself, then M kernels of 1 by 1 mix them."
    )


def family_table():
    """All networks with their parameters, their work, and both test accuracies."""
    check_quoted()
    head = "| network | parameters (photographs) | million multiply-adds |"
    lines = [head + " photographs, % | digits, % |", "|---|--:|--:|--:|--:|"]
    for name, row in results()[PHOTOGRAPHS].items():
        cells = []
        for part in (PHOTOGRAPHS, "digits"):
            test = 100 * np.array(results()[part][name]["test"])
            cells.append(f"{test.mean():.1f} ({test.min():.1f}\u2060–\u2060{test.max():.1f})")
        million = row["multiply_adds"] / 1e6
        lines.append(f"| {name} | {row['parameters']:,} | {million:.2f} | {' | '.join(cells)} |")
    return Markdown("\n".join(lines))


def family_picture(built):
    """Test accuracy on photographs against multiply-adds; a disc is the number of parameters."""
    _, ax = plt.subplots(figsize=(7.4, 4.8), layout="constrained")
    aside = {  # where the name stands, in points from the middle
        "VGG": (-16, 0, "right"),
        "VGG, averaged": (10, -1, "left"),
        "+ ReLU, max pooling": (6, 18, "left"),
        "+ dropout, augmentation": (11, -6, "left"),
        "Inception": (-8, -4, "right"),
        "network in network": (8, -6, "left"),
        "depthwise": (7, 8, "left"),
        "ResNet, dense head": (12, -4, "left"),
        "plain, 13 deep": (-9, 2, "right"),
    }
    opponents = "5 x 5 kernels", "plain, 13 deep", "VGG, averaged", "ResNet, dense head"
    for name, row in results()[PHOTOGRAPHS].items():
        test = np.array(row["test"])
        colour = plots.COLOURS["muted" if name in opponents else "output"]
        beside = {"+ ReLU, max pooling": 0.09, "+ dropout, augmentation": 0.18}  # LeNet's work, too
        million = row["multiply_adds"] / 1e6 + beside.get(name, 0)
        ax.plot([million] * len(test), test, ".-", color=colour, ms=5, lw=1)
        ax.scatter(million, test.mean(), s=row["parameters"] / 400, color=colour, alpha=0.25)
        right, up, side = aside.get(name, (12, 0, "left"))
        look = {"textcoords": "offset points", "va": "center", "ha": side, "fontsize": 9}
        star = "*" * any(isinstance(layer, Flatten) for layer in built[name].layers)
        ax.annotate(name + star, (million, test.mean()), (right, up), **look)
    for parameters in (10_000, 100_000):
        look = {"s": parameters / 400, "color": plots.COLOURS["output"], "alpha": 0.25}
        ax.scatter([], [], label=f"{parameters:,} parameters", **look)
    ax.plot([], [], ".-", color=plots.COLOURS["muted"], label="made for comparison")
    ax.legend(loc="lower right", frameon=False, labelspacing=1)
    ax.set(xlabel="million multiply-adds per image", ylabel="test accuracy on photographs")
    ax.set(xlim=(0, 5.6), xticks=range(6))
    ax.set_title("Compare networks with one kind of head: * is dense, the others are a mean")
    plots.show(
        "Test accuracy against multiply-adds for thirteen networks, with the three seeds of each "
        "as dots and the number of parameters as a disc. VGG and its rival with 5 × 5 kernels are "
        "highest; ResNet, with at least two and a half times their work, comes third. The six "
        "networks with a dense head have stars."
    )
