"""How a network is connected: a box for each call of a layer, an arrow from what it reads.

The boxes stand in rows, each row below all that it reads, as in Sugiyama, Tagawa and Toda (1981),
"Methods for Visual Understanding of Hierarchical System Structures". An arrow across several rows
passes through a point in each of them, so that it keeps clear of the boxes there.
"""

import itertools

import numpy as np

from minidl.base.structure import parts
from minidl.layers.calls import between
from minidl.models.model import Model
from minidl.plots.common import CLASS_COLOURS, ORANGE, SKY, new_axes

POINTS = 9  # size of the letters
LETTER, BOX, LANE, GAP = 0.08, 0.39, 0.22, 0.24  # inches: wide, high, between arrows, between rows


def network_graph(model, shapes=True, names=True, ax=None):
    """Draw the layers of a model, from top to bottom, and what each reads. Returns the Axes.

    A layer that is called twice stands there twice, in frames of one colour. A model in the model
    is one box.

    Args:
        model: a Sequential that is built, or a Model(inputs, outputs).
        shapes: whether to write the shape of one sample of what a layer returns; None in it is
            any length.
        names: whether to write the names of the layers, and not their classes alone.
        ax: where to draw, in letters that fit; a new figure as large as the graph if None.

    Raises:
        TypeError: something else, or a model with a `forward` of its own.
        RuntimeError: a Sequential that does not know the shape of its input.
    """
    boxes, reads = _boxes(model, shapes, names)
    width = LETTER * max(len(line) + 2 for lines, _ in boxes for line in lines)
    xs, rows, routes = layout(reads, width, LANE)
    ys = _heights(xs, rows, routes)
    half = np.where(np.arange(len(xs)) < len(boxes), width / 2, 0) + 0.1  # a point has no width
    left, right = (xs - half).min(), (xs + half).max()
    right = max(right, left + 1.3 * LETTER * len(title := f'Model "{model.name}"'))
    bottom, top = ys.min() - BOX / 2 - 0.1, BOX / 2 + 0.1

    scale, adjust = 1.0, "box"
    if ax is not None:
        inches = ax.get_window_extent().size / ax.figure.dpi
        scale = min(1.0, *inches / (right - left, top - bottom))
        adjust = "datalim"  # an Axes that shrank at last would be too small for the letters
    ax = ax or new_axes(right - left + 0.1, top - bottom + 0.45)
    for route in routes.values():
        _draw_arrow(ax, list(zip(xs[route], ys[route])), width, scale)
    for (lines, look), x, y in zip(boxes, xs, ys):
        _draw_box(ax, lines, look, x, y, width, scale)
    ax.update_datalim([(left, bottom), (right, top)])
    ax.margins(0)
    ax.set_aspect("equal", adjust)
    ax.set_title(title, fontsize=11)
    ax.axis("off")
    return ax


def layout(reads, width, lane):
    """Place boxes in rows, and points in every row that an arrow must cross.

    Args:
        reads: reads[k] lists the numbers of the boxes that box k reads, all of them below k.
        width: of a box.
        lane: what is left free between neighbours in a row.

    Returns:
        (xs, rows, routes): the middle (n,) and the row of each box, then of each point; and a dict
        from (i, k), where box k reads box i, to the list of i, the points on the way, and k.
    """
    rows, routes = [], {}
    for read in reads:
        rows.append(1 + max((rows[i] for i in read), default=-1))
    for i, k in dict.fromkeys((i, k) for k, read in enumerate(reads) for i in read):
        between = range(rows[i] + 1, rows[k])
        routes[i, k] = [i, *range(len(rows), len(rows) + len(between)), k]
        rows += between
    widths = [width] * len(reads) + [0] * (len(rows) - len(reads))
    return _columns(_ordered(rows, routes), widths, lane, routes), rows, routes


def _ordered(rows, routes):
    """Lists of what stands in each row, from left to right, so that few arrows cross.

    A row is sorted by the mean place of its neighbours above; on the way back up, of those below.
    """
    above, below = ([[] for _ in rows] for _ in range(2))
    for a, b in itertools.chain(*map(itertools.pairwise, routes.values())):
        above[b].append(a)
        below[a].append(b)
    order = [[i for i, r in enumerate(rows) if r == row] for row in range(max(rows) + 1)]
    place = {i: n for row in order for n, i in enumerate(row)}
    for sweep in range(7):
        near = below if sweep % 2 else above
        for row in order[:: -1 if sweep % 2 else 1]:
            row.sort(key=lambda i: np.mean([place[j] for j in near[i]] or [place[i]]))
            place.update({i: n for n, i in enumerate(row)})
    return order


