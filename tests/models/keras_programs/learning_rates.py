"""Every way to set a learning rate; Huber's loss for data with wild points."""

import keras
import numpy as np
from keras import layers
from keras.callbacks import LearningRateScheduler
from keras.optimizers.schedules import CosineDecay, ExponentialDecay

rng = np.random.default_rng(0)
x = rng.uniform(0, 50, size=(320, 1)).astype("float32")
y = np.sin(x[:, 0] / 10) + 0.05 * rng.normal(size=320)
y[::20] += 15  # a broken sensor

normalizer = layers.Normalization(axis=-1)
normalizer.adapt(x)


def build(optimizer, loss):
    model = keras.Sequential([normalizer, layers.Dense(32, activation="tanh"), layers.Dense(1)])
    model.compile(optimizer=optimizer, loss=loss)
    return model


def schedule(epoch, lr):
    return lr if epoch < 5 else lr * 0.9


model = build(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True), "mse")
history = model.fit(x, y, epochs=10, callbacks=[LearningRateScheduler(schedule)], verbose=0)
scheduled = history.history["learning_rate"]

model.optimizer.learning_rate = 0.02
by_attribute = float(model.optimizer.learning_rate)
model.fit(x, y, epochs=2, verbose=0)
model.optimizer.learning_rate.assign(0.001)
by_assign = float(model.optimizer.learning_rate)

exponential = ExponentialDecay(0.01, decay_steps=100, decay_rate=0.96, staircase=True)
cosine = CosineDecay(initial_learning_rate=0.03, decay_steps=500, alpha=0.01)
rates = [float(exponential(step)) for step in (0, 99, 100)] + [float(cosine(500))]

robust = build(keras.optimizers.Adam(cosine), keras.losses.Huber(delta=0.2))
losses = robust.fit(x, y, epochs=50, verbose=0).history["loss"]
clean = np.arange(320) % 20 > 0
truth = np.sin(x[:, 0] / 10)
mae_robust = np.abs(robust.predict(x)[:, 0] - truth)[clean].mean()

squared = build(keras.optimizers.Adam(exponential), "mean_squared_error")
squared.fit(x, y, epochs=50, verbose=0)
mae_squared = np.abs(squared.predict(x)[:, 0] - truth)[clean].mean()
steps_taken = int(robust.optimizer.iterations)
