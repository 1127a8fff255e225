"""News in eight topics: one-hot answers, three best guesses, and what a bottleneck costs."""

import keras
import numpy as np
from keras import layers
from keras.utils import to_categorical

rng = np.random.default_rng(1)
topics, words = 8, 300
favourites = rng.dirichlet(np.full(words, 0.05), size=topics)
labels = rng.integers(0, topics, size=1600)
counts = np.stack([rng.multinomial(12, favourites[k]) for k in labels])
x = (counts > 0).astype("float32")
x_train, x_test = x[:1200], x[1200:]
y_train, y_test = to_categorical(labels[:1200]), to_categorical(labels[1200:])


def build(hidden):
    model = keras.Sequential(
        [
            layers.Dense(64, activation="relu"),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(topics, activation="softmax"),
        ]
    )
    top_3_accuracy = keras.metrics.TopKCategoricalAccuracy(k=3, name="top_3_accuracy")
    model.compile(
        optimizer="adam",
        loss="categorical_crossentropy",
        metrics=["accuracy", top_3_accuracy],
    )
    return model


model = build(hidden=64)
history = model.fit(
    x_train, y_train, epochs=6, batch_size=64, validation_data=(x_test, y_test), verbose=2
)
loss, accuracy, top_3 = model.evaluate(x_test, y_test, verbose=0)

narrow = build(hidden=1)
narrow.fit(x_train, y_train, epochs=6, batch_size=64, verbose=0)
narrow_accuracy = narrow.evaluate(x_test, y_test, verbose=0)[1]

test_labels = labels[1200:]
shuffled = rng.permutation(test_labels)
by_chance = float(np.mean(test_labels == shuffled))
predictions = model.predict(x_test)
print(f"{accuracy:.0%}, by chance {by_chance:.0%}, through one unit {narrow_accuracy:.0%}")
