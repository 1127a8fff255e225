"""The results of chapters 11 and 12 that the README publishes, trained again."""

import numpy as np
import pytest

from minidl import Sequential, optimizers
from minidl.datasets import mnist
from minidl.datasets.timeseries import adding_problem
from minidl.layers import LSTM, Dense, SimpleRNN
from minidl.schedules import CosineDecay


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_lstm_reads_digits_row_by_row(seed):
    (x, y), (x_test, y_test) = mnist.load_sample()
    model = Sequential([LSTM(64), Dense(10, "softmax")], seed=seed)
    rate = CosineDecay(4e-3, decay_steps=8 * 125)  # 125 batches of 32 in an epoch
    model.compile(optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x / 255, y, epochs=8, verbose=0)
    _, accuracy = model.evaluate(x_test / 255, y_test, verbose=0)
    assert 0.91 <= accuracy <= 0.97


T = 100
X, Y = adding_problem(n=32_000, length=T, seed=0)  # every sequence is seen once
X_TEST, Y_TEST = adding_problem(n=1000, length=T, seed=1)


def _error_after_500_steps(layer, rate, seed):
    model = Sequential([layer, Dense(1)], seed=seed)
    model.compile(optimizers.Adam(rate, global_clipnorm=1.0), "mse")
    model.prepare((T, 2))
    if isinstance(layer, LSTM):
        _remember_for_a_while(layer, seed)
    model.fit(X, Y, batch_size=64, verbose=0)
    return model.evaluate(X_TEST, Y_TEST, verbose=0)


def _remember_for_a_while(layer, seed):
    """Let the units forget after 1 to T steps: b_f = log U(1, T), b_i = -b_f.

    A forget gate f keeps a state for about 1 / (1 - f) steps, and f = sigmoid(log u) = u / (1 + u)
    for 1 + u: Tallec and Ollivier, "Can recurrent neural networks warp time?", 2018, equation 16.
    """
    M = layer.units
    u = np.random.default_rng(seed).uniform(1, T - 1, M)
    layer.b.value[:M], layer.b.value[M : 2 * M] = -np.log(u), np.log(u)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_lstm_adds_what_it_read_a_hundred_steps_ago(seed):
    assert _error_after_500_steps(LSTM(32), 1e-2, seed) < 0.01


def test_a_simple_rnn_has_forgotten_it_and_says_the_mean():
    assert _error_after_500_steps(SimpleRNN(32), 1e-3, seed=0) > 0.15
