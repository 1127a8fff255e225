"""Regularizers, initializers, constraints and batch normalization, by object and by name."""

import numpy as np
from tensorflow.keras import initializers, layers, regularizers
from tensorflow.keras.constraints import MaxNorm
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam

rng = np.random.default_rng(0)
x, y = rng.normal(size=(200, 8)), rng.integers(0, 3, 200)

model = Sequential(
    [
        layers.Dense(
            32,
            activation="relu",
            kernel_initializer="he_normal",
            kernel_regularizer=regularizers.l2(0.01),
            bias_initializer=initializers.Constant(0.1),
            input_shape=(8,),
        ),
        layers.BatchNormalization(),
        layers.Dense(
            16,
            kernel_regularizer=regularizers.l1_l2(l1=1e-4, l2=1e-3),
            bias_regularizer="l2",
            activity_regularizer=regularizers.l2(1e-5),
            kernel_constraint=MaxNorm(3),
            kernel_initializer=initializers.RandomNormal(mean=0.0, stddev=0.05, seed=7),
        ),
        layers.LeakyReLU(),
        layers.GaussianNoise(0.1),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(optimizer=Adam(0.001), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
before = model.evaluate(x, y, verbose=0)[0]
data_loss = -np.log(model.predict(x, verbose=0)[np.arange(200), y]).mean()
model.fit(x, y, epochs=20, verbose=0)
after = model.evaluate(x, y, verbose=0)[0]
print(f"loss {before:.3f} -> {after:.3f}, of which data {data_loss:.3f} at first")
