"""Stop in time, keep the best, slow down on a plateau, write everything into a table."""

import csv
import pathlib

import keras
import numpy as np
from keras.callbacks import CSVLogger, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from sklearn.datasets import load_breast_cancer

data = load_breast_cancer()
x = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
x_train, x_val, x_test = x[:150], x[150:350], x[350:]
y_train, y_val, y_test = data.target[:150], data.target[150:350], data.target[350:]

model = keras.Sequential(
    [
        keras.layers.Input((30,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss="binary_crossentropy",
    metrics=["accuracy"],
)
callbacks = [
    EarlyStopping(
        monitor="val_loss", min_delta=0.001, patience=12, verbose=1, restore_best_weights=True
    ),
    ModelCheckpoint("best.keras", monitor="val_loss", save_best_only=True, verbose=0),
    ModelCheckpoint("last.weights.h5", save_weights_only=True),
    ReduceLROnPlateau(monitor="val_loss", factor=0.2, patience=3, min_lr=1e-5, verbose=0),
    CSVLogger("training.csv", separator=","),
]
history = model.fit(
    x_train,
    y_train,
    epochs=100,
    batch_size=32,
    validation_data=(x_val, y_val),
    callbacks=callbacks,
    verbose=0,
)
best_val_loss = min(history.history["val_loss"])
kept = model.evaluate(x_val, y_val, verbose=0)
stored = keras.models.load_model("best.keras").evaluate(x_val, y_val, verbose=0)
accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
with pathlib.Path("training.csv").open() as file:
    rows = list(csv.DictReader(file))
last_rate = float(rows[-1]["learning_rate"])
files = sorted(path.name for path in pathlib.Path().iterdir())
print(f"{len(rows)} epochs, rate {last_rate:.5f}, {np.round(accuracy, 3)} right")
