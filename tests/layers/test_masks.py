"""Padding: masks are made, handed on, end where steps end, and the loss does not count padding."""

import numpy as np
import pytest

from minidl import Sequential, gradcheck, layers, losses
from minidl.layers import GRU, LSTM, Bidirectional, Dense, Embedding, Masking, SimpleRNN

RNG = np.random.default_rng(0)
LENGTHS = [4, 1, 6, 3]
TOKENS = np.zeros((4, 6), int)
for row, length in zip(TOKENS, LENGTHS):
    row[:length] = RNG.integers(1, 9, length)
MASK = TOKENS != 0
X = RNG.standard_normal((4, 6, 3)).astype("f4")


def _same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("after", [True, False], ids=["padding after", "padding before"])
@pytest.mark.parametrize("cell", [SimpleRNN, LSTM, GRU])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_a_padded_sequence_equals_the_sequence(cell, go_backwards, after, backend):
    layer = cell(5, return_state=True, go_backwards=go_backwards)
    mask, x = (MASK, X) if after else (MASK[:, ::-1], X[:, ::-1])
    padded = layer(x, mask=mask)
    for n in range(4):
        for got, alone in zip(padded, layer(x[n : n + 1, mask[n]])):
            _same(got[n], alone[0])


def test_both_directions_skip_padding():
    layer = Bidirectional(LSTM(5, return_sequences=True))
    y = layer(X, mask=MASK)
    for n, length in enumerate(LENGTHS):
        _same(y[n, :length], layer(X[n : n + 1, :length])[0])


def test_a_masked_step_repeats_the_output_before_it():
    layer = GRU(5, return_sequences=True)
    y = layer(X, mask=MASK)
    assert np.array_equal(y[0, 3], y[0, 5]) and not np.array_equal(y[2, 3], y[2, 5])
    start = np.ones((4, 5), "f4")
    assert np.array_equal(layer(X, mask=0 * MASK, initial_state=[start])[:, -1], start)


# ------------------------------------------------------------------- from layer to layer


def _row(*rest):
    """A model whose first layers make a mask from token 0 and pass it on in every way."""
    first = [Embedding(9, 4, mask_zero=True, input_shape=(None,)), layers.Dropout(0.2)]
    inner = Sequential([Dense(4, "tanh"), LSTM(5, return_sequences=True)])
    return Sequential([*first, inner, layers.TimeDistributed(Dense(3)), *rest], seed=0)


def test_a_model_hands_the_mask_from_layer_to_layer():
    model = _row(Bidirectional(GRU(2)))
    y = model.predict(TOKENS)
    for n, length in enumerate(LENGTHS):
        _same(y[n], model.predict(TOKENS[n : n + 1, :length])[0])
    blind = Sequential([Embedding(9, 4, input_shape=(None,)), *model.layers[1:]])
    blind.layers[0].W.value[...] = model.layers[0].W.value
    assert not np.allclose(blind.predict(TOKENS), y)


@pytest.mark.parametrize(
    ("last", "kept"),
    [
        (Dense(2, "relu"), True),
        (layers.LayerNormalization(), True),
        (layers.RMSNormalization(), True),
        (layers.SwiGLU(2), True),
        (SimpleRNN(4, return_sequences=True), True),
        (SimpleRNN(6), False),  # as many units as steps: still not steps
        (layers.GlobalMaxPooling1D(), False),
        (layers.MaxPooling1D(2), False),
        (layers.Flatten(), False),
    ],
)
def test_a_mask_lasts_as_long_as_the_steps(last, kept):
    model = Sequential([Embedding(9, 4, mask_zero=True, input_shape=(6,)), last])
    *_, mask = model.forward_with_mask(TOKENS)
    assert np.array_equal(mask, MASK) if kept else mask is None


class Shortcut(Sequential):
    """A row whose input is added to its output: `forward` is its own."""

    def forward(self, x, training=False, mask=None):
        y, caches = super().forward(x, training, mask)
        return x + y, caches


class WithoutMasks(Sequential):
    """Written by somebody who never heard of masks."""

    def forward(self, x, training=False):
        y, caches = super().forward(x, training)
        return 2 * y, (caches,)


def test_a_row_with_a_forward_of_its_own_keeps_it_and_the_mask():
    inner = Shortcut([LSTM(4, return_sequences=True)])
    model = Sequential([Embedding(9, 4, mask_zero=True, input_shape=(6,)), inner])
    y, _, mask = model.forward_with_mask(TOKENS)
    x = model.layers[0](TOKENS)
    _same(y, x + inner.layers[0](x, mask=MASK))
    assert np.array_equal(mask, MASK)
    plain = Sequential([WithoutMasks([Dense(2)])])
    _same(plain.predict(X), 2 * plain.layers[0].layers[0](X))


def test_masking_looks_for_its_value():
    x = X.copy()
    x[~MASK] = -1
    x[0, 0, :2] = -1  # not all of the step
    layer = Masking(-1)
    y, cache, mask = layer.forward_with_mask(x)
    assert np.array_equal(mask, MASK) and np.array_equal(y, np.where(MASK[..., None], x, 0))
    assert np.array_equal(layer.backward(np.ones_like(x), cache)[..., 0], MASK)
    model = Sequential([layer, LSTM(3)])
    _same(model.predict(x), model.layers[1](x, mask=MASK))


def test_without_mask_zero_there_is_no_mask():
    model = Sequential([Embedding(9, 4), Dense(2)])
    model.prepare((6,))
    assert model.forward_with_mask(TOKENS)[2] is None


