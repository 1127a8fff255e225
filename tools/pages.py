"""Say what a chapter's language and layout are like, with the cell in which it stands.

    python tools/pages.py notebooks/03*.ipynb

Faults are marked with `!`, and the command ends with 1 where there is one; the rest is told so that
you can look at it. The last line counts the letters of right predictions. `language.py` measures
sentences, paragraphs and symbols.
"""

import argparse
import base64
import collections
import math
import re
import sys
from pathlib import Path
from typing import NamedTuple

import language
import terms
from chapter import MARK, Chapter, lines, tags, words

from minidl.plots import moving
from notebooks import FOLDED

SECTIONS = (MARK, "In other words", "Check yourself", "Summary", "Further reading")  # in this order
CELL_LINES, CHAPTER_LINES = 25, 300  # of code in sight
OUTPUT_LINES = 25
FOLDED_LINES, WIDTH = 60, 78  # of folded code in a chapter; of code and print in sight
MINUTES, CELLS = 75, 80  # of a chapter: one sitting
WORDS_A_MINUTE, LINES_A_MINUTE, FILM = 180, 8, 2  # a formula and a figure are a minute each
HOOK_LINES = 8
QUESTIONS = range(3, 6)


class Finding(NamedTuple):
    """What was found in a cell ("" for the whole chapter), and whether it has to go."""

    cell: str
    message: str
    fault: bool = True


def sections(chapter):
    """The headings that every chapter has, in their order."""
    remaining = iter([block.text.lower() for block in chapter.headings()])
    for words_of in SECTIONS:
        if not any(words_of.lower() in heading for heading in remaining):
            yield "", f"no heading {words_of!r}, or not in the order {', '.join(SECTIONS)}"
            return


def hook(chapter):
    """Something to see comes before anything to work through."""
    before, shown = [], False
    for cell in chapter.notebook.cells:
        blocks = [block for block in chapter.blocks if block.cell == cell.id]
        at = [b.kind == "heading" and MARK.lower() in b.text.lower() for b in blocks]
        before += blocks[: at.index(True)] if True in at else blocks
        if True in at:
            break
        shown = shown or bool(cell.get("outputs")) or "![" in cell.source
    else:
        return  # `sections` says so
    if not shown:
        yield "", f"no hook: neither a figure nor a result stands before {MARK!r}"
    for block in before:
        if any(formula.display for formula in block.formulas):
            yield block.cell, "a formula on lines of its own in the hook, before anything is named"


def predictions(chapter):
    """A chapter asks for a guess, and each guess is followed by its discussion."""
    waiting, found = None, False
    for cell in chapter.notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for word in re.findall(r"\*\*(Predict|Explain)\.\*\*", cell.source):
            if word == "Predict" and waiting:
                yield waiting, "**Predict.** has no **Explain.** before the next one"
            waiting = cell.id if word == "Predict" else None
            found = found or word == "Predict"
    if waiting:
        yield waiting, "**Predict.** has no **Explain.** after it"
    if not found:
        yield "", "no **Predict.**"


def questions(chapter):
    """The reader can find out what was understood."""
    blocks = list(chapter.under("Check yourself"))
    count = sum(block.text.count("<details") for block in blocks if block.kind == "html")
    if count not in QUESTIONS:
        yield "", f"'Check yourself' has {count} folded answers; 3 to 5 are right"


def folds(chapter):
    """Markdown inside <details> is only read between blank lines."""
    for cell in chapter.notebook.cells:
        if cell.cell_type != "markdown":
            continue
        html = "".join(b.text for b in chapter.blocks if b.cell == cell.id and b.kind == "html")
        source = re.sub(r"^```.*?^```|`[^`\n]*`", "", cell.source, flags=re.DOTALL | re.MULTILINE)
        for tag in ("<details", "</details"):
            if source.count(tag) != html.count(tag):
                yield cell.id, f"{tag}> has to begin a line, after a blank one"
        if source.count("<details") != source.count("</details"):
            yield cell.id, "<details> and </details> do not match"
    for block in chapter.blocks:
        fold = block.text.strip().rpartition("<details")[2] if block.kind == "html" else ""
        if fold and not fold.endswith(("</summary>", "</details>")):
            yield block.cell, "leave a blank line after </summary>, or Markdown is not read"


