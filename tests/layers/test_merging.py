"""Where arrays meet: forward against numbers by hand, masks, and what is refused."""

import numpy as np
import pytest

from minidl import layers

A = np.array([[[1.0, -2.0], [3.0, 4.0]]], "f4")  # (1, 2, 2)
B = np.array([[[10.0, 0.0], [-1.0, 4.0]]], "f4")


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.Add(), [[[11, -2], [2, 8]]]),
        (layers.Subtract(), [[[-9, -2], [4, 0]]]),
        (layers.Multiply(), [[[10, 0], [-3, 16]]]),
        (layers.Average(), [[[5.5, -1], [1, 4]]]),
        (layers.Maximum(), [[[10, 0], [3, 4]]]),
        (layers.Concatenate(), [[[1, -2, 10, 0], [3, 4, -1, 4]]]),
        (layers.Concatenate(1), [[[1, -2], [3, 4], [10, 0], [-1, 4]]]),
        (layers.Dot(2), [[[10, -9], [30, 13]]]),
        (layers.Dot(1), [[[7, 12], [-24, 16]]]),
        (layers.Dot((2, 1)), [[[12, -8], [26, 16]]]),
    ],
    ids=lambda part: getattr(part, "name", ""),
)
def test_forward_by_hand(layer, expected):
    y = layer([A, B])
    assert y.tolist() == expected and y.shape[1:] == layer.output_shape


def test_the_cosine_of_a_vector_with_itself_and_with_another():
    cosine = layers.Dot(1, normalize=True)
    assert cosine([A[0], A[0]]) == pytest.approx(np.ones((2, 1)))
    assert cosine([A[0], B[0]])[:, 0] == pytest.approx([1 / 5**0.5, 13 / 5 / 17**0.5])


def test_equal_ones_share_the_gradient_of_a_maximum():
    layer = layers.Maximum()
    layer.prepare(((2, 2), (2, 2)))
    _, cache = layer.forward((A, B))
    da, db = layer.backward(np.full((1, 2, 2), 2.0), cache)
    assert da.tolist() == [[[0, 0], [2, 1]]] and db.tolist() == [[[2, 2], [0, 1]]]


def test_functions_are_layers_that_were_called():
    y = layers.concatenate([layers.Input((3,)), layers.Input((2,))], axis=1)
    assert y.shape == (None, 5) and isinstance(y.call.layer, layers.Concatenate)
    names = "add subtract multiply average maximum"
    for name in names.split():
        y = getattr(layers, name)([layers.Input((3,)), layers.Input((3,))])
        assert type(y.call.layer).__name__ == name.capitalize()
    assert layers.dot([layers.Input((3,)), layers.Input((3,))], axes=1).shape == (None, 1)
    x = layers.Input((3,))
    assert [type((x + x).call.layer), type((x * x).call.layer), type((x - x).call.layer)] == [
        layers.Add,
        layers.Multiply,
        layers.Subtract,
    ]


def test_a_step_counts_where_any_mask_lets_it():
    one, two = np.array([[True, False]]), np.array([[False, False]])
    either = layers.Add().compute_mask((A, B), (one, two))
    assert either.tolist() == [[True, False]]
    assert layers.Add().compute_mask((A, B), (one, None)) is None
    joined = layers.Concatenate(1).compute_mask((A, B), (two, None))
    assert joined.tolist() == [[False, False, True, True]]
    assert layers.Concatenate(-1).compute_mask((A, B), (one, two)).tolist() == [[True, False]]
    y, _, mask = layers.Add().forward_with_mask((A, B), mask=(one, two))
    assert y.shape == A.shape and np.array_equal(mask, either)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: layers.Add()([A]), "takes two arrays or more"),
        (lambda: layers.Add()([A, B[:, :, :1].repeat(3, 2)]), r"one shape.*\(2, 2\), \(2, 3\)"),
        (lambda: layers.Add()([A, B[:, 0]]), r"one shape.*\(2, 2\), \(2,\)"),
        (lambda: layers.Subtract()([A, B, A]), "takes two arrays; got 3"),
        (lambda: layers.Concatenate(0), "other than 0, the axis of the batch; got 0"),
        (lambda: layers.Concatenate()([A, B[:, :1]]), r"joins arrays along axis -1.*\(1, 2\)"),
        (lambda: layers.Concatenate(3)([A, B]), "joins arrays along axis 3"),
        (lambda: layers.Dot(2)([A, B[:, :, :1]]), "must have one length"),
        (lambda: layers.Dot((1, 2, 3)), "an axis or a pair"),
        (lambda: layers.Dot(1)([A, B, A]), "takes two arrays"),
    ],
)
def test_what_does_not_meet_is_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()
