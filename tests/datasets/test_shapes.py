"""The drawn shapes: what is promised of the arrays, and that the labels tell the truth."""

import hashlib

import numpy as np
import pytest

from minidl.datasets import shapes


@pytest.fixture(scope="module")
def many():
    return shapes.load_data(400, size=48, objects=(1, 4), seed=1)


def test_the_four_arrays_have_their_documented_form(many):
    images, classes, boxes, masks = many
    assert (images.shape, images.dtype) == ((400, 48, 48, 3), np.uint8)
    assert (classes.shape, classes.dtype) == ((400, 4), np.int64)
    assert (boxes.shape, boxes.dtype) == ((400, 4, 4), np.int64)
    assert (masks.shape, masks.dtype) == ((400, 48, 48), np.uint8)
    assert images.max() > 250 and images.min() < 5

    one = shapes.load_data(12)
    assert one.images.shape == (12, 32, 32, 3) and one.classes.shape == (12, 1)
    assert (one.classes >= 0).all()


def test_every_number_of_objects_occurs_and_empty_slots_come_last(many):
    present = many.classes >= 0
    assert set(present.sum(axis=1)) == {1, 2, 3, 4}
    assert (np.diff(present.astype(int), axis=1) <= 0).all()
    assert (many.boxes[~present] == 0).all()
    assert (many.masks.max(axis=(1, 2)) == present.sum(axis=1)).all()


def test_a_box_is_the_smallest_that_holds_its_object(many):
    for n, k in np.argwhere(many.classes >= 0):
        rows, columns = np.nonzero(many.masks[n] == k + 1)
        tight = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert many.boxes[n, k].tolist() == tight


def test_objects_do_not_touch(many):
    for mask in many.masks:
        for down, right in [(0, 1), (1, 0), (1, 1), (1, -1)]:
            neighbour = np.roll(mask, (-down, -right), axis=(0, 1))[:-1, 1:-1]
            here = mask[:-1, 1:-1]
            assert ((here == neighbour) | (here == 0) | (neighbour == 0)).all()


def test_the_segmentation_says_the_class_of_each_pixel(many):
    assert many.segmentation.shape == many.masks.shape
    for n in range(50):
        expected = np.zeros((48, 48), int)
        for k, c in enumerate(many.classes[n]):
            expected[many.masks[n] == k + 1] = c + 1
        np.testing.assert_array_equal(many.segmentation[n], expected)


def test_classes_are_balanced_and_in_no_order():
    for data in (shapes.load_data(403), shapes.load_data(100, size=48, objects=(1, 3))):
        classes = data.classes[data.classes >= 0]
        counts = np.bincount(classes, minlength=4)
        assert counts.max() - counts.min() <= 1
        assert np.bincount(classes[: len(classes) // 2], minlength=4).min() > len(classes) / 12


def _share_of_box(data):
    x0, y0, x1, y1 = data.boxes[:, 0].T
    return (data.masks > 0).sum(axis=(1, 2)) / ((x1 - x0) * (y1 - y0))


def test_each_class_has_the_area_of_its_shape():
    data = shapes.load_data(2000, size=128)
    sides = np.maximum(*(data.boxes[:, 0, 2:] - data.boxes[:, 0, :2]).T)
    circle, square, triangle, cross = (data.classes[:, 0] == c for c in range(4))
    share = _share_of_box(data)
    np.testing.assert_allclose(share[circle], np.pi / 4, rtol=0.04)
    assert share[square].max() > 0.97  # upright, it fills its box
    assert abs(share[square].min() - 0.5) < 0.03  # on its corner, half of it
    assert share[triangle].min() > 0.43 and share[triangle].max() < 0.54
    assert share[cross].min() > 0.46 and share[cross].max() < 0.64
    # Radii are drawn from 0.175 to 0.3 of the width; the box of a circle is two radii wide.
    assert 0.34 < sides[circle].min() / 128 < 0.37 and 0.58 < sides[circle].max() / 128 < 0.615


def test_objects_stand_out_from_the_background_and_are_of_one_colour():
    data = shapes.load_data(200, seed=3)
    for image, mask in zip(data.images.astype(int), data.masks):
        colour = image[mask == 1]
        assert np.ptp(colour, axis=0).max() <= 32  # noise of 16 up and down
        saturation = np.ptp(np.median(colour, axis=0)), np.median(np.ptp(image[mask == 0], axis=1))
        assert saturation[0] > 120 and saturation[0] > 1.5 * saturation[1]


def test_the_same_seed_gives_the_same_pixels_on_every_machine():
    # If a release of NumPy changes its generators, this is the place to notice it.
    digest = hashlib.sha256()
    for array in shapes.load_data(50, size=40, objects=(1, 3), seed=7):
        digest.update(array.astype("<i8").tobytes())
    assert digest.hexdigest() == "1f8bf4036458cd346ad10c8d7be600896c018e6d3654401dfe3a32a9f71886e9"


def test_another_seed_gives_other_images():
    first, second = shapes.load_data(20, seed=1), shapes.load_data(20, seed=2)
    assert (first.images != second.images).any(axis=(1, 2, 3)).all()
    assert (first.boxes != second.boxes).any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n": 0}, "n must be an integer of at least 1; got 0"),
        ({"size": 32.0}, "size must be an integer"),
        ({"size": 14}, "size=14 is too small .* with 1 in an image: size must be at least 15"),
        ({"size": 24, "objects": (1, 3)}, "with 3 in an image: size must be at least 25"),
        ({"objects": 0}, "objects must be an integer of at least 1; got 0"),
        ({"objects": (3, 1)}, r"the least first; got \(3, 1\)"),
        ({"objects": 10}, "from 1 to 9"),
        ({"objects": (1, 2, 3)}, "a number or a pair"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        shapes.load_data(**{"n": 4, **arguments})


@pytest.mark.parametrize(("size", "objects"), [(15, 1), (25, 3), (43, 9)])
def test_the_smallest_allowed_sizes_work(size, objects):
    data = shapes.load_data(30, size=size, objects=objects)
    assert (data.classes >= 0).all() and data.masks.max() == objects