def links(chapter):
    """To what comes before, to what comes after, and to the exercise; none leads nowhere."""
    folder, name = chapter.path.resolve().parent, chapter.path.name
    blocks = chapter.blocks
    addresses = [(block.cell, url) for block in blocks for url in block.links]
    for cell, url in addresses:
        if not re.match(r"\w+:|#", url) and not (folder / url.partition("#")[0]).exists():
            yield cell, f"a link that leads nowhere: {url}"
    ends = [block.cell for block in chapter.under("Check yourself")]
    start = blocks.index(next((b for b in blocks if b.cell in ends), blocks[-1])) if blocks else 0
    last = [url for block in blocks[start:] for url in block.links]
    order = sorted(path.name for path in folder.glob("[0-9][0-9]-*.ipynb"))
    here = order.index(name)
    wanted = [*order[max(here - 1, 0) : here], *order[here + 1 : here + 2]]
    wanted += [f"{path.name}/" for path in folder.parent.glob(f"exercises/ch{name[:2]}-*")]
    for part in wanted:
        if not any(part in url for url in last):
            yield "", f"no link to {part.rstrip('/')} from 'Check yourself' on"


def references(chapter):
    """Whoever wants to read on clicks."""
    for block in chapter.under("Further reading"):
        if block.kind == "item" and not any(url.startswith("http") for url in block.links):
            yield block.cell, f"no link in the reference {block.text[:60]}"


def equations(chapter):
    r"""\tag{1}, \tag{2}, ... without gaps."""
    found = [
        (block.cell, tag)
        for block in chapter.blocks
        for formula in block.formulas
        for tag in re.findall(r"\\tag\*?\{([^}]*)\}", formula.tex)
    ]
    for number, (cell, tag) in enumerate(found, start=1):
        if tag != str(number):
            yield cell, f"\\tag{{{tag}}} where \\tag{{{number}}} comes next"
            return


def right_letters(chapter):
    """The letters that the discussions name first, as "It is (b)": one for each that has any."""
    told = [c.source.split("**Explain.**")[1:] for c in chapter.notebook.cells]
    found = [re.match(r"[^.]*?\(([a-d])\)", text) for texts in told for text in texts]
    return [match[1] for match in found if match]


def films(chapter):
    """[(the cell's name, pixels from left to right)] of the players."""
    shown = [(c.id, o.get("data", {})) for c in chapter.code() for o in c.outputs]
    stills = [(name, data["image/png"]) for name, data in shown
              if 'class="animation"' in data.get("text/html", "")]  # fmt: skip
    return [(name, int.from_bytes(base64.b64decode(png[:40])[16:20])) for name, png in stills]


def measured_minutes(chapter):
    """How long a student needs: (minutes, rounded up to five; what was counted)."""
    prose = sum(words(b.text) for b in chapter.blocks if b.kind not in ("code", "html", "table")
                and not b.folded)  # fmt: skip
    formulas = sum(f.display for b in chapter.blocks if not b.folded for f in b.formulas)
    figures = sum("image/png" in o.get("data", {}) for c in chapter.code() for o in c.outputs)
    code = sum(map(lines, chapter.visible_code()))
    minutes = prose / WORDS_A_MINUTE + formulas + figures + FILM * len(films(chapter))
    minutes += code / LINES_A_MINUTE
    what = f"{prose:,} words, {formulas} formulas, {figures} figures, {len(films(chapter))} films, "
    return 5 * math.ceil(minutes / 5), what + f"{code} lines of code in sight"


def minutes(chapter):
    """What the chapter says of its length is what was measured."""
    measured, what = measured_minutes(chapter)
    stated = chapter.stated_minutes()
    if stated is None:
        yield "", f"minutes not stated below {MARK!r}; measured {measured} minutes: {what}"
    else:
        wrong = stated != measured
        yield "", f"stated {stated} minutes, measured {measured} minutes: {what}", wrong


def one_sitting(chapter):
    """Nobody needs a second day for a chapter."""
    measured, what = measured_minutes(chapter)
    if measured > MINUTES:
        yield "", f"{measured} minutes; at most {MINUTES}: {what}"
    if (count := len(chapter.notebook.cells)) > CELLS:
        yield "", f"{count} cells; at most {CELLS}"


