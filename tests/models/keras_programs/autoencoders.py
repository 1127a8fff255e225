"""Digits through a bottleneck: a dense autoencoder, and a convolutional one against noise."""

import keras
import numpy as np
from keras import layers
from keras.models import Sequential
from sklearn.datasets import load_digits

x = load_digits().images.astype("float32") / 16.0
x_train, x_test = x[:1400], x[1400:]

encoder = Sequential(
    [
        layers.Flatten(input_shape=(8, 8)),
        layers.Dense(32, activation="relu"),
        layers.Dense(8, activation="linear", name="bottleneck"),
    ]
)
decoder = Sequential(
    [
        layers.Dense(32, activation="relu", input_shape=[8]),
        layers.Dense(64, activation="sigmoid"),
        layers.Reshape([8, 8]),
    ]
)
autoencoder = Sequential([encoder, decoder])
autoencoder.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.01))
autoencoder.fit(x_train, x_train, epochs=15, batch_size=64, verbose=0)
codes = encoder.predict(x_test, verbose=0)
rebuilt = decoder.predict(codes, verbose=0)
whole = autoencoder.predict(x_test, verbose=0)
error = float(np.mean((rebuilt - x_test) ** 2))
error_of_mean = float(np.mean((x_train.mean(axis=0) - x_test) ** 2))

noisy_train, noisy_test = (
    np.clip(part + np.random.default_rng(0).normal(0, 0.3, size=part.shape), 0, 1)[..., None]
    for part in (x_train, x_test)
)
denoiser = Sequential()
denoiser.add(keras.Input(shape=(8, 8, 1)))
denoiser.add(layers.Conv2D(16, (3, 3), activation="relu", padding="same"))
denoiser.add(layers.MaxPooling2D((2, 2), padding="same"))
denoiser.add(layers.Conv2D(16, (3, 3), activation="relu", padding="same"))
denoiser.add(layers.UpSampling2D((2, 2)))
denoiser.add(layers.Conv2D(1, (3, 3), activation="sigmoid", padding="same"))
denoiser.compile(optimizer="adam", loss="mse")
denoiser.fit(noisy_train, x_train[..., None], epochs=8, batch_size=32, shuffle=True, verbose=0)
cleaned = denoiser.predict(noisy_test, verbose=0)
noise = float(np.mean((noisy_test[..., 0] - x_test) ** 2))
noise_left = float(np.mean((cleaned[..., 0] - x_test) ** 2))