# ------------------------------------------------------------------- the loss


def _trained(model, tokens, targets, **options):
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy", "perplexity"])
    return model, model.train_on_batch(tokens, targets, return_dict=True, **options)


@pytest.mark.parametrize("last", [Dense(9, "softmax"), layers.TimeDistributed(Dense(9, "softmax"))])
def test_the_loss_and_the_metrics_do_not_count_padding(last):
    model = _row(last)
    targets = RNG.integers(0, 9, (4, 6))
    p = model.predict(TOKENS)
    of_targets = np.take_along_axis(p, targets[..., None], axis=-1)[..., 0]
    loss = -np.log(of_targets[MASK]).mean()
    right = (p.argmax(axis=-1) == targets)[MASK].mean()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy", "perplexity"])
    found = model.evaluate(TOKENS, targets, verbose=0)
    np.testing.assert_allclose(found, [loss, right, np.exp(loss)], rtol=1e-5)
    elsewhere = np.where(MASK, targets, 8 - targets)
    assert model.evaluate(TOKENS, elsewhere, verbose=0) == found


@pytest.mark.parametrize("batch_size", [1, 3])
def test_results_do_not_depend_on_how_many_steps_stand_in_a_batch(batch_size):
    targets = RNG.integers(0, 9, (4, 6))
    model, _ = _trained(_row(Dense(9, "softmax")), TOKENS, targets)
    expected = model.evaluate(TOKENS, targets)
    assert model.evaluate(TOKENS, targets, batch_size) == pytest.approx(expected, rel=1e-5)
    assert expected[2] == pytest.approx(np.exp(expected[0]), rel=1e-5)
    model.layers[1].rate = 0.0
    model.optimizer.learning_rate = 1e-12
    history = model.fit(TOKENS, targets, batch_size, verbose=0).history
    assert [values[0] for values in history.values()] == pytest.approx(expected, rel=1e-5)


def test_a_loss_that_does_not_go_through_logits_counts_the_same_steps():
    model = _row(GRU(2, return_sequences=True))  # a recurrent layer may be the last
    y = RNG.standard_normal((4, 6, 2))
    expected = ((model.predict(TOKENS) - y) ** 2)[MASK].mean()
    model.compile("sgd", "mse", metrics=["mse"])
    found = model.evaluate(TOKENS, y, verbose=0)
    np.testing.assert_allclose(found, [expected, expected], rtol=1e-5)
    model.fit(TOKENS, y, epochs=2, verbose=0)
    assert model.evaluate(TOKENS, y, verbose=0)[0] < found[0]


def test_a_step_of_training_is_the_same_with_more_padding():
    targets = RNG.integers(0, 9, (4, 6))
    wider = [np.concatenate([a, 0 * a], axis=1) for a in (TOKENS, targets)]
    short, wide = [], []
    for tokens, y, results in [(TOKENS, targets, short), (*wider, wide)]:
        model = Sequential(
            [
                Embedding(9, 4, mask_zero=True, input_shape=(None,)),
                LSTM(5, return_sequences=True),
                Dense(9, "softmax"),
            ],
            seed=3,
        )
        model, found = _trained(model, tokens, y)
        results += [*found.values(), *model.get_weights()]
    for a, b in zip(short, wide):
        _same(a, b)


def test_the_gradient_of_a_masked_loss_is_zero_at_padding_and_right_elsewhere():
    y, t = RNG.standard_normal((4, 6, 3)), RNG.standard_normal((4, 6, 3))
    loss, weights = losses.MeanSquaredError(), np.array([1, 2, 0.5, 3])
    value, dy = loss(t, y, weights, mask=MASK)
    expected = (weights[:, None] * ((y - t) ** 2).mean(axis=-1))[MASK].sum() / MASK.sum()
    assert value == pytest.approx(expected) and not dy[~MASK].any()
    by_steps = gradcheck.numeric(lambda: loss(t, y, weights, mask=MASK)[0], y)
    np.testing.assert_allclose(dy, by_steps, rtol=1e-6, atol=1e-9)


def test_a_batch_of_nothing_but_padding_is_refused():
    with pytest.raises(ValueError, match="every step of this batch is padding"):
        _trained(_row(Dense(9, "softmax")), 0 * TOKENS, TOKENS)


# ------------------------------------------------------------------- tokens


@pytest.mark.parametrize("dtype", ["u1", "i4", "i8", "f4", "f8"])
def test_an_embedding_looks_rows_up(dtype, backend):
    layer = Embedding(9, 4)
    layer.prepare((6,))
    x = TOKENS.astype(dtype)
    y, cache = layer.forward(x)
    assert np.array_equal(y, layer.W.value[TOKENS]) and y.dtype == np.float32
    dy = RNG.standard_normal(y.shape).astype("f4")
    dx = layer.backward(dy, cache)
    assert dx.shape == x.shape and not dx.any()
    for token in range(9):
        _same(layer.W.grad[token], dy[token == TOKENS].sum(axis=0))
    assert np.array_equal(layer(x[:, :2]), layer.W.value[TOKENS[:, :2]])
    assert np.array_equal(layer.forward(x.T)[0], layer.W.value[TOKENS.T])


def test_input_length_is_a_short_form():
    model = Sequential([Embedding(9, 4, input_length=6), layers.Flatten(), Dense(1)])
    assert model.input_shape == (6,) and model.output_shape == (1,)
