"""Sliders without a browser: what moves, what is drawn, and what stays without ipywidgets."""

import sys

import matplotlib
import pytest

from minidl import plots

matplotlib.use("Agg")
from matplotlib import pyplot

VIEW = "application/vnd.jupyter.widget-view+json"


def nothing(**values):
    pass


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def test_the_picture_follows_the_sliders():
    drawn = []
    open_before = pyplot.figure()

    def draw(**values):
        drawn.append(values)
        pyplot.plot([0, values["slope"]])

    made = plots.sliders(draw, "a <line>", slope=(0.0, 1.0, 0.25, 0.5), lines_drawn=(1, 4, 1, 2))
    slope, lines = made.box.children[:2]
    assert drawn == [{"slope": 0.5, "lines_drawn": 2}]
    assert (slope.min, slope.max, slope.step, slope.readout_format) == (0.0, 1.0, 0.25, ".2f")
    assert (lines.min, lines.max, lines.step, type(lines.value)) == (1, 4, 1, int)
    assert lines.description == "lines drawn"
    before = made.picture.value
    slope.value = 0.75
    assert drawn[1:] == [{"slope": 0.75, "lines_drawn": 2}]
    assert made.picture.value != before and 'alt="a &lt;line&gt;"' in made.picture.value
    assert pyplot.get_fignums() == [open_before.number]


def test_a_figure_that_draw_makes_itself_is_the_picture():
    def draw(size):
        pyplot.subplots(1, 2, figsize=(size, 1))[1][0].plot([1, 2])

    made = plots.sliders(draw, "two lines", size=(1, 6, 1, 2))
    small = len(made.png)
    made.controls["size"].value = 6
    assert len(made.picture.value) > 2 * small
    assert pyplot.get_fignums() == []


def test_an_error_in_draw_is_raised_at_once_and_later_shown():
    def draw(n):
        if n > 2:
            raise ValueError("too <large>")

    made = plots.sliders(draw, "nothing", n=(0, 3, 1, 0))
    made.controls["n"].value = 3
    assert "too &lt;large&gt;" in made.picture.value
    made.controls["n"].value = 1
    assert made.picture.value.startswith("<img")
    with pytest.raises(ValueError, match="too <large>"):
        plots.sliders(draw, "nothing", n=(0, 3, 1, 3))
    assert pyplot.get_fignums() == []


def test_the_output_is_the_widget_and_the_still_picture():
    made = plots.sliders(nothing, "nothing", n=(0, 3, 1, 0))
    data, metadata = made._repr_mimebundle_()
    assert set(data) == {VIEW, "image/png", "text/plain"}
    assert data[VIEW]["model_id"] == made.box.model_id
    assert data["text/plain"] == metadata["image/png"]["alt"] == "nothing"


def test_without_ipywidgets_the_still_picture_stands_there(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    made = plots.sliders(nothing, "nothing", n=(0, 3, 1, 0))
    assert set(made._repr_mimebundle_()[0]) == {"image/png", "text/plain"}
    assert "pip install ipywidgets" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ranges", "error", "message"),
    [
        ({}, ValueError, "at least one slider"),
        ({"n": (0, 1, 0.5)}, ValueError, r"n must be \(low, high, step, default\)"),
        ({"n": 3}, ValueError, "got 3"),
        ({"n": (0, 1, 0.5, "1")}, TypeError, "four numbers"),
        ({"n": (1, 0, 0.5, 1)}, ValueError, "low < high"),
        ({"n": (0, 1, 0, 1)}, ValueError, "a positive step"),
        ({"n": (0, 1, 2, 1)}, ValueError, "fits between them"),
        ({"n": (0, 1, 0.5, 2)}, ValueError, "a default from low to high"),
    ],
)
def test_sliders_refuse(ranges, error, message):
    with pytest.raises(error, match=message):
        plots.sliders(nothing, "nothing", **ranges)


def test_sliders_refuse_what_is_no_function():
    with pytest.raises(TypeError, match=r"draw\(\*\*values\), not 3"):
        plots.sliders(3, "nothing", n=(0, 1, 1, 0))
