"""Sliders and movies in a real JupyterLab: the reader moves them, and the picture follows."""

import nbformat
import pytest
from lab import CHROMIUM, COMPLAINT, opened, run_all_cells, serve
from nbformat.v4 import new_code_cell, new_notebook, new_output

from minidl import plots

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
playwright = pytest.importorskip("playwright.sync_api")

SLIDERS = """
from matplotlib import pyplot as plt
from minidl import plots
def draw(slope):
    assert slope < 3, "too steep to draw"
    plt.plot([0, slope])
    plt.ylim(0, 3)
plots.sliders(draw, "a straight line", slope=(0, 3, 1, 1))
"""
ALT = "a line that turns"
MOVIE = f"""
plots.movie(lambda k, ax: ax.plot([0, k]), range(3), "{ALT}")
"""
SLIDER, LINE = ".jupyter-widgets [role=slider]", "img[alt='a straight line']"
BUTTON = ".anim-controls button"
TURNING, HINT = f"img[alt='{ALT}']", "text=one picture of a movie"


def test_a_reader_moves_a_slider_and_plays_a_movie(tmp_path):
    (tmp_path / "root").mkdir()
    cells = [new_code_cell(source.strip()) for source in (SLIDERS, MOVIE)]
    data, metadata = plots.movie(lambda k, ax: ax.plot([0, k]), range(3), ALT)._repr_mimebundle_()
    cells[1].outputs = [new_output("display_data", data, metadata=metadata)]
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=cells, metadata=python), tmp_path / "root" / "moves.ipynb")
    with serve(tmp_path) as address, opened(playwright, address("moves.ipynb")) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        # As it comes, it is not trusted: its scripts do not run, and one picture stands there.
        page.wait_for_selector(HINT, timeout=120_000)
        assert len(page.get_attribute(TURNING, "src")) > 100
        run_all_cells(page, 60)
        assert page.locator(COMPLAINT).all_inner_texts() == []

        before = page.get_attribute(LINE, "src", timeout=120_000)
        page.focus(SLIDER)
        page.keyboard.press("ArrowRight")
        changed = "([image, src]) => document.querySelector(image).src !== src"
        page.wait_for_function(changed, arg=[LINE, before], timeout=120_000)
        assert page.inner_text(".jupyter-widgets .widget-readout") == "2"
        page.keyboard.press("ArrowRight")
        page.wait_for_selector("text=too steep to draw", timeout=120_000)

        page.wait_for_function(f'() => document.querySelector("{TURNING}").src.length > 100')
        assert page.locator(HINT).count() == 0  # it says how to play; now it plays
        last = page.get_attribute(TURNING, "src")
        page.click(BUTTON + ":has-text('Back')")
        page.wait_for_function(changed, arg=[TURNING, last], timeout=120_000)
        page.click(BUTTON + ":has-text('Forward')")
        same = changed.replace("!==", "===")
        page.wait_for_function(same, arg=[TURNING, last], timeout=120_000)
        page.click(BUTTON + ":has-text('Play')")
        page.wait_for_function(changed, arg=[TURNING, last], timeout=120_000)
        page.click(BUTTON + ":has-text('Pause')")
    foreign = [url for url in asked if not url.startswith(("http://127.0.0.1", "data:", "blob:"))]
    assert foreign == []
