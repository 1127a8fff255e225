"""SimpleRNN, LSTM, GRU and Bidirectional: an oracle of plain loops, states, files, refusals."""

import math

import numpy as np
import pytest

from minidl import Sequential, gradcheck, layers, models
from minidl.layers import GRU, LSTM, Bidirectional, Dense, SimpleRNN
from minidl.models import saving

CELLS = [SimpleRNN, LSTM, GRU]
RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 6, 4)).astype("f4")

every_cell = pytest.mark.parametrize("cell", CELLS)


def _built(cell, units=5, shape=(6, 4), **options):
    layer = cell(units, bias_initializer="normal", **options)
    layer.prepare(shape, rng=np.random.default_rng(1))
    return layer


def _copy(layer, **options):
    """The same weights in a layer with other options."""
    twin = layer.from_config(layer.get_config() | options)
    twin.prepare((6, 4))
    twin.set_weights(layer.get_weights())
    return twin


# --------------------------------------------------------------------------------- the oracle


def _sigmoid(s):
    return 1 / (1 + math.exp(-s))


def _sums(x, h, W, U, b, block, j, M):
    """x W + b and h U of unit j in a block of columns, added up number by number."""
    column = block * M + j
    of_x = math.fsum(v * W[k, column] for k, v in enumerate(x)) + b[column]
    return of_x, math.fsum(v * U[k, column] for k, v in enumerate(h))


def _step(cell, x, state, W, U, b, M):
    """One sample, one unit at a time: the equations in the docstrings."""
    h, new = state[0], []
    for j in range(M):
        if cell is SimpleRNN:
            new.append((math.tanh(sum(_sums(x, h, W, U, b, 0, j, M))),))
        elif cell is LSTM:
            i, f, g, o = (sum(_sums(x, h, W, U, b, k, j, M)) for k in range(4))
            c = _sigmoid(f) * state[1][j] + _sigmoid(i) * math.tanh(g)
            new.append((_sigmoid(o) * math.tanh(c), c))
        else:
            sums = [_sums(x, h, W, U, b[0], k, j, M) for k in range(3)]
            (z, r), (of_x, of_h) = (
                (_sigmoid(sum(s) + b[1, k * M + j]) for k, s in zip((0, 1), sums)),
                sums[2],
            )
            n = math.tanh(of_x + r * (of_h + b[1, 2 * M + j]))
            new.append((z * h[j] + (1 - z) * n,))
    return list(zip(*new))


@every_cell
def test_every_step_follows_the_equations(cell, backend):
    layer = _built(cell, return_sequences=True, return_state=True)
    M, start = layer.units, RNG.standard_normal((layer.n_states, 3, layer.units)).astype("f4")
    W, U, b = (t.value.astype("f8") for t in layer.weights)
    y, *last = layer(X, initial_state=list(start))
    for n in range(len(X)):
        state = [tuple(array[n].tolist()) for array in start]
        for t in range(X.shape[1]):
            state = _step(cell, X[n, t].tolist(), state, W, U, b, M)
            np.testing.assert_allclose(y[n, t], state[0], rtol=2e-5, atol=2e-6)
        for ours, expected in zip(last, state):
            np.testing.assert_allclose(ours[n], expected, rtol=2e-5, atol=2e-6)


def test_the_forget_gate_starts_open_and_the_recurrent_weights_orthogonal():
    layer = LSTM(4)
    layer.prepare((5, 3))
    assert layer.b.value.tolist() == [0] * 4 + [1] * 4 + [0] * 8
    np.testing.assert_allclose(layer.U.value @ layer.U.value.T, np.eye(4), atol=1e-6)
    layer = LSTM(4, unit_forget_bias=False)
    layer.prepare((5, 3))
    assert not layer.b.value.any()


# ------------------------------------------------------------------- options change what they say


@every_cell
def test_the_last_step_is_what_sequences_end_with(cell):
    layer = _built(cell, return_sequences=True)
    y = layer(X)
    assert y.shape == (3, 6, 5) and layer.output_shape == (6, 5)
    last = _copy(layer, return_sequences=False)
    assert last.output_shape == (5,) and np.array_equal(last(X), y[:, -1])


@every_cell
def test_going_backwards_is_reading_a_turned_sequence(cell):
    layer = _built(cell, return_sequences=True)
    back = _copy(layer, go_backwards=True)
    assert np.array_equal(back(X), layer(X[:, ::-1]))


@every_cell
def test_one_layer_takes_any_length(cell):
    model = Sequential([cell(3, input_shape=(None, 4), return_sequences=True), Dense(2)])
    assert model.output_shape == (None, 2)
    model.compile("sgd", "mse")
    for T in (1, 4, 9):
        x = np.ones((2, T, 4))
        assert model.predict(x).shape == (2, T, 2)
        model.fit(x, np.ones((2, T, 2)), verbose=0)
        assert cell(3)(x).shape == (2, 3)
    with pytest.raises(ValueError, match=r"targets of the shape of the outputs"):
        model.fit(x, np.ones((2, 8, 2)), verbose=0)


