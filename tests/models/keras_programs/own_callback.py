"""Callbacks of one's own: what they are told, what they may change."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 8))
y = (x[:, 0] * x[:, 1] > 0).astype("int32")


class Diary(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.batch_losses, self.rates, self.lines = [], [], []
        self.lines.append(f"{self.params['epochs']} epochs of {self.params['steps']} steps")

    def on_epoch_begin(self, epoch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_train_batch_end(self, batch, logs=None):
        self.batch_losses.append(logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        self.lines.append(f"{epoch}: {', '.join(sorted(logs))}")
        if logs["val_accuracy"] > 0.9:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        self.lines.append("over")


class Halve(keras.callbacks.Callback):
    """Halve the learning rate every ten epochs."""

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % 10 == 0:
            rate = float(self.model.optimizer.learning_rate)
            self.model.optimizer.learning_rate = rate / 2


model = keras.Sequential(name="xor")
model.add(layers.Dense(32, activation="relu", input_dim=8))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(
    optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy", metrics=["accuracy"]
)

seen = []
diary = Diary()
tell = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
callbacks = [diary, Halve(), tell]
history = model.fit(
    x, y, batch_size=32, epochs=60, validation_split=0.25, callbacks=callbacks, verbose=0
)
accuracy = model.evaluate(x, y, callbacks=[diary], verbose=0)[1]
print(*diary.lines[:2], diary.lines[-1], sep="\n")
