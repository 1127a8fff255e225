"""The page of feedback is the one that nbconvert makes, though nobody reads it twice."""

from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from minidl_course.grading.feedback import FeedbackPage

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"


def test_the_page_is_that_of_nbconvert():
    shown = new_output("display_data", {"image/png": DOT, "text/plain": "a < b"})
    named = new_output("display_data", {"text/html": "<img alt='a > b' src='c'><i>&amp;</i>"})
    cells = [
        new_markdown_cell("# <b>A</b> $a<b$ & <img src='d'>"),
        new_code_cell("print('<img> & <p>')", outputs=[shown, named]),
    ]
    book = new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    pages = []
    for kind in (FeedbackPage, HTMLExporter):
        page, _ = kind(template_name="classic").from_notebook_node(book)
        pages.append(str(BeautifulSoup(page, "html.parser")))
    assert pages[0] == pages[1] and pages[0].count("No description has been") == 2
