"""Whole models on a GPU, pretended by `standin_cupy`: results, transfers, errors."""

import sys

import numpy as np
import pytest
import standin_cupy

from minidl import Sequential, callbacks, kernels, layers, models, optimizers
from minidl.kernels.cuda import Program

pytestmark = pytest.mark.usefixtures("cupy")


CNN = [
    layers.Conv2D(4, 3, padding="same", activation="relu"),
    layers.BatchNormalization(),
    layers.MaxPooling2D(),
    layers.Residual([layers.Conv2D(4, 3, padding="same")]),
    layers.DepthwiseConv2D(3),
    layers.GlobalAveragePooling2D(),
    layers.Dropout(0.3),
]
ROWS = {
    "mlp": ([layers.Flatten(), layers.Dense(5, "relu"), layers.Dropout(0.5)], (3, 4)),
    "cnn": (CNN, (8, 9, 2)),
    "augmented": (
        [
            layers.RandomTranslation(0.2, 0.2),
            layers.UpSampling2D(2, interpolation="bilinear"),
            layers.Conv2D(2, 3),
            layers.AveragePooling2D(),
            layers.Flatten(),
        ],
        (6, 5, 1),
    ),
    "lstm": ([layers.LSTM(4, return_sequences=True, dropout=0.2), layers.LSTM(3)], (5, 2)),
    "gru": ([layers.Bidirectional(layers.GRU(3, recurrent_dropout=0.3))], (5, 2)),
    "rnn": ([layers.SimpleRNN(3), layers.LayerNormalization()], (5, 2)),
}


def _model(row, shape, optimizer, backend, **options):
    model = Sequential([models.from_data(models.to_data(layer)) for layer in row], seed=1)
    model.add(layers.Dense(3, "softmax", kernel_regularizer="l2"))
    model.compile(
        optimizer, "sparse_categorical_crossentropy", ["accuracy"], backend=backend, **options
    )
    model.prepare(shape)
    return model


def _data(shape, N=24):
    rng = np.random.default_rng(0)
    return rng.standard_normal((N, *shape), np.float32), rng.integers(0, 3, N)


@pytest.mark.parametrize("name", ROWS)
def test_training_gives_what_it_gives_on_the_cpu(name):
    row, shape = ROWS[name]
    x, y = _data(shape)
    found = {}
    for backend in ("numba", "cupy"):
        adam = optimizers.Adam(0.01, global_clipnorm=1.0, weight_decay=0.01)
        model = _model(row, shape, adam, backend)
        history = model.fit(x, y, batch_size=7, epochs=2, verbose=0, validation_split=0.2)
        found[backend] = [*model.get_weights(), model.predict(x), *history.history.values()]
    for a, b in zip(*found.values(), strict=True):
        assert not isinstance(a, standin_cupy.ndarray)
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "adagrad"])
def test_a_step_never_waits_for_the_gpu(name, optimizer):
    row, shape = ROWS[name]
    model = _model(row, shape, optimizer, "cupy")
    x, y = map(sys.modules["cupy"].asarray, _data(shape))
    with standin_cupy.counted() as waits:
        for _ in range(2):
            model._train_step(x, y, None)
    assert waits == []


def test_an_epoch_waits_once_for_each_result():
    row, shape = ROWS["mlp"]
    model = _model(row, shape, "sgd", "cupy")
    with standin_cupy.counted() as waits:
        model.fit(*_data(shape), batch_size=4, verbose=0)
    assert waits == ["float", "float"]  # loss and accuracy, at the end


@pytest.mark.parametrize("name", ["cnn", "lstm"])
def test_files_and_weights_go_from_one_backend_to_the_other(name, tmp_path):
    row, shape = ROWS[name]
    x, y = _data(shape)
    first = _model(row, shape, "adam", "cupy")
    first.fit(x, y, verbose=0)
    first.save(tmp_path / "model.npz")
    on_cpu_now = models.load_model(tmp_path / "model.npz")
    np.testing.assert_allclose(on_cpu_now.predict(x), first.predict(x), rtol=1e-4, atol=1e-5)
    on_cpu_now.fit(x, y, verbose=0)
    on_cpu_now.save_weights(tmp_path / "weights.npz")
    first.load_weights(tmp_path / "weights.npz")
    np.testing.assert_allclose(on_cpu_now.predict(x), first.predict(x), rtol=1e-4, atol=1e-5)
    assert all(isinstance(w, np.ndarray) for w in first.get_weights())
    first.set_weights(on_cpu_now.get_weights())


