"""Reviews as lists of word numbers, padded; an Embedding and a bidirectional LSTM say yes or no."""

import numpy as np
from keras.layers import LSTM, Bidirectional, Dense, Embedding
from keras.models import Sequential
from keras.utils import pad_sequences

max_features, maxlen = 50, 12
good, bad = range(2, 12), range(12, 22)  # the words that decide

rng = np.random.default_rng(0)
reviews, labels = [], rng.integers(0, 2, 600)
for label in labels:
    words = rng.integers(22, max_features, rng.integers(3, 16)).tolist()
    words.insert(rng.integers(len(words)), rng.choice(good if label else bad))
    words.insert(rng.integers(len(words)), rng.choice(good if label else bad))
    reviews.append(words)

x = pad_sequences(reviews, maxlen=maxlen)
x_train, x_test, y_train, y_test = x[:500], x[500:], labels[:500], labels[500:]

model = Sequential()
model.add(Embedding(max_features, 16, input_length=maxlen, mask_zero=True))
model.add(Bidirectional(LSTM(16, dropout=0.1, recurrent_dropout=0.1)))
model.add(Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.summary()

model.fit(x_train, y_train, batch_size=32, epochs=8, validation_data=(x_test, y_test), verbose=2)
score, acc = model.evaluate(x_test, y_test, batch_size=32, verbose=0)
print("Test accuracy:", acc)
