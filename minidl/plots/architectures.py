"""Architectures as a book draws them: a network as a row of shapes, a recurrent one in time."""

import itertools
import re

from minidl.base.checks import positive_integer
from minidl.models.sequential import Sequential
from minidl.plots.diagrams import Diagram, cuboid

PAGE = 7.0  # inches that a page shows without shrinking
TALLEST = 1.0  # inches: the highest cuboid of a row
LETTER, LINE = 0.068, 0.17  # inches: the width of a letter, the height of a line
ANY = 12  # drawn for a length that is None


def layers_in_a_row(layers, ax=None):
    r"""Draw a network as the shapes that go through it, from left to right. Returns the Axes.

    Feature maps are cuboids and vectors columns, with the name of the layer that makes them above
    and their shape below. A layer that learns nothing and keeps the shape, such as an activation
    or dropout, is written to the one before it. A long network takes several lines.

    Args:
        layers: a Sequential that is built, or a list of (name, shape), the input first. The shape
            is that of one sample: (H, W, C), (T, D) or (D,); "\n" parts the lines of a name.
        ax: where to draw; a new figure, at most as wide as a page, if None.

    Raises:
        TypeError: something else.
        RuntimeError: a Sequential that does not know the shape of its input.
        ValueError: no layers, or a shape that cannot be drawn.
    """
    rows = _made_by(layers) if isinstance(layers, Sequential) else _pairs(layers)
    pixels = [ANY if n is None else n for _, shape in rows for n in shape[:-1]]
    scale = min(0.05, TALLEST / max(pixels, default=1))
    sizes = [cuboid(shape, scale) for _, shape in rows]
    names = [name.split("\n") for name, _ in rows]
    labels = [" × ".join(map(str, shape)) for _, shape in rows]

    words = [max(map(len, [*lines, label])) * LETTER for lines, label in zip(names, labels)]
    wide = [max(w + 0.32 * d + 0.34, word + 0.12) for (w, _, d), word in zip(sizes, words)]
    high = [(h + 0.24 * d) / 2 for _, h, d in sizes]
    above = [h + LINE * len(name) + 0.12 for h, name in zip(high, names)]
    lines = _lines(wide)
    room = [[max(part[i] for i in line) for part in (above, high)] for line in lines]
    width = max(sum(wide[i] for i in line) for line in lines) + 0.3
    sheet = Diagram(width, sum(map(sum, room)) + 0.4 * len(lines), ax)

    bottom = sheet.height
    for row, line in enumerate(lines):
        x, y = 0.15, bottom - room[row][0]
        bottom, before = y - room[row][1] - 0.4, None
        for i in line:
            x += wide[i] / 2
            fill = "data" if i == 0 else "output" if i == len(rows) - 1 else "layer"
            node = sheet.volume(x, y, rows[i][1], rows[i][0], fill, scale)
            x += wide[i] / 2
            if before or row:
                sheet.arrow(before or (0.02, y), node)
            before = node
        if row < len(lines) - 1:
            sheet.arrow(before, (before.right[0] + 0.3, y))
    return sheet.ax


def _lines(wide):
    """Lists of indices: as few lines as fit on a page, about equally full."""

    def filled(limit):
        lines, full = [[]], 0.0
        for i, width in enumerate(wide):
            if full + width > limit and lines[-1]:
                lines, full = [*lines, []], 0.0
            lines[-1].append(i)
            full += width
        return lines

    fewest = filled(PAGE - 0.3)
    limits = (PAGE - 0.3 - 0.1 * n for n in range(int(10 * PAGE)))
    equal = itertools.takewhile(lambda lines: len(lines) == len(fewest), map(filled, limits))
    return [fewest, *equal][-1]


def _made_by(model):
    """[(name, shape)] of what goes through a built Sequential, the input first."""
    model._require_built("layers_in_a_row")
    shape = tuple(model.input_shape)
    rows = [("input", shape)]
    for layer in model.layers:
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "\n", type(layer).__name__)
        after = tuple(layer.output_shape)
        if after == shape and not layer.params() and len(rows) > 1:
            rows[-1] = (f"{rows[-1][0]}\n{name}", shape)
        else:
            rows.append((name, after))
        shape = after
    return rows


def _pairs(layers):
    rows = []
    for item in layers if isinstance(layers, list | tuple) else [layers]:
        if not isinstance(item, list | tuple) or len(item) != 2:
            raise TypeError(
                "layers must be a built Sequential or a list of (name, shape), the input first; "
                f"got {item!r}"
            )
        name, shape = item
        rows.append((str(name), tuple(shape) if isinstance(shape, list | tuple) else (shape,)))
    if not rows:
        raise ValueError("layers is empty: give (name, shape) of the input and of each layer")
    return rows


def unrolled(steps, *, inputs, outputs=None, states=("h",), cell="LSTM", ax=None):
    """Draw a recurrent network unrolled in time: one cell a step, all the same. Returns the Axes.

    Args:
        steps: how many.
        inputs: what goes in at the bottom: a symbol ("x" becomes x₁, x₂, ...), or a list with
            a text for each step; "" where nothing goes in.
        outputs: what comes out at the top, in the same form; nothing if None.
        states: what is handed on from step to step: ("h",), or ("h", "c") for an LSTM.
        cell: the name in the boxes.
        ax: where to draw; a new figure if None.

    Raises:
        TypeError, ValueError: steps is no positive integer, or a list does not have one text for
            each step; no state.
    """
    steps = positive_integer("steps", steps)
    inputs = _each("inputs", inputs, steps)
    outputs = _each("outputs", outputs or [""] * steps, steps)
    states = (states,) if isinstance(states, str) else tuple(states)
    if not states:
        raise ValueError('states is empty: name what is handed on, such as ("h",)')

    longest = max(len(re.sub(r"[$\\{}_]", "", text)) for text in [*inputs, *outputs])
    wide = max(0.55, LETTER * len(cell) + 0.2)
    pitch = max(wide + 0.42, LETTER * longest + 0.28)
    high = 0.42 + 0.2 * (len(states) - 1)
    top = 0.62 if any(outputs) else 0.0
    sheet = Diagram(pitch * steps + 0.75, 0.8 + high + top + 0.1, ax)

    y = 0.8 + high / 2
    levels = [y + 0.2 * ((len(states) - 1) / 2 - n) for n in range(len(states))]
    for t in range(steps + 1):
        x = 0.375 + pitch * (t + 0.5)  # of the cell of step t
        for state, level in zip(states, levels):
            last = t == steps
            start = x - pitch + wide / 2 if t else 0.3
            end = start + 0.32 if last else x - wide / 2
            sheet.arrow((start, level), (end, level), colour="memory")
            side = -0.12 if level == levels[-1] != levels[0] else 0.12
            sheet.text((start + end) / 2 - 0.03, level + side, f"${state}_{{{t}}}$")
        if t == steps:
            break
        box = sheet.box(x, y, cell, wide, high)
        if inputs[t]:
            sheet.arrow(sheet.box(x, 0.25, inputs[t], fill="data"), box)
        if outputs[t]:
            sheet.arrow(box, sheet.box(x, sheet.height - 0.25, outputs[t], fill="output"))
    return sheet.ax


def _each(name, texts, steps):
    """One text for each step."""
    if isinstance(texts, str):
        return [f"${texts}_{{{t}}}$" for t in range(1, steps + 1)]
    texts = [str(text) for text in texts]
    if len(texts) != steps:
        raise ValueError(f"{name} has {len(texts)} texts for {steps} steps: give one for each")
    return texts
