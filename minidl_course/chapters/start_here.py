"""Pictures of the first chapter: a network that learns, one knob, a digit on its way, arrays."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch
from matplotlib.ticker import NullLocator
from scipy import ndimage
from scipy.stats import binomtest

from minidl import datasets, plots
from minidl.callbacks import LambdaCallback
from minidl.layers import Dense, Flatten
from minidl.models import Sequential
from minidl.optimizers import SGD
from minidl.plots.common import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION, colour_map
from minidl_course.chapters.common import bare
from minidl_course.frames import stop_at

COLOURS = plots.COLOURS
MOMENTS = [1, 2, 4, 8, 16, 24, 32, 48, 64, 113, 226, 339, 565, 1130]  # batches
KILOS, COINS = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.3, 3.7, 6.4, 7.8])
BEST = np.sum(KILOS * COINS) / np.sum(KILOS**2)  # the knob at the bottom of the bowl


def network(seed=0):
    """The network of the page, not trained yet."""
    layers = [Flatten(input_shape=(28, 28)), Dense(128, "relu"), Dense(10, "softmax")]
    return Sequential(layers, seed=seed)


def first_of_each(labels):
    """Where the first 0 is, the first 1, ..., the first 9."""
    return [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]


def film():
    """The ten lines, watched: [(digits seen, p of ten test digits (10, 10), share right)]."""
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_sample()
    model, shown, pictures, batches = network(), first_of_each(y_test), [], 0

    def take_picture():
        p = model.predict(x_test / 255, verbose=0)  # (1000, 10)
        pictures.append((32 * batches, p[shown], np.mean(p.argmax(axis=1) == y_test)))

    def after_batch(batch, logs=None):
        nonlocal batches
        batches += 1
        if batches in MOMENTS:
            take_picture()

    take_picture()
    model.compile(SGD(0.5), "sparse_categorical_crossentropy", ["acc"])
    watch = LambdaCallback(on_train_batch_end=after_batch)
    model.fit(x_train / 255, y_train, epochs=10, validation_split=0.1, verbose=0, callbacks=[watch])
    return pictures


def mark_truth(labels, digit):
    """Of the labels of ten bars, print that of the true digit larger, bold and black."""
    for label in labels:
        label.set_color("0.45")
    size = 1.25 * labels[digit].get_size()
    labels[digit].set(color=COLOURS["truth"], weight="bold", size=size)


def bar_colours(p):
    """Pink for the longest bar, which is the answer, and grey for the others."""
    return np.where(p == p.max(), COLOURS["output"], "0.7")


def hook():
    """Ten test digits with the network's guesses below them, while it learns."""
    _, (x_test, y_test) = datasets.mnist.load_sample()
    images, pictures = x_test[first_of_each(y_test)], film()
    assert len(pictures) == 15 and pictures[0][2] < 0.25 and pictures[-1][2] > 0.92

    def draw(moment, ax):
        seen, p, share = pictures[moment]
        for k, image in enumerate(images):
            left, top = 36 * (k % 5), 52 * (k // 5)
            ax.imshow(image, "gray", extent=(left, left + 28, top + 28, top))
            places = left + 1.4 + 2.8 * np.arange(10)
            ax.bar(places, -12 * p[k], 2.2, bottom=top + 44, color=bar_colours(p[k]))
            ax.plot([left, left + 28], [top + 44, top + 44], color="0.6", lw=0.8)
            style = {"size": 6, "ha": "center", "va": "top"}
            mark_truth([ax.text(x, top + 45, digit, **style) for digit, x in enumerate(places)], k)
            if p[k].argmax() == k:
                edge = plt.Rectangle((left, top), 28, 28, fill=False, ec=GREEN, lw=3)
                ax.add_patch(edge)
        ax.set(xlim=(-2, 174), ylim=(102, -2), aspect="equal")
        rounds = seen // 3616  # 113 batches of 32, the last one not full
        when = f"after {seen:,} digits" if seen else "before training"
        when = f"after {rounds} round{'s' * (rounds > 1)}" if rounds else when
        ax.set_title(f"{when}: {share:.0%} of 1,000 new digits right", size=11)
        ax.axis("off")

    return plots.movie(
        draw,
        range(len(pictures)),
        "Ten test digits, each with ten bars below it, the probabilities of 0 to 9. Before "
        "training all bars are short; at the end the longest of each digit is the right one. "
        "The longest bar is pink, the number of the true digit is bold, and a green frame stands "
        "around each digit that is read correctly.",
        size=(7.2, 4.3),
        seconds=0.8,
    )


def wrongness(knob):
    """The mean squared miss of coins = knob x kilos."""
    return np.mean((knob * KILOS - COINS) ** 2)


def turned(rate, steps, knob=0.2):
    """The places of the knob: each time a step downhill, as long as `rate` times the slope."""
    places = [knob]
    for _ in range(steps):
        slope = np.mean(2 * KILOS * (places[-1] * KILOS - COINS))
        places.append(places[-1] - rate * slope)
    return places


def draw_bowl(ax, places):
    """How wrong the line is for each setting of the knob, and the walk of a ball in it."""
    knobs, colour = np.linspace(-0.4, 4.4, 100), COLOURS["weight"]
    ax.plot(knobs, [wrongness(k) for k in knobs], color="0.6")
    ax.plot(places, [wrongness(k) for k in places], "o-", color=colour, ms=4, lw=1, alpha=0.6)
    ax.plot(places[-1], wrongness(places[-1]), "o", color=colour, ms=10)
    ax.set(xlim=(-0.4, 4.4), ylim=(-2, 42), xlabel="knob", ylabel="how wrong")


def one_knob():
    """A line that turns until it runs close to four receipts, and a ball that rolls downhill."""
    walk = turned(rate=0.02, steps=11)
    assert abs(walk[-1] - BEST) < 0.05 and wrongness(BEST) < 0.1

    def draw(step, left, right):
        knob = walk[step]
        left.vlines(KILOS, knob * KILOS, COINS, color=COLOURS["gradient"], lw=2)
        left.plot([0, 4.5], [0, 4.5 * knob], color=COLOURS["output"], lw=2)
        left.plot(KILOS, COINS, "o", color=COLOURS["truth"])
        left.set(xlim=(0, 4.5), ylim=(0, 10), xlabel="kilos", ylabel="coins")
        left.set_title(f"step {step}: knob {knob:.2f}", size=10)
        draw_bowl(right, walk[: step + 1])
        right.set_title(f"how wrong: {wrongness(knob):.2f}", size=10)

    return plots.movie(
        draw,
        range(len(walk)),
        "Left: four receipts and a line that turns until it runs close to them. Right: a bowl, how "
        "wrong the line is for each place of the knob, and a ball that rolls to its bottom, in "
        "large steps at first and then in small ones.",
        size=(7, 2.9),
        columns=2,
        seconds=0.8,
        loop=False,
    )


def three_bowls():
    """The same ball in the same bowl with short steps, long ones, and too long ones."""
    ends = [wrongness(turned(rate, 7, 1.0)[-1]) for rate in (0.125, 0.139)]
    assert ends[0] < wrongness(1.0) < ends[1]
    _, axes = plt.subplots(1, 3, figsize=(8.4, 2.6), layout="constrained", sharey=True)
    for ax, rate, title in zip(
        axes, (0.02, 0.125, 0.139), ("short steps", "long steps", "too long")
    ):
        draw_bowl(ax, turned(rate, 7, 1.0))
        ax.set_title(f"{title}: rate {rate}", size=10)
    axes[1].set_ylabel("")
    axes[2].set_ylabel("")
    plots.show(
        "Three bowls. With short steps the ball walks to the bottom. With long steps it jumps from "
        "side to side and comes down slowly. With steps that are too long each jump lands higher "
        "up."
    )


def path(model, image, truth):
    """A digit on its way through Flatten, Dense(128) and Dense(10); returns its p (10,)."""
    x = image.reshape(784) / 255
    h, _ = model.layers[1].forward(x)  # (128,)
    p = model.predict(image[None] / 255, verbose=0)[0]  # (10,)
    training = p.max() < 0.5  # not trained yet: show the way back, too
    size, ratios = (8, 3.4 if training else 2.8), [6, 3, 3, 6]
    fig, axes = plt.subplots(1, 4, figsize=size, width_ratios=ratios, layout="constrained")
    for ax, values in zip(axes, (image, x[:, None], h[:, None])):
        ax.imshow(values, cmap="gray", aspect="auto" if values.shape[1] == 1 else "equal")
    axes[3].barh(range(10), p, color=bar_colours(p))
    steps = ("image", "→ Flatten", "→ Dense", "→ Dense")
    shapes = ("28 × 28 pixels", "x, 784 numbers", "h, 128 numbers", "p, 10 numbers")
    bare(axes)
    for ax, step, shape in zip(axes, steps, shapes):
        ax.set_title(f"{step}\n{shape}", size=9.5)
    axes[3].set(xlabel="probability, 0 to 1", ylabel="digit", xlim=(0, 1), yticks=range(10))
    mark_truth(axes[3].get_yticklabels(), truth)
    if training:
        way_back(fig, axes)
        plots.show(
            "An image of a digit, its 784 pixels as a strip, 128 hidden numbers as a strip, and "
            "ten short bars. The longest, in pink, is not at the true digit, in bold. Below, in "
            "red, the way back: from how wrong the bars are to the knobs of both Dense layers, "
            "and then the next digits."
        )
    else:
        plots.show(
            "The same digit as before on its way through the network; now one of the ten bars is "
            "long."
        )
    return p


def way_back(fig, axes):
    """Below a digit's way through the network, the way back: how wrong, then turn the knobs."""
    fig.get_layout_engine().set(rect=(0, 0.17, 1, 0.83))
    fig.draw_without_rendering()  # places the panels
    x, h, p = (ax.get_position() for ax in axes[1:])
    low, red = 0.08, COLOURS["gradient"]
    style = {"transform": fig.transFigure, "color": red, "arrowstyle": "-|>", "lw": 1.5}
    knobs = (x.x1 + h.x0) / 2, h.x1 + 0.01  # left and right of h
    for place in knobs:
        fig.add_artist(FancyArrowPatch((place, low), (place, x.y0), mutation_scale=14, **style))
    end = (p.x0 + p.x1) / 2
    fig.add_artist(plt.Line2D((knobs[0], end), (low, low), color=red, lw=1.5))
    box = {"facecolor": "white", "edgecolor": red}
    fig.text(end, low, "how wrong?  the loss", ha="center", va="center", color=red, bbox=box)
    fig.text(
        knobs[0] - 0.02,
        low,
        "turn each knob a little,\nthen take the next digits",
        ha="right",
        va="center",
        color=red,
    )


def curves(history):
    """Loss and accuracy, epoch by epoch, on the training digits and on those set aside."""
    _, axes = plt.subplots(1, 2, figsize=(8.4, 2.8), layout="constrained")
    last = {name: values[-1] for name, values in history.history.items()}
    titles = (
        f"On digits set aside the loss ends near {last['val_loss']:.1f}",
        f"and the accuracy near {last['val_acc']:.0%}",
    )
    for ax, metric, title in zip(axes, ("loss", "acc"), titles):
        plots.learning_curves(history, metric, ax=ax)
        ax.set_title(title, size=10)
    axes[1].set_ylabel("accuracy")
    plots.show(
        "Loss and accuracy over ten epochs. The training curves go on to nearly 0 and to 1. The "
        "validation curves jump up and down at first, and end at about 0.3 and 0.93."
    )
    print(", ".join(f"{name} {value:.3f}" for name, value in last.items()))
    return last


def first_epoch(x, y):
    """The training loss of one epoch: on average, at its end; and the validation loss."""
    model = network()
    model.compile(SGD(0.5), "sparse_categorical_crossentropy")
    seen = model.fit(x / 255, y, validation_split=0.1, verbose=0).history
    mean, held_out = seen["loss"][0], seen["val_loss"][0]
    end = model.evaluate(x[:3600] / 255, y[:3600], verbose=0)
    print(f"epoch 1: loss {mean:.2f} on average, {end:.2f} at its end, val_loss {held_out:.2f}")
    assert mean > held_out > end


def predictions(images, labels, p):
    """Digits with the network's answers below them, red where they are wrong."""
    plots.image_grid(images, labels, p, columns=8)
    plots.show(f"{len(images)} test digits, each with the answer of the network below it.")


def mistakes(images, labels, p):
    """The sixteen mistakes of which the network is surest; how sure it is, right and wrong."""
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels
    wrong = np.flatnonzero(~right)
    surest = wrong[np.argsort(-sure[wrong])][:16]
    ax = plots.image_grid(images[surest], labels[surest], p[surest], columns=8)
    ax.set_title("What would you have said?")
    plots.show(
        "16 test digits that the network reads wrongly. Some are hard to read for people too."
    )
    means = sure[right].mean(), sure[~right].mean()
    print(f"mean probability of its answer: where right {means[0]:.0%}, where wrong {means[1]:.0%}")
    return means


def confusion(labels, p):
    """Which digit is taken for which; returns how often a 4 and a 9 are confused."""
    _, ax = plt.subplots(figsize=(5.4, 5), layout="compressed")
    plots.confusion_matrix(labels, p, ax=ax)
    ax.figure.axes[-1].remove()  # the scale of colours: the counts are in the boxes
    plots.show(
        "A table of 10 by 10 counts. Most answers are on the diagonal. Off it, 5 taken for 8 and "
        "9 taken for 4 are the most frequent, four times each."
    )
    answers = p.argmax(axis=1)
    wrong = answers != labels
    swapped = np.sum(wrong & np.isin(labels, (4, 9)) & np.isin(answers, (4, 9)))
    print(f"{swapped} of the {wrong.sum()} mistakes take a 4 for a 9 or a 9 for a 4")
    return swapped


def units(untrained, trained):
    """The weights (784, 128) of the eight units that training changed most, as images."""
    before, after = untrained.get_weights()[0], trained.get_weights()[0]
    border = np.ones((28, 28), bool)
    border[2:-2] = False
    change = np.abs(after - before)
    assert change[border.ravel()].mean() < 0.1 * change.mean()
    most_changed = np.argsort(-np.linalg.norm(after - before, axis=0))[:8]
    _, axes = plt.subplots(2, 8, figsize=(8.4, 2.5), layout="constrained")
    signed = colour_map(BLUE, "white", VERMILLION, bad="white")
    bare(axes)
    for row, W, name in zip(axes, (before, after), ("before", "after")):
        row[0].set_ylabel(name)
        for ax, unit in zip(row, most_changed):
            ax.imshow(W[:, unit].reshape(28, 28), cmap=signed, vmin=-0.3, vmax=0.3)
    plots.show(
        "The weights of eight hidden units as images. Before training they are fine noise. After "
        "it, red and blue spots and strokes stand in the middle, and the noise remains at the "
        "border."
    )


def make_it_fail(model, images):
    """Sliders that push, turn and spoil one of ten digits, and the network's ten bars for it."""

    def draw(digit, right, down, turn, noise):
        image = ndimage.rotate(images[digit] / 255, -turn, reshape=False, order=1)
        image = ndimage.shift(image, (down, right), order=1)
        image = np.clip(image + noise * np.random.default_rng(0).normal(size=(28, 28)), 0, 1)
        p = model.predict(image[None], verbose=0)[0]  # (10,)
        _, (left, ax) = plt.subplots(1, 2, figsize=(6, 2.6), layout="compressed")
        left.imshow(image, "gray", vmin=0, vmax=1)
        bare(left)
        ax.barh(range(10), p, color=bar_colours(p))
        ax.set(xlim=(0, 1), yticks=range(10), xlabel="probability", ylabel="digit")
        mark_truth(ax.get_yticklabels(), digit)
        ax.set_title(f"answer {p.argmax()}, truth {digit}", size=10)

    sliders = plots.sliders(
        draw,
        "A 4, moved four pixels to the right, and the ten probabilities of the network: it says 8.",
        digit=(0, 9, 1, 4),
        right=(-8, 8, 1, 4),
        down=(-8, 8, 1, 0),
        turn=(-90, 90, 5, 0),
        noise=(0.0, 1.0, 0.1, 0.0),
    )
    return stop_at(sliders, right=range(-8, 9, 2), turn=range(-90, 91, 30), noise=(0.0, 0.4))


def rates(slow, ours, fast):
    """Training losses (epochs,) with a rate too small, one that suits, and one too large."""
    _, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
    for curve, style, colour, name in (
        (fast, "s-", VERMILLION, "rate 5"),
        (slow, "^-", ORANGE, "rate 0.005"),
        (ours, "o-", BLUE, "rate 0.5"),
    ):
        ax.semilogy(range(1, 11), curve, style, color=colour)
        ax.text(10.2, curve[-1], name, color=colour, va="bottom" if name == "rate 5" else "center")
    ax.axhline(np.log(10), color=BLACK, ls=":")
    ax.text(5.6, 2.9, "guessing: log 10", va="bottom")
    ax.set(xlabel="epoch", ylabel="training loss", xlim=(0.7, 12), xticks=range(1, 11))
    ax.set_title("With steps ten times as long: no better than guessing")
    print(f"loss in the last epoch: {slow[-1]:.3f} with rate 0.005, {fast[-1]:.3f} with rate 5")
    print(f"loss in the first epoch with rate 5: {fast[0]:.1f}")
    plots.show(
        "Training loss over ten epochs on a logarithmic scale. With rate 0.5 it falls to below "
        "0.01, with 0.005 slowly to about 0.6. With rate 5 it begins far above the line of "
        "guessing, and from the second epoch on it lies just above that line."
    )


def looked_up(images, labels, new_images, new_labels):
    """Which new digits get their label from the image (784 pixels) that differs least: (1000,)."""
    seen, new = images.reshape(-1, 784) / 255, new_images.reshape(-1, 784) / 255
    apart = np.sum(seen**2, axis=1) - 2 * new @ seen.T  # squared distance, less what all share
    return labels[apart.argmin(axis=1)] == new_labels


def by_chance(a, b):
    """How often coins, tossed a + b times, are at least as one-sided as a against b; exactly."""
    return binomtest(a, a + b).pvalue


def apart(a, b):
    """Say what the standard error of the gap would be, had the two read different digits."""
    error = np.sqrt(sum(r.mean() * (1 - r.mean()) / len(r) for r in (a, b)))
    print(f"gap {a.mean() - b.mean():.1%}; its standard error on different digits: {error:.1%}")


def too_fast(runs, images):
    """The last loss of each run, (model, curve), and the share of its units that are always 0."""
    x = images.reshape(-1, 784) / 255
    off = [np.mean(model.layers[1].forward(x)[0].max(axis=0) == 0) for model, _ in runs]
    print("rate 5, 3 seeds: last loss", *(f"{curve['loss'][-1]:.2f}" for _, curve in runs))
    print("hidden units that are always 0:", *(f"{share:.0%}" for share in off))
    return off


def boxes(ax, a, left, name, sign="", top=0.0, colour=SKY, bold=None):
    """A table a (rows, columns) of boxes; those outside the mask `bold` are pale."""
    ax.text(left - 0.75, top + len(a) / 2, sign, ha="center", va="center", fontsize=15)
    for (i, j), value in np.ndenumerate(a):
        fill, shade = (colour, BLACK) if bold is None or bold[i, j] else ("white", "0.5")
        ax.add_patch(plt.Rectangle((left + j, top + i), 1, 1, facecolor=fill, edgecolor="0.8"))
        ax.text(left + j + 0.5, top + i + 0.5, f"{value:g}", ha="center", va="center", color=shade)
    ax.text(left + a.shape[1] / 2, top - 0.1, name, ha="center", va="bottom")
    ax.set(aspect="equal", xlim=(-0.3, 15.3), ylim=(top + len(a) + 0.2, -0.8))
    ax.axis("off")


def arrow(ax, start, end):
    """An arrow from one point to another."""
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "0.35", "lw": 1.5})


