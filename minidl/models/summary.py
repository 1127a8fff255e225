"""The table that `model.summary()` shows: text in a terminal, HTML in a notebook."""

import html

from minidl.base.structure import parts
from minidl.layers.graph import Graph


class Summary:
    """Layers, output shapes and numbers of parameters of a built model.

    A graph also tells which layers each layer reads.
    """

    def __init__(self, model):
        self.title = f'Model "{model.name}"'
        self.head = ["Layer (type)", "Output shape", "Params"]
        graph = isinstance(model.net, Graph)
        if graph:
            self.head.append("Connected to")
        calls = {}
        for call in getattr(model.net, "nodes", ()):
            calls.setdefault(call.layer, []).append(call)
        self.rows = []
        keys = {layer: key for key, layer in model.sublayers().items()}
        for layer in model.layers:
            shape = calls[layer][0].outputs if layer in calls else layer.output_shape
            row = [
                keys.get(layer, layer.name),
                type(layer).__name__,
                _shape(shape),
                f"{layer.count_params():,}",
            ]
            read = [v.name for call in calls.get(layer, ()) for v in parts(call.inputs)]
            self.rows.append([*row, ", ".join(read)] if graph else row)
        total = model.count_params()
        trainable = sum(p.value.size for p in model.trainable_params().values())
        self.totals = (
            f"Total params: {total:,}",
            f"Trainable params: {trainable:,}",
            f"Non-trainable params: {total - trainable:,}",
        )

    def lines(self, line_length=0):
        """Return the table as lines of text, at least `line_length` characters wide."""
        body = [(f"{name} ({kind})", *rest) for name, kind, *rest in self.rows]
        wide = [max(len(row[i]) for row in [self.head, *body]) for i in range(len(self.head))]
        wide[0] += max(0, (line_length or 0) - sum(wide) - 2 * len(wide) + 2)
        rule = "─" * (sum(wide) + 2 * len(wide) - 2)

        def text(row):
            aligned = [
                f"{cell:>{w}}" if i == 2 else f"{cell:<{w}}"
                for i, (cell, w) in enumerate(zip(row, wide))
            ]
            return "  ".join(aligned).rstrip() if len(row) > 3 else "  ".join(aligned)

        return [self.title, rule, text(self.head), rule, *map(text, body), rule, *self.totals]

    def __str__(self):
        return "\n".join(self.lines())

    def _repr_html_(self):
        head = "".join(f"<th>{name}</th>" for name in self.head)
        rows = "".join(
            f"<tr><td>{html.escape(name)} <em>({kind})</em></td><td>{shape}</td>"
            f'<td style="text-align:right">{n}</td>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in more)
            + "</tr>"
            for name, kind, shape, n, *more in self.rows
        )
        return (
            f"<strong>{html.escape(self.title)}</strong><table><thead><tr>{head}"
            f"</tr></thead><tbody>{rows}</tbody></table>" + "<br>".join(self.totals)
        )


def show(model, line_length=None, print_fn=None):
    """Print the summary, or display it as HTML where this runs in a notebook; see `Model`."""
    table = Summary(model)
    if print_fn is None and line_length is None and in_notebook():
        from IPython.display import HTML, display

        display(HTML(table._repr_html_()))
    elif print_fn is None:
        print("\n".join(table.lines(line_length)))
    else:
        for line in table.lines(line_length):
            print_fn(line)


def in_notebook():
    """Whether what is displayed appears on a notebook's page."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def _shape(shape):
    """Write a shape, or that of a Value, with None for the axis of the batch; several, each."""
    if isinstance(shape, tuple) and shape and not isinstance(shape[0], int | None):
        return ", ".join(map(_shape, shape))
    lengths = getattr(shape, "sample_shape", shape)
    return f"(None, {', '.join(map(str, lengths))})"
