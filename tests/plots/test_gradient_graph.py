"""Computation graphs: which number stands at which arrow, and on which side of it."""

import itertools

import matplotlib
import numpy as np
import pytest
from test_drawings import FLOW, FORK, FORKED, NEURON, middle, of_kind, texts

from minidl import plots

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.colors import same_color
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle

E = np.e
FORK_VALUES = {"x": 1, "square": 1.0, "exp": E, "sum": 1 + E}
FORK_GRADIENTS = {"sum": 1, "square": 1, "exp": 1, ("x", "square"): 2, ("x", "exp"): E, "x": 2 + E}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def test_words_stand_above_their_nodes_and_the_legend_can_be_left_out():
    ax = draw(words={"square": "the square"}, legend=False, values=FORK_VALUES)
    (word,) = [text for text in ax.texts if text.get_text() == "the square"]
    (node,) = [text for text in ax.texts if text.get_text() == FORK["square"][2]]
    assert word.get_position()[0] == node.get_position()[0]
    assert 0.2 < word.get_position()[1] - node.get_position()[1] < 0.5
    assert not any("above an arrow" in text.get_text() for text in ax.texts)


def test_the_sum_at_a_fork_keeps_clear_of_arrows_that_all_lead_down():
    for row, sign in [(0, 1), (1, -1)]:
        ax = draw(FORK | {"x": (0, row - 0.4, "x")}, gradients={"x": "sum at x"})
        (words,) = [text for text in ax.texts if text.get_text() == "sum at x"]
        (node,) = [text for text in ax.texts if text.get_text() == "x"]
        assert sign * (words.get_position()[1] - node.get_position()[1]) > 0


def draw(nodes=FORK, edges=FORKED, **options):
    return plots.gradient_graph(nodes, edges, **options)


def ends(ax):
    """The two ends (2, 2) of every arrow, in inches."""
    found = []
    for arrow in of_kind(ax, FancyArrowPatch):
        arrow.set_arrowstyle("-")
        found.append(np.concatenate(arrow.get_path().to_polygons(closed_only=False))[[0, -1]])
    return found


def away(start, end, place):
    """How far `place` is from the line, and from its two ends; positive above it."""
    along = (end - start) / np.hypot(*(end - start))
    above = np.array([-along[1], along[0]]) * (1 if along[0] > 0 else -1)
    return (place - start) @ above, (place - start) @ along / np.hypot(*(end - start))


def test_nodes_stand_where_they_are_put_and_arrows_join_them():
    ax = draw(NEURON, FLOW)
    at = {name: middle(texts(ax)[label]) for name, (_, _, label) in NEURON.items()}
    for one, other in itertools.combinations(NEURON, 2):
        (c, r, _), (d, s, _) = NEURON[one], NEURON[other]
        moved = at[other] - at[one]
        assert np.sign(round(moved[0], 1)) == np.sign(d - c)
        assert np.sign(round(moved[1], 1)) == np.sign(r - s)  # rows count from the top
    lines = ends(ax)
    assert len(lines) == len(FLOW) + 1  # and one that leaves
    for edge in FLOW:
        far = [max(np.hypot(*(p - at[n])) for p, n in zip(line, edge)) for line in lines]
        assert min(far) < 0.35, edge
    assert len(of_kind(ax, Circle)) == 4 and len(of_kind(ax, FancyBboxPatch)) == 3
    assert not {"below: the gradient"} & set(texts(ax))


def test_values_stand_above_their_arrows_and_gradients_below():
    values = {name: 10.0 + n for n, name in enumerate(NEURON)}
    gradients = {name: -10.0 - n for n, name in enumerate(NEURON)}
    ax = draw(NEURON, FLOW, values=values, gradients=gradients)
    at = {name: middle(texts(ax)[label]) for name, (_, _, label) in NEURON.items()}
    for line in ends(ax):
        source = min(at, key=lambda name: np.hypot(*(line[0] - at[name])))
        above, place = away(*line, middle(texts(ax)[f"{values[source]:.3g}"]))
        assert 0.04 < above < 0.4 and 0.2 < place < 0.8
        back = texts(ax)[f"−{-gradients[source]:.3g}"]
        below, place = away(*line, middle(back))
        assert -0.4 < below < -0.04 and 0.2 < place < 0.8
        assert same_color(back.get_color(), plots.COLOURS["gradient"])


