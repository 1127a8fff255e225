"""Losses of detection: by hand, at the ends, and what they refuse."""

import math

import numpy as np
import pytest

from minidl import Sequential, layers, losses
from minidl_course import detection

BIG = np.array([[1000.0, -1000.0, 1000.0, -1000.0]], "f4")
UNIT = [0.0, 0, 1, 1]


@pytest.mark.parametrize("gamma", [0, 0.5, 2])
def test_logits_of_a_thousand_give_finite_loss_and_gradient(gamma):
    value, dz = losses.PenaltyReducedFocal(gamma, from_logits=True)([[1, 0, 0, 1]], BIG)
    assert value == 1000 and dz.tolist() == [[0, 0, 0.5, -0.5]] and dz.dtype == "f4"


def test_probabilities_of_zero_and_one_are_kept_off_the_ends_and_flat_there():
    value, dy = losses.PenaltyReducedFocal()([[1.0, 0.0]], np.array([[0.0, 1.0]]))
    assert 15 < value < 40 and not dy.any()


def test_the_loss_of_heat_by_hand():
    t, p = np.array([[[1, 0.5], [0, 1]]]), np.array([[[0.8, 0.3], [0.1, 0.4]]])
    value, dy = losses.PenaltyReducedFocal()(t, p)
    parts = [
        *(0.2**2 * -math.log(0.8), 0.5**4 * 0.3**2 * -math.log(0.7)),
        *(0.1**2 * -math.log(0.9), 0.6**2 * -math.log(0.4)),
    ]
    assert value == pytest.approx(sum(parts) / 2)  # two centres
    slope = 0.5**4 * (2 * 0.3 * -math.log(0.7) + 0.3**2 / 0.7) / 2
    assert dy[0, 0, 1] == pytest.approx(slope) and dy[0, 0, 0] < 0 < dy[0, 1, 0]


def test_a_scene_without_things_counts_by_itself():
    z = np.random.default_rng(0).standard_normal((2, 3, 3, 1))
    t = np.zeros_like(z)
    t[0, 1, 1] = t[0, 0, 2] = 1
    loss = losses.PenaltyReducedFocal(from_logits=True)
    (both, dz), (one, d_one), (none, d_none) = loss(t, z), loss(t[:1], z[:1]), loss(t[1:], z[1:])
    assert both == pytest.approx((one + none) / 2) and none > 0
    np.testing.assert_allclose(dz, np.concatenate([d_one, d_none]) / 2)


def test_dice_by_hand():
    t = np.array([[[1.0, 0], [1, 0]], [[0, 0], [1, 1]]])
    y = np.array([[[0.5, 0], [1, 0.5]], [[0, 1], [0, 0]]])
    assert losses.dice(t, y)[0] == pytest.approx(1 - 2 * 1.5 / (4 + 3))
    value, dy = losses.dice(t, y, (1, 2))
    assert value == pytest.approx((1 - 3 / 4 + 1) / 2)
    np.testing.assert_allclose(dy[0, 0, 0], 2 * (1.5 / 4 - 1) / 4 / 2, rtol=1e-6)
    value, _ = losses.dice(t[:1], y[:1], 1)  # of each class: 2 * 1.5 / 3.5, and nothing of 0.5
    assert value == pytest.approx((1 - 3 / 3.5 + 1) / 2)
    empty, slope = losses.dice(np.zeros((1, 4)), np.zeros((1, 4)))
    assert empty == 1 and not slope.any()


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (UNIT, 0),
        ([0, 0, 2, 1], 1 - 1 / 2),
        ([1, 0, 2, 1], 1),  # side by side: nothing in common, and nothing between
        ([2, 0, 3, 1], 1 + 1 / 3),
        ([3, 3, 4, 4], 1 + 14 / 16),
        ([1, 1, 0, 0], 0),  # corners the wrong way round
        ([0.5, 0.5, 0.5, 0.5], 1),  # a point inside
        ([0.25, 0.25, 0.75, 0.75], 3 / 4),
    ],
)
def test_generalized_iou_by_hand(box, expected):
    value, dy = losses.GeneralizedIoU()([UNIT], np.array([box], float))
    assert value == pytest.approx(expected, abs=1e-12) and np.isfinite(dy).all()


