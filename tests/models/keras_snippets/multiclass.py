"""Flowers: labels as text, one-hot rows, a prediction by name."""

import numpy as np
from keras import utils
from keras.layers import Dense
from keras.models import Sequential

rng = np.random.default_rng(0)
names = np.array(["setosa", "versicolor", "virginica"])
centres = rng.normal(size=(3, 4)) * 2
labels = names[np.arange(150) % 3]
X = centres[np.arange(150) % 3] + rng.normal(size=(150, 4))

classes, encoded = np.unique(labels, return_inverse=True)
dummy_y = utils.to_categorical(encoded)

model = Sequential()
model.add(Dense(8, input_dim=4, activation="relu"))
model.add(Dense(3, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, dummy_y, epochs=100, batch_size=5, verbose=0)

scores = model.evaluate(X, dummy_y, verbose=0)
print("{}: {:.2f}%".format("accuracy", scores[1] * 100))
prediction = classes[np.argmax(model.predict(X[:6]), axis=-1)]

model.save_weights("model.weights.npz")
model.load_weights("model.weights.npz")
