"""Grids of images and of weights: each canvas is cut apart again and compared image by image."""

import matplotlib
import numpy as np
import pytest

from minidl import plots

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.colors import same_color, to_rgb


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def images_on(ax, N, H, W, columns):
    """Cut a canvas back into images: each starts where a column of gap and a row of text allow."""
    canvas = np.asarray(ax.images[0].get_array())
    rows = -(-N // columns)
    down = canvas.shape[0] / rows
    across = (canvas.shape[1] - W) / max(columns - 1, 1)
    assert down == int(down) > H and across == int(across)
    down, across = int(down), int(across)
    cut = []
    for n in range(N):
        top, left = (n // columns) * down, (n % columns) * across
        cut.append(canvas[top : top + H, left : left + W])
    return np.array(cut)


@pytest.mark.parametrize("colour", [(), (1,), (3,)])
def test_the_canvas_of_an_image_grid_holds_every_image(colour):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (7, 6, 5, *colour), dtype=np.uint8)
    ax = plots.image_grid(images, rng.integers(0, 10, 7), columns=3)
    expected = images[..., 0] if colour == (1,) else images
    np.testing.assert_allclose(images_on(ax, 7, 6, 5, 3), expected / 255)
    assert ax.images[0].get_clim() == (0, 1)
    assert len(ax.texts) == 7


def test_floats_from_0_to_1_are_shown_as_they_are_and_others_are_stretched():
    images = np.linspace(0.2, 0.7, 32).reshape(2, 4, 4)
    np.testing.assert_allclose(images_on(plots.image_grid(images), 2, 4, 4, 2), images)
    shown = images_on(plots.image_grid(4 * images - 2), 2, 4, 4, 2)
    np.testing.assert_allclose(shown, (images - 0.2) / 0.5, atol=1e-12)


def test_captions_tell_right_predictions_from_wrong_ones():
    labels, predictions = [0, 1, 2, 1, 1], [0, 2, 2, 0, 1]
    ax = plots.image_grid(np.zeros((5, 8, 8)), labels, np.eye(3)[predictions], columns=2)
    assert [text.get_text() for text in ax.texts] == ["0", "2 (1)", "2", "0 (1)", "1"]
    coloured = [same_color(text.get_color(), "#D55E00") for text in ax.texts]
    assert coloured == [False, True, False, True, False]
    assert ax.get_title() == "3 of 5 right; wrong: prediction (label)"

    named = plots.image_grid(np.zeros((5, 8, 8)), labels, predictions, class_names=["a", "b", "c"])
    assert [text.get_text() for text in named.texts] == ["a", "c\n(b)", "c", "a\n(b)", "b"]


def test_captions_stand_below_their_own_image_and_above_the_next():
    N, H, W, columns = 8, 28, 28, 4
    ax = plots.image_grid(np.zeros((N, H, W)), range(N), columns=columns)
    ax.figure.canvas.draw()
    height, width = ax.images[0].get_array().shape
    for n, text in enumerate(ax.texts):
        left, low = ax.transData.inverted().transform(text.get_window_extent().min)
        right, high = ax.transData.inverted().transform(text.get_window_extent().max)
        top = (n // columns) * height / 2 + H - 0.5
        assert top <= high + 0.5 and low <= (n // columns + 1) * height / 2  # y points down
        assert abs((left + right) / 2 - (n % columns + 0.5) * width / columns) < 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"images": np.zeros((3, 784))}, r"\(3, 784\).*expected \(N, H, W\)"),
        ({"images": np.zeros((3, 4, 4, 2))}, r"\(3, 4, 4, 2\)"),
        ({"images": np.zeros((0, 4, 4))}, "images is empty"),
        ({"images": np.full((1, 4, 4), np.nan)}, "images holds 16 values that are NaN"),
        ({"labels": [1, 2]}, r"labels has shape \(2,\), but there are 3 examples"),
        ({"predictions": [0.5, 1.5, 2.5]}, "predictions has shape .* dtype float64"),
        ({"predictions": [0, -1, 0]}, "class -1"),
        ({"labels": [0, 1, 2], "class_names": ["a", "b"]}, "2 names, but class 2 occurs"),
        ({"columns": 0}, "columns must be an integer of at least 1"),
    ],
)
def test_an_image_grid_explains_what_is_wrong(arguments, words):
    with pytest.raises(ValueError, match=words):
        plots.image_grid(**{"images": np.zeros((3, 4, 4)), **arguments})


def test_each_column_of_the_kernel_becomes_one_image_on_a_scale_symmetric_about_0():
    W = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)
    W[3, 2] = 9.0  # the largest weight is positive, so the scale's other end is not the least
    ax = plots.weight_images(W, (2, 3), columns=4)
    canvas = np.ma.filled(ax.images[0].get_array(), np.nan)
    assert canvas.shape == (2 * 2 + 1, 4 * 3 + 3)
    for m in range(5):
        top, left = 3 * (m // 4), 4 * (m % 4)
        for d in range(6):
            assert canvas[top + d // 3, left + d % 3] == W[d, m]
    assert np.isfinite(canvas).sum() == W.size
    low, high = ax.images[0].get_clim()
    assert -low == high == np.abs(W).max()
    assert to_rgb(ax.images[0].cmap(0.5))[0] > 0.98  # zero is white


@pytest.mark.parametrize("W", [np.zeros((7, 5)), np.zeros(6), np.zeros((2, 3, 5))])
def test_weights_that_are_not_height_times_width_name_both_shapes(W):
    with pytest.raises(ValueError, match=r"W has shape \(.*shape is \(2, 3\)"):
        plots.weight_images(W, (2, 3))
