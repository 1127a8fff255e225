"""Reviews of unequal length: padding, masks, LSTMs that read from both ends."""

import numpy as np
from keras.layers import LSTM, Bidirectional, Dense, Dropout, Embedding
from keras.models import Sequential
from keras.preprocessing import sequence

max_features, maxlen, batch_size = 60, 16, 32
rng = np.random.default_rng(0)


def review():
    """Its first or its last word is a verdict, 2 to 9: 2 to 5 are bad."""
    words = rng.integers(10, max_features, size=rng.integers(4, 14))
    verdict = rng.integers(2, 10)
    words[rng.choice([0, -1])] = verdict
    return list(words), int(verdict > 5)


reviews = [review() for _ in range(700)]
x = sequence.pad_sequences([words for words, _ in reviews], maxlen=maxlen, padding="post")
y = np.array([label for _, label in reviews])
x_train, x_test, y_train, y_test = x[:500], x[500:], y[:500], y[500:]
print("x_train shape:", x_train.shape)

model = Sequential()
model.add(Embedding(max_features, 16, mask_zero=True))
model.add(Bidirectional(LSTM(12, return_sequences=True)))
model.add(Bidirectional(LSTM(8), merge_mode="concat"))
model.add(Dropout(0.2))
model.add(Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])

print("Train...")
model.optimizer.learning_rate = 0.01
model.fit(x_train, y_train, batch_size=batch_size, epochs=5, validation_data=(x_test, y_test))
score, acc = model.evaluate(x_test, y_test, batch_size=batch_size)
print("Test accuracy:", acc)

# masked steps change nothing, so more padding gives the same answer
longer = sequence.pad_sequences(x_test[:8], maxlen=24, padding="post")
difference = float(np.abs(model.predict(longer) - model.predict(x_test[:8])).max())
shapes = [w.shape for w in model.get_weights()]
