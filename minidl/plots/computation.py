"""Computation graphs: values on their way forward, gradients on their way back."""

import math
import numbers
import re

from minidl.plots import arrows
from minidl.plots.common import colour_of
from minidl.plots.diagrams import Diagram, Node

PITCH = (1.3, 1.1)  # inches from column to column, from row to row
LETTER = 0.07  # inches: the width of a letter
STUB = 0.75  # inches: the arrow behind a node that nothing reads
BLANK = (0.44, 0.2)  # inches: an empty box for a number


def gradient_graph(
    nodes,
    edges,
    *,
    values=None,
    gradients=None,
    active=None,
    words=None,
    blank=False,
    legend=True,
    ax=None,
):
    r"""Draw a computation graph from left to right. Returns the Axes.

    A value stands above the arrows on which it goes forward, a gradient, in its colour, below the
    arrow on which it comes back. Where a value is read twice, each arrow brings its own gradient
    back, and their sum stands below the node (above it where all its arrows lead down).

    Args:
        nodes: {name: (column, row, label)}; columns count from the left, rows from the top, and
            halves are allowed. What no arrow leads to is an input; a short label of another node
            is drawn in a circle.
        edges: [(from, to)] in names.
        values: {name: value of that node}; numbers have three digits, texts stay as they are.
        gradients: {name: gradient with respect to that node, or (from, to): what comes back on
            that arrow}.
        active: names to emphasize: their outlines, and the arrows between them.
        words: {name: what stands above that node}, for the names of results.
        blank: leave empty boxes for all values and gradients that are not given, to be filled in
            on paper.
        legend: whether to say below the graph what stands where.
        ax: where to draw; a new figure if None.

    Raises:
        ValueError: no nodes, or a name that is not in `nodes`, or an arrow that is not in `edges`.
    """
    edges = [tuple(edge) for edge in edges]
    values, gradients, active = dict(values or {}), dict(gradients or {}), set(active or ())
    _check(nodes, edges, values, gradients, active, words := words or {})
    read = {name: [edge for edge in edges if edge[0] == name] for name in nodes}
    made = {after for _, after in edges}
    columns, rows = ([node[k] for node in nodes.values()] for k in (0, 1))
    label = max(len(_letters(label)) for _, _, label in nodes.values())
    number = max((len(_text(n)) for n in [*values.values(), *gradients.values()]), default=0)
    pitch = max(PITCH[0], LETTER * (label + number) + 0.4)  # room for boxes, and for words between
    margin = max(0.5, LETTER * label / 2 + 0.2)
    width = pitch * (max(columns) - min(columns)) + 2 * margin + STUB
    height = PITCH[1] * (max(rows) - min(rows)) + 1.0
    sheet = Diagram(width, height + 0.25, ax)

    places = {}
    for name, (column, row, label) in nodes.items():
        x = margin + pitch * (column - min(columns))
        y = sheet.height - 0.5 - PITCH[1] * (row - min(rows))
        fill = "highlight" if name in active else "layer" if name in made else "data"
        circle = name in made and len(_letters(label)) <= 5
        places[name] = (sheet.gate if circle else sheet.box)(x, y, str(label), fill=fill)

    for name, node in places.items():
        ends = [(places[edge[1]], edge) for edge in read[name]]
        if not ends:  # nothing reads it: its value leaves the graph
            ends = [(Node(node.right[0] + STUB - 0.1, node.y), name)]
        at = 0.6 if len(ends) > 1 else 0.4  # where the arrows of a fork, or of a meeting, are apart
        for end, key in ends:
            back = gradients.get(key, gradients.get(name) if len(ends) == 1 else None)
            arrow = _arrow(sheet, node, end, values.get(name), back, blank, at)
            if key != name and active.issuperset(key):
                arrow.set_linewidth(2 * arrow.get_linewidth())
        if len(ends) > 1:
            down = all(end.y < node.y for end, _ in ends)
            y = node.top[1] + 0.15 if down else node.bottom[1] - 0.15
            _number(sheet, node.x, y, gradients.get(name), blank, "gradient")
        if name in words:
            sheet.text(node.x, node.top[1] + 0.15, words[name], "muted")
    if legend and (values or gradients or blank):
        sheet.text(0.12, 0.13, "above an arrow: the value", align="left")
        sheet.text(1.95, 0.13, "below: the gradient", "gradient", align="left")
    return sheet.ax


def _letters(label):
    """About the letters that are seen of a text with mathematics."""
    return re.sub(r"[${}^]|(?<=\w)_", "", re.sub(r"\\[a-z]+", "#", str(label)))


def _arrow(sheet, a, b, value, back, blank, at):
    """An arrow with its value above and its gradient below, or with empty boxes for them."""
    _, (x, y), slope = arrows.route(a, b, at=at)
    for number, sign, colour in [(value, 1, "truth"), (back, -1, "gradient")]:
        if number is None and blank:
            up = -sign * math.sin(slope), sign * math.cos(slope)
            away = 0.06 + abs(up[0]) * BLANK[0] / 2 + abs(up[1]) * BLANK[1] / 2
            _number(sheet, x + away * up[0], y + away * up[1], None, True, colour)
    return sheet.arrow(a, b, _text(value), _text(back), at=at)


def _number(sheet, x, y, number, blank, colour):
    """A number at (x, y), or an empty box for it."""
    if number is not None:
        sheet.text(x, y, _text(number), colour)
    elif blank:
        from matplotlib.patches import Rectangle

        wide, high = BLANK
        look = {"facecolor": "white", "edgecolor": colour_of(colour), "lw": 0.8 * sheet.scale}
        sheet.ax.add_patch(Rectangle((x - wide / 2, y - high / 2), wide, high, zorder=3, **look))


def _text(number):
    """Three digits of a number; texts as they are, nothing for None."""
    if number is None or isinstance(number, str):
        return number or ""
    if isinstance(number, numbers.Integral):
        return str(number).replace("-", "−")
    return f"{float(number):.3g}".replace("-", "−")


def _check(nodes, edges, values, gradients, active, words):
    if not nodes:
        raise ValueError("nodes is empty: give {name: (column, row, label)}")
    for name, node in nodes.items():
        if not isinstance(node, tuple | list) or len(node) != 3:
            raise ValueError(f"node {name!r} must be (column, row, label), got {node!r}")
    named = {"edges": {n for edge in edges for n in edge}, "active": active}
    named["words"] = set(words)
    named |= {"values": set(values), "gradients": {k for k in gradients if k not in edges}}
    for what, names in named.items():
        if missing := sorted(map(repr, names - set(nodes))):
            raise ValueError(
                f"{what} speaks of {', '.join(missing)}, which is not in nodes: "
                f"there are {', '.join(map(repr, nodes))}"
                + (f", and the arrows {edges}" if what == "gradients" else "")
            )
