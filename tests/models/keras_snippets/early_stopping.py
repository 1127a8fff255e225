"""Stop when it gets no better, keep the best model on disk, load it again."""

import numpy as np
from keras.callbacks import CSVLogger, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from keras.layers import Dense
from keras.models import Sequential, load_model

rng = np.random.default_rng(1)
X = rng.normal(size=(160, 2))
y = (np.sum(X**2, axis=1) + 0.7 * rng.normal(size=160) > 1.4).astype(int)
n_train = 60
x_train, x_test = X[:n_train, :], X[n_train:, :]
y_train, y_test = y[:n_train], y[n_train:]

model = Sequential()
model.add(Dense(200, input_dim=2, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])

es = EarlyStopping(monitor="val_loss", mode="min", verbose=1, patience=20)
mc = ModelCheckpoint("best_model.npz", monitor="val_accuracy", mode="max", save_best_only=True)
rl = ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=10, min_lr=0.0001)
history = model.fit(
    x_train,
    y_train,
    validation_data=(x_test, y_test),
    epochs=400,
    verbose=0,
    callbacks=[es, mc, rl, CSVLogger("training.log")],
)

saved_model = load_model("best_model.npz")
_, train_acc = saved_model.evaluate(x_train, y_train, verbose=0)
_, test_acc = saved_model.evaluate(x_test, y_test, verbose=0)
print(f"Train: {train_acc:.3f}, Test: {test_acc:.3f}")
