"""What the figures show, read back from them: lines, colours, counts. Images: test_plots_images.py.

What a figure looks like is for eyes; a test can only say that it shows the right data.
"""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest

from minidl import Sequential, layers, plots

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.colors import to_rgb


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


class Model:
    """A model that is only its predict."""

    def __init__(self, predict):
        self.predict = predict


def sigmoid_of_first(x):
    return 1 / (1 + np.exp(-3 * x[:, :1]))


def one_hot(classes, C):
    return np.eye(C)[classes]


def network():
    return Sequential([layers.Conv2D(2, 3, input_shape=(6, 6, 1)), layers.Flatten()], seed=0)


x2 = np.array([[-1.0, 0.0], [1.0, 5.0], [0.5, 2.0]])
DRAW = {
    "learning_curves": lambda ax: plots.learning_curves({"loss": [1.0, 0.5]}, ax=ax),
    "image_grid": lambda ax: plots.image_grid(np.zeros((5, 4, 4)), range(5), ax=ax),
    "decision_boundary": lambda ax: plots.decision_boundary(
        Model(sigmoid_of_first), x2, [0, 1, 1], ax=ax, resolution=5
    ),
    "confusion_matrix": lambda ax: plots.confusion_matrix([0, 1], [1, 1], ax=ax),
    "weight_images": lambda ax: plots.weight_images(np.ones((6, 4)), (2, 3), ax=ax),
    "worst_mistakes": lambda ax: plots.worst_mistakes(np.ones((1, 4, 4)), [0], [[0, 1]], ax=ax),
    "filters": lambda ax: plots.filters(np.ones((3, 3, 1, 4)), ax=ax),
    "saliency": lambda ax: plots.saliency(network(), np.ones((2, 6, 6, 1)), [0, 1], ax=ax),
    "network_graph": lambda ax: plots.network_graph(network(), ax=ax),
    "receptive_field": lambda ax: plots.receptive_field(network(), (1, 1), ax=ax),
}


@pytest.mark.parametrize("name", DRAW)
def test_every_plot_returns_the_axes_it_was_given_and_makes_a_titled_one_if_given_none(name):
    _, (left, right) = pyplot.subplots(1, 2)
    assert DRAW[name](right) is right
    assert right.get_title()
    assert not left.has_data()
    assert len(pyplot.get_fignums()) == 1
    assert DRAW[name](None).figure is not right.figure
    assert len(pyplot.get_fignums()) == 2


@pytest.mark.parametrize("name", DRAW)
def test_nothing_sticks_out_of_a_new_figure(name):
    figure = DRAW[name](None).figure
    figure.canvas.draw()
    figure.canvas.draw()
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert min(box.x0, box.y0, width - box.x1, height - box.y1) > -0.01


def test_importing_plots_does_not_load_matplotlib():
    code = "import minidl.plots, sys; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_without_matplotlib_the_error_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        plots.learning_curves({"loss": [1.0]})


# Learning curves


def test_a_learning_curve_holds_the_history_from_epoch_1_on():
    class History:
        history = {"loss": [3.0, 2.0, 1.5], "val_loss": [3.5, 2.5, 2.6], "mae": [5, 6, 4]}

    ax = plots.learning_curves(History())
    training, validation = ax.get_lines()
    assert training.get_xdata().tolist() == validation.get_xdata().tolist() == [1, 2, 3]
    assert training.get_ydata().tolist() == [3.0, 2.0, 1.5]
    assert validation.get_ydata().tolist() == [3.5, 2.5, 2.6]
    assert (training.get_linestyle(), validation.get_linestyle()) == ("-", "--")
    assert training.get_color() == validation.get_color()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
    assert ax.get_xlabel() == "epoch" and ax.get_ylabel() == "loss"

    assert plots.learning_curves(History(), held_out="test").get_lines()[1].get_label() == "test"
    (line,) = plots.learning_curves(History(), "mae").get_lines()
    assert line.get_ydata().tolist() == [5, 6, 4]


@pytest.mark.parametrize("epochs", [1, 2, 3, 7, 100])
def test_epochs_are_marked_at_integers(epochs):
    ax = plots.learning_curves({"loss": [1.0] * epochs})
    low, high = ax.get_xlim()
    ticks = [tick for tick in ax.get_xticks() if low <= tick <= high]
    assert ticks and all(tick == int(tick) and tick >= 1 for tick in ticks)


@pytest.mark.parametrize(
    ("history", "metrics", "error", "words"),
    [
        ({"loss": [1], "accuracy": [1]}, "acuracy", ValueError, "'acuracy'.*loss, accuracy"),
        ({"loss": [1], "val_loss": [1]}, "val_loss", ValueError, "drawn with its metric"),
        ({}, None, ValueError, "it is empty"),
        ({"loss": []}, None, ValueError, "no epochs"),
        ({"loss": [1, 2], "val_loss": [1]}, None, ValueError, "2 epochs of 'loss' but 1"),
        ([1, 2], None, TypeError, "is a list; expected what fit returned"),
    ],
)
def test_a_learning_curve_explains_what_is_wrong_with_a_history(history, metrics, error, words):
    with pytest.raises(error, match=words):
        plots.learning_curves(history, metrics)


# Decision boundary


def corner(x):
    """Class 2 above x1 = 3, else class 1 right of x0 = 0, else class 0: no symmetry to hide in."""
    right = one_hot(np.where(x[:, 1] > 3, 2, (x[:, 0] > 0).astype(int)), 3)
    sure = np.where(x[:, :1] < -1, 1.0, 0.4)
    return sure * right + (1 - sure) / 3


