"""Pictures of the chapter on the scalar engine, which itself stands on the page."""

import timeit
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from minidl import gradcheck, plots
from minidl.models import Sequential
from minidl.plots.diagrams import Node
from minidl.plots.graphs import layout
from minidl_course.chapters.common import band, bare

COLOURS = plots.COLOURS
SYMBOLS = "+−×"  # what gates 0, 1 and 2 are called; 3 is the maximum
VALUES = (3.0, -1.0, 2.0, 1.0)  # of the graph at the top, four inputs
PLAN = (  # and its gates: (which gate, first input, second input), the inputs by their numbers
    (2, 2, 1),
    (1, 3, 0),
    (1, 4, 2),
    (2, 4, 5),
    (1, 7, 2),
    (2, 7, 6),
    (2, 8, 4),
    (2, 9, 3),
    (3, 10, 11),
    (0, 12, 11),
)


def _written(number):
    return number if isinstance(number, str) else f"{number:g}".replace("-", "−")


def _label(k):
    """What stands in node k of the graph at the top."""
    if k < len(VALUES):
        return _written(VALUES[k])
    gate = PLAN[k - len(VALUES)][0]
    return "max" if gate == 3 else SYMBOLS[gate]


def _draw(sheet, height, values, gradients, active=None):
    """The graph at the top: a value above each gate, and below a node what has come back."""
    count = len(VALUES)
    reads = [[]] * count + [[first, second] for _, first, second in PLAN]
    heights, rows, routes = layout(reads, 0.4, 0.3)
    places = [(0.35 + 0.98 * row, height - (y - heights.min())) for row, y in zip(rows, heights)]
    nodes = []
    for k in range(len(reads)):
        fill = "highlight" if k == active else "data" if k < count else "layer"
        draw = sheet.box if k < count else sheet.gate
        nodes.append(draw(*places[k], _label(k), fill=fill))
        if k >= count:
            sheet.text(places[k][0], nodes[k].top[1] + 0.1, _written(values[k]))
        if k in gradients:
            side = places[k][0], nodes[k].bottom[1] - 0.11
            sheet.text(*side, _written(gradients[k]), "gradient")
    for (_, end), route in routes.items():
        way = [nodes[route[0]], *(Node(*places[p]) for p in route[1:-1]), nodes[end]]
        for a, b in pairwise(way[:-1]):
            start = a.right if a.width else (a.x, a.y)
            sheet.ax.plot(*zip(start, (b.x, b.y)), color="0.3", lw=1.2 * sheet.scale, zorder=1)
        sheet.arrow(*way[-2:])


def values_of_the_graph():
    """The values of the graph at the top, with plain numbers."""
    values = list(VALUES)
    for gate, first, second in PLAN:
        a, b = values[first], values[second]
        values.append((a + b, a - b, a * b, max(a, b))[gate])
    return values


def hook():
    """A graph that nobody designed: four numbers, ten gates, and a question mark at each."""
    sheet = plots.Diagram(7.2, 3.3)
    _draw(sheet, 3.0, values_of_the_graph(), dict.fromkeys(range(len(VALUES)), "?"))
    plots.show(
        "A graph drawn at random. Four numbers, 3, −1, 2 and 1, go through ten gates (a sum, "
        "differences, products and a maximum), two of them along several arrows. The result is "
        "−20. A question mark stands below each of the four numbers."
    )


def _slopes(k, values):
    """What a gate of the graph at the top notes: [(number of an input, slope)]."""
    gate, first, second = PLAN[k - len(VALUES)]
    a, b = values[first], values[second]
    slopes = ((1, 1), (1, -1), (b, a), (float(a >= b), float(a < b)))[gate]
    return [(first, slopes[0]), (second, slopes[1])]


