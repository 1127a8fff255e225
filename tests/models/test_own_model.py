"""A model that is no row: a class with a forward and a backward of its own has all a model has."""

import numpy as np
import pytest

from minidl import Input, Model, callbacks, layers, models
from minidl.layers import Dense

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 5)).astype("f4")
Y = (X[:, 0] > 0).astype(int)


class Gated(Model):
    """y = head(body(x) * gate(x)): two paths that meet."""

    def __init__(self, units, activation="softmax", penalty=None, **options):
        super().__init__(**options)
        self.gate = Dense(units, "sigmoid")
        self.body = Dense(units, "tanh", activity_regularizer=penalty)
        self.head = Dense(2, activation)

    def build(self, shape, rng):
        for layer in (self.gate, self.body):
            inner = layer.prepare(shape, self.ops, rng)
        return self.head.prepare(inner, self.ops, rng)

    def forward(self, x, training=False):
        a, a_cache = self.gate.forward(x)
        b, b_cache = self.body.forward(x)
        y, y_cache = self.head.forward(a * b)
        return y, (a, b, a_cache, b_cache, y_cache)

    def backward(self, dy, cache):
        a, b, a_cache, b_cache, y_cache = cache
        d = self.head.backward(dy, y_cache)
        return self.gate.backward(d * b, a_cache) + self.body.backward(d * a, b_cache)


class Saturated(Gated):
    """The second of two classes is certain."""

    def build(self, shape, rng):
        y_shape = super().build(shape, rng)
        self.head.W.value *= 0
        self.head.b.value[1] = 1000
        return y_shape


def _compiled(model=None):
    model = model or Gated(6)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_it_is_saved_whole_and_goes_on_from_there(tmp_path):
    model = _compiled()
    model.fit(X, Y, epochs=2, verbose=0)
    model.save(tmp_path / "gated.npz")
    loaded = models.load_model(tmp_path / "gated.npz")
    assert type(loaded) is Gated and np.array_equal(loaded.predict(X), model.predict(X))
    assert loaded.train_on_batch(X, Y) == model.train_on_batch(X, Y)
    model.save_weights(tmp_path / "weights.npz")
    other = Gated(6)
    other.predict(X)
    other.load_weights(tmp_path / "weights.npz")
    assert np.array_equal(other.predict(X), model.predict(X))


def test_checkpoints_backups_and_early_stopping_work(tmp_path):
    path = tmp_path / "best.npz"
    watching = [
        callbacks.ModelCheckpoint(path, "loss", save_best_only=True),
        callbacks.BackupAndRestore(tmp_path / "backup"),
        callbacks.EarlyStopping("loss", patience=0, restore_best_weights=True),
    ]
    _compiled().fit(X, Y, epochs=3, callbacks=watching, verbose=0)
    assert type(models.load_model(path)) is Gated


def test_its_layers_and_its_table():
    model = _compiled()
    model.predict(X)
    assert model.get_layer("body") is model.body and model.layers[-1] is model.head
    with pytest.raises(ValueError, match="no layer 'tail'; this model has gate, body, head"):
        model.get_layer("tail")
    lines = []
    model.summary(print_fn=lines.append)
    assert sum("Dense" in line for line in lines) == 3 and "Total params: 86" in lines[-3]


def test_attributes_that_change_while_it_trains_count_at_once():
    class Stretched(Gated):
        scale = 1.0

        def forward(self, x, training=False):
            return super().forward(x * self.scale, training)

        def backward(self, dy, cache):
            return super().backward(dy, cache) * self.scale

    model = _compiled(Stretched(4))
    first = model.evaluate(X, Y, verbose=0)[0]
    model.scale = 0.0
    assert model.evaluate(X, Y, verbose=0)[0] == pytest.approx(np.log(2), rel=1e-5) != first


def test_the_penalty_of_a_layer_inside_is_found_without_a_word():
    model = Gated(6, penalty="l2")
    model.compile("sgd", "sparse_categorical_crossentropy")
    plain = Gated(6)
    plain.compile("sgd", "sparse_categorical_crossentropy")
    plain.predict(X)
    model.predict(X)
    plain.set_weights(model.get_weights())
    b, _ = model.body.forward(X)
    expected = 0.01 * (b**2).sum() / len(X)
    assert expected > 1e-3
    found = model.evaluate(X, Y, verbose=0) - plain.evaluate(X, Y, verbose=0)
    assert found == pytest.approx(expected, rel=1e-3)


def test_it_stands_in_rows_and_graphs():
    model = Gated(4)
    x = Input((5,))
    graph = Model(x, Dense(1)(model(x)))
    row = models.Sequential([model, graph.layers[-1]])
    assert np.array_equal(graph.predict(X), row.predict(X))


class Narrow(layers.Layer):
    """A backward that forgets the axis of the batch."""

    wrong = staticmethod(lambda dy: dy[0])

    def __init__(self, **options):
        super().__init__(**options)

    def forward(self, x, training=False):
        return x, None

    def backward(self, dy, _):
        return self.wrong(dy)


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (lambda dy: dy[0], r"shape \(4,\)"),
        (lambda dy: dy.T, r"shape \(4, 40\)"),
        (lambda dy: (dy, dy), r"shape \(\(40, 4\), \(40, 4\)\)"),
        (lambda dy: None, "None"),
    ],
)
@pytest.mark.parametrize("where", ["row", "graph", "residual"])
def test_a_gradient_of_another_shape_is_refused_before_it_does_harm(wrong, got, where):
    mine = Narrow(name="mine")
    mine.wrong = wrong
    x = Input((5,))
    model = {
        "row": lambda: models.Sequential([Dense(4, "relu"), mine, Dense(2)]),
        "graph": lambda: Model(x, Dense(2)(mine(Dense(4, "relu")(x)))),
        "residual": lambda: models.Sequential(
            [Dense(4, "relu"), layers.Residual([mine]), Dense(2)]
        ),
    }[where]()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=rf"'mine' \(Narrow\) returned.*{got}.*had \(40, 4\)"):
        model.train_on_batch(X, np.zeros((40, 2)))
