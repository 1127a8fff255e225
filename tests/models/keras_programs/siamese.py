"""The same digit or not? Two images through one branch, and three ways to compare."""

import numpy as np
from keras.layers import Concatenate, Dense, Dot, Dropout, Flatten, Input, Multiply, Subtract
from keras.models import Model
from sklearn.datasets import load_digits

digits = load_digits()
images, labels = digits.images / 16.0, digits.target
rng = np.random.default_rng(0)


def make_pairs(images, labels, count):
    """Half of the pairs show one digit twice."""
    first = rng.integers(0, len(images), size=count)
    second = rng.integers(0, len(images), size=count)
    for i in range(0, count, 2):
        second[i] = rng.choice(np.flatnonzero(labels == labels[first[i]]))
    same = (labels[first] == labels[second]).astype("float32")
    return [images[first], images[second]], same


pairs_train, y_train = make_pairs(images[:1400], labels[:1400], 3000)
pairs_test, y_test = make_pairs(images[1400:], labels[1400:], 600)


def create_base_network(input_shape):
    image = Input(shape=input_shape)
    x = Flatten()(image)
    x = Dense(64, activation="relu")(x)
    x = Dropout(0.1)(x)
    x = Dense(32, activation="relu")(x)
    return Model(image, x, name="branch")


branch = create_base_network((8, 8))
left, right = Input(shape=(8, 8)), Input(shape=(8, 8))
code_left, code_right = branch(left), branch(right)
difference = Subtract()([code_left, code_right])
squared = Multiply()([difference, difference])
cosine = Dot(axes=1, normalize=True)([code_left, code_right])
x = Concatenate()([squared, cosine])
verdict = Dense(1, activation="sigmoid")(x)

model = Model([left, right], verdict)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(pairs_train, y_train, batch_size=64, epochs=12, verbose=0)
accuracy = model.evaluate(pairs_test, y_test, verbose=0)[1]

parameters = model.count_params()  # the branch counts once
codes = branch.predict(pairs_test[0], verbose=0)
compare = Model([left, right], cosine)
with_itself = compare.predict([pairs_test[0], pairs_test[0]], verbose=0)
