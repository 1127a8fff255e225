"""Every gradient against finite differences, and a proof that the check can fail."""

import copy
import inspect

import numpy as np
import pytest
from gradient_table import LAYERS, LOSSES

from minidl import config, gradcheck, layers, losses
from minidl.base import structure
from minidl.layers.activations import ActivationLayer
from minidl.models import Model, Sequential

AS_LONG_AS = 2  # 1,300 tests for one worker, which should not begin last


@pytest.mark.parametrize("name", LAYERS)
def test_every_gradient_of_every_layer(name, backend):
    case = LAYERS[name]
    smooth = case.draw is None
    x = case.shape if smooth else case.draw(np.random.default_rng(1))
    errors = gradcheck.check_layer(case.make(), x, training=case.training, input_gradient=smooth)
    assert max(errors.values()) < 1e-6


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_of_parameters_are_the_same_where_nobody_needs_dx(name):
    case, rng = LAYERS[name], np.random.default_rng(1)
    x = gradcheck.drawn(case.draw(rng) if case.draw else case.shape, rng)
    layer = case.make()
    layer.prepare(structure.shape_of(x))
    y, cache = layer.forward(x, case.training)
    dy = structure.mapped(lambda a: rng.standard_normal(a.shape).astype(a.dtype), y)
    short, short_cache = copy.deepcopy((layer, cache))
    layer.backward(dy, cache)
    short.accumulate_gradients(dy, short_cache)
    for path, param in layer.params().items():
        np.testing.assert_array_equal(short.params()[path].grad, param.grad, path)


def test_a_backward_of_ones_own_is_used_where_nobody_needs_dx():
    class Half(layers.Conv2D):
        def backward(self, dy, cache):
            return super().backward(dy / 2, cache)

    half, whole = Half(2, 3), layers.Conv2D(2, 3)
    for layer in (half, whole):
        layer.prepare((5, 5, 1))
        y, cache = layer.forward(np.ones((1, 5, 5, 1), "float32"))
        layer.accumulate_gradients(np.ones_like(y), cache)
    np.testing.assert_array_equal(2 * half.w.grad, whole.w.grad)


@pytest.mark.parametrize("name", LOSSES)
def test_every_gradient_of_every_loss(name, backend):
    case = LOSSES[name]
    y_true, y_pred = case.draw(np.random.default_rng(1))
    assert gradcheck.check_loss(case.make(), y_true, y_pred) < 1e-6


def test_no_layer_is_missing_from_the_table():
    exported = {item for item in vars(layers).values() if inspect.isclass(item)}
    wanted = {c for c in exported if issubclass(c, layers.Layer)} - {layers.Layer, ActivationLayer}
    wanted |= {Sequential, Model}
    wanted -= {layers.TextVectorization}  # is called on texts, outside of models
    wanted -= {layers.PointerGenerator}  # one of its inputs has no gradient: in a graph's row
    checked = {type(case.make()) for case in LAYERS.values()}
    assert wanted <= checked, f"no row for {sorted(c.__name__ for c in wanted - checked)}"


def test_no_loss_is_missing_from_the_table():
    abstract = {"Loss", "Crossentropy"}
    wanted = {c for c in losses._TABLE.values() if c.__name__ not in abstract}
    checked = {type(case.make()) for case in LOSSES.values()}
    assert wanted <= checked, f"no row for {sorted(c.__name__ for c in wanted - checked)}"


# What follows shows that the check fails when it should, and says where.


class _Square(layers.Layer):
    def forward(self, x, training=False):
        return x**2, x

    def backward(self, dy, x):
        return 2 * x * dy


def test_the_check_passes_a_right_gradient():
    gradcheck.check_layer(_Square(), (2, 3))


def test_the_check_names_array_and_index_and_prints_both_numbers():
    class OneWrong(_Square):
        def backward(self, dy, x):
            dx = 2 * x * dy
            dx[1, 2] = 7.5
            return dx

    with pytest.raises(AssertionError, match=r"d/dx is wrong at index \(1, 2\).*says 7\.5.*say"):
        gradcheck.check_layer(OneWrong(), (2, 3))


def _dense(**wrong):
    return type("Wrong", (layers.Dense,), wrong)(2, "tanh")


def _assigns(self, dy, cache):
    for param in self.params().values():
        param.grad[...] = 0
    return layers.Dense.backward(self, dy, cache)


def _transposes(self, dy, cache):
    return layers.Dense.backward(self, dy, cache)[:, ::-1]


def _halves_the_bias(self, dy, cache):
    kept = self.b.grad.copy()
    dx = layers.Dense.backward(self, dy, cache)
    self.b.grad[...] = kept + (self.b.grad - kept) / 2
    return dx


def _returns_nothing(self, dy, cache):
    layers.Dense.backward(self, dy, cache)


def _spoils_dy(self, dy, cache):
    dx = layers.Dense.backward(self, dy, cache)
    dy *= 2
    return dx


@pytest.mark.parametrize(
    ("backward", "message"),
    [
        (_assigns, "d/dW is wrong"),
        (_transposes, "d/dx is wrong"),
        (_halves_the_bias, "d/db is wrong"),
        (_returns_nothing, "backward returned None"),
        (_spoils_dy, "backward changed dy"),
    ],
)
def test_the_check_catches_a_wrong_backward(backward, message):
    with pytest.raises(AssertionError, match=message):
        gradcheck.check_layer(_dense(backward=backward), (3, 4))


def test_the_check_catches_a_cache_kept_on_self():
    class Remembers(_Square):
        def forward(self, x, training=False):
            self.x = x
            return x**2, None

        def backward(self, dy, cache):
            return 2 * self.x * dy

    with pytest.raises(AssertionError, match="d/dx is wrong"):
        gradcheck.check_layer(Remembers(), (2, 3))


def test_the_check_catches_zeros_for_a_softmax():
    class Zeros(layers.Softmax):
        def backward(self, dy, y):
            return 0 * dy

    with pytest.raises(AssertionError, match="d/dx is wrong"):
        gradcheck.check_layer(Zeros(), (2, 3))


def test_the_check_catches_nan():
    class Nan(_Square):
        def backward(self, dy, x):
            return np.full_like(dy, np.nan)

    with pytest.raises(AssertionError, match="backward says nan"):
        gradcheck.check_layer(Nan(), (2, 3))


def test_the_check_of_a_loss_catches_a_missing_mean():
    class Sum(losses.MeanSquaredError):
        def __call__(self, y_true, y_pred, sample_weight=None, ops=None):
            value, dy = super().__call__(y_true, y_pred, sample_weight, ops)
            return value, dy * len(dy)

    with pytest.raises(AssertionError, match=r"Sum: d/dy_pred is wrong at index"):
        gradcheck.check_loss(Sum(), np.zeros((3, 2)), np.ones((3, 2)))


def test_a_gradient_accumulates_over_two_backwards():
    layer = layers.Dense(2)
    x = np.ones((3, 4), config.floatx())
    layer.prepare((4,))
    y, cache = layer.forward(x)
    layer.backward(y, cache)
    once = layer.W.grad.copy()
    layer.backward(y, cache)
    np.testing.assert_allclose(layer.W.grad, 2 * once, rtol=1e-6)
