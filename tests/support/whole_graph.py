"""A graph with everything in it, its data, and how it is compiled.

Two inputs, two outputs, a shared LSTM, a fork, a `Residual` with dropout and statistics inside.
"""

import numpy as np

from minidl import Input, layers, metrics
from minidl.layers import LSTM, BatchNormalization, Dense, Dropout
from minidl.models import Model
from minidl.optimizers import Adam


def network(units=8, dropout=0.1):
    one, two = Input((4, 2), name="one"), Input((5, 2), name="two")
    lstm = LSTM(units, return_state=True, name="shared")
    y_one, h, c = lstm(one)
    y_two, *_ = lstm(two, initial_state=[h, c])
    block = [Dense(units, "tanh"), BatchNormalization(), Dropout(dropout), Dense(units)]
    both = layers.Residual(block, name="residual")(y_one - y_two)
    label = Dense(2, "softmax", name="label")(layers.concatenate([both, h]))
    return Model([one, two], [label, Dense(1, name="size")(layers.concatenate([both, c]))])


def compiled(model, backend=None, **changed):
    options = {
        "loss": {"size": "mse", "label": "sparse_categorical_crossentropy"},
        "metrics": {
            "label": ["accuracy"],
            "size": [metrics.MeanAbsoluteError(name="error"), "mse"],
        },
        "loss_weights": {"size": 2.0, "label": 1.0},
    }
    model.compile(Adam(0.02), backend=backend, **options | changed)
    return model


def data(N):
    """Two hidden numbers, one in each input: which is larger, and what they are together."""
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-1, 1, (2, N, 1, 1))
    x = {"one": a + 0.1 * rng.standard_normal((N, 4, 2))}
    x["two"] = b + 0.1 * rng.standard_normal((N, 5, 2))
    x = {name: array.astype("f4") for name, array in x.items()}
    return x, {"label": (a > b).astype(int).ravel(), "size": (a + b).ravel()}


def part(data, rows):
    """Some of the samples of an array, or of each in a dict or a tuple."""
    if isinstance(data, tuple):
        return tuple(part(one, rows) for one in data)
    if isinstance(data, dict):
        return {name: part(one, rows) for name, one in data.items()}
    return data[rows]
