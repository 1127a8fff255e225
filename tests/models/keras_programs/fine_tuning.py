"""A network that knows ten digits learns even and odd: frozen at first, then its top as well."""

import keras
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential
from sklearn.datasets import load_digits

digits = load_digits()
x = digits.images.reshape(-1, 8, 8, 1) / 16.0
even = (digits.target % 2 == 0).astype("float32")

base = Sequential(name="base")
base.add(Conv2D(16, (3, 3), activation="relu", input_shape=(8, 8, 1), name="block1_conv"))
base.add(MaxPooling2D((2, 2), name="block1_pool"))
base.add(Flatten(name="flatten"))
base.add(Dense(32, activation="relu", name="fc1"))
base.add(Dense(10, activation="softmax", name="predictions"))
base.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
base.fit(x[:1000], digits.target[:1000], epochs=12, verbose=0)
base_accuracy = base.evaluate(x[1000:], digits.target[1000:], verbose=0)[1]

base.pop()  # the head that names digits
base.trainable = False

model = Sequential()
model.add(base)
model.add(Dense(16, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
print("trainable weights with a frozen base:", len(model.trainable_weights))
frozen_count = len(model.trainable_weights), len(model.non_trainable_weights)

model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["acc"])
before = base.get_weights()
model.fit(x[1000:1300], even[1000:1300], epochs=15, batch_size=16, verbose=0)
frozen = [bool((a == b).all()) for a, b in zip(before, base.get_weights())]
accuracy_head = model.evaluate(x[1300:], even[1300:], verbose=0)[1]

base.trainable = True
set_trainable = False
for layer in base.layers:
    if layer.name == "fc1":
        set_trainable = True
    layer.trainable = set_trainable
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.RMSprop(1e-3), metrics=["acc"])
tuned_count = len(model.trainable_weights), len(model.non_trainable_weights)
history = model.fit(
    x[1000:1300], even[1000:1300], epochs=10, validation_data=(x[1300:], even[1300:]), verbose=0
)
tuned = [bool((a == b).all()) for a, b in zip(before, base.get_weights())]
accuracy_tuned = history.history["val_acc"][-1]
