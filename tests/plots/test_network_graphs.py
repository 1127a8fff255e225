"""Graphs of networks: where the boxes stand, what is written in them, where the arrows go."""

import itertools

import matplotlib
import numpy as np
import pytest

from minidl import Input, Model, Sequential, plots
from minidl.base.structure import parts
from minidl.layers import LSTM, Conv2D, Dense, Flatten, MaxPooling2D, UpSampling2D, add, concatenate
from minidl.plots.graphs import layout

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.colors import same_color
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def _any_graph(seed, n=14):
    rng = np.random.default_rng(seed)
    read = [rng.choice(k, min(k, int(rng.integers(1, 4))), replace=False) for k in range(1, n)]
    return [[]] + [r.tolist() if rng.random() < 0.9 else [] for r in read]


ROW = [[], [0], [1], [2], [3]]
BRANCHES = [[], [0], [0], [2], [0], [4], [0], [6], [1, 3, 5, 7], [8]]
NESTED_SKIPS = [[], [0], [1], [2], [3], [4, 2], [5], [6, 1], [7, 0]]
TANGLED = [[], [], [1], [0], [2], [3]]
DENSE = [list(range(k)) for k in range(8)]
GRAPHS = [ROW, BRANCHES, NESTED_SKIPS, TANGLED, DENSE, [[]], *map(_any_graph, range(6))]


def row():
    layers = [Conv2D(2, 3, input_shape=(9, 9, 1)), MaxPooling2D(2), Flatten(), Dense(4), Dense(2)]
    return Sequential(layers, name="row")


def pair():
    a, b = Input((None, 3), name="a"), Input((None, 3), name="b")
    words, encoder = Dense(3, name="words"), LSTM(5, name="encoder")
    both = concatenate([encoder(words(a)), encoder(words(b))])
    outputs = [Dense(2, name="label")(both), Dense(1, name="score")(Dense(6)(both))]
    return Model([a, b], outputs, name="pair")


def unet(depth=4):
    x = image = Input((32, 32, 1), name="image")
    skips = []
    for _ in range(depth):
        skips.append(Conv2D(2, 3, padding="same")(x))
        x = MaxPooling2D(2)(skips[-1])
    for skip in reversed(skips):
        x = Conv2D(2, 3, padding="same")(concatenate([UpSampling2D(2)(x), skip]))
    return Model(image, x, name="unet")


def inception():
    x = Input((8, 8, 4))
    a, b, c, d = (Conv2D(2, 1)(x) for _ in range(4))
    b, c = (Conv2D(3, 3, padding="same")(y) for y in (b, c))
    return Model(x, Dense(2)(Flatten()(concatenate([a, b, c, d]))))


def _drawn(ax):
    """({lines: rectangles}, arrows as points (n, 2)) of a picture that is ready."""
    ax.figure.canvas.draw()
    boxes, arrows = {}, []
    texts = [(*text.get_position(), text.get_text()) for text in ax.texts]
    for patch in ax.patches:
        if isinstance(patch, FancyBboxPatch):
            x0, y0, x1, y1 = patch.get_bbox().extents
            inside = [(-y, line) for x, y, line in texts if x0 < x < x1 and y0 < y < y1]
            lines = tuple(line for _, line in sorted(inside))
            boxes.setdefault(lines, []).append(patch)
        elif isinstance(patch, FancyArrowPatch):
            arrows.append(np.concatenate(patch.get_path().to_polygons(closed_only=False)))
    return boxes, arrows


# ----------------------------------------------------------------------------------------- layout


