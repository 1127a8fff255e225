"""Few pictures: the model itself turns, flips and zooms them, then convolves and normalizes."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(0)


def picture(kind):
    """A bright ring or a bright cross somewhere on a dark, noisy square."""
    row, column = np.mgrid[:16, :16]
    row, column = row - rng.integers(6, 10), column - rng.integers(6, 10)
    ring = np.abs(np.hypot(row, column) - 4) < 0.8
    cross = (np.minimum(np.abs(row), np.abs(column)) < 1) & (np.hypot(row, column) < 5)
    return 160 * (ring if kind else cross)[..., None] + rng.uniform(0, 95, size=(16, 16, 3))


labels = rng.integers(0, 2, size=360)
images = np.stack([picture(label) for label in labels]).astype("float32")
x_train, x_test, y_train, y_test = images[:240], images[240:], labels[:240], labels[240:]

data_augmentation = keras.Sequential(
    [
        layers.RandomFlip("horizontal"),
        layers.RandomRotation(0.1),
        layers.RandomZoom(0.2),
    ]
)

model = keras.Sequential([keras.Input(shape=(16, 16, 3)), data_augmentation])
model.add(layers.Rescaling(1.0 / 255))
for filters in [8, 16]:
    model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.Activation("relu"))
    model.add(layers.MaxPooling2D(2, padding="same"))
model.add(layers.GlobalAveragePooling2D())
model.add(layers.Dropout(0.2))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(
    loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"]
)
history = model.fit(x_train, y_train, epochs=10, batch_size=16, verbose=0)
test_loss, test_acc = model.evaluate(x_test, y_test)

augmented = keras.Sequential([data_augmentation]).predict(x_test[:4])  # off outside training
left_alone = bool(np.allclose(augmented, x_test[:4]))
shown = np.asarray(data_augmentation(x_test[:4], training=True))
changed = float(np.abs(shown - x_test[:4]).mean())
