"""Pictures of the chapter on backpropagation: the lemonade stand, and layers as gates."""

from itertools import pairwise, product

import matplotlib.pyplot as plt
import numpy as np

from minidl import gradcheck, plots
from minidl.plots.diagrams import Node
from minidl_course.chapters.common import band, softmax, upright
from minidl_course.frames import stop_at

STAND = {
    "price": (0, 0, "price"),
    "cups": (0, 0.8, "cups"),
    "minimum": (0, 1.6, "minimum"),
    "takings": (1.9, 0.4, "×"),
    "rent": (1.9, 1.2, "max"),
    "profit": (3.8, 0.8, "−"),
}
ARROWS = [
    ("price", "takings"),
    ("cups", "takings"),
    ("cups", "rent"),
    ("minimum", "rent"),
    ("takings", "profit"),
    ("rent", "profit"),
]
WORDS = {name: name for name in ("takings", "rent", "profit")}
STEPS = [
    "The values have gone forward; a coin of profit is worth 1",
    "Minus: 1 to the takings, and −1 to the rent",
    "Multiply swaps: 1 × 20 to the price, 1 × 3 to the cups",
    "Max routes: all of the −1 to the cups, 0 to the minimum",
    "A fork adds: the cups get 3 − 1 = 2",
]


def forwards(price, cups, minimum):
    """The values of the stand, by the names of its nodes."""
    takings, rent = price * cups, max(cups, minimum)
    inputs = {"price": price, "cups": cups, "minimum": minimum}
    return inputs | {"takings": takings, "rent": rent, "profit": takings - rent}


def backwards(price, cups, minimum):
    """What comes back in the stand, in the order of the walk: (gate, gradients)."""
    more = cups >= minimum  # at a tie the cups get it
    return [
        ("profit", {"profit": 1}),
        ("profit", {"takings": 1, "rent": -1}),
        ("takings", {("price", "takings"): cups, ("cups", "takings"): price}),
        ("rent", {("cups", "rent"): -int(more), ("minimum", "rent"): -int(not more)}),
        ("cups", {"cups": price - int(more)}),
    ]


def gradients(price, cups, minimum):
    """All that comes back in the stand, by the names of nodes and arrows."""
    walk = backwards(price, cups, minimum)
    return {name: value for _, new in walk for name, value in new.items()}


def crop(ax, low, high):
    """Cut off the blank bands below and above a drawing, in inches."""
    ax.set_ylim(low, ax.get_ylim()[1] - high)
    ax.figure.set_size_inches(ax.figure.get_size_inches()[0], np.ptp(ax.get_ylim()))


def hook():
    """The lemonade stand as a graph, with a question mark at each of its three inputs."""
    asked = {("price", "takings"): "?", "cups": "?", ("minimum", "rent"): "?"}
    graph = {"values": forwards(3, 20, 12), "gradients": asked}
    crop(plots.gradient_graph(STAND, ARROWS, words=WORDS, legend=False, **graph), 0.45, 0.2)
    plots.show(
        "A graph of the lemonade stand. Price 3 and cups 20 are multiplied to takings of 60; the "
        "larger of cups 20 and minimum 12 is the rent, 20; takings minus rent is the profit, 40. "
        "A question mark stands at each of the three inputs."
    )