def test_a_model_moves_there_and_back_in_the_middle_of_training():
    row, shape = ROWS["cnn"]
    x, y = _data(shape)
    model = _model(row, shape, "adam", "numba")
    model.fit(x, y, verbose=0)
    before = model.predict(x)
    assert model.to_device() is model
    assert all(isinstance(t.value, standin_cupy.ndarray) for t in model.weights)
    np.testing.assert_allclose(model.predict(x), before, rtol=1e-4, atol=1e-5)
    model.fit(x, y, verbose=0)  # the optimizer's state follows
    model.to_numpy().fit(x, y, verbose=0)
    assert all(isinstance(t.value, np.ndarray) for t in model.weights)


def test_what_a_stateful_layer_remembers_moves_with_it():
    model = Sequential([layers.GRU(3, stateful=True), layers.Dense(1)], seed=0)
    model.compile("sgd", "mse", backend="cupy")
    x, _ = _data((5, 2), N=4)
    first = model.predict(x)
    there = model.predict(x)
    model.reset_states()
    np.testing.assert_allclose(model.predict(x), first, rtol=1e-6)
    np.testing.assert_allclose(model.to_numpy().predict(x), there, rtol=1e-4, atol=1e-5)


def test_the_best_weights_of_early_stopping_can_be_kept_in_a_file():
    row, shape = ROWS["mlp"]
    model = _model(row, shape, "sgd", "cupy")
    stop = callbacks.EarlyStopping("loss", restore_best_weights=True)
    model.fit(*_data(shape), verbose=0, callbacks=stop)
    weights = [v for k, v in stop.get_state().items() if k.startswith("weights/")]
    assert weights and all(isinstance(value, np.ndarray) for value in weights)


def test_the_gpu_s_memory_ends(monkeypatch):
    row, shape = ROWS["mlp"]
    model = _model(row, shape, "sgd", "cupy")

    def no_room(*args):
        raise standin_cupy.OutOfMemoryError("Out of memory allocating 8,589,934,592 bytes")

    monkeypatch.setattr(model, "_train_step", no_room)
    with pytest.raises(MemoryError, match=r"8,589,934,592 bytes. Of 8.0 GiB there are 1.0 free.*"):
        model.fit(*_data(shape), verbose=0)


def test_main_memory_that_ends_is_not_called_the_gpu_s(monkeypatch):
    row, shape = ROWS["mlp"]
    model = _model(row, shape, "sgd", "cupy")

    def no_room(*args):
        raise MemoryError("Unable to allocate 1.00 EiB")

    monkeypatch.setattr(model, "_train_step", no_room)
    with pytest.raises(MemoryError) as raised:
        model.fit(*_data(shape), verbose=0)
    assert "GPU" not in str(raised.value)


ADD = Program("""
extern "C" __global__ void add(T* y, const T* x, Long n) {
    Long i = thread_index();
    if (i < n) y[i] += x[i];
}
""")


def test_arrays_in_two_memories_are_refused(cupy):
    here, there = np.zeros(3), cupy.asarray(np.zeros(3))
    with pytest.raises(TypeError, match=r"'x' of kernel 'add' is in main memory, and 'y' in the m"):
        ADD.for_each("add", 3, there, here)
    other = standin_cupy.ndarray(np.zeros(3), device=1)
    with pytest.raises(TypeError, match="memory of <CUDA Device 1>, and 'y' in the memory of <CUD"):
        ADD.for_each("add", 3, there, other)


def test_cupy_without_a_device_says_so(cupy):
    cupy.is_available = lambda: False
    assert kernels.backends()["cupy"] == "cupy is installed, but no CUDA device was found"
    with pytest.raises(RuntimeError, match="no CUDA device was found"):
        Sequential([layers.Dense(1)]).compile("sgd", "mse", backend="cupy")


def test_the_stand_in_is_as_strict_as_cupy(cupy):
    there = cupy.asarray(np.ones(3))
    for mix in (lambda: there + np.ones(3), lambda: np.concatenate([there, np.ones(3)])):
        with pytest.raises(TypeError, match="Unsupported type"):
            mix()
    with pytest.raises(TypeError, match="Implicit conversion"):
        np.asarray(there)


def test_tokens_are_looked_at_before_they_move():
    model = Sequential([layers.Embedding(5, 2), layers.GRU(3), layers.Dense(3, "softmax")], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy", backend="cupy")
    x, y = np.array([[1, 4, 0], [2, 2, 3]]), np.array([0, 2])
    with standin_cupy.counted() as waits:
        model.fit(x, y, verbose=0)
    assert waits == ["float"]
    for call in (lambda bad: model.fit(bad, y, verbose=0), model.predict):
        with pytest.raises(ValueError, match="whole numbers from 0 to 4; got 5"):
            call(x + 1)