@pytest.mark.parametrize("reads", GRAPHS)
def test_rows_grow_along_arrows_and_nothing_overlaps(reads):
    xs, rows, routes = layout(reads, 1.0, 0.2)
    n = len(reads)
    assert set(routes) == {(i, k) for k, read in enumerate(reads) for i in read}
    for k, read in enumerate(reads):
        assert rows[k] == max((rows[i] + 1 for i in read), default=0)
    points = []
    for (i, k), route in routes.items():
        assert (route[0], route[-1]) == (i, k)
        assert [rows[p] for p in route] == list(range(rows[i], rows[k] + 1))
        points += route[1:-1]
    assert sorted(points) == list(range(n, len(xs)))  # every point belongs to one arrow
    for row in range(max(rows) + 1):
        here = sorted((xs[i], 1.0 if i < n else 0.0) for i in range(len(xs)) if rows[i] == row)
        for (x, wide), (after, also) in itertools.pairwise(here):
            assert after - x >= (wide + also) / 2 + 0.2 - 1e-6


@pytest.mark.parametrize("reads", [ROW, BRANCHES, NESTED_SKIPS, TANGLED])
def test_no_lines_cross_that_need_not(reads):
    xs, rows, routes = layout(reads, 1.0, 0.2)
    pairs = [pair for route in routes.values() for pair in itertools.pairwise(route)]
    for (a, b), (c, d) in itertools.combinations(pairs, 2):
        assert rows[a] != rows[c] or (xs[a] - xs[c]) * (xs[b] - xs[d]) >= -1e-6


@pytest.mark.parametrize("reads", [ROW, NESTED_SKIPS])
def test_the_network_runs_straight_and_skips_run_straight_beside_it(reads):
    xs, _, routes = layout(reads, 1.0, 0.2)
    np.testing.assert_allclose(xs[: len(reads)], xs[0], atol=1e-6)
    for _, *points, _ in routes.values():
        np.testing.assert_allclose(xs[points], xs[points[:1]] * np.ones(len(points)), atol=1e-6)


def test_a_fork_stands_in_the_middle_of_its_branches():
    xs, _, _ = layout(BRANCHES, 1.0, 0.2)
    np.testing.assert_allclose(np.sort(xs[[1, 2, 4, 6]]) - xs[0], [-1.8, -0.6, 0.6, 1.8])
    np.testing.assert_allclose(xs[[8, 9]], xs[0])


# ---------------------------------------------------------------------------------------- drawing


@pytest.mark.parametrize("model", [row, pair, unet, inception])
def test_arrows_lead_from_box_to_box_and_through_none(model):
    model = model()
    ax = plots.network_graph(model)
    boxes, arrows = _drawn(ax)
    calls = model.net.nodes
    frames = np.array([patch.get_bbox().extents for same in boxes.values() for patch in same])
    names = [lines[0].split()[0] for lines, same in boxes.items() for _ in same]
    keys = {layer: key for key, layer in model.sublayers().items()}
    found = []
    for points in arrows:
        (x, y), (end, low) = points[0], points[points[:, 1].argmin()]
        left, bottom, right, top = frames.T
        (source,) = np.flatnonzero((left < x) & (x < right) & (abs(y - bottom) < 0.03))
        (target,) = np.flatnonzero((left < end) & (end < right) & (abs(low - top) < 0.03))
        found.append((names[source], names[target]))
        a, b = points[:, None].transpose(2, 0, 1)
        inside = (a > left) & (a < right) & (b > bottom + 0.03) & (b < top - 0.03)
        assert not inside.any()
    reads = [(value, call) for call in calls for value in parts(call.inputs)]
    expected = [(keys[v.call.layer] if v.call else v.name, keys[call.layer]) for v, call in reads]
    assert len({tuple(points[0].round(2)) for points in arrows}) == len(
        arrows
    )  # none hides another
    assert sorted(found) == sorted(expected) and len(frames) == len(calls) + len(model.inputs)


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("model", [row, pair, inception])
def test_words_stay_in_their_boxes_and_are_large_enough_on_a_new_figure(model, small):
    ax = None
    if small:
        _, (ax, other) = pyplot.subplots(1, 2, figsize=(7, 4), layout="compressed")
        plots.network_graph(inception(), ax=other)
    ax = plots.network_graph(model(), ax=ax)
    boxes, _ = _drawn(ax)
    frames = [patch.get_window_extent() for same in boxes.values() for patch in same]
    for text in ax.texts:
        (x0, y0), (x1, y1) = text.get_window_extent().get_points()
        inside = [f.x0 < x0 and x1 < f.x1 and f.y0 < y0 and y1 < f.y1 for f in frames]
        assert sum(inside) == 1
        assert text.get_fontsize() < 8 if small else text.get_fontsize() >= 8


