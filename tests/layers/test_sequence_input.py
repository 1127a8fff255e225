"""What layers for sequences refuse, and what they say."""

import numpy as np
import pytest

from minidl import Sequential, layers
from minidl.layers import GRU, LSTM, Bidirectional, Dense, Embedding

X = np.random.default_rng(0).standard_normal((3, 6, 4)).astype("f4")


def _built(cell, units=5, shape=(6, 4), **options):
    layer = cell(units, **options)
    layer.prepare(shape)
    return layer


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: LSTM(2)(np.ones((3, 4))),
            r"'lstm' \(LSTM\) needs samples of shape \(T, D\).*\(4,\)",
        ),
        (lambda: LSTM(2)(np.ones((3, 0, 4))), r"x is empty: got shape \(3, 0, 4\)"),
        (lambda: LSTM(2).prepare((0, 4)), r"at least one step.*\(0, 4\).*empty sequences"),
        (lambda: _built(GRU).forward(np.ones((2, 0, 4))), "'gru' needs at least one step"),
        (lambda: _built(GRU).forward(np.ones((2, 3, 5))), r"\(4, 15\).*\(T, 4\); got \(3, 5\)"),
        (lambda: _built(GRU)(X, mask=np.ones((3, 5))), r"one entry a step, shape \(3, 6\); got"),
        (lambda: _built(GRU)(X, mask=2 * np.ones((3, 6))), "mask of True and False"),
        (lambda: _built(LSTM)(X, initial_state=[X[:, 0, :1]] * 2), r"built for.*cannot take \(\(6"),
        (
            lambda: _built(LSTM).forward((X, np.ones((3, 5)))),
            r"2 arrays of shape \(3, 5\); got",
        ),
        (
            lambda: Sequential([_built(GRU, return_state=True), layers.Dense(2)])(X),
            r"'dense' takes one array; got 2, samples of shapes \(5,\), \(5,\).*takes_several",
        ),
        (
            lambda: Bidirectional(GRU(2))((X, X[:, 0, :2])),
            r"2 arrays of shape \(None, 2\), one half for each direction; got shapes \(None, 2\)",
        ),
        (lambda: GRU(2, recurrent_activation="tan"), "activation 'tan'. Did you mean 'tanh'"),
        (lambda: LSTM(2, dropout=1), "dropout must be a finite number.*below 1"),
        (lambda: LSTM(0), "units must be an integer of at least 1"),
        (lambda: Bidirectional(LSTM(2), "max"), '"concat", "sum", "mul" or "ave"; got .max'),
        (lambda: layers.RepeatVector(2).prepare((3, 4)), r"of shape \(D\); got \(3, 4\)"),
        (lambda: layers.Flatten().prepare((None, 4)), r"'flatten'.*got \(None, 4\), where None"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("layer", [Dense(3), 5, LSTM(2, go_backwards=True)])
def test_a_bidirectional_layer_needs_one_that_reads_forward(layer):
    with pytest.raises(TypeError, match="a recurrent layer that reads forward"):
        Bidirectional(layer)


def test_a_stateful_layer_names_both_batch_sizes():
    model = Sequential([GRU(2, stateful=True, batch_input_shape=(4, 3, 1)), Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"remembers 4 sequences; got a batch of 2.*reset_states"):
        model.fit(np.ones((10, 3, 1)), np.ones(10), batch_size=4, verbose=0)
    model.reset_states()
    model.predict(np.ones((2, 3, 1)))


def test_more_steps_than_memory_holds_are_refused_before_they_are_computed():
    x = np.broadcast_to(np.float32(1), (2, 10**10, 1))  # takes no memory itself
    layer = _built(LSTM, 100, (None, 1))
    with pytest.raises(ValueError, match=r"10000000000 steps.* 74,505\.8 GiB .*shorter pieces"):
        layer.forward(x)


def _lookup(x, V=5):
    layer = Embedding(V, 2)
    layer.prepare((3,))
    return layer.forward(np.asarray(x))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[0, 1, 5]], r"from 0 to 4; got 5 at index \(0, 2\).*largest token plus 1"),
        ([[0, 1, 2], [0, -1, 2]], r"from 0 to 4; got -1 at index \(1, 1\)"),
        ([[0, 1.5, 2]], r"whole numbers from 0 to 4; got 1\.5 at index \(0, 1\)"),
        ([[0, np.nan, 2]], r"got nan at index \(0, 1\)"),
        ([[0, 1e30, 2]], r"got 1e\+30 at index \(0, 1\)"),
        (np.zeros((2, 0)), r"'embedding' got no tokens"),
    ],
)
def test_a_token_without_a_row_is_named(x, message):
    with pytest.raises(ValueError, match=message):
        _lookup(x)


def test_a_token_beyond_what_float32_holds_is_not_mistaken_for_another():
    with pytest.raises(ValueError, match=r"at most 2\^24 = 16,777,216; got 16,777,217"):
        Embedding(2**24 + 1, 1)
    model = Sequential([Embedding(2**24, 1, "zeros", input_shape=(1,))])
    assert model.predict([[2**24 - 1]]).shape == (1, 1, 1)
    with pytest.raises(ValueError, match=r"from 0 to 16777215; got 16777216\.0 at"):
        model.predict([[2**24 + 1]])