def axes_of(a, images):
    """A table a (2, 3) with its sums over each axis, and four images behind each other."""
    assert a.sum(axis=0).tolist() == [4, 6, 13] and a.sum(axis=1).tolist() == [8, 15]
    _, (left, right) = plt.subplots(
        1, 2, figsize=(8.4, 3.2), layout="constrained", width_ratios=[5, 4]
    )
    boxes(left, a, 1, "a (2, 3)")
    boxes(left, a.sum(axis=1)[:, None], 8, "a.sum(axis=1) (2,)", colour=PURPLE)
    boxes(left, a.sum(axis=0)[None], 1, "a.sum(axis=0) (3,)", top=4.1, colour=PURPLE)
    left.text(0.3, 1, "axis 0", ha="right", va="center")
    left.text(5.4, 0.35, "axis 1", ha="center", va="center")
    arrow(left, (0.65, 0.1), (0.65, 3.4))
    arrow(left, (4.15, 1), (7.4, 1))
    left.set(xlim=(-1.4, 11), title="An axis that you sum over disappears")
    for n in reversed(range(4)):
        place = (20 * n, 20 * n + 30, 30 - 10 * n, -10 * n)
        image = np.pad(images[n], 1, constant_values=255)
        right.imshow(image, "gray", extent=place, zorder=-n)
    right.set(xlim=(-9, 91), ylim=(39, -31), title="x_train (4000, 28, 28)")
    arrow(right, (-3, 0), (-3, 30))
    arrow(right, (0, 33), (30, 33))
    arrow(right, (33, 31), (89, 3))
    right.text(-5.5, 15, "axis 1", rotation=90, ha="center", va="center")
    right.text(15, 37, "axis 2", ha="center", va="center")
    right.text(66, 22, "axis 0", ha="center", va="center")
    right.axis("off")
    plots.show(
        "Left: a table of 2 by 3 numbers, with its row sums at its right and its column sums "
        "below; an arrow along each axis leads to its sums. Right: four images of digits, one "
        "behind the other along axis 0."
    )


