"""A reader opens chapter 00 in JupyterLab, runs all cells and sees every figure.

nbval compares outputs without a browser; this is the one test of what a reader sees of a chapter.
"""

import sys
from pathlib import Path

import nbformat
import pytest
from lab import CHROMIUM, COMPLAINT, opened, run_all_cells, serve

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
CHAPTER = "00-start-here.ipynb"
SECONDS = 180  # for the whole chapter; it is meant to take 90
# A figure is a picture, a player of frames, or a picture that follows sliders.
FIGURE = ".jp-RenderedImage img, .jp-RenderedSVG, img[id^=_anim_img], .jupyter-widgets img"

# The menu, the button of the toolbar and the panel at the side that nbgrader brings.
NBGRADER = ":text-is('Nbgrader'), :text-is('Validate'), [title*='Create Assignment' i]"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
playwright = pytest.importorskip("playwright.sync_api")


@pytest.fixture
def figures(tmp_path):
    """How many figures the committed chapter has. A copy without any output is put in place."""
    chapter = nbformat.read(NOTEBOOKS / CHAPTER, as_version=4)
    count = 0
    for cell in chapter.cells:
        if cell.cell_type == "code":
            kinds = " ".join(kind for output in cell.outputs for kind in output.get("data", {}))
            count += kinds.count("image/")
            cell.update(outputs=[], execution_count=None)
    (tmp_path / "root").mkdir()
    nbformat.write(chapter, tmp_path / "root" / CHAPTER)
    return count


def test_chapter_00_runs_in_jupyterlab_and_shows_its_figures(tmp_path, figures):
    with serve(tmp_path) as address, opened(playwright, address(CHAPTER)) as page:
        run_all_cells(page, SECONDS)
        complaints = page.locator(COMPLAINT).all_inner_texts()
        shown = page.locator(FIGURE).count()
        for_teachers = page.locator(NBGRADER).count()
    assert complaints == []
    if Path(sys.prefix) == NOTEBOOKS.parent / ".venv":  # which `make` has set up
        assert for_teachers == 0
    assert shown >= figures > 0