def plumbing(chapter):
    """What draws, plays or formats is in minidl_course/chapters: GitHub folds nothing."""
    code = chapter.code()
    folded = sum(map(lines, code)) - sum(map(lines, chapter.visible_code()))
    if folded > FOLDED_LINES:
        yield "", f"{folded} lines of folded code; at most {FOLDED_LINES}"
    if code and lines(code[0]) > (3 if FOLDED in tags(code[0]) else HOOK_LINES):
        yield code[0].id, f"the hook: {HOOK_LINES} lines in sight at most, or 3 that are folded"


def width(chapter):
    """No line is cut on a laptop, and what moves is large enough to be looked at."""
    for cell in chapter.code():
        texts = [] if FOLDED in tags(cell) else [cell.source]
        texts += [o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs
                  if not {"image/png", "text/html"} & set(o.get("data", {}))]  # fmt: skip
        longest = max((len(line) for text in texts for line in text.splitlines()), default=0)
        if longest > WIDTH:
            yield cell.id, f"a line of {longest} characters; at most {WIDTH}"
    for name, pixels in films(chapter):
        if pixels < moving.WIDTH:
            yield name, f"a film of {pixels} pixels; at least {moving.WIDTH}"


def code_in_sight(chapter):
    """Few lines, each of which a student could type."""
    for cell in chapter.visible_code():
        if lines(cell) > CELL_LINES:
            yield cell.id, f"{lines(cell)} lines of code in sight; at most {CELL_LINES} a cell"
    if (total := sum(map(lines, chapter.visible_code()))) > CHAPTER_LINES:
        yield "", f"{total} lines of code in sight; at most {CHAPTER_LINES} a chapter"


def output_lines(output):
    """How many lines of text an output puts on the page; none if it is folded."""
    data = output.get("data", {})
    html = data.get("text/html", "")
    if "<details" in html:
        return 0
    plain = len((output.get("text") or data.get("text/plain", "")).splitlines())
    texts = re.findall(r"<pre[^>]*>(.*?)</pre>", html, flags=re.DOTALL)
    return max(plain, html.count("<tr") + sum(len(text.strip().splitlines()) for text in texts))


def outputs(chapter):
    """No wall of text; pictures say what is seen, to whom cannot see them."""
    for cell in chapter.code():
        for output in cell.outputs:
            data = output.get("data", {})
            if (count := output_lines(output)) > OUTPUT_LINES:
                yield cell.id, f"an output of {count} lines; fold it or shorten it"
            if "image/png" in data:
                alt = output.metadata.get("image/png", {}).get("alt", "")
                if not str(alt).strip():
                    yield cell.id, "a picture without alternative text: use plots.show(alt)"


def terms_in_bold(chapter):
    """Each term of the glossary is bold where its chapter first uses it."""
    yield from terms.faults(chapter.notebook, terms.glossary().get(chapter.path.name[:2], []))


LAYOUT = [sections, hook, predictions, questions, folds, links, references, equations, minutes]
LAYOUT += [one_sitting, plumbing, width, code_in_sight, outputs, terms_in_bold]
LANGUAGE = [language.long_paragraphs, language.long_sentences, language.new_symbols]


def look(path):
    """What is found in the chapter at `path`: a list of `Finding`."""
    chapter = Chapter(path)
    return [Finding(*found) for check in LAYOUT + LANGUAGE for found in check(chapter)]


def faults(path):
    """The faults of the chapter at `path` as lines of text."""
    return [f"{cell}: {message}" for cell, message, fault in look(path) if fault]


def main(arguments=None):
    """The command: 1 where a chapter has a fault."""
    parser = argparse.ArgumentParser(description="Look at the language and the layout of chapters.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    status, letters = 0, collections.Counter()
    for path in parser.parse_args(arguments).files:
        found = look(path)
        letters.update(right_letters(Chapter(path)))
        count = sum(finding.fault for finding in found)
        print(f"{path}: {count} faults")
        for cell, message, fault in found:
            print(f"  {'!' if fault else ' '} {cell or '(chapter)'}: {message}")
        if count:
            status = 1
    print("right predictions:", ", ".join(f"{letters[x]} ({x})" for x in sorted(letters)))
    return status


if __name__ == "__main__":
    sys.exit(main())
