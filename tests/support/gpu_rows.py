"""Models that the tests of the GPU tier train: a row of layers each, and the shape of a sample."""

import numpy as np

from minidl import Sequential, layers, models

CNN = [
    layers.Conv2D(4, 3, padding="same", activation="relu"),
    layers.BatchNormalization(),
    layers.MaxPooling2D(),
    layers.Residual([layers.Conv2D(4, 3, padding="same")]),
    layers.DepthwiseConv2D(3),
    layers.GlobalAveragePooling2D(),
    layers.Dropout(0.3),
]
ROWS = {
    "mlp": ([layers.Flatten(), layers.Dense(5, "relu"), layers.Dropout(0.5)], (3, 4)),
    "cnn": (CNN, (8, 9, 2)),
    "augmented": (
        [
            layers.RandomFlip(),
            layers.RandomTranslation(0.2, 0.2),
            layers.UpSampling2D(2, interpolation="bilinear"),
            layers.Conv2D(2, 3),
            layers.AveragePooling2D(),
            layers.Flatten(),
        ],
        (6, 5, 1),
    ),
    "critic": (
        [layers.SpectralNormalization(layers.Conv2D(3, 3, 2)), layers.Flatten()],
        (6, 5, 2),
    ),
    "lstm": ([layers.LSTM(4, return_sequences=True, dropout=0.2), layers.LSTM(3)], (5, 2)),
    "gru": ([layers.Bidirectional(layers.GRU(3, recurrent_dropout=0.3))], (5, 2)),
    "rnn": ([layers.SimpleRNN(3), layers.LayerNormalization()], (5, 2)),
    "rms norm": ([layers.Dense(4), layers.RMSNormalization(), layers.Flatten()], (5, 2)),
    "encoder": (
        [
            layers.Masking(),
            layers.PositionEmbedding(6),
            layers.TransformerEncoderBlock(5, 2, dropout=0.2, rotary=True),
            layers.GlobalAveragePooling1D(),
        ],
        (5, 4),
    ),
    "decoder": (
        [
            layers.SinePositionEncoding(),
            # Rotated: else the gradient of b_K is 0 but for rounding, and Adam makes it large.
            layers.TransformerDecoderBlock(5, 2, 0.1, "gelu", normalize_first=True, rotary=True),
            layers.Attention(use_scale=True, dropout=0.1),
            layers.AdditiveAttention(),
            layers.Flatten(),
        ],
        (5, 4),
    ),
    "decoder of today": (
        [
            layers.TransformerDecoderBlock(
                *(5, 4, 0.1, "swiglu", True),
                **{"rotary": True, "norm": "rms", "num_key_value_heads": 2, "use_bias": False},
            ),
            layers.Flatten(),
        ],
        (5, 8),
    ),
    "masked": (
        [
            layers.Masking(),
            layers.SpecAugment(time_share=0.5),
            layers.SimpleRNN(3, return_sequences=True, go_backwards=True),
            layers.GlobalAveragePooling1D(),
        ],
        (5, 2),
    ),
}


def make(row, shape, optimizer, backend, **options):
    model = Sequential([models.from_data(models.to_data(layer)) for layer in row], seed=1)
    model.add(layers.Dense(3, "softmax", kernel_regularizer="l2"))
    model.compile(
        optimizer, "sparse_categorical_crossentropy", ["accuracy"], backend=backend, **options
    )
    model.prepare(shape)
    return model


def data(shape, N=24):
    rng = np.random.default_rng(0)
    return rng.standard_normal((N, *shape), np.float32), rng.integers(0, 3, N)
