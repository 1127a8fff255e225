"""Targets of centres, and boxes back: there and back, by hand, and bad boxes."""

import numpy as np
import pytest

from minidl import Input, Model, layers, losses
from minidl.datasets import scenes
from minidl_course import detection

SIZE, FEW = (16, 24), {"size": (16, 24), "num_classes": 3, "stride": 4}


def _one(box, label=1, **options):
    return detection.targets([[box]], [[label]], **(FEW | options))


def test_one_box_by_hand():
    heat, sides = _one([5, 2, 9, 12], spread=0.5)
    assert heat.shape == (1, 4, 6, 3) and sides.shape == (1, 4, 6, 5)
    assert heat.dtype == sides.dtype == "f4"
    # The centre (7, 7) is in cell (1, 1), whose middle is (6, 6).
    assert sides[0, 1, 1].tolist() == [-1 / 4, -4 / 4, 3 / 4, 6 / 4, 1]
    assert np.count_nonzero(sides) == 5 and not heat[..., [0, 2]].any()
    assert heat[0, 1, 1, 1] == 1
    # A cell is 4 pixels, half of the width 2, half of the height 5.
    np.testing.assert_allclose(heat[0, 1, 2, 1], np.exp(-((4 / 2) ** 2) / 2), rtol=1e-6)
    np.testing.assert_allclose(heat[0, 3, 1, 1], np.exp(-((8 / 5) ** 2) / 2), rtol=1e-6)


@pytest.mark.parametrize(("corner", "cell"), [(5.9, 1), (6, 2), (6.1, 2), (10, 3)])
def test_a_centre_on_a_line_belongs_to_the_cell_right_of_it_and_below(corner, cell):
    _, sides = _one([corner, corner, corner + 4, corner + 4])
    assert np.argwhere(sides[0, :, :, 4]).tolist() == [[cell, cell]]


def test_there_and_back():
    data = scenes.load_data(12, seed=3)
    heat, sides = detection.targets(data.boxes, data.classes, (64, 64), 10)
    cells = sides[..., 4].sum(axis=(1, 2))
    things = (data.classes >= 0).sum(axis=1)
    for n, found in enumerate(detection.decode(heat, sides)):
        real = data.classes[n] >= 0
        expected = sorted(map(tuple, np.c_[data.boxes[n], data.classes[n]][real].tolist()))
        got = sorted(map(tuple, np.c_[found.boxes.round(), found.classes].astype(int).tolist()))
        if cells[n] == things[n]:
            assert got == expected and (found.scores == 1).all()
            best = np.diag(detection.iou(*(np.array(some)[:, :4] for some in (got, expected))))
            np.testing.assert_allclose(best, 1)
    assert (cells == things).mean() > 0.7


def test_of_two_in_one_cell_the_smaller_keeps_it():
    both = [[4, 4, 12, 12], [7, 7, 10, 10]]
    for order in ([0, 1], [1, 0]):
        heat, sides = detection.targets([np.array(both)[order]], [[0, 2]], **FEW)
        assert sides[0, 2, 2].tolist() == [-3 / 4, -3 / 4, 0, 0, 1]
        assert heat[0, 2, 2].tolist() == [1, 0, 1] and sides[..., 4].sum() == 1


def test_a_scene_without_things():
    heat, sides = detection.targets(np.zeros((2, 0, 4)), np.zeros((2, 0)), **FEW)
    assert not heat.any() and not sides.any() and len(heat) == 2
    heat, sides = detection.targets(np.full((1, 2, 4), np.nan), [[-1, -1]], **FEW)
    assert not heat.any() and not sides.any()
    (nothing,) = detection.decode(heat, sides)
    assert nothing.boxes.shape == (0, 4) and nothing.classes.shape == nothing.scores.shape == (0,)
    assert detection.non_maximum_suppression(nothing.boxes, nothing.scores).tolist() == []


