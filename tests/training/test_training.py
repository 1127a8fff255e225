"""Sequential as a model: steps, fit, seeds, fused losses, freezing, callbacks."""

import numpy as np
import pytest

import minidl
from minidl import Sequential, callbacks, datasets, layers, losses, optimizers
from minidl.layers import Dense

X = np.random.default_rng(0).standard_normal((40, 3)).astype("f4")
Y = (X.sum(axis=1) > 0).astype("i8")


def _classifier(**options):
    return Sequential([Dense(8, "tanh"), Dense(2, "softmax")], seed=0, **options)


def _compiled(**options):
    model = _classifier()
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizers.SGD(0.5), loss, metrics=["accuracy"], **options)
    return model


def test_one_step_by_hand():
    model = Sequential([Dense(1, use_bias=False, input_shape=(2,))])
    model.compile(optimizers.SGD(0.1), "mse")
    model.set_weights([np.array([[1.0], [2.0]])])
    # y = 1*3 + 2*4 = 11, target 10: loss 1, dW = 2 (11 - 10) x = (6, 8)
    assert model.train_on_batch([[3, 4]], [10]) == 1.0
    np.testing.assert_allclose(model.get_weights()[0], [[0.4], [1.2]], rtol=1e-6)


def test_fit_learns_and_its_history_adds_up(backend):
    model = _compiled(backend=backend)
    history = model.fit(X, Y, epochs=12, batch_size=7, validation_data=(X, Y), verbose=0)
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert history.epoch == list(range(12))
    assert history.history["loss"][-1] < 0.5 * history.history["loss"][0]
    loss, accuracy = model.evaluate(X, Y)
    assert history.history["val_loss"][-1] == pytest.approx(loss, rel=1e-6)
    assert history.history["val_accuracy"][-1] == accuracy >= 0.9
    by_hand = -np.log(model.predict(X)[np.arange(40), Y]).mean()
    assert loss == pytest.approx(by_hand, rel=1e-5)
    assert model.evaluate(X, Y, return_dict=True) == {"loss": loss, "accuracy": accuracy}


def test_both_cpu_backends_train_alike():
    runs = []
    for name in ("numpy", "numba"):
        model = _compiled(backend=name)
        assert model.ops.backend == name
        history = model.fit(X, Y, epochs=5, verbose=0)
        assert all(layer.ops.backend == name for layer in model.layers)
        runs.append((history.history["loss"], model.predict(X)))
    np.testing.assert_allclose(runs[0][0], runs[1][0], rtol=1e-5)
    np.testing.assert_allclose(runs[0][1], runs[1][1], rtol=1e-4)


def test_the_same_seed_gives_the_same_run_and_another_gives_another():
    def run(seed):
        model = Sequential([Dense(4, "relu"), Dense(2, "softmax")], seed=seed)
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model.fit(X, Y, epochs=3, verbose=0).history["loss"], model.predict(X)

    (losses_1, y_1), (losses_2, y_2), (losses_3, _) = run(1), run(1), run(2)
    assert losses_1 == losses_2 and np.array_equal(y_1, y_2)
    assert losses_1 != losses_3


def test_the_process_seed_makes_runs_repeatable_too():
    def run():
        minidl.utils.set_random_seed(5)
        model = Sequential([Dense(4), Dense(1)])
        model.compile("sgd", "mse")
        return model.fit(X, Y, epochs=2, verbose=0).history["loss"]

    assert run() == run()


@pytest.mark.parametrize(
    ("last", "loss", "y"),
    [
        ("softmax", "sparse_categorical_crossentropy", Y),
        ("softmax", "categorical_crossentropy", minidl.utils.to_categorical(Y)),
        ("sigmoid", "binary_crossentropy", minidl.utils.to_categorical(Y)),
    ],
)
@pytest.mark.parametrize("separate_layer", [False, True])
def test_a_final_activation_is_fused_with_its_loss(last, loss, y, separate_layer, backend):
    head = [Dense(2), layers.Activation(last)] if separate_layer else [Dense(2, last)]
    model = Sequential([Dense(3, input_shape=(3,)), *head], seed=0)
    model.compile(optimizers.SGD(0.1), loss, metrics=["accuracy"])
    huge = (1000 / np.abs(X).min(axis=1, keepdims=True)) * X
    for _ in range(2):
        assert np.isfinite(model.train_on_batch(huge, y)).all()
    assert all(np.isfinite(w).all() for w in model.get_weights())
    p = model.predict(huge)
    assert ((p >= 0) & (p <= 1)).all()  # predict still ends in the activation


class Mild(layers.Softmax):
    """A softmax at the temperature 5, which is another function than its base class."""

    def forward(self, x, training=False):
        return super().forward(x / 5)

    def backward(self, dy, cache):
        return super().backward(dy, cache) / 5