def walk_back():
    """A film: the gates are taken from the tape, and send gradients to what they were made of."""
    values = values_of_the_graph()
    known, frames = {len(values) - 1: 1.0}, []
    for k in reversed(range(len(VALUES), len(values))):
        frames.append((k, dict(known)))
        for at, slope in _slopes(k, values):
            known[at] = known.get(at, 0.0) + slope * known[k]
    frames.append((None, dict(known)))

    def draw(frame, ax):
        active, gradients = frame
        ax.set_position((0, 0, 1, 1))
        sheet = plots.Diagram(7.2, 3.8, ax)
        _draw(sheet, 3.3, values, gradients, active)
        end = len(VALUES) if active is None else active + 1
        said = "Only the four inputs are left on the tape, and their gradients are complete"
        if active is not None:
            arrived = _written(gradients[active])
            parts = [
                f"{_written(slope)} · {arrived} to {_label(at)}"
                for at, slope in _slopes(active, values)
            ]
            said = f"The last on the tape is {_label(active)}. It sends {' and '.join(parts)}"
        sheet.text(0.15, 3.6, said, size=10, align="left")
        sheet.text(0.15, 0.2, "tape", "muted", align="left")
        for k in range(len(values)):
            fill = "highlight" if k == active else "layer" if k < end else "white"
            sheet.box(0.8 + 0.47 * k, 0.2, _label(k), 0.42, 0.28, fill=fill)
            if k >= end:
                sheet.ax.texts[-1].set_color("0.75")
                sheet.ax.patches[-1].set_edgecolor("0.85")

    return plots.movie(
        draw,
        frames,
        "The graph of the first picture, with its tape below. One gate after the other is taken "
        "from the end of the tape and sends a gradient along each of its arrows, until −12, 36, "
        "−20 and −4 have come back to the four inputs.",
        size=(7.2, 3.8),
        seconds=1.5,
    )


def neuron(numbers):
    """A neuron that is used twice, as a graph, with the engine's values and gradients."""
    x, wx, h, wh, y, e, L, w, b, t = numbers
    row = ["x", "×", "+", "× ", "+ ", "−", "L"]
    places = {name: (0.74 * column, 1, name.strip()) for column, name in enumerate(row)}
    places["L"] = (0.74 * 6, 1, "(·)²")
    places |= {"w": (0.74 * 2, 0, "w"), "b": (0.74 * 3, 2, "b"), "t": (0.74 * 5, 2, "t")}
    arrows = [*pairwise(row), ("w", "×"), ("w", "× "), ("b", "+"), ("b", "+ "), ("t", "−")]
    made = dict(zip([*row, "w", "b", "t"], (x, wx, h, wh, y, e, L, w, b, t)))
    back = {name: number.grad for name, number in made.items()}
    back |= {("w", "×"): wx.grad * x.value, ("w", "× "): wh.grad * h.value}
    back |= {("b", "+"): h.grad, ("b", "+ "): y.grad}
    values = {name: number.value for name, number in made.items()}
    words = {"+": "h", "+ ": "y", "L": "L"}
    plots.gradient_graph(places, arrows, words=words, values=values, gradients=back)
    plots.show(
        "The graph of a neuron that is used twice. Two arrows leave w and bring back −36 and −12, "
        "two arrows leave b and bring back −18 and −6. Above w stands −48, below b −24."
    )
    assert (back["w", "×"], back["w", "× "], back["b", "+"], back["b", "+ "]) == (-36, -12, -18, -6)


def learning(history, ask, points, targets):
    """A film: the plane as the network colours it, step by step, beside its falling loss.

    Args:
        history: (loss, weights) of every step.
        ask: ask(point, weights) returns a number between -1 and 1.
        points: array (N, 2).
        targets: array (N,), 1 or -1.
    """
    steps = [0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 30, 45, 65, 95, 140, 200]
    losses = [history[step][0] for step in steps]
    told = [[ask(point, history[step][1]) for point in points] for step in steps]
    shares = [np.mean(np.sign(answers) == targets) for answers in told]
    across, up = np.linspace(-2.1, 2.1, 43), np.linspace(-1.4, 1.4, 29)
    edges = (across[0], across[-1], up[0], up[-1])
    planes = [
        np.array([[ask((x, y), history[step][1]) for x in across] for y in up]) for step in steps
    ]

    def draw(k, ax, curve):
        plane = planes[k]
        look = {"extent": edges, "origin": "lower", "vmin": -1, "vmax": 1, "cmap": "PuOr_r"}
        ax.imshow(plane, **look, alpha=0.75, interpolation="bilinear")
        for earlier in (j for j in range(k) if steps[j] in (3, 15)):  # the last tells the film
            if planes[earlier].min() < 0 < planes[earlier].max():
                look = {"colors": "white", "linewidths": 1.3, "linestyles": "--"}
                line = ax.contour(across, up, planes[earlier], [0], **look)
                frame = {"boxstyle": "circle,pad=0.15", "fc": "white", "lw": 0}
                look = {"size": 9, "ha": "center", "va": "center", "bbox": frame}
                ax.text(*line.allsegs[0][0][-2], steps[earlier], **look)
        if plane.min() < 0 < plane.max():
            ax.contour(across, up, plane, [0], colors="black", linewidths=1.5)
        for target, colour, marker in ((1, COLOURS["weight"], "o"), (-1, "#5E3C99", "s")):
            chosen = points[targets == target]
            ax.scatter(*chosen.T, s=20, color=colour, marker=marker, ec="white", lw=0.6)
        right = f"{shares[k]:.0%} of the points right"
        ax.set_title(f"after {steps[k]} step{'s' * (steps[k] != 1)}: {right}", size=10)
        bare(ax)
        places = np.arange(len(steps))
        curve.plot(places, losses, color="0.8")
        curve.plot(places[: k + 1], losses[: k + 1], "o-", ms=3, color=COLOURS["truth"])
        curve.set(ylim=(0, 1.08 * max(losses)), xlabel="step (not evenly spaced)")
        curve.set_xticks(places[::3])
        curve.set_xticklabels(steps[::3])
        curve.set_title(f"loss {losses[k]:.3f}", size=10)
        curve.grid(alpha=0.3)

    return plots.movie(
        draw,
        range(len(steps)),
        "Two moons of points, and the answer of the network at each place of the plane. At first "
        "one colour covers nearly everything; then a line parts the moons roughly, and bends until "
        "it runs between them. Beside it the loss falls to nearly 0.",
        size=(7.4, 2.9),
        columns=2,
        seconds=0.7,
    )


