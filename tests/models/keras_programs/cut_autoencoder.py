"""An autoencoder made in one piece and cut in two: its encoder, and a decoder from its layers."""

import keras
import numpy as np
from keras import layers
from keras.models import Model
from sklearn.datasets import load_digits

x = load_digits().data.astype("float32") / 16
x_train, x_test = x[:1400], x[1400:]

encoding_dim = 12
input_img = keras.Input(shape=(64,))
encoded = layers.Dense(48, activation="relu")(input_img)
encoded = layers.Dense(encoding_dim, activation="linear", name="code")(encoded)
decoded = layers.Dense(48, activation="relu", name="widen")(encoded)
decoded = layers.Dense(64, activation="sigmoid", name="pixels")(decoded)

autoencoder = Model(input_img, decoded)
autoencoder.compile(optimizer=keras.optimizers.Adam(5e-3), loss="binary_crossentropy")
autoencoder.fit(
    x_train,
    x_train,
    epochs=15,
    batch_size=64,
    shuffle=True,
    validation_data=(x_test, x_test),
    verbose=0,
)

encoder = Model(autoencoder.input, autoencoder.get_layer("code").output)
encoded_input = keras.Input(shape=(encoding_dim,))
rebuilt = encoded_input
for layer in autoencoder.layers[-2:]:
    rebuilt = layer(rebuilt)
decoder = Model(encoded_input, rebuilt)

encoded_imgs = encoder.predict(x_test)
decoded_imgs = decoder.predict(encoded_imgs)
whole = autoencoder.predict(x_test)
difference = float(np.abs(decoded_imgs - whole).max())
error = float(np.mean((whole - x_test) ** 2))
error_of_mean = float(np.mean((x_train.mean(axis=0) - x_test) ** 2))
shapes = [encoder.output_shape, decoder.input_shape, decoder.output_shape]
shared = decoder.layers[-1] is autoencoder.get_layer("pixels")
