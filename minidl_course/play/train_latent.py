"""The autoencoder of chapter 29 with a code of two numbers: its decoder, and where digits lie."""

import numpy as np

from minidl.datasets import mnist
from minidl.layers import Dense, Input
from minidl.losses import BinaryCrossentropy
from minidl.models import Sequential
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course.play import weights

SHOWN = 300  # digits on the map


def autoencoder(seed=0):
    """784 pixels -> 128 -> 64 -> 2 numbers -> 64 -> 128 -> 784 pixels, as in the chapter."""
    encoder = [Dense(128, "relu"), Dense(64, "relu"), Dense(2, name="code")]
    decoder = [
        Dense(64, "relu", name="wider"),
        Dense(128, "relu", name="widest"),
        Dense(784, "sigmoid", name="pixels"),
    ]
    return Sequential([Input((784,)), *encoder, *decoder], seed=seed)


def halves(model):
    """The encoder (N, 784) -> (N, 2) and the decoder (N, 2) -> (N, 784), with their weights."""
    layers = [layer for layer in model.layers if isinstance(layer, Dense)]
    return (
        Sequential([Input((784,)), *layers[:3]]),
        Sequential([Input((2,)), *layers[3:]]),
    )


def decoder():
    """The decoder alone, untrained."""
    return halves(autoencoder())[1]


def main(epochs=10, batch=50, seed=0):
    """Train as the chapter does, measure with 8-bit weights, write weights/latent.json."""
    (images, _), (test_images, test_digits) = mnist.load_sample()
    x, test = (a.reshape(-1, 784).astype("float32") / 255 for a in (images, test_images))
    model = autoencoder(seed)
    rate = CosineDecay(3e-3, epochs * -(-len(x) // batch))
    model.compile(Adam(rate), BinaryCrossentropy())
    model.fit(x, x, batch, epochs, verbose=0)
    encode, decode = halves(model)
    codes = encode.predict(test, verbose=0)
    full = float(np.mean((decode.predict(codes, verbose=0) - test) ** 2))
    weights.rounded(decode)
    error = float(np.mean((decode.predict(codes, verbose=0) - test) ** 2))
    found = {
        "digits": len(test),
        "mean squared error": round(error, 4),
        "before rounding to 8 bits": round(full, 4),
        "blank guess: the mean digit": round(float(np.mean((x.mean(axis=0) - test) ** 2)), 4),
    }
    told = (
        f"The decoder of chapter 29's autoencoder, trained on 4,000 digits. The squared error of a "
        f"pixel is {error:.3f} on 1,000 test digits; always guessing the mean digit has "
        f"{found['blank guess: the mean digit']:.3f}."
    )
    extra = {
        "codes": [[round(float(v), 2) for v in code] for code in codes[:SHOWN]],
        "digits": "".join(map(str, test_digits[:SHOWN])),
        "low": [round(float(v), 2) for v in np.percentile(codes, 1, axis=0)],
        "high": [round(float(v), 2) for v in np.percentile(codes, 99, axis=0)],
    }
    arrays = {key: tensor.numpy() for key, tensor in decode.tensors().items()}
    weights.write("latent", arrays, measured=found, told=told, extra=extra)
    print(found)