def calls():
    """Three doublings, walked back: a tree of calls for the recursion, a chain for the tape."""
    sheet = plots.Diagram(7, 2.4)
    names = ["3 doublings", "2 doublings", "1 doubling", "$u$"]
    heights = [1.85, 1.3, 0.75, 0.2]
    tree = [np.linspace(1.2, 4.8, 2 ** (k + 1) + 1)[1::2] for k in range(4)]
    dot = {"s": 70, "color": COLOURS["gradient"], "zorder": 3}
    for k, (row, y) in enumerate(zip(tree, heights)):
        sheet.text(1.1, y, names[k], "muted", align="right")
        sheet.ax.scatter([*row, 6.1], [y] * (len(row) + 1), **dot)
        if k:
            above = heights[k - 1]
            for n, x in enumerate(row):
                sheet.ax.plot((tree[k - 1][n // 2], x), (above, y), color="0.3", lw=1.2, zorder=1)
            for bend in (-0.12, 0.12):
                sheet.arrow((6.1, above - 0.06), (6.1, y + 0.06), bend=bend)
    count = sum(len(row) for row in tree)
    sheet.text(3, 2.22, f"The recursion: {count} calls, a branch for each path", size=10)
    sheet.text(6.1, 2.22, f"The tape: {len(tree)} visits", size=10)
    assert count == 2**4 - 1
    plots.show(
        "Three doublings. Left, the calls of the recursion as a tree: 1 for the result, then 2, 4 "
        "and 8, which makes 15. Right, the same numbers as a chain of 4, with two arrows from each "
        "to the next: the tape visits each number once."
    )


def _side(count):
    return 0.036 * count**0.5  # inches


def _product(sheet, x, y, *factors):
    """Matrices in a row, each with its name and its shape; returns where the row ends."""
    for name, rows, columns, colour in factors:
        room = max(_side(columns), 0.62)
        x += room / 2
        look = {"facecolor": COLOURS[colour], "edgecolor": "0.3", "lw": 0.8}
        corner = (x - _side(columns) / 2, y - _side(rows) / 2)
        sheet.ax.add_patch(plt.Rectangle(corner, _side(columns), _side(rows), **look))
        sheet.text(x, y + 0.36, name)
        sheet.text(x, y - 0.36, f"{rows} × {columns}", "muted")
        x += room / 2 + 0.12
    return x - 0.12


def two_orders():
    """The product dy J2 J1 from the left and from the right, with all shapes and counts."""
    sheet = plots.Diagram(7.4, 2.9)
    dy, dx = ("$dy$", 1, 10, "gradient"), ("$dx$", 1, 784, "gradient")
    J2, J1 = ("$J_2$", 10, 128, "layer"), ("$J_1$", 128, 784, "layer")
    row, square = ("$dy\\,J_2$", 1, 128, "gradient"), ("$J_2J_1$", 10, 784, "layer")
    orders = [
        ("From the left: a row all the way", 2.05, (row, J1), 10 * 128, 128 * 784),
        ("From the right: a matrix in between", 0.6, (dy, square), 10 * 128 * 784, 10 * 784),
    ]
    for title, y, then, first, second in orders:
        count = f"{first + second:,} multiplications"
        sheet.text(0.1, y + 0.68, f"{title}, {count}", align="left")
        end = _product(sheet, 0.1, y, dy, J2, J1)
        start = end + 0.85
        sheet.arrow((end + 0.08, y), (start - 0.05, y), f"{first:,}")
        end = _product(sheet, start, y, *then)
        sheet.arrow((end + 0.08, y), (end + 0.8, y), f"{second:,}")
        _product(sheet, end + 0.85, y, dx)
    plots.show(
        "The product of dy (1 by 10), J2 (10 by 128) and J1 (128 by 784) in two orders. From the "
        "left there is always a row, with 101,632 multiplications; from the right there is a "
        "matrix of 10 by 784 in between, with 1,011,360."
    )
    assert 10 * 128 + 128 * 784 == 101_632 and 10 * 128 * 784 + 10 * 784 == 1_011_360


def shortest(action):
    """The shortest of 100 times that an action takes, in seconds."""
    return min(timeit.repeat(action, number=1, repeat=100))


def right_and_wrong(named, turned, mean_image):
    """Curves of the right and the wrong layer, (3, epochs) each, naming digits and turning them."""
    _, axes = plt.subplots(1, 2, figsize=(7.4, 3), layout="compressed")
    titles = ("Naming the digit: hardly a difference", "A quarter turn: the wrong layer is stuck")
    for ax, (right, wrong), title in zip(axes, (named, turned), titles):
        band(ax, right, COLOURS["truth"], "-", "right, +=")
        band(ax, wrong, COLOURS["gradient"], "--", "wrong, =")
        ax.set(xlabel="epoch", ylim=0)
        ax.set_title(title, size=10)
        ax.grid(alpha=0.3)
    axes[0].set(ylabel="accuracy on new digits", ylim=(0.85, 1))
    axes[0].yaxis.set_major_formatter("{x:.0%}")
    axes[1].set(ylabel="squared error on new digits", ylim=(0, 0.09))
    axes[1].axhline(mean_image, ls=":", color="0.3")
    axes[1].text(60, mean_image + 0.002, "always the mean image", ha="right", size=9)
    axes[0].legend(loc="lower right", title="three seeds: mean, range")
    plots.show(
        "Mean and range of three seeds. Left: the right and the wrong layer name 96 % of new "
        "digits and their curves nearly coincide. Right: in the quarter turn the wrong layer's "
        "error stays high, not far below that of an answer that is always the mean image."
    )


def turned_digits(digits, wanted, right, wrong):
    """Six digits, the same after a quarter turn as wanted, and as both layers turn them."""
    rows = {"in": digits, "wanted": wanted}
    for title, layer in (("with +=", right), ("with =", wrong)):
        once, _ = layer.forward(digits)
        rows[title], _ = layer.forward(once)
    _, axes = plt.subplots(4, 6, figsize=(5.4, 3.5), layout="compressed")
    for row, (title, pictures) in zip(axes, rows.items()):
        row[0].set_ylabel(title, rotation=0, ha="right", va="center")
        for ax, picture in zip(row, pictures):
            ax.imshow(picture.reshape(8, 8), cmap="gray", vmin=0, vmax=1)
    bare(axes)
    plots.show(
        "Six digits, the same after a quarter turn as wanted, as the right layer turns them, which "
        "is easy to read, and as the wrong layer does, which is smeared."
    )


def verdict(layers, shape=(6, 4)):
    """What the gradient check says of a row of layers: "no mistake", or which."""
    try:
        gradcheck.check_layer(Sequential(layers), shape)
        return "no mistake"
    except AssertionError as error:
        return f"a mistake: {error}"


def error_from_zero(layer):
    """The largest relative error of dW, for a layer that stands twice and gradients of zero."""
    model, x = Sequential([layer, layer]), np.random.default_rng(0).normal(size=(6, 4))
    model.prepare((4,))
    model.astype(np.float64)
    y, cache = model.forward(x)
    measured = gradcheck.numeric(lambda: np.sum(model.forward(x)[0] ** 3), layer.W.value)
    layer.W.grad[...] = 0
    model.backward(3 * y**2, cache)
    return gradcheck.relative_error(layer.W.grad, measured).max()


def moons(count, seed):
    """Points (count, 2) of two moons, and their targets (count,), 1 above and -1 below."""
    rng = np.random.default_rng(seed)
    angle, above = rng.uniform(0, np.pi, count), np.arange(count) % 2
    x = np.where(above, np.cos(angle), 1 - np.cos(angle)) - 0.5
    y = np.where(above, np.sin(angle), 0.5 - np.sin(angle)) - 0.25
    return np.stack([x, y], axis=1) + rng.normal(scale=0.12, size=(count, 2)), 2 * above - 1
