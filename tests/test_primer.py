"""PRIMER.md: its programs print what it says, its pictures are drawn anew, and its links arrive."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from website.texts import slug

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "PRIMER.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", TEXT, re.DOTALL)
PLACES = {slug(heading) for heading in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)}


@pytest.mark.parametrize("program, printed", PROGRAMS)
def test_a_program_prints_what_stands_below_it(program, printed):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(compile(program, "PRIMER.md", "exec"), {})
    assert said.getvalue() == printed


def test_every_program_is_run():
    assert len(PROGRAMS) == TEXT.count("```python") == 2


def test_the_pictures_are_those_that_the_program_draws(tmp_path):
    pytest.importorskip("matplotlib").use("agg")
    import primer

    primer.draw(tmp_path)
    assert set(re.findall(r"\(site/primer/([\w-]+)\.png\)", TEXT)) == set(primer.PICTURES)
    for name in primer.PICTURES:
        kept, new = (
            np.asarray(Image.open(folder / f"{name}.png").convert("L"), float)
            for folder in (ROOT / "site" / "primer", tmp_path)
        )
        assert kept.shape == new.shape, name
        assert np.abs(kept - new).mean() < 1, name


def test_a_link_from_a_chapter_leads_to_a_heading():
    found = set()
    for path in ROOT.glob("notebooks/[0-9][0-9]-*.ipynb"):
        found |= set(re.findall(r"\(\.\./PRIMER\.md#([\w-]+)\)", path.read_text("utf-8")))
    assert found <= PLACES
    assert {slug("Primer")} | found == PLACES, "a section that no chapter needs"


def test_the_numbers_of_the_examples_are_right():
    def f(x, y):
        return x**2 + 3 * x * y

    assert f(2, 1) == 10 and round(f(2.01, 1.01), 4) == 10.1304
    die = np.arange(1, 7)
    two = die + die[:, None]
    assert die.var() == pytest.approx(35 / 12) and two.var() == pytest.approx(35 / 6)
    assert np.outer(die, die).mean() == 12.25 and (2 * die).var() == pytest.approx(11.67, abs=0.01)
    A = np.array([[2, 1], [1, 2]])
    assert np.array_equal(A @ [1, 1], [3, 3]) and np.array_equal(A @ [1, -1], [1, -1])
    for stated in ("10.1304", "35/12", "12.25", "11.67"):
        assert stated in TEXT