def test_a_box_tells_name_class_shape_and_what_it_is_to_the_model():
    boxes, _ = _drawn(plots.network_graph(pair()))
    assert set(boxes) == {
        ("a", "Input · None × 3"),
        ("b", "Input · None × 3"),
        ("words (shared)", "Dense · None × 3"),
        ("encoder (shared)", "LSTM · 5"),
        ("concatenate", "Concatenate · 10"),
        ("label (output)", "Dense · 2"),
        ("dense", "Dense · 6"),
        ("score (output)", "Dense · 1"),
    }
    words = boxes["words (shared)", "Dense · None × 3"]
    encoder = boxes["encoder (shared)", "LSTM · 5"]
    assert len(words) == len(encoder) == 2
    assert same_color(words[0].get_edgecolor(), words[1].get_edgecolor())
    assert not same_color(words[0].get_edgecolor(), encoder[0].get_edgecolor())
    fills = [boxes[key][0].get_facecolor() for key in boxes if "Input" in key[1]]
    assert fills[0] == fills[1] != boxes["score (output)", "Dense · 1"][0].get_facecolor()


def test_shapes_and_names_can_be_left_out():
    assert ("conv2d", "Conv2D") in _drawn(plots.network_graph(row(), shapes=False))[0]
    assert ("Conv2D", "7 × 7 × 2") in _drawn(plots.network_graph(row(), names=False))[0]
    bare, _ = _drawn(plots.network_graph(row(), shapes=False, names=False))
    assert list(bare)[:2] == [("Input",), ("Conv2D",)] and ("Dense (output)",) in bare


def test_a_row_is_the_graph_of_its_layers():
    model = row()
    x = y = Input((9, 9, 1), name="input")
    for layer in model.layers:
        y = layer(y)
    boxes, _ = _drawn(plots.network_graph(model))
    again, _ = _drawn(plots.network_graph(Model(x, y)))
    assert list(boxes) == list(again)
    half, _ = _drawn(plots.network_graph(Model(model.layers[1].calls[0].outputs, model.output)))
    assert next(iter(half)) == ("max_pooling2d", "Input · 3 × 3 × 2") and len(half) == 4


def test_several_outputs_of_a_layer_a_model_inside_and_an_output_on_the_way():
    x = Input((4, 3), name="x")
    y, h, c = LSTM(5, return_sequences=True, return_state=True, name="lstm")(x)
    inner = Sequential([Dense(5, input_shape=(5,))], name="inner")
    model = Model(x, [y, add([inner(h), c])])
    boxes, arrows = _drawn(plots.network_graph(model))
    assert ("lstm (output)", "LSTM · 4 × 5, 5, 5") in boxes
    assert ("inner", "Sequential · 5") in boxes
    assert len(arrows) == 4  # one for a pair of boxes: x-lstm, lstm-inner, lstm-add, inner-add
    state, _ = _drawn(plots.network_graph(Model(x, h)))
    assert ("lstm (output)", "LSTM · 4 × 5, 5, 5") in state
    alone, arrows = _drawn(plots.network_graph(Model(x, x)))
    assert list(alone) == [("x (output)", "Input · 4 × 3")] and not arrows


class OwnForward(Model):
    def forward(self, x, training=False):
        return x, None


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        (Sequential([Dense(3)]), RuntimeError, "network_graph needs to know the input's shape"),
        (OwnForward(), TypeError, "what a OwnForward connects, .* only its own forward knows"),
        (Dense(3), TypeError, r"Sequential or a Model\(inputs, outputs\) connects; what a Dense"),
    ],
)
def test_a_model_whose_graph_nobody_knows_is_refused(model, error, words):
    with pytest.raises(error, match=words):
        plots.network_graph(model)
    assert pyplot.get_fignums() == []