def gates():
    """Three gates from behind: add distributes, multiply swaps, max routes."""
    three = [
        ("+", "Add distributes", 8, (2, 2)),
        ("×", "Multiply swaps", 15, (10, 6)),
        ("max", "Max routes", 5, (0, 2)),
    ]
    room = {"left": 0, "right": 1, "bottom": 0.13, "top": 0.86, "wspace": 0}
    figure, axes = plt.subplots(1, 3, figsize=(7, 1.95), gridspec_kw=room)
    for ax, (symbol, title, value, (da, db)) in zip(axes, three):
        nodes = {"a": (0, 0, "a"), "b": (0, 0.75, "b"), "gate": (0.7, 0.375, symbol)}
        arrows = [("a", "gate"), ("b", "gate")]
        values = {"a": 3, "b": 5, "gate": value}
        back = {"gate": 2, ("a", "gate"): da, ("b", "gate"): db}
        options = {"values": values, "gradients": back, "legend": False}
        plots.gradient_graph(nodes, arrows, ax=ax, **options)
        for words in ax.texts:
            words.set_size(10 if words.get_text() == "max" else 12)
        ax.set_title(title, size=12, loc="left", x=0.1)
        ax.set(ylim=(0.45, ax.get_ylim()[1] - 0.15), anchor="N")
    figure.text(0.02, 0.04, "above an arrow: the value", size=10)
    figure.text(0.3, 0.04, "below: the gradient", size=10, color=plots.COLOURS["gradient"])
    plots.show(
        "Three gates with inputs 3 and 5 and a gradient of 2 from the right. Add sends 2 to both, "
        "multiply sends 10 to the 3 and 6 to the 5, max sends 0 to the 3 and 2 to the 5."
    )


def walk():
    """A film: the gradients of the stand appear gate by gate, from right to left."""
    steps = backwards(3, 20, 12)

    def draw(step, ax):
        known = {name: value for _, new in steps[: step + 1] for name, value in new.items()}
        gate, new = steps[step]
        active = {gate, *(name if isinstance(name, str) else name[0] for name in new)}
        active = {"cups", "takings", "rent"} if gate == "cups" else active
        ax.set_position((0, 0.27, 1, 0.73))
        options = {"values": forwards(3, 20, 12), "gradients": known, "active": active}
        plots.gradient_graph(STAND, ARROWS, words=WORDS, ax=ax, **options)
        for k, said in enumerate(STEPS[: step + 1]):  # all so far: the last picture tells the film
            colour = "black" if k == step else "0.4"
            ax.figure.text(0.06, 0.215 - 0.048 * k, f"{k + 1}. {said}", size=10, color=colour)

    return plots.movie(
        draw,
        range(len(steps)),
        "The gradients of the lemonade stand appear gate by gate, from right to left. At the end "
        "20 has come back to the price, 3 and −1 to the cups, which makes 2, and 0 to the minimum.",
        size=(7.2, 4.1),
        seconds=2,
    )


def blank():
    """The stand on a rainy day, with empty boxes to fill in."""
    inputs = {"price": 3, "cups": 10, "minimum": 12}
    rows = {
        "price": 0.08,
        "takings": 0.42,
        "cups": 0.95,
        "rent": 1.48,
        "minimum": 1.84,
        "profit": 0.95,
    }
    larger = {name: (column, rows[name], label) for name, (column, _, label) in STAND.items()}
    given = {"values": inputs, "gradients": {"profit": 1}}
    words = {name: name for name in ("takings", "rent")}
    ax = plots.gradient_graph(larger, ARROWS, words=words, blank=True, **given)
    (minus,) = (text for text in ax.texts if text.get_text() == "−")
    below = minus.get_position()[0], minus.get_position()[1] - 0.3
    look = {"size": minus.get_size() - 2, "color": plots.COLOURS["muted"]}
    ax.text(*below, "profit", ha="center", **look)
    crop(ax, 0, 0.15)
    plots.show(
        "The graph of the stand with price 3, cups 10 and minimum 12. The boxes for the other "
        "values, and for all gradients except the 1 on the right, are empty."
    )


def stand_with_sliders():
    """The stand with all its values and gradients, which follow three sliders."""

    def draw(price, cups, minimum):
        numbers = price, cups, minimum
        graph = {"values": forwards(*numbers), "gradients": gradients(*numbers)}
        plots.gradient_graph(STAND, ARROWS, words=WORDS, **graph)

    sliders = plots.sliders(
        draw,
        "The graph of the stand with all its values and gradients, for 14 cups at 3 coins.",
        price=(0, 9, 1, 3),
        cups=(0, 30, 1, 14),
        minimum=(0, 30, 1, 12),
    )
    cups = (0, 4, 8, 11, 12, 13, 14, 20, 30)
    return stop_at(sliders, price=(0, 3, 6), cups=cups, minimum=(6, 12, 20))


