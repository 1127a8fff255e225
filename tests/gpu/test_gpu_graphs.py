"""A graph with everything in it on the GPU: what it gives on the CPU, and nothing that waits."""

import numpy as np
import pytest
import standin_cupy
from whole_graph import compiled, data, network

from minidl import Model, config, layers, models
from minidl.base.arrays import on_gpu
from minidl.base.structure import mapped

X, Y = data(30)


def _made(backend, **changed):
    config.set_random_seed(5)
    return compiled(network(units=3, dropout=0.3), backend, **changed)


def _close(a, b):
    for p, q in zip(a, b, strict=True):
        assert not on_gpu(p)
        np.testing.assert_allclose(p, q, rtol=2e-4, atol=2e-5)


@pytest.mark.usefixtures("cupy")
def test_training_gives_what_it_gives_on_the_cpu():
    found = []
    for backend in ("numba", "cupy"):
        model = _made(backend)
        history = model.fit(X, Y, batch_size=7, epochs=2, verbose=0, validation_data=(X, Y)).history
        results = model.evaluate(X, Y, batch_size=8, return_dict=True, verbose=0)
        assert set(history) == {*results, *(f"val_{name}" for name in results)}
        assert on_gpu(model.weights[0].value) == (backend == "cupy")
        found.append([*model.get_weights(), *model.predict(X), *history.values()])
        found[-1] += [*results.values(), model.train_on_batch(X, Y), *model.predict_on_batch(X)]
    _close(*found)


@pytest.mark.usefixtures("cupy")
def test_it_goes_into_a_file_there_and_comes_out_here(tmp_path):
    there = _made("cupy")
    there.fit(X, Y, verbose=0)
    there.save(tmp_path / "model.npz")
    here = models.load_model(tmp_path / "model.npz")
    _close(here.predict(X), there.predict(X))
    _close(here.get_weights(), there.get_weights())


@pytest.mark.usefixtures("cupy")
def test_weights_of_samples_and_one_output_alone():
    weights = {"label": np.linspace(0, 1, 30), "size": np.linspace(1, 0, 30)}
    found = []
    for backend in ("numba", "cupy"):
        model = _made(backend, loss={"label": None, "size": "mae"}, metrics=())
        model.fit(X, Y, sample_weight=weights, verbose=0)
        found.append([*model.get_weights(), model.evaluate(X, Y, verbose=0)])
    _close(*found)


def test_a_step_never_waits_for_the_gpu(standin):
    metrics = {"label": ["accuracy"], "size": ["mse"]}
    model = _made("cupy", metrics=metrics)
    model.evaluate(X, Y, verbose=0)  # the first data are looked at
    x = tuple(standin.asarray(X[name]) for name in model.input_names)
    y = tuple(standin.asarray(Y[name]) for name in model.output_names)
    with standin_cupy.counted() as waits:
        for _ in range(2):
            model.train_step((x, y, None))
    assert waits == []
    with standin_cupy.counted() as waits:
        model.fit(X, Y, batch_size=10, verbose=0)
    assert waits == ["float"] * len(model.metrics_names)  # once for each result, at the end


class Meeting(Model):
    """Two inputs, which meet before a softmax; the first batch finds out that it is the last."""

    def __init__(self, activation="softmax", **options):
        super().__init__(**options)
        self.head = layers.Dense(2, activation)
        self.body = layers.Dense(3, "tanh")

    def build(self, shape, rng):
        one, _ = shape
        return self.head.prepare(self.body.prepare(one, self.ops, rng), self.ops, rng)

    def forward(self, x, training=False):
        a, a_cache = self.body.forward(x[0])
        b, b_cache = self.body.forward(x[1])
        y, y_cache = self.head.forward(a - b)
        return y, (a_cache, b_cache, y_cache)

    def backward(self, dy, cache):
        a_cache, b_cache, y_cache = cache
        d = self.head.backward(dy, y_cache)
        return self.body.backward(d, a_cache), self.body.backward(-d, b_cache)


@pytest.mark.usefixtures("cupy")
def test_a_class_of_yours_answers_and_learns_there():
    x = X["one"][:, 0], X["two"][:, 0]
    found = []
    for backend in ("numba", "cupy"):
        config.set_random_seed(5)
        model = Meeting()
        model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"], backend=backend)
        history = model.fit(x, Y["label"], batch_size=7, epochs=3, verbose=0).history
        assert all(on_gpu(t.value) == (backend == "cupy") for t in model.weights)
        found.append([*model.get_weights(), model.predict(x), *history.values()])
    _close(*found)
    assert isinstance(mapped(np.asarray, model.predict(x)), np.ndarray)
