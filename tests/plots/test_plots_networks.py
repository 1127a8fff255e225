"""Pictures of the inside of a network: what was drawn is read back and compared with the arrays."""

import matplotlib
import numpy as np
import pytest

from minidl import Sequential, inspection, layers, plots

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.colors import same_color, to_rgb

RNG = np.random.default_rng(0)
IMAGES = RNG.random((5, 12, 10, 1), np.float32)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def model():
    return Sequential(
        [
            layers.Conv2D(6, 3, input_shape=(12, 10, 1)),
            layers.MaxPooling2D(2),
            layers.Conv2D(3, 2, activation="relu"),
            layers.Flatten(),
            layers.Dense(4, "softmax"),
        ],
        seed=0,
    )


# ---------------------------------------------------------------------------------------- filters


def test_a_filter_of_one_channel_is_drawn_tap_by_tap_around_a_white_zero(model):
    ax = plots.filters(model.layers[0], columns=4)
    w = model.layers[0].w.value
    canvas = np.ma.filled(ax.images[0].get_array(), np.nan)
    assert canvas.shape == (2 * 3 + 1, 4 * 3 + 3)
    for m in range(6):
        top, left = 4 * (m // 4), 4 * (m % 4)
        np.testing.assert_array_equal(canvas[top : top + 3, left : left + 3], w[:, :, 0, m])
    low, high = ax.images[0].get_clim()
    assert -low == high == np.abs(w).max()
    assert min(to_rgb(ax.images[0].cmap(0.5))) > 0.98
    assert ax.get_title() == "6 filters of 3 × 3 pixels"


def test_a_filter_of_three_channels_has_the_colour_it_answers_to():
    w = np.zeros((2, 2, 3, 2))
    w[0, 1, 0, 0], w[1, 0, 2, 1] = 2.0, -1.0
    canvas = np.asarray(plots.filters(w).images[0].get_array())
    np.testing.assert_allclose(canvas[0, 1], [1, 0.5, 0.5])  # the strongest red
    np.testing.assert_allclose(canvas[1, 3], [0.5, 0.5, 0.25])  # half as strong, against blue
    np.testing.assert_allclose(canvas[0, 0], 0.5)


@pytest.mark.parametrize("w", [np.ones((3, 3, 4, 2)), np.ones((3, 3)), np.ones((3, 3, 2, 8))])
def test_filters_that_no_eye_could_read_name_the_way_out(w):
    with pytest.raises(ValueError, match=r"C = 1 or 3 channels.*layer\.w\.value\[:, :, \[c\]\]"):
        plots.filters(w)


# --------------------------------------------------------------------------------------- saliency


def test_saliency_stands_below_its_image_on_a_scale_of_its_own(model):
    labels = np.array([3, 0, 2, 2, 1])
    ax = plots.saliency(model, IMAGES, labels, class_names=["a", "b", "c", "d"])
    above, below = (np.ma.filled(image.get_array(), np.nan) for image in ax.images)
    maps = inspection.saliency(model, IMAGES, labels)
    for n in range(5):
        columns = slice(11 * n, 11 * n + 10)
        np.testing.assert_allclose(above[:, columns], IMAGES[n, :, :, 0], rtol=1e-6)
        np.testing.assert_allclose(below[:, columns], maps[n] / maps[n].max(), rtol=1e-6)
    assert [text.get_text() for text in ax.texts] == ["d", "a", "c", "c", "b"]
    top, bottom = (image.get_extent() for image in ax.images)
    assert top[2] <= bottom[3]  # rows count downwards: the maps begin where the images end
    assert top[:2] == bottom[:2]


# -------------------------------------------------------------------------------- receptive field


def test_the_frame_is_the_field_and_the_colour_what_is_heard(model):
    ax = plots.receptive_field(model, (2, 1), IMAGES)
    (top, bottom), (left, right) = inspection.receptive_field(model, (2, 1))
    (frame,) = ax.patches
    assert frame.get_xy() == (left - 0.5, top - 0.5)
    assert (frame.get_width(), frame.get_height()) == (right - left, bottom - top)
    heard = inspection.effective_receptive_field(model, (2, 1), IMAGES)
    np.testing.assert_allclose(ax.images[0].get_array(), heard / heard.max())
    assert ax.get_title() == f"Receptive field: {bottom - top} × {right - left} pixels"


def test_without_images_the_frame_stands_alone_and_shows_the_padding():
    rows = [layers.Conv2D(1, 5, padding="same", input_shape=(8, 8, 1))]
    ax = plots.receptive_field(Sequential(rows, seed=0), (0, 7))
    assert not np.asarray(ax.images[0].get_array()).any()
    assert ax.patches[0].get_xy() == (4.5, -2.5)
    assert ax.get_ylim()[1] < -2.5 and ax.get_xlim()[1] > 9.5


# --------------------------------------------------------------------------------- worst mistakes


def test_the_worst_mistakes_come_first_and_right_answers_not_at_all():
    images = np.arange(5)[:, None, None] / 5 * np.ones((1, 4, 4))
    p = np.array([[0.9, 0.1, 0], [0.3, 0.4, 0.3], [0.6, 0.01, 0.39], [0.5, 0.2, 0.3], [0, 0, 1]])
    ax = plots.worst_mistakes(images, [0, 0, 1, 2, 0], p, count=3, columns=3)
    assert [text.get_text() for text in ax.texts] == ["2 (0)", "0 (1)", "1 (0)"]
    assert all(same_color(text.get_color(), "#D55E00") for text in ax.texts)
    canvas = np.asarray(ax.images[0].get_array())
    np.testing.assert_allclose([canvas[0, 0], canvas[0, 5], canvas[0, 10]], [0.8, 0.4, 0.2])
    assert ax.get_title() == "The 3 worst of 4 mistakes: prediction (label)"


@pytest.mark.parametrize(
    ("labels", "p", "words"),
    [
        ([0, 1], np.eye(2), "no mistakes to show: all 2 images are right"),
        ([0, 1], np.eye(3), r"\(3, 3\); expected probabilities \(2, C\)"),
        ([0, 2], np.eye(2), "at least 3"),
        ([0, 1], [0, 1], r"\(2,\); expected probabilities"),
    ],
)
def test_worst_mistakes_refuses(labels, p, words):
    with pytest.raises(ValueError, match=words):
        plots.worst_mistakes(np.zeros((2, 4, 4)), labels, p)