def broadcasting(answer, target):
    """A column (N, 1) with a row (M,), plus and minus: the numbers that NumPy repeats are pale."""
    assert (answer - target).shape == (3, 3) and np.sum(answer - target != 0) == 6
    tens, ones = np.array([[10], [20], [30]]), np.arange(1, 5)
    fig, axes = plt.subplots(2, 1, figsize=(7, 3.6), layout="constrained")
    rows = [(tens, ones[None], "+", tens + ones), (answer, target[None], "−", answer - target)]
    for ax, (left, right, sign, result) in zip(axes, rows):
        i, j = np.indices(result.shape)
        boxes(ax, left + 0 * right, 0, f"({len(left)}, 1)", bold=j == 0)
        boxes(ax, 0 * left + right, 5.5, f"({right.size},)", sign, colour=ORANGE, bold=i == 0)
        boxes(ax, result, 11, str(result.shape), "=", colour=PURPLE, bold=(i == j) | (sign == "+"))
    fig.suptitle("Above: meant. Below: not meant")
    plots.show(
        "Above, a column of 10, 20, 30 plus a row of 1, 2, 3, 4 makes a table of 3 by 4. Below, a "
        "column of 1, 2, 3 minus a row of 1, 2, 3 makes a table of 3 by 3, of which only the "
        "diagonal was meant."
    )