BLAME = {  # a network small enough for a pencil; the biases b make p come out even
    "x": np.array([1.0, 2.0]),
    "W1": np.array([[0.0, 3.0, 1.0], [1.0, -1.0, -1.0]]),
    "W2": np.array([[2.0, -1.0], [-2.0, 3.0], [3.0, -1.0]]),
    "b": np.array([np.log(3) - 2, -1]),
    "t": np.array([0.0, 1.0]),
}


def blame():
    """Blame on its way back: from the logits to the hidden units, and to two weights."""
    x, W1, W2, b, t = BLAME.values()
    z1 = x @ W1
    h = np.maximum(z1, 0)
    z2 = h @ W2 + b
    p = softmax(z2)
    dz2 = p - t
    dh = W2 @ dz2
    dz1 = dh * (z1 > 0)
    check_blame(x, W1, W2, b, t, np.outer(x, dz1), np.outer(h, dz2))

    sheet = plots.Diagram(7.4, 3.5)
    places = [(0.5, (2.35, 1.05)), (3.2, (2.85, 1.7, 0.55)), (5.5, (2.35, 1.05))]
    columns = []
    for (across, heights), numbers, fill in zip(places, (x, h, z2), ("data", "layer", "output")):
        columns.append([sheet.gate(across, y, f"{n:.2g}", fill) for y, n in zip(heights, numbers)])
    first = columns[1][0]
    for before, after in pairwise(columns):
        for a, c in product(before, after):
            colour = plots.COLOURS["gradient"] if c is first else "0.75"
            sheet.ax.plot((a.x, c.x), (a.y, c.y), color=colour, lw=1, zorder=0)

    def on_line(a, c, at, *words):
        text = sheet.text(a.x + at * (c.x - a.x), a.y + at * (c.y - a.y), *words)
        text.set_bbox({"fc": "white", "lw": 0, "pad": 1})

    for unit, weights in zip(columns[1], W2):
        for logit, weight in zip(columns[2], weights):
            on_line(unit, logit, 0.3, _signed(weight))
    for unit, number, at in zip(columns[0], x, (0.45, 0.7)):
        on_line(unit, first, at, f"$dw$ = {number:g} × {dz1[0]:g}", "gradient")
    for unit, sent, kept in zip(columns[1], dh, dz1):
        words = _signed(kept) if kept else f"{_signed(sent)} → 0"
        sheet.text(unit.x, unit.bottom[1] - 0.13, words, "gradient")
    for unit, probability, target, back in zip(columns[2], p, t, dz2):
        sheet.text(unit.x, unit.bottom[1] - 0.13, _signed(back), "gradient")
        sheet.text(5.8, unit.y, f"$p$ = {probability:.2f}, $t$ = {target:g}", align="left")
    for across, words in ((0.5, "$x$"), (3.2, "hidden, after ReLU"), (5.5, "logits")):
        sheet.text(across, 3.3, words, "muted")
    sheet.text(3.9, 0.12, "in a circle: the value", align="left")
    sheet.text(5.55, 0.12, "below it: the blame", "gradient", align="left")
    plots.show(
        "A network with two inputs, 1 and 2, three hidden units, 2, 1 and 0, and two logits, 1.1 "
        "and 0. Below the logits stand 0.75 and −0.75, below the hidden units 2.25, −3.75 and, "
        "since the third is silent, 0. The weights into the first unit get 1 and 2 times 2.25."
    )


