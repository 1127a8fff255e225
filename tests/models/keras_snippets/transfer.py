"""Transfer learning: cut the head off, freeze the rest, train a new head, then fine-tune."""

import keras
import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from keras.utils import to_categorical

rng = np.random.default_rng(0)
x = rng.normal(size=(300, 10)).astype("float32")
y_old = np.argmax(x[:, :4], axis=1)
y_new = (y_old > 1).astype("float32")

base = Sequential(name="base")
base.add(Dense(32, activation="relu", input_shape=(10,)))
base.add(Dense(16, activation="relu"))
base.add(Dense(4, activation="softmax"))
base.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
base.fit(x, to_categorical(y_old), epochs=30, verbose=0)

base.pop()
base.trainable = False
model = keras.Sequential([base, Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
print("trainable weights:", len(model.trainable_weights), "of", len(model.weights))

kept = [w.copy() for w in base.get_weights()]
model.fit(x, y_new, epochs=20, verbose=0)
frozen_after = base.get_weights()
_, accuracy_of_head = model.evaluate(x, y_new, verbose=0)

base.trainable = True
for layer in base.layers[:1]:
    layer.trainable = False
model.compile(keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y_new, epochs=10, verbose=0)
tuned_after = base.get_weights()
_, accuracy_tuned = model.evaluate(x, y_new, verbose=0)
