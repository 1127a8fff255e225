"""A time series: windows of the past, the next value; stacked and stateful recurrent layers."""

import numpy as np
from keras.layers import GRU, LSTM, Dense, RepeatVector, SimpleRNN, TimeDistributed
from keras.models import Sequential


def split_sequence(sequence, n_steps):
    X, y = [], []
    for i in range(len(sequence) - n_steps):
        X.append(sequence[i : i + n_steps])
        y.append(sequence[i + n_steps])
    return np.array(X), np.array(y)


series = np.sin(0.3 * np.arange(330)) + 0.1 * np.random.default_rng(0).normal(size=330)
n_steps, n_features = 10, 1
X, y = split_sequence(series, n_steps)
X = X.reshape((X.shape[0], X.shape[1], n_features))
X_train, y_train, X_test, y_test = X[:256], y[:256], X[256:], y[256:]

model = Sequential()
model.add(SimpleRNN(16, return_sequences=True, input_shape=(n_steps, n_features)))
model.add(GRU(16))
model.add(Dense(1))
model.compile(optimizer="adam", loss="mse")
model.fit(X_train, y_train, epochs=15, verbose=0)
error = model.evaluate(X_test, y_test, verbose=0)
naive = np.mean((X_test[:, -1, 0] - y_test) ** 2)

# the whole window again, from one vector: encoder, RepeatVector, decoder
autoencoder = Sequential()
autoencoder.add(LSTM(16, input_shape=(n_steps, n_features)))
autoencoder.add(RepeatVector(n_steps))
autoencoder.add(LSTM(16, return_sequences=True))
autoencoder.add(TimeDistributed(Dense(n_features)))
autoencoder.compile(optimizer="adam", loss="mse")
history = autoencoder.fit(X_train, X_train, batch_size=16, epochs=15, verbose=0)

# one value at a time; what is remembered is all that the layer knows of the past
batch_size = 1
stateful = Sequential()
stateful.add(LSTM(4, batch_input_shape=(batch_size, 1, 1), stateful=True))
stateful.add(Dense(1))
stateful.compile(loss="mse", optimizer="adam")
for _ in range(2):
    stateful.fit(X_train[:40, -1:], y_train[:40], batch_size=batch_size, shuffle=False, verbose=0)
    stateful.reset_states()
first = stateful.predict(X_test[:1, -1:], batch_size=batch_size, verbose=0)
again = stateful.predict(X_test[:1, -1:], batch_size=batch_size, verbose=0)
