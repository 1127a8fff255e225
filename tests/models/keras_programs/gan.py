"""A forger and a critic in turns: transposed convolutions, LeakyReLU, a frozen discriminator."""

import numpy as np
from keras.layers import (
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    Reshape,
)
from keras.models import Sequential
from keras.optimizers import Adam
from sklearn.datasets import load_digits

digits = load_digits()
real = digits.images[digits.target == 1][..., None] / 8.0 - 1  # ones, in -1..1
latent_dim, half = 8, 16
rng = np.random.default_rng(1)

discriminator = Sequential(name="discriminator")
discriminator.add(Conv2D(16, (3, 3), strides=(2, 2), padding="same", input_shape=(8, 8, 1)))
discriminator.add(LeakyReLU(negative_slope=0.2))
discriminator.add(Dropout(0.3))
discriminator.add(Flatten())
discriminator.add(Dense(1, activation="sigmoid"))
discriminator.compile(loss="binary_crossentropy", optimizer=Adam(0.002, beta_1=0.5))

generator = Sequential(name="generator")
generator.add(Dense(4 * 4 * 16, input_dim=latent_dim))
generator.add(BatchNormalization(momentum=0.8))
generator.add(LeakyReLU(negative_slope=0.2))
generator.add(Reshape((4, 4, 16)))
generator.add(Conv2DTranspose(16, (4, 4), strides=(2, 2), padding="same", activation="relu"))
generator.add(Conv2D(1, (3, 3), activation="tanh", padding="same"))

discriminator.trainable = False
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer=Adam(0.002, beta_1=0.5))

mean_of_real = real.mean(axis=0)
noise = rng.normal(size=(200, latent_dim))
distance_before = np.abs(generator.predict(noise, verbose=0).mean(axis=0) - mean_of_real).mean()
for _ in range(200):
    fake = generator.predict_on_batch(rng.normal(size=(half, latent_dim)))
    images = np.concatenate([real[rng.integers(0, len(real), half)], fake])
    answers = np.concatenate([np.full((half, 1), 0.9), np.zeros((half, 1))])
    discriminator.trainable = True
    d_loss = discriminator.train_on_batch(images, answers)
    discriminator.trainable = False
    critic = discriminator.get_weights()
    g_loss = gan.train_on_batch(rng.normal(size=(2 * half, latent_dim)), np.ones((2 * half, 1)))
critic_stood_still = all((a == b).all() for a, b in zip(critic, discriminator.get_weights()))
generated = generator.predict(noise, verbose=0)
distance_after = np.abs(generated.mean(axis=0) - mean_of_real).mean()
