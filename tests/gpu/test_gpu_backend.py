"""Whole models with CuPy, its stand-in and itself: results, transfers, errors."""

import numpy as np
import pytest
from gpu_rows import ROWS, data, make

from minidl import Sequential, callbacks, kernels, layers, models, optimizers
from minidl.base.arrays import on_gpu, to_numpy

pytestmark = pytest.mark.usefixtures("cupy")


@pytest.mark.parametrize("name", ROWS)
def test_training_gives_what_it_gives_on_the_cpu(name):
    row, shape = ROWS[name]
    x, y = data(shape)
    found = {}
    for backend in ("numba", "cupy"):
        adam = optimizers.Adam(0.01, global_clipnorm=1.0, weight_decay=0.01)
        model = make(row, shape, adam, backend)
        history = model.fit(x, y, batch_size=7, epochs=2, verbose=0, validation_split=0.2)
        found[backend] = [*model.get_weights(), model.predict(x), *history.history.values()]
    for a, b in zip(*found.values(), strict=True):
        assert not on_gpu(a)
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", ["cnn", "lstm"])
def test_files_and_weights_go_from_one_backend_to_the_other(name, tmp_path):
    row, shape = ROWS[name]
    x, y = data(shape)
    first = make(row, shape, "adam", "cupy")
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
    x, y = data(shape)
    model = make(row, shape, "adam", "numba")
    model.fit(x, y, verbose=0)
    before = model.predict(x)
    model.use(kernels.load("cupy"))
    assert all(on_gpu(t.value) for t in model.weights)
    np.testing.assert_allclose(model.predict(x), before, rtol=1e-4, atol=1e-5)
    model.fit(x, y, verbose=0)  # the optimizer's state follows
    model.use(kernels.load("numba"))
    model.fit(x, y, verbose=0)
    assert all(isinstance(t.value, np.ndarray) for t in model.weights)


def test_what_a_stateful_layer_remembers_moves_with_it():
    model = Sequential([layers.GRU(3, stateful=True), layers.Dense(1)], seed=0)
    model.compile("sgd", "mse", backend="cupy")
    x, _ = data((5, 2), N=4)
    first = model.predict(x)
    there = model.predict(x)
    model.reset_states()
    np.testing.assert_allclose(model.predict(x), first, rtol=1e-6)
    model.use(kernels.load("numba"))
    np.testing.assert_allclose(model.predict(x), there, rtol=1e-4, atol=1e-5)


def test_the_best_weights_of_early_stopping_can_be_kept_in_a_file():
    row, shape = ROWS["mlp"]
    model = make(row, shape, "sgd", "cupy")
    stop = callbacks.EarlyStopping("loss", restore_best_weights=True)
    model.fit(*data(shape), verbose=0, callbacks=stop)
    weights = [v for k, v in stop.get_state().items() if k.startswith("weights/")]
    assert weights and all(isinstance(value, np.ndarray) for value in weights)


def test_the_gpu_s_memory_ends(cupy, monkeypatch):
    row, shape = ROWS["mlp"]
    model = make(row, shape, "sgd", "cupy")
    monkeypatch.setattr(model, "train_step", lambda *args: cupy.empty(2**50))
    wanted = r"fit: the GPU's memory .*9,007,199,254,740,992 bytes.*Of [\d.]+ GiB there are .* free"
    with pytest.raises(MemoryError, match=wanted):
        model.fit(*data(shape), verbose=0)


def test_main_memory_that_ends_is_not_called_the_gpu_s(monkeypatch):
    row, shape = ROWS["mlp"]
    model = make(row, shape, "sgd", "cupy")

    def no_room(*args):
        raise MemoryError("Unable to allocate 1.00 EiB")

    monkeypatch.setattr(model, "train_step", no_room)
    with pytest.raises(MemoryError) as raised:
        model.fit(*data(shape), verbose=0)
    assert "GPU" not in str(raised.value)


def test_tokens_are_looked_at_before_they_move():
    model = Sequential([layers.Embedding(5, 2), layers.GRU(3), layers.Dense(3, "softmax")], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy", backend="cupy")
    x, y = np.array([[1, 4, 0], [2, 2, 3]]), np.array([0, 2])
    for call in (lambda bad: model.fit(bad, y, verbose=0), model.predict):
        with pytest.raises(ValueError, match="whole numbers from 0 to 4; got 5"):
            call(x + 1)


def test_a_token_without_a_row_gives_nan_where_nobody_looks():
    """Here the layer before hides the tokens; other memory than W's must not be read."""
    V = 5
    row = [layers.Reshape((2,)), layers.Embedding(V, 2), layers.Flatten(), layers.Dense(1)]
    model = Sequential(row, seed=0)
    model.compile("sgd", "mse", backend="cupy")
    x = np.array([[0, 1], [1, V], [-1, 1], [4, 4]])[..., None]
    assert np.isnan(model.predict(x)[:, 0]).tolist() == [False, True, True, False]


def test_a_token_without_a_row_counts_for_no_row(cupy):
    rng, V = np.random.default_rng(0), 4
    tokens = np.array([2, -1, 0, V, 3, 2**40])
    dy, within = rng.standard_normal((6, 3)), (tokens >= 0) & (tokens < V)
    expected = np.zeros((V, 3))
    np.add.at(expected, tokens[within], dy[within])
    found = kernels.load("cupy").embedding.backward(cupy.asarray(dy), cupy.asarray(tokens), V)
    np.testing.assert_allclose(to_numpy(found), expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [">f4", ">i4", "longdouble", "float16", "uint8", "bool"])
def test_data_of_any_type_that_the_cpu_takes(dtype):
    row, shape = ROWS["mlp"]
    x, y = (10 * data(shape)[0]).astype(dtype), data(shape)[1].astype(">i8")
    found = []
    for backend in ("numba", "cupy"):
        model = make(row, shape, "sgd", backend)
        model.fit(x, y, batch_size=7, verbose=0)
        found.append(model.predict(x))
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("form", ["sparse", "dense"])
def test_a_kernel_with_nothing_to_do_is_not_started(form, cupy):
    """CuPy would start one block, which would read and write where no array is."""
    z = cupy.asarray(np.zeros((0, 4)))
    target = cupy.asarray(np.zeros(0, int)) if form == "sparse" else z
    loss, dz = getattr(kernels.load("cupy").softmax_xent, form)(z, target)
    assert loss.shape == (0,) and dz.shape == (0, 4)


def test_arrays_of_two_libraries_do_not_mix(cupy):
    """The stand-in is as strict as CuPy."""
    there = cupy.asarray(np.ones(3))
    for mix in (lambda: there + np.ones(3), lambda: np.concatenate([there, np.ones(3)])):
        with pytest.raises(TypeError, match=r"Unsupported type|Only cupy arrays"):
            mix()
    with pytest.raises(TypeError, match="Implicit conversion"):
        np.asarray(there)


def test_outputs_that_are_the_inputs_survive_the_next_batches():
    model = Sequential([layers.Flatten(), layers.Dropout(0.5)])
    model.compile("sgd", "mse", backend="cupy")
    x = np.arange(20, dtype="f4").reshape(10, 2)
    np.testing.assert_array_equal(model.predict(x, batch_size=2, verbose=0), x)
