"""The check for a chapter's language and layout finds each fault, and none where there is none."""

import base64
from pathlib import Path

import chapter
import language
import pages
import pytest
import terms
from made_up_chapter import QUESTION, MadeUp
from nbformat.v4 import new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(terms, "glossary", dict)
    return MadeUp(tmp_path)


def test_a_chapter_without_faults_has_none(page, capsys):
    path = page.write()
    assert pages.faults(path) == []
    assert pages.main([str(path)]) == 0
    said = capsys.readouterr().out
    assert "02-two.ipynb: 0 faults" in said
    assert "idea: 5 new symbols in 'The idea': x, y, t, z, \\hat y" in said
    assert "stated 5 minutes, measured 5 minutes:" in said


def sentence(count):
    return " ".join(["Word"] + ["word"] * (count - 1)) + "."


def lengthen(name, text):
    return lambda page: page.replace(name, page[name].source, f"{page[name].source}\n\n{text}")


def change(name, old, new):
    return lambda page: page.replace(name, old, new)


def drop(name):
    return lambda page: page.notebook.cells.remove(page[name])


def source(name, text, *tags):
    return lambda page: page[name].update(source=text, metadata={"tags": list(tags)})


def show(name, *outputs):
    return lambda page: page[name].update(outputs=list(outputs))


def text_output(count):
    return new_output("stream", name="stdout", text="line\n" * count)


def film(width):
    """What a player shows: nothing but its width is right."""
    png = b"\x89PNG" + bytes(12) + width.to_bytes(4) + bytes(20)
    return {"text/html": '<div class="animation">', "image/png": base64.b64encode(png).decode()}


