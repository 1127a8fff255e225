"""The glossary, site/glossary.yml, and where a chapter first uses each of its terms."""

import functools
import re
from pathlib import Path
from typing import NamedTuple

import yaml

FILE = Path(__file__).resolve().parents[1] / "site" / "glossary.yml"
# What is no prose: code, formulas, headings, tables, addresses, HTML.
_BLOCKS = re.compile(r"^```.*?^```|\$\$.*?\$\$", re.DOTALL | re.MULTILINE)
_PIECES = re.compile(r"^[#|].*$|`[^`\n]*`|\$[^$\n]*\$|\]\([^)\n]*\)|<[^>\n]*>", re.MULTILINE)


class Term(NamedTuple):
    """A term of the field, what it means in a sentence, and the page's own word, if it has one."""

    term: str
    means: str
    plain: str = ""


@functools.cache
def glossary():
    """{number of a chapter, "02": [Term, ...]}, in the order of the file."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {number: [Term(**entry) for entry in listed] for number, listed in read.items()}


def faults(notebook, terms):
    """Yield (id of a cell, message) for each term that is not bold where it first occurs."""
    for term in terms:
        longer = [t.term for t in terms if t != term and term.term.lower() in t.term.lower()]
        found = _first_use(notebook, term.term, longer)
        if found is None:
            yield "", f"{term.term!r} is in the glossary, and not in the text"
        elif not found[1]:
            yield found[0], f"{term.term!r} is not bold where it first occurs"


def _first_use(notebook, term, longer):
    """(id of the cell, whether it is bold) of the first use of a term, None if there is none."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        text = _PIECES.sub(" ", _BLOCKS.sub(" ", cell.source))
        for other in longer:  # "precision" of "average precision"
            text = re.sub(rf"(?<!\w){re.escape(other)}(?!\w)", " ", text, flags=re.IGNORECASE)
        pattern = rf"(?<![\w-])(\*\*)?{re.escape(term)}(?![\w-])(\*\*)?"
        if found := re.search(pattern, text, re.IGNORECASE):
            return cell.id, bool(found[1] and found[2])
    return None