def test_lengths_that_vary_pass_through_every_kind_of_layer():
    row = [layers.Conv1D(4, 3, padding="causal"), layers.MaxPooling1D(2), GRU(3), Dense(2)]
    model = Sequential([layers.Input((None, 5)), *row])
    assert model.output_shape == (2,)
    for T in (2, 7):
        assert model.predict(np.ones((3, T, 5))).shape == (3, 2)


@every_cell
def test_dropout_drops_the_same_inputs_at_every_step(cell):
    layer = _built(cell, dropout=0.5, return_sequences=True)
    _, (walked, _) = layer.forward(np.ones((3, 6, 4), "f4"), training=True)
    x = walked[0][0]  # what the kernel saw
    assert (x == x[:, :1]).all() and set(np.unique(x)) == {0, 2}
    assert np.array_equal(layer(X), _copy(layer, dropout=0.0)(X))  # none in inference


@every_cell
def test_a_bidirectional_layer_is_two_layers_that_agree_on_the_step(cell):
    both = Bidirectional(cell(5, return_sequences=True))
    both.prepare((6, 4))
    one, two = both.forward_layer, both.backward_layer
    assert not np.array_equal(one.W.value, two.W.value) and both.output_shape == (6, 10)
    a, b = one(X), two(X)[:, ::-1]
    assert np.array_equal(both(X), np.concatenate([a, b], axis=-1))
    for mode, expected in [("sum", a + b), ("mul", a * b), ("ave", (a + b) / 2)]:
        merged = Bidirectional(cell(5, return_sequences=True), mode)
        merged.prepare((6, 4))
        merged.set_weights(both.get_weights())
        assert merged.output_shape == (6, 5) and np.array_equal(merged(X), expected)


# -------------------------------------------------------------------------------------- states


@every_cell
def test_a_stateful_layer_fed_in_two_halves_equals_one_fed_whole(cell, backend):
    layer = _built(cell, return_sequences=True)
    stateful = _copy(layer, stateful=True)
    whole = layer(X)
    for _ in range(2):
        halves = [stateful(X[:, :2]), stateful(X[:, 2:])]
        np.testing.assert_allclose(np.concatenate(halves, axis=1), whole, rtol=1e-5, atol=1e-6)
        stateful.reset_states()


@every_cell
def test_a_model_keeps_its_states_in_a_file_and_forgets_them_on_demand(cell, tmp_path):
    model = Sequential([Bidirectional(cell(3, stateful=True, input_shape=(6, 4))), Dense(1)])
    model.prepare((6, 4))
    fresh = model(X)
    second = model.predict(X)
    assert not np.allclose(fresh, second)
    model.save(tmp_path / "model.npz")
    loaded = models.load_model(tmp_path / "model.npz")
    assert np.array_equal(loaded(X), model(X))
    arrays, facts = saving.training_state(model)  # as a backup of a training does
    expected = model(X)
    saving.set_training_state(loaded, arrays, facts, "it")
    assert np.array_equal(loaded(X), expected)
    weights = model.get_weights()  # of whatever batch: states are no weights
    model.reset_state()
    assert np.array_equal(model(X), fresh)
    model.set_weights(weights)
    model.reset_states()
    assert model.predict(X[:1]).shape == (1, 1)


class Translator(layers.Layer):
    """An encoder whose last state is where the decoder starts."""

    def __init__(self, cell, **options):
        super().__init__(**options)
        self.encoder = cell(3, return_state=True)
        self.decoder = cell(3, return_sequences=True)

    def build(self, shape, rng):
        self.encoder.prepare((None, shape[1]), self.ops, rng)
        return self.decoder.prepare(shape, self.ops, rng)

    def forward(self, x, training=False):
        (_, *state), encoded = self.encoder.forward(x[:, :2], training)
        y, decoded = self.decoder.forward((x[:, 2:], *state), training)
        return y, (encoded, decoded)

    def backward(self, dy, cache):
        encoded, decoded = cache
        dx_2, *dstate = self.decoder.backward(dy, decoded)
        dx_1 = self.encoder.backward((None, *dstate), encoded)
        return np.concatenate([dx_1, dx_2], axis=1)


@every_cell
def test_the_gradient_goes_from_decoder_to_encoder_through_the_state(cell, backend):
    errors = gradcheck.check_layer(Translator(cell), (2, 5, 3))
    assert max(errors.values()) < 1e-6 and "encoder/W" in errors


def test_both_directions_have_weights_of_their_own_with_a_seed_too():
    both, again = (Bidirectional(LSTM(3, seed=1, dropout=0.5)) for _ in range(2))
    for layer in (both, again, one := LSTM(3, seed=1)):
        layer.prepare((4, 2))
    assert not (both.forward_layer.W.value == both.backward_layer.W.value).any()
    assert np.array_equal(both.forward_layer.W.value, one.W.value)
    for a, b in zip(both.get_weights(), again.get_weights()):
        assert np.array_equal(a, b)


def test_a_softmax_inside_time_distributed_is_trained_through_its_logits():
    dense = Dense(2, "softmax", kernel_initializer="zeros")
    model = Sequential([layers.TimeDistributed(dense, input_shape=(3, 1))])
    dense.b.value[1] = 1000
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert model.evaluate(np.ones((2, 3, 1)), np.zeros((2, 3), int), verbose=0) == 1000
