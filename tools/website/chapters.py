"""A chapter or an exercise as a page of the website, and what other pages tell about a chapter."""

import re
from typing import NamedTuple

import nbformat
from chapter import MARK, tags

import notebooks
from website import addresses, outputs

_TITLE = re.compile(r"^# .*$", re.MULTILINE)
_TERM = re.compile(r"(?<![\w*])\*\*([^*\n$`]+?)\*\*(?![\w*])")


class Told(NamedTuple):
    """What a page says about the notebook at `path`, relative to the root.

    minutes: of reading. picture: the bytes of its first one, or None. exercise: the path of its
    exercise, or "". symbols: its tables, as Markdown. terms: (term, heading) of what it names in
    bold for the first time.
    """

    path: str
    title: str
    minutes: int
    picture: bytes | None
    exercise: str
    symbols: str
    terms: list


def tell(read):
    """The `Told` of a `chapter.Chapter`."""
    path = read.path
    exercise = [
        other.relative_to(addresses.ROOT).as_posix()
        for other in addresses.ROOT.glob(f"exercises/ch{path.name[:2]}-*/ch*.ipynb")
    ]
    return Told(
        path.relative_to(addresses.ROOT).as_posix(),
        title(read.notebook),
        read.stated_minutes(),
        outputs.first_picture(read.notebook),
        exercise[0] if exercise else "",
        "\n\n".join(_symbols(read.notebook)),
        list(_terms(read)),
    )


def title(notebook):
    """The text of a notebook's first heading."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := _TITLE.search(cell.source)):
            return found[0].removeprefix("# ")
    raise ValueError("no heading of level 1: begin the first cell with `# title`")


def _symbols(notebook):
    """The tables of symbols, without their folds."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "symbols" in tags(cell):
            yield re.sub(r"</?details>|<summary>.*?</summary>", "", cell.source).strip()


def _terms(read):
    """Bold words inside a sentence are names that the chapter gives: (term, heading).

    What a reader will be able to do is no place to read about them.
    """
    seen = set()
    heading = ""
    for cell in read.notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for line in re.sub(r"^```.*?^```", "", cell.source, flags=re.S | re.M).splitlines():
            if found := re.match(r"#+ (.*)", line):
                heading = found[1]
            told = not line.startswith(("|", "#")) and heading.lower() != MARK.lower()
            for term in _TERM.finditer(line) if told else ():
                name = term[1].strip()
                if name.lower() not in seen:
                    seen.add(name.lower())
                    yield name, heading


def faults(read):
    """What keeps a `chapter.Chapter` off the website, as messages that name the cell."""
    found = notebooks.faults(read.notebook)
    if not any(cell.outputs for cell in read.code()):
        found.append("no cell has an output: make notebooks CH=" + read.path.name[:2])
    for cell in read.code():
        for message in outputs.faults(cell):
            found.append(f"cell {cell.id!r}: {message}")
    return found


def page(path, told, pictures):
    """The notebook at `path` as Sphinx reads it, with a line of what can be done below its title.

    Args:
        path: of a chapter or of an exercise.
        told: the `Told` of the chapter; None for an exercise.
        pictures: the `outputs.Pictures` of the site.
    """
    notebook = notebooks.read(path)
    place = path.relative_to(addresses.ROOT)
    root = "../" * (len(place.parts) - 1)
    notebook.cells = [c for c in map(_as_twin, notebook.cells) if not _leaves_no_trace(c)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = addresses.redirected(cell.source, place.parent.as_posix())
        elif cell.cell_type == "code":
            cell.outputs = outputs.shown(cell.outputs, pictures, root)
        cell.metadata = nbformat.from_dict({"tags": tags(cell)} if tags(cell) else {})
        cell.attachments = cell.get("attachments", {})
    first = next(c for c in notebook.cells if c.cell_type == "markdown" and "# " in c.source)
    bar = _bar(place.as_posix(), told, root)
    first.source = _TITLE.sub(lambda found: f"{found[0]}\n\n{bar}\n", first.source, count=1)
    for cell in notebook.cells:
        if not cell.get("attachments"):
            cell.pop("attachments", None)
    return nbformat.writes(notebook)


def _leaves_no_trace(cell):
    """Whether a cell is folded and shows nothing: imports, checks, what only draws later on."""
    return cell.cell_type == "code" and "hide-input" in tags(cell) and not cell.outputs


def _as_twin(cell):
    """The cell; if it is folded and has twins in Keras and PyTorch, a fold as these are."""
    if not {"twin", "hide-input"} <= set(tags(cell)):
        return cell
    fold = f"<details><summary>minidl</summary>\n\n```python\n{cell.source}\n```\n\n</details>"
    return nbformat.v4.new_markdown_cell(fold, id=cell.id)


def _bar(path, told, root):
    """One line: how long it takes, its exercise, and where it can be run, changed and had."""
    items = []
    if told:
        items.append(f"<span>{told.minutes} minutes</span>")
        if told.exercise:
            address = root + told.exercise.removesuffix(".ipynb") + ".html"
            items.append(f'<a href="{address}">Exercise</a>')
    name = path.rpartition("/")[2]
    name = name if told else name.replace(".ipynb", ".zip")
    items.append(f'<a href="{root}notebook-files/{name}" download>Download</a>')
    if not addresses.is_placeholder():
        if told:
            items.append(f'<a href="{addresses.binder(path)}">Binder</a>')
            items.append(f'<a href="{addresses.colab(path)}">Colab</a>')
        source = path if told else path.replace("exercises/", "solutions/", 1)
        items.append(f'<a href="{addresses.edit(source)}">Edit</a>')
    return f'<nav class="page-bar" aria-label="This page">{"".join(items)}</nav>'
