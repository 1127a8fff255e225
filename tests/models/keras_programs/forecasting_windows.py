"""Twelve steps of the past, one of the future: a dense network, an LSTM, stacked GRUs."""

import keras
import numpy as np
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view

rng = np.random.default_rng(0)
t = np.arange(700)
temperature = 10 * np.sin(2 * np.pi * t / 24) + 5 * np.sin(2 * np.pi * t / 90)
pressure = np.cos(2 * np.pi * t / 24) + 0.1 * rng.normal(size=700)
raw_data = np.stack([temperature + 0.5 * rng.normal(size=700), pressure], axis=1)
mean, std = raw_data[:500].mean(axis=0), raw_data[:500].std(axis=0)
data = (raw_data - mean) / std

sequence_length, delay = 12, 6
windows = sliding_window_view(data, sequence_length, axis=0).swapaxes(1, 2)[:-delay]
targets = data[sequence_length + delay - 1 :, 0]
x_train, y_train = windows[:450], targets[:450]
x_test, y_test = windows[500:], targets[500:]
naive_mae = np.abs(x_test[:, -1, 0] - y_test).mean()  # it stays as it is

dense = keras.Sequential(
    [
        layers.Flatten(input_shape=(sequence_length, data.shape[-1])),
        layers.Dense(16, activation="relu"),
        layers.Dense(1),
    ]
)
lstm = keras.Sequential(
    [layers.LSTM(16, input_shape=(sequence_length, data.shape[-1])), layers.Dense(1)]
)
stacked = keras.Sequential(
    [
        keras.Input(shape=(sequence_length, data.shape[-1])),
        layers.GRU(16, recurrent_dropout=0.1, return_sequences=True),
        layers.GRU(16, dropout=0.1, recurrent_dropout=0.1),
        layers.Dropout(0.1),
        layers.Dense(1),
    ]
)
maes = {}
for name, model in {"dense": dense, "lstm": lstm, "stacked": stacked}.items():
    model.compile(optimizer=keras.optimizers.RMSprop(0.005), loss="mse", metrics=["mae"])
    epochs = 12 if name == "dense" else 6
    history = model.fit(
        x_train, y_train, epochs=epochs, validation_data=(x_test, y_test), verbose=0
    )
    maes[name] = model.evaluate(x_test, y_test, verbose=0)[1]
    print(f"{name}: test MAE {maes[name] * std[0]:.2f} degrees, naive {naive_mae * std[0]:.2f}")
