"""Numbers of another type than the weights: converted, or refused, and never read as what they
are not. Arrays here are large enough for whole tiles of `minidl.kernels.common.gemm`."""

import numpy as np
import pytest
from numba.core.errors import TypingError

from minidl import Sequential, layers
from minidl.kernels.common.gemm import product
from minidl.layers.layer import Param, State
from minidl.losses import Loss, MeanSquaredError

RNG = np.random.default_rng(0)
IMAGES, WORDS = (4, 12, 12, 32), (20, 6, 32)
ROWS = {
    "dense": (lambda: layers.Dense(64), (40, 32)),
    "conv": (lambda: layers.Conv2D(64, 3), IMAGES),
    "conv, stride 2": (lambda: layers.Conv2D(64, 3, strides=2), IMAGES),
    "conv of one pixel": (lambda: layers.Conv2D(64, 1), IMAGES),
    "conv of signals": (lambda: layers.Conv1D(64, 3), WORDS),
    "depthwise": (lambda: layers.DepthwiseConv2D(3), IMAGES),
    "transposed": (lambda: layers.Conv2DTranspose(64, 3, strides=2), IMAGES),
    "pooling": (lambda: layers.MaxPooling2D(), IMAGES),
    "batch norm": (lambda: layers.BatchNormalization(), IMAGES),
    "layer norm": (lambda: layers.LayerNormalization(), IMAGES),
    "rms norm": (lambda: layers.RMSNormalization(), WORDS),
    "swiglu": (lambda: layers.SwiGLU(64), WORDS),
    "block of today": (
        lambda: layers.TransformerDecoderBlock(
            64, 4, activation="swiglu", rotary=True, norm="rms", num_key_value_heads=2
        ),
        WORDS,
    ),
    "rnn": (lambda: layers.SimpleRNN(64, return_sequences=True), WORDS),
    "lstm": (lambda: layers.LSTM(64, return_sequences=True), WORDS),
    "gru": (lambda: layers.GRU(64), WORDS),
}


def _gradients(layer, x, dtype, dy):
    layer.zero_grad()
    y, cache = layer.forward(x)
    dx = layer.backward(dy(y.shape).astype(dtype), cache)
    return {"dx": dx} | {path: param.grad.copy() for path, param in layer.params().items()}


@pytest.mark.parametrize("name", ROWS)
def test_gradients_of_the_loss_may_come_in_float64(name):
    make, shape = ROWS[name]
    layer, x = make(), RNG.standard_normal(shape).astype("f4")
    layer.prepare(shape[1:])
    exact = RNG.standard_normal(layer.forward(x)[0].shape)
    expected = _gradients(layer, x, "f4", lambda _: exact)
    for what, gradient in _gradients(layer, x, "f8", lambda _: exact).items():
        np.testing.assert_allclose(gradient, expected[what], rtol=1e-3, atol=1e-3, err_msg=what)


class Squares(Loss):
    """A loss that an author wrote without a thought for types."""

    def each(self, y_true, y_pred, ops):
        weights = np.linspace(0, 2, y_pred.shape[-1])  # float64
        return (weights * (y_pred - y_true) ** 2).sum(axis=-1), 2 * weights * (y_pred - y_true)


def test_a_loss_returns_gradients_in_the_type_of_the_outputs():
    y, t = RNG.standard_normal((2, 5, 3)).astype("f4")
    for loss in (Squares(), MeanSquaredError()):
        assert loss(t, y)[1].dtype == np.float32


def test_weights_from_an_initializer_of_ones_own_get_the_type_of_all_weights():
    start = lambda shape, rng: rng.standard_normal(shape)  # noqa: E731  (float64, as NumPy has it)
    model = Sequential([layers.Conv2D(64, 3), layers.Conv2D(64, 3, kernel_initializer=start)])
    model.prepare(IMAGES[1:])
    assert {tensor.value.dtype for tensor in model.weights} == {np.dtype("f4")}
    assert {param.grad.dtype for param in model.params().values()} == {np.dtype("f4")}


def test_a_state_that_counts_keeps_its_type():
    class Counting(layers.Layer):
        def build(self, shape, rng):
            self.seen, self.scale = State(np.zeros(1, int)), Param(np.ones(1, int))
            return shape

    layer = Counting()
    layer.prepare((3,))
    assert layer.seen.value.dtype == int and layer.scale.value.dtype == np.float32


@pytest.mark.parametrize("types", ["f8 f4", "f4 f8"])
def test_the_product_refuses_to_mix_types(types):
    A, B = (np.ones((64, 64), dtype) for dtype in types.split())
    with pytest.raises(TypingError, match="a product needs one dtype"):
        product(A, B)
