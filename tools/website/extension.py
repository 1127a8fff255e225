"""What Sphinx does differently for this website."""

import re

from docutils import nodes

from website.docstrings import converted

# The parts of MathJax that are needed, and none that adds a stop for the Tab key at each formula.
# One size for all formulas: matched to the text around it, each would have its own.
MATHJAX = {
    "loader": {"load": ["core", "input/tex", "output/chtml", "a11y/assistive-mml"]},
    "chtml": {"matchFontHeight": False, "scale": 1.15},
}


def setup(app):
    """Sphinx calls this."""
    app.connect("autodoc-process-docstring", convert_docstring)
    app.connect("doctree-read", keep_formulas)
    app.connect("doctree-read", keep_together)
    app.connect("html-page-context", say_what_is_on_it)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def convert_docstring(app, what, name, thing, options, lines):
    """A docstring of minidl becomes reStructuredText."""
    lines[:] = converted(lines)


def keep_formulas(app, doctree):
    r"""Formulas reach MathJax as they were written.

    Sphinx would put those of several lines into \begin{split}, where \tag is not allowed, and
    give those in \begin{align} a number beside the one of their \tag.
    """
    for node in doctree.findall(nodes.math_block):
        node["number"] = None
        if not node.get("nowrap"):
            node["nowrap"] = True
            text = f"\\[{node.astext()}\\]"
            node.children = [nodes.Text(text)]


def keep_together(app, doctree):
    """No line begins with the sign of "50 %"."""
    literal = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)
    for node in list(doctree.findall(nodes.Text)):
        if not isinstance(node.parent, literal) and re.search(r"\d\s%", node):
            node.parent.replace(
                node, nodes.Text(re.sub(r"(?<=\d)\s%", "\N{NO-BREAK SPACE}%", node))
            )


def say_what_is_on_it(app, page, template, context, doctree):
    """The template learns whether the page has something to play with, which needs a script."""
    context["plays"] = 'class="minidl-play"' in context.get("body", "")
