"""The language of a chapter: how long its paragraphs and sentences are, and what it names."""

import re

from chapter import FORMULA, tags, words

PARAGRAPH, SENTENCE, LONGEST = 120, 30, 45  # words
SHARE = 0.05  # of the sentences may be longer than SENTENCE
SYMBOLS = 6  # that a section may introduce

_SHORT = re.compile(r"\b(e\.g|i\.e|et al|vs|cf|Figs?|Eqs?|approx)\.")
_END = re.compile(rf"(?:(?<=[.!?])|(?<=[.!?][\"”')*]))\s+(?=[\"“(`{FORMULA}]*[A-Z0-9`{FORMULA}])")

_LETTERS = "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu"
_LETTERS += " nu xi pi rho sigma tau upsilon phi varphi chi psi omega ell Gamma Delta Theta Lambda"
_LETTERS = frozenset((_LETTERS + " Xi Pi Sigma Upsilon Phi Psi Omega").split())
_NO_SYMBOLS = re.compile(
    r"\\begin\{array\}\{[^}]*\}"
    r"|\\(text\w*|math(rm|bb|tt|sf)|operatorname\*?|tag|label|mbox|begin|end|color|[hv]space)"
    r"\s*\{[^{}]*\}"
    r"|\be(?=\^)"  # the base of an exponential
    r"|\^(T(?![A-Za-z])|\{(\\,)?T\})"  # transposed
    r"|(?<![A-Za-z\\])d(?=[A-Za-z]|\\[a-zA-Z])"  # the d of a derivative: dy, dW
)
_HATS = r"hat|widehat|tilde|widetilde|bar|overline|vec|dot|ddot|mathbf|boldsymbol|bm|mathcal"
_SYMBOL = re.compile(
    rf"\\(?P<hat>{_HATS})(?![A-Za-z])\s*(?:\{{\s*(?P<below>\\?[A-Za-z]+)\s*\}}|(?P<bare>\\[A-Za-z]+|[A-Za-z]))"
    r"|\\(?P<command>[A-Za-z]+)|(?P<letter>[A-Za-z])"
)


def symbols(tex):
    """The symbols of a formula, in its order: letters, Greek ones, and those with a hat, a bar...

    Digits, operators, names of functions and text are none, and the d of dy is an operator. A
    subscript counts as its letters: h_t is h and t.
    """
    found = []
    for match in _SYMBOL.finditer(_NO_SYMBOLS.sub(" ", tex)):
        if match["hat"]:
            name = f"\\{match['hat']} {match['below'] or match['bare']}"
        elif match["letter"]:
            name = match["letter"]
        elif match["command"] in _LETTERS:
            name = f"\\{match['command']}"
        else:
            continue
        if name not in found:
            found.append(name)
    return found


def sentences(text):
    """The sentences of a paragraph."""
    text = _SHORT.sub(lambda match: match[0].replace(".", ""), text)
    return [sentence for sentence in _END.split(text.strip()) if sentence]


def prose(chapter):
    """The paragraphs and items of lists of a chapter, references apart."""
    references = {id(block) for block in chapter.under("Further reading")}
    for block in chapter.blocks:
        if block.kind in ("paragraph", "item") and id(block) not in references:
            yield block


def long_paragraphs(chapter):
    """Paragraphs that nobody reads in one breath."""
    for block in prose(chapter):
        if (count := words(block.text)) > PARAGRAPH:
            yield block.cell, f"a paragraph of {count} words: {_start(block.text)}", True


def long_sentences(chapter):
    """Each sentence that is long is shown; a few may be, none may be very long."""
    every = [(block.cell, s) for block in prose(chapter) for s in sentences(block.text)]
    long = [(cell, s) for cell, s in every if words(s) > SENTENCE]
    for cell, sentence in long:
        count = words(sentence)
        yield cell, f"a sentence of {count} words: {_start(sentence)}", count > LONGEST
    if every and len(long) > SHARE * len(every):
        share = f"{len(long)} of {len(every)} sentences ({len(long) / len(every):.1%})"
        yield "", f"{share} have more than {SENTENCE} words; at most {SHARE:.0%} may", True


def new_symbols(chapter):
    """What each section names for the first time, where it is in sight."""
    table = {cell.id for cell in chapter.notebook.cells if "symbols" in tags(cell)}
    known, sections = set(), []
    for block in chapter.blocks:
        if block.kind == "heading" or not sections:
            sections.append((block.cell, block.text if block.kind == "heading" else "the top", []))
        if block.folded or block.cell in table:
            continue
        for formula in block.formulas:
            new = [name for name in symbols(formula.tex) if name not in known]
            sections[-1][2].extend(new)
            known.update(new)
    for cell, heading, new in sections:
        if new:
            fault = len(new) > SYMBOLS
            what = f"{len(new)} new symbols in {heading!r}: {', '.join(new)}"
            yield cell, f"{what}; at most {SYMBOLS} a section" if fault else what, fault


def _start(text):
    return f"{text[:60]}..." if len(text) > 60 else text
