"""Boxes: by hand, and against naive programs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl_course import detection

SEEDS = st.integers(0, 999)


def _some(rng, M):
    """Boxes (M, 4) with integer corners, many of them alike."""
    corner = rng.integers(0, 6, (M, 2))
    return np.concatenate([corner, corner + rng.integers(1, 6, (M, 2))], axis=1)


def _pixels(box):
    x0, y0, x1, y1 = box
    return {(x, y) for x in range(x0, x1) for y in range(y0, y1)}


@settings(max_examples=30, deadline=None)
@given(A=st.integers(0, 5), B=st.integers(0, 5), seed=SEEDS)
def test_iou_counts_pixels(A, B, seed):
    rng = np.random.default_rng(seed)
    a, b = _some(rng, A), _some(rng, B)
    found = detection.iou(a, b)
    assert found.shape == (A, B)
    for i, j in np.ndindex(A, B):
        one, other = _pixels(a[i]), _pixels(b[j])
        assert found[i, j] == pytest.approx(len(one & other) / len(one | other))


@settings(max_examples=30, deadline=None)
@given(M=st.integers(0, 12), threshold=st.sampled_from([0.0, 0.3, 0.5, 1.0]), seed=SEEDS)
def test_what_is_kept_agrees_with_nothing_better(M, threshold, seed):
    rng = np.random.default_rng(seed)
    some, scores = _some(rng, M), rng.integers(0, 5, M) / 4
    kept = detection.non_maximum_suppression(some, scores, threshold).tolist()
    expected = []
    for i in sorted(range(M), key=lambda i: -scores[i]):  # sorted is stable
        if all(detection.iou(some[[i]], some[[j]])[0, 0] <= threshold for j in expected):
            expected.append(i)
    assert kept == expected


def test_a_thing_is_found_once_and_by_the_best():
    expected = [[0, 0, 10, 10], [20, 0, 30, 10]]
    found = [[0, 0, 10, 9], [0, 0, 10, 10], [20, 0, 30, 4], [50, 50, 60, 60]]
    assert detection.match(found, [0.9, 0.5, 0.8, 0.7], expected).tolist() == [
        True,
        False,
        False,
        False,
    ]
    assert detection.match(found, [0.1, 0.5, 0.8, 0.7], expected, 0.4).tolist() == [0, 1, 1, 0]
    assert detection.match(found, [1] * 4, []).tolist() == [False] * 4
    assert detection.match([], [], expected).tolist() == []


def test_average_precision_by_hand():
    # Recall 1/3 at precision 1, 2/3 at 2/3, and the third thing is never found.
    assert detection.average_precision([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6], 3) == pytest.approx(
        1 / 3 + 2 / 9
    )
    assert detection.average_precision([], [], 3) == 0
    assert np.isnan(detection.average_precision([0], [1], 0))


@settings(max_examples=40, deadline=None)
@given(M=st.integers(1, 20), seed=SEEDS)
def test_average_precision_is_the_area_below_the_best_precision_from_each_recall_on(M, seed):
    rng = np.random.default_rng(seed)
    right, scores = rng.random(M) < 0.5, rng.permutation(M)
    expected = int(right.sum()) + int(rng.integers(0, 4)) or 1
    ranked = right[np.argsort(-scores)]
    points = [(ranked[: k + 1].sum() / expected, ranked[: k + 1].mean()) for k in range(M)]
    levels = [i / expected for i in range(1, expected + 1)]
    area = sum(max((p for r, p in points if r >= level - 1e-9), default=0) for level in levels)
    assert detection.average_precision(right, scores, expected) == pytest.approx(area / expected)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[0, 0, 1]], r"must be \(M, 4\)"),
        ([[0, 0, 1, np.nan]], "finite"),
        ([[0, 0, 1, 1], [5, 0, 3, 2]], r"box 1 is empty or reversed.*\[5.0, 0.0, 3.0, 2.0\]"),
        ([[0, 0, 0, 2]], "x1 must be above x0"),
    ],
)
def test_boxes_that_are_none_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        detection.iou(bad, [[0, 0, 1, 1]])
    with pytest.raises(ValueError, match="as many scores"):
        detection.non_maximum_suppression([[0, 0, 1, 1]], [1, 2])


def test_scores_and_counts_that_do_not_fit_are_refused():
    box = [[0, 0, 1, 1]]
    for scores in ([1, 2], [], [np.nan]):
        with pytest.raises(ValueError, match="1 boxes need as many scores, and no NaN"):
            detection.non_maximum_suppression(box, scores)
        with pytest.raises(ValueError, match="1 boxes need as many scores, and no NaN"):
            detection.match(box, scores, box)
        with pytest.raises(ValueError, match="1 boxes need as many scores, and no NaN"):
            detection.average_precision([1], scores, 1)
    with pytest.raises(ValueError, match="2 boxes are right, and only 1 things are expected"):
        detection.average_precision([1, 1], [0.5, 0.4], 1)
    with pytest.raises(ValueError, match="threshold must be"):
        detection.non_maximum_suppression(box, [1], -0.1)
    with pytest.raises(ValueError, match=r"must be \(M, 4\), of one image"):
        detection.iou([box], box)


def test_boxes_are_cut_off_at_the_edges():
    some = [[-2, 1, 3, 4], [8, 5, 12, 9], [1, 1, 2, 2], [10, 0, 12, 3], [-5, -5, 20, 20]]
    cut, there = detection.clipped(some, (6, 10))
    assert cut[there].tolist() == [[0, 1, 3, 4], [8, 5, 10, 6], [1, 1, 2, 2], [0, 0, 10, 6]]
    assert there.tolist() == [True, True, True, False, True]
    assert detection.clipped([], (6, 10))[0].shape == (0, 4)
    with pytest.raises(ValueError, match="empty or reversed"):
        detection.clipped([[3, 0, 1, 1]], (6, 10))


def test_scenes_without_things():
    nothing = np.zeros((0, 4))
    assert detection.non_maximum_suppression(nothing, []).shape == (0,)
    assert detection.iou(nothing, nothing).shape == (0, 0)
    assert detection.match(nothing, [], nothing).shape == (0,)
    assert np.isnan(detection.average_precision([], [], 0))