def check_blame(x, W1, W2, b, t, dW1, dW2):
    """Hold what came back against slopes that are measured."""

    def loss():
        return float(-np.log(softmax(np.maximum(x @ W1, 0) @ W2 + b)) @ t)

    for W, dW in ((W1, dW1), (W2, dW2)):
        assert np.allclose(gradcheck.numeric(loss, W), dW, atol=1e-8)


def _signed(number):
    return f"{number:g}".replace("-", "−")


def two_routes():
    """A number with two arrows to the same gate, one of them by way of another gate."""
    nodes = {
        "4": (0, 0, "4"),
        "u": (0, 1, "u"),
        "v1": (1.3, 0, "+"),
        "v2": (2.6, 1, "×"),
    }
    arrows = [("4", "v1"), ("u", "v1"), ("u", "v2"), ("v1", "v2")]
    values = {"4": 4, "u": 3, "v1": 7, "v2": 21}
    back = {"v2": 1, "v1": 3, ("u", "v1"): "3 × 1", ("u", "v2"): "1 × 7", "u": 10}
    words = {"v1": "$v_1$", "v2": "$v_2 = L$"}
    graph = {"values": values, "gradients": back, "words": words, "legend": False}
    ax = plots.gradient_graph(nodes, arrows, **graph)
    note = {"size": 9, "va": "center", "color": plots.COLOURS["muted"]}
    ax.text(0.95, 0.35, "along this arrow alone, with $v_1$ held at 7", **note)
    ax.text(2.75, 1.95, "what goes by way of $v_1$\ncounts at the first arrow", **note)
    crop(ax, 0.15, 0.1)
    plots.show(
        "A graph in which u = 3 has two arrows: one to a sum v1 = u + 4 = 7, and one to the "
        "product v2 = v1 times u = 21, the result. The arrow to v1 brings back 3, the arrow to v2 "
        "brings back 7, and below u stands their sum, 10."
    )
    slope = gradcheck.numeric(lambda: u[0] * (u[0] + 4), u := np.array([3.0]))[0]
    assert abs(slope - (3 * 1 + 1 * 7)) < 1e-8


def dense_layer():
    """A dense layer as a graph: shapes go forward, dx, dW and db come back."""
    nodes = {
        "x": (0, 0, "x"),
        "W": (0, 1, "W"),
        "xW": (1.1, 0.5, "·"),
        "b": (1.1, 1.5, "b"),
        "z": (2.2, 0.5, "+"),
        "y": (3.3, 0.5, "f"),
    }
    arrows = [("x", "xW"), ("W", "xW"), ("xW", "z"), ("b", "z"), ("z", "y")]
    values = {"x": "(N, D)", "W": "(D, M)", "b": "(M,)"}
    values |= dict.fromkeys(("xW", "z", "y"), "(N, M)")
    back = {"x": "$dz\\,W^T$", "W": "$x^T dz$", "xW": "$dz$", "b": "$\\Sigma_n\\, dz_n$"}
    back |= {"z": "$dz$", "y": "$dy$"}
    words = {"xW": "xW", "z": "z", "y": "y"}
    options = {"values": values, "gradients": back, "words": words, "legend": False}
    ax = plots.gradient_graph(nodes, arrows, **options)
    ax.text(0.12, 0.2, "above an arrow: the shape", size=9, va="center")
    below = {"size": 9, "va": "center", "color": plots.COLOURS["gradient"]}
    ax.text(1.95, 0.2, "below: the gradient", **below)
    crop(ax, 0, 0.2)
    plots.show(
        "A dense layer as a graph: x and W meet in a product, b is added, and the activation f "
        "gives y. Below the arrows dy comes back and becomes dz, and then dz times W transposed "
        "for x, x transposed times dz for W, and the sum of dz over the examples for b."
    )


