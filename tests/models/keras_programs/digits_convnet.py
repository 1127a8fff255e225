"""A small convnet that scales its own input, keeps its checkpoints and is loaded again."""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

digits = load_digits()
images = np.kron(digits.images, np.ones((1, 2, 2))) * 255 / 16  # every pixel twice as wide
images = np.expand_dims(images, -1).astype("uint8")
x_train, x_test = images[:1400], images[1400:]
y_train, y_test = digits.target[:1400], digits.target[1400:]

num_classes = 10
input_shape = (16, 16, 1)

model = keras.Sequential(
    [
        keras.Input(shape=input_shape),
        layers.Rescaling(1.0 / 255),
        layers.Conv2D(16, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(num_classes, activation="softmax"),
    ]
)
model.summary()
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(),
    optimizer=keras.optimizers.Adam(learning_rate=1e-3),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")],
)

callbacks = [
    keras.callbacks.ModelCheckpoint(filepath="model_at_epoch_{epoch}.keras"),
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=2),
]
history = model.fit(
    x_train, y_train, batch_size=32, epochs=6, validation_split=0.15, callbacks=callbacks
)
score = model.evaluate(x_test, y_test, verbose=0)

model.save("final_model.keras")
same_model = keras.saving.load_model("final_model.keras")
predictions = model.predict(x_test)
difference = float(np.abs(same_model.predict(x_test) - predictions).max())
