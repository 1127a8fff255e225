"""The sheet for diagrams: what is drawn where, what arrows touch, and which words overlap."""

import itertools

import matplotlib
import numpy as np
import pytest
from test_plots import DRAW

from minidl import plots
from minidl.plots.common import colour_of, tint

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.colors import same_color, to_rgb
from matplotlib.patches import FancyArrowPatch

SIDES = ["left", "right", "top", "bottom"]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def points(arrow):
    """The way of an arrow without its head, (n, 2), in inches of the sheet."""
    arrow.set_arrowstyle("-")
    return np.concatenate(arrow.get_path().to_polygons(closed_only=False))


def on_outline(node, point):
    x, y = abs(np.subtract(point, (node.x, node.y)))
    if node.round:
        return abs(np.hypot(x, y) - node.width / 2) < 0.01
    return abs(max(x - node.width / 2, y - node.height / 2)) < 0.01


def test_colours_are_apart_and_each_has_a_lighter_fill():
    names = ["data", "weight", "gradient", "memory", "output", "truth", "layer", "muted"]
    assert [*plots.COLOURS] == [*names, "highlight"]
    for one, other in itertools.combinations(plots.COLOURS, 2):
        assert abs(np.subtract(to_rgb(colour_of(one)), to_rgb(colour_of(other)))).max() > 0.15
    for name in plots.COLOURS:
        assert sum(tint(name)) >= sum(to_rgb(colour_of(name)))
        assert min(np.dot(tint(name), (0.3, 0.6, 0.1)), 1) > 0.6  # black letters are readable
    assert tint("white") == (1, 1, 1)


def test_a_sheet_has_its_size_in_inches():
    d = plots.Diagram(5, 2)
    assert d.ax.figure.get_size_inches().tolist() == [5, 2]
    inch = d.ax.transData.transform([(0, 0), (1, 1)]) / d.ax.figure.dpi
    np.testing.assert_allclose(inch, [(0, 0), (1, 1)], atol=1e-6)


def test_on_a_small_axes_everything_shrinks_alike():
    _, ax = pyplot.subplots(figsize=(2.5, 1))
    ax.set_position((0, 0, 1, 1))
    d = plots.Diagram(5, 2, ax)
    a, b = d.box(1, 1, "a box"), d.box(4, 1, "b")
    arrow = d.arrow(a, b)
    assert d.ax is ax and d.scale == 0.5
    assert ax.texts[0].get_fontsize() == 4.5 and arrow.get_linewidth() == 0.55
    assert a.width == pytest.approx(plots.Diagram(5, 2).box(1, 1, "a box").width, rel=0.1)


@pytest.mark.parametrize("text", ["x", "Conv2D\n3 × 3", "$h_{t-1}$", "a rather long line"])
@pytest.mark.parametrize("kind", ["box", "gate"])
def test_words_stay_within_what_they_are_written_in(kind, text):
    d = plots.Diagram(4, 4)
    node = getattr(d, kind)(2, 2, text)
    words, patch = d.ax.texts[0].get_window_extent(), d.ax.patches[0].get_window_extent()
    assert patch.x0 < words.x0 and words.x1 < patch.x1
    assert patch.y0 < words.y0 and words.y1 < patch.y1
    size = np.array([patch.width, patch.height]) / 100
    np.testing.assert_allclose(size, (node.width, node.height), atol=0.03)
    middle = (words.x0 + words.x1) / 2, (words.y0 + words.y1) / 2
    assert abs(np.subtract(middle, 200)).max() < 4


def test_a_box_takes_the_size_and_the_meaning_it_is_given():
    d = plots.Diagram(4, 2)
    node = d.box(1, 1, "x", 0.8, 0.5, fill="memory")
    assert (node.left, node.top) == ((0.6, 1), (1, 1.25))
    assert (node.right, node.bottom) == ((1.4, 1), (1, 0.75))
    (patch,) = d.ax.patches
    assert same_color(patch.get_edgecolor(), plots.COLOURS["memory"])
    assert same_color(patch.get_facecolor(), tint("memory"))


def test_a_volume_grows_with_its_pixels_and_maps_and_says_its_shape():
    d = plots.Diagram(7, 4)
    one, large, deep = (d.volume(2, 2, s) for s in [(8, 8, 4), (16, 16, 4), (8, 8, 64)])
    assert large.height > 1.5 * one.height and large.width > one.width
    assert deep.width > one.width and deep.height == one.height
    column, sequence = d.volume(5, 2, (10,)), d.volume(6, 2, (None, 32), "words")
    assert column.width < 0.2 < sequence.height
    labels = [text.get_text() for text in d.ax.texts]
    assert labels == ["8 × 8 × 4", "16 × 16 × 4", "8 × 8 × 64", "10", "None × 32", "words"]
    for text, node in zip(d.ax.texts, [one, large, deep, column, sequence]):
        assert text.get_window_extent().y1 / 100 < node.bottom[1]
    assert d.ax.texts[-1].get_window_extent().y0 / 100 > sequence.top[1]
    outline = np.concatenate([patch.get_xy() for patch in d.ax.patches[:3]])
    assert outline[:, 0].min() == pytest.approx(one.left[0])
    assert outline[:, 1].max() == pytest.approx(one.top[1])


