"""A straight way and a long way through one network, for a table of numbers."""

import numpy as np
from keras import Input, Model
from keras.callbacks import EarlyStopping
from keras.layers import Dense, Dropout, concatenate
from keras.optimizers import RMSprop
from sklearn.datasets import load_diabetes

x, y = load_diabetes(return_X_y=True)
x, y = 20 * x, (y - y.mean()) / y.std()
x_train, y_train, x_test, y_test = x[:350], y[:350], x[350:], y[350:]

wide_input = Input(shape=(4,), name="wide_input")
deep_input = Input(shape=(8,), name="deep_input")
hidden = Dense(24, activation="relu", name="hidden_1")(deep_input)
hidden = Dropout(0.2)(hidden)
hidden = Dense(12, activation="relu", name="hidden_2")(hidden)
main = Dense(1, name="main")(concatenate([wide_input, hidden]))
helper = Dense(1, name="helper")(hidden)
model = Model(inputs=[wide_input, deep_input], outputs=[main, helper])
model.compile(
    optimizer=RMSprop(learning_rate=2e-3),
    loss=["mse", "mse"],
    loss_weights=[0.9, 0.1],
    metrics=[["mae"], ["mae"]],
)


def columns(table):
    """Both inputs see some columns."""
    return table[:, :4], table[:, 2:]


stop = EarlyStopping(monitor="val_main_loss", mode="min", patience=8, restore_best_weights=True)
history = model.fit(
    columns(x_train),
    (y_train, y_train),
    epochs=60,
    batch_size=32,
    validation_data=(columns(x_test), (y_test, y_test)),
    callbacks=[stop],
    verbose=0,
)
found = model.evaluate(columns(x_test), (y_test, y_test), verbose=0, return_dict=True)
main_only = Model(model.inputs, model.get_layer("main").output)
guess = main_only.predict(columns(x_test), verbose=0)[:, 0]
error = float(np.mean((guess - y_test) ** 2))
of_the_mean = float(np.mean((y_test - y_train.mean()) ** 2))
best = min(history.history["val_main_loss"])
