"""Good or bad? Reviews as vectors of zeros and ones, in a network of 16, 16 and 1 units."""

import numpy as np
from keras import layers, models

NUM_WORDS = 400
rng = np.random.default_rng(0)


def write_review(positive):
    """Most words mean nothing; a few of the first hundred tell."""
    telling = rng.integers(0, 50, size=2) + (0 if positive else 50)
    return [*telling, *rng.integers(100, NUM_WORDS, size=30)]


train_labels, test_labels = rng.integers(0, 2, size=1500), rng.integers(0, 2, size=500)
train_data = [write_review(label) for label in train_labels]
test_data = [write_review(label) for label in test_labels]


def vectorize_sequences(sequences, dimension=NUM_WORDS):
    results = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        for j in sequence:
            results[i, j] = 1.0
    return results


x_train, x_test = vectorize_sequences(train_data), vectorize_sequences(test_data)
y_train = np.asarray(train_labels).astype("float32")
y_test = np.asarray(test_labels).astype("float32")
x_val, partial_x_train = x_train[:300], x_train[300:]
y_val, partial_y_train = y_train[:300], y_train[300:]

model = models.Sequential()
model.add(layers.Dense(16, activation="relu", input_shape=(NUM_WORDS,)))
model.add(layers.Dense(16, activation="relu"))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["binary_accuracy"])

history = model.fit(
    partial_x_train,
    partial_y_train,
    epochs=12,
    batch_size=32,
    validation_data=(x_val, y_val),
)
history_dict = history.history
best_epoch = int(np.argmax(history_dict["val_binary_accuracy"])) + 1
results = model.evaluate(x_test, y_test)
probabilities = model.predict(x_test)