def jacobian(J):
    """The Jacobian of a tiny layer as a table: the same block for each example, and zeros."""
    _, ax = plt.subplots(figsize=(5, 3), layout="compressed")
    ax.imshow(J > 0, cmap="Oranges", vmin=0, vmax=3)
    for (j, i), slope in np.ndenumerate(J):
        ax.text(i, j, f"{slope:g}", ha="center", va="center", color="black" if slope else "0.6")
    ax.set_title("J: the same $W^T$ for each example, and zeros", size=10)
    ax.set(xlabel="the six inputs (3 for each example)", ylabel="the four outputs")
    ax.set(xticks=range(6), yticks=range(4), xticklabels=[1, 2, 3] * 2, yticklabels=[1, 2] * 2)
    ax.axvline(2.5, color="white", lw=3)
    ax.axhline(1.5, color="white", lw=3)
    plots.show(
        "The Jacobian as a table of 4 rows and 6 columns. The upper left and the lower right block "
        "hold the same numbers, 1 2 3 and 4 5 6; all others are zero."
    )


def network(image):
    """Both opponents of the experiment: their parameters, and what comes back to them."""
    sheet = plots.Diagram(7, 3)
    sheet.ax.imshow(image, cmap="gray_r", extent=(0.2, 1.2, 0.95, 1.95))
    sheet.ax.set(xlim=(0, sheet.width), ylim=(0, sheet.height))
    frame = {"facecolor": "none", "edgecolor": plots.COLOURS["data"], "lw": 1.1}
    sheet.ax.add_patch(plt.Rectangle((0.2, 0.95), 1, 1, **frame))
    sheet.text(0.7, 0.8, "28 × 28")
    pixels = sheet.volume(2.15, 1.45, (784,), "Flatten", "layer", 0.0013)
    sheet.arrow(Node(0.7, 1.45, 1, 1), pixels)
    hidden = sheet.volume(4.3, 2.05, (128,), "Dense, ReLU", "layer", 0.003)
    outputs = [sheet.volume(6.3, y, (10,), "Dense, softmax", "output") for y in (2.05, 0.75)]
    ways = [
        (pixels, hidden, 784 * 128 + 128, "$dW = x^T dz$"),
        (hidden, outputs[0], 128 * 10 + 10, "$dz = (p - t)\\,/\\,N$"),
        (pixels, outputs[1], 784 * 10 + 10, "$dW = x^T(p - t)\\,/\\,N$"),
    ]
    for before_it, node, count, back in ways:
        start = Node(*before_it.right) if before_it is hidden else before_it
        sheet.arrow(start, node, f"{count:,} parameters", back)
    assert [count for *_, count, _ in ways] == [101_770 - 1_290, 1_290, 7_850]
    sheet.text(5.3, 2.86, "The network: 101,770 parameters", size=10)
    sheet.text(5.3, 0.15, "The regression: 7,850 parameters", size=10)
    plots.show(
        "An image of a digit, 28 by 28 pixels, is flattened to 784 numbers and goes two ways. The "
        "network: 128 hidden units with ReLU, 100,480 parameters, and 10 outputs with softmax, "
        "1,290 more. The regression: 10 outputs at once, 7,850 parameters. Below the arrows stands "
        "what comes back: prediction minus target, and x transposed times dz."
    )


def learning_curves(runs):
    """Accuracy by epoch, on digits of the training and on new ones, network and regression."""
    _, axes = plt.subplots(1, 2, figsize=(7.4, 3.3), sharey=True, layout="compressed")
    titles = (
        "Training digits: the regression climbs on",
        "New digits: 40 more epochs gain nothing",
    )
    for ax, key, title in zip(axes, ("accuracy", "val_accuracy"), titles):
        for name, colour, style in (("network", "output", "-"), ("regression", "truth", "--")):
            curves = [history[key] for _, history, _, _ in runs[name]]
            band(ax, curves, plots.COLOURS[colour], style, name)
            if name == "network":
                end = len(curves[0]), np.mean(curves, axis=0)[-1]
                ax.plot(*end, "o", color=plots.COLOURS[colour])
                ax.text(end[0] + 1, end[1], "stops here", size=9, va="center")
        ax.set(title=title, xlabel="epoch", ylim=(0.8, 1), yticks=np.arange(0.8, 1.01, 0.05))
        ax.title.set_size(10)
        ax.yaxis.set_major_formatter("{x:.0%}")
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("accuracy")
    axes[0].legend(loc="lower right", title="mean of three seeds, and their range")
    plots.show(
        "Accuracy by epoch, the mean and the range of three seeds. Left, digits of the training: "
        "the network rises to 99 % in 10 epochs, the regression to 98 % in 50. Right, new digits: "
        "the network ends at 94 %, after a dip of one run; from there on the regression stays at "
        "90 to 91 %."
    )


