"""Which digit, and how much ink? One trunk, two heads, two losses."""

import keras
import numpy as np
from keras import Model, layers
from sklearn.datasets import load_digits

digits = load_digits()
images = digits.images[..., None] / 16.0
ink = images.mean(axis=(1, 2, 3))[:, None]
ink = (ink - ink.mean()) / ink.std()
x_train, x_test = images[:1400], images[1400:]
train = {"digit": digits.target[:1400], "ink": ink[:1400]}
test = {"digit": digits.target[1400:], "ink": ink[1400:]}

inputs = keras.Input(shape=(8, 8, 1), name="image")
x = layers.Conv2D(16, 3, activation="relu")(inputs)
x = layers.Flatten()(x)
x = layers.Dense(48, activation="relu")(x)
digit = layers.Dense(10, activation="softmax", name="digit")(x)
ink_head = layers.Dense(1, name="ink")(x)
model = Model(inputs, {"digit": digit, "ink": ink_head})

model.compile(
    optimizer="adam",
    loss={"digit": "sparse_categorical_crossentropy", "ink": "mse"},
    loss_weights={"digit": 1.0, "ink": 0.5},
    metrics={"digit": ["accuracy"], "ink": ["mae"]},
)
history = model.fit(x_train, train, epochs=10, batch_size=32, validation_split=0.1, verbose=2)
keys = sorted(history.history)
results = model.evaluate(x_test, test, verbose=0, return_dict=True)
predictions = model.predict(x_test, verbose=0)
shapes = {name: values.shape for name, values in predictions.items()}
accuracy_by_hand = float((predictions["digit"].argmax(axis=1) == test["digit"]).mean())
mae_by_hand = float(np.abs(predictions["ink"] - test["ink"]).mean())

listed = Model(inputs, [digit, ink_head])
listed.compile("adam", loss=["sparse_categorical_crossentropy", "mse"], loss_weights=[1.0, 0.5])
total = listed.evaluate(x_test, [test["digit"], test["ink"]], verbose=0)
total = total[0] if isinstance(total, list) else total