def product():
    """x (2, 3) times W (3, 4) is y (2, 4); a row, a column and their entry are coloured."""
    x = np.array([[1, 2, 0], [3, 1, 2]])  # (N, D) = (2, 3)
    W = np.array([[1, 0, 2, 1], [0, 1, 1, 1], [1, 1, 0, 1]])  # (D, M) = (3, 4)
    y = x @ W  # (2, 3) (3, 4) -> (2, 4)
    assert y.tolist() == [[sum(x[n] * W[:, m]) for m in range(4)] for n in range(2)]
    _, ax = plt.subplots(figsize=(7, 2.2), layout="constrained")
    boxes(ax, x, 0, "x (N, D)", bold=np.indices(x.shape)[0] == 1)
    boxes(ax, y, 11, "y (N, M)", "=", colour=PURPLE, bold=y == 7)
    boxes(ax, W, 5, "W (D, M)", "@", colour=ORANGE, bold=np.indices(W.shape)[1] == 2)
    ax.set_title("Row 1 times column 2:  3 · 2 + 1 · 1 + 2 · 0 = 7")
    plots.show(
        "A table x of 2 by 3 times a table W of 3 by 4 makes a table y of 2 by 4. Row 1 of x, "
        "column 2 of W and the entry 7 of y are coloured."
    )


