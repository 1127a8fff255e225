"""The docstrings of minidl as reStructuredText.

They are plain text: paragraphs, `code` between single backticks, indented lines that keep their
form, and sections such as `Args:` with one entry a name. Every sign that would mean something else
to Sphinx is escaped, so that a formula with stars and bars comes out as it was written.
"""

import re

SECTION = re.compile(r"(Args|Arguments|Attributes|Returns|Raises|Yields|Inputs|Outputs):\s*(.*)$")
NAMES = {"Args": "Arguments"}
_ENTRY = re.compile(r"(\*{0,2}[\w.\[\]]+(?:, \*{0,2}[\w.\[\]]+)*): *(.*)$")
_ITEM = re.compile(r"[-*] +(.*)$")


def escaped(text):
    r"""`text` for a line of reStructuredText: `x` becomes ``x``, and * becomes \*."""
    pieces = re.split(r"`([^`]+)`", text)
    for i, piece in enumerate(pieces):
        if i % 2:
            pieces[i] = f"\\ ``{piece.strip()}``\\ "
        else:
            pieces[i] = re.sub(r"([\\*_|`<>])", r"\\\1", piece)
    line = "".join(pieces)
    return "\\" + line if re.match(r"\w{1,4}[.)] |[-+•(.:=~^\"'#]", line) else line


def converted(lines):
    """The lines of a docstring as lines of reStructuredText."""
    made, paragraph = [], []
    lines = [line.rstrip() for line in lines]

    def end_paragraph():
        if paragraph:
            made.extend([escaped(" ".join(paragraph)), ""])
            paragraph.clear()

    i = 0
    while i < len(lines):
        line = lines[i]
        indent = len(line) - len(line.lstrip())
        if not line:
            end_paragraph()
        elif indent:
            end_paragraph()
            block, i = _indented(lines, i)
            made.extend(["::", "", *(f"   {text}" if text else "" for text in block), ""])
            continue
        elif section := SECTION.match(line):
            end_paragraph()
            block, i = _indented(lines, i + 1)
            made.extend(["", f"**{NAMES.get(section[1], section[1])}**", ""])
            if section[2]:
                made.extend([escaped(section[2]), ""])
            made.extend(_entries(block))
            continue
        elif item := _ITEM.match(line):
            end_paragraph()
            text, i = _continued(lines, i + 1, item[1])
            made.append(f"* {escaped(text)}")
            if i >= len(lines) or not _ITEM.match(lines[i]):
                made.append("")
            continue
        else:
            paragraph.append(line)
        i += 1
    end_paragraph()
    return made


def _continued(lines, i, text):
    """`text` with the indented lines from i on, and the number of the line after them."""
    while i < len(lines) and lines[i].startswith(" "):
        text += " " + lines[i].strip()
        i += 1
    return text, i


def _indented(lines, i):
    """The indented lines from i on, without what all are indented by, and where they end."""
    start = i
    while i < len(lines) and (not lines[i] or lines[i].startswith(" ")):
        i += 1
    block = lines[start:i]
    while block and not block[-1]:
        block.pop()
    common = min((len(t) - len(t.lstrip()) for t in block if t), default=0)
    return [text[common:] for text in block], i


def _entries(block):
    """A section as a definition list; what is no entry is a paragraph of it."""
    made, i = [], 0
    while i < len(block):
        line = block[i]
        if not line:
            i += 1
            continue
        entry = _ENTRY.match(line)
        text, i = _continued(block, i + 1, entry[2] if entry else line)
        if entry:
            names = ", ".join(f"``{name}``" for name in entry[1].split(", "))
            made.extend([names, f"   {escaped(text.strip()) or '...'}", ""])
        else:
            made.extend([escaped(text), ""])
    return made
