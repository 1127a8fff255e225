"""Taking noise off digits: strided convolutions down, transposed ones up."""

import numpy as np
from keras.datasets import mnist
from keras.layers import Conv2D, Conv2DTranspose, UpSampling2D
from keras.models import Sequential, load_model

(x_train, _), (x_test, _) = mnist.load_data()
x_train = x_train.astype("float32").reshape(-1, 28, 28, 1) / 255.0
x_test = x_test.astype("float32").reshape(-1, 28, 28, 1) / 255.0

noise_factor = 0.4
rng = np.random.default_rng(0)
x_train_noisy = np.clip(x_train + noise_factor * rng.normal(size=x_train.shape), 0.0, 1.0)
x_test_noisy = np.clip(x_test + noise_factor * rng.normal(size=x_test.shape), 0.0, 1.0)

autoencoder = Sequential()
autoencoder.add(
    Conv2D(16, (3, 3), activation="relu", padding="same", strides=2, input_shape=(28, 28, 1))
)
autoencoder.add(Conv2D(8, (3, 3), activation="relu", padding="same", strides=2))
autoencoder.add(Conv2DTranspose(8, (3, 3), activation="relu", padding="same", strides=(2, 2)))
autoencoder.add(Conv2D(16, (3, 3), activation="relu", padding="same"))
autoencoder.add(UpSampling2D((2, 2)))
autoencoder.add(Conv2D(1, (3, 3), activation="sigmoid", padding="same"))
autoencoder.compile(optimizer="adam", loss="binary_crossentropy")

autoencoder.fit(
    x_train_noisy,
    x_train,
    epochs=5,
    batch_size=32,
    shuffle=True,
    validation_data=(x_test_noisy, x_test),
    verbose=0,
)
autoencoder.save("autoencoder.npz")
decoded_imgs = load_model("autoencoder.npz").predict(x_test_noisy)
print("shape:", decoded_imgs.shape)
