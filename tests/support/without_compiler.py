"""Trains a tiny network of each kind of layer; `test_without_compiler.py` runs it twice.

    python without_compiler.py FILE

writes what came out to an .npz file. With NUMBA_DISABLE_JIT=1 every loop runs in Python.
"""

import sys

import numpy as np

from minidl import Sequential, layers

RNG = np.random.default_rng(0)
IMAGES, SEQUENCES = RNG.standard_normal((3, 5, 5, 2)), RNG.standard_normal((3, 4, 2))
TOKENS = RNG.integers(0, 5, (3, 4))
NETWORKS = {
    "dense": (IMAGES, lambda: [layers.Flatten(), layers.Dense(4, "relu"), layers.Dropout(0.2)]),
    "conv": (
        IMAGES,
        lambda: [
            layers.Conv2D(3, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.DepthwiseConv2D(2),
            layers.Flatten(),
        ],
    ),
    "winograd": (
        RNG.standard_normal((2, 12, 12, 32)),
        lambda: [layers.Conv2D(32, 3, padding="same"), layers.GlobalAveragePooling2D()],
    ),
    "lstm": (SEQUENCES, lambda: [layers.LSTM(3, return_sequences=True), layers.GRU(3)]),
    "attention": (
        TOKENS,
        lambda: [
            layers.Embedding(5, 4),
            layers.SimpleRNN(4, return_sequences=True),
            layers.MultiHeadAttention(2, 2, num_key_value_heads=1, rotary=True),
            layers.LayerNormalization(),
            layers.Activation("gelu"),
            layers.RMSNormalization(),
            layers.SwiGLU(4),
            layers.Flatten(),
        ],
    ),
    "wide conv": (  # more maps than a tile is wide, more weights each than a tile takes at a time
        RNG.standard_normal((2, 7, 7, 32)),
        lambda: [layers.Conv2D(72, 3, strides=2), layers.GlobalAveragePooling2D()],
    ),
}


def main(path):
    found = {}
    for name, (x, make) in NETWORKS.items():
        model = Sequential([*make(), layers.Dense(3, "softmax")], seed=0)
        # Of a gradient that is 0 but for rounding Adam would make steps: of the keys' bias, and of
        # a bias before batch normalization, which "conv" goes without.
        optimizer = "sgd" if name == "attention" else "adam"
        model.compile(optimizer, "sparse_categorical_crossentropy")
        history = model.fit(x, np.arange(len(x)) % 3, epochs=2, batch_size=2, verbose=0)
        found[f"{name} loss"] = np.array(history.history["loss"])
        found |= {f"{name} {i}": weights for i, weights in enumerate(model.get_weights())}
    np.savez(path, **found)


if __name__ == "__main__":
    main(sys.argv[1])
