"""A model as three things: its weights, its architecture as text, and both in one file."""

import json

import keras
import numpy as np
from keras.layers import Dense, Dropout
from keras.models import Sequential, clone_model, load_model, model_from_json
from sklearn.datasets import load_iris

iris = load_iris()
order = np.random.default_rng(0).permutation(150)
X, Y = iris.data[order], keras.utils.to_categorical(iris.target[order], num_classes=3)


def create_model():
    model = Sequential(name="flowers")
    model.add(Dense(16, input_dim=4, activation="relu", kernel_initializer="normal", name="wide"))
    model.add(Dropout(0.1, name="holes"))
    model.add(Dense(3, activation="softmax", name="kind"))
    return model


model = create_model()
optimizer = keras.optimizers.Adam(learning_rate=0.02)
model.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
model.fit(X[:120], Y[:120], epochs=30, batch_size=10, verbose=0)
scores = model.evaluate(X[120:], Y[120:], verbose=0)
print(f"{model.metrics_names[0]}, accuracy: {scores[1] * 100:.2f}%")
expected = model.predict(X[120:])

model.save_weights("flowers.weights.h5")
other = create_model()
other.load_weights("flowers.weights.h5")
differences = [np.abs(other.predict(X[120:]) - expected).max()]

with open("flowers.json", "w") as json_file:  # noqa: PTH123
    json_file.write(model.to_json())
with open("flowers.json") as json_file:  # noqa: PTH123
    text = json_file.read()
from_text = model_from_json(text)
untrained = np.abs(from_text.predict(X[120:]) - expected).max()
from_text.set_weights(model.get_weights())
differences.append(np.abs(from_text.predict(X[120:]) - expected).max())
class_name = json.loads(text)["class_name"]

clone = clone_model(model)
clone.layers[0].set_weights(model.layers[0].get_weights())
clone.get_layer("kind").set_weights(model.get_layer(index=-1).get_weights())
differences.append(np.abs(clone.predict(X[120:]) - expected).max())
same_plan = Sequential.from_config(model.get_config())
names = [layer.name for layer in same_plan.layers]

model.save("flowers.keras")
loaded = load_model("flowers.keras")
differences.append(np.abs(loaded.predict(X[120:]) - expected).max())
loaded_scores = loaded.evaluate(X[120:], Y[120:], verbose=0)
