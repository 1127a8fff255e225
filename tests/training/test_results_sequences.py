"""The results on sequences that the README publishes, trained again and held in their bands."""

import numpy as np
import pytest

from minidl import Sequential, optimizers
from minidl.datasets import mnist
from minidl.datasets.timeseries import adding_problem
from minidl.layers import LSTM, Dense, SimpleRNN
from minidl.optimizers.schedules import CosineDecay

AS_LONG_AS = 1  # trainings for one worker, which should not begin last


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_lstm_reads_digits_row_by_row(seed):
    (x, y), (x_test, y_test) = mnist.load_sample()
    model = Sequential([LSTM(64), Dense(10, "softmax")], seed=seed)
    rate = CosineDecay(5e-3, decay_steps=5 * 125)  # 125 batches of 32 in an epoch
    model.compile(optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x / 255, y, epochs=5, verbose=0)
    _, accuracy = model.evaluate(x_test / 255, y_test, verbose=0)
    assert 0.91 <= accuracy <= 0.97


T, STEPS = 100, 500


@pytest.fixture(scope="module")
def sums():
    """32,000 sequences to train on, each seen once, and 1,000 to test with."""
    return adding_problem(64 * STEPS, T, seed=0), adding_problem(1000, T, seed=1)


def _error(layer, rate, seed, sums):
    (x, y), (x_test, y_test) = sums
    model = Sequential([layer, Dense(1)], seed=seed)
    model.compile(optimizers.Adam(CosineDecay(rate, STEPS), global_clipnorm=1.0), "mse")
    model.prepare((T, 2))
    if isinstance(layer, LSTM):
        _remember(layer, seed)
    model.fit(x, y, batch_size=64, verbose=0)
    return model.evaluate(x_test, y_test, verbose=0)


def _remember(layer, seed):
    """Let the units begin with memories of 1 to T steps: b_f = log u, b_i = -b_f, u ~ U(1, T - 1).

    A forget gate f keeps a state for about 1 / (1 - f) steps: 1 + u, if f = sigmoid(log u).
    Reference: Tallec and Ollivier, "Can recurrent neural networks warp time?", 2018, section 3.
    """
    M = layer.units
    u = np.random.default_rng(seed).uniform(1, T - 1, M)
    layer.b.value[:M], layer.b.value[M : 2 * M] = -np.log(u), np.log(u)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_lstm_adds_what_it_read_a_hundred_steps_ago(seed, sums):
    assert _error(LSTM(32), 2e-2, seed, sums) < 0.01


def test_a_simple_rnn_has_forgotten_it_and_says_the_mean(sums):
    assert 0.15 < _error(SimpleRNN(32), 1e-3, 0, sums) < 0.18  # 1/6 is the mean's own error
