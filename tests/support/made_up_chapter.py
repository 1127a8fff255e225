"""A small chapter without a fault, and its folder; tests spoil one thing each."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

PICTURE = new_output(
    "display_data", {"image/png": "iVBORw0KGgo="}, metadata={"image/png": {"alt": "a line"}}
)

QUESTION = "<details><summary>Why {}?</summary>\n\nBecause it is.\n\n</details>\n"

# name of the cell: its text
PROSE = {
    "title": "# 02 · A chapter\n\nLook at the picture. Which line is longer?",
    "able": "## What you will be able to do\n\nTell a line from another. Plan about 5 minutes.",
    "idea": (
        "## The idea\n\nA line has a length $x$. Add a point $y_t$ to it:\n\n"
        "$$z = \\frac{x + 1}{\\hat{y}} \\tag{1}$$\n\nSo it grows.\n\n$$\\boxed{z = 2} \\tag{2}$$"
    ),
    "guess": "**Predict.** Which one is longer, the left or the right one?",
    "told": "**Explain.** The right one, since `x + 1` is more; see [chapter 01](01-one.ipynb).",
    "table": "<details><summary>All symbols</summary>\n\n| $a$ | $b, c, d, f, g, h$ |\n|-|-|\n"
    "| $k$ | $l$ |\n\n</details>",
    "words": "## In other words\n\n<details><summary>Keras</summary>\n\n"
    "```python\nmodel = 1\n```\n\n</details>",
    "check": "## Check yourself\n\n" + "\n".join(map(QUESTION.format, ("one", "two", "three"))),
    "on": "[Exercise](../exercises/ch02-two/ch02-two.ipynb), [before](01-one.ipynb), "
    "[after](03-three.ipynb)",
    "summary": "## Summary\n\n1. A line has a length.",
    "reading": "## Further reading\n\n- [Euclid](https://doi.org/10.1000/1), *Elements*, a long one"
    + " of very many words" * 20,
}
CODE = {  # after the cell of Markdown of this name: the code and what it shows
    "title": ("draw()", [PICTURE]),
    "guess": ("print(2)", [new_output("stream", name="stdout", text="2\n")]),
}


class MadeUp:
    """The cells by name, to be changed, and `write()`, which returns the path of the notebook."""

    def __init__(self, folder):
        self.folder = folder / "notebooks"
        cells = []
        for name, text in PROSE.items():
            tags = {"tags": ["symbols"]} if name == "table" else {}
            cells.append(new_markdown_cell(text, id=name, metadata=tags))
            if name in CODE:
                source, outputs = CODE[name]
                code = new_code_cell(source, id=f"{name}-code", execution_count=len(cells))
                code.outputs = nbformat.from_dict(outputs)
                cells.append(code)
        self.notebook = new_notebook(cells=cells)

    def __getitem__(self, name):
        return next(cell for cell in self.notebook.cells if cell.id == name)

    def replace(self, name, old, new):
        assert old in self[name].source
        self[name].source = self[name].source.replace(old, new)

    def write(self):
        self.folder.mkdir()
        exercise = self.folder.parent / "exercises" / "ch02-two"
        exercise.mkdir(parents=True)
        (exercise / "ch02-two.ipynb").touch()
        for other in ("01-one.ipynb", "03-three.ipynb"):
            (self.folder / other).touch()
        path = self.folder / "02-two.ipynb"
        nbformat.write(self.notebook, path)
        return path