KINDS = {  # marker and colour
    "a model": ("o", BLUE),
    "a way to train": ("s", VERMILLION),
    "data and machines": ("^", GREEN),
    "a verdict": ("D", BLACK),
}
MODEL, TRAIN, MEANS, VERDICT = KINDS
EVENTS = [  # year, kind, what; a star marks a turning point
    (1943, MODEL, "McCulloch, Pitts: the neuron as a switch"),
    (1958, TRAIN, "*Rosenblatt: the perceptron learns from examples"),
    (1969, VERDICT, "*Minsky, Papert: its limits"),
    (1970, TRAIN, "Linnainmaa: derivatives in one backward pass"),
    (1974, TRAIN, "Werbos: the same, to fit models"),
    (1980, MODEL, "Fukushima: the neocognitron"),
    (1986, TRAIN, "*Rumelhart, Hinton, Williams: back-propagation"),
    (1989, MODEL, "LeCun et al.: a network reads zip codes"),
    (1997, MODEL, "Hochreiter, Schmidhuber: LSTM, for sequences"),
    (1998, MEANS, "*LeCun et al.: LeNet-5 and MNIST"),
    (2009, MEANS, "Deng et al.: ImageNet"),
    (2012, MODEL, "*Krizhevsky et al.: AlexNet, on two GPUs"),
    (2014, TRAIN, "Kingma, Ba: the optimizer Adam"),
    (2015, TRAIN, "Ioffe, Szegedy: batch normalization"),
    (2015, MODEL, "He et al.: ResNet, very deep"),
    (2017, MODEL, "*Vaswani et al.: the transformer"),
    (2020, MODEL, "Brown et al.: GPT-3"),
    (2022, TRAIN, "*Ouyang et al.: following instructions"),
    (2024, VERDICT, "Nobel Prizes in physics and in chemistry"),
]


