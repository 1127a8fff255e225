"""A chapter as its reader meets it: headings, paragraphs, formulas, folded text, lines of code.

Formulas are taken out before Markdown is read, as Jupyter does, and stand in the text as `FORMULA`.
"""

import re
from pathlib import Path
from typing import NamedTuple

import mistune

from notebooks import FOLDED, read

MARK = "What you will be able to do"  # the heading that ends the hook
FORMULA = "□"
_PARTS = re.compile(
    r"(?P<code>^ *```.*?^ *```|`[^`\n]+`)"
    r"|(?<!\\)\$\$(?P<display>.+?)\$\$"
    r"|(?P<environment>\\begin\{(?P<name>\w+\*?)\}.*?\\end\{(?P=name)\})"
    r"|(?<!\\)\$(?P<inline>(?:\\.|[^$\\])+?)\$",
    re.DOTALL | re.MULTILINE,
)
_PLACE = re.compile("\ue000(\\d+)\ue001")
_markdown = mistune.create_markdown(renderer=None, plugins=["table"])


class Formula(NamedTuple):
    """TeX, and whether it stands on lines of its own."""

    tex: str
    display: bool


class Block(NamedTuple):
    """A piece of a Markdown cell; `text` has `FORMULA` for each of `formulas`.

    kind: "heading", "paragraph", "item" of a list, "table", "code" or "html".
    level: of a heading, else 0; section: the last heading of level 2, heading: of any level.
    """

    cell: str
    kind: str
    text: str
    level: int
    section: str
    heading: str
    folded: bool
    formulas: tuple
    links: tuple


class Chapter:
    """The notebook at `path`, read for its language and its layout."""

    def __init__(self, path):
        self.path = Path(path)
        self.notebook = read(path)
        self.blocks = list(_blocks(self.notebook))

    def headings(self):
        """The blocks that are headings."""
        return [block for block in self.blocks if block.kind == "heading"]

    def under(self, words):
        """The blocks below the heading that holds `words`, up to the next one as high."""
        inside = 0  # the level of that heading, once it was met
        for block in self.blocks:
            if block.kind == "heading":
                if inside and block.level <= inside:
                    return
                if words.lower() in block.text.lower():
                    inside = inside or block.level
                    continue
            if inside:
                yield block

    def stated_minutes(self):
        """How long its reader will need, as it says below `MARK`; None if it doesn't."""
        text = " ".join(block.text for block in self.under(MARK))
        found = re.search(r"(\d+)\s+minutes", text)
        return int(found[1]) if found else None

    def code(self):
        """The code cells."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    def visible_code(self):
        """The code cells whose source is in sight."""
        return [cell for cell in self.code() if FOLDED not in tags(cell)]


def tags(cell):
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def lines(cell):
    """How many lines of source a cell has."""
    return len(cell.source.splitlines())


def words(text):
    """How many words a text has; a formula is one, and so is a piece of code."""
    return len(re.findall(rf"\S*[\w{FORMULA}]\S*", text))


def _blocks(notebook):
    section = heading = ""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        formulas, depth = [], 0  # depth: how many <details> are open

        def put_away(match, formulas=formulas):
            if match["code"]:
                return match[0]
            tex = match["display"] or match["environment"] or match["inline"]
            formulas.append(Formula(tex, match["inline"] is None))
            return f"\ue000{len(formulas) - 1}\ue001"

        for kind, token in _pieces(_markdown(_PARTS.sub(put_away, cell.source))):
            text = token["raw"] if kind in ("code", "html") else _text(token)
            depth += text.count("<details") - text.count("</details") if kind == "html" else 0
            found = tuple(formulas[int(place)] for place in _PLACE.findall(text))
            text = _PLACE.sub(FORMULA, text)
            level = token["attrs"]["level"] if kind == "heading" else 0
            if level:
                heading = text
                section = text if level <= 2 else section
            links = tuple(_links(token))
            yield Block(cell.id, kind, text, level, section, heading, depth > 0, found, links)


def _pieces(tokens):
    """(kind, token) of what stands in a row of tokens; lists and quotes are opened."""
    kinds = {"heading": "heading", "paragraph": "paragraph", "block_text": "paragraph"}
    kinds |= {"block_code": "code", "block_html": "html", "table": "table"}
    for token in tokens:
        if token["type"] in kinds:
            yield kinds[token["type"]], token
        elif token["type"] == "list_item":
            yield from (
                ("item" if kind == "paragraph" else kind, inner)
                for kind, inner in _pieces(token["children"])
            )
        elif "children" in token:
            yield from _pieces(token["children"])


def _text(token):
    """The text of a token as one line; code keeps its backticks and has no spaces."""
    if token["type"] == "codespan":
        return f"`{'_'.join(token['raw'].split())}`"
    if token["type"] in ("softbreak", "linebreak"):
        return " "
    if token["type"] in ("inline_html", "image"):
        return ""
    between = " " if token["type"].startswith("table") else ""
    inside = between.join(_text(child) for child in token.get("children", []))
    return inside or " ".join(token.get("raw", "").split("\n"))


def _links(token):
    """Addresses of the links in a token; what begins with http is one without brackets, too."""
    if token["type"] in ("link", "image"):
        yield token["attrs"]["url"]
    elif token["type"] == "text":
        yield from re.findall(r"https?://\S+", token["raw"])
    for child in token.get("children", []):
        yield from _links(child)
