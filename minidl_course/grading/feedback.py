"""The page of feedback on a notebook, as nbgrader makes it, in a third of the time and tame.

nbconvert reads the page that it has written once more, tag by tag, to give pictures a text and to
mark cells of another template than nbgrader's. For a long notebook that takes twice as long as all
the rest of the page. Here a search for pictures does it.

A teacher opens the page, and a student wrote a part of it. Of what cells show, `plain` leaves text
and pictures; of written answers, `markdown` leaves tags and attributes that only shape text. What
neither has thought of may load nothing and run nothing: the page itself forbids it, in `POLICY`.
"""

import contextlib
import functools
import html as text_of
import re
from unittest.mock import patch

import bleach
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter, html
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from pygments.token import STANDARD_TYPES

WITHOUT_TEXT = re.compile(r"<img\b(?![^>]*\balt=)")
TEXT = '<img alt="No description has been provided for this image"'
MATHJAX = "https://cdnjs.cloudflare.com"  # sets formulas; it evaluates its own settings
POLICY = (
    f"default-src 'none'; script-src {MATHJAX} 'unsafe-eval'; font-src {MATHJAX} data:; "
    f"style-src 'unsafe-inline' {MATHJAX}; img-src data:; base-uri 'none'; form-action 'none'"
)
SHOWN = ("text/plain", "text/latex", "image/png", "image/jpeg")
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
TAGS = {
    *bleach.ALLOWED_TAGS,
    *HEADINGS,
    *("p", "br", "hr", "pre", "div", "span", "del", "s", "sub", "sup", "dl", "dt", "dd", "img"),
    *("details", "summary", "table", "thead", "tbody", "tr", "th", "td"),
}
PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[\w+/=\s]*")
LINK = re.compile(r"(https?://|mailto:|#).*", re.DOTALL)
PROGRAM = re.compile(r"\s*highlight( hl-[\w-]+)?")
COLOURED = {*STANDARD_TYPES.values()}  # classes of its words; others would place text anywhere
MAX_MARKDOWN = 20_000  # characters of a cell that are read as Markdown; a longer one is shown as is


def plain(cell):
    """Leave of the outputs of a cell what can only be looked at."""
    number = cell.get("execution_count")  # a student's process says it
    cell.execution_count = number if isinstance(number, int) else None
    for output in cell.outputs:
        if "data" in output:
            output.data = {kind: data for kind, data in output.data.items() if kind in SHOWN}
            output.metadata = {}
        if "execution_count" in output:
            output.execution_count = cell.execution_count
    cell.outputs = [output for output in cell.outputs if output.get("data", True)]


@pass_context
def markdown(context, source):
    """A filter of nbconvert's: HTML of a cell's Markdown, without what could run or load."""
    attachments = (context.get("cell") or {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments)
    with contextlib.suppress(InvalidNotebook):  # a picture that is not there
        if len(source) <= MAX_MARKDOWN:
            return _cleaner.clean(MarkdownWithMath(renderer=renderer).render(source))
    return f"<pre>{text_of.escape(source)}</pre>"


def _is_kept(tag, name, value):
    """Whether an attribute stays: it shapes text, and neither runs nor loads nor covers any."""
    if name == "style":
        return tag in ("th", "td")
    if name == "class":  # of coloured programs, and of a heading's link to itself
        if tag == "span":
            return value in COLOURED
        return value == "anchor-link" or bool(PROGRAM.fullmatch(value))
    if name == "id":
        return tag in HEADINGS
    if name in ("href", "src"):
        wanted = {"a": LINK, "img": PICTURE}.get(tag)
        return bool(wanted and wanted.fullmatch(value))
    return name in ("alt", "title")


def clean(source):
    """A filter of nbconvert's, for raw cells: their HTML may do what that of a text may."""
    return _cleaner.clean(source) if len(source) <= MAX_MARKDOWN else text_of.escape(source)


_cleaner = bleach.Cleaner(
    tags=TAGS,
    attributes=_is_kept,
    protocols={*bleach.ALLOWED_PROTOCOLS, "data"},
    css_sanitizer=CSSSanitizer(allowed_css_properties=["text-align"]),
)


class FeedbackPage(HTMLExporter):
    """nbconvert's page, with nbgrader's template."""

    def default_filters(self):
        """Get nbconvert's filters, and ours in the place of two."""
        yield from super().default_filters()
        yield ("markdown2html", markdown)
        yield ("clean_html", clean)

    def from_notebook_node(self, nb, resources=None, **options):
        """Return (the page, resources). Cells of the same text are coloured once."""
        coloured = functools.cache(Highlight2HTML(pygments_lexer="python", parent=self))
        self.filters = {"highlight_code": lambda source, metadata: coloured(source)}
        with patch.object(html, "BeautifulSoup", _Text):
            page, resources = super().from_notebook_node(nb, resources, **options)
        policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        return page.replace("<head>", f"<head>{policy}", 1), resources


class _Text(str):
    """Stands where nbconvert has its reader: the same page, in which nothing is selected."""

    def __new__(cls, page, features=None):
        return super().__new__(cls, WITHOUT_TEXT.sub(TEXT, page))

    def select(self, selector):
        return []