def first_weights(runs, images):
    """How ten epochs have changed the first weights, of both models, as images."""
    figure, axes = plt.subplots(2, 1, figsize=(6, 5.6), layout="compressed")
    titles = {
        "regression": "Regression: ten templates, and a few, such as 0 and 1, can be read",
        "network": "Network: the ten units that changed most, patches of both colours",
    }
    never = ~images.any(axis=0).ravel()  # pixels without ink in any image, (784,)
    for ax, (name, title) in zip(axes, titles.items()):
        change = runs[name][0][2]  # (784, units)
        assert never.sum() > 100 and not change[never].any()
        most = np.argsort(-np.linalg.norm(change, axis=0))[:10]
        shown = most if name == "network" else np.arange(10)
        plots.weight_images(change[:, shown], (28, 28), columns=5, ax=ax)
        figure.axes[-1].set_ylabel("change of a weight")
        ax.set_title(title, size=10)
        for digit in range(10 if name == "regression" else 0):
            row, column = divmod(digit, 5)
            ax.text(29 * column + 1, 29 * row + 1, digit, size=10, va="top")
    plots.show(
        "What training has changed in the first weights, as images. Above: ten blurred templates, "
        "numbered 0 to 9. Below: ten hidden units, each with patches in vermillion and blue."
    )


def accuracies(runs, name, epoch, key="val_accuracy"):
    """The accuracy of each seed after an epoch, (3,)."""
    return np.array([history[key][epoch - 1] for _, history, _, _ in runs[name]])


def set_upright(fit):
    """The options of model.fit, with both kinds of digits set upright."""
    x, t = fit["validation_data"]
    return fit | {"x": upright(fit["x"]), "validation_data": (upright(x), t)}


def told(runs):
    """Print the accuracies of all models, and how many digits a regression loses and gains."""
    print(f"{'':26} {'learned from':>14} {'new ones':>9}   range of three seeds")
    shown = [("network", 9), ("network", 10), ("regression", 10), ("regression", 50)]
    for name, epoch in (*shown, ("network, upright", 10), ("regression, upright", 10)):
        seen, new = accuracies(runs, name, epoch, "accuracy"), accuracies(runs, name, epoch)
        print(f"{name:19} epoch {epoch:2} {seen.mean():13.1%} {new.mean():9.1%}", end="   ")
        print(f"{new.min():.1%} to {new.max():.1%}")
    top = best_epoch(runs)
    best = accuracies(runs, "regression", top).mean()
    print(f"the regression's best: {best:.1%} of new ones, at epoch {top}")
    for seed, (_, _, _, (before, after)) in enumerate(runs["regression"]):
        lost, gained = np.sum(before & ~after), np.sum(after & ~before)
        print(f"seed {seed}, epoch 10 to 50: {lost} new digits lost, {gained} gained")
    network, regression, network_up, regression_up = (accuracies(runs, k, 10).mean() for k in runs)
    assert network - regression > 0.025 and abs(regression_up - network) < 0.012
    assert 0.004 < network_up - regression_up < 0.025


def best_epoch(runs):
    """The epoch after which the regressions are best on new digits, on average."""
    return max(range(1, 51), key=lambda epoch: accuracies(runs, "regression", epoch).mean())
