"""What the theme and myst-nb leave out of a page for readers who hear it; axe-core names each."""

import re

REPLACED = (
    # A fold whose words change ("Show the code", "Hide the code") has a name that does not.
    (re.compile(r'(<summary) aria-label="Toggle hidden content"'), r"\1"),
    # The arrow beside an entry of the list of pages has no name.
    (
        re.compile(r'<summary>(?=<span class="toctree-toggle")'),
        '<summary aria-label="Pages below the one before">',
    ),
    # A button that shows "Search Ctrl+K" is called so.
    (re.compile(r'(<button class="btn search-button-field[^>]*?) aria-label="Search"'), r"\1"),
)


def mend(site):
    """Change every page below the folder `site`."""
    for path in site.rglob("*.html"):
        text = mended = path.read_text(encoding="utf-8")
        for pattern, words in REPLACED:
            mended = pattern.sub(words, mended)
        if mended != text:
            path.write_text(mended, encoding="utf-8", newline="\n")
