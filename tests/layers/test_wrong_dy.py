"""A dy that is no gradient of what a layer or a kernel returned is an error, never a number."""

import gradient_table
import numpy as np
import pytest

from minidl import kernels, layers
from minidl.base.structure import several

ONE_OUTPUT = {
    name: case
    for name, case in gradient_table.LAYERS.items()
    if all(isinstance(n, int) for n in case.shape)
    and type(case.make()).__module__.startswith("minidl.layers")
}
OPS = kernels.load("numba")
X = np.ones((2, 6, 6, 3), "float32")
SEQUENCE = np.ones((2, 5, 3), "float32")


@pytest.mark.parametrize("name", ONE_OUTPUT)
def test_a_layer_refuses_whole_numbers_and_other_channels(name):
    case = ONE_OUTPUT[name]
    layer = case.make()
    layer.prepare(case.sample_shape())
    if several(layer.output_shape):
        pytest.skip("returns several arrays")
    y, cache = layer.forward(case.inputs(np.random.default_rng(0)).astype("float32"), case.training)
    with pytest.raises(TypeError, match="floats; got int64"):
        layer.backward(np.ones(y.shape, int), cache)
    wider = np.ones((*y.shape[:-1], y.shape[-1] + 1), y.dtype)
    with pytest.raises(ValueError, match="dy"):
        layer.backward(wider, cache)
    with pytest.raises(ValueError, match="dy"):
        layer.backward(y[0], cache)


COMPILED = {
    "Conv2D": (lambda: layers.Conv2D(4, 3), X),
    "pointwise": (lambda: layers.Conv2D(4, 1), X),
    "DepthwiseConv2D": (lambda: layers.DepthwiseConv2D(3), X),
    "MaxPooling2D": (lambda: layers.MaxPooling2D(2), X),
    "BatchNormalization": (lambda: layers.BatchNormalization(), X),
    "ReLU": (lambda: layers.ReLU(), X),
    "LayerNormalization": (lambda: layers.LayerNormalization(), X),
    "LSTM": (lambda: layers.LSTM(4, return_sequences=True), SEQUENCE),
    "GRU": (lambda: layers.GRU(4, return_sequences=True), SEQUENCE),
    "SimpleRNN": (lambda: layers.SimpleRNN(4, return_sequences=True), SEQUENCE),
}


@pytest.mark.parametrize("name", COMPILED)
def test_a_compiled_loop_is_not_given_another_batch(name):
    make, x = COMPILED[name]
    layer = make()
    layer.prepare(x.shape[1:])
    y, cache = layer.forward(x, True)
    with pytest.raises(ValueError):
        layer.backward(y[:1], cache)


@pytest.mark.parametrize("labels", [[0, 3], [0, -1], [0]])
def test_labels_that_do_not_fit_are_refused(labels):
    with pytest.raises(ValueError, match="labels"):
        OPS.softmax_xent.sparse(np.ones((2, 3), "float32"), np.array(labels))


@pytest.mark.parametrize("tokens", [[0, 5], [0, -1], [0, 1, 2]])
def test_tokens_that_do_not_fit_are_refused(tokens):
    with pytest.raises(ValueError, match=r"tokens|dy"):
        OPS.embedding.backward(np.ones((2, 3), "float32"), np.array(tokens), 5)
