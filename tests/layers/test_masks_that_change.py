"""Masks that do not simply pass on: turned with the sequence, or used up by an average."""

import numpy as np
import pytest

from minidl import Sequential, layers
from minidl.layers import GRU, LSTM, Bidirectional, Dense, Embedding, Masking, SimpleRNN

RNG = np.random.default_rng(0)
MASK = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]], bool)
X = np.where(MASK[..., None], RNG.standard_normal((3, 4, 2)), 0).astype("f4")
SIDES = pytest.mark.parametrize("after", [True, False], ids=["padding after", "padding before"])


def _padded(after):
    return (X, MASK) if after else (X[:, ::-1], MASK[:, ::-1])


def _same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


# --------------------------------------------------------------------- layers that read backwards


@SIDES
@pytest.mark.parametrize("cell", [SimpleRNN, LSTM, GRU])
def test_the_loss_of_a_layer_that_reads_backwards_counts_its_real_steps(cell, after):
    x, mask = _padded(after)
    layer = cell(3, return_sequences=True, go_backwards=True)
    model = Sequential([Masking(input_shape=(None, 2)), layer], seed=0)
    model.compile("sgd", "mse")
    real = [layer(x[n : n + 1, mask[n]])[0] for n in range(3)]  # the sequences without padding
    expected = (np.concatenate(real) ** 2).mean()
    assert model.evaluate(x, np.zeros((3, 4, 3)), verbose=0) == pytest.approx(expected, rel=1e-5)


@SIDES
@pytest.mark.parametrize("last", [lambda: SimpleRNN(2, go_backwards=True), lambda: GRU(2)])
def test_what_stands_behind_a_layer_that_reads_backwards_skips_padding(last, after):
    x, mask = _padded(after)
    first = LSTM(3, return_sequences=True, go_backwards=True)
    row = [Masking(input_shape=(None, 2)), first, Dense(2, "tanh"), last()]
    model = Sequential(row, seed=0)
    y = model.predict(x)
    for n in range(3):
        _same(y[n], model.predict(x[n : n + 1, mask[n]])[0])


def test_the_mask_stays_beside_what_both_directions_return():
    layer = Bidirectional(GRU(2, return_sequences=True))
    layer.prepare((4, 2))
    assert np.array_equal(layer.forward_with_mask(X, mask=MASK)[2], MASK)


# --------------------------------------------------------------------- pooling over time


@SIDES
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_mean_over_time_leaves_padding_out(keepdims, after, backend):
    x, mask = _padded(after)
    layer = layers.GlobalAveragePooling1D(keepdims=keepdims)
    y = layer(x + 7, mask=mask)  # 7 at padding
    expected = np.stack([x[n, mask[n]].mean(axis=0) + 7 for n in range(3)])
    _same(y, expected[:, None] if keepdims else expected)
    assert y.dtype == np.float32 and np.array_equal(layer(x), layer(x, mask=np.ones((3, 4))))


def test_the_mean_of_nothing_but_padding_is_zero():
    y = layers.GlobalAveragePooling1D()(X + 1, mask=MASK & [[True], [False], [True]])
    assert np.array_equal(y[1], [0, 0]) and y[0].all()


def test_a_mean_of_tokens_is_trained_the_same_with_more_padding():
    tokens, y = np.array([[1, 2, 0, 0], [3, 1, 4, 0], [2, 0, 0, 0]]), np.array([0, 1, 1])
    weights = []
    for x in (tokens, np.pad(tokens, ((0, 0), (0, 3)))):
        first = Embedding(5, 3, mask_zero=True, input_shape=(None,))
        rest = [layers.GlobalAveragePooling1D(), Dense(2, "softmax")]
        model = Sequential([first, *rest], seed=0)
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(x, y, epochs=3, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights):
        _same(a, b)


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"one entry a step, shape \(3, 4\); got bool of shape"):
        layers.GlobalAveragePooling1D()(X, mask=MASK[:, :2])


def test_the_largest_over_time_counts_padding_as_keras_does():
    model = Sequential([Masking(), layers.GlobalMaxPooling1D()])
    assert model.predict(np.where(X, -1, 0)).tolist() == [[0, 0], [-1, -1], [0, 0]]


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave"])
def test_in_both_directions_padding_gives_zeros_on_every_step(mode):
    layer = layers.Bidirectional(layers.GRU(2, return_sequences=True), mode)
    x = np.random.default_rng(0).standard_normal((2, 4, 3)).astype("f4")
    mask = np.array([[True, True, False, False], [False, True, False, True]])
    layer.prepare((None, 3), rng=np.random.default_rng(0))
    y, _ = layer.forward(x, mask=mask)
    assert (y[~mask] == 0).all() and (y[mask] != 0).all()
    kept, _ = layer.forward(x[:1, :2])
    np.testing.assert_allclose(y[:1, :2], kept, rtol=1e-6)  # as if nothing came after
    last, _ = layer.forward(x[1:, 1::2])
    np.testing.assert_allclose(y[1:, 1::2], last, rtol=1e-6)  # or between
