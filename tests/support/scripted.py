"""Training whose results are written down beforehand, for callbacks to react to."""

import numpy as np

from minidl import Sequential, callbacks
from minidl.layers import Dense

X = np.random.default_rng(0).standard_normal((12, 3)).astype("f4")
Y = (X.sum(axis=1) > 0).astype("i8")
NAN = float("nan")


class Script(callbacks.Callback):
    """Report these values as results, one an epoch."""

    def __init__(self, **values):
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs.update({name: values[epoch] for name, values in self.values.items()})


def small_model(optimizer="sgd"):
    model = Sequential([Dense(2, "softmax", input_shape=(3,))], seed=0)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(*given, epochs=1, model=None, **options):
    model = model or small_model()
    model.fit(X, Y, batch_size=4, epochs=epochs, callbacks=list(given), verbose=0, **options)
    return model


def follow(values, callback, monitor="val_loss", **options):
    """Train for an epoch a value, and let the callback watch the values."""
    return fit(Script(**{monitor: values}), callback, epochs=len(values), **options)
