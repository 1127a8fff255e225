"""Images straight from the data set, logits, and a model that wraps a model."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        layers.Flatten(),
        layers.Dense(64, activation="relu", name="hidden"),
        layers.Dropout(0.2),
        layers.Dense(10),
    ]
)
untrained = model(x_train[:1])

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=1e-2),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x_train, y_train, epochs=3, verbose=2)
test_loss, test_acc = model.evaluate(x_test, y_test, verbose=2)
print("\nTest accuracy:", test_acc)

probability_model = keras.Sequential([model, layers.Softmax()])
predictions = probability_model.predict(x_test)
print(np.argmax(predictions[0]), y_test[0], np.sum(predictions[0]))

weights, biases = model.get_layer("hidden").get_weights()
