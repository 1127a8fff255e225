"""Pictures of sliders for a page without a kernel: which are drawn, and where each one lies."""

import base64
import io

import matplotlib
import numpy as np
import pytest
from PIL import Image

from minidl import plots
from minidl_course import frames

matplotlib.use("Agg")
from matplotlib import pyplot


def bar(a, b=0.0):
    """A picture whose grey says which one it is."""
    pyplot.figure(figsize=(1, 0.5), facecolor=str(0.1 + 0.2 * a + 0.05 * b))


def greys(sheet, count):
    """The grey in the middle of each picture of a sheet, from 0 to 1, one after another."""
    image = Image.open(io.BytesIO(base64.b64decode(sheet["webp"]))).convert("L")
    width, height = sheet["width"], sheet["height"]
    columns = image.width // width
    places = (divmod(place, columns) for place in range(count))
    at = [(c * width + width // 2, r * height + height // 2) for r, c in places]
    return np.array([image.getpixel(xy) for xy in at]) / 255


def test_the_last_slider_runs_fastest_also_over_several_lines(monkeypatch):
    made = plots.sliders(bar, "a grey", a=(0, 3, 1, 1), b=(0.0, 3.0, 0.5, 1.0))
    frames.stop_at(made, a=(0, 1, 3), b=(0, 1, 2.5))
    for columns in (9, 4):
        width = frames.sheet(made)["width"]
        monkeypatch.setattr(frames, "MAX_WIDTH", columns * width)
        sheet = frames.sheet(made)
        wanted = [0.1 + 0.2 * a + 0.05 * b for a in (0, 1, 3) for b in (0, 1, 2.5)]
        np.testing.assert_allclose(greys(sheet, 9), wanted, atol=0.01)
    assert sheet["sliders"] == [
        {"name": "a", "values": ["0", "1", "3"], "begin": 1},
        {"name": "b", "values": ["0.0", "1.0", "2.5"], "begin": 1},
    ]
    assert sheet["others"] == []
    assert (made.controls["a"].value, made.controls["b"].value) == (1, 1.0)  # as they were


def test_without_a_choice_the_first_slider_moves_and_its_default_is_there():
    made = plots.sliders(bar, "a grey", a=(0.0, 3.0, 0.1, 0.3), b=(0, 1, 1, 1))
    sheet = frames.sheet(made)
    (slider,) = sheet["sliders"]
    assert slider["values"][slider["begin"]] == "0.3" and sheet["others"] == ["b"]
    values = [float(value) for value in slider["values"]]
    assert len(values) <= frames.AUTOMATIC
    np.testing.assert_allclose(
        greys(sheet, len(values)), [0.15 + 0.2 * a for a in values], atol=0.01
    )


@pytest.mark.parametrize(
    ("stops", "message"),
    [
        ({"c": (0, 1)}, "no slider is called 'c', only a"),
        ({"a": (0, 2)}, "a begins at 1: add it"),
    ],
)
def test_stops_that_cannot_be_are_refused(stops, message):
    made = plots.sliders(bar, "a grey", a=(0, 3, 1, 1))
    with pytest.raises(ValueError, match=message):
        frames.stop_at(made, **stops)


def test_too_much_for_a_page_is_refused(monkeypatch):
    made = plots.sliders(bar, "a grey", a=(0, 3, 1, 1))
    monkeypatch.setattr(frames, "MAX_BYTES", 10)
    with pytest.raises(ValueError, match="bytes, more than 10"):
        frames.sheet(made)
    monkeypatch.setattr(frames, "MAX_PIXELS", 10)
    with pytest.raises(ValueError, match="4 pictures of"):
        frames.sheet(made)


def test_a_picture_that_cannot_be_drawn_says_why():
    def draw(a):
        if a == 3:
            raise ValueError("three is too much")

    with pytest.raises(ValueError, match="three is too much"):
        frames.sheet(plots.sliders(draw, "nothing", a=(0, 3, 1, 1)))
