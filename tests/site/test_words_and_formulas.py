"""What is done to text that would break at a bad place, without a whole website."""

import pytest
from lab import CHROMIUM
from website import addresses, mending
from website_browser import browsing


def mended(folder, text):
    (folder / "page.html").write_text(text, encoding="utf-8")
    mending.mend(folder)
    return (folder / "page.html").read_text(encoding="utf-8")


def test_a_few_characters_of_code_stay_in_one_line(tmp_path):
    begin, short = '<code class="docutils literal notranslate">', "e * e"
    spans = " ".join(f'<span class="pre">{word}</span>' for word in short.split())
    assert mended(tmp_path, f"{begin}{spans}</code>").startswith(begin[:-2] + ' together">')
    long = '<span class="pre">of_several_words</span> <span class="pre">more</span>'
    assert mended(tmp_path, f"{begin}{long}</code>").startswith(begin)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_formula_is_broken_at_its_signs_and_not_at_those_in_brackets():
    playwright = pytest.importorskip("playwright.sync_api")
    with browsing(playwright) as browser:
        page = browser.new_page()
        page.add_script_tag(path=addresses.ROOT / "site" / "_static" / "formulas.js")
        broken = page.evaluate(
            "broken(String.raw`d = s([i = j] - y) = P(a = b) = \\frac{c = d}{2}`, 1)"
        )
    lines = "d &= s([i = j] - y) ", "&= P(a = b) ", r"&= \frac{c = d}{2}"
    assert broken == r"\begin{aligned}" + r"\\[4pt]".join(lines) + r"\end{aligned}"
