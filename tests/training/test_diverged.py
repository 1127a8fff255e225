"""A loss that becomes NaN or infinite: when, and the first layer that was to blame."""

import numpy as np
import pytest

from minidl import Model, Sequential, callbacks, layers
from minidl.inspection import first_not_finite
from minidl.layers import Add, Dense, Dropout, Input, Layer
from minidl.optimizers import SGD

X = np.random.default_rng(0).standard_normal((12, 3)).astype("f4")
Y = X.sum(axis=1, keepdims=True)


class Root(Layer):
    """Wrong for what is negative, and its gradient at 0."""

    def forward(self, x, training=False):
        with np.errstate(all="ignore", over="raise"):
            return np.sqrt(x), x

    def backward(self, dy, cache):
        with np.errstate(divide="ignore", invalid="ignore", over="raise"):
            result = dy / (2 * np.sqrt(cache))
        return result


class Poisoned(Layer):
    """Gives NaN as its gradient, from the backward pass with this number on."""

    def __init__(self, first=1, **options):
        super().__init__(**options)
        self.first, self.passes = first, 0

    def forward(self, x, training=False):
        return x, None

    def backward(self, dy, cache):
        self.passes += 1
        return dy if self.passes < self.first else np.full_like(dy, np.nan)


def _fit(model, *watching, epochs=2, x=X, y=Y, **options):
    model.compile(SGD(0.01), "mse")
    given = {"batch_size": 4, "verbose": 0, "shuffle": False} | options
    return model.fit(x, y, epochs=epochs, callbacks=list(watching), **given)


def _row(*inside):
    return Sequential([Dense(4, input_shape=(3,)), *inside, Dense(1)], seed=0)


def test_the_line_that_called_fit_is_warned_once():
    with pytest.warns(RuntimeWarning) as told:
        _fit(_row(Root(name="root")))
    assert len(told) == 1
    assert "the loss became nan in epoch 1, batch 1. inspection." in str(told[0].message)
    assert told[0].filename == __file__


def test_the_first_layer_whose_gradient_was_not_finite_is_named():
    behind = Dense(5, name="behind")
    model = _row(Dense(4, name="before"), Poisoned(first=3), behind)
    _fit(model, epochs=1)  # in the last of three steps
    assert "of layer 'before' is not finite: its gradient" in first_not_finite(model, X)


def test_where_all_is_finite_nothing_is_named():
    assert first_not_finite(_row(), X) is None


class Own(Model):
    def __init__(self):
        super().__init__()
        self.first, self.root, self.last = Dense(4), Root(), Dense(1)

    def build(self, shape, rng):
        for layer in (self.first, self.root, self.last):
            shape = layer.prepare(shape, self.ops, rng)
        return shape

    def forward(self, x, training=False):
        caches = []
        for layer in (self.first, self.root, self.last):
            x, cache = layer.forward(x, training)
            caches.append(cache)
        return x, caches

    def backward(self, dy, caches):
        for layer, cache in zip((self.last, self.root, self.first), reversed(caches)):
            dy = layer.backward(dy, cache)
        return dy


def _graph():
    x = Input((3,))
    left, right = Dense(4, name="left")(x), Dense(4, name="right")(x)
    return Model(x, Dense(1)(Add()([left, Root(name="root")(right)])))


def _block():
    return _row(Sequential([Root()], name="block"))


@pytest.mark.parametrize(
    ("make", "name"), [(_graph, "'root'"), (Own, "'root'"), (_block, "'block/root'")]
)
def test_graphs_and_models_of_a_reader_s_own(make, name):
    model = make()
    model.prepare((3,))
    found = first_not_finite(model, X)
    assert found.startswith(f"the output of layer {name} (Root) is the first"), found


def test_looking_for_the_layer_changes_nothing():
    inside = layers.BatchNormalization(), Dropout(0.5), layers.GaussianNoise(0.1)
    model = _row(*inside)
    before = model.get_weights(), [layer.rng.bit_generator.state for layer in model.layers]
    assert first_not_finite(model, X) is None
    after = model.get_weights(), [layer.rng.bit_generator.state for layer in model.layers]
    assert all(map(np.array_equal, before[0], after[0])) and before[1] == after[1]


def test_errstate_keeps_it_quiet_as_it_does_numpy():
    with np.errstate(invalid="ignore"):
        assert np.isnan(_fit(_row(Root())).history["loss"][0])


def test_terminate_on_nan_says_it_instead(capsys):
    history = _fit(_row(Root(name="root")), callbacks.TerminateOnNaN())
    assert history.epoch == [0]
    said = capsys.readouterr().out
    assert said == "The loss became nan in batch 1: training stops.\n"


def test_a_validation_that_is_lost_is_told():
    class Late(Layer):
        def forward(self, x, training=False):
            return (x if training else np.full_like(x, 1e30)), None

        def backward(self, dy, cache):
            return dy

    told = pytest.warns(RuntimeWarning, match="the val_loss became inf in epoch 1")
    with told, np.errstate(over="ignore"):
        _fit(_row(Late()), validation_data=(X, Y))


def test_a_step_of_a_reader_s_own_names_the_batch():
    class Mine(Sequential):
        def train_step(self, data):
            return {"loss": float("nan")}

    model = Mine([Dense(1, input_shape=(3,))])
    model.compile(SGD(0.01))
    with pytest.warns(RuntimeWarning, match="became nan in epoch 1, batch 1"):
        model.fit(X, Y, verbose=0)
