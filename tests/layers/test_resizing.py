"""Padding, cropping and upsampling by hand."""

import numpy as np
import pytest

from minidl.layers import Cropping2D, UpSampling2D, ZeroPadding2D

X = np.arange(1, 7.0).reshape(1, 2, 3, 1)  # 1 2 3 / 4 5 6


def _run(layer, x):
    expected = layer.prepare(x.shape[1:])
    y, cache = layer.forward(x)
    assert y.shape == (len(x), *expected)
    return y, lambda dy: layer.backward(dy, cache)


def test_zero_padding_by_hand():
    y, backward = _run(ZeroPadding2D(((1, 0), (0, 2))), X)
    assert y[0, ..., 0].tolist() == [[0, 0, 0, 0, 0], [1, 2, 3, 0, 0], [4, 5, 6, 0, 0]]
    assert np.array_equal(backward(y), X)


@pytest.mark.parametrize(
    ("padding", "border"),
    [(2, ((2, 2), (2, 2))), ((1, 2), ((1, 1), (2, 2))), ([[1, 2], [3, 0]], ((1, 2), (3, 0)))],
)
def test_a_border_is_a_number_or_two_or_four(padding, border):
    layer = ZeroPadding2D(padding)
    assert layer.padding == border == Cropping2D(padding).cropping
    assert layer.prepare((5, None, 3)) == (5 + sum(border[0]), None, 3)


def test_cropping_takes_away_what_padding_adds():
    border = ((1, 0), (2, 1))
    y, backward = _run(Cropping2D(border), _run(ZeroPadding2D(border), X)[0])
    assert np.array_equal(y, X)
    assert backward(X)[0, ..., 0].tolist() == [[0] * 6, [0, 0, 1, 2, 3, 0], [0, 0, 4, 5, 6, 0]]


def test_upsampling_repeats_pixels_and_adds_up_their_gradients():
    y, backward = _run(UpSampling2D((1, 2)), X)
    assert y[0, ..., 0].tolist() == [[1, 1, 2, 2, 3, 3], [4, 4, 5, 5, 6, 6]]
    dx = backward(np.arange(12.0).reshape(y.shape))
    assert dx[0, ..., 0].tolist() == [[1, 5, 9], [13, 17, 21]]


def test_bilinear_upsampling_by_hand():
    """The middles of new pixels lie at 1/4 and 3/4 of an old one; beyond the last, no change."""
    y, _ = _run(UpSampling2D((2, 1), interpolation="bilinear"), X)
    assert y[0, ..., 0].tolist() == [[1, 2, 3], [1.75, 2.75, 3.75], [3.25, 4.25, 5.25], [4, 5, 6]]
    assert _run(UpSampling2D(interpolation="bilinear"), X.astype("f4"))[0].dtype == "f4"
    ramp, _ = _run(UpSampling2D((1, 3), interpolation="bilinear"), X)
    np.testing.assert_allclose(np.diff(ramp[0, 0, :, 0]), [0, *[1 / 3] * 6, 0], atol=1e-12)
