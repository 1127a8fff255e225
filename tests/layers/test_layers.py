"""Forward passes against numbers worked out by hand, and what layers refuse."""

import textwrap
import tracemalloc

import numpy as np
import pytest

from minidl import config, gradcheck, layers, utils
from minidl.models import Sequential


def _run(layer, x):
    layer.prepare(np.shape(x)[1:], rng=np.random.default_rng(0))
    return layer.forward(np.asarray(x, config.floatx()))[0]


def test_dense_by_hand():
    layer = layers.Dense(2)
    layer.prepare((3,))
    layer.W.value[...] = [[1, 2], [3, 4], [5, 6]]
    layer.b.value[...] = [10, 20]
    assert _run(layer, [[1, 0, 2], [0, 1, 0]]).tolist() == [[21, 34], [13, 24]]


def test_dense_treats_every_leading_axis_as_batch():
    layer = layers.Dense(2, "tanh")
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    y = _run(layer, x)
    assert y.shape == (2, 3, 2) and layer.output_shape == (3, 2)
    rows = layer.forward(x.reshape(6, 4).astype("f4"))[0]
    np.testing.assert_allclose(y.reshape(6, 2), rows, rtol=1e-6)


def test_dense_refuses_another_width_at_the_door_and_numpy_behind_it():
    layer = layers.Dense(2, name="head")
    layer.prepare((3,))
    for call in (layer, Sequential([layer]).predict):
        with pytest.raises(ValueError, match=r"built for.* of shape \(3,\) and cannot take \(4,\)"):
            call(np.zeros((5, 4)))
    with pytest.raises(ValueError, match=r"matmul.* \(size 3 is different from 4\)"):
        layer.forward(np.zeros((5, 4)))


@pytest.mark.parametrize("units", [0, -1, 2.5, True, "3"])
def test_dense_needs_a_positive_number_of_units(units):
    with pytest.raises(ValueError, match="units must be an integer of at least 1"):
        layers.Dense(units)


def test_flatten_and_reshape_keep_the_order():
    x = np.arange(24).reshape(2, 3, 4)
    assert _run(layers.Flatten(), x).tolist() == x.reshape(2, 12).tolist()
    assert _run(layers.Reshape((2, -1)), x).tolist() == x.reshape(2, 2, 6).tolist()
    assert _run(layers.Reshape((1, -1)), x).tolist() == x.reshape(2, 1, 12).tolist()


@pytest.mark.parametrize("shape", [(5, -1), (3, 5), (24,)])
def test_reshape_refuses_what_does_not_fit(shape):
    with pytest.raises(ValueError, match=r"cannot reshape samples of shape \(3, 4\) \(12"):
        layers.Reshape(shape).prepare((3, 4))


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: layers.Reshape(12), "target_shape"),
        (lambda: layers.Input(12), "input_shape"),
        (lambda: layers.Dense(2, input_shape=12), "input_shape"),
    ],
)
def test_a_shape_is_a_tuple(make, argument):
    with pytest.raises(TypeError, match=rf"^{argument} is .* tuple: \(12,\) if .*; got 12$"):
        make()


@pytest.mark.parametrize("shape", [(-1, -1), (0, 12), (-2, 6)])
def test_reshape_refuses_a_shape_without_meaning(shape):
    with pytest.raises(ValueError, match="positive lengths and at most one -1"):
        layers.Reshape(shape)


def test_a_layer_is_built_once():
    layer = layers.Dense(2)
    layer.prepare((3,))
    W = layer.W
    assert layer.prepare((3,)) == (2,) and layer.W is W
    with pytest.raises(ValueError, match=r"built for inputs of shape \(3,\) and cannot take \(4,"):
        layer.prepare((4,))


def test_a_lambda_is_refused_and_the_layer_that_it_shows_works():
    with pytest.raises(TypeError, match="Write a layer with both") as caught:
        layers.Lambda(lambda x: 2 * x)
    shown = str(caught.value).split("both:")[1]
    written = {"Layer": layers.Layer}
    exec(textwrap.dedent(shown), written)
    gradcheck.check_layer(written["Double"](), (2, 3))


def test_input_dim_is_a_short_form():
    assert layers.Dense(2, input_dim=7).input_shape == (7,)


def test_to_categorical():
    expected = [[0, 0, 1], [1, 0, 0]]
    assert utils.to_categorical([2, 0]).tolist() == expected
    assert utils.to_categorical([[2], [0]], 3).tolist() == expected
    assert utils.to_categorical([1, 0], 4).shape == (2, 4)
    sentences = np.random.default_rng(0).integers(0, 5, (3, 2, 4))
    rows = utils.to_categorical(sentences, 5, "int8")
    assert rows.dtype == np.int8 and np.array_equal(rows, np.eye(5)[sentences])
    for wrong in ([0, 3], [-1, 0], [0.5, 1], []):
        with pytest.raises(ValueError, match="to_categorical needs"):
            utils.to_categorical(wrong, 3)


def test_to_categorical_needs_no_more_memory_than_its_rows():
    tracemalloc.start()
    try:
        rows = utils.to_categorical([3, 9_999, 0], 10_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows.argmax(axis=1).tolist() == [3, 9_999, 0] and peak < 2 * rows.nbytes
