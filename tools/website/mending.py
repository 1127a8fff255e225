"""What the theme and myst-nb leave out of a page; axe-core names what readers miss who hear it."""

import re

FEW = 15  # characters
REPLACED = (
    # A fold whose words change ("Show the code", "Hide the code") has a name that does not.
    (re.compile(r'(<summary) aria-label="Toggle hidden content"'), r"\1"),
    # The arrow beside an entry of the list of pages has no name.
    (
        re.compile(r'<summary>(?=<span class="toctree-toggle")'),
        '<summary aria-label="Pages below the one before">',
    ),
    # A formula is a box to the browser, which would begin a line with the comma after it.
    (
        re.compile(
            r'(?<!together">)(?<!together">\()'
            r'(\(?)<span class="math notranslate nohighlight">[^<]*</span>([-.,;:!?)]*)'
        ),
        lambda m: f'<span class="together">{m[0]}</span>' if m[1] or m[2] else m[0],
    ),
    # A few characters of code, such as e * e, stay in one line.
    (
        re.compile(
            r'(<code class="docutils literal notranslate)">((?:<span class="pre">[^<]*</span> ?)+)<'
        ),
        lambda m: f'{m[1]} together">{m[2]}<' if len(re.sub("<.*?>", "", m[2])) <= FEW else m[0],
    ),
    # A long name in a table may go on in the next line behind a dot, a bracket or a sign.
    (
        re.compile(r'<span class="pre">([^<]*)</span>'),
        lambda m: f'<span class="pre">{re.sub(r"(?<=[.(=,/])(?=[A-Za-z_])", "<wbr>", m[1])}</span>',
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