def test_a_fork_has_a_gradient_on_each_arrow_and_their_sum_below_the_node():
    ax = draw(values=FORK_VALUES, gradients=FORK_GRADIENTS)
    names = texts(ax)
    x = middle(names["$x$"])
    total = middle(names["4.72"])
    assert abs(total[0] - x[0]) < 0.05 and 0.2 < x[1] - total[1] < 0.5
    numbers = sorted(t.get_text() for t in ax.texts if t.get_text()[0].isdigit())
    assert numbers == ["1"] * 6 + ["2", "2.72", "2.72", "3.72", "4.72"]
    up = ends(ax)[0]
    assert (up[1] > up[0]).all() and -0.4 < away(*up, middle(names["2"]))[0] < 0


@pytest.mark.parametrize(
    ("number", "text"),
    [(2, "2"), (-3, "−3"), (0.33333, "0.333"), (-1234.5, "−1.23e+03"), ("$a$", "$a$")],
)
def test_numbers_have_three_digits(number, text):
    assert text in texts(draw(values={"sum": number}))


def test_a_blank_graph_has_a_box_for_every_number_that_is_not_given():
    blank = of_kind(draw(blank=True), Rectangle)
    assert len(blank) == 2 * 5 + 1  # and the sum at the fork
    assert len(of_kind(draw(blank=True, values=FORK_VALUES), Rectangle)) == 6
    full = draw(blank=True, values=FORK_VALUES, gradients=FORK_GRADIENTS)
    assert of_kind(full, Rectangle) == []
    boxes = [patch.get_window_extent() for patch in blank]
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)


def test_long_labels_and_numbers_get_room():
    nodes = {"x": (0, 0, "a long input"), "y": (1, 0, "a long operation"), "z": (2, 0, "+")}
    values = dict.fromkeys(nodes, -1234.5)
    ax = draw(nodes, [("x", "y"), ("y", "z")], values=values)
    boxes = [patch.get_window_extent() for patch in of_kind(ax, FancyBboxPatch)]
    assert min(box.x0 for box in boxes) > 0
    for text in ax.texts:
        box = text.get_window_extent()
        if text.get_text() == "−1.23e+03":
            assert not any(box.overlaps(other) for other in boxes)


def test_active_nodes_and_the_arrows_between_them_stand_out():
    ax = draw(active=["x", "exp"])
    fills = [p.get_facecolor() for p in ax.patches if isinstance(p, Circle | FancyBboxPatch)]
    calm = [p.get_facecolor() for p in draw().patches if isinstance(p, Circle | FancyBboxPatch)]
    assert [same_color(*pair) for pair in zip(fills, calm)] == [False, True, False, True]
    widths = [arrow.get_linewidth() for arrow in of_kind(ax, FancyArrowPatch)]
    assert [width > 2 for width in widths] == [False, True, False, False, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nodes": {}, "edges": []}, "nodes is empty"),
        ({"nodes": {"x": (0, 1)}, "edges": []}, r"'x' must be \(column, row, label\)"),
        ({"edges": [("x", "log")]}, "edges speaks of 'log', which is not in nodes"),
        ({"values": {"y": 1}}, "values speaks of 'y'"),
        ({"active": ["y"]}, "active speaks of 'y'"),
        ({"words": {"y": "loss"}}, "words speaks of 'y'"),
        ({"gradients": {("x", "sum"): 1}}, r"gradients speaks of \('x', 'sum'\).* the arrows"),
    ],
)
def test_gradient_graph_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        draw(**change)
