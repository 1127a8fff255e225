"""Pages that were made up: a network in minidl and, in other words, in Keras and PyTorch."""

import made_up_twins_attention
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def page(twin, keras, torch):
    """A notebook with a network and its twins."""
    blocks = "\n\n".join(
        f"<details><summary>{name}</summary>\n\n```python\n{program.strip()}\n```\n\n</details>"
        for name, program in (("Keras", keras), ("PyTorch", torch))
    )
    return new_notebook(
        cells=[
            new_code_cell(twin, metadata={"tags": ["twin", "hide-input"]}),
            new_markdown_cell(blocks, metadata={"tags": ["in-other-words"]}),
        ]
    )


DENSE = """
import numpy as np
from minidl import Sequential, losses
from minidl.layers import Dense, Dropout

model = Sequential(
    [Dense(6, "relu", input_shape=(5,)), Dropout(0.3), Dense(3, "softmax")], seed=0
)
x, y = np.random.default_rng(1).standard_normal((8, 5), dtype="float32"), np.arange(8) % 3
loss = losses.SparseCategoricalCrossentropy()
"""
DENSE_KERAS = """
import keras
from keras import layers

model = keras.Sequential(
    [
        keras.Input((5,)),
        layers.Dense(6, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(3, activation="softmax"),
    ]
)
loss_fn = keras.losses.SparseCategoricalCrossentropy()
"""
DENSE_TORCH = """
from torch import nn

model = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Dropout(0.3), nn.Linear(6, 3))
loss_fn = nn.CrossEntropyLoss()
"""

CONV = """
import numpy as np
from minidl import Sequential, losses
from minidl.layers import (
    Activation, BatchNormalization, Conv2D, Dense, DepthwiseConv2D, Flatten, MaxPooling2D, Residual
)

block = [Conv2D(4, 3, padding="same"), BatchNormalization(), Activation("relu")]
model = Sequential(
    [
        Conv2D(3, 3, activation="relu", input_shape=(8, 7, 2)),
        Residual(block, Conv2D(4, 1)),
        MaxPooling2D(2),
        DepthwiseConv2D(2),
        Flatten(),
        Dense(1, "sigmoid"),
    ],
    seed=0,
)
x, y = np.random.default_rng(1).standard_normal((8, 8, 7, 2), dtype="float32"), np.arange(8) % 2
loss = losses.BinaryCrossentropy()
"""
CONV_KERAS = """
import keras
from keras import layers

inputs = keras.Input((8, 7, 2))
x = layers.Conv2D(3, 3, activation="relu")(inputs)
h = layers.Conv2D(4, 3, padding="same")(x)
h = layers.BatchNormalization()(h)
h = layers.Activation("relu")(h)
x = layers.Add()([h, layers.Conv2D(4, 1)(x)])
x = layers.MaxPooling2D(2)(x)
x = layers.DepthwiseConv2D(2)(x)
x = layers.Flatten()(x)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
loss_fn = keras.losses.BinaryCrossentropy()
"""
CONV_TORCH = """
from torch import nn


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding="same"), nn.BatchNorm2d(4, eps=1e-3), nn.ReLU()
        )
        self.projection = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return self.block(x) + self.projection(x)


def to_input(x):  # PyTorch has the channels first: (N, H, W, C) -> (N, C, H, W)
    return x.permute(0, 3, 1, 2)


model = nn.Sequential(
    nn.Conv2d(2, 3, 3),
    nn.ReLU(),
    Residual(),
    nn.MaxPool2d(2),
    nn.Conv2d(4, 4, 2, groups=4),
    nn.Flatten(),
    nn.Linear(8, 1),
)
loss_fn = nn.BCEWithLogitsLoss()
"""

# an LSTM and a GRU that read tokens, with a loss at every step
STEPS = """
import numpy as np
from minidl import Sequential, losses
from minidl.layers import GRU, LSTM, Bidirectional, Dense, Embedding

model = Sequential(
    [
        Embedding(9, 4, input_length=6),
        Bidirectional(LSTM(5, return_sequences=True)),
        GRU(3, return_sequences=True),
        Dense(9),
    ],
    seed=0,
)
x = np.random.default_rng(1).integers(0, 9, (4, 6))
y = (x + 1) % 9
model(x)
loss = losses.SparseCategoricalCrossentropy(from_logits=True)
"""
STEPS_KERAS = """
import keras
from keras import layers

model = keras.Sequential(
    [
        layers.Embedding(9, 4),
        layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
        layers.GRU(3, return_sequences=True),
        layers.Dense(9),
    ]
)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
"""
STEPS_TORCH = """
from torch import nn


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.lstm = nn.LSTM(4, 5, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(10, 3, batch_first=True)
        self.dense = nn.Linear(3, 9)

    def forward(self, x):
        h, _ = self.lstm(self.embedding(x))
        h, _ = self.gru(h)
        return self.dense(h)


def loss_fn(y_pred, y):
    return nn.functional.cross_entropy(y_pred.flatten(0, 1), y.flatten())


model = Reader()
"""
PAGES = {
    "dense": (DENSE, DENSE_KERAS, DENSE_TORCH),
    "conv": (CONV, CONV_KERAS, CONV_TORCH),
    "steps": (STEPS, STEPS_KERAS, STEPS_TORCH),
}
PAGES |= made_up_twins_attention.PAGES
