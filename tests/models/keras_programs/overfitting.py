"""Four ways to meet overfitting: a smaller network, an L2 penalty, dropout, and all at once."""

import keras
import numpy as np
from keras import layers, regularizers

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 20)).astype("float32")
y = (x[:, :1] + x[:, 1:2] + rng.normal(size=(400, 1)) > 0).astype("float32")


def run(hidden):
    model = keras.Sequential([*hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-2),
        loss="binary_crossentropy",
        metrics=["accuracy", "binary_crossentropy"],
    )
    history = model.fit(x, y, epochs=40, batch_size=100, validation_split=0.5, verbose=0)
    return model, history.history["val_binary_crossentropy"]


sizes = {
    "original": [layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu")],
    "smaller": [layers.Dense(2, activation="relu")],
    "l2": [
        layers.Dense(64, kernel_regularizer=regularizers.l2(0.03), activation="relu"),
        layers.Dense(64, kernel_regularizer=regularizers.L2(0.03), activation="relu"),
    ],
    "dropout": [
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.5),
    ],
    "both": [
        layers.Dense(
            32, kernel_regularizer=regularizers.l1_l2(l1=2e-3, l2=2e-2), activation="relu"
        ),
        layers.Dropout(0.5),
    ],
}
models, val_losses = {}, {}
for name, hidden in sizes.items():
    models[name], val_losses[name] = run(hidden)
    best = int(np.argmin(val_losses[name]))
    print(f"{name:10s} best {min(val_losses[name]):.3f} in epoch {best}, ", end="")
    print(f"last {val_losses[name][-1]:.3f}, {models[name].count_params()} parameters")

penalty = float(sum(models["l2"].losses))
largest = {name: float(np.abs(m.get_weights()[0]).max()) for name, m in models.items()}
