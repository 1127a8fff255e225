"""Callbacks of one's own: a class, and functions."""

import keras
import numpy as np
from keras.callbacks import LambdaCallback
from keras.layers import Dense
from keras.models import Sequential


class LossHistory(keras.callbacks.Callback):
    def on_train_begin(self, logs={}):  # noqa: B006
        self.losses = []

    def on_batch_end(self, batch, logs={}):  # noqa: B006
        self.losses.append(logs.get("loss"))


class MyCallback(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs.get("accuracy") > 0.9:
            print("\nReached 90% accuracy so cancelling training!")
            self.model.stop_training = True


x = np.random.default_rng(0).normal(size=(200, 6))
y = (x[:, 0] > 0).astype("int")

model = Sequential([Dense(10, activation="relu", input_shape=(6,)), Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

batch_history = LossHistory()
print_weights = LambdaCallback(
    on_epoch_end=lambda epoch, logs: print("epoch", epoch, model.layers[0].get_weights()[0].shape),
    on_train_end=lambda logs: print("done"),
)
history = model.fit(
    x,
    y,
    epochs=100,
    batch_size=10,
    verbose=0,
    callbacks=[batch_history, print_weights, MyCallback()],
)
print(len(batch_history.losses))
