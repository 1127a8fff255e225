"""A loss that becomes NaN or infinite: when, and the first layer that was to blame."""

import warnings

import numpy as np
import pytest

from minidl import Model, Sequential, callbacks, layers, losses
from minidl.layers import Activation, Add, Dense, Dropout, Input, Layer
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


def test_the_layer_whose_output_is_not_finite_is_named():
    model = _row(Root(name="root"))
    with pytest.warns(RuntimeWarning) as told:
        _fit(model)
    assert len(told) == 1
    text = str(told[0].message)
    assert "the loss became nan in epoch 1, batch 1: the output of layer 'root' (Root)" in text
    assert "smaller learning rate" in text and told[0].filename == __file__


def test_the_first_layer_whose_gradient_is_not_finite_is_named():
    behind = Dense(5, name="behind")
    model = _row(Dense(4, name="before"), Poisoned(first=2), behind)
    with pytest.warns(RuntimeWarning, match="epoch 1, batch 3: [Wb] of layer 'before' is not fin"):
        _fit(model)


def test_where_every_output_is_finite_the_loss_is_to_blame():
    class Lost(losses.Loss):
        def each(self, y_true, y_pred, ops):
            return np.full(y_pred.shape[:-1], np.inf), np.zeros_like(y_pred)

    model = _row()
    model.compile(SGD(0.01), Lost())
    with pytest.warns(RuntimeWarning, match="inf in epoch 1, batch 1: the outputs of all layers"):
        model.fit(X, Y, verbose=0)


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
    with pytest.warns(RuntimeWarning, match=f"output of layer {name} "):
        _fit(make())


def test_looking_for_the_layer_changes_nothing():
    ends = []
    for ignored in ("ignore", "warn"):
        model = Sequential(
            [
                Dense(4, input_shape=(3,)),
                layers.BatchNormalization(),
                Dropout(0.5),
                layers.GaussianNoise(0.1),
                Dense(1),
            ],
            seed=0,
        )
        model.compile(SGD(0.01), losses.MeanSquaredError())
        plain = model.loss.each

        def each(t, y, ops, plain=plain, seen=[]):  # noqa: B006
            loss, dy = plain(t, y, ops)
            seen.append(0)
            return loss + (np.inf if len(seen) == 2 else 0), dy

        model.loss.each = each
        with warnings.catch_warnings(record=True) as told, np.errstate(invalid=ignored):
            warnings.simplefilter("always")
            model.fit(X, Y, batch_size=4, epochs=2, verbose=0)
        assert len(told) == (ignored == "warn")
        ends.append(model.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*ends))
    assert np.isfinite(ends[0][0]).all()


def test_errstate_keeps_it_quiet_as_it_does_numpy():
    with np.errstate(invalid="ignore"):
        assert np.isnan(_fit(_row(Root())).history["loss"][0])


def test_terminate_on_nan_says_it_instead(capsys):
    history = _fit(_row(Root(name="root")), callbacks.TerminateOnNaN())
    assert history.epoch == [0]
    said = capsys.readouterr().out
    assert "became nan in batch 1: training stops. The output of layer 'root' (Root) is" in said


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
    with pytest.warns(RuntimeWarning, match=r"became nan in epoch 1, batch 1\. callbacks"):
        model.fit(X, Y, verbose=0)


def test_without_a_layer_that_fails_nothing_is_looked_at(monkeypatch):
    monkeypatch.setattr("minidl.models.diverged.culprit", None)
    _fit(_row(Activation("relu")))
