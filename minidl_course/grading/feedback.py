"""The page of feedback on a notebook, as nbgrader makes it, in a third of the time.

nbconvert reads the page that it has written once more, tag by tag, to give pictures a text and to
mark cells of another template than nbgrader's. For a long notebook that takes twice as long as all
the rest of the page. Here a search for pictures does it.
"""

import re
from unittest.mock import patch

from nbconvert.exporters import HTMLExporter, html

WITHOUT_TEXT = re.compile(r"<img\b(?![^>]*\balt=)")
TEXT = '<img alt="No description has been provided for this image"'


class FeedbackPage(HTMLExporter):
    """nbconvert's page, with nbgrader's template."""

    def from_notebook_node(self, nb, resources=None, **options):
        """Return (the page, resources)."""
        with patch.object(html, "BeautifulSoup", _Text):
            return super().from_notebook_node(nb, resources, **options)


class _Text(str):
    """Stands where nbconvert has its reader: the same page, in which nothing is selected."""

    def __new__(cls, page, features=None):
        return super().__new__(cls, WITHOUT_TEXT.sub(TEXT, page))

    def select(self, selector):
        return []