def test_a_subclass_of_the_activation_is_not_fused():
    model = Sequential([Dense(2, Mild(), input_shape=(3,))], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    value, _ = losses.SparseCategoricalCrossentropy()(Y, model.predict(X))
    assert model.evaluate(X, Y) == pytest.approx(value, rel=1e-6)


def test_fused_training_takes_the_same_step_as_separate_training():
    steps = []
    for loss in ("sparse_categorical_crossentropy", losses.SparseCategoricalCrossentropy()):
        model = _classifier(input_shape=(3,))
        model.compile(optimizers.SGD(0.1), loss)
        if not isinstance(loss, str):
            loss.absorbs = lambda activation: False
        before = model.train_on_batch(X, Y)
        steps.append((before, model.get_weights()))
    assert steps[0][0] == pytest.approx(steps[1][0], rel=1e-5)
    for a, b in zip(steps[0][1], steps[1][1]):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_metrics_see_probabilities_even_where_the_loss_sees_logits():
    model = Sequential([Dense(1, "sigmoid", input_shape=(1,))])
    model.compile("sgd", "binary_crossentropy", ["accuracy"])
    model.set_weights([np.ones((1, 1)), np.zeros(1)])
    # a logit of 0.3 is a probability of 0.57: class 1, though 0.3 < 0.5
    assert model.evaluate([[0.3], [-0.3]], [1, 0])[1] == 1.0


def test_a_frozen_layer_keeps_its_weights_and_passes_gradients_on():
    model = _compiled()
    model.predict(X)
    model.layers[1].trainable = False
    with pytest.raises(RuntimeError, match=r"changed since.*dense_1/W, dense_1/b: call compile"):
        model.fit(X, Y, verbose=0)
    model.compile(model.optimizer, model.loss)
    first, last = (layer.W.value.copy() for layer in model.layers)
    model.fit(X, Y, epochs=2, verbose=0)
    assert not np.array_equal(model.layers[0].W.value, first)
    assert np.array_equal(model.layers[1].W.value, last)


def test_validation_split_takes_the_end_and_trains_on_the_rest():
    model = _compiled()
    y = Y.copy()
    y[30:] = 1 - y[30:]  # the held-out quarter is wrong on purpose
    history = model.fit(X, y, epochs=30, validation_split=0.25, verbose=0).history
    assert history["accuracy"][-1] > 0.9 and history["val_accuracy"][-1] < 0.4


@pytest.mark.parametrize("held", [{"validation_split": 0.25}, {"validation_data": (X, Y)}, {}])
def test_fit_looks_at_its_labels_once(held):
    class Watch(losses.SparseCategoricalCrossentropy):
        seen = ()

        def check(self, y_true, shape):
            self.seen += (len(y_true),)
            return super().check(y_true, shape)

    model, loss = _classifier(), Watch()
    model.compile("sgd", loss)
    model.fit(X, Y, batch_size=7, verbose=0, **held)
    whole = [n for n in loss.seen if n > 7]  # the others are batches
    assert whole == [len(X)] * (1 + ("validation_data" in held))


def test_shuffle_false_keeps_the_order():
    class Watch(Dense):
        seen = ()

        def forward(self, x, training=False):
            self.seen += tuple(x[:, 0])
            return super().forward(x, training)

    for shuffle in (False, True):
        layer = Watch(1)
        model = Sequential([layer])
        model.compile("sgd", "mse")
        model.fit(np.arange(9.0)[:, None] / 9, np.zeros(9), 4, shuffle=shuffle, verbose=0)
        ordered = list(layer.seen) == sorted(layer.seen)
        assert len(set(layer.seen)) == 9 and ordered == (not shuffle)


def test_callbacks_are_called_at_their_moments():
    calls = []

    class Record(callbacks.Callback):
        def __getattribute__(self, name):
            if name.startswith("on_") and not name.startswith("on_batch"):
                calls.append(name)
            return super().__getattribute__(name)

        def on_epoch_end(self, epoch, logs):
            assert set(logs) == {"loss", "accuracy"} and self.model.built
            self.model.stop_training = epoch == 1

    history = _compiled().fit(X, Y, batch_size=20, epochs=9, callbacks=[Record()], verbose=0)
    batches = 2 * ["on_train_batch_begin", "on_train_batch_end"]
    epoch = ["on_epoch_begin", *batches, "on_epoch_end"]
    assert calls == ["on_train_begin", *epoch, *epoch, "on_train_end"]
    assert history.epoch == [0, 1]


def test_predict_does_not_depend_on_the_batch_size():
    model = _compiled()
    assert model.predict(X, batch_size=7).shape == (40, 2)
    np.testing.assert_allclose(model.predict(X, batch_size=7), model.predict(X, 40), rtol=1e-5)


def test_spirals_are_learned_by_a_hidden_layer():
    x, y = datasets.spirals(300, classes=3, noise=0.05, seed=0)
    model = Sequential([Dense(64, "relu"), Dense(3, "softmax")], seed=0)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizers.SGD(0.5, 0.9), loss, metrics=["accuracy"])
    model.fit(x, y, epochs=60, verbose=0)
    assert model.evaluate(x, y)[1] > 0.95
