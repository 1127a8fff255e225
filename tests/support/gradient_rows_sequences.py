"""Rows of the gradient table: recurrent layers and their kin, on sequences."""

import numpy as np
from gradient_cases import LayerCase

from minidl import layers
from minidl.models import Sequential

CELLS = {"rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}
MASK = [[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0]]  # padding after, before, between; no step at all


class Masked(layers.Layer):
    """A layer that always gets the same mask."""

    def __init__(self, layer, **options):
        super().__init__(**options)
        self.layer = layer

    def build(self, shape, rng):
        return self.layer.prepare(shape, self.ops, rng)

    def forward(self, x, training=False):
        return self.layer.forward(x, training, mask=np.array(MASK, bool))

    def backward(self, dy, cache):
        return self.layer.backward(dy, cache)


class Remembering(Masked):
    """A stateful layer that always remembers the same."""

    def forward(self, x, training=False):
        half = np.full((len(x), self.layer.units), 0.5)
        self.layer.memory = (half,) if self.layer.n_states == 1 else (half, -half)
        return self.layer.forward(x, training)


def _cell(cell, **options):
    return CELLS[cell](2, bias_initializer="normal", **options)


_STEPS = {"return_sequences": True}
_NOISE = {"dropout": 0.4, "recurrent_dropout": 0.3}
_OPTIONS = {
    "": {},
    " on every step": _STEPS,
    " backwards": {"go_backwards": True} | _STEPS,
    " backwards, last step": {"go_backwards": True},
    " without bias": {"use_bias": False},
    " with dropout": _STEPS | _NOISE,
    " with dropout, backwards": _NOISE | {"go_backwards": True},
}

LAYERS = {
    f"{cell}{name}": LayerCase(lambda c=cell, o=options: _cell(c, **o), (3, 4, 5), True)
    for cell in CELLS
    for name, options in _OPTIONS.items()
}
for cell in CELLS:
    k = CELLS[cell].n_states
    both = {"return_state": True} | _STEPS

    def two(cell=cell, mode="concat", **options):
        return layers.Bidirectional(_cell(cell, **options), mode)

    LAYERS |= {
        f"{cell}, one step": LayerCase(lambda c=cell: _cell(c), (3, 1, 2)),
        f"{cell}, one sequence": LayerCase(lambda c=cell: _cell(c, **_STEPS), (1, 5, 3)),
        f"{cell} with a mask": LayerCase(lambda c=cell: Masked(_cell(c)), (3, 4, 5)),
        f"{cell} with a mask on every step": LayerCase(
            lambda c=cell: Masked(_cell(c, **_STEPS | _NOISE)), (3, 4, 5), True
        ),
        f"{cell} with a mask, backwards": LayerCase(
            lambda c=cell: Masked(_cell(c, go_backwards=True, **_STEPS)), (3, 4, 5)
        ),
        f"{cell} that goes on": LayerCase(
            lambda c=cell: Remembering(_cell(c, stateful=True)), (3, 4, 5)
        ),
        f"{cell} with states": LayerCase(
            lambda c=cell: _cell(c, return_state=True), ((3, 5, 4), *[(3, 2)] * k)
        ),
        f"{cell} that gives its state": LayerCase(
            lambda c=cell: _cell(c, return_state=True), (3, 4, 5)
        ),
        f"{cell} that is given a state": LayerCase(
            lambda c=cell: _cell(c), ((3, 4, 5), *[(3, 2)] * k)
        ),
        f"{cell} with states on every step": LayerCase(
            lambda c=cell, o=both: _cell(c, **o), ((3, 5, 4), *[(3, 2)] * k)
        ),
        f"{cell} in both directions with states": LayerCase(
            lambda two=two: two(return_state=True), ((3, 5, 4), *[(3, 2)] * 2 * k)
        ),
        f"{cell} in both directions with states on every step": LayerCase(
            lambda two=two, o=both: two(**o), ((3, 5, 4), *[(3, 2)] * 2 * k)
        ),
        f"{cell} in both directions with a mask": LayerCase(
            lambda two=two: Masked(two(**_STEPS)), (3, 4, 5)
        ),
    }
_PLAIN = {
    "rnn": {"activation": "softplus"},
    "lstm": {"activation": "softplus", "recurrent_activation": "tanh"},
    "gru": {"activation": "softplus", "recurrent_activation": "tanh"},
    "gru, reset before": {"reset_after": False},
}
for name, options in _PLAIN.items():
    cell, k = name.split(",")[0], CELLS[name.split(",")[0]].n_states
    LAYERS |= {
        f"{name}, plain, with a mask and dropout": LayerCase(
            lambda c=cell, o=options: Masked(_cell(c, **o, **_STEPS | _NOISE)), (3, 4, 5), True
        ),
        f"{name}, plain, with states": LayerCase(
            lambda c=cell, o=options: _cell(c, **o, return_state=True), ((3, 5, 4), *[(3, 2)] * k)
        ),
        f"{name}, plain, both directions": LayerCase(
            lambda c=cell, o=options: layers.Bidirectional(_cell(c, **o)), (2, 4, 3)
        ),
    }
LAYERS |= {
    f"mean over time with a mask, keepdims={keep}": LayerCase(
        lambda k=keep: Masked(layers.GlobalAveragePooling1D(keepdims=k)), (3, 4, 5)
    )
    for keep in (False, True)
}
LAYERS |= {
    f"both directions, {mode}{name}": LayerCase(
        lambda m=mode, o=options: layers.Bidirectional(_cell("lstm", **o), m), (3, 4, 5)
    )
    for mode in ("concat", "sum", "mul", "ave")
    for name, options in [("", {}), (" on every step", _STEPS)]
}
LAYERS |= {
    "rnn, elu": LayerCase(lambda: _cell("rnn", activation="elu"), (2, 4, 3)),
    "lstm, softplus and hard sigmoid": LayerCase(
        lambda: _cell("lstm", activation="softplus", recurrent_activation="hard_sigmoid"), (2, 4, 3)
    ),
    "gru, silu and softmax": LayerCase(
        lambda: _cell("gru", activation="silu", recurrent_activation="softmax"), (2, 4, 3)
    ),
    "gru, reset before": LayerCase(lambda: _cell("gru", reset_after=False), (2, 4, 3)),
    "rnn with relu": LayerCase(lambda: layers.SimpleRNN(3, "relu"), (2, 4, 3)),
    "rnn without activation": LayerCase(lambda: layers.SimpleRNN(3, None), (2, 4, 3)),
    "repeat vector": LayerCase(lambda: layers.RepeatVector(3), (2, 4)),
    "masking": LayerCase(lambda: layers.Masking(9.0), (2, 4, 3)),
    "time distributed": LayerCase(
        lambda: layers.TimeDistributed(layers.Dense(2, "tanh")), (2, 4, 3)
    ),
    "time distributed, flattened images": LayerCase(
        lambda: layers.TimeDistributed(Sequential([layers.Flatten(), layers.Dense(2)])),
        (2, 3, 2, 4),
    ),
    "time distributed with a penalty": LayerCase(
        lambda: layers.TimeDistributed(layers.Dense(2, activity_regularizer="l2")), (2, 4, 3)
    ),
    "encoder and decoder in a row": LayerCase(
        lambda: Sequential([_cell("gru"), layers.RepeatVector(3), _cell("lstm", **_STEPS)]),
        (2, 4, 3),
    ),
}


def _tokens(shape):
    return lambda rng: rng.integers(0, 6, shape)  # few, so that they repeat


LAYERS |= {
    "embedding": LayerCase(lambda: layers.Embedding(6, 3), (3, 5), draw=_tokens((3, 5))),
    "embedding of one token": LayerCase(lambda: layers.Embedding(6, 3), (4,), draw=_tokens(4)),
    "embedding of tables": LayerCase(
        lambda: layers.Embedding(6, 2), (2, 3, 4), draw=_tokens((2, 3, 4))
    ),
    "embedding with padding": LayerCase(
        lambda: Sequential(
            [
                layers.Embedding(6, 3, mask_zero=True),
                layers.Dense(4, "tanh"),
                layers.Bidirectional(_cell("lstm", **_STEPS)),
                layers.Dropout(0.3),
                Sequential([_cell("gru", **_STEPS)]),
                _cell("rnn"),
            ]
        ),
        (4, 6),
        True,
        draw=_tokens((4, 6)),
    ),
    "hidden bands and steps": LayerCase(
        lambda: layers.SpecAugment(1, 2, 1, 3, 1.0), (4, 6, 5), True
    ),
    "hidden behind a mask": LayerCase(
        lambda: Masked(layers.SpecAugment(0, 0, 2, 1, 1.0, -3.0)), (3, 4, 2), True
    ),
    "hidden in inference": LayerCase(lambda: layers.SpecAugment(), (2, 4, 3)),
}
