"""Small pictures of five kinds of clothes; the history of a run and single predictions."""

import numpy as np
from keras.layers import Dense, Flatten
from keras.models import Sequential

class_names = ["Trouser", "Dress", "Sandal", "Bag", "Boot"]

rng = np.random.default_rng(0)
patterns = rng.uniform(0, 255, size=(5, 14, 14))
labels = rng.integers(0, 5, size=1200)
images = np.clip(patterns[labels] + rng.normal(0, 120, size=(1200, 14, 14)), 0, 255)
train_images, train_labels = images[:1000] / 255.0, labels[:1000]
test_images, test_labels = images[1000:] / 255.0, labels[1000:]

model = Sequential()
model.add(Flatten(input_shape=(14, 14)))
model.add(Dense(64, activation="relu"))
model.add(Dense(len(class_names), activation="softmax"))
model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

history = model.fit(train_images, train_labels, epochs=12, validation_split=0.1)
epochs = range(1, len(history.history["loss"]) + 1)
for epoch, loss, val_loss in zip(epochs, history.history["loss"], history.history["val_loss"]):
    print(epoch, round(loss, 3), round(val_loss, 3))
ran = history.params["epochs"], history.params["steps"], history.epoch[-1]

test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=2)

one = np.expand_dims(test_images[0], 0)
single = model.predict(one)
answer = class_names[np.argmax(single[0])]
print(f"a {answer}; it is a {class_names[test_labels[0]]}")
classes = model.predict(test_images).argmax(axis=-1)
accuracy_by_hand = np.mean(classes == test_labels)
