"""Layers inside layers: each is found once, by one name, whoever holds it and in whatever form."""

import copy

import numpy as np
import pytest

from minidl import Sequential, models
from minidl.layers import BatchNormalization, Dense, Residual, Sigmoid, TimeDistributed
from minidl.layers.layer import Layer, Param
from minidl.optimizers import SGD, Adam

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(8, 4)).astype("f4"), RNG.normal(size=(8, 4)).astype("f4")


class Parts(Layer):
    """Layers in a list and an array in a tuple, as an author would hold them."""

    def build(self, shape, rng):
        self.parts = [Dense(4), Dense(4)]
        self.shifts = (Param(np.zeros(4)),)
        for part in self.parts:
            part.prepare(shape, self.ops, rng)
        return shape

    def forward(self, x, training=False):
        caches = []
        for part in self.parts:
            x, cache = part.forward(x, training)
            caches.append(cache)
        return x + self.shifts[0].value, caches

    def backward(self, dy, cache):
        self.shifts[0].grad += dy.sum(axis=0)
        for part, part_cache in zip(reversed(self.parts), reversed(cache)):
            dy = part.backward(dy, part_cache)
        return dy


def test_layers_and_arrays_in_a_list_are_trained_and_saved(tmp_path):
    model = Sequential([Parts()], seed=0)
    model.compile(SGD(0.1), "mse")
    model.fit(X, Y, verbose=0)
    assert list(model.trainable_params()) == [
        "parts/shifts/0",
        *(f"parts/parts/{i}/{array}" for i in (0, 1) for array in "Wb"),
    ]
    assert model.layers[0].shifts[0].value.any(), "nobody has trained it"
    model.save(tmp_path / "model.npz")
    again = models.load_model(tmp_path / "model.npz")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_layer_in_two_containers_is_stepped_charged_and_counted_once():
    one = Dense(4, use_bias=False, kernel_regularizer="l2")
    model = Sequential([Sequential([one], name="a"), Sequential([one], name="b")], seed=0)
    model.compile(SGD(1.0), "mse")
    model.prepare((4,))
    assert list(model.tensors()) == ["a/dense/W"] and model.count_params() == 16
    assert [path for path, _ in model.tensor_paths()] == ["a/dense/W", "b/dense/W"]
    penalty = model.evaluate(X, Y, verbose=0) - np.mean((X @ one.W.value @ one.W.value - Y) ** 2)
    assert np.isclose(penalty, 0.01 * np.sum(one.W.value**2), rtol=1e-4)
    before = one.W.value.copy()
    model.train_on_batch(X, Y)
    np.testing.assert_allclose(one.W.value, before - one.W.grad, atol=1e-6)


def test_a_layer_keeps_its_name_when_another_model_takes_it_in():
    base = Sequential([Dense(4), Dense(4)], seed=0)
    base.prepare((4,))
    longer = Sequential([*base.layers, Dense(2)])
    assert [layer.name for layer in longer.layers] == ["dense", "dense_1", "dense_2"]
    with pytest.raises(ValueError, match="keeps its own"):
        Sequential([Dense(4), base.layers[0]])
    with pytest.raises(ValueError, match="two layers are called 'dense'"):
        Residual([Dense(4), base.layers[0]])
    assert [layer.name for layer in base.layers] == ["dense", "dense_1"]
    assert base.count_params() == 40


class Gate(Layer):
    """An activation inside, which is not the last thing that happens."""

    def __init__(self, **options):
        super().__init__(**options)
        self.activation = Sigmoid()

    def forward(self, x, training=False):
        y, cache = self.activation.forward(x, training)
        return 0.5 * y + 0.25, cache

    def backward(self, dy, cache):
        return self.activation.backward(0.5 * dy, cache)


def test_an_activation_inside_a_layer_is_not_taken_for_its_last_step():
    model = Sequential([Dense(1), Gate()], seed=0)
    model.compile("sgd", "binary_crossentropy")
    t = np.arange(8) % 2
    p = model.predict(X, verbose=0)[:, 0].astype("f8")
    expected = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    assert np.isclose(model.evaluate(X, t, verbose=0), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "frozen",
    [
        lambda inner: Sequential([inner], trainable=False),
        lambda inner: TimeDistributed(inner, trainable=False),
        lambda inner: Residual([inner], trainable=False),
    ],
)
def test_a_container_that_is_frozen_freezes_the_averages_inside(frozen):
    inner = BatchNormalization()
    model = Sequential([frozen(inner), Dense(4)], seed=0)
    model.compile("sgd", "mse")
    x = np.repeat(X[:, None] + 5, 2, axis=1)
    model.fit(x, np.zeros_like(x), verbose=0)
    assert not inner.trainable and not inner.moving_mean.value.any()


def test_what_is_added_to_a_frozen_model_is_frozen():
    model = Sequential([Dense(4)], seed=0)
    model.prepare((4,))
    model.trainable = False
    model.add(Dense(4))
    assert not model.layers[1].trainable


def test_a_frozen_array_stays_frozen_in_a_file(tmp_path):
    model = Sequential([Dense(4)], seed=0)
    model.prepare((4,))
    model.layers[0].W.trainable = False
    model.save(tmp_path / "model.npz")
    assert list(models.load_model(tmp_path / "model.npz").trainable_params()) == ["dense/b"]


def test_a_state_of_another_optimizer_changes_nothing():
    from minidl.models.saving import set_training_state, training_state

    model, other = (Sequential([Dense(4)], seed=seed) for seed in (0, 1))
    for each, optimizer in ((model, Adam()), (other, SGD())):
        each.compile(optimizer, "mse")
        each.train_on_batch(X, Y)
    before = other.get_weights()
    with pytest.raises(ValueError, match="nothing was changed"):
        set_training_state(other, *training_state(model), "backup")
    for was, now in zip(before, other.get_weights()):
        np.testing.assert_array_equal(was, now)


def test_a_model_can_be_copied_and_the_copy_trained_alone():
    model = Sequential([Dense(4)], seed=0)
    model.compile("adam", "mse")
    model.train_on_batch(X, Y)
    twin, before = copy.deepcopy(model), model.get_weights()
    twin.train_on_batch(X, Y)
    assert twin.ops is model.ops
    for was, now, other in zip(before, model.get_weights(), twin.get_weights()):
        np.testing.assert_array_equal(was, now)
        assert (was != other).any()


class Watched(Dense):
    """A layer that counts how often it runs backward."""

    counted = 0

    def backward(self, dy, cache):
        self.counted += 1
        return super().backward(dy, cache)


@pytest.mark.parametrize("nested", [False, True])
def test_training_goes_back_to_the_first_layer_that_is_trained_and_no_further(nested):
    frozen, first, last = Watched(4, trainable=False), Watched(4), Watched(4)
    row = [Sequential([frozen, first]), last] if nested else [frozen, first, last]
    model = Sequential(row, seed=0)
    model.compile(SGD(1e-12), "mse")
    model.train_on_batch(X, Y)
    assert (frozen.counted, first.counted, last.counted) == (0, 1, 1)
    after_a_step = [param.grad.copy() for param in model.trainable_params().values()]
    model.zero_grad()
    y, cache = model.forward(X)
    assert model.backward(2 * (y - Y) / y.size, cache).shape == X.shape
    for gradient, param in zip(after_a_step, model.trainable_params().values(), strict=True):
        np.testing.assert_allclose(param.grad, gradient, atol=1e-7)
    model.trainable = False
    model.compile(SGD(1e-12), "mse")
    assert np.isfinite(model.train_on_batch(X, Y))
