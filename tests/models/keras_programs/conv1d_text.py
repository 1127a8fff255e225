"""Convolution over words: does a pair of words stand anywhere in the text?"""

import numpy as np
from keras.layers import Conv1D, Dense, Dropout, Embedding, GlobalMaxPooling1D, MaxPooling1D
from keras.models import Sequential
from keras.utils import pad_sequences

max_features, maxlen = 40, 20
filters, kernel_size, hidden_dims = 32, 3, 24

rng = np.random.default_rng(0)
labels = rng.integers(0, 2, size=900)
texts = []
for label in labels:
    words = rng.integers(3, max_features, size=rng.integers(10, maxlen + 1))
    at = rng.integers(0, len(words) - 1)
    words[at : at + 2] = (1, 2) if label else (2, 1)
    texts.append(words.tolist())
x = pad_sequences(texts, maxlen=maxlen, padding="pre", truncating="post", value=0)
x_train, x_test, y_train, y_test = x[:700], x[700:], labels[:700], labels[700:]

model = Sequential()
model.add(Embedding(max_features, 16, input_length=maxlen))
model.add(Dropout(0.1))
model.add(Conv1D(filters, kernel_size, padding="valid", activation="relu", strides=1))
model.add(GlobalMaxPooling1D())
model.add(Dense(hidden_dims, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=12, verbose=0)
score, accuracy = model.evaluate(x_test, y_test, verbose=0)

deeper = Sequential(
    [
        Embedding(max_features, 16, name="words"),
        Conv1D(16, 3, activation="relu", padding="same", name="pairs"),
        MaxPooling1D(2, name="halved"),
        Conv1D(16, 3, activation="relu", dilation_rate=2, name="wide"),
        GlobalMaxPooling1D(name="anywhere"),
        Dense(1, activation="sigmoid", name="verdict"),
    ]
)
deeper.build((None, maxlen))
shapes = {layer.name: layer.output.shape for layer in deeper.layers}
