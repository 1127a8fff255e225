"""Three networks that learned apart, averaged by a model of all three."""

import numpy as np
from keras import Model, Sequential, layers
from keras.optimizers import Adam
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
x = x / 16.0
x_train, y_train, x_test, y_test = x[:700], y[:700], x[1200:], y[1200:]


def member(number):
    """A small network, trained on two thirds of the data."""
    network = Sequential(
        [
            layers.Input(shape=(64,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ],
        name=f"member_{number}",
    )
    network.compile(Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    rows = np.arange(len(x_train)) % 3 != number
    network.fit(x_train[rows], y_train[rows], epochs=14, batch_size=32, verbose=0)
    return network


members = [member(number) for number in range(3)]
alone = [network.evaluate(x_test, y_test, verbose=0)[1] for network in members]

image = layers.Input(shape=(64,))
for network in members:
    network.trainable = False
ensemble = Model(image, layers.average([network(image) for network in members]))
ensemble.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
together = ensemble.evaluate(x_test, y_test, verbose=0)[1]

p = ensemble.predict(x_test, verbose=0)
by_hand = sum(network.predict(x_test, verbose=0) for network in members) / 3
difference = float(abs(p - by_hand).max())

weight = layers.Dense(10, activation="softmax", name="judge")
judged = weight(layers.concatenate([network(image) for network in members]))
stacked = Model(image, judged)
stacked.compile(Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
before = members[0].get_weights()[0].copy()
stacked.fit(x_train, y_train, epochs=8, verbose=0)
moved = float(abs(members[0].get_weights()[0] - before).max())
judged_accuracy = stacked.evaluate(x_test, y_test, verbose=0)[1]
trained = len(stacked.trainable_weights), len(stacked.weights)
