"""The GPT that chapter 25 writes in NumPy: what it shows of it is what it writes and computes."""

import re
from pathlib import Path
from textwrap import fill

import numpy as np
import pytest

from minidl.initializers import RandomNormal
from minidl_course import smollm
from minidl_course.chapters import language_models as page
from minidl_course.chapters.common import softmax
from minidl_course.language_model import gpt
from notebooks import read

PAGE = Path(__file__).resolve().parents[2] / "notebooks" / "25-language-models.ipynb"
CELLS = {cell.id: cell.source for cell in read(PAGE).cells}


@pytest.fixture
def by_hand():
    names = {"np": np, "softmax": softmax, "page": page, "smollm": smollm, "fill": fill}
    for name in ("sampling", "grouped", "parts-by-hand", "gpt"):
        exec(CELLS[name], names)
    return names


def test_the_page_begins_with_what_its_code_writes_first(by_hand):
    model, tokens, _ = page.shipped()
    (shown,) = re.findall(r"^```text\n(.*?)^```", CELLS["title"], re.DOTALL | re.MULTILINE)
    start = tokens.encode("ROMEO:\n")
    wrote = by_hand["write"](start, 90, page.by_name(model), t=0.8, p=0.9)
    assert tokens.decode(wrote).startswith(shown)


def test_its_lines_take_the_sizes_of_a_model(by_hand):
    """Another rotary base, other groups: those of the weights, as SmolLM2 needs it."""
    wide = RandomNormal(stddev=0.3, seed=0)
    model = gpt(50, 48, blocks=2, heads=6, groups=3, kernel_initializer=wide)
    for _, layer in model.walk():
        if getattr(layer, "rotation", None):
            layer.rotation.max_wavelength = 300.0
    model.params()["embed/W"].value *= 50  # so that no epsilon counts
    w, ids = page.by_name(model), np.arange(20)
    assert (w.G, w.d, [block.base for block in w.blocks]) == (3, 8, [300.0, 300.0])
    z = by_hand["gpt"](ids, w, by_hand["empty"](w))
    theirs = model.forward(ids[None].astype("float32"))[0][0]
    np.testing.assert_allclose(z, theirs, atol=1e-2)
    for block in w.blocks:
        block.base = 10000.0
    assert np.abs(by_hand["gpt"](ids, w, by_hand["empty"](w)) - theirs).max() > 0.1


def test_it_stops_behind_a_token(by_hand):
    model, tokens, _ = page.shipped()
    w, ids = page.by_name(model), tokens.encode("ROMEO:\n")
    text = by_hand["write"](ids, 12, w, k=1)
    stop = text[len(ids) + 5]
    at = text.index(stop, len(ids))
    assert by_hand["write"](ids, 12, w, k=1, stop=stop) == text[: at + 1]


def test_without_its_weights_the_page_says_how_smollm_is_fetched(by_hand, monkeypatch, capsys):
    monkeypatch.setattr(smollm, "is_here", lambda: False)
    exec(CELLS["smollm"], by_hand)
    assert "python -m minidl_course.smollm" in capsys.readouterr().out
