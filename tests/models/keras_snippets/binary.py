"""Two classes, `input_dim`, a split for validation, class weights."""

import numpy as np
from keras.layers import Activation, Dense, Dropout
from keras.models import Sequential
from keras.optimizers import SGD

rng = np.random.default_rng(0)
x_train = rng.random((400, 20))
y_train = (x_train[:, :10].sum(axis=1) > x_train[:, 10:].sum(axis=1)).astype(int)

model = Sequential()
model.add(Dense(32, input_dim=20, kernel_initializer="uniform"))
model.add(Activation("relu"))
model.add(Dropout(0.1))
model.add(Dense(1))
model.add(Activation("sigmoid"))

sgd = SGD(learning_rate=0.1, momentum=0.9, nesterov=True)
model.compile(loss="binary_crossentropy", optimizer=sgd, metrics=["acc"])

history = model.fit(
    x_train,
    y_train,
    epochs=30,
    batch_size=16,
    validation_split=0.2,
    class_weight={0: 1.0, 1: 1.0},
    shuffle=True,
    verbose=0,
)

print(history.history.keys())
acc, val_acc = history.history["acc"], history.history["val_acc"]
predicted = (model.predict(x_train) > 0.5).astype("int32")