@pytest.mark.parametrize("angle", range(0, 360, 30))
@pytest.mark.parametrize("kinds", [*itertools.product(["box", "gate", "place"], repeat=2)])
def test_an_arrow_leads_from_outline_to_outline_and_its_words_keep_off_it(kinds, angle):
    d = plots.Diagram(6, 6)
    far = 2 * np.cos(np.radians(angle)), 2 * np.sin(np.radians(angle))
    ends = [(3 - far[0], 3 - far[1]), (3 + far[0], 3 + far[1])]
    nodes = [end if k == "place" else getattr(d, k)(*end, "+") for k, end in zip(kinds, ends)]
    arrow = d.arrow(*nodes, "above", "below")
    start, end = points(arrow)[[0, -1]]
    for kind, node, point in zip(kinds, nodes, (start, end)):
        assert tuple(point) == node if kind == "place" else on_outline(node, point)
    along = (end - start) / np.hypot(*(end - start))
    above, below = d.ax.texts[-2:]
    sides = []
    for words in (above, below):
        box = words.get_window_extent()
        corners = np.array([(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]) / 100
        aside = np.cross(np.append(along, 0), np.pad(corners - start, [(0, 0), (0, 1)]))[:, 2]
        assert (aside > 0.01).all() or (aside < -0.01).all()  # the line passes it
        assert abs(aside).min() < 0.2  # and is near
        sides.append(np.sign(aside[0]))
    assert sides[0] == -sides[1]
    assert above.get_position()[1] > below.get_position()[1] or angle in (90, 270)
    assert same_color(below.get_color(), plots.COLOURS["gradient"])


@pytest.mark.parametrize("sides", [*itertools.product(SIDES, SIDES)])
def test_an_arrow_from_side_to_side_runs_level_or_upright(sides):
    d = plots.Diagram(6, 6)
    a, b = d.box(2, 2, "a", 0.6, 0.4), d.box(4, 4, "b", 0.6, 0.4)
    arrow = d.arrow(a, b, "text", sides=sides)
    way = points(arrow)
    np.testing.assert_allclose(way[[0, -1]], [a.side(sides[0]), b.side(sides[1])])
    long = [q - p for p, q in itertools.pairwise(way) if np.hypot(*(q - p)) > 0.1]
    assert long and all(abs(step).min() < 1e-6 for step in long)


def test_bend_says_how_far_an_arrow_leaves_the_straight_line():
    d = plots.Diagram(6, 4)
    for bend, edge in [(0.5, "ymax"), (-0.5, "ymin")]:
        arrow = d.arrow((1, 2), (5, 2), bend=bend)
        arrow.set_arrowstyle("-")
        assert getattr(arrow.get_path().get_extents(), edge) == pytest.approx(2 + bend)
    over = points(d.arrow(d.box(1, 1, "a"), d.box(5, 1.4, "b"), bend=0.7, sides=("top", "top")))
    assert over[:, 1].max() == pytest.approx(1.4 + 0.15 + 0.7, abs=0.01)


def test_a_panel_lies_behind_and_holds_its_title():
    d = plots.Diagram(4, 3)
    box = d.box(2, 1.5, "x")
    panel = d.panel(1, 1, 2, 1.2, "A title")
    frame = d.ax.patches[-1]
    assert frame.get_zorder() < d.ax.patches[0].get_zorder()
    assert (panel.left[0], panel.top[1], box.x) == (1, 2.2, 2)
    title, outline = d.ax.texts[-1].get_window_extent(), frame.get_window_extent()
    assert outline.x0 < title.x0 and title.y1 < outline.y1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: plots.Diagram(0, 2), "positive size in inches, got 0 by 2"),
        (lambda d: d.box(1, 1, "x", fill="gradeint"), "'gradeint' is no colour: give a meaning"),
        (lambda d: d.text(1, 1, "x", colour="blau"), r"\(data, weight, gradient"),
        (lambda d: d.text(1, 1, "x", align="middle"), 'align must be "left"'),
        (lambda d: d.arrow((0, 0), (1, 1), sides=("up", "left")), "sides must be two of left"),
        (lambda d: d.arrow((0, 0), (1, 1), colour="blau"), "'blau' is no colour"),
        (lambda d: d.volume(1, 1, (1, 2, 3, 4)), r"must be \(H, W, C\), \(T, D\) or \(D,\)"),
        (lambda d: d.volume(1, 1, (0, 2, 3)), "positive, got"),
        (lambda d: d.volume(1, 1, (3, 2, 3), scale=0), "inches for a pixel"),
    ],
)
def test_mistakes_get_an_answer(call, message):
    with pytest.raises(ValueError, match=message):
        call(plots.Diagram(2, 2))


def test_every_name_of_the_package_is_tested_here_or_beside():
    sheet = {"COLOURS", "Diagram", "show", "movie", "sliders"}
    drawings = {"layers_in_a_row", "unrolled", "gradient_graph"}
    assert set(plots.__all__) == {*DRAW} | sheet | drawings
    assert isinstance(plots.Diagram(1, 1).arrow((0, 0), (1, 1)), FancyArrowPatch)
