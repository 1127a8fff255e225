"""Three ways to change the learning rate."""

import math

import keras
import numpy as np
from keras.callbacks import LearningRateScheduler
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import SGD
from keras.optimizers.schedules import ExponentialDecay

x = np.linspace(-1, 1, 64)[:, None]
y = np.sin(3 * x)


def build(optimizer):
    model = Sequential([Dense(16, activation="tanh", input_shape=(1,)), Dense(1)])
    model.compile(loss="mean_squared_error", optimizer=optimizer)
    return model


def step_decay(epoch):
    initial_lrate, drop, epochs_drop = 0.1, 0.5, 10.0
    return initial_lrate * math.pow(drop, math.floor((1 + epoch) / epochs_drop))


model = build(SGD(momentum=0.9))
lrate = LearningRateScheduler(step_decay)
history = model.fit(x, y, epochs=20, batch_size=28, callbacks=[lrate], verbose=0)
print("last rate:", model.optimizer.learning_rate)


def scheduler(epoch, lr):
    return lr if epoch < 3 else lr * math.exp(-0.1)


model = build(SGD(0.1))
model.fit(x, y, epochs=5, callbacks=[keras.callbacks.LearningRateScheduler(scheduler)], verbose=0)
print(round(model.optimizer.learning_rate, 5))

lr_schedule = ExponentialDecay(initial_learning_rate=1e-1, decay_steps=10, decay_rate=0.9)
model = build(SGD(learning_rate=lr_schedule, clipnorm=1.0))
model.fit(x, y, epochs=5, verbose=0)
