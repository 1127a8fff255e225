"""Batches from a class: every index makes one, and the order changes after each epoch."""

import math

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits


class DigitBatches(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size, shuffle=True, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y = x, y
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.order = np.arange(len(x))
        self.epochs_ended = 0

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, idx):
        low = idx * self.batch_size
        rows = self.order[low : min(low + self.batch_size, len(self.x))]
        return self.x[rows].reshape(-1, 64) / 16.0, self.y[rows]

    def on_epoch_end(self):
        self.epochs_ended += 1
        if self.shuffle:
            np.random.default_rng(self.epochs_ended).shuffle(self.order)


digits = load_digits()
train = DigitBatches(digits.images[:1300], digits.target[:1300], batch_size=50)
val = DigitBatches(digits.images[1300:], digits.target[1300:], batch_size=100, shuffle=False)

model = keras.Sequential(
    [
        keras.Input(shape=(64,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, epochs=8, validation_data=val, verbose=2)
loss, accuracy = model.evaluate(val, verbose=0)
predictions = model.predict(val, verbose=0)
by_hand = np.mean(predictions.argmax(axis=1) == digits.target[1300:])
order_changed = bool((train.order != np.arange(1300)).any())