def test_the_background_has_the_colour_of_the_likeliest_class_and_pales_with_doubt():
    ax = plots.decision_boundary(Model(corner), x2, [0, 2, 1], resolution=20)
    left, right, bottom, top = ax.images[0].get_extent()
    assert ax.images[0].origin == "lower"
    assert left < -1 and right > 1 and bottom < 0 and top > 5  # a margin around every example
    pixels = ax.images[0].get_array()
    depths = {True: set(), False: set()}
    for i in range(20):
        for j in range(20):
            x = np.array([[left + (j + 0.5) * (right - left) / 20, 0.0]])
            x[0, 1] = bottom + (i + 0.5) * (top - bottom) / 20
            p = corner(x)[0]
            colour = np.array(to_rgb(["#0072B2", "#E69F00", "#009E73"][p.argmax()]))
            depth = (1 - pixels[i, j]) / (1 - colour)  # how much of the colour is in the white
            np.testing.assert_allclose(depth, depth[0])
            depths[bool(p.max() > 0.9)].add(round(float(depth[0]), 6))
    assert len(depths[True]) == len(depths[False]) == 1
    assert 1 > depths[True].pop() > depths[False].pop() > 0


def test_the_examples_stand_on_the_plane_in_the_colour_and_marker_of_their_class():
    ax = plots.decision_boundary(Model(sigmoid_of_first), x2, [[0], [1], [1]], resolution=8)
    zero, one = ax.collections
    np.testing.assert_array_equal(zero.get_offsets(), x2[:1])
    np.testing.assert_array_equal(one.get_offsets(), x2[1:])
    assert zero.get_facecolor()[0, :3].tolist() == list(to_rgb("#0072B2"))
    assert one.get_facecolor()[0, :3].tolist() == list(to_rgb("#E69F00"))
    assert len(zero.get_paths()[0]) != len(one.get_paths()[0])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["class 0", "class 1"]
    blue, orange = ax.images[0].get_array()[0, [0, -1]]  # a sigmoid tells class 1
    assert blue[2] > blue[0] and orange[0] > orange[2]


@pytest.mark.parametrize(
    ("x", "y", "predict", "words"),
    [
        (np.zeros((3, 4)), [0, 0, 0], sigmoid_of_first, r"\(3, 4\); expected \(N, 2\)"),
        (x2 * np.nan, [0, 0, 0], sigmoid_of_first, "x holds 6 values that are NaN"),
        (x2, [0, 1], sigmoid_of_first, r"y has shape \(2,\), but there are 3 examples"),
        (x2, [0, 1, 2], sigmoid_of_first, "classes up to 2 and the model tells 2 apart"),
        (x2, [0, 1, 1], lambda x: one_hot(np.zeros(len(x), int), 9), "at most 8"),
        (x2, [0, 1, 1], lambda x: x[:, 0], r"gave shape \(16,\) for inputs of shape \(16, 2\)"),
        (x2, [0, 1, 1], lambda x: 9 * x, "end the model with a softmax or a sigmoid"),
        (x2, [0, 1, 1], lambda x: np.full((len(x), 2), 0.9), "not probabilities"),
    ],
)
def test_a_decision_boundary_explains_what_is_wrong(x, y, predict, words):
    with pytest.raises(ValueError, match=words):
        plots.decision_boundary(Model(predict), x, y, resolution=4)


# Confusion matrix


def test_a_confusion_matrix_counts_true_classes_in_rows_and_predictions_in_columns():
    rng = np.random.default_rng(2)
    true, scores = rng.integers(0, 4, 60), rng.random((60, 5))
    counts = [[0] * 5 for _ in range(5)]
    for label, row in zip(true, scores.tolist()):
        counts[label][row.index(max(row))] += 1
    ax = plots.confusion_matrix(true, scores, class_names="abcde")
    written = {text.get_position(): text.get_text() for text in ax.texts}
    shares = ax.images[0].get_array()
    for i in range(5):
        for j in range(5):
            assert written[j, i] == str(counts[i][j])
            assert shares.mask[i, j] == (i == j)
            assert i == j or shares[i, j] == counts[i][j] / max(sum(counts[i]), 1)
    assert sum(counts[4]) == 0  # a class that never occurs divides nothing by zero
    assert ax.images[0].get_clim() == (0, shares.max())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list("abcde")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    right = sum(counts[i][i] for i in range(5))
    assert ax.get_title() == f"{right} of 60 right ({right / 60:.1%})"


def test_without_mistakes_the_colours_run_to_100_percent():
    assert plots.confusion_matrix([0, 1], [0, 1]).images[0].get_clim() == (0, 1)


def test_probabilities_of_class_1_count_from_one_half():
    ax = plots.confusion_matrix([[0], [1], [1]], np.array([[0.4], [0.6], [0.3]]))
    assert [text.get_text() for text in ax.texts] == ["1", "0", "1", "1"]


@pytest.mark.parametrize(
    ("true", "predicted", "names", "words"),
    [
        ([0, 1, 2], [0, 1], None, r"y_pred has shape \(2,\), but there are 3 examples"),
        ([], [], None, "y_true is empty"),
        ([0.0, 1.0], [0, 1], None, r"y_true has shape \(2,\) and dtype float64"),
        ([0, 1], np.zeros((2, 2, 2)), None, r"y_pred has shape \(2, 2, 2\)"),
        ([0, 1], np.full((2, 3), np.nan), None, "y_pred holds 6 values that are NaN"),
        ([0, 3], [0, 1], ["a", "b"], "2 names, but class 3 occurs: give at least 4"),
    ],
)
def test_a_confusion_matrix_explains_what_is_wrong(true, predicted, names, words):
    with pytest.raises(ValueError, match=words):
        plots.confusion_matrix(true, predicted, names)
