"""RandomZoom by hand."""

import numpy as np
import pytest

from minidl.layers import RandomZoom

X = np.random.default_rng(0).random((3, 4, 6, 2), np.float32)


def _run(layer, x, seed=0):
    layer.prepare(x.shape[1:], rng=np.random.default_rng(seed))
    return layer.forward(x, training=True)[0]


def test_twice_the_height_and_the_width_in_the_same_frame():
    y = _run(RandomZoom((1, 1), fill_mode="constant", fill_value=7), X)
    # Row i shows the rows around 2 i - 1.5, column j the columns around 2 j - 2.5.
    four = [X[:, r : r + 2, c : c + 2].mean(axis=(1, 2)) for r, c in ((0, 1), (2, 1), (2, 3))]
    for (i, j), mean in zip(((1, 2), (2, 2), (2, 3)), four):
        np.testing.assert_allclose(y[:, i, j], mean, rtol=1e-5)
    assert (y[:, 0, 0] == 7).all()


def test_nearer_in_one_direction_only():
    y = _run(RandomZoom((-0.5, -0.5), 0), X)  # row i shows row i / 2 + 0.75
    np.testing.assert_allclose(y[:, 1], 0.75 * X[:, 1] + 0.25 * X[:, 2], rtol=1e-5)


def test_one_factor_keeps_the_proportions():
    layer = RandomZoom(0.9)
    layer.prepare((4, 4))
    A, _ = layer.draw(50, 4, 4)
    assert np.array_equal(A[:, 0, 0], A[:, 1, 1]) and len(set(A[:, 0, 0])) == 50
    layer = RandomZoom(0.9, 0.9)
    layer.prepare((4, 4))
    A, _ = layer.draw(50, 4, 4)
    assert not np.array_equal(A[:, 0, 0], A[:, 1, 1]) and abs(A - np.eye(2)).max() < 0.9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RandomZoom(1.0), "height_factor must be a finite number above -1; got -1.0"),
        (lambda: RandomZoom(0.1, (-2, 0)), "width_factor must be a finite number above -1; got -2"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
