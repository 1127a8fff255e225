"""The mean IoU of classes: by hand, over batches, and what it refuses."""

import copy

import numpy as np
import pytest

from minidl import Sequential, layers, metrics
from minidl.base.configurable import from_data, to_data

RNG = np.random.default_rng(0)
WAS, SAID = RNG.integers(0, 3, (2, 6, 4, 5))


def test_by_hand():
    metric = metrics.MeanIoU(3)
    was, said = [0, 0, 1, 1], [0, 1, 0, 1]
    assert metric(was, said) == pytest.approx(1 / 3)  # class 2 is nowhere
    assert metric([2], [2]) == pytest.approx((1 / 3 + 1 / 3 + 1) / 3)
    metric.reset_state()
    assert metric.result() == 0
    assert metric(was, said, [0.3, 0.3, 0.3, 0.1]) == pytest.approx((0.3 / 0.9 + 0.1 / 0.7) / 2)


def test_it_is_the_mean_of_the_sets():
    sets = [(np.equal(WAS, c), np.equal(SAID, c)) for c in range(3)]
    expected = [(was & said).sum() / (was | said).sum() for was, said in sets]
    for was, said, form in [
        (WAS, SAID, {}),
        (WAS[..., None], SAID, {}),
        (WAS, np.eye(3)[SAID], {"sparse_y_pred": False}),
        (np.eye(3)[WAS], np.eye(3)[SAID], {"sparse_y_pred": False, "sparse_y_true": False}),
    ]:
        assert metrics.MeanIoU(3, **form)(was, said) == pytest.approx(np.mean(expected))


def test_one_answer_a_sample():
    metric = metrics.MeanIoU(3, sparse_y_pred=False)
    assert metric([0, 1, 1], np.eye(3)[[0, 1, 0]]) == pytest.approx((1 / 2 + 1 / 2) / 2)


def test_batches_weights_and_copies():
    weights = RNG.integers(0, 3, len(WAS))
    repeated = metrics.MeanIoU(3)(np.repeat(WAS, weights, 0), np.repeat(SAID, weights, 0))
    assert metrics.MeanIoU(3)(WAS, SAID, weights) == pytest.approx(repeated)
    metric = metrics.MeanIoU(3)
    metric.update_state(WAS[:2], SAID[:2])
    after_one = copy.copy(metric)
    metric.update_state(WAS[2:], SAID[2:])
    assert metric.result() == pytest.approx(metrics.MeanIoU(3)(WAS, SAID))
    assert after_one.result() == pytest.approx(metrics.MeanIoU(3)(WAS[:2], SAID[:2]))


def test_a_label_to_ignore_counts_nowhere():
    was = WAS.copy()
    was[0] = 255
    metric = metrics.MeanIoU(3, "iou", ignore_class=255)
    assert metric(was, SAID) == pytest.approx(metrics.MeanIoU(3)(WAS[1:], SAID[1:]))
    assert metrics.MeanIoU(3, ignore_class=255)(np.full(4, 255), [0, 1, 2, 0]) == 0
    twin = from_data(to_data(metric))
    assert (twin.name, twin(was, SAID)) == ("iou", metric.result())


def test_in_training():
    x = RNG.random((8, 4, 4, 1)).astype("f4")
    model = Sequential([layers.Conv2D(2, 1, activation="softmax")], seed=0)
    iou = metrics.MeanIoU(2, sparse_y_pred=False)
    model.compile("sgd", "sparse_categorical_crossentropy", [iou])
    y = (x[..., 0] > 0.5).astype(int)
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert logs["mean_io_u"] == pytest.approx(metrics.MeanIoU(2)(y, model.predict(x).argmax(-1)))


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: metrics.MeanIoU(0), "num_classes must be an integer of at least 1"),
        (lambda: metrics.MeanIoU(3)([3], [0]), "targets from 0 to 2.*got labels from 3 to 3"),
        (lambda: metrics.MeanIoU(3)([0], [-1]), "outputs from 0 to 2"),
        (lambda: metrics.MeanIoU(3)([255], [0]), "targets from 0 to 2"),
        (lambda: metrics.MeanIoU(3)([0, 1], [[0.2, 0.7, 0.1]] * 2), "sparse_y_pred=False"),
        (lambda: metrics.MeanIoU(3)([0, 1], [[0, 1, 0]] * 2), r"shape \(2,\) for .*\(2, 3\)"),
        (
            lambda: metrics.MeanIoU(3, sparse_y_pred=False)([0, 1], np.ones((2, 2))),
            r"outputs of 3 numbers a pixel; got shape \(2, 2\)",
        ),
    ],
)
def test_what_cannot_work_is_explained(attempt, message):
    with pytest.raises(ValueError, match=message):
        attempt()