def test_a_box_may_stick_out_as_long_as_its_centre_does_not():
    _, sides = _one([-3, -2, 5, 4])
    assert sides[0, 0, 0].tolist() == [-5 / 4, -1, 3 / 4, 2 / 4, 1]
    _, sides = _one([20, 12, 27.9, 19.9])
    assert np.argwhere(sides[0, :, :, 4]).tolist() == [[3, 5]]


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: _one([-9, 0, 3, 4]), r"scene 0: box 0, .*centre outside the image of 16 rows"),
        (lambda: _one([20, 0, 28, 4]), "centre outside"),
        (lambda: _one([0, 12, 4, 20]), "centre outside"),
        (lambda: _one([100, 100, 110, 110]), r"leave it out, or cut it off \(detection.clipped\)"),
        (lambda: _one([4, 4, 4, 8]), "scene 0: box 0 is empty or reversed"),
        (lambda: _one([9, 4, 4, 8]), r"reversed, x0, y0, x1, y1 = \[9.0, 4.0, 4.0, 8.0\]"),
        (lambda: _one([0, 0, np.nan, 4]), "scene 0 must be .*finite"),
        (lambda: _one([0, 0, 4, 4], 3), "classes go from 0 to 2, and -1 .*; got 3 to 3"),
        (lambda: _one([0, 0, 4, 4], -2), "got -2 to -2"),
        (lambda: _one([0, 0, 4, 4], size=(16, 22)), r"stride of 4 must divide .*\(16, 22\)"),
        (lambda: _one([0, 0, 4, 4], stride=0), "stride must be an integer of at least 1"),
        (lambda: _one([0, 0, 4, 4], spread=0), "spread must be"),
        (lambda: _one([0, 0, 4]), r"boxes \(N, K, 4\) need classes \(N, K\); got shapes \(1, 1, 3"),
        (lambda: detection.decode(np.ones((1, 4, 4, 2)), np.ones((1, 4, 5, 4))), "needs sides"),
        (lambda: detection.decode(np.full((1, 2, 2, 1), np.nan), np.ones((1, 2, 2, 4))), "NaN"),
    ],
)
def test_bad_boxes_are_refused(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()


def test_peaks_by_hand():
    heat, sides = np.zeros((1, 3, 4, 2)), np.zeros((1, 3, 4, 4))
    sides[...] = [-1, -2, 1, 3]
    heat[0, :, :, 0] = [[0.2, 0.5, 0.4, 0.1], [0, 0.4, 0.45, 0.6], [0.35, 0, 0, 0]]
    heat[0, 2, 1, 1] = 0.9
    (found,) = detection.decode(heat, sides, 2)
    assert found.scores.tolist() == [0.9, 0.6, 0.5] and found.classes.tolist() == [1, 0, 0]
    assert found.boxes.tolist() == [[1, 1, 5, 11], [5, -1, 9, 9], [1, -3, 5, 7]]
    (best,) = detection.decode(heat, sides, 2, most=1)
    assert best.scores.tolist() == [0.9]
    (turned,) = detection.decode(heat, sides[..., [2, 3, 0, 1]], 2)  # sides the wrong way round
    assert turned.boxes.tolist() == found.boxes.tolist()
    (none,) = detection.decode(heat, sides[..., [0, 1, 0, 3]], 2)  # no width
    assert len(none.boxes) == len(none.classes) == len(none.scores) == 0
    (more,) = detection.decode(heat, sides, 2, threshold=0.35)
    assert more.scores.tolist() == [0.9, 0.6, 0.5]  # 0.35 has a neighbour of 0.4


def test_a_network_learns_where_squares_are():
    rng, N = np.random.default_rng(0), 96
    corner = rng.integers(0, 12, (N, 1, 2))
    square = np.concatenate([corner, corner + rng.integers(4, 9, (N, 1, 1))], axis=-1)
    x = np.zeros((N, 20, 20, 1), "f4")
    for image, (x0, y0, x1, y1) in zip(x, square[:, 0]):
        image[y0:y1, x0:x1] = 1
    y = detection.targets(square, np.zeros((N, 1), int), (20, 20), 1)
    image = Input((20, 20, 1))
    h = layers.Conv2D(16, 3, 2, "same", activation="relu")(image)
    h = layers.Conv2D(24, 3, 2, "same", activation="relu")(h)
    h = layers.Conv2D(24, 3, padding="same", activation="relu")(h)
    heat = layers.Conv2D(1, 1, activation="sigmoid")(h)
    model = Model(image, [heat, layers.Conv2D(4, 1)(h)])
    loss = [losses.PenaltyReducedFocal(), detection.AtCenters(losses.GeneralizedIoU())]
    model.compile("adam", loss)
    logs = model.fit(x[:80], tuple(a[:80] for a in y), 8, 40, verbose=0).history["loss"]
    overlap = []
    for found, expected in zip(detection.decode(*model.predict(x[80:])), square[80:]):
        overlap.append(detection.iou(found.boxes[:1], expected).max(initial=0))
    assert logs[-1] < logs[0] / 3 and np.mean(overlap) > 0.5
