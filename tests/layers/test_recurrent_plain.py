"""The plain loops of recurrent layers: equal to the kernels, one step by hand, what they say."""

import numpy as np
import pytest

from minidl import kernels, layers
from minidl.layers.recurrent import plain

TANH, SIGMOID = layers.Tanh(), layers.Sigmoid()
LOOPS = {
    "rnn": (plain.RNNLoop(TANH), 1, 1, 1),
    "lstm": (plain.LSTMLoop(TANH, SIGMOID), 4, 2, 1),
    "gru": (plain.GRULoop(TANH, SIGMOID, reset_after=True), 3, 1, 2),
}
N, T, D, M = 3, 5, 4, 2


@pytest.mark.parametrize("name", LOOPS)
def test_the_loops_are_the_kernels(name):
    loop, gates, n_states, biases = LOOPS[name]
    draw = np.random.default_rng(0).standard_normal
    shapes = [(N, T, D), (D, gates * M), (M, gates * M), (biases, gates * M)[biases == 1 :]]
    arguments = [draw(shape) for shape in shapes] + [draw((N, M)) for _ in range(n_states)]
    arguments += [draw((N, T)) < 0.5, np.abs(draw((N, M)))]
    kernel = getattr(kernels.load("numpy"), name)
    *ours, our_cache = loop.forward(*arguments)
    *theirs, their_cache = kernel.forward(*arguments, *["tanh"] * (name == "rnn"))
    dy = [draw((N, T, M)), draw((N, M))][:n_states]
    ours += loop.backward(*dy, our_cache)
    theirs += kernel.backward(*dy, their_cache)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_two_steps_of_a_gru_that_resets_before_the_product():
    layer = layers.GRU(1, "relu", recurrent_activation="hard_sigmoid", reset_after=False)
    layer.prepare((None, 1))
    W, U, b = np.array([[0.6, -0.3, 1.0]]), np.array([[0.9, 0.3, 2.0]]), np.array([0.3, 0.0, 0.5])
    layer.set_weights([W, U, b])

    def gate(v):
        return min(max(v / 6 + 0.5, 0), 1)

    h = 0.0
    for x in (2.0, -0.4):
        z = gate(0.6 * x + 0.9 * h + 0.3)
        r = gate(-0.3 * x + 0.3 * h)
        h = z * h + (1 - z) * max(x + r * h * 2 + 0.5, 0)
    assert h > 0
    assert layer(np.array([[[2.0], [-0.4]]])) == pytest.approx(h)
    assert layer.bias.shape == (3,)


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
def test_a_loop_without_a_kernel_says_once_that_it_is_slow(kind, capsys):
    plain.say_slow.cache_clear()
    usual, other = getattr(layers, kind)(2), getattr(layers, kind)(2, activation="softplus")
    usual(np.ones((1, 2, 3)))
    assert capsys.readouterr().out == ""
    other(np.ones((1, 2, 3)))
    other(np.ones((1, 2, 3)))
    said = capsys.readouterr().out
    assert said.startswith(f"{kind} with these arguments has no kernel") and said.count("slow") == 1


def test_other_activations_are_saved():
    layer = layers.LSTM(2, "relu", recurrent_activation="hard_sigmoid")
    twin = layers.LSTM.from_config(layer.get_config())
    assert isinstance(twin.activation, layers.ReLU)
    assert isinstance(twin.recurrent_activation, layers.HardSigmoid)


class Sevens(layers.Tanh):
    def forward(self, x, training=False):
        return np.full_like(x, 7), x


@pytest.mark.parametrize("kind", [layers.SimpleRNN, layers.LSTM, layers.GRU])
def test_a_subclass_of_the_usual_activation_is_computed_as_it_is_written(kind):
    x = np.ones((1, 3, 2), "f4")
    assert np.abs(kind(2, activation=Sevens())(x)).max() > 1
    assert np.abs(kind(2)(x)).max() <= 1


def test_a_class_of_the_name_of_one_of_ours_does_not_get_our_kernel():
    relu = type("ReLU", (Sevens,), {})
    np.testing.assert_array_equal(layers.SimpleRNN(2, relu())(np.ones((1, 3, 2), "f4")), 7)
