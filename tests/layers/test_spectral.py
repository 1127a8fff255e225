"""Spectral normalization: the largest singular value, and what a wrapped layer still can do."""

import numpy as np
import pytest

from minidl import Input, Sequential, models
from minidl.layers import LSTM, Conv2D, Dense, Dot, Embedding, Flatten, ReLU, SpectralNormalization

RNG = np.random.default_rng(0)
X = RNG.standard_normal((12, 6, 6, 2)).astype("f4")
Y = np.arange(12) % 3


def _prepared(layer, shape, **options):
    wrapped = SpectralNormalization(layer, **options)
    wrapped.prepare(shape, rng=np.random.default_rng(0))
    return wrapped


def _norm(kernel):
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


def test_by_hand_a_diagonal_kernel():
    # W = diag(4, 1), u = (3, 4) / 5: W^T W u is along (48, 4), or (12, 1), and |W u| is
    # sqrt(48^2 + 1) / sqrt(145)
    wrapped = _prepared(Dense(2, use_bias=False), (2,))
    wrapped.layer.W.value[...] = np.diag([4, 1])
    wrapped.u.value[...] = [0.6, 0.8]
    y, _ = wrapped.forward(np.float32([[1, 0], [0, 1]]), training=True)
    sigma = np.sqrt((48**2 + 1) / 145)
    np.testing.assert_allclose(wrapped.u.value, np.array([12, 1]) / np.sqrt(145), rtol=1e-6)
    np.testing.assert_allclose(y, np.diag([4, 1]) / sigma, rtol=1e-6)
    again, _ = wrapped.forward(np.float32([[1, 0], [0, 1]]))
    np.testing.assert_array_equal(again, y)  # inference: no turn of u, the same sigma


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(Dense(7), (4,)), (Dense(3), (9,)), (Conv2D(5, 3), (6, 6, 2)), (Conv2D(1, 3), (6, 6, 2))],
)
def test_the_kernel_that_is_seen_has_norm_1_after_some_steps_and_its_own_stays(layer, shape):
    wrapped = _prepared(layer, shape)
    kernel = wrapped.layer.kernel
    before = kernel.value.copy()
    x = RNG.standard_normal((3, *shape)).astype("f4")
    for _ in range(300):
        _, (_, _, hat, *_) = wrapped.forward(x, training=True)
    assert _norm(hat.value) == pytest.approx(1, rel=1e-5)
    np.testing.assert_array_equal(kernel.value, before)


def test_a_length_of_the_kernel_makes_no_difference_and_gets_no_gradient():
    one, ten = (_prepared(Dense(3, use_bias=False), (4,), power_iterations=50) for _ in range(2))
    ten.layer.W.value *= 10
    x = X[:, 0, :2, 0].repeat(2, axis=1)
    (y_one, cache), (y_ten, cache_ten) = (layer.forward(x, training=True) for layer in (one, ten))
    np.testing.assert_allclose(y_one, y_ten, rtol=1e-5)
    dy = RNG.standard_normal(y_one.shape).astype("f4")
    one.backward(dy, cache)
    ten.backward(dy, cache_ten)
    np.testing.assert_allclose(ten.layer.W.grad, one.layer.W.grad / 10, rtol=1e-3, atol=1e-6)
    along = (one.layer.W.grad * one.layer.W.value).sum()
    assert abs(along) < 1e-5 * np.linalg.norm(one.layer.W.grad) * np.linalg.norm(one.layer.W.value)


def test_a_cache_serves_twice_and_gradients_add():
    wrapped = _prepared(Dense(3), (2,))
    y, cache = wrapped.forward(X[:, 0, 0], training=True)
    wrapped.backward(y, cache)
    once = {path: param.grad.copy() for path, param in wrapped.params().items()}
    wrapped.backward(y, cache)
    for path, param in wrapped.params().items():
        np.testing.assert_allclose(param.grad, 2 * once[path], rtol=1e-6)


def test_steps_of_training_in_between_leave_a_cache_as_it_is():
    wrapped = _prepared(Dense(3), (2,))
    x = X[:, 0, 0]
    y, cache = wrapped.forward(x)
    dx = wrapped.backward(y, cache)
    dW = wrapped.layer.W.grad.copy()
    wrapped.zero_grad()
    wrapped.forward(x, training=True)
    np.testing.assert_array_equal(wrapped.backward(y, cache), dx)
    np.testing.assert_array_equal(wrapped.layer.W.grad, dW)


def test_a_kernel_of_zeros_is_left_as_it_is_and_leaves_again():
    wrapped = _prepared(Dense(3, kernel_initializer="zeros"), (2,))
    u = wrapped.u.value.copy()
    y, cache = wrapped.forward(X[:, 0, 0], training=True)
    wrapped.backward(np.ones_like(y), cache)
    assert not y.any() and np.isfinite(wrapped.layer.W.grad).all() and wrapped.layer.W.grad.any()
    np.testing.assert_array_equal(wrapped.u.value, u)


def _model():
    row = [SpectralNormalization(Conv2D(4, 3, 2, activation="relu")), Flatten()]
    model = Sequential(
        [Input(X.shape[1:]), *row, SpectralNormalization(Dense(3, "softmax"))], seed=0
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def test_a_model_learns_with_the_softmax_in_its_loss_and_comes_back_from_a_file(tmp_path):
    model = _model()
    bare, last = model.layers[-1].split_activation()
    assert type(last).__name__ == "Softmax" and bare.u is model.layers[-1].u
    history = model.fit(X, Y, epochs=30, verbose=0).history["loss"]
    assert history[-1] < 0.9 * history[0]
    model.save(tmp_path / "model.npz")
    again = models.load_model(tmp_path / "model.npz")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    frozen = models.clone_model(model)
    frozen.trainable = False
    assert not frozen.trainable_params() and frozen.layers[0].layer.trainable is False


@pytest.mark.parametrize(
    "inside", [LSTM(3), Dot(1), ReLU(), Embedding(5, 2), Sequential([Dense(2)])]
)
def test_a_layer_without_a_kernel_or_with_masks_is_refused(inside):
    with pytest.raises(TypeError, match=r"needs a kernel, as of Dense\(3\); got <"):
        SpectralNormalization(inside)


def test_no_layer_and_no_rounds_are_refused():
    with pytest.raises(TypeError, match="SpectralNormalization needs a layer; got 'dense'"):
        SpectralNormalization("dense")
    with pytest.raises(ValueError, match="power_iterations"):
        SpectralNormalization(Dense(2), 0)
