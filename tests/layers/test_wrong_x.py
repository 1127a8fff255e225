"""What `layer.forward` is given by hand: an error in clear words, never a number made by chance."""

import gradient_table
import numpy as np
import pytest

from minidl import layers
from minidl.layers.convolution import Convolution
from minidl.layers.recurrent.parameters import RecurrentParameters

ONE_INPUT = {
    name: case
    for name, case in gradient_table.LAYERS.items()
    if all(isinstance(n, int) for n in case.shape)
    and type(case.make()).__module__.startswith("minidl.layers")
}


def _built(name):
    case = ONE_INPUT[name]
    layer = case.make()
    layer.prepare(case.sample_shape())
    return layer, case.inputs(np.random.default_rng(0)).astype("f4"), case


@pytest.mark.parametrize("name", ONE_INPUT)
def test_a_layer_refuses(name):
    layer, x, _ = _built(name)
    for wrong in (x.tolist(), "x", None, 3.0):
        with pytest.raises(TypeError, match=f"layer '{layer.name}': x must be an array of numbers"):
            layer.forward(wrong)
    for kind in ("U", object, complex, "M8[s]"):
        with pytest.raises(TypeError, match="x must be an array of numbers; got an array of"):
            layer.forward(np.zeros(x.shape, kind))
    with pytest.raises(TypeError, match="x must be an array of numbers"):
        layer.forward(np.ma.masked_array(x))
    with pytest.raises(ValueError, match=r"x is empty: got shape \(0,"):
        layer.forward(x[:0])
    with pytest.raises(ValueError, match=r"x is empty: got shape \(\)"):
        layer.forward(np.array(1.0))
    says_itself = isinstance(layer, Convolution | RecurrentParameters)
    if layer.takes_shape == "any" and not says_itself:
        return
    shapes = [] if layer.takes_shape == "wide" else [x.shape[1:], (1, *x.shape)]
    if layer.takes_shape != "rank":
        shapes.append((*x.shape[:-1], x.shape[-1] + 1))
    for shape in shapes:
        with pytest.raises(ValueError, match=r"was built for x of shape|needs samples of shape"):
            layer.forward(np.zeros(shape, "f4"))


def test_whole_numbers_become_floats_as_in_a_call_of_the_layer():
    layer = layers.Dense(3)
    x = np.arange(8).reshape(2, 4)
    expected = layer(x)
    y, _ = layer.forward(x)
    assert y.dtype == "float32" and np.array_equal(y, expected)
    assert np.array_equal(layer.forward(x > 3)[0], layer(x > 3))


def test_an_empty_list_is_no_array():
    for layer in (layers.Add(), layers.ReLU(), layers.LSTM(2)):
        with pytest.raises(ValueError, match="x is empty"):
            layer([])


def test_a_layer_that_is_not_built_says_so():
    x = np.ones((2, 4), "f4")
    for layer, lacks in ((layers.Dense(3), "'W'"), (layers.BatchNormalization(), "'")):
        with pytest.raises(
            RuntimeError, match=f"is not built, so it has no {lacks}.*layer.prepare"
        ):
            layer.forward(x)
    assert np.array_equal(layers.ReLU().forward(x)[0], x)  # needs nothing


def test_an_error_of_a_reader_s_own_layer_stays_what_it_is():
    class Mine(layers.Dense):
        __module__ = "minidl.made_up"  # so that it is looked at as ours are

        def forward(self, x, training=False):
            return x.no_such_thing

    with pytest.raises(AttributeError, match="no_such_thing"):
        Mine(3).forward(np.ones((2, 4), "f4"))


def test_who_takes_any_shape_is_known():
    free = {type(_built(name)[0]).__name__ for name in ONE_INPUT if _any(name)}
    assert "Dense" not in free and "BatchNormalization" not in free and "MaxPooling2D" not in free


def _any(name):
    return _built(name)[0].takes_shape == "any"
