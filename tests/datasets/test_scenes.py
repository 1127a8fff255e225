"""Scenes: boxes, masks and classes are those of the digits that were drawn."""

import numpy as np
import pytest

from minidl.datasets import mnist, scenes


@pytest.fixture(scope="module")
def drawn():
    """Sixty scenes of one to five digits."""
    return scenes.load_data(60)


def test_the_form_is_that_of_shapes(drawn):
    assert drawn.images.shape == (60, 64, 64, 1) and drawn.images.dtype == np.uint8
    assert drawn.classes.shape == (60, 5) and drawn.boxes.shape == (60, 5, 4)
    present = drawn.classes >= 0
    assert set(present.sum(axis=1)) == {1, 2, 3, 4, 5}
    assert not drawn.boxes[~present].any() and (np.sort(~present, axis=1) == ~present).all()
    assert set(drawn.classes[present]) == set(range(10))
    sizes = drawn.boxes[present][:, 2:] - drawn.boxes[present][:, :2]
    assert sizes[:, 1].min() >= 13 and sizes[:, 1].max() == 28 and sizes.min() >= 2


def test_a_box_goes_around_what_is_seen_and_a_digit_is_mostly_seen(drawn):
    for mask, boxes, classes in zip(drawn.masks, drawn.boxes, drawn.classes):
        assert set(np.unique(mask)) - {0} == {k + 1 for k in np.flatnonzero(classes >= 0)}
        for k in np.flatnonzero(classes >= 0):
            y, x = np.nonzero(mask == k + 1)
            x0, y0, x1, y1 = boxes[k]
            assert x0 <= x.min() and x.max() < x1 and y0 <= y.min() and y.max() < y1
            assert min(x0, y0) >= 0 and max(x1, y1) <= 64


def test_a_digit_that_nothing_covers_reaches_all_sides_of_its_box():
    alone = scenes.load_data(20, objects=1, clutter=0)
    for mask, (box, *_) in zip(alone.masks, alone.boxes):
        y, x = np.nonzero(mask)
        assert [x.min(), y.min(), x.max() + 1, y.max() + 1] == box.tolist()
    bright = alone.images[..., 0] > 150
    assert (bright & (alone.masks == 0)).mean() < 0.001 < bright.mean()


def test_a_digit_that_is_wider_than_the_page_is_left_out(monkeypatch):
    flat = np.zeros((1, 28, 28), np.uint8)
    flat[:, 10:14, 2:26] = 255  # six times as wide as high
    monkeypatch.setattr(mnist, "load_sample", lambda: [(flat, np.array([1]))] * 2)
    assert (scenes.load_data(20, size=64, objects=1).classes == -1).all()


def test_each_part_has_the_digits_of_its_own(monkeypatch):
    (x, y), _ = mnist.load_sample()
    only = np.flatnonzero(y == 3)[:1]
    monkeypatch.setattr(mnist, "load_sample", lambda: ((x[only], y[only]), (x[:9], y[:9])))
    assert set(scenes.load_data(3, objects=2).classes.ravel()) == {3}
    assert set(scenes.load_data(9, objects=2, part="test").classes.ravel()) <= {*y[:9], -1}


def test_clutter_is_no_object_and_a_seed_decides_everything(drawn):
    calm, wild = (scenes.load_data(20, clutter=c, objects=1).images for c in (0, 40))
    assert (wild > 128).mean() > 2 * (calm > 128).mean()
    again, other = scenes.load_data(60), scenes.load_data(60, seed=1)
    assert all((a == b).all() for a, b in zip(drawn, again))
    assert (drawn.images != other.images).any()


@pytest.mark.parametrize(
    "options", [{"n": 0}, {"size": 31}, {"objects": (3, 2)}, {"part": "validation"}]
)
def test_bad_arguments_are_refused(options):
    with pytest.raises(ValueError, match=r"must be|at least"):
        scenes.load_data(**options)
