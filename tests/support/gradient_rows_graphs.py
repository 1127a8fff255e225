"""Rows of the gradient table: where arrays meet, and graphs of layers."""

from gradient_cases import LayerCase

from minidl import Input, layers
from minidl.layers import LSTM, Dense
from minidl.models import Model, Sequential

PAIR = ((2, 3, 4), (2, 3, 4))
TRIPLE = ((3, 4), (3, 4), (3, 4))

LAYERS = {
    "add": LayerCase(layers.Add, TRIPLE),
    "add, one repeated": LayerCase(layers.Add, ((2, 3, 4), (2, 1, 4))),
    "subtract": LayerCase(layers.Subtract, PAIR),
    "subtract, one repeated": LayerCase(layers.Subtract, ((2, 1, 4), (2, 3, 1))),
    "multiply": LayerCase(layers.Multiply, TRIPLE),
    "multiply, one repeated": LayerCase(layers.Multiply, ((2, 3, 4), (2, 3, 1), (2, 1, 1))),
    "average": LayerCase(layers.Average, TRIPLE),
    "maximum": LayerCase(layers.Maximum, TRIPLE),
    "maximum, one repeated": LayerCase(layers.Maximum, ((2, 3, 4), (2, 1, 4))),
    "concatenate": LayerCase(layers.Concatenate, ((2, 3, 4), (2, 3, 1), (2, 3, 2))),
    "concatenate over time": LayerCase(lambda: layers.Concatenate(1), ((2, 3, 4), (2, 1, 4))),
    "concatenate, counted from the end": LayerCase(
        lambda: layers.Concatenate(-2), ((2, 3, 2, 4), (2, 3, 1, 4))
    ),
    "sampling": LayerCase(layers.Sampling, ((3, 4), (3, 4)), True),
    "sampling, paid for": LayerCase(lambda: layers.Sampling(0.3), ((3, 4), (3, 4)), True),
    "sampling of sequences": LayerCase(lambda: layers.Sampling(0.3), PAIR, True),
    "sampling in inference": LayerCase(lambda: layers.Sampling(0.3), ((3, 4), (3, 4))),
    "dot": LayerCase(lambda: layers.Dot(1), ((3, 4), (3, 4))),
    "dot, cosine": LayerCase(lambda: layers.Dot(1, normalize=True), ((3, 4), (3, 4))),
    "dot of sequences": LayerCase(lambda: layers.Dot(2), ((2, 3, 4), (2, 5, 4))),
    "dot of sequences over time": LayerCase(lambda: layers.Dot(1), ((2, 3, 4), (2, 3, 5))),
    "dot of a sequence, cosine": LayerCase(
        lambda: layers.Dot((1, -1), normalize=True), ((2, 4, 3), (2, 4))
    ),
    "dot of a vector and a sequence": LayerCase(lambda: layers.Dot((1, 2)), ((2, 4), (2, 3, 4))),
}


def _diamond():
    """One value forks into two calls, and both are read again."""
    x = Input((4,))
    a = Dense(3, "tanh")(x)
    b = layers.multiply([Dense(3, "sigmoid")(a), a])
    return Model(x, layers.concatenate([b, a, x]))


def whole():
    """Two inputs, two outputs, a shared LSTM, a fork and a `Residual`."""
    one, two = Input((4, 3), name="one"), Input((5, 3), name="two")
    lstm = LSTM(3, return_state=True)
    y_one, h, c = lstm(one)
    y_two, *_ = lstm((two, h, c))
    both = layers.Residual([Dense(3, "tanh"), Dense(3)])(y_one - y_two)
    label = Dense(2, "softmax", name="label")(layers.concatenate([both, h]))
    return Model([one, two], [label, Dense(1, name="size")(both * c)])


def _states():
    """A state goes from an encoder to a decoder; the encoder's output itself is not used."""
    source, target = Input((3, 2)), Input((4, 2))
    _, *state = LSTM(3, return_state=True)(source)
    y = LSTM(3, return_sequences=True)(target, initial_state=state)
    return Model([source, target], Dense(2)(y))


def _unread():
    """One of two outputs of a layer goes nowhere, and an input is an output, too."""
    x = Input((3, 2))
    _, h = layers.GRU(2, return_state=True)(x)
    return Model(x, [h, x])


def _nested():
    """A graph in a row in a graph, twice."""
    x = Input((4,))
    row = Sequential([Dense(4, "tanh"), _diamond(), Dense(4)])
    return Model(x, row(layers.add([row(x), x])))


def _in_the_middle():
    x = Input((4,))
    a = Dense(3, "tanh")(x)
    return Model(a, Dense(2)(Dense(3, "tanh")(a) + a))


def _variational():
    """An encoder with two heads, what is drawn from them, and a decoder."""
    x = Input((4,))
    h = Dense(5, "tanh")(x)
    z = layers.Sampling(0.2)([Dense(2)(h), Dense(2)(h)])
    return Model(x, Dense(4, "sigmoid")(z))


def _summarizer():
    """What is generated, and what is copied from a source of three words, at two steps."""
    p, w = Input((2, 4)), Input((2, 3))
    g, source = layers.Dense(1, "sigmoid")(p), Input((3,))
    mixed = [layers.Softmax()(p), layers.Softmax()(w), g, source]
    return Model([p, w, source], layers.PointerGenerator(2)(mixed))


LAYERS |= {
    "graph of a variational autoencoder": LayerCase(_variational, (3, 4), True),
    "pointer-generator": LayerCase(
        _summarizer,
        ((2, 2, 4), (2, 2, 3), (2, 3)),
        draw=lambda rng: (
            *(rng.standard_normal(shape) for shape in ((2, 2, 4), (2, 2, 3))),
            rng.integers(0, 6, (2, 3)),
        ),
    ),
    "graph with a fork": LayerCase(_diamond, (3, 4)),
    "graph of everything": LayerCase(whole, ((2, 4, 3), (2, 5, 3))),
    "graph with states": LayerCase(_states, ((2, 3, 2), (2, 4, 2))),
    "graph with outputs that nobody reads": LayerCase(_unread, (2, 3, 2)),
    "graph in a graph": LayerCase(_nested, (3, 4)),
    "graph cut out of the middle": LayerCase(_in_the_middle, (3, 3)),
}