def _columns(order, widths, lane, routes):
    """The x (n,) of boxes and points: the network runs straight, what skips layers bends.

    The least weighted sum of |x_i - mean of its neighbours' x|, with room within a row: a linear
    program (Gansner et al., 1993, "A Technique for Drawing Directed Graphs", section 4).
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    readers, neighbours, terms = [i for i, _ in routes], {}, []  # a term: (weight, i, neighbours)
    for (i, _), route in routes.items():
        for a, b in itertools.pairwise(route):
            if len(route) > 2 and readers.count(i) > 1:  # skips layers
                terms.append((0.5 if {a, b} & {route[0], route[-1]} else 8, a, [b]))
            else:
                neighbours.setdefault((a, "below"), []).append(b)
                neighbours.setdefault((b, "above"), []).append(a)
    terms += [(50, i, near) for (i, _), near in neighbours.items()]

    n, lines = len(widths), []  # of the program: a sum of (variable, factor), its upper bound
    for t, (_, i, near) in enumerate(terms, start=n):
        for sign in (1, -1):
            away = [(j, -sign / len(near)) for j in near]
            lines.append(([(i, sign), *away, (t, -1)], 0))
    for a, b in itertools.chain(*map(itertools.pairwise, order)):
        lines.append(([(a, 1), (b, -1)], -(widths[a] + widths[b]) / 2 - lane))
    if not lines:  # one box alone
        return np.zeros(n)
    r, c, factors = zip(*((r, *cell) for r, (line, _) in enumerate(lines) for cell in line))
    A = coo_array((factors, (r, c)), shape=(len(lines), n + len(terms)))
    cost = [0] * n + [weight for weight, _, _ in terms]
    return linprog(cost, A, [bound for _, bound in lines]).x[:n]


def _heights(xs, rows, routes):
    """The y (n,) of boxes and points; arrows that go far to the side get more room below a row."""
    gaps = [GAP] * (max(rows) + 1)
    for a, b in itertools.chain(*map(itertools.pairwise, routes.values())):
        gaps[rows[b]] = max(gaps[rows[b]], min(GAP + 0.08 * abs(xs[a] - xs[b]), 0.6))
    return -np.cumsum([0, *(BOX + gap for gap in gaps[1:])])[rows]


def _boxes(model, shapes, names):
    """([(lines of text, colours)], reads): the boxes, inputs first, and what each of them reads."""
    if not isinstance(model, Model) or type(model).forward is not Model.forward:
        raise TypeError(
            "network_graph draws what a Sequential or a Model(inputs, outputs) connects; what a "
            f"{type(model).__name__} connects, if anything, only its own forward knows"
        )
    model._require_built("network_graph")
    calls = between(tuple(model.inputs), tuple(model.outputs))
    called = [call.layer for call in calls]
    shared = [layer for layer in dict.fromkeys(called) if called.count(layer) > 1]
    keys = {layer: key for key, layer in model.sublayers().items()}
    inputs = model.input_names or [value.name for value in model.inputs]
    rows = [(name, "Input", None, (value,)) for name, value in zip(inputs, model.inputs)]
    rows += [(keys[c.layer], type(c.layer).__name__, c.layer, parts(c.outputs)) for c in calls]
    boxes, made = [], {}
    for name, kind, layer, values in rows:
        made |= dict.fromkeys(values, len(boxes))
        output, twice = not {*values}.isdisjoint(model.outputs), layer in shared
        shape = ", ".join(" × ".join(map(str, v.sample_shape)) or "()" for v in values)
        words = [name, kind] if names else [kind]
        words[0] += f" ({', '.join(['output'] * output + ['shared'] * twice)})" * (output or twice)
        fill = (SKY, 0.45) if layer is None else (ORANGE, 0.45) if output else "white"
        frame = CLASS_COLOURS[shared.index(layer) % 8] if twice else "0.35"
        lines = [words[0], " · ".join(words[1:] + [shape] * shapes)]
        look = {"facecolor": fill, "edgecolor": frame, "lw": 2.2 if twice else 0.9}
        boxes.append(([*filter(None, lines)], look))
    return boxes, [[] for _ in inputs] + [[made[v] for v in parts(c.inputs)] for c in calls]


def _draw_box(ax, lines, look, x, y, width, scale):
    from matplotlib.patches import FancyBboxPatch

    look = look | {"lw": scale * look["lw"], "boxstyle": "round,pad=0,rounding_size=0.06"}
    ax.add_patch(FancyBboxPatch((x - width / 2, y - BOX / 2), width, BOX, **look))
    for n, line in enumerate(lines):
        up = 0.082 * (len(lines) - 1 - 2 * n)
        font = {"size": POINTS * scale, "weight": "normal" if n else "bold"}
        ax.text(x, y + up, line, ha="center", va="center_baseline", **font)


def _draw_arrow(ax, places, width, scale):
    """Draw one arrow through (x, y) of each place: upright within a row, bent between two rows."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    # It leaves and arrives on the side where it goes and comes from: arrows of one box part.
    (start, after), (before, end) = np.transpose(places[:2])[0], np.transpose(places[-2:])[0]
    aside = np.clip([0.2 * (after - start), 0.2 * (before - end)], -0.4 * width, 0.4 * width)
    at, codes = [(start + aside[0], places[0][1] - BOX / 2)], [Path.MOVETO]
    for x, y in [*places[1:-1], (end + aside[1], places[-1][1])]:
        a, middle = at[-1][0], (at[-1][1] + y + BOX / 2) / 2
        at += [(a, middle), (x, middle), (x, y + BOX / 2), (x, y - BOX / 2)]
        codes += [Path.CURVE4] * 3 + [Path.LINETO]
    look = {"arrowstyle": "-|>", "color": "0.35", "lw": scale, "mutation_scale": 9 * scale}
    ax.add_patch(FancyArrowPatch(path=Path(at[:-1], codes[:-1]), **look))
