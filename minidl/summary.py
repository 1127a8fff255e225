"""The table that `model.summary()` shows: text in a terminal, HTML in a notebook."""

import html


class Summary:
    """Layers, output shapes and numbers of parameters of a built model."""

    def __init__(self, model):
        self.title = f'Model "{model.name}"'
        self.rows = [
            (layer.name, type(layer).__name__, _shape(layer.output_shape), layer.count_params())
            for layer in model.layers
        ]
        total = model.count_params()
        trainable = sum(p.value.size for p in model.trainable_params().values())
        self.totals = (
            f"Total params: {total:,}",
            f"Trainable params: {trainable:,}",
            f"Non-trainable params: {total - trainable:,}",
        )

    def __str__(self):
        head = ("Layer (type)", "Output shape", "Params")
        body = [(f"{name} ({kind})", shape, f"{n:,}") for name, kind, shape, n in self.rows]
        wide = [max(len(row[i]) for row in [head, *body]) for i in range(3)]
        line = "─" * (sum(wide) + 4)

        def row(a, b, c):
            return f"{a:<{wide[0]}}  {b:<{wide[1]}}  {c:>{wide[2]}}"

        lines = [self.title, line, row(*head), line, *(row(*r) for r in body), line, *self.totals]
        return "\n".join(lines)

    def _repr_html_(self):
        rows = "".join(
            f"<tr><td>{html.escape(name)} <em>({kind})</em></td><td>{shape}</td>"
            f'<td style="text-align:right">{n:,}</td></tr>'
            for name, kind, shape, n in self.rows
        )
        return (
            f"<strong>{html.escape(self.title)}</strong><table><thead><tr><th>Layer (type)</th>"
            f"<th>Output shape</th><th>Params</th></tr></thead><tbody>{rows}</tbody></table>"
            + "<br>".join(self.totals)
        )


def show(model):
    """Print the summary, or display it as HTML where this runs in a notebook."""
    table = Summary(model)
    if _in_notebook():
        from IPython.display import HTML, display

        display(HTML(table._repr_html_()))
    else:
        print(table)


def _in_notebook():
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def _shape(shape):
    return f"(None, {', '.join(map(str, shape))})"
