"""Rows of layers, unrolled networks and computation graphs: what stands where, read back."""

import itertools
import re

import matplotlib
import numpy as np
import pytest

from minidl import Sequential, plots
from minidl.layers import AveragePooling2D, Conv2D, Dense, Dropout, Flatten

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.colors import same_color
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon

LENET = [
    ("image", (28, 28, 1)),
    ("Conv2D", (28, 28, 6)),
    ("Average\nPooling2D", (14, 14, 6)),
    ("Conv2D", (10, 10, 16)),
    ("Average\nPooling2D", (5, 5, 16)),
    ("Flatten", 400),
    ("Dense", 120),
    ("Dense", 84),
    ("Dense", 10),
]
VGG = [(f"block {i}\nsecond line", (224 >> i // 3, 224 >> i // 3, 64)) for i in range(15)]
TEXT = [("words", (None,)), ("Embedding", (None, 32)), ("LSTM", 64), ("Dense", 1)]

# loss = -log(sigmoid(w * x + b)); and a fork, x^2 + exp(x)
NEURON = {
    "x": (0, 0, "$x$"),
    "w": (0, 1, "$w$"),
    "b": (1, 2, "$b$"),
    "times": (1, 0.5, "×"),
    "plus": (2, 1, "+"),
    "sigmoid": (3, 1, r"$\sigma$"),
    "loss": (4, 1, r"$-\log$"),
}
FLOW = [("x", "times"), ("w", "times"), ("times", "plus"), ("b", "plus")]
FLOW += [("plus", "sigmoid"), ("sigmoid", "loss")]
FORK = {"x": (0, 1, "$x$"), "square": (1, 0, "square"), "exp": (1, 2, "exp"), "sum": (2, 1, "+")}
FORKED = [("x", "square"), ("x", "exp"), ("square", "sum"), ("exp", "sum")]

DRAWN = {
    "lenet": lambda ax=None: plots.layers_in_a_row(LENET, ax),
    "vgg": lambda ax=None: plots.layers_in_a_row(VGG, ax),
    "text": lambda ax=None: plots.layers_in_a_row(TEXT, ax),
    "lstm": lambda ax=None: plots.unrolled(
        5, inputs=list("hello"), outputs="y", states=("h", "c"), ax=ax
    ),
    "rnn": lambda ax=None: plots.unrolled(
        3, inputs="x", outputs=["", "", "positive"], cell="SimpleRNN", ax=ax
    ),
    "neuron": lambda ax=None: plots.gradient_graph(
        NEURON,
        FLOW,
        values=dict.fromkeys(NEURON, -0.1234),
        gradients=dict.fromkeys(NEURON, -12.345),
        ax=ax,
    ),
    "fork": lambda ax=None: plots.gradient_graph(FORK, FORKED, blank=True, ax=ax),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def of_kind(ax, kind):
    return [patch for patch in ax.patches if type(patch) is kind]


def texts(ax):
    return {text.get_text(): text for text in ax.texts}


def middle(thing):
    box = thing.get_window_extent()
    return np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2 / thing.figure.dpi


def overlap(one, other):
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return min(width, height)


# ------------------------------------------------------------------------------------ all of them


@pytest.mark.parametrize("name", DRAWN)
def test_it_fits_a_page_and_its_figure_and_the_axes_it_is_given(name):
    ax = DRAWN[name]()
    width, height = ax.figure.get_size_inches()
    assert width <= 7.01 and height < 6
    _, small = pyplot.subplots(figsize=(3, 2))
    assert DRAWN[name](small) is small
    for axes, size in [(ax, (width, height)), (small, (3, 2))]:
        axes.figure.canvas.draw()
        box = axes.figure.get_tightbbox()
        assert min(box.x0, box.y0, size[0] - box.x1, size[1] - box.y1) > -0.01


@pytest.mark.parametrize("name", DRAWN)
def test_no_words_lie_on_other_words_or_across_an_outline(name):
    ax = DRAWN[name]()
    words = [text.get_window_extent() for text in ax.texts if text.get_text()]
    outlines = [p.get_window_extent() for p in ax.patches if not isinstance(p, FancyArrowPatch)]
    for one, other in itertools.combinations(words, 2):
        assert overlap(one, other) < 1
    for one, box in itertools.product(words, outlines):
        inside = box.x0 < one.x0 and one.x1 < box.x1 and box.y0 < one.y0 and one.y1 < box.y1
        assert inside or overlap(one, box) < 2
    assert all(8.9 < text.get_fontsize() < 11.1 for text in ax.texts)


@pytest.mark.parametrize("name", DRAWN)
def test_no_words_lie_on_an_arrow(name):
    ax = DRAWN[name]()
    ways = []
    for arrow in of_kind(ax, FancyArrowPatch):
        (start, end) = ax.transData.transform(
            np.concatenate(arrow.get_path().to_polygons(closed_only=False))[[0, 1]]
        )
        ways.append(start + np.linspace(0, 1, 60)[:, None] * (end - start))
    assert ways
    for text in ax.texts:
        box = text.get_window_extent()
        for x, y in np.concatenate(ways):
            assert not (box.x0 < x < box.x1 and box.y0 < y < box.y1), text


# -------------------------------------------------------------------------------- layers in a row


def test_a_row_goes_from_left_to_right_with_one_arrow_less_than_shapes():
    ax = DRAWN["lenet"]()
    assert len(of_kind(ax, FancyArrowPatch)) == len(LENET) - 1
    assert len(of_kind(ax, Polygon)) == 3 * len(LENET)
    labels = [text for text in ax.texts if re.fullmatch(r"[\d ×]+", text.get_text())]
    shapes = [s if isinstance(s, tuple) else (s,) for _, s in LENET]
    assert [text.get_text() for text in labels] == [" × ".join(map(str, s)) for s in shapes]
    assert (np.diff([middle(text)[0] for text in labels]) > 0.4).all()


def test_a_long_row_goes_on_below():
    ax = DRAWN["vgg"]()
    faces = [face.get_xy()[:, 1] for face in of_kind(ax, Polygon)]
    cuboids = [np.concatenate(faces[i : i + 3]) for i in range(0, len(faces), 3)]
    heights = [round((ys.min() + ys.max()) / 2, 2) for ys in cuboids]
    assert len(cuboids) == len(VGG) and heights == sorted(heights, reverse=True)
    lines = [len([*group]) for _, group in itertools.groupby(heights)]
    assert 1 < len(lines) < 5 and max(lines) - min(lines) <= 3
    assert len(of_kind(ax, FancyArrowPatch)) == len(VGG) - 1 + len(lines) - 1


def test_a_built_model_is_drawn_by_its_layers_and_what_keeps_the_shape_joins_the_one_before():
    first = Conv2D(6, 5, padding="same", activation="tanh", input_shape=(28, 28, 1))
    model = Sequential([first, AveragePooling2D(2), Flatten(), Dropout(0.5), Dense(10), Dense(10)])
    ax = plots.layers_in_a_row(model)
    assert [text.get_text() for text in ax.texts] == [
        *("28 × 28 × 1", "input", "28 × 28 × 6", "Conv2D", "14 × 14 × 6", "Average\nPooling2D"),
        *("1176", "Flatten\nDropout", "10", "Dense", "10", "Dense"),
    ]


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        ([], ValueError, "layers is empty"),
        (Sequential([Dense(3)]), RuntimeError, "layers_in_a_row needs to know the input's shape"),
        ([("x", (1, 2, 3, 4))], ValueError, r"must be \(H, W, C\)"),
        (["x"], TypeError, r"list of \(name, shape\), the input first; got 'x'"),
        (3, TypeError, "got 3"),
    ],
)
def test_layers_in_a_row_refuses(layers, error, message):
    with pytest.raises(error, match=message):
        plots.layers_in_a_row(layers)


# --------------------------------------------------------------------------------------- unrolled


def test_an_unrolled_network_has_a_cell_a_step_and_hands_on_every_state():
    ax = DRAWN["lstm"]()
    boxes = of_kind(ax, FancyBboxPatch)
    cells = [text for text in ax.texts if text.get_text() == "LSTM"]
    assert len(cells) == 5 and len(boxes) == 15
    green = [
        arrow
        for arrow in of_kind(ax, FancyArrowPatch)
        if same_color(arrow.get_edgecolor(), plots.COLOURS["memory"])
    ]
    assert len(green) == 2 * 6 and len(of_kind(ax, FancyArrowPatch)) == 2 * 6 + 5 + 5
    names = texts(ax)
    assert {f"${s}_{{{t}}}$" for s in "hc" for t in range(6)} < set(names)
    assert {f"$y_{{{t}}}$" for t in range(1, 6)} < set(names)
    xs = [middle(cell)[0] for cell in cells]
    assert xs[0] < middle(names["$h_{1}$"])[0] < xs[1]


def test_steps_without_an_output_have_no_box():
    ax = DRAWN["rnn"]()
    assert len(of_kind(ax, FancyBboxPatch)) == 3 + 3 + 1
    last = [text for text in ax.texts if text.get_text() == "SimpleRNN"][-1]
    np.testing.assert_allclose(middle(texts(ax)["positive"])[0], middle(last)[0], atol=0.03)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps must be an integer of at least 1"),
        ({"inputs": ["a", "b"]}, "inputs has 2 texts for 3 steps"),
        ({"outputs": ["a"]}, "outputs has 1 texts"),
        ({"states": ()}, "states is empty"),
    ],
)
def test_unrolled_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        plots.unrolled(**{"steps": 3, "inputs": "x"} | change)