def test_boxes_that_do_not_touch_are_pulled_together():
    _, dy = losses.GeneralizedIoU()([UNIT], np.array([[3.0, 0, 4, 1]]))
    assert dy[0, 0] == 0.25 and dy[0, 1] == -dy[0, 3]
    _, point = losses.GeneralizedIoU()([UNIT], np.array([[0.5, 0.5, 0.5, 0.6]]))
    assert point[0, 0] > 0 > point[0, 2]  # a line grows in width


def test_what_is_no_centre_does_not_count():
    loss = detection.AtCenters(losses.GeneralizedIoU())
    t, y = np.zeros((2, 3, 3, 5)), np.random.default_rng(0).standard_normal((2, 3, 3, 4))
    t[0, 1, 2], t[0, 0, 0] = [*UNIT, 1], [0, 0, 2, 1, 1]
    value, dy = loss(t, y)
    alone, slope = losses.GeneralizedIoU()([UNIT, [0.0, 0, 2, 1]], y[[0, 0], [1, 0], [2, 0]])
    assert value == pytest.approx(alone / 2)  # the mean with a scene that has none
    np.testing.assert_allclose(dy[[0, 0], [1, 0], [2, 0]], slope / 2)
    assert np.count_nonzero(dy) == np.count_nonzero(slope)


@pytest.mark.filterwarnings("error")
def test_zeros_where_nothing_is_make_no_warning():
    value, dy = detection.AtCenters(losses.GeneralizedIoU())(
        np.zeros((2, 3, 3, 5)), np.zeros((2, 3, 3, 4), "f4")
    )
    assert value == 0 and not dy.any()


def test_a_sigmoid_at_the_end_is_passed_by():
    x, t = np.array([[1000.0], [-1000.0]], "f4"), np.array([[0.0], [1.0]], "f4")
    model = Sequential([layers.Dense(1, "sigmoid", kernel_initializer="ones")], seed=0)
    model.compile("sgd", "penalty_reduced_focal")
    assert model.evaluate(x, t, verbose=0) == pytest.approx(1000)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: losses.PenaltyReducedFocal(-1), "alpha must be"),
        (lambda: losses.PenaltyReducedFocal()([[1.5]], [[0.5]]), "between 0 and 1"),
        (
            lambda: losses.Dice()(np.ones((2, 3)), np.ones((2, 3)), [1, 2]),
            r"one number a sample, shape \(1,\)",
        ),
        (
            lambda: losses.Dice(1)(np.ones((2, 3, 4)), np.ones((2, 3, 4)), mask=np.ones((2, 3))),
            "no loss of every step, and takes no mask",
        ),
        (lambda: losses.GeneralizedIoU()([[1, 0, 0, 1.0]], [UNIT]), "box 0 is empty or reversed"),
        (lambda: losses.GeneralizedIoU()([[[0, 0, 0, 1.0]]], [[UNIT]]), r"box 0, 0 is empty"),
        (lambda: losses.GeneralizedIoU()([[0, 0, np.inf, 1]], [UNIT]), "finite"),
        (lambda: losses.GeneralizedIoU()([[0, 0, 1.0]], [[0, 0, 1.0]]), r"must be \(M, 4\)"),
        (
            lambda: detection.AtCenters()(np.ones((1, 2, 2, 4)), np.ones((1, 2, 2, 4))),
            r"needs targets \(1, 2, 2, 5\).*one number more.*got \(1, 2, 2, 4\)",
        ),
        (
            lambda: detection.AtCenters(losses.GeneralizedIoU())(
                np.ones((1, 2, 2, 5)), np.ones((1, 2, 2, 4))
            ),
            "GeneralizedIoU: box 0 is empty",
        ),
    ],
)
def test_what_cannot_work_is_explained(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()