def timeline():
    """Nineteen dots from the first artificial neuron to the prizes; turning points are bold."""
    _, ax = plt.subplots(figsize=(7, 5), layout="constrained")
    for place, (year, kind, text) in zip(np.linspace(1941, 2026, len(EVENTS)), EVENTS):
        marker, colour = KINDS[kind]
        turning = text.startswith("*")
        shade = {"color": colour, "alpha": 1.0 if turning else 0.45, "zorder": 3}
        ax.plot([0, 0.9, 1.1], [year, place, place], color="0.75", lw=0.8)
        ax.scatter([0, 1.1], [year, place], 60 if turning else 22, marker=marker, **shade)
        weight = {"weight": "bold"} if turning else {"color": "0.3"}
        ax.text(1.3, place, f"{year}  {text.strip('*')}", va="center", fontsize=8.5, **weight)
    for kind, (marker, colour) in KINDS.items():
        ax.scatter([], [], color=colour, marker=marker, label=kind)
    ax.set(
        xlim=(-0.15, 7),
        ylim=(2028, 1939),
        ylabel="year",
        title="Ten of the nineteen lie before 2000",
    )
    ax.xaxis.set_major_locator(NullLocator())
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=4, frameon=False)
    plots.show(
        "A line of time from 1943, McCulloch and Pitts, to 2024, the Nobel Prizes, with nineteen "
        "dots. Nine of them lie after 2000. Seven turning points are bold, from the perceptron in "
        "1958 to following instructions in 2022."
    )