ALT = {"image/png": {"alt": "a line"}}
TALL = "line\n" * 26
HTML = {"text/html": "<details><summary>Source</summary>\n</details>", "text/plain": TALL}
MANY = " ".join([sentence(20)] * 7)  # 140 words
FAULTS = {  # what is spoilt: how, the cell that is named, what is said
    "sections": (drop("words"), "", "no heading 'In other words'"),
    "order": (change("summary", "Summary", "The end"), "", "no heading 'Summary'"),
    "no hook": (show("title-code"), "", "no hook"),
    "formula in the hook": (lengthen("title", "$$x = 1$$"), "title", "in the hook"),
    "no guess": (change("guess", "**Predict.**", "Think."), "", "no **Predict.**"),
    "no answer": (change("told", "**Explain.** ", ""), "guess", "no **Explain.**"),
    "two guesses": (lengthen("guess", "**Predict.** And now?"), "guess", "before the next"),
    "two questions": (change("check", QUESTION.format("one"), ""), "", "has 2 folded answers"),
    "six questions": (lengthen("check", QUESTION.format("so") * 3), "", "has 6 folded answers"),
    "no blank line": (
        change("check", "one?</summary>\n\n", "one?</summary>\n"),
        "check",
        "leave a blank line",
    ),
    "not closed": (change("able", "Tell", "<details>\n\nTell"), "able", "do not match"),
    "inside a line": (
        lengthen("idea", "So <details><summary>a</summary></details>"),
        "idea",
        "has to begin a line",
    ),
    "no exercise": (change("on", "../exercises/ch02-two/ch02-two.ipynb", "#"), "", "ch02-two"),
    "not before": (change("on", "01-one", "03-three"), "", "no link to 01-one.ipynb"),
    "not after": (change("on", "03-three", "01-one"), "", "no link to 03-three.ipynb"),
    "nowhere": (change("told", "01-one.ipynb", "01-eno.ipynb"), "told", "leads nowhere"),
    "reference": (lengthen("reading", "- Gauss (1801)"), "reading", "no link in the reference"),
    "gap": (change("idea", "\\tag{2}", "\\tag{3}"), "idea", r"\tag{3} where \tag{2} comes next"),
    "minutes": (change("able", "5 minutes", "2 minutes"), "", "stated 2 minutes, measured 5"),
    "no minutes": (change("able", " Plan about 5 minutes.", ""), "", "not stated"),
    "long cell": (source("guess-code", "x\n" * 26), "guess-code", "26 lines of code in sight"),
    "long output": (show("guess-code", text_output(26)), "guess-code", "output of 26 lines"),
    "long table": (
        show("guess-code", new_output("display_data", {"text/html": "<tr><td>1</td></tr>" * 26})),
        "guess-code",
        "output of 26 lines",
    ),
    "long source": (
        show("guess-code", new_output("display_data", {"text/html": f"<pre>{TALL}</pre>"})),
        "guess-code",
        "output of 26 lines",
    ),
    "no text": (
        lambda page: page["title-code"].outputs[0].update(metadata={}),
        "title-code",
        "without alternative text",
    ),
    "two sittings": (lengthen("idea", "$$x$$\n\n" * 80), "", "85 minutes; at most 75"),
    "many cells": (
        lambda page: page.notebook.cells.extend(new_markdown_cell("So.") for _ in range(80)),
        "",
        "cells; at most 80",
    ),
    "plumbing": (source("guess-code", "x\n" * 61, "hide-input"), "", "61 lines of folded code"),
    "long hook": (source("title-code", "x\n" * 9), "title-code", "the hook: 8 lines"),
    "folded hook": (source("title-code", "x\n" * 4, "hide-input"), "title-code", "the hook"),
    "wide code": (source("guess-code", "x" * 79), "guess-code", "a line of 79 characters"),
    "wide print": (
        show("guess-code", new_output("stream", name="stdout", text="x" * 79)),
        "guess-code",
        "a line of 79 characters",
    ),
    "narrow film": (
        show("guess-code", new_output("display_data", film(690), metadata=ALT)),
        "guess-code",
        "a film of 690 pixels; at least 700",
    ),
    "paragraph": (lengthen("idea", MANY), "idea", "a paragraph of 140 words"),
    "very long": (lengthen("idea", sentence(46)), "idea", "a sentence of 46 words"),
    "many long": (lengthen("idea", sentence(31)), "", "have more than 30 words"),
    "symbols": (
        lengthen("idea", r"$\alpha + \beta\,\gamma$"),
        "idea",
        "8 new symbols",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_where_it_is(page, name):
    spoil, cell, said = FAULTS[name]
    spoil(page)
    found = pages.faults(page.write())
    assert any(line.startswith(f"{cell}: ") and said in line for line in found), found
    assert len([line for line in found if "minutes" not in line]) <= 2, found


FINE = {
    "a folded cell is not in sight": source("guess-code", "x\n" * 60, "hide-input"),
    "25 lines": show("guess-code", text_output(25)),
    "a folded output": show("guess-code", new_output("display_data", HTML)),
    "a table of symbols": change("table", "$l$", "$m, n, o, p, q, r, s$"),
    "an open table of symbols": source("table", "$a, b, c, d, f, g, h$", "symbols"),
    "folded symbols": change("check", "Because it is.", "$m, n, o, p, q, r, s$ it is."),
    "code": change("told", "`x + 1`", "`$a$ + $b$ + $c$`"),
    "the d of a derivative": lengthen("idea", "$dx, dz, d\\hat{y}$"),
    "names": lengthen("idea", r"$\max(x, \log y) + \mathrm{loss} + \text{if} + e^{x}$"),
    "a reference may be long": lengthen("reading", "- https://arxiv.org " + sentence(40)),
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_no_fault_is_not_found(page, name):
    FINE[name](page)
    assert pages.faults(page.write()) == []


def test_a_chapter_has_at_most_300_lines_in_sight(page):
    for k in range(13):
        cell = page["title-code"].copy()
        cell.update(id=f"more-{k}", source="x\n" * 24)
        page.notebook.cells.append(cell)
    found = pages.faults(page.write())
    assert any("314 lines of code in sight; at most 300 a chapter" in line for line in found)


def test_a_fault_ends_the_command_with_1(page, capsys):
    page.replace("idea", "\\tag{1}", "\\tag{7}")
    assert pages.main([str(page.write())]) == 1
    assert "! idea: \\tag{7} where \\tag{1} comes next" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tex", "found"),
    [
        (r"y = x W + b", ["y", "x", "W", "b"]),
        (r"\hat{y}_t + \mathbf x + \tilde\theta", [r"\hat y", "t", r"\mathbf x", r"\tilde \theta"]),
        (r"3 \cdot \sin(2) \to \infty \quad \dots", []),
        (r"\frac{dy}{dx}, \partial L / \partial W", ["y", "x", "L", "W"]),
        (r"\begin{aligned} a &= b \end{aligned} \tag{4}", ["a", "b"]),
        (r"W^T x^{\,T} + T", ["W", "x", "T"]),
        (r"\sigma(s_f)", [r"\sigma", "s", "f"]),
    ],
)
def test_symbols(tex, found):
    assert language.symbols(tex) == found


def test_sentences():
    text = "One is e.g. this, in Fig. 2. Is it? `fit` says so! (It does.) And □. Then 3.5 follows."
    assert language.sentences(text) == [
        "One is eg this, in Fig 2.",
        "Is it?",
        "`fit` says so!",
        "(It does.)",
        "And □.",
        "Then 3.5 follows.",
    ]
    assert chapter.words("The `x + 1` of □, 3 - 2") == 7


TERM, LONGER = terms.Term("precision", "a share"), terms.Term("average precision", "an area")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The **precision** is high. Precision again.", ""),
        ("The precision is high, the **precision**.", "not bold where it first occurs"),
        ("# Precision\n\n`precision` and $precision$, then **precision**.", ""),
        ("The average precision, and the **precision**.", ""),
        ("Nothing of it, but imprecision.", "not in the text"),
    ],
)
def test_a_term_is_bold_where_it_first_occurs(text, said):
    book = new_notebook(cells=[new_markdown_cell(text)])
    found = [message for _, message in terms.faults(book, [TERM, LONGER])]
    (told,) = [m for m in found if m.startswith("'precision'")] or [""]
    assert (said in told) and bool(said) == bool(told)


def test_every_chapter_has_terms_and_none_is_explained_twice():
    names = [path.name[:2] for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))]
    assert list(terms.glossary()) == names
    listed = [term for several in terms.glossary().values() for term in several]
    assert len({term.term for term in listed}) == len(listed) > 150
    assert all(term.means.endswith(".") and len(term.means.split()) <= 30 for term in listed)


def test_the_letters_of_right_predictions_are_counted(page, capsys):
    page.replace("told", "The right one", "It is (b), and not (a). The right one")
    path = page.write()
    assert pages.right_letters(chapter.Chapter(path)) == ["b"]
    pages.main([str(path), str(path)])
    assert capsys.readouterr().out.endswith("right predictions: 2 (b)\n")
