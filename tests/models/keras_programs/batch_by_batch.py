"""A loop of one's own: train_on_batch, test_on_batch, predict_on_batch."""

import keras
import numpy as np
from keras.layers import Dense, Dropout
from keras.models import Sequential
from sklearn.datasets import load_digits

digits = load_digits()
x, y = digits.data.astype("float32") / 16, digits.target
x_train, x_test, y_train, y_test = x[:1280], x[1280:], y[:1280], y[1280:]

model = Sequential([keras.Input((64,)), Dense(64, activation="relu"), Dropout(0.1), Dense(10)])
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)

batch_size, epochs = 64, 10
rng = np.random.default_rng(0)
losses = []
for epoch in range(epochs):
    model.reset_metrics()
    total = 0.0
    for rows in np.split(rng.permutation(1280), 1280 // batch_size):
        logs = model.train_on_batch(x_train[rows], y_train[rows], return_dict=True)
        total += float(logs["loss"])
    losses.append(total / (1280 // batch_size))
    print(f"epoch {epoch}: loss {losses[-1]:.3f}, last batch {float(logs['accuracy']):.3f}")

results = []
for start in range(0, len(x_test), batch_size):
    part = slice(start, start + batch_size)
    results.append(model.test_on_batch(x_test[part], y_test[part]))
sizes = [min(batch_size, len(x_test) - start) for start in range(0, len(x_test), batch_size)]
by_hand = np.average(results, axis=0, weights=sizes)

names = list(model.metrics_names)
evaluated = model.evaluate(x_test, y_test, batch_size=batch_size, verbose=0)
logits = model.predict_on_batch(x_test[:7])
same = float(np.abs(logits - model.predict(x_test[:7], verbose=0)).max())

model.reset_metrics()
weights = np.where(y_train[:64] == 3, 0.0, 1.0)
kept = [w.copy() for w in model.get_weights()]
weighted = model.train_on_batch(x_train[:64], y_train[:64], sample_weight=weights)
steps = int(model.optimizer.iterations)
stepped = max(float(np.abs(a - b).max()) for a, b in zip(kept, model.get_weights()))
